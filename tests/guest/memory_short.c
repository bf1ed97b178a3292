/*
 * Memory runs out: whoever asks for more gets ENOMEM or is killed, all others go on, and what was given back can be had
 * again. In Namu the machine itself is small (see the list); on Linux limits stand in, so that the host is never short.
 */
#include "guest.h"

#include <sys/resource.h>
#include <sys/sysinfo.h>

static void bound(long bytes)
{
	struct rlimit limit = {(rlim_t)bytes, (rlim_t)bytes};

	if (!is_namu())
		must(setrlimit(RLIMIT_AS, &limit) == 0);
}

/* Touches memory until none is given. Returns the megabytes had; the process may also be killed on the way. */
static long touch_all(long most)
{
	long had = 0;

	while (had < most) {
		char *p = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			return had;
		for (long i = 0; i < 1 << 20; i += PAGE)
			p[i] = 1;
		had++;
	}
	return had;
}

static int ended_by_shortage(int status)
{
	return status == 55 << 8 || (status & 0x7f) == SIGKILL || (status & 0x7f) == SIGSEGV ||
	       (status & 0x7f) == SIGBUS;
}

static void one_eats_all(void)
{
	pid_t pid, other;

	for (int round = 0; round < 3; round++) {
		if (in_child(&pid)) {
			bound(200 << 20);
			touch_all(1000);
			_exit(55);
		}
		ok(ended_by_shortage(reap(pid)), "one who touches all memory gets ENOMEM or is killed (round %d)",
		   round);
		if (in_child(&other)) {
			memset(map_pages(256), 1, 256 * PAGE);
			_exit(3);
		}
		is_exited(other, 3, "afterwards others have memory");
	}
}

static void bystander_lives(void)
{
	struct gate gate = gate_make();
	pid_t pid, eater;

	if (in_child(&pid)) {
		char *p = map_pages(64);
		memset(p, 7, 64 * PAGE);
		close(gate.fd[1]);
		gate_wait(&gate);
		for (long i = 0; i < 64 * PAGE; i++)
			must(p[i] == 7);
		_exit(0);
	}
	if (in_child(&eater)) {
		bound(200 << 20);
		touch_all(1000);
		_exit(55);
	}
	ok(ended_by_shortage(reap(eater)), "the eater ends");
	close(gate.fd[1]);
	is_exited(pid, 0, "a small process beside it keeps its memory and its life");
}

static int crowd(void)
{
	enum { MOST = 60 };
	struct gate gate = gate_make();
	pid_t pid[MOST];
	int made = 0, alive = 0;

	for (int i = 0; i < MOST; i++) {
		int ready[2];
		char c;
		must(pipe(ready) == 0);
		pid[made] = fork();
		if (pid[made] < 0)
			break;
		if (pid[made] == 0) {
			close(gate.fd[1]);
			close(ready[0]);
			memset(map_pages(256), 1, 256 * PAGE);
			if (write(ready[1], "x", 1) != 1)
				_exit(1);
			gate_wait(&gate);
			_exit(0);
		}
		close(ready[1]);
		made++;
		if (read(ready[0], &c, 1) == 1)
			alive++;
		close(ready[0]);
		if (alive < made)
			break;
	}
	close(gate.fd[1]);
	close(gate.fd[0]);
	for (int i = 0; i < made; i++)
		reap(pid[i]);
	return alive;
}

static void crowds(void)
{
	int first = crowd(), second, third;

	ok(first > 5, "some children get a megabyte each (%d)", first);
	second = crowd();
	third = crowd();
	/* A crowd ends when its newest child is the one that is killed; if an earlier one is, it goes on with the
	 * memory of that. So the numbers differ by who was chosen, but not by so much as a round that gave nothing back
	 * would. */
	ok(second * 2 >= first && third * 2 >= first, "as many in the second and the third round (%d, %d)", second,
	   third);
}

static void files_fill(void)
{
	static char block[1 << 16];
	struct rlimit limit = {64 << 20, 64 << 20};
	long had[2] = {0, 0};
	ssize_t n = 0;
	int fd;

	must(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	if (!is_namu())
		must(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	for (int round = 0; round < 2; round++) {
		fd = open("big", O_WRONLY | O_CREAT | O_TRUNC, 0600);
		must(fd >= 0);
		/* A short write is followed by the refusal itself. */
		while (had[round] < 4096 && (n = write(fd, block, sizeof(block))) > 0)
			had[round] += n == sizeof(block);
		ok(n < 0 && (errno == ENOSPC || errno == ENOMEM || errno == EFBIG),
		   "a file that takes all memory has an end (errno %d)", errno);
		close(fd);
		must(unlink("big") == 0);
	}
	ok(had[0] > 16 && had[1] >= had[0] - 16, "and as much can be written again (%ld, %ld blocks)", had[0], had[1]);
}

static void pipes_fill(void)
{
	static char block[65536];
	long had = 0;
	pid_t pid;

	if (in_child(&pid)) {
		int fd[2];
		while (had < 400 && pipe2(fd, O_NONBLOCK) == 0 && write(fd[1], block, sizeof(block)) > 0)
			had++;
		_exit(had > 5 ? 0 : 1);
	}
	pid = reap(pid);
	ok(pid == 0 || (pid & 0x7f) == SIGKILL, "filled pipes have an end");
	if (in_child(&pid))
		_exit(0);
	is_exited(pid, 0, "and the system goes on");
}

static void exec_when_short(void)
{
	char *argv[] = {"true", NULL}, *envp[] = {NULL};
	int good = 0;
	pid_t pid;

	/* Somebody holds nearly everything while programs are started: they run or fail, and nothing else breaks. */
	for (int i = 0; i < 5; i++) {
		if (in_child(&pid)) {
			pid_t child;
			struct sysinfo info;
			bound(150 << 20);
			must(sysinfo(&info) == 0);
			touch_all(is_namu() ? (long)(info.freeram >> 20) - 1 - i : 100);
			child = fork();
			if (child == 0) {
				execve("/bin/true", argv, envp);
				_exit(55);
			}
			if (child > 0)
				reap(child);
			_exit(55);
		}
		good += ended_by_shortage(reap(pid));
	}
	is_int(good, 5, "fork and exec when almost nothing is left");
	if (in_child(&pid)) {
		execve("/bin/true", argv, envp);
		_exit(1);
	}
	is_exited(pid, 0, "and afterwards programs run");
}

static const struct tap_case cases[] = {
	{"one_eats_all", one_eats_all, 0},
	{"bystander_lives", bystander_lives, 0},
	{"crowds", crowds, 0},
	{"files_fill", files_fill, 0},
	{"pipes_fill", pipes_fill, 0},
	{"exec_when_short", exec_when_short, 0},
};

TAP_MAIN(cases)
