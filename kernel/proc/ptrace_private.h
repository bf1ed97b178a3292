/* Among the files of ptrace(2). */
#ifndef NAMU_PROC_PTRACE_PRIVATE_H
#define NAMU_PROC_PTRACE_PRIVATE_H

#include <linux/capability.h>
#include <linux/sched.h>

#include "proc/ptrace.h"
#include "proc/signal_private.h"

/* -- ptrace_attach.c -- */
int ptrace_trace_me(void);
/* 0, -EPERM, -ENOMEM. */
int ptrace_attach(struct thread *thread, bool is_seized, uint32_t options);
/* Tracing ends; what is left of a dead tracee goes to its parent. tree_lock is held. */
void ptrace_detach(struct tracee *tracee, struct exit_rest *rest);
/* A stop ends: the thread goes on with tracee->signal. tree_lock is held. */
void ptrace_end_stop(struct tracee *tracee);

/* One request on its way. */
struct ptrace_request {
	int64_t what;
	uint64_t address, data;
	struct thread *thread; /* held */
	struct tracee *tracee;
};

/* -- ptrace_request.c -- */
/* Single steps of a stopped tracee, or none. tree_lock is held. */
void ptrace_set_stepping(struct tracee *tracee, bool is_stepping);

/* -- ptrace_registers.c: of a stopped tracee. Addresses are the tracer's, in user memory. -- */
/* PEEKUSER and POKEUSER: a word of Linux's struct user. 0, -EIO, -EINVAL, -ENOMEM, -EFAULT. */
int ptrace_peek_user(struct tracee *tracee, uint64_t offset, uaddr_t to);
int ptrace_poke_user(struct tracee *tracee, uint64_t offset, uint64_t value);
/* Register sets, by their type in core files; at most *bytes, which tells how many there were. */
int ptrace_registers_get(struct tracee *tracee, uint32_t type, uaddr_t to, uint64_t *bytes);
int ptrace_registers_set(struct tracee *tracee, uint32_t type, uaddr_t from, uint64_t *bytes);
/* The tracee is the current thread's and stands in a stop, and its registers are in memory: tree_lock is taken. -ESRCH:
 * not so, nothing is locked. */
int ptrace_lock_stopped(struct tracee *tracee);

/* -- ptrace_signals.c: requests of those names; 0 or a count, or what ptrace(2) says of them. -- */
int ptrace_get_siginfo(struct ptrace_request *request);
int ptrace_set_siginfo(struct ptrace_request *request);
int64_t ptrace_peek_siginfo(struct ptrace_request *request);
int ptrace_get_mask(struct ptrace_request *request);
int ptrace_set_mask(struct ptrace_request *request);

/* -- ptrace_scope.c -- */
/* May the current process's parent trace it because it asks for that? tree_lock is held. */
bool ptrace_scope_allows_parent(const struct process *parent);

#endif
