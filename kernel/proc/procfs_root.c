/*
 * The files at the top of /proc: the machine as a whole.
 */
#include "arch/x86_64/clock.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/trap.h"
#include "choice/choice.h"
#include "fs/chardev.h"
#include "lib/boot_info.h"
#include "lib/printf.h"
#include "mem/kstack.h"
#include "mem/page.h"
#include "mem/slab.h"
#include "proc/pid.h"
#include "proc/procfs_private.h"
#include "proc/uts.h"
#include "sched/sched.h"

#define LOAD_ONE   2048
#define NAMES_ROOM 2048

static void add_slab_pages(const struct slab_cache *cache, void *arg)
{
	*(uint64_t *)arg += cache->slabs << cache->order;
}

static void print_kib(struct proc_text *text, const char *name, uint64_t pages)
{
	size_t line = text->length;

	proc_print(text, "%s:", name);
	proc_pad(text, line, 16);
	proc_print(text, "%8lu kB\n", PROC_KIB(pages));
}

static int show_meminfo(struct proc_text *text, const struct proc_target *target)
{
	struct page_stats pages;
	struct vm_stats vm;
	uint64_t slab = 0;

	page_stats_read(&pages);
	vm_stats_read(&vm);
	slab_for_each(add_slab_pages, &slab);
	print_kib(text, "MemTotal", pages.total);
	print_kib(text, "MemFree", pages.free);
	print_kib(text, "MemAvailable", vm_available_pages());
	print_kib(text, "Buffers", 0);
	print_kib(text, "Cached", vm.object_pages);
	print_kib(text, "SwapCached", 0);
	print_kib(text, "SwapTotal", 0);
	print_kib(text, "SwapFree", 0);
	print_kib(text, "Dirty", 0);
	print_kib(text, "Writeback", 0);
	print_kib(text, "AnonPages", vm.anon_pages);
	print_kib(text, "Mapped", vm.mapped_pages);
	print_kib(text, "Shmem", vm.shared_pages);
	print_kib(text, "KReclaimable", 0);
	print_kib(text, "Slab", slab);
	print_kib(text, "SReclaimable", 0);
	print_kib(text, "SUnreclaim", slab);
	proc_print(text, "KernelStack:    %8lu kB\n", PROC_KIB(thread_count() * KSTACK_PAGES));
	print_kib(text, "PageTables", vm.table_pages);
	print_kib(text, "CommitLimit", vm_commit_limit());
	print_kib(text, "Committed_AS", vm.committed_pages);
	print_kib(text, "HugePages_Total", 0);
	return 0;
}

/* One line of /proc/stat. */
static void print_cpu_line(struct proc_text *text, const char *name, const struct sched_stats *stats)
{
	proc_print(text, "%s %lu 0 %lu %lu 0 0 0 0 0 0\n", name, PROC_TICKS(stats->user_ns),
		   PROC_TICKS(stats->kernel_ns), PROC_TICKS(stats->idle_ns));
}

static int show_stat(struct proc_text *text, const struct proc_target *target)
{
	struct sched_stats stats;

	sched_stats_read(&stats);
	print_cpu_line(text, "cpu ", &stats);
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		struct sched_stats one;
		char name[8];
		string_format(name, sizeof(name), "cpu%u", cpu);
		sched_stats_read_cpu(cpu, &one);
		print_cpu_line(text, name, &one);
	}
	proc_print(text, "intr %lu", cpu_interrupts());
	for (unsigned line = 0; line < IRQ_LINES + IRQ_MESSAGES; line++)
		proc_print(text, " %lu", irq_count(line));
	proc_print(text, "\nctxt %lu\nbtime %lu\nprocesses %lu\nprocs_running %lu\nprocs_blocked %lu\n", stats.switches,
		   (uint64_t)clock_realtime_offset_ns() / NS_PER_SEC, stats.threads_made, stats.ready, stats.blocked);
	proc_print(text, "softirq 0 0 0 0 0 0 0 0 0 0 0\n");
	return 0;
}

static int show_uptime(struct proc_text *text, const struct proc_target *target)
{
	struct sched_stats stats;

	sched_stats_read(&stats);
	uint64_t up = PROC_TICKS(clock_monotonic_ns()), idle = PROC_TICKS(stats.idle_ns);
	proc_print(text, "%lu.%02lu %lu.%02lu\n", up / 100, up % 100, idle / 100, idle % 100);
	return 0;
}

static int show_loadavg(struct proc_text *text, const struct proc_target *target)
{
	struct sched_stats stats;

	sched_stats_read(&stats);
	for (unsigned i = 0; i < ARRAY_LEN(stats.load); i++) {
		uint64_t hundredths = (stats.load[i] * 100 + LOAD_ONE / 2) / LOAD_ONE;
		proc_print(text, "%lu.%02lu ", hundredths / 100, hundredths % 100);
	}
	proc_print(text, "%lu/%lu %d\n", stats.ready, thread_count(), pid_last());
	return 0;
}

static int show_version(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%s version %s (namu) (%s) %s\n", UTS_SYSNAME, UTS_RELEASE, __VERSION__, UTS_VERSION);
	return 0;
}

static int show_cmdline(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%s\n", boot_info.command_line ? boot_info.command_line : "");
	return 0;
}

static int show_cpuinfo(struct proc_text *text, const struct proc_target *target)
{
	uint64_t khz = clock_tsc_hz() / 1000;

	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		proc_print(text,
			   "processor\t: %u\nvendor_id\t: %s\ncpu family\t: %u\nmodel\t\t: %u\nmodel name\t: %s\n", cpu,
			   cpu_features.vendor, cpu_features.family, cpu_features.model, cpu_features.brand);
		proc_print(text, "stepping\t: %u\ncpu MHz\t\t: %lu.%03lu\nsiblings\t: %u\ncpu cores\t: %u\n",
			   cpu_features.stepping, khz / 1000, khz % 1000, cpu_count, cpu_count);
		proc_print(text, "fpu\t\t: yes\nfpu_exception\t: yes\nwp\t\t: yes\nflags\t\t: ");
		char *names = proc_room(text, NAMES_ROOM);
		if (names)
			text->length += cpu_feature_names(names, NAMES_ROOM);
		uint64_t hundredths = clock_tsc_hz() / 5000;
		proc_print(text, "\nbogomips\t: %lu.%02lu\nclflush size\t: 64\ncache_alignment\t: 64\n\n",
			   hundredths / 100, hundredths % 100);
	}
	return 0;
}

static int show_self(struct proc_text *text, const struct proc_target *target)
{
	if (!current_process())
		return -ENOENT;
	proc_print(text, "%d", current_process()->pid->number);
	return 0;
}

static int show_thread_self(struct proc_text *text, const struct proc_target *target)
{
	if (!current_process())
		return -ENOENT;
	proc_print(text, "%d/task/%d", current_process()->pid->number, current_thread()->tid);
	return 0;
}

static int show_self_net(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "self/net");
	return 0;
}

static int show_self_mounts(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "self/mounts");
	return 0;
}

static void print_filesystem(const struct filesystem *type, void *arg)
{
	proc_print(arg, "%s\t%s\n", type->is_nodev ? "nodev" : "", type->name);
}

static int show_filesystems(struct proc_text *text, const struct proc_target *target)
{
	filesystem_for_each(print_filesystem, text);
	return 0;
}

static int show_interrupts(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "           ");
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++)
		proc_print(text, "CPU%-8u", cpu);
	proc_print(text, "\n");
	for (unsigned line = 0; line < IRQ_LINES + IRQ_MESSAGES; line++) {
		uint64_t count = irq_count(line);
		if (!count)
			continue;
		proc_print(text, "%3u:", line);
		/* All lines lead to the first processor. */
		for (uint32_t cpu = 0; cpu < cpu_count; cpu++)
			proc_print(text, " %10lu", cpu ? 0ul : count);
		proc_print(text, line < IRQ_LINES ? "   IO-APIC  %u-fasteoi\n" : "   PCI-MSI  %u-edge\n", line);
	}
	proc_print(text, "LOC:");
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++)
		proc_print(text, " %10lu", cpus[cpu].timer_interrupts);
	proc_print(text, "   Local timer interrupts\n");
	return 0;
}

static int show_vmstat(struct proc_text *text, const struct proc_target *target)
{
	struct page_stats pages;
	struct vm_stats vm;

	page_stats_read(&pages);
	vm_stats_read(&vm);
	proc_print(text, "nr_free_pages %lu\nnr_anon_pages %lu\nnr_mapped %lu\nnr_file_pages %lu\nnr_shmem %lu\n",
		   pages.free, vm.anon_pages, vm.mapped_pages, vm.object_pages, vm.shared_pages);
	proc_print(text, "nr_page_table_pages %lu\nnr_kernel_stack %lu\n", vm.table_pages,
		   PROC_KIB(thread_count() * KSTACK_PAGES));
	proc_print(text, "pgpgin 0\npgpgout 0\npswpin 0\npswpout 0\npgfault %lu\npgmajfault %lu\n", vm.faults,
		   vm.major_faults);
	return 0;
}

static void print_device(uint32_t major, const char *name, void *arg)
{
	proc_print(arg, "%3u %s\n", major, name);
}

static int show_devices(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "Character devices:\n");
	chardev_for_each(print_device, text);
	proc_print(text, "\nBlock devices:\n");
	return 0;
}

static void print_slab(const struct slab_cache *cache, void *arg)
{
	uint64_t bytes = PAGE_SIZE << cache->order;
	uint64_t per_slab = cache->slot_bytes ? bytes / cache->slot_bytes : 0;

	proc_print(arg, "%-17s %6lu %6lu %6u %4lu %4u : tunables    0    0    0 : slabdata %6lu %6lu      0\n",
		   cache->name, cache->in_use, cache->slabs * per_slab, cache->slot_bytes, per_slab, 1u << cache->order,
		   cache->slabs, cache->slabs);
}

static int show_slabinfo(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "slabinfo - version: 2.1\n# name            <active_objs> <num_objs> <objsize> <objperslab> "
			 "<pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> "
			 "<num_slabs> <sharedavail>\n");
	slab_for_each(print_slab, text);
	return 0;
}

static int show_swaps(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
	return 0;
}

static int show_partitions(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "major minor  #blocks  name\n\n");
	return 0;
}

static int show_tty_drivers(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%s", procfs_tty_drivers);
	return 0;
}

/* There are no disks. */
static int show_diskstats(struct proc_text *text, const struct proc_target *target)
{
	return 0;
}

#define REGULAR(entry_name, bits, printer)                                        \
	{                                                                         \
		.name = (entry_name), .mode = S_IFREG | (bits), .show = (printer) \
	}
#define LINK(entry_name, printer)                                               \
	{                                                                       \
		.name = (entry_name), .mode = S_IFLNK | 0777, .show = (printer) \
	}

static const struct proc_entry tty_entries[] = {
	REGULAR("drivers", 0444, show_tty_drivers),
	{.name = NULL},
};

const struct proc_entry proc_root_entries[] = {
	LINK("self", show_self),
	LINK("thread-self", show_thread_self),
	LINK("mounts", show_self_mounts),
	REGULAR("buddyinfo", 0444, proc_show_buddyinfo),
	REGULAR("cgroups", 0444, proc_show_cgroups),
	LINK("net", show_self_net),
	REGULAR("cmdline", 0444, show_cmdline),
	REGULAR("cpuinfo", 0444, show_cpuinfo),
	REGULAR("devices", 0444, show_devices),
	REGULAR("diskstats", 0444, show_diskstats),
	REGULAR("filesystems", 0444, show_filesystems),
	REGULAR("interrupts", 0444, show_interrupts),
	REGULAR("loadavg", 0444, show_loadavg),
	REGULAR("locks", 0444, proc_show_locks),
	REGULAR("meminfo", 0444, show_meminfo),
	REGULAR("partitions", 0444, show_partitions),
	REGULAR("slabinfo", 0400, show_slabinfo),
	REGULAR("stat", 0444, show_stat),
	REGULAR("swaps", 0444, show_swaps),
	REGULAR("uptime", 0444, show_uptime),
	REGULAR("version", 0444, show_version),
	REGULAR("vmstat", 0444, show_vmstat),
	REGULAR("zoneinfo", 0444, proc_show_zoneinfo),
	{.name = "tty", .mode = S_IFDIR | 0555, .children = tty_entries},
	{.name = "sysvipc", .mode = S_IFDIR | 0555, .children = proc_sysvipc_entries},
	{.name = "sys", .mode = S_IFDIR | 0555, .children = proc_sys_entries},
	{.name = "namu", .mode = S_IFDIR | 0555, .children = proc_namu_entries},
	{.name = NULL},
};
