/*
 * What guest tests share beyond TAP: system calls without a C library between, children, gates, threads, /proc.
 * Nothing here keeps state; every helper is usable in a child and in a raw thread unless it says otherwise.
 */
#ifndef GUEST_H
#define GUEST_H

#include "tap.h"

#include <sched.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>

/* A system call as the kernel sees it: the result or a negative errno. Safe in threads that share errno. */
static inline long raw_call(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#define raw_pick(n, a, b, c, d, e, f, ...) raw_call(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define raw(...)                           raw_pick(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)

#define PAGE 4096L

#define count_of(array) (sizeof(array) / sizeof((array)[0]))

/* ---- children ---- */

/* The wait status of this child; 0xdead00 if it cannot be waited for. */
static inline int reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) != pid) {
		if (errno != EINTR)
			return 0xdead00;
	}
	return status;
}

#define is_exited(pid, code, ...) is_int(reap(pid), (code) << 8, __VA_ARGS__)
/* A core may or may not be dumped: bit 7 is not looked at. */
#define is_killed(pid, signo, ...) is_int(reap(pid) & ~0x80, signo, __VA_ARGS__)

/* Forks: 1 in the child, 0 in the parent, which knows it by *pid. */
static inline int in_child(pid_t *pid)
{
	*pid = fork();
	must(*pid >= 0);
	return *pid == 0;
}

static inline void become_user(unsigned id)
{
	must(raw(SYS_setgroups, 0, 0) == 0);
	must(raw(SYS_setresgid, id, id, id) == 0);
	must(raw(SYS_setresuid, id, id, id) == 0);
}

/* ---- time ---- */

static inline int64_t now_ns(void)
{
	struct timespec t = {0, 0};

	raw(SYS_clock_gettime, CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline void sleep_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	raw(SYS_nanosleep, &t, 0);
}

/* ---- one process waits for another ---- */

struct gate {
	int fd[2];
};

static inline struct gate gate_make(void)
{
	struct gate g = {{-1, -1}};

	must(pipe(g.fd) == 0);
	return g;
}

static inline void gate_open(struct gate *g)
{
	char c = 'g';

	raw(SYS_write, g->fd[1], &c, 1);
}

/* Returns 1 when opened, 0 when nobody is left who could open it (close your own writing end first). */
static inline int gate_wait(struct gate *g)
{
	char c;
	long n;

	do {
		n = raw(SYS_read, g->fd[0], &c, 1);
	} while (n == -EINTR);
	return n == 1;
}

/* ---- files ---- */

/* The bytes read, always ended by a zero byte; -errno if it cannot be read. */
static inline long read_text(const char *path, char *buffer, size_t size)
{
	long fd = raw(SYS_open, path, O_RDONLY | O_CLOEXEC, 0), total = 0, n = 0;

	buffer[0] = 0;
	if (fd < 0)
		return fd;
	while ((size_t)total < size - 1 && (n = raw(SYS_read, fd, buffer + total, size - 1 - total)) > 0)
		total += n;
	raw(SYS_close, fd);
	buffer[total] = 0;
	return n < 0 ? n : total;
}

static inline long write_text(const char *path, const char *text)
{
	long fd = raw(SYS_open, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644), n;

	if (fd < 0)
		return fd;
	n = raw(SYS_write, fd, text, strlen(text));
	raw(SYS_close, fd);
	return n;
}

/* ---- what /proc knows ---- */

/* The state letter of a process or thread, '?' when it is gone or /proc is missing. */
static inline char proc_state(pid_t pid)
{
	char path[64], text[512];
	const char *end;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (read_text(path, text, sizeof(text)) <= 0)
		return '?';
	end = strrchr(text, ')');
	return end && end[1] == ' ' ? end[2] : '?';
}

/* Waits until a process has this state; after 20 s the caller goes on and its checks say what is wrong. */
static inline void wait_state(pid_t pid, char state)
{
	for (int i = 0; i < 4000; i++) {
		char now = proc_state(pid);
		if (now == state)
			return;
		if (now == '?' && i > 20)
			return;
		sleep_ms(5);
	}
}

/* The number after "NAME:" or "NAME " at the start of a line of a file in /proc; -1 if there is none. */
static inline long proc_number(const char *path, const char *name)
{
	char text[8192];
	size_t length = strlen(name);

	if (read_text(path, text, sizeof(text)) <= 0)
		return -1;
	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, length) == 0 && (line[length] == ':' || line[length] == ' '))
			return strtol(line + length + 1, NULL, 10);
	}
	return -1;
}

static inline int is_namu(void)
{
	return access("/proc/namu/resources", R_OK) == 0;
}

/* ---- memory ---- */

static inline void *map_pages(long pages)
{
	void *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(p != MAP_FAILED);
	return p;
}

static inline void *map_shared(long pages)
{
	void *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	must(p != MAP_FAILED);
	return p;
}

/* Moves the program break and returns where it was: musl's own sbrk refuses to. */
static inline void *move_break(long bytes)
{
	long was = raw(SYS_brk, 0);

	return raw(SYS_brk, was + bytes) == was + bytes ? (void *)was : NULL;
}

/* ---- raw threads: one stack, no storage of their own; they make system calls with raw() alone ---- */

struct thread {
	int tid; /* set by the kernel at birth, zeroed and woken at death */
	void *stack;
};

#define THREAD_FLAGS                                                                                              \
	(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID | \
	 CLONE_CHILD_CLEARTID)
#define THREAD_STACK (16 * PAGE)

static inline int thread_start(struct thread *t, int (*run)(void *), void *argument)
{
	t->stack = map_pages(THREAD_STACK / PAGE);
	t->tid = 0;
	return clone(run, (char *)t->stack + THREAD_STACK, THREAD_FLAGS, argument, &t->tid, NULL, &t->tid);
}

static inline void thread_join(struct thread *t)
{
	int tid;

	while ((tid = __atomic_load_n(&t->tid, __ATOMIC_ACQUIRE)) != 0)
		raw(SYS_futex, &t->tid, 0 /* FUTEX_WAIT */, tid, 0, 0, 0);
	munmap(t->stack, THREAD_STACK);
}

#endif
