/* /proc/sys/fs: settings of files, one number a file. */
#include "fs/inotify.h"
#include "fs/lease.h"
#include "fs/protect.h"
#include "ipc/pipe.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "proc/core.h"
#include "proc/procfs_private.h"
#include "proc/procfs_sys_ipc.h"

#define NUMBER(function, value)                                                              \
	static int show_##function(struct proc_text *text, const struct proc_target *target) \
	{                                                                                    \
		proc_print(text, "%lu\n", (uint64_t)(value));                                \
		return 0;                                                                    \
	}
NUMBER(file_max, FD_LIMIT)
NUMBER(nr_open, FD_LIMIT)
NUMBER(pipe_max_size, PIPE_MAX_USER_BYTES)

/* A number with blanks around it. 0 or -EINVAL. */
static int take_number(const char *text, size_t bytes, uint64_t most, _Atomic uint32_t *setting)
{
	char line[24];
	const char *start = line, *end;
	uint64_t value;

	while (bytes && (text[bytes - 1] == '\n' || text[bytes - 1] == ' '))
		bytes--;
	if (bytes == 0 || bytes >= sizeof(line))
		return -EINVAL;
	memcpy(line, text, bytes);
	line[bytes] = 0;
	while (*start == ' ')
		start++;
	value = string_to_u64(start, &end, 10);
	if (end == start || *end || value > most)
		return -EINVAL;
	atomic_store_explicit(setting, (uint32_t)value, memory_order_relaxed);
	return 0;
}

/* A setting that may be changed, up to a greatest value. */
#define SETTING(function, variable, most)                                                             \
	NUMBER(function, variable)                                                                    \
	static int write_##function(const struct proc_target *target, const char *text, size_t bytes) \
	{                                                                                             \
		return take_number(text, bytes, most, &(variable));                                   \
	}
SETTING(max_queued_events, inotify_limits.max_queued_events, INT32_MAX)
SETTING(max_user_instances, inotify_limits.max_user_instances, INT32_MAX)
SETTING(max_user_watches, inotify_limits.max_user_watches, INT32_MAX)
SETTING(lease_break_time, lease_break_seconds, INT32_MAX)
SETTING(leases_enable, leases_enabled, INT32_MAX)
SETTING(protected_symlinks, protect_settings.symlinks, 1)
SETTING(protected_hardlinks, protect_settings.hardlinks, 1)
SETTING(protected_fifos, protect_settings.fifos, 2)
SETTING(protected_regular, protect_settings.regular, 2)
/* What file systems with ids of 16 bits would show for larger ones; there are none here. */
static _Atomic uint32_t overflow_uid = 65534, overflow_gid = 65534;
SETTING(overflowuid, overflow_uid, UINT16_MAX)
SETTING(overflowgid, overflow_gid, UINT16_MAX)

SETTING(suid_dumpable, core_suid_dumpable, DUMPABLE_BY_ROOT)

#define READ_ONLY(entry_name, function)                                               \
	{                                                                             \
		.name = (entry_name), .mode = S_IFREG | 0444, .show = show_##function \
	}
#define WRITABLE(entry_name, function)                                                                           \
	{                                                                                                        \
		.name = (entry_name), .mode = S_IFREG | 0644, .show = show_##function, .write = write_##function \
	}

static const struct proc_entry inotify_entries[] = {
	WRITABLE("max_queued_events", max_queued_events),
	WRITABLE("max_user_instances", max_user_instances),
	WRITABLE("max_user_watches", max_user_watches),
	{.name = NULL},
};

const struct proc_entry proc_sys_fs_entries[] = {
	READ_ONLY("file-max", file_max),
	WRITABLE("lease-break-time", lease_break_time),
	WRITABLE("leases-enable", leases_enable),
	READ_ONLY("nr_open", nr_open),
	WRITABLE("overflowgid", overflowgid),
	WRITABLE("overflowuid", overflowuid),
	READ_ONLY("pipe-max-size", pipe_max_size),
	WRITABLE("protected_fifos", protected_fifos),
	WRITABLE("protected_hardlinks", protected_hardlinks),
	WRITABLE("protected_regular", protected_regular),
	WRITABLE("protected_symlinks", protected_symlinks),
	WRITABLE("suid_dumpable", suid_dumpable),
	{.name = "mqueue", .mode = S_IFDIR | 0555, .children = proc_sys_mqueue_entries},
	{.name = "inotify", .mode = S_IFDIR | 0555, .children = inotify_entries},
	{.name = NULL},
};
