/*
 * The crowd of smp_chaos: what a process of it does. Each step is drawn from the process's own generator; any call may
 * fail, as memory, numbers and targets go away at any time. Everybody stops soon after `world->is_over` is set.
 */
#ifndef SMP_CHAOS_H
#define SMP_CHAOS_H

#include "guest.h"

#include <dirent.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

#define FUTEX_WAIT    0
#define FUTEX_WAKE    1
#define FUTEX_REQUEUE 3
#define CROWD_USER    4242
#define FILES         6
#define SHARED_PAGES  32

/* Shared by all through inheritance; who has executed a program has none and does its steps without. */
struct world {
	volatile int is_over;
	volatile uint32_t word[8]; /* futexes */
	volatile pid_t killer[2];  /* nobody kills these */
	volatile char pages[SHARED_PAGES * 4096];
};
static struct world *world;

struct life {
	uint64_t random;
	int depth; /* how many generations may follow */
};

static inline uint64_t draw(struct life *life, uint64_t below)
{
	life->random ^= life->random << 13;
	life->random ^= life->random >> 7;
	life->random ^= life->random << 17;
	return life->random % below;
}

static void live(struct life *life, int steps);

/* -- steps that threads may take too: raw calls only -- */

static void step_memory(struct life *life)
{
	long pages = 1 + (long)draw(life, 700);
	long flags = draw(life, 4) ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED | MAP_ANONYMOUS;
	char *place = (char *)raw(SYS_mmap, 0, pages * PAGE, PROT_READ | PROT_WRITE, flags, -1, 0);

	if ((unsigned long)place > -4096ul)
		return;
	for (long at = 0; at < pages; at += 1 + (long)draw(life, 64))
		raw(SYS_getrandom, place + at * PAGE, 8, 0);
	long part = (long)draw(life, (uint64_t)pages), rest = pages - part;
	switch (draw(life, 5)) {
	case 0:
		raw(SYS_mprotect, place + part * PAGE, rest * PAGE, PROT_READ);
		break;
	case 1:
		raw(SYS_madvise, place + part * PAGE, rest * PAGE, MADV_DONTNEED);
		break;
	case 2:
		raw(SYS_munmap, place + part * PAGE, rest * PAGE);
		break;
	case 3:
		raw(SYS_mremap, place + part * PAGE, rest * PAGE, rest * PAGE * 2, MREMAP_MAYMOVE);
		break;
	default:
		raw(SYS_mincore, place, pages * PAGE, place);
	}
	if (draw(life, 8))
		raw(SYS_munmap, place, pages * PAGE);
}

static void step_futex(struct life *life)
{
	struct timespec time = {0, 2000000};
	volatile uint32_t *word = &world->word[draw(life, 8)];

	if (draw(life, 3)) {
		raw(SYS_futex, word, FUTEX_WAKE, 1 + draw(life, 3));
		__atomic_fetch_add(word, 1, __ATOMIC_SEQ_CST);
	} else if (draw(life, 3)) {
		raw(SYS_futex, word, FUTEX_WAIT, *word, &time);
	} else {
		raw(SYS_futex, word, FUTEX_REQUEUE, 1, 2, &world->word[draw(life, 8)]);
	}
}

static void step_place(struct life *life)
{
	uint64_t mask = draw(life, 16) + 1;
	int level = (int)draw(life, 20);

	switch (draw(life, 3)) {
	case 0:
		raw(SYS_sched_setaffinity, 0, sizeof(mask), &mask);
		break;
	case 1:
		raw(SYS_setpriority, 0 /* PRIO_PROCESS */, 0, level);
		break;
	default:
		raw(SYS_sched_yield);
	}
}

static void step_share(struct life *life)
{
	for (int i = 0; i < 8; i++)
		raw(SYS_getrandom, world->pages + draw(life, SHARED_PAGES) * 4096 + draw(life, 4000), 8, 0);
}

static void step_file(struct life *life)
{
	char name[] = "/tmp/chaos/f0";

	name[12] += (char)draw(life, FILES);
	long fd = raw(SYS_open, name, O_RDWR | O_CREAT, 0666);
	if (fd < 0)
		return;
	switch (draw(life, 5)) {
	case 0:
		raw(SYS_ftruncate, fd, draw(life, 40) * 1000);
		break;
	case 1:
		raw(SYS_write, fd, name, sizeof(name));
		break;
	case 2:
		raw(SYS_unlink, name);
		break;
	case 3:
		raw(SYS_rename, name, "/tmp/chaos/f0");
		break;
	default: {
		long place = raw(SYS_mmap, 0, 8 * PAGE, PROT_READ | PROT_WRITE,
				 draw(life, 2) ? MAP_SHARED : MAP_PRIVATE, fd, 0);
		/* Through the kernel, which answers EFAULT where the file has been cut off. */
		if (place > 0) {
			for (long at = 0; at < 8; at++)
				raw(SYS_getrandom, place + at * PAGE, 8, 0);
			raw(SYS_munmap, place, 8 * PAGE);
		}
	}
	}
	raw(SYS_close, fd);
}

/* A process that shares nothing with who called but the image: it ends at once. */
static void step_raw_fork(struct life *life)
{
	long pid = raw(SYS_fork);

	if (pid == 0) {
		step_share(life);
		raw(SYS_exit_group, draw(life, 3));
	}
	if (pid > 0 && draw(life, 2))
		raw(SYS_wait4, pid, 0, 0, 0);
}

static void (*const thread_steps[])(struct life *life) = {
	step_memory, step_futex, step_place, step_share, step_file, step_raw_fork,
};

static inline void step_as_thread(struct life *life)
{
	thread_steps[draw(life, count_of(thread_steps))](life);
}

/* -- steps of whole processes -- */

static int thread_life(void *p)
{
	struct life life = *(struct life *)p;
	static char *const argv[] = {"/bin/true", NULL};

	life.random += (uint64_t)raw(SYS_gettid) * 7919;
	for (int i = 0; i < 12 && !world->is_over; i++)
		step_as_thread(&life);
	switch (draw(&life, 12)) {
	case 0:
		raw(SYS_execve, argv[0], argv, 0);
		break;
	case 1:
		raw(SYS_exit_group, 1);
		break;
	case 2:
		raw(SYS_kill, raw(SYS_getpid), SIGKILL);
	}
	return 0;
}

static void step_threads(struct life *life)
{
	struct thread thread[3];
	int count = 1 + (int)draw(life, 3), started = 0;

	for (int i = 0; i < count; i++) {
		if (thread_start(&thread[started], thread_life, life) > 0)
			started++;
	}
	for (int i = 0; i < 6; i++)
		step_as_thread(life);
	/* Who does not wait for them ends, and they with it. */
	if (draw(life, 4) == 0)
		_exit(2);
	for (int i = 0; i < started; i++)
		thread_join(&thread[i]);
}

static void step_fork(struct life *life)
{
	if (life->depth == 0)
		return;
	pid_t pid = fork();
	if (pid == 0) {
		life->random = life->random * 31 + (uint64_t)getpid();
		life->random |= 1;
		life->depth--;
		live(life, 4 + (int)draw(life, 12));
		_exit((int)draw(life, 4));
	}
}

static void step_exec(struct life *life)
{
	char seed[24];
	char *argv[] = {"/tests/smp_chaos", "on", seed, NULL};
	char *none[] = {NULL};

	snprintf(seed, sizeof(seed), "%lu", (unsigned long)life->random);
	pid_t pid = draw(life, 2) ? vfork() : fork();
	if (pid == 0) {
		execve(argv[0], argv, none);
		_exit(127);
	}
}

static void step_wait(struct life *life)
{
	int status, options = draw(life, 6) ? WNOHANG : 0;

	/* A child may be stopped for good: no wait is without end. */
	if (!options)
		alarm(1);
	waitpid(-1, &status, options | (draw(life, 2) ? WUNTRACED | WCONTINUED : 0));
	alarm(0);
}

static void step_group(struct life *life)
{
	switch (draw(life, 4)) {
	case 0:
		setsid();
		break;
	case 1:
		setpgid(0, 0);
		break;
	case 2:
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		break;
	default:
		prctl(PR_SET_CHILD_SUBREAPER, draw(life, 2));
	}
}

static void step_pipe(struct life *life)
{
	int fd[2];
	char data[512] = {0};

	if (pipe(fd))
		return;
	if (draw(life, 2))
		step_fork(life);
	if (write(fd[1], data, sizeof(data)) == (ssize_t)sizeof(data))
		(void)!read(fd[0], data, sizeof(data));
	close(fd[0]);
	close(fd[1]);
}

static void step_timer(struct life *life)
{
	struct itimerval time = {{0, 0}, {0, 1 + (long)draw(life, 3000)}};
	struct timespec nap = {0, (long)draw(life, 2000000)};

	setitimer(ITIMER_REAL, &time, NULL);
	nanosleep(&nap, NULL);
	time.it_value.tv_usec = 0;
	setitimer(ITIMER_REAL, &time, NULL);
}

/* Memory, files and names are common to two processes; the one who is left goes on alone. */
static int sharer_life(void *p)
{
	struct life life = *(struct life *)p;

	for (int i = 0; i < 6 && !world->is_over; i++)
		step_as_thread(&life);
	return 0;
}

static void step_share_space(struct life *life)
{
	char *stack = map_pages(8);
	struct life other = {life->random * 17 + 1, 0};

	pid_t pid = clone(sharer_life, stack + 8 * PAGE,
			  CLONE_VM | (draw(life, 2) ? CLONE_FILES | CLONE_FS : 0) | SIGCHLD, &other);
	for (int i = 0; i < 3; i++)
		step_as_thread(life);
	if (pid > 0)
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	munmap(stack, 8 * PAGE);
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void live(struct life *life, int steps)
{
	static void (*const process_steps[])(struct life * life) = {
		step_fork, step_fork,  step_exec, step_threads, step_wait,
		step_wait, step_group, step_pipe, step_timer,   step_share_space,
	};
	struct sigaction action = {.sa_handler = on_alarm};

	sigaction(SIGALRM, &action, NULL);
	while (steps-- > 0 && !world->is_over) {
		if (draw(life, 2))
			step_as_thread(life);
		else
			process_steps[draw(life, count_of(process_steps))](life);
	}
}

#endif
