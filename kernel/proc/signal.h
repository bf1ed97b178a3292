/*
 * Signals: who may send, where they wait, how they are delivered (signal(7)). Standard signals merge, real-time ones queue.
 * A signal is delivered on the way out to user mode only (signal_deliver); a pending one ends interruptible waits.
 */
#ifndef NAMU_PROC_SIGNAL_H
#define NAMU_PROC_SIGNAL_H

#include "lib/list.h"
#include "lib/refcount.h"
#include "lib/types.h"

struct thread;
struct process;
struct pid;
struct trapframe;

#define SIGNAL_COUNT 64
#define SIGNAL_BIT(signal) (1ull << ((signal)-1))

/* The information that travels with a signal; the first bytes of Linux's siginfo_t, written out by siginfo_to_user. */
struct signal_info {
	int32_t signal;
	int32_t code;    /* SI_USER, SI_KERNEL, SEGV_MAPERR, CLD_EXITED ... */
	int32_t error;
	int32_t pid;     /* sender or child */
	uint32_t uid;
	int32_t status;  /* SIGCHLD */
	uint64_t address; /* faults; SI_TIMER: timer id and overrun */
	uint64_t value;  /* sigqueue */
	uint64_t user_ns, kernel_ns; /* SIGCHLD: utime, stime */
	int32_t band, fd; /* SIGIO */
};

struct signal_queued {
	struct list link;
	struct signal_info info;
	uint32_t uid; /* whose RLIMIT_SIGPENDING it counts for */
};

/* Lock key: (s) the process's signal_lock. */
struct sigpending {
	uint64_t set;        /* (s) */
	struct list queue;   /* (s) struct signal_queued; a standard signal may be in `set` without an entry when memory was short */
};

struct sigaction_kernel {
	uaddr_t handler; /* 0 SIG_DFL, 1 SIG_IGN */
	uint64_t flags;
	uaddr_t restorer;
	uint64_t mask;
};

/* Lock key: (a) atomic; (s) the signal_lock of every process that shares it. */
struct sighand {
	struct refcount refs;                             /* (a) */
	struct sigaction_kernel action[SIGNAL_COUNT + 1]; /* (s) by number */
};

/* Send to a process, a thread, every member of a group. Permission is the caller's business (signal_may_send). 0, or -EAGAIN (queue limit), -ESRCH. */
int signal_send_process(struct process *process, const struct signal_info *info);
int signal_send_thread(struct thread *thread, const struct signal_info *info);
int signal_send_group(struct pid *group, const struct signal_info *info);
/* The usual forms: SI_KERNEL, or from the current process with SI_USER. */
void signal_info_kernel(struct signal_info *info, int signal);
void signal_info_user(struct signal_info *info, int signal);
/* A fault of the current thread: cannot be blocked or ignored (then it ends the process). */
void signal_force(int signal, int code, uint64_t address);
bool signal_may_send(struct process *target, int signal);

/* Deliver what is pending to the current thread: build a frame, stop, or end the process. Called with the user frame on the way out. */
void signal_deliver(struct trapframe *frame);
/* Recompute WORK_SIGNAL after the mask changed. */
void signal_mask_changed(void);
void signal_set_mask(uint64_t mask);

/* At fork, exec, exit. */
struct sighand *sighand_create(void);
struct sighand *sighand_copy(struct sighand *from);
void sighand_get(struct sighand *sighand);
void sighand_put(struct sighand *sighand);
void signal_exec_reset(void);      /* handlers to default, alternate stack off */
void sigpending_init(struct sigpending *pending);
void sigpending_flush(struct sigpending *pending);
/* Called by the dispatcher's accounting: virtual and profiling timers, RLIMIT_CPU. */
void signal_account_time(struct thread *thread, uint64_t user_ns, uint64_t kernel_ns);

#endif
