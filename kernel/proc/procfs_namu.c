/*
 * /proc/namu: what only this kernel counts. `resources` has a line "name value" for everything that must come back to
 * where it was after any number of lives; `check` says what in the kernel's own structures does not agree; `copies` the
 * pages that copy-on-write has copied, in all and process by process. In debug builds `fail` makes allocations fail
 * (mem/fail.h).
 */
#include "fs/dentry.h"
#include "fs/ninep_client.h"
#include "lib/errno.h"
#include "mem/kstack.h"
#include "mem/page.h"
#include "mem/slab.h"
#include "proc/check.h"
#include "proc/pid.h"
#include "proc/procfs_private.h"
#include "vm/table.h"

#define RESOURCES_ROOM 8192

static void print_slab(const struct slab_cache *cache, void *arg)
{
	proc_print(arg, "slab_%s %lu\n", cache->name, cache->in_use);
}

static void add_slab_pages(const struct slab_cache *cache, void *arg)
{
	*(uint64_t *)arg += cache->slabs << cache->order;
}

/*
 * The pages somebody holds, and apart from them those that caches keep ready: a cache is as full as its busiest moment
 * left it, up to a bound. The objects in slabs are counted one by one.
 */
static void show_pages(struct proc_text *text)
{
	uint64_t slabs = 0, stacks = kstack_kept_pages(), tables = table_pool_pages();
	uint64_t hash = dentry_hash_pages();
	struct page_stats pages;

	page_stats_read(&pages);
	slab_for_each(add_slab_pages, &slabs);
	uint64_t kernel = pages.by_kind[PAGE_KERNEL] - slabs - stacks - hash;
	uint64_t table = pages.by_kind[PAGE_TABLE] - tables;
	uint64_t anon = pages.by_kind[PAGE_ANON], object = pages.by_kind[PAGE_OBJECT];
	proc_print(text, "pages_used %lu\npages_kernel %lu\npages_table %lu\npages_anon %lu\npages_object %lu\n",
		   kernel + table + anon + object, kernel, table, anon, object);
	proc_print(text, "kept_stacks %lu\nkept_tables %lu\nkept_slabs %lu\nkept_map %lu\nkept_hash %lu\n", stacks,
		   tables, slabs, pages.by_kind[PAGE_MAP], hash);
}

static int show_resources(struct proc_text *text, const struct proc_target *target)
{
	struct process_counts processes;
	struct vfs_counts files;

	/* At once, so that the text's own memory is the same in every reading. */
	if (!proc_room(text, RESOURCES_ROOM))
		return -ENOMEM;
	process_counts_read(&processes);
	vfs_counts_read(&files);
	show_pages(text);
	proc_print(text, "threads %lu\nprocesses %lu\nzombies %lu\npids %lu\nsighands %lu\n", thread_count(),
		   processes.processes, processes.zombies, processes.pids, processes.sighands);
	proc_print(text, "files %lu\ninodes %lu\ndentries %lu\nmounts %lu\n", files.files, files.inodes, files.dentries,
		   files.mounts);
	proc_print(text, "ninep_fids %lu\n", ninep_fids_live());
	slab_for_each(print_slab, text);
	return 0;
}

/* The last line says how much was looked at; those before it are findings. */
static int show_check(struct proc_text *text, const struct proc_target *target)
{
	struct check *check = kzalloc(sizeof(*check));

	if (!check)
		return -ENOMEM;
	kernel_check(check);
	proc_append(text, check->text, check->length);
	proc_print(text, "looked %lu findings %lu\n", check->looked, check->findings);
	kfree(check);
	return 0;
}

static int show_copies(struct proc_text *text, const struct proc_target *target)
{
	struct process *process = NULL;
	struct vm_stats stats;

	vm_stats_read(&stats);
	proc_print(text, "total %lu\n", stats.pages_copied);
	while ((process = process_next(process)) != NULL) {
		struct proc_target one = {.process = process};
		struct vm_space *space = proc_target_space(&one);
		struct thread *leader = process_leader(process);
		proc_print(text, "%d %lu %s\n", process->pid->number, space ? (uint64_t)space->pages_copied : 0,
			   leader ? leader->name : "");
		if (leader)
			thread_put(leader);
		if (space)
			vm_space_put(space);
	}
	return 0;
}

#ifdef NAMU_DEBUG

#define DIGITS_MAX 10

/* A number arms the injection for the thread that writes it, 0 ends it. */
static int write_fail(const struct proc_target *target, const char *text, size_t bytes)
{
	uint64_t n = 0;

	if (bytes && text[bytes - 1] == '\n')
		bytes--;
	if (bytes > DIGITS_MAX)
		return -EINVAL;
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		n = n * 10 + (uint64_t)(text[i] - '0');
	}
	alloc_fail_after(n);
	return 0;
}

static int show_fail(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%lu\n", alloc_fail_left());
	return 0;
}

#define DEBUG_ENTRIES {.name = "fail", .mode = S_IFREG | 0600, .show = show_fail, .write = write_fail},
#else
#define DEBUG_ENTRIES
#endif

const struct proc_entry proc_namu_entries[] = {
	{.name = "resources", .mode = S_IFREG | 0444, .show = show_resources},
	{.name = "check", .mode = S_IFREG | 0400, .show = show_check},
	{.name = "copies", .mode = S_IFREG | 0444, .show = show_copies},
	DEBUG_ENTRIES{.name = NULL},
};
