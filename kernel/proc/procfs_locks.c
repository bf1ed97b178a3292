/*
 * /proc/locks: every lock that is held on a file (proc(5)).
 */
#include "fs/locks.h"
#include "proc/procfs_private.h"

struct listing {
	struct proc_text *text;
	unsigned count;
};

static void print_lock(const struct lock_view *view, void *arg)
{
	struct listing *listing = arg;
	uint64_t major = view->device >> 8 & 0xfff, minor = (view->device & 0xff) | (view->device >> 12 & 0xfff00);

	proc_print(listing->text, "%u: %-6s ADVISORY  %-5s %d %02lx:%02lx:%lu %ld ", ++listing->count, view->type,
		   view->is_write ? "WRITE" : "READ", view->pid, major, minor, view->ino, view->start);
	if (view->end == INT64_MAX)
		proc_print(listing->text, "EOF\n");
	else
		proc_print(listing->text, "%ld\n", view->end);
}

int proc_show_locks(struct proc_text *text, const struct proc_target *target)
{
	struct listing listing = {.text = text};

	locks_for_each(print_lock, &listing);
	return 0;
}
