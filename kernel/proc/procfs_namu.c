/*
 * /proc/namu: what only this kernel counts. `resources` has a line "name value" for everything that must come back to
 * where it was after any number of lives; `copies` the pages that copy-on-write has copied, in all and process by
 * process.
 */
#include "mem/page.h"
#include "mem/slab.h"
#include "proc/pid.h"
#include "proc/procfs_private.h"

static void print_slab(const struct slab_cache *cache, void *arg)
{
	proc_print(arg, "slab_%s %lu\n", cache->name, cache->in_use);
}

static int show_resources(struct proc_text *text, const struct proc_target *target)
{
	static const char *const kinds[PAGE_KINDS] = {"reserved", "free",   "kernel", "table",
						      "anon",     "object", "image",  "zero"};
	struct page_stats pages;
	struct process_counts processes;
	struct vfs_counts files;

	page_stats_read(&pages);
	process_counts_read(&processes);
	vfs_counts_read(&files);
	proc_print(text, "pages_used %lu\n", pages.total - pages.free);
	for (unsigned kind = PAGE_KERNEL; kind <= PAGE_OBJECT; kind++)
		proc_print(text, "pages_%s %lu\n", kinds[kind], pages.by_kind[kind]);
	proc_print(text, "threads %lu\nprocesses %lu\nzombies %lu\npids %lu\nsighands %lu\n", thread_count(),
		   processes.processes, processes.zombies, processes.pids, processes.sighands);
	proc_print(text, "files %lu\ninodes %lu\ndentries %lu\nmounts %lu\n", files.files, files.inodes, files.dentries,
		   files.mounts);
	slab_for_each(print_slab, text);
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

const struct proc_entry proc_namu_entries[] = {
	{.name = "resources", .mode = S_IFREG | 0444, .show = show_resources},
	{.name = "copies", .mode = S_IFREG | 0444, .show = show_copies},
	{.name = NULL},
};
