/*
 * The process tree from the inside: making a process and taking it out again. For clone, exit and wait.
 */
#ifndef NAMU_PROC_TREE_H
#define NAMU_PROC_TREE_H

#include "proc/process.h"

/* A process in no tree yet, one reference; null: no memory. */
struct process *process_create(void);
/* A struct thread_proc for `thread`, hung on it; -ENOMEM. Freed with the thread. */
int thread_proc_create(struct thread *thread);

/* Enter it into the tree as a child of `parent` (null: the first of all), into that one's group and session. tree_lock
 * is held. */
void process_attach(struct process *process, struct process *parent, struct pid *group, struct pid *session);
/* Another thread of it, held by a reference of the tree's. tree_lock is held. */
void process_add_thread(struct process *process, struct thread *thread);
void process_remove_thread(struct process *process, struct thread *thread);
/* Move it to another group. tree_lock is held. The old group's reference goes when tree_lock has been let go: it is
 * returned. */
struct pid *process_set_group(struct process *process, struct pid *group);

/* A dead process leaves the tree, group, session, list and numbers. tree_lock is held; process_detached follows without
 * it. */
void process_detach(struct process *process);
void process_detached(struct process *process);

/* Processes and threads at most, by the size of memory; set at boot. */
extern uint64_t thread_limit;
void process_tree_init(void);

#endif
