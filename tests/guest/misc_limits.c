/* Resource limits: told, set, inherited, and what happens to one who goes beyond. */
#include "guest.h"

#include <sys/resource.h>

static void told_and_set(void)
{
	struct rlimit old, limit = {111, 222}, got;
	pid_t pid;

	for (int i = 0; i < 16; i++)
		is_int(raw(SYS_prlimit64, 0, i, 0, &got), 0, "limit %d is told", i);
	is_int(raw(SYS_prlimit64, 0, 16, 0, &got), -EINVAL, "limit 16 is not");
	must(getrlimit(RLIMIT_CORE, &old) == 0);
	must(getrlimit(RLIMIT_STACK, &got) == 0);
	is_int((long)got.rlim_cur, 8 << 20, "the stack's is 8 MiB");
	must(getrlimit(RLIMIT_NOFILE, &got) == 0);
	is_int((long)got.rlim_cur, 1024, "1024 descriptors");
	is_int(setrlimit(RLIMIT_NOFILE, &limit), 0, "setrlimit");
	if (in_child(&pid)) {
		must(getrlimit(RLIMIT_NOFILE, &got) == 0 && got.rlim_cur == 111 && got.rlim_max == 222);
		become_user(1000);
		limit.rlim_cur = 222;
		must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
		limit.rlim_max = 223;
		must(setrlimit(RLIMIT_NOFILE, &limit) == -1 && errno == EPERM);
		limit.rlim_cur = limit.rlim_max = 50;
		must(setrlimit(RLIMIT_NOFILE, &limit) == 0);
		limit.rlim_max = 60;
		must(setrlimit(RLIMIT_NOFILE, &limit) == -1 && errno == EPERM);
		_exit(0);
	}
	is_exited(pid, 0, "a child inherits it; a user may go up to the hard limit and lower that");
}

static void of_another(void)
{
	struct rlimit limit = {77, 88}, got;
	pid_t pid;

	if (in_child(&pid)) {
		for (;;)
			pause();
	}
	is_int(raw(SYS_prlimit64, pid, RLIMIT_NOFILE, &limit, 0), 0, "prlimit of a child");
	is_int(raw(SYS_prlimit64, pid, RLIMIT_NOFILE, 0, &got), 0, "asked back");
	is_int((long)(got.rlim_cur * 100 + got.rlim_max), 7788, "is as set");
	is_int(raw(SYS_prlimit64, 999999, RLIMIT_NOFILE, 0, &got), -ESRCH, "of nobody");
	must(kill(pid, SIGKILL) == 0);
	must(reap(pid) == SIGKILL);
}

static void process_count(void)
{
	struct rlimit limit = {8, 8};
	struct gate gate = gate_make();
	pid_t pid;

	if (in_child(&pid)) {
		int made = 0, last = 0;
		must(setrlimit(RLIMIT_NPROC, &limit) == 0);
		become_user(34567);
		for (int i = 0; i < 20; i++) {
			pid_t child = fork();
			if (child == 0) {
				close(gate.fd[1]);
				gate_wait(&gate);
				_exit(0);
			}
			if (child > 0)
				made++;
			else
				last = errno;
		}
		must(last == EAGAIN);
		close(gate.fd[1]);
		while (wait(NULL) > 0)
			;
		must(fork() >= 0);
		_exit(made);
	}
	close(gate.fd[1]);
	is_exited(pid, 7, "RLIMIT_NPROC of 8: seven children and EAGAIN");
}

static void fork_bomb(void)
{
	struct rlimit limit = {40, 40};
	int64_t until = now_ns() + 30000000000;
	pid_t pid, other;
	int good = 0, ready[2];
	char byte;

	must(pipe(ready) == 0);
	if (in_child(&pid)) {
		must(setsid() > 0);
		must(setrlimit(RLIMIT_NPROC, &limit) == 0);
		become_user(34568);
		must(write(ready[1], "!", 1) == 1);
		while (now_ns() < until)
			fork();
		_exit(0);
	}
	must(read(ready[0], &byte, 1) == 1);
	/* Others go on meanwhile. */
	for (int i = 0; i < 20; i++) {
		if (in_child(&other))
			_exit(i);
		good += reap(other) == i << 8;
	}
	is_int(good, 20, "others fork while a bomb goes off");
	must(kill(-pid, SIGKILL) == 0 || errno == ESRCH);
	is_int(reap(pid) & 0x7f, SIGKILL, "and it can be ended from outside");
	for (int i = 0; i < 2000 && kill(-pid, 0) == 0; i++) {
		kill(-pid, SIGKILL);
		sleep_ms(2);
	}
	fails(kill(-pid, 0), ESRCH, "with all its children");
}

static void cpu_time(void)
{
	struct rlimit limit = {1, RLIM_INFINITY};
	int64_t before = now_ns();
	pid_t pid;

	if (in_child(&pid)) {
		must(setrlimit(RLIMIT_CPU, &limit) == 0);
		for (;;)
			__asm__ volatile("pause");
	}
	is_killed(pid, SIGXCPU, "RLIMIT_CPU: SIGXCPU at the soft limit");
	ok(now_ns() - before >= 1000000000, "after a second of CPU time");
	if (in_child(&pid)) {
		limit.rlim_max = 2;
		must(signal(SIGXCPU, SIG_IGN) != SIG_ERR);
		must(setrlimit(RLIMIT_CPU, &limit) == 0);
		for (;;)
			__asm__ volatile("pause");
	}
	is_killed(pid, SIGKILL, "SIGKILL at the hard limit");
}

static void file_size(void)
{
	static char block[10000];
	struct rlimit limit = {5000, 5000};
	pid_t pid;
	int fd = open("file", O_RDWR | O_CREAT, 0600);

	must(fd >= 0);
	if (in_child(&pid)) {
		must(setrlimit(RLIMIT_FSIZE, &limit) == 0);
		must(write(fd, block, sizeof(block)) == 5000);
		write(fd, block, 1);
		_exit(0);
	}
	is_killed(pid, SIGXFSZ, "RLIMIT_FSIZE: a part is written, then SIGXFSZ");
	if (in_child(&pid)) {
		must(setrlimit(RLIMIT_FSIZE, &limit) == 0);
		must(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
		must(pwrite(fd, block, 1, 5000) == -1 && errno == EFBIG);
		must(ftruncate(fd, 5001) == -1 && errno == EFBIG);
		must(pwrite(fd, block, 10, 4990) == 10);
		_exit(0);
	}
	is_exited(pid, 0, "or EFBIG when it is ignored");
}

static void address_space(void)
{
	struct rlimit limit = {64 << 20, 64 << 20};
	pid_t pid;

	if (in_child(&pid)) {
		char *p;
		long got = 0;
		must(setrlimit(RLIMIT_AS, &limit) == 0);
		must(mmap(NULL, 100 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
		while ((p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) !=
		       MAP_FAILED) {
			memset(p, 1, 1 << 20);
			got++;
		}
		_exit(errno == ENOMEM && got >= 40 && got <= 64 ? 0 : 1);
	}
	is_exited(pid, 0, "RLIMIT_AS: ENOMEM, and what was got can be used");
	if (in_child(&pid)) {
		long start = raw(SYS_brk, 0);
		must(setrlimit(RLIMIT_AS, &limit) == 0);
		_exit(raw(SYS_brk, start + (100 << 20)) == start ? 0 : 1);
	}
	is_exited(pid, 0, "for the heap too");
}

static void data_segment(void)
{
	struct rlimit limit = {16 << 20, 16 << 20};
	pid_t pid;

	if (in_child(&pid)) {
		long start = raw(SYS_brk, 0);
		must(setrlimit(RLIMIT_DATA, &limit) == 0);
		must(raw(SYS_brk, start + (1 << 20)) == start + (1 << 20));
		_exit(raw(SYS_brk, start + (40 << 20)) == start + (1 << 20) ? 0 : 1);
	}
	is_exited(pid, 0, "RLIMIT_DATA bounds the heap");
}

static const struct tap_case cases[] = {
	{"told_and_set", told_and_set, 0},   {"of_another", of_another, 0},     {"process_count", process_count, 0},
	{"fork_bomb", fork_bomb, 0},         {"cpu_time", cpu_time, 0},         {"file_size", file_size, 0},
	{"address_space", address_space, 0}, {"data_segment", data_segment, 0},
};

TAP_MAIN(cases)
