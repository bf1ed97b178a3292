/*
 * Process groups and sessions (credentials(7), setpgid(2), setsid(2)).
 */
#ifndef NAMU_PROC_GROUP_H
#define NAMU_PROC_GROUP_H

#include "proc/process.h"

int process_set_group_of(int32_t pid, int32_t group); /* setpgid(2) */
int64_t process_group_of(int32_t pid);                /* getpgid(2) */
int64_t process_session_of(int32_t pid);              /* getsid(2) */
int64_t process_new_session(void);                    /* setsid(2) */

/* No member has a parent in another group of its session: nobody could continue it. tree_lock is held. */
bool group_is_orphaned(const struct pid *group);
/* After `process` ends, or changes its parent from `old_parent`, groups may be orphaned that have stopped members:
 * they get SIGHUP and SIGCONT. tree_lock is held. */
void group_orphaned_by_exit(struct process *process);
void group_orphaned_by_reparent(struct process *child, struct process *old_parent);

/* Supplied by dev/: a session leader ends; if it has a terminal, its foreground group is hung up and the terminal given
 * up. Called without locks, before the leader is a zombie. Null: there are no terminals. */
extern void (*session_leader_ended)(struct process *leader);

#endif
