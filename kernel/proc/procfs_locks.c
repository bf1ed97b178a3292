/*
 * /proc/locks: every lock that is held on a file, and every lease (proc(5)).
 */
#include <asm-generic/fcntl.h>

#include "fs/chardev.h"
#include "fs/lease.h"
#include "fs/locks.h"
#include "proc/procfs_private.h"

struct listing {
	struct proc_text *text;
	unsigned count;
};

static void print_lock(const struct lock_view *view, void *arg)
{
	struct listing *listing = arg;

	proc_print(listing->text, "%u: %-6s ADVISORY  %s %d %02x:%02x:%lu %ld ", ++listing->count, view->type,
		   view->is_write ? "WRITE" : "READ", view->pid, device_major(view->device), device_minor(view->device),
		   view->ino, view->start);
	if (view->end == INT64_MAX)
		proc_print(listing->text, "EOF\n");
	else
		proc_print(listing->text, "%ld\n", view->end);
}

/* What a lease will be once its break is over. */
static void print_lease(const struct lease_view *view, void *arg)
{
	struct listing *listing = arg;
	const char *type = view->type == F_WRLCK ? "WRITE" : view->type == F_RDLCK ? "READ" : "UNLCK";

	proc_print(listing->text, "%u: LEASE  %s  %s %d %02x:%02x:%lu 0 EOF\n", ++listing->count,
		   view->is_breaking ? "BREAKING" : "ACTIVE  ", type, view->pid, device_major(view->device),
		   device_minor(view->device), view->ino);
}

int proc_show_locks(struct proc_text *text, const struct proc_target *target)
{
	struct listing listing = {.text = text};

	locks_for_each(print_lock, &listing);
	leases_for_each(print_lease, &listing);
	return 0;
}
