/* clone3: the size rules of its argument, what each field does, what is refused. */
#include "guest.h"

#define CLONE3_PIDFD         0x00001000ul
#define CLONE3_CLEAR_SIGHAND 0x100000000ul
#define CLONE3_INTO_CGROUP   0x200000000ul

/* The fields of the argument in the order in which the manual page lists them: eleven words of eight bytes. */
enum { FLAGS, PIDFD, CHILD_TID, PARENT_TID, EXIT_SIGNAL, STACK, STACK_SIZE, TLS, SET_TID, SET_TID_SIZE, CGROUP, WORDS };

static long clone3(uint64_t *words, size_t bytes)
{
	long pid = raw(SYS_clone3, words, bytes);

	if (pid == 0 && words[STACK] == 0)
		_exit(9);
	return pid;
}

static void plain(void)
{
	uint64_t words[WORDS] = {[EXIT_SIGNAL] = SIGCHLD};
	long pid = clone3(words, 64);

	ok(pid > 0, "clone3 with the first published size (64)");
	is_exited((pid_t)pid, 9, "its child runs");
	pid = clone3(words, 80);
	ok(pid > 0, "with 80 bytes");
	is_exited((pid_t)pid, 9, "its child runs");
	pid = clone3(words, 88);
	ok(pid > 0, "with 88 bytes");
	is_exited((pid_t)pid, 9, "its child runs");
}

static void sizes(void)
{
	static uint64_t big[2 * PAGE / 8];
	long pid;

	big[EXIT_SIGNAL] = SIGCHLD;
	is_int(clone3(big, 63), -EINVAL, "63 bytes are too few");
	is_int(clone3(big, 0), -EINVAL, "0 bytes are too few");
	pid = clone3(big, 96);
	ok(pid > 0, "unknown fields that are zero are no matter");
	if (pid > 0)
		reap((pid_t)pid);
	pid = clone3(big, PAGE);
	ok(pid > 0, "up to a page of them");
	if (pid > 0)
		reap((pid_t)pid);
	is_int(clone3(big, PAGE + 8), -E2BIG, "more than a page is E2BIG");
	big[WORDS] = 1;
	is_int(clone3(big, 96), -E2BIG, "an unknown field that is not zero is E2BIG");
	is_int(raw(SYS_clone3, 0, 64), -EFAULT, "no argument is EFAULT");
}

static void refused(void)
{
	static const struct {
		uint64_t words[WORDS];
		const char *what;
	} rows[] = {
		{{[EXIT_SIGNAL] = SIGCHLD, [FLAGS] = CLONE_SIGHAND}, "CLONE_SIGHAND without CLONE_VM"},
		{{[EXIT_SIGNAL] = 65}, "a signal beyond 64"},
		{{[EXIT_SIGNAL] = 1ull << 32}, "a signal of more than 32 bits"},
		{{[EXIT_SIGNAL] = SIGCHLD, [FLAGS] = SIGCHLD}, "a signal in the flags"},
		{{[EXIT_SIGNAL] = SIGCHLD, [STACK] = 0x10000}, "a stack without a size"},
		{{[EXIT_SIGNAL] = SIGCHLD, [STACK_SIZE] = 0x10000}, "a size without a stack"},
		{{[EXIT_SIGNAL] = SIGCHLD, [FLAGS] = 1ull << 40}, "an unknown flag"},
		{{[EXIT_SIGNAL] = SIGCHLD, [SET_TID_SIZE] = 1}, "a set_tid size without set_tid"},
		{{[EXIT_SIGNAL] = SIGCHLD, [FLAGS] = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM},
		 "an exit signal for a thread"},
		{{[EXIT_SIGNAL] = SIGCHLD, [FLAGS] = CLONE3_CLEAR_SIGHAND | CLONE_SIGHAND | CLONE_VM},
		 "CLEAR_SIGHAND with CLONE_SIGHAND"},
	};

	for (size_t i = 0; i < count_of(rows); i++) {
		uint64_t words[WORDS];
		memcpy(words, rows[i].words, sizeof(words));
		is_int(clone3(words, sizeof(words)), -EINVAL, "%s", rows[i].what);
	}
}

static void tid_fields(void)
{
	int *word = map_shared(1);
	uint64_t words[WORDS] = {[EXIT_SIGNAL] = SIGCHLD,
				 [FLAGS] = CLONE_PARENT_SETTID | CLONE_CHILD_SETTID,
				 [PARENT_TID] = (uint64_t)&word[0],
				 [CHILD_TID] = (uint64_t)&word[1]};
	long pid = clone3(words, sizeof(words));

	must(pid > 0);
	must(reap((pid_t)pid) == 9 << 8);
	is_int(word[0], pid, "parent_tid is written");
	is_int(word[1], pid, "child_tid is written");
}

static void pidfd(void)
{
	int fd = -1, flags;
	uint64_t words[WORDS] = {[EXIT_SIGNAL] = SIGCHLD, [FLAGS] = CLONE3_PIDFD, [PIDFD] = (uint64_t)&fd};
	long pid = clone3(words, sizeof(words));
	siginfo_t info;

	must(pid > 0);
	ok(fd >= 0, "CLONE_PIDFD stores a descriptor");
	flags = fcntl(fd, F_GETFD);
	is_int(flags, FD_CLOEXEC, "it is closed on exec");
	memset(&info, 0, sizeof(info));
	is_int(raw(SYS_waitid, 3 /* P_PIDFD */, fd, &info, WEXITED, 0), 0, "waitid finds the child by it");
	is_int(info.si_pid, pid, "the right one");
	is_int(info.si_status, 9, "with its status");
}

static void on_signal(int signo)
{
	(void)signo;
}

static void clear_handlers(void)
{
	struct sigaction action = {.sa_handler = on_signal}, now;
	uint64_t words[WORDS] = {[EXIT_SIGNAL] = SIGCHLD, [FLAGS] = CLONE3_CLEAR_SIGHAND};
	long pid;

	must(sigaction(SIGUSR1, &action, NULL) == 0);
	action.sa_handler = SIG_IGN;
	must(sigaction(SIGUSR2, &action, NULL) == 0);
	pid = raw(SYS_clone3, words, sizeof(words));
	if (pid == 0) {
		must(sigaction(SIGUSR1, NULL, &now) == 0 && now.sa_handler == SIG_DFL);
		must(sigaction(SIGUSR2, NULL, &now) == 0 && now.sa_handler == SIG_IGN);
		_exit(0);
	}
	must(pid > 0);
	is_exited((pid_t)pid, 0, "CLEAR_SIGHAND resets handlers and keeps what is ignored");
	must(sigaction(SIGUSR1, NULL, &now) == 0);
	ok(now.sa_handler == on_signal, "in the child only");
}

/* The child starts on an empty stack: it may do nothing but system calls from registers. */
static long clone3_on_stack(uint64_t *words, size_t bytes)
{
	long result;

	__asm__ volatile("syscall\n\t"
			 "test %%eax, %%eax\n\t"
			 "jnz 1f\n\t"
			 "push $21\n\t"
			 "pop %%rdi\n\t"
			 "mov $60, %%eax\n\t"
			 "syscall\n"
			 "1:"
			 : "=a"(result)
			 : "a"((long)SYS_clone3), "D"(words), "S"(bytes)
			 : "rcx", "r11", "memory");
	return result;
}

static void stack(void)
{
	char *low = map_pages(4);
	uint64_t words[WORDS] = {
		[EXIT_SIGNAL] = SIGCHLD, [FLAGS] = CLONE_VM, [STACK] = (uint64_t)low, [STACK_SIZE] = 4 * PAGE};
	long pid = clone3_on_stack(words, sizeof(words));

	must(pid > 0);
	is_exited((pid_t)pid, 21, "the child starts at the upper end of stack + stack_size");
	is_int(*(long *)(low + 4 * PAGE - 8), 21, "and grows down from there");
}

static void set_tid(void)
{
	pid_t wanted = 30123;
	uint64_t words[WORDS] = {[EXIT_SIGNAL] = SIGCHLD, [SET_TID] = (uint64_t)&wanted, [SET_TID_SIZE] = 1};
	long pid = clone3(words, sizeof(words));

	is_int(pid, wanted, "root may choose the pid");
	if (pid > 0) {
		is_int(clone3(words, sizeof(words)), -EEXIST, "but not one that is taken");
		must(reap((pid_t)pid) == 9 << 8);
	}
}

static const struct tap_case cases[] = {
	{"plain", plain, 0},           {"sizes", sizes, 0},     {"refused", refused, 0},
	{"tid_fields", tid_fields, 0}, {"pidfd", pidfd, 0},     {"clear_handlers", clear_handlers, 0},
	{"stack", stack, 0},           {"set_tid", set_tid, 0},
};

TAP_MAIN(cases)
