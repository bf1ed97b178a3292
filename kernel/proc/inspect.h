/*
 * Who may look into whose process: ptrace(2), "Ptrace access mode checking". Used by /proc, pidfd_getfd(2), kcmp(2) and
 * whatever else shows or changes the inside of another process.
 */
#ifndef NAMU_PROC_INSPECT_H
#define NAMU_PROC_INSPECT_H

#include "proc/process.h"

enum inspect_ids {
	INSPECT_BY_FS_IDS,  /* through the file system: /proc */
	INSPECT_BY_REAL_IDS /* by a call on the process */
};

/* May the current thread look into `thread`? Takes tree_lock. */
bool thread_may_inspect(struct thread *thread, enum inspect_ids ids);
/* May it trace the thread, or change its memory? The same rule, and what kernel.yama.ptrace_scope adds. */
bool thread_may_attach(struct thread *thread, enum inspect_ids ids);
/* As thread_may_inspect, of the process's first thread, by real ids. */
bool process_may_inspect(struct process *process);
/* Whom the files of a thread in /proc belong to: its effective ids, or root when it may not be looked into. */
void thread_proc_owner(struct thread *thread, bool even_hidden, uint32_t *uid, uint32_t *gid);

#endif
