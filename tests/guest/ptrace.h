/* What the tests of ptrace share: raw requests (results are negative errnos), children that are traced, waits. */
#ifndef GUEST_PTRACE_H
#define GUEST_PTRACE_H

#include "guest.h"

#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#define EVENTMSG_CALL     1 /* PTRACE_EVENTMSG_SYSCALL_ENTRY */
#define EVENTMSG_CALL_END 2
#define PTRACE_SYSEMU     31
#define ARCH_PRCTL        30 /* PTRACE_ARCH_PRCTL; its options */
#define ARCH_SET_GS       0x1001
#define ARCH_GET_FS       0x1003
#define ARCH_GET_GS       0x1004
#define ARCH_X86_64       0xc000003e /* AUDIT_ARCH_X86_64 */

#define SYSGOOD (SIGTRAP | 0x80)
#define ALL     0x40000000 /* __WALL */

#define trace(request, pid, address, data) raw(SYS_ptrace, request, pid, address, data)

/* wait4 of one with __WALL: the status; -errno. */
static inline long wait_stop(pid_t pid)
{
	int status = 0;
	long got;

	do {
		got = raw(SYS_wait4, pid, &status, ALL, 0);
	} while (got == -EINTR);
	return got == pid ? status : got;
}

/* The status of a stop: signal, and the event above it. */
#define STOPPED(signal)      ((signal) << 8 | 0x7f)
#define EVENT(event)         ((SIGTRAP | (event) << 8) << 8 | 0x7f)
#define EVENT_STOP_OF(signo) (((signo) | PTRACE_EVENT_STOP << 8) << 8 | 0x7f)

#define is_stop(pid, status, ...) is_int(wait_stop(pid), status, __VA_ARGS__)

/* A child that asked to be traced and stands at its SIGSTOP; 1 in the child, which goes on from there. */
static inline int traced_child(pid_t *pid)
{
	if (in_child(pid)) {
		must(trace(PTRACE_TRACEME, 0, 0, 0) == 0);
		raw(SYS_kill, raw(SYS_getpid), SIGSTOP);
		return 1;
	}
	must(wait_stop(*pid) == STOPPED(SIGSTOP));
	return 0;
}

static inline void go_on(pid_t pid, int signal)
{
	must(trace(PTRACE_CONT, pid, 0, signal) == 0);
}

static inline struct user_regs_struct registers_of(pid_t pid)
{
	struct user_regs_struct r;

	must(trace(PTRACE_GETREGS, pid, 0, &r) == 0);
	return r;
}

static inline long word_of(pid_t pid, const volatile void *address)
{
	long word = 0;

	must(trace(PTRACE_PEEKDATA, pid, address, &word) == 0);
	return word;
}

static inline unsigned long message_of(pid_t pid)
{
	unsigned long message = 0;

	must(trace(PTRACE_GETEVENTMSG, pid, 0, &message) == 0);
	return message;
}

static inline siginfo_t siginfo_of(pid_t pid)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	must(trace(PTRACE_GETSIGINFO, pid, 0, &info) == 0);
	return info;
}

/* Ends a tracee for certain, wherever it stands. */
static inline void finish(pid_t pid)
{
	long status;

	raw(SYS_kill, pid, SIGKILL);
	do {
		status = wait_stop(pid);
	} while (status >= 0 && (status & 0xff) == 0x7f);
}

#endif
