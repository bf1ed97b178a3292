/*
 * Processes that share sockets of AF_INET do everything with them at once, in any order. Nothing is looked at but that
 * all calls come to an end, that nothing is left, and (in the checking kernel) that no rule was broken meanwhile.
 */
#include "inet.h"

#define SOCKETS 12
#define WORKERS 6
#define ROUNDS  3000

static int fds[SOCKETS];
static char bytes[70000];

static unsigned next(unsigned *state)
{
	*state = *state * 1103515245u + 12345u;
	return *state >> 8;
}

/* Where somebody may listen: the ports of the sockets themselves. */
static union any_address somewhere(unsigned *state)
{
	union any_address a;
	socklen_t size = sizeof(a);
	int fd = fds[next(state) % SOCKETS];

	memset(&a, 0, sizeof(a));
	if (getsockname(fd, &a.sa, &size) != 0 || next(state) % 4 == 0)
		return next(state) & 1 ? v4_at("127.0.0.1", (int)(next(state) % 65536)) : v6_at("::1", 1);
	if (a.sa.sa_family == AF_INET)
		a.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static void replace(int fd, unsigned *state)
{
	int type = next(state) % 4 ? SOCK_STREAM : SOCK_DGRAM;
	int fresh = socket(next(state) % 4 ? AF_INET : AF_INET6, type | SOCK_NONBLOCK, 0);

	must(fresh >= 0 && dup2(fresh, fd) == fd && close(fresh) == 0);
}

static void transfer(int fd, unsigned *state)
{
	static const int flags[] = {0, MSG_OOB, MSG_PEEK, MSG_WAITALL, MSG_TRUNC, MSG_ERRQUEUE, MSG_MORE};
	int flag = flags[next(state) % count_of(flags)];
	size_t size = next(state) % 3 ? next(state) % 100 : next(state) % sizeof(bytes);
	union any_address a;

	if (next(state) & 1) {
		raw(SYS_recvfrom, fd, bytes, size, flag, 0, 0);
		return;
	}
	a = somewhere(state);
	raw(SYS_sendto, fd, bytes, size, flag | MSG_NOSIGNAL, next(state) & 1 ? &a : NULL, size_of(&a));
}

static void one_call(int fd, unsigned *state)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	struct linger linger = {(int)(next(state) & 1), 0};
	int value = (int)(next(state) & 1), fresh;

	switch (next(state) % 16) {
	case 0:
		replace(fd, state);
		break;
	case 1:
		bind_to(fd, loop_of(next(state) & 1 ? AF_INET : AF_INET6, 0));
		break;
	case 2:
		raw(SYS_listen, fd, next(state) % 3);
		break;
	case 3:
	case 4:
	case 5:
		connect_to(fd, somewhere(state));
		break;
	case 6:
		raw(SYS_connect, fd, &none, sizeof(none));
		break;
	case 7:
	case 8:
		fresh = (int)raw(SYS_accept4, fd, 0, 0, SOCK_NONBLOCK);
		if (fresh >= 0)
			must(dup2(fresh, fds[next(state) % SOCKETS]) >= 0 && close(fresh) == 0);
		break;
	case 9:
		raw(SYS_shutdown, fd, next(state) % 3);
		break;
	case 10:
		raw(SYS_setsockopt, fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
		raw(SYS_setsockopt, fd, SOL_SOCKET, next(state) & 1 ? SO_REUSEADDR : SO_OOBINLINE, &value,
		    sizeof(value));
		break;
	case 11:
		events_of(fd);
		get_int(fd, SOL_SOCKET, SO_ERROR);
		break;
	default:
		transfer(fd, state);
	}
}

/* The descriptors are the children's own; what they stand for is shared by all. */
static void work(unsigned seed)
{
	unsigned state = seed * 7919u + 1;

	for (int i = 0; i < ROUNDS; i++)
		one_call(fds[next(&state) % SOCKETS], &state);
}

static void everything_at_once(void)
{
	unsigned state = 42;
	pid_t pids[WORKERS];

	for (unsigned i = 0; i < SOCKETS; i++) {
		fds[i] = dup(0);
		replace(fds[i], &state);
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		if (in_child(&pids[i])) {
			work(i);
			_exit(0);
		}
	}
	for (unsigned i = 0; i < WORKERS; i++)
		is_exited(pids[i], 0, "worker %u", i);
}

/* The same by processes with one table of descriptors, which also close what others use. */
static char stacks[WORKERS][65536] __attribute__((aligned(16)));

static int thread(void *argument)
{
	work((unsigned)(uintptr_t)argument);
	return 0;
}

static void one_table(void)
{
	unsigned state = 43;
	int pids[WORKERS];

	for (unsigned i = 0; i < SOCKETS; i++) {
		fds[i] = dup(0);
		replace(fds[i], &state);
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		pids[i] = clone(thread, stacks[i] + sizeof(stacks[i]), CLONE_FILES | SIGCHLD,
				(void *)(uintptr_t)(i + 100));
		must(pids[i] > 0);
	}
	for (unsigned i = 0; i < WORKERS; i++)
		is_exited(pids[i], 0, "worker %u", i);
}

static const struct tap_case cases[] = {{"everything_at_once", everything_at_once, 0}, {"one_table", one_table, 0}};

TAP_MAIN(cases)
