/*
 * The life of a fuzzing process: calls, and children of every kind that live likewise; executions; ends of all sorts.
 */
#include "fuzz.h"

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>

#define STACK_BYTES (8 * PAGE)

static _Noreturn void end(struct self *self)
{
	for (;;)
		raw(one_in(self, 2) ? SYS_exit : SYS_exit_group, below(self, 256));
}

static void child_begin(struct self *self)
{
	unsigned calls = 10 + (unsigned)below(self, 150);

	live(self, calls);
	end(self);
}

/* The raw call: the child starts on `stack`, where its struct self lies, or, without one, as a copy of the caller. */
static long clone_onto(uint64_t flags, void *stack, int *parent, int *child, uint64_t tls, struct self *of_child)
{
	register long r10 __asm__("r10") = (long)child;
	register long r8 __asm__("r8") = (long)tls;
	register long r12 __asm__("r12") = (long)of_child;
	long result;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 1f\n\t"
			 "xor %%ebp, %%ebp\n\t"
			 "mov %%r12, %%rdi\n\t"
			 "and $-16, %%rsp\n\t"
			 "call *%[begin]\n\t"
			 "hlt\n"
			 "1:"
			 : "=a"(result)
			 : "a"(SYS_clone), "D"(flags), "S"(stack), "d"(parent), "r"(r10), "r"(r8),
			   "r"(r12), [begin] "b"(child_begin)
			 : "rcx", "r11", "memory");
	return result;
}

static uint64_t clone_flags(struct self *self)
{
	static const uint64_t sets[] = {
		SIGCHLD,
		SIGCHLD,
		CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
		CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_CHILD_CLEARTID |
			CLONE_PARENT_SETTID,
		CLONE_VM | CLONE_VFORK | SIGCHLD,
		CLONE_VM | SIGCHLD,
		CLONE_FILES | SIGCHLD,
		CLONE_VM | CLONE_SIGHAND,
		CLONE_PARENT | SIGCHLD,
		CLONE_VM | CLONE_THREAD | CLONE_SIGHAND,
	};
	uint64_t flags = sets[below(self, count_of(sets))];

	while (one_in(self, 4))
		flags ^= 1ul << (8 + below(self, 24));
	if (one_in(self, 20))
		flags = (flags & ~0xfful) | below(self, 256);
	return flags;
}

static void spawn(struct self *self)
{
	uint64_t flags = clone_flags(self);
	unsigned slot = self->clones % 8;
	char *top = self->stacks + (slot + 1) * STACK_BYTES;
	struct self copy = *self, *of_child = &copy;
	int *word = (int *)(self->arena + below(self, 20 * PAGE / 4) * 4);
	long pid;

	if (self->depth >= 3 || self->clones >= 8)
		return;
	self->clones++;
	copy.depth++;
	copy.clones = 0;
	copy.random ^= next(self) | 1;
	copy.stacks = NULL;
	if (flags & CLONE_VM) {
		of_child = (struct self *)(top - 512);
		memcpy(of_child, &copy, sizeof(copy));
	}
	pid = clone_onto(flags, flags & CLONE_VM ? (void *)of_child : NULL, word, word + below(self, 4), next(self),
			 of_child);
	if (pid > 0)
		self->held_pids[slot % count_of(self->held_pids)] = (int)pid;
}

static void execute(struct self *self)
{
	static const char *const programs[] = {"x", "/x", "script", "bad", "dir", "/proc/self/exe", "link", "fifo"};
	static const char *const ends[] = {"callfuzz", "end", NULL};
	static const char *const goes_on[] = {"callfuzz", "on", NULL};
	const char *program = programs[below(self, count_of(programs))];
	const void *arguments = one_in(self, 3) ? (const void *)goes_on : (const void *)ends;
	const void *environment = NULL;

	if (one_in(self, 4))
		arguments = self->arena + below(self, 24) * PAGE + below(self, PAGE / 8) * 8;
	if (one_in(self, 4))
		environment = self->arena + below(self, 24) * PAGE + below(self, PAGE / 8) * 8;
	if (one_in(self, 2))
		raw(SYS_execve, program, arguments, environment);
	else
		raw(SYS_execveat, -100, program, arguments, environment, one_in(self, 4) ? next(self) : 0);
}

static void send(struct self *self)
{
	static const int signals[] = {SIGSTOP, SIGCONT, SIGKILL, SIGUSR1, SIGTSTP, SIGALRM, SIGCHLD, 34, SIGSEGV, 0};
	int signo = signals[below(self, count_of(signals))];
	int pid = self->held_pids[below(self, count_of(self->held_pids))];

	if (pid <= 0 || pid == DRIVER_PID)
		return;
	if (one_in(self, 3))
		raw(SYS_tkill, pid, signo);
	else
		raw(SYS_kill, pid, signo);
	if (signo == SIGSTOP || signo == SIGTSTP) {
		raw(SYS_sched_yield);
		raw(SYS_kill, pid, SIGCONT);
	}
}

static void collect(struct self *self)
{
	int status;

	for (int i = 0; i < 4; i++)
		raw(SYS_wait4, -1, &status, 0x40000001 | (one_in(self, 2) ? 2 : 0), 0);
}

void live(struct self *self, unsigned calls)
{
	if (!self->stacks)
		self->stacks = (char *)raw(SYS_mmap, 0, 64 * PAGE, 3, 0x22, -1, 0);
	if ((uint64_t)self->stacks > (uint64_t)-4096)
		end(self);
	for (unsigned i = 0; i < calls; i++) {
		if (one_in(self, 12))
			things_disturb(self);
		if (one_in(self, 40))
			spawn(self);
		if (one_in(self, 30))
			send(self);
		if (one_in(self, 40))
			collect(self);
		if (one_in(self, 300))
			execute(self);
		call_at_random(self);
	}
	end(self);
}
