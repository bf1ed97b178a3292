/* exit and exit_group: statuses, several threads, what is closed and given back. */
#include "guest.h"

static void statuses(void)
{
	static const int codes[] = {0, 1, 42, 127, 128, 255, 256, 257, -1};
	pid_t pid;

	for (size_t i = 0; i < count_of(codes); i++) {
		if (in_child(&pid))
			_exit(codes[i]);
		is_int(reap(pid), (codes[i] & 255) << 8, "exit(%d)", codes[i]);
	}
}

static void by_return_of_main(void)
{
	char *argv[] = {"false", NULL}, *envp[] = {NULL};
	pid_t pid;

	if (in_child(&pid)) {
		execve("/bin/false", argv, envp);
		_exit(9);
	}
	is_exited(pid, 1, "what a program returns from main");
}

static int sleep_forever(void *unused)
{
	(void)unused;
	for (;;)
		sleep_ms(10000);
	return 0;
}

static int spin_forever(void *unused)
{
	(void)unused;
	for (;;)
		__asm__ volatile("pause");
	return 0;
}

static int group_exit(void *code)
{
	raw(SYS_exit_group, (long)code);
	return 0;
}

static int thread_exit(void *code)
{
	raw(SYS_exit, (long)code);
	return 0;
}

static void group_from_thread(void)
{
	struct thread t[5];
	pid_t pid;

	if (in_child(&pid)) {
		for (int i = 0; i < 2; i++) {
			must(thread_start(&t[i], sleep_forever, NULL) > 0);
			must(thread_start(&t[2 + i], spin_forever, NULL) > 0);
		}
		must(thread_start(&t[4], group_exit, (void *)33) > 0);
		sleep_forever(NULL);
	}
	is_exited(pid, 33, "exit_group in one thread ends sleeping and busy ones with its status");
}

static void group_from_leader(void)
{
	struct thread t[3];
	pid_t pid;

	if (in_child(&pid)) {
		for (int i = 0; i < 3; i++)
			must(thread_start(&t[i], i ? sleep_forever : spin_forever, NULL) > 0);
		raw(SYS_exit_group, 34);
	}
	is_exited(pid, 34, "exit_group in the first thread");
}

static void leader_first(void)
{
	struct gate gate = gate_make();
	struct thread t;
	int status;
	pid_t pid;

	if (in_child(&pid)) {
		/* The first thread leaves with exit; the process lives on in the other one. */
		must(thread_start(&t, sleep_forever, NULL) > 0);
		gate_open(&gate);
		raw(SYS_exit, 11);
	}
	must(gate_wait(&gate));
	wait_state(pid, 'Z');
	is_int(waitpid(pid, &status, WNOHANG), 0, "a process whose first thread left is not over");
	must(kill(pid, SIGKILL) == 0);
	is_killed(pid, SIGKILL, "it is over when its last thread is");
}

static int exit_after_leader(void *code)
{
	sleep_ms(200);
	raw(SYS_exit, (long)code);
	return 0;
}

static void last_thread(void)
{
	struct thread t;
	pid_t pid;

	if (in_child(&pid)) {
		must(thread_start(&t, exit_after_leader, (void *)12) > 0);
		raw(SYS_exit, 13);
	}
	is_exited(pid, 12, "the status is the last thread's when all leave one by one");
}

static void single_thread_exit(void)
{
	struct thread t;

	for (int i = 0; i < 50; i++) {
		must(thread_start(&t, thread_exit, (void *)1) > 0);
		thread_join(&t);
	}
	ok(1, "fifty threads came and went");
}

static void exec_kills_threads_race(void)
{
	char *argv[] = {"true", NULL}, *envp[] = {NULL};
	int good = 0;

	for (int i = 0; i < 20; i++) {
		struct thread t[4];
		pid_t pid;
		if (in_child(&pid)) {
			for (int j = 0; j < 4; j++)
				must(thread_start(&t[j], j % 2 ? thread_exit : spin_forever, NULL) > 0);
			execve("/bin/true", argv, envp);
			_exit(1);
		}
		good += reap(pid) == 0;
	}
	is_int(good, 20, "exec among threads that are leaving, twenty times");
}

static void race_of_exits(void)
{
	int good = 0;

	for (int i = 0; i < 50; i++) {
		struct thread t[4];
		int status;
		pid_t pid;
		if (in_child(&pid)) {
			for (long j = 0; j < 4; j++)
				thread_start(&t[j], group_exit, (void *)(j + 1));
			raw(SYS_exit_group, 5);
		}
		status = reap(pid);
		good += WIFEXITED(status) && WEXITSTATUS(status) >= 1 && WEXITSTATUS(status) <= 5;
	}
	is_int(good, 50, "five threads that call exit_group at once give one status, fifty times");
}

static void kill_with_threads(void)
{
	int good = 0;

	for (int i = 0; i < 20; i++) {
		struct thread t[4];
		struct gate gate = gate_make();
		pid_t pid;
		if (in_child(&pid)) {
			for (int j = 0; j < 4; j++)
				must(thread_start(&t[j], j % 2 ? sleep_forever : spin_forever, NULL) > 0);
			gate_open(&gate);
			sleep_forever(NULL);
		}
		must(gate_wait(&gate));
		must(kill(pid, SIGTERM) == 0);
		good += reap(pid) == SIGTERM;
		close(gate.fd[0]);
		close(gate.fd[1]);
	}
	is_int(good, 20, "a signal that ends a process ends all of its five threads, twenty times");
}

static void closes_descriptors(void)
{
	char c;
	int fd[2];
	pid_t pid;

	must(pipe(fd) == 0);
	if (in_child(&pid)) {
		close(fd[0]);
		_exit(0);
	}
	close(fd[1]);
	is_int(read(fd[0], &c, 1), 0, "the end of the last writer is the end of the file");
	must(reap(pid) == 0);
}

static void zombie(void)
{
	char text[512];
	char path[64];
	pid_t pid;

	if (in_child(&pid))
		_exit(3);
	wait_state(pid, 'Z');
	is_int(proc_state(pid), 'Z', "a process that ended and was not waited for is a zombie");
	is_int(kill(pid, 0), 0, "it can still be named");
	is_int(kill(pid, SIGKILL), 0, "a signal to it is no error and no matter");
	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	is_int(read_text(path, text, sizeof(text)), 0, "it has no command line any more");
	is_exited(pid, 3, "its status waits for the parent");
	fails(kill(pid, 0), ESRCH, "after the wait it is gone");
	is_int(proc_state(pid), '?', "from /proc too");
}

static const struct tap_case cases[] = {
	{"statuses", statuses, 0},
	{"by_return_of_main", by_return_of_main, 0},
	{"group_from_thread", group_from_thread, 0},
	{"group_from_leader", group_from_leader, 0},
	{"leader_first", leader_first, 0},
	{"last_thread", last_thread, 0},
	{"single_thread_exit", single_thread_exit, 0},
	{"exec_kills_threads_race", exec_kills_threads_race, 0},
	{"race_of_exits", race_of_exits, 0},
	{"kill_with_threads", kill_with_threads, 0},
	{"closes_descriptors", closes_descriptors, 0},
	{"zombie", zombie, 0},
};

TAP_MAIN(cases)
