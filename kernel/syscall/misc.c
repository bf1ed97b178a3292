/* System calls about the machine: names, sums, random bytes, its end. */
#include <linux/capability.h>
#include <linux/random.h>
#include <linux/reboot.h>
#include <linux/sysinfo.h>

#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "lib/string.h"
#include "mem/page.h"
#include "proc/membarrier.h"
#include "proc/rseq.h"
#include "proc/process.h"
#include "proc/start.h"
#include "proc/uts.h"
#include "sched/sched.h"
#include "syscall/calls.h"
#include "vm/space.h"

#define RANDOM_CHUNK     256
#define LOAD_SCALE       (65536 / 2048) /* sysinfo counts in 1/65536, the scheduler in 1/2048 */
#define CPU_HAS_NO_NODES 0

int64_t sys_uname(user_out_t names)
{
	char fields[6 * UTS_FIELD];

	uts_fill(fields);
	return copy_to_user(names, fields, sizeof(fields));
}

static int64_t set_name(user_in_t name, int32_t bytes, int (*set)(const char *, size_t))
{
	char text[UTS_FIELD];

	if (!current_has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	if (bytes < 0 || bytes >= UTS_FIELD)
		return -EINVAL;
	if (copy_from_user(text, name, (size_t)bytes))
		return -EFAULT;
	return set(text, (size_t)bytes);
}

int64_t sys_sethostname(user_in_t name, int32_t bytes)
{
	return set_name(name, bytes, uts_set_host_name);
}

int64_t sys_setdomainname(user_in_t name, int32_t bytes)
{
	return set_name(name, bytes, uts_set_domain_name);
}

int64_t sys_sysinfo(user_out_t to)
{
	struct sysinfo info;
	struct page_stats pages;
	struct sched_stats sched;
	struct vm_stats vm;

	page_stats_read(&pages);
	sched_stats_read(&sched);
	vm_stats_read(&vm);
	memset(&info, 0, sizeof(info));
	info.uptime = (long)(clock_monotonic_ns() / NS_PER_SEC);
	for (unsigned i = 0; i < ARRAY_LEN(sched.load); i++)
		info.loads[i] = sched.load[i] * LOAD_SCALE;
	info.totalram = pages.total * PAGE_SIZE;
	info.freeram = pages.free * PAGE_SIZE;
	info.sharedram = vm.shared_pages * PAGE_SIZE;
	info.procs = (uint16_t)MIN(thread_count(), (uint64_t)UINT16_MAX);
	info.mem_unit = 1;
	return copy_to_user(to, &info, sizeof(info));
}

int64_t sys_getcpu(user_out_t cpu, user_out_t node, user_out_t cache)
{
	if (cpu && put_user_u32(cpu, this_cpu()->id))
		return -EFAULT;
	return node ? put_user_u32(node, CPU_HAS_NO_NODES) : 0;
}

int64_t sys_getrandom(user_out_t buffer, uint64_t bytes, flags_t flags)
{
	uint8_t chunk[RANDOM_CHUNK];
	uint64_t done = 0;

	if ((flags & ~(uint32_t)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) ||
	    (flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	bytes = MIN(bytes, (uint64_t)INT32_MAX);
	while (done < bytes) {
		size_t part = MIN(bytes - done, sizeof(chunk));
		choice_random_bytes(chunk, part);
		size_t copied = copy_to_user_partial(buffer + done, chunk, part);
		done += copied;
		if (copied < part) {
			memset(chunk, 0, sizeof(chunk));
			return done ? (int64_t)done : -EFAULT;
		}
		if (done < bytes) {
			preempt_point();
			if (thread_has_work(current_thread(), WORK_SIGNAL | WORK_KILL | WORK_STOP))
				break;
		}
	}
	memset(chunk, 0, sizeof(chunk));
	return (int64_t)done;
}

int64_t sys_membarrier(int32_t command, flags_t flags, int32_t cpu)
{
	return membarrier_call(command, flags, cpu);
}

int64_t sys_rseq(user_io_t area, uint32_t bytes, flags_t flags, uint32_t signature)
{
	return rseq_call(area, bytes, flags, signature);
}

int64_t sys_reboot(uint32_t magic, uint32_t magic2, uint32_t command, user_in_t argument)
{
	if (!current_has_cap(CAP_SYS_BOOT))
		return -EPERM;
	if (magic != LINUX_REBOOT_MAGIC1 || (magic2 != LINUX_REBOOT_MAGIC2 && magic2 != LINUX_REBOOT_MAGIC2A &&
					     magic2 != LINUX_REBOOT_MAGIC2B && magic2 != LINUX_REBOOT_MAGIC2C))
		return -EINVAL;
	switch (command) {
	case LINUX_REBOOT_CMD_CAD_ON:
	case LINUX_REBOOT_CMD_CAD_OFF:
		return 0;
	case LINUX_REBOOT_CMD_RESTART:
	case LINUX_REBOOT_CMD_RESTART2:
	case LINUX_REBOOT_CMD_HALT:
	case LINUX_REBOOT_CMD_POWER_OFF:
		log_line("reboot by %s[%d]", current_thread()->name, current_thread()->tid);
		if (machine_hooks.ended)
			machine_hooks.ended(0);
		return -EIO;
	default:
		return -EINVAL;
	}
}
