/*
 * System calls with senseless arguments, thousands of them, by a process without rights: whatever they answer, the
 * system must live. The sequence is a function of the round alone, so a failing round can be run again.
 */
#include "guest.h"

#include <limits.h>
#include <sys/resource.h>
#include <sys/time.h>

static uint64_t state;

static uint64_t next(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* What would end, stop or multiply the process, or wait for ever, and so prove nothing. */
static int is_left_out(long number)
{
	static const long out[] = {SYS_exit,
				   SYS_exit_group,
				   SYS_fork,
				   SYS_vfork,
				   SYS_clone,
				   SYS_clone3,
				   SYS_pause,
				   SYS_rt_sigsuspend,
				   SYS_rt_sigreturn,
				   SYS_kill,
				   SYS_tkill,
				   SYS_tgkill,
				   SYS_rt_sigqueueinfo,
				   SYS_rt_tgsigqueueinfo,
				   SYS_execve,
				   SYS_execveat,
				   SYS_alarm,
				   SYS_setitimer,
				   SYS_sync,
				   SYS_syncfs,
				   SYS_reboot,
				   SYS_ptrace,
				   335,
				   336,
				   SYS_io_uring_setup,
				   SYS_io_uring_enter,
				   SYS_vhangup,
				   SYS_userfaultfd,
				   SYS_bpf,
				   SYS_add_key,
				   SYS_keyctl,
				   SYS_request_key,
				   SYS_perf_event_open,
				   SYS_setrlimit,
				   SYS_prlimit64};

	for (size_t i = 0; i < count_of(out); i++) {
		if (out[i] == number)
			return 1;
	}
	return 0;
}

static char *area;

static long senseless(void)
{
	static const long favourites[] = {0,       1,       -1,       2,        3,        4,        8,
					  16,      64,      255,      4095,     4096,     4097,     65536,
					  INT_MAX, INT_MIN, UINT_MAX, LONG_MAX, LONG_MIN, 1l << 47, 0xffff800000000000,
					  -4096};
	uint64_t r = next();

	switch (r % 8) {
	case 0:
	case 1:
		return favourites[r / 8 % count_of(favourites)];
	case 2:
		return (long)(area + r / 8 % (16 * PAGE));
	case 3:
		return (long)(area + (r / 8 % 16) * PAGE);
	case 4:
		return (long)(r / 8 % 12);
	case 5:
		return (long)(r / 8 % 8192);
	case 6:
		return 1l << (r / 8 % 64);
	default:
		return (long)next();
	}
}

static void prepare(void)
{
	struct rlimit memory = {256 << 20, 256 << 20}, file = {1 << 20, 1 << 20}, processes = {20, 20};
	static const char *const paths[] = {"a", "b", "dir", "/proc/self/stat", ".", "..", "/", "fifo"};
	int fd[2];

	if (setsid() < 0)
		setpgid(0, 0);
	mkdir("dir", 0777);
	must(setrlimit(RLIMIT_AS, &memory) == 0 && setrlimit(RLIMIT_FSIZE, &file) == 0);
	must(setrlimit(RLIMIT_NPROC, &processes) == 0);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	must(chmod(".", 0777) == 0);
	become_user(45678);
	area = map_pages(16);
	for (int i = 0; i < 16; i++) {
		uint64_t *p = (uint64_t *)(area + i * PAGE);
		for (int j = 0; j < 64; j++)
			p[j] = i % 2 ? next() : (uint64_t)senseless();
		if (i < 8)
			strcpy(area + i * PAGE, paths[i]);
	}
	mprotect(area + 15 * PAGE, PAGE, PROT_READ);
	mprotect(area + 14 * PAGE, PAGE, PROT_NONE);
	open("a", O_RDWR | O_CREAT, 0600);
	open(".", O_RDONLY);
	open("/dev/zero", O_RDWR);
	pipe2(fd, O_NONBLOCK);
}

static void on_tick(int signo)
{
	(void)signo;
}

/* A tick interrupts whatever a call waits for; the calls themselves may have taken the tick away. */
static void arm(void)
{
	struct sigaction action = {.sa_handler = on_tick};
	struct itimerval tick = {{0, 20000}, {0, 20000}};
	uint64_t none = 0;

	sigaction(SIGALRM, &action, NULL);
	raw(SYS_setitimer, ITIMER_REAL, &tick, 0);
	raw(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, 8);
}

static void calls(int round)
{
	int null = open("/dev/null", O_RDWR);

	must(null >= 0 && dup2(null, 0) == 0 && dup2(null, 1) == 1 && dup2(null, 2) == 2);
	state = 0x9e3779b97f4a7c15ul * (unsigned)(round + 1);
	prepare();
	for (int i = 0; i < 400; i++) {
		long number = (long)(next() % 460);
		if (i % 4 == 0)
			arm();
		if (!is_left_out(number))
			raw(number, senseless(), senseless(), senseless(), senseless(), senseless(), senseless());
	}
	_exit(0);
}

static void run(int from, int to)
{
	int ended = 0;

	for (int round = from; round < to; round++) {
		pid_t pid;
		int status = -1, waited = 0;
		if (in_child(&pid))
			calls(round);
		while (waitpid(pid, &status, WNOHANG) == 0) {
			sleep_ms(5);
			if (++waited == 1000)
				kill(pid, SIGKILL);
		}
		ended += WIFEXITED(status) || WIFSIGNALED(status);
		if (in_child(&pid))
			_exit(7);
		must(reap(pid) == 7 << 8);
	}
	is_int(ended, to - from, "rounds %d to %d ended, and the system lives", from, to - 1);
}

static void rounds_0(void)
{
	run(0, 25);
}

static void rounds_1(void)
{
	run(25, 50);
}

static void rounds_2(void)
{
	run(50, 75);
}

static void rounds_3(void)
{
	run(75, 100);
}

static const struct tap_case cases[] = {
	{"rounds_0", rounds_0, 120},
	{"rounds_1", rounds_1, 120},
	{"rounds_2", rounds_2, 120},
	{"rounds_3", rounds_3, 120},
};

TAP_MAIN(cases)
