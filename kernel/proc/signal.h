/*
 * Signals: who may send, where they wait, how they are delivered (signal(7)). Standard signals merge, real-time ones
 * queue. A signal is delivered on the way out to user mode only (signal_deliver); a pending one ends interruptible
 * waits.
 */
#ifndef NAMU_PROC_SIGNAL_H
#define NAMU_PROC_SIGNAL_H

#include "arch/x86_64/spinlock.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "lib/types.h"

struct thread;
struct process;
struct pid;
struct trapframe;

#define SIGNAL_COUNT       64
#define SIGNAL_BIT(signal) (1ull << ((signal)-1))

/* The information that travels with a signal; the first bytes of Linux's siginfo_t, written out by siginfo_to_user. */
struct signal_info {
	int32_t signal;
	int32_t code; /* SI_USER, SI_KERNEL, SEGV_MAPERR, CLD_EXITED ... */
	int32_t error;
	int32_t pid; /* sender or child; SI_TIMER: timer id */
	uint32_t uid;
	int32_t status;              /* SIGCHLD; SI_TIMER: overrun */
	uint64_t address;            /* faults */
	uint64_t value;              /* sigqueue */
	uint64_t user_ns, kernel_ns; /* SIGCHLD: utime, stime */
	int32_t band, fd;            /* SIGIO */
};

struct signal_queued {
	struct list link;
	struct signal_info info;
	uint32_t uid;    /* whose RLIMIT_SIGPENDING it counts for */
	bool is_counted; /* standard signals that merge anyway do not count */
};

/* Lock key: (s) the process's signal_lock. */
struct sigpending {
	uint64_t set;      /* (s) */
	struct list queue; /* (s) struct signal_queued; a standard signal may be in `set` without an entry when memory
			      was short */
};

struct sigaction_kernel {
	uaddr_t handler; /* 0 SIG_DFL, 1 SIG_IGN */
	uint64_t flags;
	uaddr_t restorer;
	uint64_t mask;
};

/* Lock key: (a) atomic; (s) the signal_lock of every process that shares it. */
struct sighand {
	struct refcount refs;                             /* (a) processes that use it */
	struct spinlock lock;                             /* (i) taken below signal_lock while refs > 1 */
	struct sigaction_kernel action[SIGNAL_COUNT + 1]; /* (s) by number */
};

/* Send to a process, a thread, every member of a group. Permission is the caller's business (signal_may_send). 0, or
 * -EAGAIN (queue limit), -ESRCH. */
int signal_send_process(struct process *process, const struct signal_info *info);
int signal_send_thread(struct thread *thread, const struct signal_info *info);
int signal_send_group(struct pid *group, const struct signal_info *info);
/* kill(2): `number` is a process, 0 the own group, -1 everybody, -n a group; permission is checked; info->signal 0 only
 * asks. And tgkill(2), tkill (process_number 0). 0, -ESRCH, -EPERM, -EAGAIN. */
int signal_kill(int32_t number, const struct signal_info *info);
int signal_kill_thread(int32_t process_number, int32_t number, const struct signal_info *info);
/* A timer's signal, to the process or (when not null) one thread of it: 1 when it was not entered, as it is ignored or
 * merges. */
int signal_send_timer(struct process *process, struct thread *thread, const struct signal_info *info);
/* The same with tree_lock held by the caller (exit tells the parent, a session its members ...). */
int signal_send_thread_locked(struct thread *thread, const struct signal_info *info);
int signal_send_process_locked(struct process *process, const struct signal_info *info);
int signal_send_group_locked(struct pid *group, const struct signal_info *info);
/* The usual forms: SI_KERNEL, or from the current process with SI_USER. */
void signal_info_kernel(struct signal_info *info, int signal);
void signal_info_user(struct signal_info *info, int signal);
/* A fault of the current thread: cannot be blocked or ignored (then it ends the process). */
void signal_force(int signal, int code, uint64_t address);
bool signal_may_send(struct process *target, int signal);

/* Deliver what is pending to the current thread: build a frame, stop, or end the process. Called with the user frame on
 * the way out. */
void signal_deliver(struct trapframe *frame);
/* Recompute WORK_SIGNAL after the mask changed. */
void signal_mask_changed(void);
void signal_set_mask(uint64_t mask);
/* sigsuspend, ppoll: a mask for the length of a wait, and back. When a handler runs first, the old mask comes back
 * behind its frame. */
void signal_set_temporary_mask(uint64_t mask);
void signal_restore_mask(void);
/* sigaction(2): set (unless `wanted` is null) and tell what was there before. 0 or -EINVAL. */
int signal_action(int signal, const struct sigaction_kernel *wanted, struct sigaction_kernel *before);

/* rt_sigreturn(2): everything back from the frame at the user's stack pointer; what RAX shall be. */
int64_t signal_return(void);
/* sigaltstack(2), for a thread whose stack pointer is `rsp`. 0, -EPERM, -EINVAL, -ENOMEM. */
struct altstack {
	uaddr_t base;
	uint64_t bytes;
	uint32_t flags; /* SS_* */
};
void signal_altstack_get(struct altstack *stack, uint64_t rsp);
int signal_altstack_set(const struct altstack *stack, uint64_t rsp);
/* What the largest frame takes: AT_MINSIGSTKSZ. */
uint64_t signal_frame_bytes_max(void);
/* Boot, once the processor's features are known. 0 or -ENOMEM. */
int signal_frame_init(void);

/* Linux's siginfo_t (128 bytes) of `info`: into kernel memory, and to a program. 0 or -EFAULT. */
void siginfo_fill(void *siginfo, const struct signal_info *info);
int siginfo_to_user(uaddr_t to, const struct signal_info *info);
/* What a tracer passes (PTRACE_SETSIGINFO): of any kind. 0, -EFAULT, -EINVAL for a signal that is none. */
int siginfo_from_debugger(struct signal_info *info, uaddr_t from);
/* What sigqueue's caller passes. */
int siginfo_from_user(struct signal_info *info, uaddr_t from);
/* Entries that count for a user (SigQ of /proc/PID/status). */
uint64_t signal_queued_count(uint32_t uid);
/* SIGCHLD's action of a process says that nobody will collect its children (SIG_IGN or SA_NOCLDWAIT). tree_lock is
 * held. */
bool signal_ignores_children(struct process *process);

/* sigtimedwait(2): take a signal of `set`, waiting until `deadline_ns`: its number, -EAGAIN, -EINTR. The same without
 * waiting: 0 when there is none. sigsuspend(2) and pause(2), the latter without a mask: always -ERESTART_NOHANDLER. */
int signal_wait(uint64_t set, uint64_t deadline_ns, struct signal_info *info);
int signal_take(uint64_t set, struct signal_info *info);
int64_t signal_suspend(const uint64_t *mask);
/* Pending and blocked signals of the current thread (sigpending(2)). */
uint64_t signal_pending_blocked(void);
/* signalfd(2): a new descriptor (fd -1), or another set for an old one. */
int64_t signalfd_open(int fd, uint64_t set, uint32_t flags);
/* The process is gone: whoever still polls its signals (an epoll of a child) lets go of the queue. */
void signal_waiters_detach(struct process *process);

/* At fork, exec, exit. sighand_get is called by the thread whose process shares its handlers (CLONE_SIGHAND). */
struct sighand *sighand_create(void);
struct sighand *sighand_copy(struct sighand *from);
void sighand_get(struct sighand *sighand);
void sighand_put(struct sighand *sighand);
void signal_exec_reset(void); /* handlers to default, alternate stack off */
/* The current thread leaves its process: signals meant for any thread go to another one, a group stop no longer waits
 * for it. Called before it is taken off process->threads, without locks; afterwards it takes no signal any more. */
void signal_thread_exit(void);
/* A new process has no interval timers; timers are stopped and POSIX timers given up. At fork, exec (POSIX timers only)
 * and exit. */
void signal_timers_init(struct process *process);
void signal_timers_exec(struct process *process);
void signal_timers_exit(struct process *process);
/* RLIMIT_CPU of a process was changed. */
void signal_cpu_limit_changed(struct process *process);
void sigpending_init(struct sigpending *pending);
void sigpending_flush(struct sigpending *pending);
/* Called by the dispatcher's accounting: virtual and profiling timers, RLIMIT_CPU. */
void signal_account_time(struct thread *thread, uint64_t user_ns, uint64_t kernel_ns);

#endif
