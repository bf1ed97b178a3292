/*
 * /proc/sys/vm: how much memory is promised (proc(5), vm.overcommit_*), how many mappings a process may have, whether
 * code keeps its place from one program to the next (vm/home.h), and letting go of what is only kept ready.
 */
#include "fs/dentry.h"
#include "lib/string.h"
#include "proc/procfs_private.h"
#include "vm/home.h"

#define MAP_COUNT_MAX 65530
#define RATIO_MAX     100000
#define DROP_NAMES    2u
#define DROP_MOST     7u

static int show_max_map_count(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%u\n", MAP_COUNT_MAX);
	return 0;
}

/* A decimal number up to `most`, a newline behind it or nothing. 0 or -EINVAL. */
static int read_number(const char *text, uint32_t most, _Atomic uint32_t *setting)
{
	const char *end;
	uint64_t number = string_to_u64(text, &end, 10);

	if (end == text || (*end && *end != '\n') || number > most)
		return -EINVAL;
	*setting = (uint32_t)number;
	return 0;
}

static int show_overcommit_memory(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%u\n", vm_overcommit);
	return 0;
}

static int write_overcommit_memory(const struct proc_target *target, const char *text, size_t bytes)
{
	return read_number(text, OVERCOMMIT_NEVER, &vm_overcommit);
}

static int show_overcommit_ratio(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%u\n", vm_overcommit_ratio);
	return 0;
}

static int write_overcommit_ratio(const struct proc_target *target, const char *text, size_t bytes)
{
	return read_number(text, RATIO_MAX, &vm_overcommit_ratio);
}

static int show_code_homes(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%u\n", vm_code_homes);
	return 0;
}

static int write_code_homes(const struct proc_target *target, const char *text, size_t bytes)
{
	return read_number(text, 1, &vm_code_homes);
}

/*
 * Bit 0 asks for clean pages of files, of which none are kept for nobody here; bit 1 for names and inodes; bit 2 for
 * silence about it. One of the first two is wanted, or the last.
 */
static int write_drop_caches(const struct proc_target *target, const char *text, size_t bytes)
{
	_Atomic uint32_t what;
	int error = read_number(text, DROP_MOST, &what);

	if (error || !what)
		return -EINVAL;
	if (what & DROP_NAMES)
		dentry_drop_unused();
	return 0;
}

const struct proc_entry proc_sys_vm_entries[] = {
	{.name = "code_homes", .mode = S_IFREG | 0644, .show = show_code_homes, .write = write_code_homes},
	{.name = "drop_caches", .mode = S_IFREG | 0200, .write = write_drop_caches},
	{.name = "overcommit_memory",
	 .mode = S_IFREG | 0644,
	 .show = show_overcommit_memory,
	 .write = write_overcommit_memory},
	{.name = "overcommit_ratio",
	 .mode = S_IFREG | 0644,
	 .show = show_overcommit_ratio,
	 .write = write_overcommit_ratio},
	{.name = "max_map_count", .mode = S_IFREG | 0444, .show = show_max_map_count},
	{.name = NULL},
};
