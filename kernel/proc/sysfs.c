/*
 * The file system "sysfs" (sysfs(5)), by the tables and files of procfs: what is there of processors, memory, device
 * nodes and file systems. Directories of what this kernel has none of are there and empty.
 */
#include "arch/x86_64/cpu.h"
#include "mem/page.h"
#include "proc/procfs_private.h"

#define CPU_MASK_ALL ((uint32_t)((1ull << cpu_count) - 1))

#define REGULAR(entry_name, printer)                                            \
	{                                                                       \
		.name = (entry_name), .mode = S_IFREG | 0444, .show = (printer) \
	}
#define DIRECTORY(entry_name, entries)                                              \
	{                                                                           \
		.name = (entry_name), .mode = S_IFDIR | 0755, .children = (entries) \
	}
#define LINK(entry_name, printer)                                               \
	{                                                                       \
		.name = (entry_name), .mode = S_IFLNK | 0777, .show = (printer) \
	}
#define END                  \
	{                    \
		.name = NULL \
	}

#define FIXED(function, ...)                                                                 \
	static int show_##function(struct proc_text *text, const struct proc_target *target) \
	{                                                                                    \
		proc_print(text, __VA_ARGS__);                                               \
		return 0;                                                                    \
	}
FIXED(nothing, "\n")
FIXED(zero, "0\n")
FIXED(one, "1\n")
FIXED(kernel_max, "%u\n", CPU_MAX - 1)
FIXED(cpu_mask, "%x\n", CPU_MASK_ALL)
FIXED(distance, "10\n")
FIXED(no_huge_pages, "always madvise [never]\n")
FIXED(byte_order, "little\n")
FIXED(address_bits, "64\n")
FIXED(subsystem_cpu, "../../../../bus/cpu")

static int show_cpus(struct proc_text *text, const struct proc_target *target)
{
	if (cpu_count > 1)
		proc_print(text, "0-%u\n", cpu_count - 1);
	else
		proc_print(text, "0\n");
	return 0;
}

static int show_own_number(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%d\n", target->node->number);
	return 0;
}

static int show_own_mask(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%x\n", 1u << target->node->number);
	return 0;
}

static int show_node_meminfo(struct proc_text *text, const struct proc_target *target)
{
	struct page_stats pages;

	page_stats_read(&pages);
	proc_print(text, "Node 0 MemTotal:       %8lu kB\n", PROC_KIB(pages.total));
	proc_print(text, "Node 0 MemFree:        %8lu kB\n", PROC_KIB(pages.free));
	proc_print(text, "Node 0 MemUsed:        %8lu kB\n", PROC_KIB(pages.total - pages.free));
	return 0;
}

/* All processors are cores of one package; none has threads. */
static const struct proc_entry topology_entries[] = {
	REGULAR("core_cpus", show_own_mask),
	REGULAR("core_cpus_list", show_own_number),
	REGULAR("core_id", show_own_number),
	REGULAR("core_siblings", show_cpu_mask),
	REGULAR("core_siblings_list", show_cpus),
	REGULAR("die_cpus", show_cpu_mask),
	REGULAR("die_cpus_list", show_cpus),
	REGULAR("die_id", show_zero),
	REGULAR("package_cpus", show_cpu_mask),
	REGULAR("package_cpus_list", show_cpus),
	REGULAR("physical_package_id", show_zero),
	REGULAR("thread_siblings", show_own_mask),
	REGULAR("thread_siblings_list", show_own_number),
	END,
};

static const struct proc_entry cpu_entries[] = {
	DIRECTORY("topology", topology_entries),
	LINK("subsystem", show_subsystem_cpu),
	END,
};

static const struct proc_entry cpu_entry = DIRECTORY("cpu", cpu_entries);

static int find_cpu(const struct proc_node *directory, int32_t number, struct proc_node *found)
{
	(void)directory;
	if ((uint32_t)number >= cpu_count)
		return -ENOENT;
	*found = (struct proc_node){.entry = &cpu_entry, .number = number};
	return 0;
}

static int32_t next_cpu(const struct proc_node *directory, int32_t from, struct proc_node *found)
{
	return find_cpu(directory, from, found) ? -1 : from;
}

static const struct proc_entry cpus_entries[] = {
	REGULAR("isolated", show_nothing),
	REGULAR("kernel_max", show_kernel_max),
	REGULAR("offline", show_nothing),
	REGULAR("online", show_cpus),
	REGULAR("possible", show_cpus),
	REGULAR("present", show_cpus),
	END,
};

static const struct proc_entry node0_entries[] = {
	REGULAR("cpulist", show_cpus),
	REGULAR("cpumap", show_cpu_mask),
	REGULAR("distance", show_distance),
	REGULAR("meminfo", show_node_meminfo),
	END,
};

static const struct proc_entry nodes_entries[] = {
	REGULAR("has_cpu", show_zero),
	REGULAR("has_memory", show_zero),
	REGULAR("has_normal_memory", show_zero),
	DIRECTORY("node0", node0_entries),
	REGULAR("online", show_zero),
	REGULAR("possible", show_zero),
	END,
};

static const struct proc_entry system_entries[] = {
	{.name = "cpu",
	 .mode = S_IFDIR | 0755,
	 .children = cpus_entries,
	 .number_prefix = "cpu",
	 .find = find_cpu,
	 .next = next_cpu},
	DIRECTORY("node", nodes_entries),
	END,
};

/* A device node: its number and what udev would ask, and the two links by which it is found. */
#define DEVICE(function, class_name, node_name, major, minor, bits)                                              \
	FIXED(function##_dev, "%u:%u\n", major, minor)                                                           \
	FIXED(function##_uevent, "MAJOR=%u\nMINOR=%u\nDEVNAME=%s\nDEVMODE=0%o\n", major, minor, node_name, bits) \
	FIXED(function##_link, "../../devices/virtual/%s/%s", class_name, node_name)                             \
	FIXED(function##_subsystem, "../../../../class/%s", class_name)                                          \
	static const struct proc_entry function##_entries[] = {                                                  \
		REGULAR("dev", show_##function##_dev),                                                           \
		LINK("subsystem", show_##function##_subsystem),                                                  \
		REGULAR("uevent", show_##function##_uevent),                                                     \
		END,                                                                                             \
	};
DEVICE(null, "mem", "null", 1, 3, 0666)
DEVICE(zero_device, "mem", "zero", 1, 5, 0666)
DEVICE(full, "mem", "full", 1, 7, 0666)
DEVICE(random, "mem", "random", 1, 8, 0666)
DEVICE(urandom, "mem", "urandom", 1, 9, 0666)
DEVICE(kmsg, "mem", "kmsg", 1, 11, 0644)
DEVICE(tty, "tty", "tty", 5, 0, 0666)
DEVICE(console, "tty", "console", 5, 1, 0600)
DEVICE(ptmx, "tty", "ptmx", 5, 2, 0666)

static const struct proc_entry mem_devices[] = {
	DIRECTORY("full", full_entries),
	DIRECTORY("kmsg", kmsg_entries),
	DIRECTORY("null", null_entries),
	DIRECTORY("random", random_entries),
	DIRECTORY("urandom", urandom_entries),
	DIRECTORY("zero", zero_device_entries),
	END,
};
static const struct proc_entry tty_devices[] = {
	DIRECTORY("console", console_entries),
	DIRECTORY("ptmx", ptmx_entries),
	DIRECTORY("tty", tty_entries),
	END,
};
static const struct proc_entry virtual_entries[] = {
	DIRECTORY("mem", mem_devices),
	DIRECTORY("tty", tty_devices),
	END,
};
static const struct proc_entry mem_links[] = {
	LINK("full", show_full_link),
	LINK("kmsg", show_kmsg_link),
	LINK("null", show_null_link),
	LINK("random", show_random_link),
	LINK("urandom", show_urandom_link),
	LINK("zero", show_zero_device_link),
	END,
};
static const struct proc_entry tty_links[] = {
	LINK("console", show_console_link),
	LINK("ptmx", show_ptmx_link),
	LINK("tty", show_tty_link),
	END,
};

static const struct proc_entry empty[] = {END};

static const struct proc_entry class_entries[] = {
	DIRECTORY("block", empty),
	DIRECTORY("mem", mem_links),
	DIRECTORY("net", empty),
	DIRECTORY("tty", tty_links),
	END,
};

static const struct proc_entry devices_entries[] = {
	DIRECTORY("system", system_entries),
	DIRECTORY("virtual", virtual_entries),
	END,
};

static const struct proc_entry huge_entries[] = {
	REGULAR("enabled", show_no_huge_pages),
	REGULAR("use_zero_page", show_zero),
	END,
};

static const struct proc_entry mm_entries[] = {
	DIRECTORY("hugepages", empty),
	DIRECTORY("transparent_hugepage", huge_entries),
	END,
};

static const struct proc_entry kernel_entries[] = {
	REGULAR("address_bits", show_address_bits),
	REGULAR("cpu_byteorder", show_byte_order),
	REGULAR("fscaps", show_one),
	DIRECTORY("mm", mm_entries),
	END,
};

static const struct proc_entry cgroup_entries[] = {
	DIRECTORY("cgroup", empty),
	END,
};

static const struct proc_entry device_numbers[] = {
	LINK("1:11", show_kmsg_link),       LINK("1:3", show_null_link),
	LINK("1:5", show_zero_device_link), LINK("1:7", show_full_link),
	LINK("1:8", show_random_link),      LINK("1:9", show_urandom_link),
	LINK("5:0", show_tty_link),         LINK("5:1", show_console_link),
	LINK("5:2", show_ptmx_link),        END,
};

static const struct proc_entry dev_entries[] = {
	DIRECTORY("block", empty),
	DIRECTORY("char", device_numbers),
	END,
};

static const struct proc_entry bus_entries[] = {
	DIRECTORY("cpu", empty),
	END,
};

static const struct proc_entry root_entries[] = {
	DIRECTORY("block", empty),
	DIRECTORY("bus", bus_entries),
	DIRECTORY("class", class_entries),
	DIRECTORY("dev", dev_entries),
	DIRECTORY("devices", devices_entries),
	DIRECTORY("fs", cgroup_entries),
	DIRECTORY("kernel", kernel_entries),
	END,
};

const struct proc_entry sysfs_root_entry = DIRECTORY("/", root_entries);
