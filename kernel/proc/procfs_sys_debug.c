/*
 * Settings of debugging in /proc/sys: who may trace whom (kernel.yama, proc/ptrace_scope.c), and core dumps
 * (kernel.core_*, /proc/PID/coredump_filter, proc/core.h).
 */
#include <linux/capability.h>

#include "fs/cred.h"
#include "lib/string.h"
#include "proc/core.h"
#include "proc/procfs_private.h"
#include "proc/ptrace.h"

#define SCOPE_MOST 3

static int show_scope(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%u\n", ptrace_scope);
	return 0;
}

/* Once nobody may trace any more, it stays so. */
static int write_scope(const struct proc_target *target, const char *text, size_t bytes)
{
	const char *end;
	uint64_t number = string_to_u64(text, &end, 10);

	if (!current_has_cap(CAP_SYS_PTRACE))
		return -EPERM;
	if (end == text || (*end && *end != '\n') || number > SCOPE_MOST)
		return -EINVAL;
	if (ptrace_scope == SCOPE_MOST && number != SCOPE_MOST)
		return -EINVAL;
	ptrace_scope = (uint32_t)number;
	return 0;
}

int proc_show_core_pattern(struct proc_text *text, const struct proc_target *target)
{
	char pattern[CORE_PATTERN_BYTES];

	core_pattern_read(pattern);
	proc_print(text, "%s\n", pattern);
	return 0;
}

int proc_write_core_pattern(const struct proc_target *target, const char *text, size_t bytes)
{
	const char *end = memchr(text, '\n', bytes);

	core_pattern_write(text, end ? (size_t)(end - text) : bytes);
	return 0;
}

static int read_number(const char *text, uint32_t most, _Atomic uint32_t *setting)
{
	const char *end;
	uint64_t number = string_to_u64(text, &end, 10);

	if (end == text || (*end && *end != '\n') || number > most)
		return -EINVAL;
	*setting = (uint32_t)number;
	return 0;
}

int proc_show_core_uses_pid(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%u\n", core_uses_pid);
	return 0;
}

int proc_write_core_uses_pid(const struct proc_target *target, const char *text, size_t bytes)
{
	return read_number(text, INT32_MAX, &core_uses_pid);
}

int proc_show_core_pipe_limit(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "0\n");
	return 0;
}

int proc_show_coredump_filter(struct proc_text *text, const struct proc_target *target)
{
	struct vm_space *space = proc_target_space(target);

	if (!space)
		return 0;
	proc_print(text, "%08x\n", space->dump_filter);
	vm_space_put(space);
	return 0;
}

int proc_write_coredump_filter(const struct proc_target *target, const char *text, size_t bytes)
{
	bool is_hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *start = text + (is_hex ? 2 : 0), *end;
	uint64_t number = string_to_u64(start, &end, is_hex ? 16 : text[0] == '0' ? 8 : 10);
	struct vm_space *space;

	if (end == start || (*end && *end != '\n'))
		return -EINVAL;
	space = proc_target_space(target);
	if (!space)
		return -ESRCH;
	mutex_lock(&space->mutex);
	space->dump_filter = (uint32_t)number & DUMP_FILTER_ALL;
	mutex_unlock(&space->mutex);
	vm_space_put(space);
	return 0;
}

const struct proc_entry proc_sys_yama_entries[] = {
	{.name = "ptrace_scope", .mode = S_IFREG | 0644, .show = show_scope, .write = write_scope},
	{.name = NULL},
};
