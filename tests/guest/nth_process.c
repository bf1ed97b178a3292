/*
 * Making processes and programs when the n-th allocation fails (nth_allocation.h): fork, threads, exec.
 */
#include "nth_allocation.h"

#include <spawn.h>

extern char **environ;

static char *stack;
static volatile int tid;
static volatile long *exec_result; /* shared with the child that executes */
static int pidfd;

static void undo_child(long pid)
{
	int status = 0;

	must(waitpid((pid_t)pid, &status, __WALL) == pid && status == 7 << 8);
}

static int has_no_child(void)
{
	return waitpid(-1, NULL, WNOHANG | __WALL) < 0 && errno == ECHILD;
}

static long run_fork(void)
{
	long pid = raw(SYS_fork);

	if (pid == 0)
		raw(SYS_exit_group, 7);
	return pid;
}

static int child_exits(void *arg)
{
	(void)arg;
	raw(SYS_exit_group, 7);
	return 0;
}

static long clone_with(int flags)
{
	long pid = clone(child_exits, stack + 8 * PAGE, flags, NULL);

	return pid < 0 ? -errno : pid;
}

static long run_vfork(void)
{
	return clone_with(CLONE_VM | CLONE_VFORK | SIGCHLD);
}

static long run_shared(void)
{
	return clone_with(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD);
}

static int thread_exits(void *arg)
{
	(void)arg;
	raw(SYS_exit, 0);
	return 0;
}

static long run_thread(void)
{
	long result;

	tid = 0;
	result = clone(thread_exits, stack + 8 * PAGE, THREAD_FLAGS, NULL, &tid, NULL, &tid);
	return result < 0 ? -errno : result;
}

static void undo_thread(long result)
{
	int now;

	(void)result;
	while ((now = tid) != 0)
		raw(SYS_futex, &tid, 0, now, 0, 0, 0);
}

static long run_pidfd(void)
{
	uint64_t arguments[8] = {CLONE_PIDFD, (uint64_t)&pidfd, 0, 0, SIGCHLD};
	long pid;

	pidfd = -1;
	pid = raw(SYS_clone3, arguments, sizeof(arguments));
	if (pid == 0)
		raw(SYS_exit_group, 7);
	return pid;
}

static void undo_pidfd(long pid)
{
	must(close(pidfd) == 0);
	undo_child(pid);
}

/* What exec answered in a child; 0 when it did not come back. */
static long execute(const char *program)
{
	char *argv[] = {"true", "end", NULL}, *envp[] = {"A=b", NULL};
	pid_t pid;

	*exec_result = 0;
	if (in_child(&pid)) {
		char *p = map_pages(4);
		int null = open("/dev/null", O_RDWR);
		must(dup2(null, 1) == 1 && dup2(null, 2) == 2);
		p[0] = 1;
		nth_arm(nth_now);
		long result = raw(SYS_execve, program, argv, envp);
		*exec_result = result;
		/* Whoever cannot be replaced still has all of its own. */
		raw(SYS_exit_group, p[0] == 1 && p[PAGE] == 0 ? 0 : 9);
	}
	int status = reap(pid);
	if (*exec_result && status)
		return -EPROTO;
	return *exec_result;
}

static long run_exec_static(void)
{
	return execute("/bin/true");
}

static long run_exec_pie(void)
{
	return execute("/tests/help/start_pie");
}

static void make_script(void)
{
	if (access("script", F_OK)) {
		must(write_text("script", "#!/bin/true with an argument\n") > 0);
		must(chmod("script", 0755) == 0);
	}
}

static long run_exec_script(void)
{
	return execute("./script");
}

static long run_spawn(void)
{
	char *argv[] = {"true", NULL};
	pid_t pid;
	int error = posix_spawn(&pid, "/bin/true", NULL, NULL, argv, environ);

	return error ? -error : pid;
}

static void undo_spawn(long pid)
{
	must(reap((pid_t)pid) == 0);
}

static long run_unshare(void)
{
	return raw(SYS_unshare, CLONE_FILES | CLONE_FS);
}

static long run_setuid(void)
{
	return raw(SYS_setresuid, 0, 0, 0);
}

static long run_setgroups(void)
{
	static const unsigned groups[] = {1, 2, 3};

	return raw(SYS_setgroups, 3, groups);
}

/* After a fork the parent's first writes take pages: these failures are waited out, and nobody is told. */
static const struct operation makers[] = {
	{.name = "fork", .run = run_fork, .is_unchanged = has_no_child, .undo = undo_child, .may_do_without = 1},
	{.name = "vfork", .run = run_vfork, .is_unchanged = has_no_child, .undo = undo_child, .may_do_without = 1},
	{.name = "a process that shares all",
	 .run = run_shared,
	 .is_unchanged = has_no_child,
	 .undo = undo_child,
	 .may_do_without = 1},
	{.name = "a thread", .run = run_thread, .undo = undo_thread},
	{.name = "clone3 with a pidfd",
	 .run = run_pidfd,
	 .is_unchanged = has_no_child,
	 .undo = undo_pidfd,
	 .may_do_without = 1},
	{.name = "posix_spawn",
	 .run = run_spawn,
	 .is_unchanged = has_no_child,
	 .undo = undo_spawn,
	 .may_do_without = 1},
	{.name = "unshare", .run = run_unshare},
	{.name = "setresuid", .run = run_setuid},
	{.name = "setgroups", .run = run_setgroups},
};

static const struct operation executors[] = {
	{.name = "exec", .run = run_exec_static, .arms_itself = 1, .may_do_without = 1},
	{.name = "exec of a position-independent one", .run = run_exec_pie, .arms_itself = 1, .may_do_without = 1},
	{.name = "exec of a script",
	 .prepare = make_script,
	 .run = run_exec_script,
	 .arms_itself = 1,
	 .may_do_without = 1},
};

static void processes(void)
{
	stack = map_pages(8);
	memset(stack, 1, 8 * PAGE);
	nth_run(makers, count_of(makers));
}

static void programs(void)
{
	exec_result = map_shared(1);
	*exec_result = 1;
	nth_run(executors, count_of(executors));
}

static const struct tap_case cases[] = {
	{"processes", processes, 0},
	{"programs", programs, 0},
};

TAP_MAIN(cases)
