/*
 * Restartable sequences (rseq(2)): a thread names a struct rseq in its memory, in which the kernel keeps the number of
 * its processor, and the program the sequence it is in. A thread that was pre-empted, moved or signalled within one
 * goes on at the sequence's abort address. The switches are noticed by sched/sequence.c.
 */
#ifndef NAMU_PROC_RSEQ_H
#define NAMU_PROC_RSEQ_H

#include "arch/x86_64/trapframe.h"
#include "proc/process.h"

/* Bytes of struct rseq that the kernel fills, and its alignment: for the auxiliary vector. */
#define RSEQ_FEATURE_BYTES 28
#define RSEQ_ALIGN         32

/* rseq(2) of the current thread. 0, -EINVAL, -EFAULT, -EBUSY, -EPERM (another signature). */
int rseq_call(uaddr_t area, uint32_t bytes, uint32_t flags, uint32_t signature);
/* A child whose memory is a copy of the maker's has the maker's registration. */
void rseq_fork(struct thread *child, const struct thread *maker);
/* The current thread's registration goes: its memory is about to. */
void rseq_forget(void);
/* WORK_RSEQ is set: end the sequence, show the processor. Forces SIGSEGV for a structure that is not right. */
void rseq_user_return(struct trapframe *frame);
/* A handler is about to run: afterwards the frame shows a place outside of any sequence. 0, -EFAULT, -EINVAL. */
int rseq_signal(struct trapframe *frame);

#endif
