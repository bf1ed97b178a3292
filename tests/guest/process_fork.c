/* fork and vfork: who returns what, what is copied, what is not. */
#include "guest.h"

#include <sys/resource.h>
#include <sys/time.h>

static int global = 1;

static void returns(void)
{
	pid_t parent = getpid(), pid;

	pid = fork();
	must(pid >= 0);
	if (pid == 0) {
		must(getppid() == parent);
		must(getpid() != parent);
		must(raw(SYS_gettid) == getpid());
		_exit(17);
	}
	ok(pid > 0 && pid != parent, "the parent gets the child's pid");
	is_exited(pid, 17, "the child gets 0 and goes on after the call");
}

static void pids_differ(void)
{
	pid_t pid[20];
	int distinct = 1;

	for (int i = 0; i < 20; i++) {
		if (in_child(&pid[i]))
			_exit(0);
	}
	for (int i = 0; i < 20; i++) {
		for (int j = 0; j < i; j++)
			distinct &= pid[i] != pid[j];
	}
	ok(distinct, "twenty living or unreaped children have twenty pids");
	for (int i = 0; i < 20; i++)
		must(reap(pid[i]) == 0);
}

static void memory_is_apart(void)
{
	static char data[3 * PAGE];
	volatile int local = 1;
	int *heap = malloc(sizeof(*heap));
	int *mapped = map_pages(1);
	pid_t pid;

	must(heap);
	*heap = *mapped = global = 1;
	memset(data, 'p', sizeof(data));
	if (in_child(&pid)) {
		must(local == 1 && *heap == 1 && *mapped == 1 && global == 1 && data[2 * PAGE] == 'p');
		local = *heap = *mapped = global = 2;
		memset(data, 'c', sizeof(data));
		must(local == 2 && *heap == 2 && *mapped == 2 && global == 2 && data[2 * PAGE] == 'c');
		_exit(0);
	}
	is_exited(pid, 0, "the child sees the parent's memory and changes its own");
	is_int(local, 1, "the parent's stack is untouched");
	is_int(*heap, 1, "the parent's heap is untouched");
	is_int(*mapped, 1, "the parent's mapping is untouched");
	is_int(global, 1, "the parent's data is untouched");
	is_int(data[2 * PAGE], 'p', "the parent's bss is untouched");
}

static void parent_writes_first(void)
{
	struct gate gate = gate_make();
	char *p = map_pages(4);
	pid_t pid;

	memset(p, 1, 4 * PAGE);
	if (in_child(&pid)) {
		must(gate_wait(&gate));
		for (long i = 0; i < 4 * PAGE; i++)
			must(p[i] == 1);
		_exit(0);
	}
	memset(p, 2, 4 * PAGE);
	gate_open(&gate);
	is_exited(pid, 0, "what the parent writes after the fork the child does not see");
	is_int(p[0], 2, "the parent keeps what it wrote");
}

static void inherited(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, now;
	struct rlimit limit = {100, 200}, got;
	sigset_t set, pending;
	char here[300], there[300];
	pid_t pid, group = getpgrp(), session = getsid(0);

	must(sigaction(SIGUSR2, &ignore, NULL) == 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	must(sigprocmask(SIG_SETMASK, &set, NULL) == 0);
	must(raise(SIGUSR1) == 0);
	must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
	umask(0123);
	alarm(50);
	must(getcwd(here, sizeof(here)));
	if (in_child(&pid)) {
		must(sigprocmask(SIG_SETMASK, NULL, &set) == 0 && sigismember(&set, SIGUSR1));
		must(sigpending(&pending) == 0 && !sigismember(&pending, SIGUSR1));
		must(sigaction(SIGUSR2, NULL, &now) == 0 && now.sa_handler == SIG_IGN);
		must(getrlimit(RLIMIT_NOFILE, &got) == 0 && got.rlim_cur == 100 && got.rlim_max == 200);
		must(umask(0) == 0123);
		must(getcwd(there, sizeof(there)) && strcmp(here, there) == 0);
		must(getpgrp() == group && getsid(0) == session);
		must(alarm(0) == 0);
		_exit(0);
	}
	is_exited(pid, 0, "mask, dispositions, limits, umask, directory, group are kept; pending and alarm are not");
	must(sigpending(&pending) == 0);
	ok(sigismember(&pending, SIGUSR1), "the parent's pending signal stays");
	ok(alarm(0) > 0, "the parent's alarm stays");
}

static void times_start_at_zero(void)
{
	struct rusage usage;
	volatile unsigned long work = 0;
	pid_t pid;

	for (int i = 0; i < 3000000; i++)
		work += (unsigned long)i;
	if (in_child(&pid)) {
		must(getrusage(RUSAGE_SELF, &usage) == 0);
		must(usage.ru_utime.tv_sec == 0 && usage.ru_stime.tv_sec == 0);
		must(getrusage(RUSAGE_CHILDREN, &usage) == 0);
		must(usage.ru_utime.tv_sec == 0 && usage.ru_utime.tv_usec == 0);
		_exit(0);
	}
	is_exited(pid, 0, "a child's usage starts anew");
}

static void vfork_shares(void)
{
	volatile int shared = 1;
	pid_t parent = getpid();
	pid_t pid = vfork();

	must(pid >= 0);
	if (pid == 0) {
		shared = getppid() == parent ? 2 : 3;
		_exit(5);
	}
	is_int(shared, 2, "the child of vfork writes the parent's memory, and the parent waits for its end");
	is_exited(pid, 5, "its status is its own");
}

static void vfork_waits_for_exec(void)
{
	static char *argv[] = {"true", NULL};
	struct timespec pause = {0, 100000000};
	volatile int step = 0;
	pid_t pid = vfork();

	must(pid >= 0);
	if (pid == 0) {
		raw(SYS_nanosleep, &pause, 0);
		step = 1;
		execve("/bin/true", argv, NULL);
		_exit(1);
	}
	is_int(step, 1, "the parent goes on only after the exec");
	is_exited(pid, 0, "the exec worked");
}

static void vfork_exec_fails(void)
{
	static char *argv[] = {"none", NULL};
	pid_t pid = vfork();

	must(pid >= 0);
	if (pid == 0) {
		raw(SYS_execve, "/none/such", argv, NULL);
		_exit(44);
	}
	is_exited(pid, 44, "after a failed exec the child of vfork still runs");
}

static void vfork_child_killed(void)
{
	pid_t pid = vfork();

	must(pid >= 0);
	if (pid == 0) {
		raw(SYS_kill, raw(SYS_getpid), SIGKILL);
		_exit(1);
	}
	is_killed(pid, SIGKILL, "the death of a vforked child lets the parent go on");
}

static void nested(void)
{
	pid_t pid;
	int depth = 0;

	if (in_child(&pid)) {
		/* Forty generations, each the parent of the next; the depth travels in the memory that is copied. */
		for (;;) {
			pid_t next;
			if (++depth == 40)
				_exit(40);
			next = fork();
			must(next >= 0);
			if (next > 0)
				_exit(WEXITSTATUS(reap(next)));
		}
	}
	is_exited(pid, 40, "forty generations deep");
}

static void descriptors_and_offset(void)
{
	char c[4];
	pid_t pid;
	int fd;

	must(write_text("letters", "abcdefgh") == 8);
	fd = open("letters", O_RDONLY);
	must(fd >= 0);
	if (in_child(&pid)) {
		must(read(fd, c, 3) == 3 && memcmp(c, "abc", 3) == 0);
		close(fd);
		_exit(0);
	}
	is_exited(pid, 0, "the child reads through the inherited descriptor");
	is_int(read(fd, c, 2), 2, "the parent's descriptor outlives the child's close");
	ok(memcmp(c, "de", 2) == 0, "the offset is shared");
}

static void fpu_state(void)
{
	double x = 1.5;
	pid_t pid;

	/* The floating-point environment goes along. */
	__asm__ volatile("fldcw %0" ::"m"((const short){0x0f7f}));
	if (in_child(&pid)) {
		unsigned short word = 0;
		__asm__ volatile("fnstcw %0" : "=m"(word));
		must((word & 0x0f3f) == 0x0f3f);
		must(x * 2 == 3.0);
		_exit(0);
	}
	is_exited(pid, 0, "the FPU's control word and registers are inherited");
}

static const struct tap_case cases[] = {
	{"returns", returns, 0},
	{"pids_differ", pids_differ, 0},
	{"memory_is_apart", memory_is_apart, 0},
	{"parent_writes_first", parent_writes_first, 0},
	{"inherited", inherited, 0},
	{"times_start_at_zero", times_start_at_zero, 0},
	{"vfork_shares", vfork_shares, 0},
	{"vfork_waits_for_exec", vfork_waits_for_exec, 0},
	{"vfork_exec_fails", vfork_exec_fails, 0},
	{"vfork_child_killed", vfork_child_killed, 0},
	{"nested", nested, 0},
	{"descriptors_and_offset", descriptors_and_offset, 0},
	{"fpu_state", fpu_state, 0},
};

TAP_MAIN(cases)
