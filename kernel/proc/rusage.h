/* What threads and processes have used (getrusage(2)). */
#ifndef NAMU_PROC_RUSAGE_H
#define NAMU_PROC_RUSAGE_H

#include "proc/process.h"

struct rusage;

/* Add what a thread has used until now. */
void usage_add_thread(struct usage *sum, struct thread *thread);
/* Sums; the largest resident size is a maximum. */
void usage_add(struct usage *sum, const struct usage *more);
/* The same with tree_lock held: all that a process's own threads have used. */
void process_usage_locked(struct process *process, struct usage *usage);
/* As Linux's struct rusage (144 bytes), padding zeroed. */
void usage_to_linux(const struct usage *usage, struct rusage *out);
/* getrusage(2)'s body, `who` RUSAGE_*: 0 or -EINVAL. */
int usage_of_current(int who, struct rusage *out);
/* times(2): the four words, in ticks of 1/100 s. */
void times_of_current(int64_t ticks[4]);

#endif
