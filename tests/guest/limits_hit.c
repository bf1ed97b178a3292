/*
 * Every resource limit: what getrlimit, setrlimit and prlimit answer, and what happens to a process that reaches one.
 * A row is a process of its own: who it is, its limit, what it does, and how that ends (an errno, or a signal).
 */
#include "guest.h"

#include <mqueue.h>
#include <sys/resource.h>
#include <sys/time.h>

#define USER   54321u
#define SIGNAL 0x1000

/* The exit status of a row whose limit could not be raised (CAP_SYS_RESOURCE). */
#define CANNOT_RAISE 98

/* ---- what is done; 0 or a negative errno ---- */

static long one_too_many(void)
{
	long fd;

	while ((fd = raw(SYS_dup, 0)) >= 0)
		;
	return fd;
}

static long dup_to(void)
{
	return raw(SYS_dup2, 0, 20);
}

static long dup_below(void)
{
	return raw(SYS_dup2, 0, 19) == 19 ? 0 : -1;
}

static long dup_from(void)
{
	return raw(SYS_fcntl, 0, F_DUPFD, 20);
}

static long poll_many(void)
{
	return raw(SYS_poll, map_pages(1), 21, 0);
}

static long pipe_ends(void)
{
	int fd[2];

	while (raw(SYS_dup, 0) < 19)
		;
	close(19);
	return raw(SYS_pipe2, fd, 0);
}

static long stay_open(void)
{
	struct rlimit less = {5, 5};
	char c;

	must(raw(SYS_dup2, 0, 10) == 10 && setrlimit(RLIMIT_NOFILE, &less) == 0);
	return raw(SYS_read, 10, &c, 0);
}

static long write_more(void)
{
	static char block[20000];
	long fd = open("file", O_RDWR | O_CREAT, 0600), n = raw(SYS_write, fd, block, sizeof(block));

	return n == 10000 ? raw(SYS_write, fd, block, 1) : -1;
}

static long write_ignored(void)
{
	must(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	return write_more();
}

static long truncate_more(void)
{
	must(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	return raw(SYS_ftruncate, open("file", O_RDWR | O_CREAT, 0600), 10001);
}

static long allocate_more(void)
{
	must(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	return raw(SYS_fallocate, open("file", O_RDWR | O_CREAT, 0600), 0, 0, 10001);
}

static long write_pipe(void)
{
	static char block[20000];
	int fd[2];

	must(pipe(fd) == 0);
	return raw(SYS_write, fd[1], block, sizeof(block)) == sizeof(block) ? 0 : -1;
}

static long fill_memory(void)
{
	for (int i = 0; i < 64; i++) {
		long p = raw(SYS_mmap, 0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p < 0 && p > -4096)
			return p;
	}
	return 0;
}

static long fill_reserved(void)
{
	for (int i = 0; i < 64; i++) {
		long p = raw(SYS_mmap, 0, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p < 0 && p > -4096)
			return p;
	}
	return 0;
}

static long make_writable(void)
{
	long p = raw(SYS_mmap, 0, 40 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return raw(SYS_mprotect, p, 40 << 20, PROT_READ | PROT_WRITE);
}

static long grow_mapping(void)
{
	long p = raw(SYS_mmap, 0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long q = raw(SYS_mremap, p, 1 << 20, 40 << 20, 1, 0);

	return q < 0 && q > -4096 ? q : 0;
}

static long grow_heap(void)
{
	long was = raw(SYS_brk, 0);

	return raw(SYS_brk, was + (40 << 20)) == was ? -ENOMEM : 0;
}

static int deeper(int depth)
{
	volatile char room[4096];

	room[0] = (char)depth;
	return depth ? deeper(depth - 1) + room[0] : 0;
}

static long use_stack(void)
{
	return deeper(300) * 0L;
}

static long use_little_stack(void)
{
	return deeper(100) * 0L;
}

static long lock_more(void)
{
	return raw(SYS_mlock, map_pages(5), 5 * PAGE);
}

static long lock_few(void)
{
	return raw(SYS_mlock, map_pages(4), 4 * PAGE);
}

static long lock_mapped(void)
{
	long p = raw(SYS_mmap, 0, 5 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);

	return p < 0 && p > -4096 ? p : 0;
}

static long lock_everything(void)
{
	return raw(SYS_mlockall, 1);
}

static long send_queued(void)
{
	siginfo_t info = {.si_signo = SIGRTMIN, .si_code = SI_QUEUE};
	sigset_t all;
	long error = 0;

	sigfillset(&all);
	must(sigprocmask(SIG_BLOCK, &all, NULL) == 0);
	for (int i = 0; i < 10 && !error; i++) {
		error = raw(SYS_rt_sigqueueinfo, getpid(), SIGRTMIN, &info);
		must((i < 6) == !error);
	}
	/* One without a payload goes always. */
	must(kill(getpid(), SIGUSR1) == 0 && sigpending(&all) == 0 && sigismember(&all, SIGUSR1));
	return error;
}

static long make_timers(void)
{
	int id;
	long error = 0;

	for (int i = 0; i < 10 && !error; i++) {
		error = raw(SYS_timer_create, CLOCK_MONOTONIC, 0, &id);
		must((i < 6) == !error);
	}
	return error;
}

static long make_queue(void)
{
	struct mq_attr attributes = {.mq_maxmsg = 10, .mq_msgsize = 1024};

	return raw(SYS_mq_open, "namu-limits", O_CREAT | O_RDWR, 0600, &attributes) < 0 ? -errno : 0;
}

static long queue_error(void)
{
	struct mq_attr attributes = {.mq_maxmsg = 10, .mq_msgsize = 1024};
	long fd = raw(SYS_mq_open, "namu-limits", O_CREAT | O_RDWR, 0600, &attributes);

	return fd < 0 ? fd : 0;
}

static long raise_nice(void)
{
	must(raw(SYS_setpriority, PRIO_PROCESS, 0, 5) == 0);
	return raw(SYS_setpriority, PRIO_PROCESS, 0, 0);
}

static long raise_nice_far(void)
{
	return raw(SYS_setpriority, PRIO_PROCESS, 0, -1);
}

static long become_rt_at(int level)
{
	struct sched_param param = {.sched_priority = level};

	return raw(SYS_sched_setscheduler, 0, SCHED_FIFO, &param);
}

static long become_rt(void)
{
	return become_rt_at(10);
}

static long become_rt_higher(void)
{
	return become_rt_at(11);
}

static long compute(void)
{
	for (;;)
		__asm__ volatile("pause");
	return 0;
}

static long compute_on(void)
{
	must(signal(SIGXCPU, SIG_IGN) != SIG_ERR);
	return compute();
}

static long compute_rt(void)
{
	must(become_rt_at(1) == 0);
	return compute();
}

static long compute_rt_on(void)
{
	must(signal(SIGXCPU, SIG_IGN) != SIG_ERR);
	return compute_rt();
}

/* Whoever waits now and then is never beyond it. */
static long compute_rt_little(void)
{
	must(become_rt_at(1) == 0);
	for (int i = 0; i < 120; i++) {
		int64_t end = now_ns() + 10000000;

		while (now_ns() < end)
			;
		sleep_ms(1);
	}
	return 0;
}

static long fork_once(void)
{
	long pid = raw(SYS_fork);

	if (pid == 0)
		raw(SYS_exit_group, 0);
	if (pid > 0)
		reap((pid_t)pid);
	return pid < 0 ? pid : 0;
}

static int nothing(void *unused)
{
	(void)unused;
	return 0;
}

static long make_thread(void)
{
	struct thread t;

	if (thread_start(&t, nothing, NULL) < 0)
		return -errno;
	thread_join(&t);
	return 0;
}

static long lock_files(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_len = 1};
	int fd = open("file", O_RDWR | O_CREAT, 0600);

	for (lock.l_start = 0; lock.l_start < 20; lock.l_start += 2)
		must(fcntl(fd, F_SETLK, &lock) == 0);
	return 0;
}

static const struct {
	const char *name;
	int resource;
	rlim_t soft, hard;
	long (*act)(void);
	int is_user; /* without capabilities */
	int end;     /* errno, or SIGNAL + the signal */
} rows[] = {
	{"NOFILE: dup", RLIMIT_NOFILE, 20, 20, one_too_many, 0, EMFILE},
	{"NOFILE: dup2 to the limit", RLIMIT_NOFILE, 20, 20, dup_to, 0, EBADF},
	{"NOFILE: dup2 below it", RLIMIT_NOFILE, 20, 20, dup_below, 0, 0},
	{"NOFILE: F_DUPFD from the limit", RLIMIT_NOFILE, 20, 20, dup_from, 0, EINVAL},
	{"NOFILE: poll", RLIMIT_NOFILE, 20, 20, poll_many, 0, EINVAL},
	{"NOFILE: room for half a pipe", RLIMIT_NOFILE, 20, 20, pipe_ends, 0, EMFILE},
	{"NOFILE: what is open stays so", RLIMIT_NOFILE, 20, 20, stay_open, 0, 0},
	{"FSIZE: write", RLIMIT_FSIZE, 10000, 10000, write_more, 0, SIGNAL + SIGXFSZ},
	{"FSIZE: write, without the signal", RLIMIT_FSIZE, 10000, 10000, write_ignored, 0, EFBIG},
	{"FSIZE: ftruncate", RLIMIT_FSIZE, 10000, 10000, truncate_more, 0, EFBIG},
	{"FSIZE: fallocate", RLIMIT_FSIZE, 10000, 10000, allocate_more, 0, EFBIG},
	{"FSIZE: not of pipes", RLIMIT_FSIZE, 10000, 10000, write_pipe, 0, 0},
	{"DATA: mmap", RLIMIT_DATA, 16 << 20, 16 << 20, fill_memory, 0, ENOMEM},
	{"DATA: mprotect", RLIMIT_DATA, 16 << 20, 16 << 20, make_writable, 0, ENOMEM},
	{"DATA: mremap", RLIMIT_DATA, 16 << 20, 16 << 20, grow_mapping, 0, ENOMEM},
	{"DATA: brk", RLIMIT_DATA, 16 << 20, 16 << 20, grow_heap, 0, ENOMEM},
	{"DATA: not what is read alone", RLIMIT_DATA, 16 << 20, 16 << 20, fill_reserved, 0, 0},
	{"AS: mmap", RLIMIT_AS, 32 << 20, 32 << 20, fill_memory, 0, ENOMEM},
	{"AS: of any kind", RLIMIT_AS, 32 << 20, 32 << 20, fill_reserved, 0, ENOMEM},
	{"AS: mremap", RLIMIT_AS, 32 << 20, 32 << 20, grow_mapping, 0, ENOMEM},
	{"AS: brk", RLIMIT_AS, 32 << 20, 32 << 20, grow_heap, 0, ENOMEM},
	{"STACK", RLIMIT_STACK, 1 << 20, 1 << 20, use_stack, 0, SIGNAL + SIGSEGV},
	{"STACK: within it", RLIMIT_STACK, 1 << 20, 1 << 20, use_little_stack, 0, 0},
	{"RSS: of no effect", RLIMIT_RSS, PAGE, PAGE, lock_few, 0, 0},
	{"MEMLOCK: mlock", RLIMIT_MEMLOCK, 4 * PAGE, 4 * PAGE, lock_more, 1, ENOMEM},
	{"MEMLOCK: within it", RLIMIT_MEMLOCK, 4 * PAGE, 4 * PAGE, lock_few, 1, 0},
	{"MEMLOCK: MAP_LOCKED", RLIMIT_MEMLOCK, 4 * PAGE, 4 * PAGE, lock_mapped, 1, EAGAIN},
	{"MEMLOCK: mlockall", RLIMIT_MEMLOCK, 4 * PAGE, 4 * PAGE, lock_everything, 1, ENOMEM},
	{"MEMLOCK: nothing: mlock", RLIMIT_MEMLOCK, 0, 0, lock_few, 1, EPERM},
	{"MEMLOCK: nothing: MAP_LOCKED", RLIMIT_MEMLOCK, 0, 0, lock_mapped, 1, EPERM},
	{"MEMLOCK: not for who may", RLIMIT_MEMLOCK, 0, 0, lock_more, 0, 0},
	{"SIGPENDING: rt_sigqueueinfo", RLIMIT_SIGPENDING, 6, 6, send_queued, 1, EAGAIN},
	{"SIGPENDING: timer_create", RLIMIT_SIGPENDING, 6, 6, make_timers, 1, EAGAIN},
	{"MSGQUEUE", RLIMIT_MSGQUEUE, 5000, 5000, queue_error, 1, EMFILE},
	{"MSGQUEUE: within it", RLIMIT_MSGQUEUE, 20000, 20000, make_queue, 1, 0},
	{"NICE: back up", RLIMIT_NICE, 0, 0, raise_nice, 1, EACCES},
	{"NICE: up to it", RLIMIT_NICE, 20, 20, raise_nice, 1, 0},
	{"NICE: beyond it", RLIMIT_NICE, 20, 20, raise_nice_far, 1, EACCES},
	{"NICE: not for who may", RLIMIT_NICE, 0, 0, raise_nice_far, 0, 0},
	{"RTPRIO: none", RLIMIT_RTPRIO, 0, 0, become_rt, 1, EPERM},
	{"RTPRIO: up to it", RLIMIT_RTPRIO, 10, 10, become_rt, 1, 0},
	{"RTPRIO: beyond it", RLIMIT_RTPRIO, 10, 10, become_rt_higher, 1, EPERM},
	{"RTTIME: the soft one", RLIMIT_RTTIME, 100000, 10000000, compute_rt, 0, SIGNAL + SIGXCPU},
	{"RTTIME: the hard one", RLIMIT_RTTIME, 100000, 300000, compute_rt_on, 0, SIGNAL + SIGKILL},
	{"RTTIME: who waits", RLIMIT_RTTIME, 1000000, 5000000, compute_rt_little, 0, 0},
	{"RTTIME: who is not real-time", RLIMIT_RTTIME, 1000, 1000, fork_once, 0, 0},
	{"CPU: the soft one", RLIMIT_CPU, 1, 10, compute, 0, SIGNAL + SIGXCPU},
	{"CPU: the hard one", RLIMIT_CPU, 1, 2, compute_on, 0, SIGNAL + SIGKILL},
	{"CPU: nothing", RLIMIT_CPU, 0, RLIM_INFINITY, compute, 0, SIGNAL + SIGXCPU},
	{"NPROC: fork", RLIMIT_NPROC, 1, 1, fork_once, 1, EAGAIN},
	{"NPROC: a thread", RLIMIT_NPROC, 1, 1, make_thread, 1, EAGAIN},
	{"NPROC: up to it", RLIMIT_NPROC, 2, 2, fork_once, 1, 0},
	{"NPROC: not for root", RLIMIT_NPROC, 1, 1, fork_once, 0, 0},
	{"LOCKS: of no effect", RLIMIT_LOCKS, 1, 1, lock_files, 1, 0},
};

static void run_row(size_t i, int turns)
{
	struct rlimit limit = {rows[i].soft, rows[i].hard}, none = {0, 0};
	int status;
	pid_t pid;

	if (in_child(&pid)) {
		char *name = map_pages(1);

		snprintf(name, PAGE, "row%zu", i);
		umask(0);
		must(mkdir(name, 0777) == 0 && chdir(name) == 0 && setrlimit(RLIMIT_CORE, &none) == 0);
		if (setrlimit((int)rows[i].resource, &limit) != 0)
			_exit(CANNOT_RAISE);
		if (rows[i].is_user)
			become_user(USER + (unsigned)i + (unsigned)turns);
		long result = rows[i].act();
		_exit(result < 0 ? (int)-result : 0);
	}
	status = reap(pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_RAISE && !is_namu()) {
		skip(rows[i].name, "this host's root may not raise limits");
		return;
	}
	is_int(WIFSIGNALED(status) ? SIGNAL + WTERMSIG(status) : WEXITSTATUS(status), rows[i].end, "%s", rows[i].name);
}

static void each(void)
{
	must(chmod(".", 0777) == 0);
	if (getuid() != 0) {
		skip("limits", "of root alone");
		return;
	}
	for (size_t i = 0; i < count_of(rows); i++)
		run_row(i, 0);
}

/* ---- the calls themselves ---- */

static void calls(void)
{
	struct rlimit good = {100, 200}, bad = {200, 100}, beyond = {100, (1 << 20) + 1}, got;

	is_int(raw(SYS_getrlimit, RLIM_NLIMITS, &got), -EINVAL, "getrlimit of no such limit");
	is_int(raw(SYS_getrlimit, -1, &got), -EINVAL, "of a negative one");
	is_int(raw(SYS_getrlimit, RLIMIT_CORE, 8), -EFAULT, "to nowhere");
	is_int(raw(SYS_setrlimit, RLIM_NLIMITS, &good), -EINVAL, "setrlimit of no such limit");
	is_int(raw(SYS_setrlimit, RLIMIT_CORE, 8), -EFAULT, "from nowhere");
	is_int(raw(SYS_setrlimit, RLIM_NLIMITS, 8), -EFAULT, "which is looked at first");
	is_int(raw(SYS_setrlimit, RLIMIT_CORE, &bad), -EINVAL, "a soft one above the hard one");
	is_int(raw(SYS_setrlimit, RLIMIT_NOFILE, &beyond), -EPERM, "more descriptors than there can be");
	is_int(raw(SYS_prlimit64, 0, RLIMIT_CORE, 0, 0), 0, "prlimit of nothing");
	is_int(raw(SYS_prlimit64, 0, RLIM_NLIMITS, 0, 0), -EINVAL, "of no such limit");
	is_int(raw(SYS_prlimit64, -1, RLIMIT_CORE, 0, &got), -ESRCH, "of a negative process");
	is_int(raw(SYS_prlimit64, 99999999, RLIMIT_CORE, 0, &got), -ESRCH, "of nobody");
	is_int(raw(SYS_prlimit64, 99999999, RLIM_NLIMITS, 0, &got), -ESRCH, "who is looked for first");
	is_int(raw(SYS_prlimit64, 99999999, RLIMIT_CORE, 8, &got), -EFAULT, "after the new one was read");
	is_int(raw(SYS_prlimit64, 0, RLIMIT_CORE, 8, &got), -EFAULT, "from nowhere");
	is_int(raw(SYS_prlimit64, 0, RLIMIT_CORE, &good, 8), -EFAULT, "to nowhere");
	must(getrlimit(RLIMIT_CORE, &got) == 0);
	is_int(got.rlim_cur, 100, "but it has been set by then");
	is_int(raw(SYS_prlimit64, 0, RLIMIT_CORE, &bad, &got), -EINVAL, "a soft one above the hard one");
	is_int(raw(SYS_prlimit64, getppid(), RLIMIT_CORE, 0, &got), 0, "of the parent");
}

/* Limits are told to everybody, but changed by their user, or who may. */
static void of_others(void)
{
	struct rlimit limit = {50, 60};
	pid_t other = getpid(), pid, same;

	if (getuid() != 0) {
		skip("of others", "of root alone");
		return;
	}
	if (in_child(&pid)) {
		become_user(USER);
		is_int(raw(SYS_prlimit64, other, RLIMIT_NOFILE, 0, &limit), -EPERM, "root's are not told to a user");
		is_int(raw(SYS_prlimit64, other, RLIMIT_NOFILE, &limit, 0), -EPERM, "nor changed");
		if (in_child(&same)) {
			for (;;)
				pause();
		}
		limit = (struct rlimit){50, 60};
		is_int(raw(SYS_prlimit64, same, RLIMIT_NOFILE, &limit, 0), 0, "one's own child's are");
		limit = (struct rlimit){50, 61};
		is_int(raw(SYS_prlimit64, same, RLIMIT_NOFILE, &limit, 0), -EPERM, "downward");
		kill(same, SIGKILL);
		_exit(tap.failed);
	}
	is_exited(pid, 0, "a user");
}

static const struct tap_case cases[] = {
	{"each", each, 120},
	{"calls", calls, 0},
	{"of_others", of_others, 0},
};

TAP_MAIN(cases)
