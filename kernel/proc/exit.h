/*
 * The end of threads and processes, from the inside. Stages in order, each safe to be entered twice:
 *   thread  1 user memory told (robust futexes, clear_child_tid)   2 signals handed on   3 counted out
 *           4 parts given back, the last one gives back the process's   5 off the list, or kept as the leader
 *   process EXIT_BEGUN (status set, threads told), EXIT_RELEASED (after the last stage 4), EXIT_ZOMBIE, EXIT_REAPED
 */
#ifndef NAMU_PROC_EXIT_H
#define NAMU_PROC_EXIT_H

#include "proc/process.h"

/* What the ends of processes and threads leave to be given back once tree_lock is free: on the stack of who holds it.
 */
struct exit_rest {
	struct list buried;   /* struct process.sibling: out of the tree, process_detached is due */
	struct list released; /* struct thread_proc.process_link: a reference to the thread is due */
};
void exit_rest_init(struct exit_rest *rest);
void exit_rest_finish(struct exit_rest *rest);

/* The remains of a kept thread (proc/ptrace.h) leave the process, whose end that may be. tree_lock is held. */
void process_release_kept(struct thread_proc *thread, struct exit_rest *rest);
/* A dead process that its tracer held back is its parent's now. tree_lock is held. */
void process_tell_end(struct process *process, struct exit_rest *rest);

/* No way back to user mode for a thread, and no stop on the way. tree_lock is held. */
void thread_tell_to_end(struct thread_proc *thread);
/* Begin the end: every thread but `except` is told. A process that ends already is left alone. tree_lock is held. */
void process_begin_end(struct process *process, uint32_t wait_status, struct thread *except);
/* process_kill with tree_lock held. */
void process_kill_locked(struct process *process, uint32_t wait_status);
/* End every other thread of the current process and take the leader's place and number: for exec. 0, or -EAGAIN when
 * the process is ending or another thread executes. */
int process_become_single(void);
/* Robust futexes and clear_child_tid of the current thread, as at its end or before its memory is replaced. */
void thread_tell_user_memory(bool is_end);
/* A parent that waits in vfork for the current thread goes on. */
void thread_vfork_done(void);
/* A dead child leaves the tree; its usage goes to the parent. tree_lock is held; process_detached follows without it.
 */
void process_reap(struct process *process);

#endif
