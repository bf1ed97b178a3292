/*
 * The end of threads and processes, from the inside. Stages in order, each safe to be entered twice:
 *   thread  1 user memory told (robust futexes, clear_child_tid)   2 signals handed on   3 counted out
 *           4 parts given back, the last one gives back the process's   5 off the list, or kept as the leader
 *   process EXIT_BEGUN (status set, threads told), EXIT_RELEASED (after the last stage 4), EXIT_ZOMBIE, EXIT_REAPED
 */
#ifndef NAMU_PROC_EXIT_H
#define NAMU_PROC_EXIT_H

#include "proc/process.h"

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
