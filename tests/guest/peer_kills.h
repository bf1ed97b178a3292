/*
 * Peers that are killed: two processes talk over a channel, and one of them is killed (SIGKILL) before its first system
 * call, behind it, before its second ... until it gets through; once each time while it stands at the call, and once
 * when it has been let into it. The other must get what Linux gives, and come to its end.
 */
#ifndef PEER_KILLS_H
#define PEER_KILLS_H

#include "guest.h"

#include <poll.h>
#include <sys/ptrace.h>

#define CALLS_MOST 400
#define ENDS_MOST  8

enum side { VICTIM, PARTNER };

struct channel {
	const char *name;
	void (*make)(void); /* by the process that looks on, before the two are forked */
	int (*victim)(void);
	int (*partner)(void); /* 0: what it got is allowed; it may run on for as long as the victim lives */
	/* The victim has ended: called again and again until the partner has, where on Linux too nothing else would
	 * wake it; or null. */
	void (*release)(void);
	int (*check)(void); /* both have ended: 0 when nothing is left; or null */
	int is_for_one;     /* the victim needs no partner, who begins when the victim stands where it will be killed */
};

/* Descriptors of the one half and of the other. The one who looks on keeps neither. */
static struct {
	int fds[2][ENDS_MOST];
	int count[2];
} ends;

static inline int give(enum side side, int fd)
{
	must(fd >= 0 && ends.count[side] < ENDS_MOST);
	ends.fds[side][ends.count[side]++] = fd;
	return fd;
}

static inline void drop(enum side side)
{
	for (int i = 0; i < ends.count[side]; i++)
		close(ends.fds[side][i]);
	ends.count[side] = 0;
}

static inline void pause_until_next(void)
{
	sleep_ms(1);
}

/* Lets it go through `calls` ends of calls: its status if it has ended meanwhile, else -1. */
static inline int let_go_on(pid_t pid, int calls)
{
	int status, signal = 0;

	while (calls > 0) {
		must(raw(SYS_ptrace, PTRACE_SYSCALL, pid, 0, signal) == 0);
		must(waitpid(pid, &status, 0) == pid);
		if (!WIFSTOPPED(status))
			return status;
		signal = WSTOPSIG(status) == (SIGTRAP | 0x80) ? 0 : WSTOPSIG(status);
		calls -= !signal;
	}
	return -1;
}

static inline pid_t start_victim(const struct channel *channel)
{
	pid_t pid;
	int status;

	if (in_child(&pid)) {
		drop(PARTNER);
		must(raw(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0) == 0);
		raise(SIGSTOP);
		_exit(channel->victim());
	}
	must(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status));
	must(raw(SYS_ptrace, PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0);
	return pid;
}

static inline pid_t start_partner(const struct channel *channel)
{
	pid_t pid;

	if (in_child(&pid)) {
		drop(VICTIM);
		_exit(channel->partner());
	}
	return pid;
}

/* It waits for the other, or has ended. */
static inline void wait_until_asleep(pid_t pid)
{
	char name[64], text[512];
	const char *state;

	snprintf(name, sizeof(name), "/proc/%d/stat", (int)pid);
	for (;;) {
		must(read_text(name, text, sizeof(text)) > 0);
		state = strrchr(text, ')');
		must(state);
		if (state[2] == 'S' || state[2] == 'Z')
			return;
		raw(SYS_sched_yield);
	}
}

/* Killed behind so many beginnings and ends of calls. 1: it got through before. */
static inline int kill_after(const struct channel *channel, int calls, int is_late)
{
	int status, result;
	pid_t victim, partner;

	channel->make();
	partner = channel->is_for_one ? 0 : start_partner(channel);
	victim = start_victim(channel);
	if (!channel->is_for_one) {
		drop(VICTIM);
		drop(PARTNER);
	}
	result = let_go_on(victim, calls);
	if (channel->is_for_one)
		partner = start_partner(channel);
	if (result < 0) {
		wait_until_asleep(partner);
		if (is_late) {
			raw(SYS_ptrace, PTRACE_SYSCALL, victim, 0, 0);
			raw(SYS_sched_yield);
		}
		raw(SYS_kill, victim, SIGKILL);
		/* It may stop once more before it dies. */
		do {
			must(waitpid(victim, &status, 0) == victim);
		} while (WIFSTOPPED(status));
	}
	while (waitpid(partner, &status, channel->release ? WNOHANG : 0) == 0) {
		channel->release();
		pause_until_next();
	}
	if (status || (result > 0))
		ok(0, "%s, killed %s call %d: the partner's status is %x, the victim's %x", channel->name,
		   is_late ? "in" : "at", calls, status, result);
	if (channel->check && channel->check() != 0)
		ok(0, "%s, killed %s call %d: something is left", channel->name, is_late ? "in" : "at", calls);
	return result >= 0;
}

/* Everything that must be what it was; the lines of caches are left out, and what there is none of. */
static inline void peer_counts(char *to, size_t room)
{
	static char text[8192];
	size_t length = 0;

	to[0] = 0;
	if (!is_namu())
		return;
	must(read_text("/proc/namu/resources", text, sizeof(text)) > 0);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		const char *value = strchr(line, ' ');
		if (strncmp(line, "kept_", 5) != 0 && strncmp(line, "pages_", 6) != 0 && value &&
		    strcmp(value, " 0") != 0 && length < room)
			length += (size_t)snprintf(to + length, room - length, "%s\n", line);
	}
}

/* Where the first line begins that is not the same. */
static inline size_t differ(const char *a, const char *b)
{
	size_t line = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++) {
		if (a[i] == '\n')
			line = i + 1;
	}
	return line;
}

/* At every point. The first time round shows how many there are, and fills the caches. */
static inline void kill_everywhere(const struct channel *channel)
{
	static char before[4096], after[4096];
	int calls = 0;

	signal(SIGPIPE, SIG_IGN);
	must(kill_after(channel, CALLS_MOST, 0));
	peer_counts(before, sizeof(before));
	while (calls < CALLS_MOST && !kill_after(channel, calls, 0))
		kill_after(channel, calls++, 1);
	is_int(calls > 2 && calls < CALLS_MOST, 1, "%s: killed at every call", channel->name);
	peer_counts(after, sizeof(after));
	is_str(after + differ(before, after), before + differ(before, after), "%s: every count is back where it was",
	       channel->name);
}

#endif
