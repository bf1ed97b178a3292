/*
 * Do the process tree, the numbers, groups and sessions agree with each other? Goes through everything under tree_lock,
 * then through what lies below: ready queues, timers, slabs, free pages, address spaces, descriptor tables.
 */
#include "proc/check.h"

#include "fs/file.h"
#include "mem/page.h"
#include "mem/slab.h"
#include "proc/pid.h"
#include "sched/check.h"
#include "vm/check.h"

static bool is_on(const struct list *node, const struct list *head)
{
	for (const struct list *at = head->next; at != head; at = at->next) {
		if (at == node)
			return true;
	}
	return false;
}

static void check_threads(struct check *check, const struct process *process)
{
	const struct thread_proc *each;
	int32_t pid = process->pid->number;
	uint32_t there = 0, living = 0;
	bool has_leader = false;

	list_for_each (each, &process->threads, process_link) {
		const struct thread *thread = each->thread;
		CHECK_THAT(check, thread->process == process && thread->proc_data == each,
			   "pid %d: thread %d is another process's", pid, thread->tid);
		CHECK_THAT(check,
			   each->pid->thread == thread && each->pid->number == thread->tid &&
				   pid_find_locked(thread->tid) == each->pid,
			   "pid %d: thread %d is not found by its number", pid, thread->tid);
		CHECK_THAT(check, !each->is_gone || thread == process->leader, "pid %d: thread %d is gone and listed",
			   pid, thread->tid);
		there += !each->is_gone;
		living += thread->state != THREAD_TERMINATED;
		has_leader |= thread == process->leader;
	}
	CHECK_THAT(check, has_leader, "pid %d: its leader is not listed", pid);
	CHECK_THAT(check, there == process->thread_count && process->live_count <= process->thread_count,
		   "pid %d: %u threads, counted %u, of which %u live", pid, there, process->thread_count,
		   process->live_count);
	CHECK_THAT(check, living >= process->thread_count, "pid %d: %u threads have a stack, %u have not ended", pid,
		   living, process->thread_count);
}

static uint64_t check_children(struct check *check, const struct process *process)
{
	const struct process *child;
	uint64_t count = 0;

	list_for_each (child, &process->children, sibling) {
		CHECK_THAT(check, child->parent == process, "pid %d: child %d has another parent", process->pid->number,
			   child->pid->number);
		count++;
	}
	CHECK_THAT(check, !count || process->exit_stage < EXIT_ZOMBIE, "pid %d is a zombie with %lu children",
		   process->pid->number, count);
	return count;
}

static void check_process(struct check *check, const struct process *process)
{
	int32_t pid = process->pid->number;
	bool is_zombie = process->exit_stage == EXIT_ZOMBIE;

	CHECK_THAT(check, process->pid->process == process && pid_find_locked(pid) == process->pid,
		   "pid %d is not found by its number", pid);
	CHECK_THAT(check, process->exit_stage < EXIT_REAPED, "pid %d was collected and is in the tree", pid);
	CHECK_THAT(check, is_zombie == (process->thread_count == 0), "pid %d: exit stage %d with %u threads", pid,
		   process->exit_stage, process->thread_count);
	CHECK_THAT(check, !is_zombie || !process->space, "pid %d is a zombie with memory", pid);
	CHECK_THAT(check, process->exit_stage < EXIT_RELEASED || process->live_count == 0,
		   "pid %d: exit stage %d with %u living threads", pid, process->exit_stage, process->live_count);
	CHECK_THAT(check, is_on(&process->group_link, &process->group->group), "pid %d: not in its group %d", pid,
		   process->group->number);
	CHECK_THAT(check, is_on(&process->session_link, &process->session->session), "pid %d: not in its session %d",
		   pid, process->session->number);
	CHECK_THAT(check, refcount_read(&process->refs) > process->thread_count, "pid %d: %u refs for %u threads", pid,
		   refcount_read(&process->refs), process->thread_count);
	check_threads(check, process);
}

static void check_tree(struct check *check)
{
	const struct process *process;
	uint64_t processes = 0, children = 0;
	int32_t before = 0;

	spin_lock(&tree_lock);
	list_for_each (process, &all_processes, all_link) {
		CHECK_THAT(check, process->pid->number > before, "pid %d stands behind %d", process->pid->number,
			   before);
		before = process->pid->number;
		check_process(check, process);
		children += check_children(check, process);
		processes += process->parent != NULL;
	}
	CHECK_THAT(check, children == processes, "%lu processes have a parent, %lu are children", processes, children);
	pid_check(check);
	spin_unlock(&tree_lock);
}

static void check_parts(struct check *check)
{
	struct process *process = NULL;

	while ((process = process_next(process)) != NULL) {
		spin_lock(&tree_lock);
		struct vm_space *space = process->space;
		struct fd_table *files = process->leader ? process->leader->files : NULL;
		if (space)
			vm_space_get(space);
		if (files)
			fd_table_get(files);
		spin_unlock(&tree_lock);
		if (space) {
			vm_check_space(check, space, process->pid->number);
			vm_space_put(space);
		}
		if (files) {
			fd_table_check(check, files, process->pid->number);
			fd_table_put(files);
		}
	}
}

void kernel_check(struct check *check)
{
	check_tree(check);
	sched_check(check);
	check_parts(check);
	slab_check(check);
	page_check(check);
}
