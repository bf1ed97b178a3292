/*
 * Making a thread or process: the creation in progress, and the steps by which its parts are copied or shared
 * (clone_steps.c). Only for clone*.c.
 */
#ifndef NAMU_PROC_CLONE_PRIVATE_H
#define NAMU_PROC_CLONE_PRIVATE_H

#include "proc/clone.h"

/* One creation in progress; on the stack of its maker. */
struct making {
	const struct clone_request *request;
	uint64_t flags;
	int event; /* PTRACE_EVENT_* that this is for the maker's tracer; 0: none */
	struct thread *maker;
	struct process *from;     /* the maker's */
	struct thread *thread;    /* the new one */
	struct thread_proc *self; /* its part */
	struct process *process;  /* a new one, or from */
	struct pid *pid;
	struct file *pidfd_file;
	int pidfd;
	uint32_t group_signals; /* of `from`, at the beginning */
	/* kernel forms */
	const char *name;
	void (*start)(void *arg);
	void *arg;
	bool is_kernel; /* never sees user mode */
};

/*
 * Makes all parts, in the order of the table; a step that fails leaves nothing of its own, and those before it are
 * undone in reverse. 0, or the error of the step that failed.
 */
int clone_make_parts(struct making *making);
/* Undoes them all: nothing of what was made is left. */
void clone_undo_parts(struct making *making);

#endif
