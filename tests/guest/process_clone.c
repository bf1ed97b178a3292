/* clone: each flag that says what is shared, what is written where, and which signal ends a life. */
#include "guest.h"

#define ARCH_GET_FS 0x1003
#define CHILD_STACK (8 * PAGE)

static char *stack_top(void)
{
	return (char *)map_pages(CHILD_STACK / PAGE) + CHILD_STACK;
}

static int exit_with(void *code)
{
	raw(SYS_exit, (long)code);
	return 0;
}

static int store_one(void *p)
{
	*(volatile int *)p = 1;
	return 0;
}

static void memory_shared(void)
{
	int *word = map_pages(1);
	int pid = clone(store_one, stack_top(), CLONE_VM | SIGCHLD, word);

	must(pid > 0);
	is_exited(pid, 0, "the child with CLONE_VM ran on the stack it was given");
	is_int(*word, 1, "what it wrote is seen");
}

static void memory_copied(void)
{
	int *word = map_pages(1);
	int pid = clone(store_one, stack_top(), SIGCHLD, word);

	must(pid > 0);
	must(reap(pid) == 0);
	is_int(*word, 0, "without CLONE_VM what the child wrote is not seen");
}

static void vfork_flags(void)
{
	int *word = map_pages(1);
	int pid = clone(store_one, stack_top(), CLONE_VM | CLONE_VFORK | SIGCHLD, word);

	is_int(*word, 1, "CLONE_VM|CLONE_VFORK: the parent waits for the child's end");
	is_exited(pid, 0, "and can reap it");
}

static int open_and_close(void *fd)
{
	raw(SYS_dup2, 1, 77);
	raw(SYS_close, *(int *)fd);
	return 0;
}

static void files(void)
{
	int fd = open("/", O_RDONLY), pid;

	pid = clone(open_and_close, stack_top(), SIGCHLD, &fd);
	must(pid > 0 && reap(pid) == 0);
	ok(fcntl(fd, F_GETFD) >= 0 && fcntl(77, F_GETFD) < 0, "without CLONE_FILES the descriptors are a copy");
	pid = clone(open_and_close, stack_top(), CLONE_FILES | SIGCHLD, &fd);
	must(pid > 0 && reap(pid) == 0);
	fails(fcntl(fd, F_GETFD), EBADF, "with CLONE_FILES a close in the child closes");
	works(fcntl(77, F_GETFD), "and what it opened stays open");
}

static int change_fs(void *unused)
{
	(void)unused;
	raw(SYS_chdir, "/tmp");
	raw(SYS_umask, 0077);
	return 0;
}

static void file_system(void)
{
	char path[100];
	int pid;

	must(chdir("/") == 0);
	umask(022);
	pid = clone(change_fs, stack_top(), SIGCHLD, NULL);
	must(pid > 0 && reap(pid) == 0);
	must(getcwd(path, sizeof(path)));
	is_str(path, "/", "without CLONE_FS the directory is a copy");
	pid = clone(change_fs, stack_top(), CLONE_FS | SIGCHLD, NULL);
	must(pid > 0 && reap(pid) == 0);
	must(getcwd(path, sizeof(path)));
	is_str(path, "/tmp", "with CLONE_FS the directory is shared");
	is_int(umask(0), 0077, "and so is the umask");
}

static int ignore_usr1(void *unused)
{
	struct sigaction action = {.sa_handler = SIG_IGN};

	(void)unused;
	return sigaction(SIGUSR1, &action, NULL);
}

static void handlers(void)
{
	struct sigaction action;
	int pid;

	pid = clone(ignore_usr1, stack_top(), CLONE_VM | SIGCHLD, NULL);
	must(pid > 0 && reap(pid) == 0);
	must(sigaction(SIGUSR1, NULL, &action) == 0);
	ok(action.sa_handler == SIG_DFL, "without CLONE_SIGHAND dispositions are a copy");
	pid = clone(ignore_usr1, stack_top(), CLONE_VM | CLONE_SIGHAND | SIGCHLD, NULL);
	must(pid > 0 && reap(pid) == 0);
	must(sigaction(SIGUSR1, NULL, &action) == 0);
	ok(action.sa_handler == SIG_IGN, "with CLONE_SIGHAND they are shared");
}

static void tid_words(void)
{
	int *words = map_shared(1);
	struct gate gate = gate_make();
	pid_t pid;

	pid = (pid_t)raw(SYS_clone, CLONE_PARENT_SETTID | SIGCHLD, 0, &words[0], 0, 0);
	if (pid == 0)
		_exit(0);
	is_int(words[0], pid, "CLONE_PARENT_SETTID writes the child's tid in the parent");
	must(reap(pid) == 0);

	pid = (pid_t)raw(SYS_clone, CLONE_CHILD_SETTID | SIGCHLD, 0, 0, &words[1], 0);
	if (pid == 0)
		_exit(words[1] == raw(SYS_gettid) ? 0 : 1);
	is_exited(pid, 0, "CLONE_CHILD_SETTID writes it in the child before it runs");

	pid = (pid_t)raw(SYS_clone, CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, 0, 0, &words[2], 0);
	if (pid == 0) {
		gate_wait(&gate);
		_exit(0);
	}
	wait_state(pid, 'S');
	is_int(words[2], pid, "the word holds the tid while the child lives");
	gate_open(&gate);
	must(reap(pid) == 0);
	/* Linux clears the word only when somebody else still uses the memory: it is the child's own page table here.
	 */
	words[3] = 1;
	pid = clone(exit_with, stack_top(), CLONE_VM | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD, NULL, NULL,
		    NULL, &words[3]);
	must(pid > 0 && reap(pid) == 0);
	is_int(words[3], 0, "CLONE_CHILD_CLEARTID zeroes it at the end");
}

static int read_fs_word(void *unused)
{
	unsigned long word;

	(void)unused;
	__asm__ volatile("mov %%fs:0, %0" : "=r"(word));
	raw(SYS_exit, word == 0x1234 ? 0 : 1);
	return 0;
}

static void tls(void)
{
	unsigned long *block = map_pages(1), base = 0;
	int pid;

	block[0] = 0x1234;
	pid = clone(read_fs_word, stack_top(), CLONE_VM | CLONE_SETTLS | SIGCHLD, NULL, NULL, block, NULL);
	must(pid > 0);
	is_exited(pid, 0, "CLONE_SETTLS sets the child's FS base");
	must(raw(SYS_arch_prctl, ARCH_GET_FS, &base) == 0);
	ok(base != (unsigned long)block, "and not the parent's");
}

static volatile int got_usr1;

static void on_usr1(int signo)
{
	got_usr1 = signo;
}

static void exit_signals(void)
{
	struct sigaction action = {.sa_handler = on_usr1};
	int status, pid;

	must(sigaction(SIGUSR1, &action, NULL) == 0);
	pid = clone(exit_with, stack_top(), SIGUSR1, (void *)3);
	must(pid > 0);
	wait_state(pid, 'Z');
	is_int(got_usr1, SIGUSR1, "a child made with SIGUSR1 announces its end by it");
	fails(waitpid(pid, &status, WNOHANG), ECHILD, "a plain wait does not see it");
	is_int(waitpid(pid, &status, __WCLONE), pid, "__WCLONE does");
	is_int(status, 3 << 8, "with its status");

	got_usr1 = 0;
	pid = clone(exit_with, stack_top(), 0, (void *)4);
	must(pid > 0);
	is_int(waitpid(pid, &status, __WALL), pid, "a child made with signal 0 is found by __WALL");
	is_int(got_usr1, 0, "and sends no signal");
}

static void same_parent(void)
{
	pid_t middle, me = getpid();
	int *words = map_shared(1);
	int status;

	if (in_child(&middle)) {
		long sibling = raw(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
		if (sibling == 0)
			_exit(getppid() == me ? 0 : 1);
		words[0] = (int)sibling;
		must(waitpid((pid_t)sibling, &status, 0) < 0 && errno == ECHILD);
		_exit(0);
	}
	is_exited(middle, 0, "the child of CLONE_PARENT is not its maker's child");
	is_exited(words[0], 0, "but its maker's sibling");
}

static void bad_flags(void)
{
	static const struct {
		unsigned long flags;
		const char *what;
	} rows[] = {
		{CLONE_SIGHAND, "CLONE_SIGHAND without CLONE_VM"},
		{CLONE_THREAD | CLONE_VM, "CLONE_THREAD without CLONE_SIGHAND"},
		{CLONE_THREAD | CLONE_SIGHAND, "CLONE_THREAD without CLONE_VM"},
		{CLONE_FS | CLONE_NEWNS, "CLONE_FS with CLONE_NEWNS"},
	};

	for (size_t i = 0; i < count_of(rows); i++) {
		long pid = raw(SYS_clone, rows[i].flags | SIGCHLD, 0, 0, 0, 0);
		if (pid == 0)
			_exit(0);
		is_int(pid, -EINVAL, "%s", rows[i].what);
	}
}

static int thread_body(void *p)
{
	int *words = p;

	words[0] = (int)raw(SYS_gettid);
	words[1] = (int)raw(SYS_getpid);
	words[2] = (int)raw(SYS_getppid);
	return 0;
}

static void thread(void)
{
	int *words = map_pages(1);
	struct thread t;
	int tid = thread_start(&t, thread_body, words), status;

	must(tid > 0);
	thread_join(&t);
	is_int(words[0], tid, "a thread has the tid that clone returned");
	is_int(words[1], getpid(), "and the pid of its process");
	is_int(words[2], getppid(), "and its parent");
	fails(waitpid(tid, &status, __WALL), ECHILD, "it is nobody's child");
}

static const struct tap_case cases[] = {
	{"memory_shared", memory_shared, 0}, {"memory_copied", memory_copied, 0},
	{"vfork_flags", vfork_flags, 0},     {"files", files, 0},
	{"file_system", file_system, 0},     {"handlers", handlers, 0},
	{"tid_words", tid_words, 0},         {"tls", tls, 0},
	{"exit_signals", exit_signals, 0},   {"same_parent", same_parent, 0},
	{"bad_flags", bad_flags, 0},         {"thread", thread, 0},
};

TAP_MAIN(cases)
