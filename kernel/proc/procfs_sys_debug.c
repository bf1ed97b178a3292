/*
 * /proc/sys/kernel/yama: who may trace whom (proc/ptrace_scope.c).
 */
#include <linux/capability.h>

#include "fs/cred.h"
#include "lib/string.h"
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

const struct proc_entry proc_sys_yama_entries[] = {
	{.name = "ptrace_scope", .mode = S_IFREG | 0644, .show = show_scope, .write = write_scope},
	{.name = NULL},
};
