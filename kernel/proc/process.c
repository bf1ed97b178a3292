/*
 * The process tree: who is in it, who is found how, and when a process is gone for good.
 *
 * References: a process has one for its place in the tree and one for each of its threads, so that thread->process is
 * good as long as the thread is held. The tree holds each thread from clone until the thread is collected, beside the
 * scheduler's own reference.
 */
#include "proc/process.h"
#include "arch/x86_64/debug.h"
#include "choice/choice.h"
#include "fs/cred.h"
#include "lib/string.h"
#include "mem/kstack.h"
#include "mem/page.h"
#include "mem/slab.h"
#include "proc/io_priority.h"
#include "proc/pid.h"
#include "proc/ptrace.h"
#include "proc/tree.h"
#include "sched/sched.h"

/* How late a timer of the first process may be, and of all that do not ask for something else (prctl(2),
 * PR_SET_TIMERSLACK). */
#define TIMER_SLACK_NS 50000

static struct slab_cache process_cache = SLAB_CACHE("process", struct process);
static struct slab_cache thread_proc_cache = SLAB_CACHE("thread_proc", struct thread_proc);

struct process *init_process;
struct list all_processes = LIST_INIT(all_processes);
uint64_t thread_limit;

static uint64_t zombie_count(void)
{
	struct process *process;
	uint64_t count = 0;

	list_for_each (process, &all_processes, all_link)
		count += process->exit_stage == EXIT_ZOMBIE;
	return count;
}

struct process *process_create(void)
{
	struct process *process = slab_alloc(&process_cache);

	if (!process)
		return NULL;
	refcount_init(&process->refs, 1);
	list_init(&process->children);
	list_init(&process->sibling);
	list_init(&process->all_link);
	list_init(&process->threads);
	list_init(&process->group_link);
	list_init(&process->session_link);
	waitq_init(&process->thread_waiters);
	waitq_init(&process->child_waiters);
	waitq_init(&process->signal_waiters);
	spin_init(&process->signal_lock, "signal", LOCK_SIGNAL);
	sigpending_init(&process->pending);
	process->start_ns = clock_monotonic_ns();
	return process;
}

/* The last reference went: what only the structure itself still held goes with it. */
static void process_free(struct process *process)
{
	if (process->sighand)
		sighand_put(process->sighand);
	if (unlikely(process->debugger))
		pid_put(process->debugger);
	if (process->session)
		pid_put(process->session);
	if (process->group)
		pid_put(process->group);
	if (process->pid)
		pid_put(process->pid);
	slab_free(&process_cache, process);
}

void process_get(struct process *process)
{
	refcount_get(&process->refs);
}

void process_put(struct process *process)
{
	if (refcount_put(&process->refs))
		process_free(process);
}

int thread_proc_create(struct thread *thread)
{
	struct thread_proc *proc = slab_alloc(&thread_proc_cache);

	if (!proc)
		return -ENOMEM;
	proc->thread = thread;
	proc->timer_slack_ns = proc->default_slack_ns = TIMER_SLACK_NS;
	list_init(&proc->process_link);
	sigpending_init(&proc->pending);
	list_init(&proc->pi_owned);
	thread->proc_data = proc;
	return 0;
}

/* The last reference to a thread went (also of one that never ran). */
static void thread_released(struct thread *thread)
{
	struct thread_proc *proc = thread_proc(thread);

	if (unlikely(thread->context.debug))
		kfree(debug_detach(&thread->context));
	if (thread->cred)
		cred_put(thread->cred);
	if (proc) {
		if (proc->pid)
			pid_put(proc->pid);
		if (unlikely(proc->tracee))
			ptrace_free(proc);
		io_priority_put(proc->io);
		slab_free(&thread_proc_cache, proc);
	}
	if (thread->process)
		process_put(thread->process);
}

void process_tree_init(void)
{
	struct page_stats stats;

	sched_thread_free_hook = thread_released;
	/* as Linux: all stacks together may take an eighth of the memory */
	page_stats_read(&stats);
	thread_limit = MAX(stats.total / (8 * KSTACK_PAGES), 64ul);
}

/* The list is kept in order of pid; a new process nearly always has the highest. */
static void insert_by_pid(struct process *process)
{
	struct list *at = all_processes.prev;

	while (at != &all_processes && list_entry(at, struct process, all_link)->pid->number > process->pid->number)
		at = at->prev;
	list_push(at, &process->all_link);
}

void process_attach(struct process *process, struct process *parent, struct pid *group, struct pid *session)
{
	process->pid->process = process;
	process->parent = parent;
	if (parent)
		list_append(&parent->children, &process->sibling);
	pid_get(group);
	process->group = group;
	list_append(&group->group, &process->group_link);
	pid_get(session);
	process->session = session;
	list_append(&session->session, &process->session_link);
	insert_by_pid(process);
}

void process_add_thread(struct process *process, struct thread *thread)
{
	struct thread_proc *proc = thread_proc(thread);

	thread_get(thread);
	proc->pid->thread = thread;
	spin_lock(&process->signal_lock);
	list_append(&process->threads, &proc->process_link);
	spin_unlock(&process->signal_lock);
	process->thread_count++;
	process->live_count++;
}

void process_remove_thread(struct process *process, struct thread *thread)
{
	struct thread_proc *proc = thread_proc(thread);

	spin_lock(&process->signal_lock);
	list_remove(&proc->process_link);
	spin_unlock(&process->signal_lock);
	if (proc->pid->thread == thread)
		proc->pid->thread = NULL;
	pid_release_number(proc->pid);
}

struct pid *process_set_group(struct process *process, struct pid *group)
{
	struct pid *old = process->group;

	pid_get(group);
	list_remove(&process->group_link);
	process->group = group;
	list_append(&group->group, &process->group_link);
	pid_release_number(old);
	return old;
}

/* Group and session stay readable (their pids are held) until the structure goes. */
void process_detach(struct process *process)
{
	process->exit_stage = EXIT_REAPED;
	if (unlikely(thread_proc(process->leader)->tracee))
		ptrace_forget(thread_proc(process->leader));
	list_remove(&process->sibling);
	list_remove(&process->all_link);
	list_remove(&process->group_link);
	list_remove(&process->session_link);
	process->pid->process = NULL;
	process_remove_thread(process, process->leader);
	pid_release_number(process->group);
	pid_release_number(process->session);
}

void process_detached(struct process *process)
{
	spin_lock(&tree_lock);
	struct thread *leader = process->leader;
	process->leader = NULL;
	spin_unlock(&tree_lock);
	if (leader)
		thread_put(leader);
	process_put(process);
}

struct process *process_find(int32_t pid)
{
	struct process *process = NULL;

	spin_lock(&tree_lock);
	struct pid *found = pid_find_locked(pid);
	if (found && found->process) {
		process = found->process;
		process_get(process);
	}
	spin_unlock(&tree_lock);
	return process;
}

struct thread *thread_find(int32_t tid)
{
	struct thread *thread = NULL;

	spin_lock(&tree_lock);
	struct pid *found = pid_find_locked(tid);
	if (found && found->thread) {
		thread = found->thread;
		thread_get(thread);
	}
	spin_unlock(&tree_lock);
	return thread;
}

struct thread *process_leader(struct process *process)
{
	spin_lock(&tree_lock);
	struct thread *leader = process->leader;
	if (leader)
		thread_get(leader);
	spin_unlock(&tree_lock);
	return leader;
}

int32_t process_parent_number(void)
{
	spin_lock(&tree_lock);
	const struct process *parent = current_process()->parent;
	int32_t number = parent ? parent->pid->number : 0;
	spin_unlock(&tree_lock);
	return number;
}

/* A process that was reaped since the last call is no longer linked: the search then goes by number. */
struct process *process_next(struct process *previous)
{
	struct process *next = NULL, *process;

	spin_lock(&tree_lock);
	if (!previous || list_is_empty(&previous->all_link)) {
		int32_t above = previous ? previous->pid->number : 0;
		list_for_each (process, &all_processes, all_link) {
			if (process->pid->number > above) {
				next = process;
				break;
			}
		}
	} else if (previous->all_link.next != &all_processes) {
		next = list_entry(previous->all_link.next, struct process, all_link);
	}
	if (next)
		process_get(next);
	spin_unlock(&tree_lock);
	if (previous)
		process_put(previous);
	return next;
}

static void count_sighands(const struct slab_cache *cache, void *counts)
{
	if (strcmp(cache->name, "sighand") == 0)
		((struct process_counts *)counts)->sighands = cache->in_use;
}

void process_counts_read(struct process_counts *counts)
{
	*counts = (struct process_counts){.processes = process_cache.in_use};
	slab_for_each(count_sighands, counts);
	spin_lock(&tree_lock);
	counts->zombies = zombie_count();
	counts->pids = pid_count();
	spin_unlock(&tree_lock);
}
