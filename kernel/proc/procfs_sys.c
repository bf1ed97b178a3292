/*
 * /proc/sys: settings of the kernel, one value a file. What is not writable is fixed.
 */
#include "choice/choice.h"
#include "lib/string.h"
#include "proc/pid.h"
#include "proc/procfs_private.h"
#include "proc/procfs_sys_ipc.h"
#include "proc/tree.h"
#include "proc/uts.h"

#define OVERFLOW_ID  65534 /* what ids too large for 16 bits are shown as where there are only 16 */
#define LAST_CAP     40
#define ENTROPY_BITS 256 /* what Linux has shown since its generator needs no estimate */
#define UUID_BYTES   16

/* Files of one number that never changes. */
#define NUMBER(function, value)                                                              \
	static int show_##function(struct proc_text *text, const struct proc_target *target) \
	{                                                                                    \
		proc_print(text, "%lu\n", (uint64_t)(value));                                \
		return 0;                                                                    \
	}
NUMBER(pid_max, PID_LIMIT)
NUMBER(threads_max, thread_limit)
NUMBER(ngroups_max, GROUPS_MAX)
NUMBER(cap_last_cap, LAST_CAP)
NUMBER(overflow_id, OVERFLOW_ID)
NUMBER(entropy_avail, ENTROPY_BITS)

#define FIXED_TEXT(function, value)                                                          \
	static int show_##function(struct proc_text *text, const struct proc_target *target) \
	{                                                                                    \
		proc_print(text, "%s\n", value);                                             \
		return 0;                                                                    \
	}
FIXED_TEXT(osrelease, UTS_RELEASE)
FIXED_TEXT(ostype, UTS_SYSNAME)
FIXED_TEXT(version, UTS_VERSION)

static int show_hostname(struct proc_text *text, const struct proc_target *target)
{
	char name[UTS_FIELD];

	uts_host_name(name);
	proc_print(text, "%s\n", name);
	return 0;
}

static int show_domainname(struct proc_text *text, const struct proc_target *target)
{
	char name[UTS_FIELD];

	uts_domain_name(name);
	proc_print(text, "%s\n", name);
	return 0;
}

/* The first line of what was written; longer ones are cut, as Linux does. */
static size_t first_line(const char *text, size_t bytes)
{
	const char *end = memchr(text, '\n', bytes);

	return MIN(end ? (size_t)(end - text) : bytes, (size_t)UTS_FIELD - 1);
}

static int write_hostname(const struct proc_target *target, const char *text, size_t bytes)
{
	return uts_set_host_name(text, first_line(text, bytes));
}

static int write_domainname(const struct proc_target *target, const char *text, size_t bytes)
{
	return uts_set_domain_name(text, first_line(text, bytes));
}

/* A random UUID (RFC 4122, version 4). */
static void print_uuid(struct proc_text *text, const uint8_t *bytes)
{
	for (unsigned i = 0; i < UUID_BYTES; i++)
		proc_print(text, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", (unsigned)bytes[i]);
	proc_append(text, "\n", 1);
}

static void make_uuid(uint8_t *bytes)
{
	choice_random_bytes(bytes, UUID_BYTES);
	bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40);
	bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
}

static int show_uuid(struct proc_text *text, const struct proc_target *target)
{
	uint8_t bytes[UUID_BYTES];

	make_uuid(bytes);
	print_uuid(text, bytes);
	return 0;
}

static int show_boot_id(struct proc_text *text, const struct proc_target *target)
{
	static struct mutex mutex = MUTEX_INIT(mutex);
	static uint8_t bytes[UUID_BYTES];

	mutex_lock(&mutex);
	/* Made when it is first asked for; a made one has bits set. */
	if (!bytes[6])
		make_uuid(bytes);
	mutex_unlock(&mutex);
	print_uuid(text, bytes);
	return 0;
}

static int show_pty_max(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%u\n", PROCFS_PTY_MOST);
	return 0;
}

static int show_pty_nr(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%u\n", procfs_pty_count_hook ? procfs_pty_count_hook() : 0);
	return 0;
}

#define REGULAR(entry_name, printer)                                            \
	{                                                                       \
		.name = (entry_name), .mode = S_IFREG | 0444, .show = (printer) \
	}
#define WRITABLE(entry_name, printer, taker)                                                      \
	{                                                                                         \
		.name = (entry_name), .mode = S_IFREG | 0644, .show = (printer), .write = (taker) \
	}
#define DIRECTORY(entry_name, entries)                                              \
	{                                                                           \
		.name = (entry_name), .mode = S_IFDIR | 0555, .children = (entries) \
	}

static const struct proc_entry random_entries[] = {
	REGULAR("boot_id", show_boot_id),
	REGULAR("uuid", show_uuid),
	REGULAR("entropy_avail", show_entropy_avail),
	{.name = NULL},
};

static const struct proc_entry pty_entries[] = {
	REGULAR("max", show_pty_max),
	REGULAR("nr", show_pty_nr),
	{.name = NULL},
};

#define IPC_ROW(entry_name) WRITABLE(#entry_name, proc_show_##entry_name, proc_write_##entry_name),

static const struct proc_entry kernel_entries[] = {
	/* clang-format off */
	PROC_SYS_IPC(IPC_ROW)
	/* clang-format on */
	WRITABLE("hostname", show_hostname, write_hostname),
	WRITABLE("domainname", show_domainname, write_domainname),
	REGULAR("osrelease", show_osrelease),
	REGULAR("ostype", show_ostype),
	REGULAR("version", show_version),
	REGULAR("pid_max", show_pid_max),
	REGULAR("threads-max", show_threads_max),
	REGULAR("ngroups_max", show_ngroups_max),
	REGULAR("cap_last_cap", show_cap_last_cap),
	REGULAR("overflowuid", show_overflow_id),
	REGULAR("overflowgid", show_overflow_id),
	WRITABLE("core_pattern", proc_show_core_pattern, proc_write_core_pattern),
	WRITABLE("core_uses_pid", proc_show_core_uses_pid, proc_write_core_uses_pid),
	REGULAR("core_pipe_limit", proc_show_core_pipe_limit),
	WRITABLE("sched_rt_period_us", proc_show_sched_rt_period_us, proc_write_sched_rt_period_us),
	WRITABLE("sched_rt_runtime_us", proc_show_sched_rt_runtime_us, proc_write_sched_rt_runtime_us),
	REGULAR("sched_rr_timeslice_ms", proc_show_sched_rr_timeslice_ms),
	DIRECTORY("pty", pty_entries),
	DIRECTORY("random", random_entries),
	DIRECTORY("yama", proc_sys_yama_entries),
	{.name = NULL},
};

const struct proc_entry proc_sys_entries[] = {
	DIRECTORY("kernel", kernel_entries),
	DIRECTORY("net", proc_sys_net_entries),
	DIRECTORY("vm", proc_sys_vm_entries),
	DIRECTORY("fs", proc_sys_fs_entries),
	{.name = NULL},
};
