/* futex_waitv, the order of waiters, words shared through files and memory, and what bad arguments are answered. */
#include "guest.h"

#include <limits.h>

#define SYS_WAITV         449
#define SIZE_32           2
#define PRIVATE           128
#define REALTIME          256
#define OP(o, a, c, with) ((unsigned)(o) << 28 | (unsigned)(c) << 24 | ((a)&0xfff) << 12 | ((with)&0xfff))

typedef volatile unsigned word_t;

struct row {
	unsigned long value, word;
	unsigned flags, reserved;
};

static long futex(word_t *word, int operation, unsigned value, const void *time, word_t *other, unsigned third)
{
	return raw(SYS_futex, word, operation, value, time, other, third);
}

static struct row row_of(word_t *word, unsigned value, unsigned flags)
{
	struct row row = {value, (unsigned long)word, flags, 0};

	return row;
}

static word_t words[130];

static void many_refused(void)
{
	struct row rows[130];
	struct timespec past = {1, 0}, bad = {0, 1000000000};

	for (int i = 0; i < 130; i++)
		rows[i] = row_of(&words[i], 0, SIZE_32 | PRIVATE);
	is_int(raw(SYS_WAITV, rows, 0, 0, 0, 0), -EINVAL, "no words");
	is_int(raw(SYS_WAITV, rows, 129, 0, 0, 0), -EINVAL, "more than 128");
	is_int(raw(SYS_WAITV, 0, 1, 0, 0, 0), -EINVAL, "no array");
	is_int(raw(SYS_WAITV, 8, 1, 0, 0, 0), -EFAULT, "an array nowhere");
	is_int(raw(SYS_WAITV, rows, 1, 1, 0, 0), -EINVAL, "flags");
	is_int(raw(SYS_WAITV, rows, 1, 0, &past, 2), -EINVAL, "a clock that is not waited by");
	is_int(raw(SYS_WAITV, rows, 1, 0, &bad, 1), -EINVAL, "a bad time");
	is_int(raw(SYS_WAITV, rows, 1, 0, 8, 1), -EFAULT, "a time nowhere");
	is_int(raw(SYS_WAITV, rows, 128, 0, &past, CLOCK_MONOTONIC), -ETIMEDOUT, "until a time that is past");
	is_int(raw(SYS_WAITV, rows, 128, 0, &past, CLOCK_REALTIME), -ETIMEDOUT, "by the real-time clock");
	words[127] = 1;
	is_int(raw(SYS_WAITV, rows, 128, 0, 0, 0), -EAGAIN, "one word with another value");
	words[127] = 0;
	rows[1].flags = PRIVATE;
	is_int(raw(SYS_WAITV, rows, 2, 0, &past, 1), -EINVAL, "a word without a size");
	rows[1].flags = SIZE_32 | 4;
	is_int(raw(SYS_WAITV, rows, 2, 0, &past, 1), -EINVAL, "an unknown flag of a word");
	rows[1].flags = SIZE_32;
	rows[1].reserved = 1;
	is_int(raw(SYS_WAITV, rows, 2, 0, &past, 1), -EINVAL, "a reserved field");
	rows[1].reserved = 0;
	rows[1].word++;
	is_int(raw(SYS_WAITV, rows, 2, 0, &past, 1), -EINVAL, "a word that is not aligned");
	rows[1].word = 8;
	is_int(raw(SYS_WAITV, rows, 2, 0, &past, 1), -EFAULT, "a word nowhere");
}

static volatile long answer;
static volatile int waiter_tid, stop_count;

static int wait_for_three(void *p)
{
	struct row rows[3];

	for (int i = 0; i < 3; i++)
		rows[i] = row_of((word_t *)p + i, 0, SIZE_32);
	waiter_tid = (int)raw(SYS_gettid);
	answer = raw(SYS_WAITV, rows, 3, 0, 0, 0);
	return 0;
}

static void many_woken(void)
{
	word_t *shared = map_shared(1);
	struct thread t;
	pid_t pid;

	for (int i = 0; i < 3; i++) {
		waiter_tid = 0;
		must(thread_start(&t, wait_for_three, (void *)shared) > 0);
		while (!waiter_tid)
			sleep_ms(1);
		wait_state(waiter_tid, 'S');
		if (in_child(&pid))
			_exit(futex(&shared[i], 1, 5, NULL, NULL, 0) == 1 ? 0 : 1);
		is_exited(pid, 0, "another process wakes one waiter by word %d", i);
		thread_join(&t);
		is_int(answer, i, "which knows by which");
	}
}

static void on_signal(int signo)
{
	(void)signo;
	stop_count++;
}

static void many_interrupted(void)
{
	struct sigaction act = {.sa_handler = on_signal};
	struct row row = row_of(words, 0, SIZE_32);
	struct itimerspec soon = {.it_value = {.tv_nsec = 20000000}, .it_interval = {.tv_nsec = 20000000}};
	timer_t timer;

	sigaction(SIGALRM, &act, NULL);
	must(timer_create(CLOCK_MONOTONIC, NULL, &timer) == 0 && timer_settime(timer, 0, &soon, NULL) == 0);
	is_int(raw(SYS_WAITV, &row, 1, 0, 0, 0), -EINTR, "a signal ends the wait");
	is_int(futex(words, 0, 0, NULL, NULL, 0), -EINTR, "and a plain one");
	act.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &act, NULL);
	struct timespec until;
	must(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
	until.tv_sec++;
	is_int(raw(SYS_WAITV, &row, 1, 0, &until, CLOCK_MONOTONIC), -ETIMEDOUT,
	       "with SA_RESTART it goes on until its time");
}

struct sleeper {
	struct thread thread;
	word_t *word;
	int level, index;
	volatile int tid;
};

static volatile int order[4], arrived;

static int sleep_at_level(void *p)
{
	struct sleeper *sleeper = p;
	struct sched_param param = {.sched_priority = sleeper->level};

	if (sleeper->level)
		raw(SYS_sched_setscheduler, 0, SCHED_FIFO, &param);
	sleeper->tid = (int)raw(SYS_gettid);
	futex(sleeper->word, 0, 0, NULL, NULL, 0);
	order[__atomic_fetch_add(&arrived, 1, __ATOMIC_SEQ_CST)] = sleeper->index;
	return 0;
}

static void real_time_first(void)
{
	static const int levels[4] = {0, 10, 0, 20}, want[4] = {3, 1, 0, 2};
	struct sleeper sleepers[4];

	for (int i = 0; i < 4; i++) {
		sleepers[i] = (struct sleeper){.word = words, .level = levels[i], .index = i};
		must(thread_start(&sleepers[i].thread, sleep_at_level, &sleepers[i]) > 0);
		while (!sleepers[i].tid)
			sleep_ms(1);
		wait_state(sleepers[i].tid, 'S');
	}
	for (int i = 0; i < 4; i++) {
		is_int(futex(words, 1, 1, NULL, NULL, 0), 1, "one is woken");
		while (arrived <= i)
			sleep_ms(1);
		is_int(order[i], want[i], "by level, then by arrival");
	}
	for (int i = 0; i < 4; i++)
		thread_join(&sleepers[i].thread);
}

/* The same page of a file at two addresses, of two processes and of one. */
static void by_file(void)
{
	int fd = open("words", O_RDWR | O_CREAT, 0600);
	must(fd >= 0 && ftruncate(fd, 2 * PAGE) == 0);
	word_t *a = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	word_t *b = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, PAGE);
	word_t *far = a + PAGE / 4 + 3;
	struct sleeper sleeper = {.word = far};

	must(a != MAP_FAILED && b != MAP_FAILED);
	must(thread_start(&sleeper.thread, sleep_at_level, &sleeper) > 0);
	while (!sleeper.tid)
		sleep_ms(1);
	wait_state(sleeper.tid, 'S');
	is_int(futex(&b[3], 1 | PRIVATE, 1, NULL, NULL, 0), 0, "a private wake-up does not reach it");
	is_int(futex(&b[3], 1, 1, NULL, NULL, 0), 1, "a shared one through a read-only mapping does");
	thread_join(&sleeper.thread);
	is_int(futex(&b[3], 0, 1, NULL, NULL, 0), -EAGAIN, "a wait on read-only memory looks at the word");
	must(munmap((void *)b, PAGE) == 0);
	is_int(futex(&b[3], 1, 1, NULL, NULL, 0), -EFAULT, "a shared word nowhere");
	is_int(futex(&b[3], 1 | PRIVATE, 1, NULL, NULL, 0), 0, "a private one is only a name");
	is_int(futex(&b[3], 0 | PRIVATE, 0, NULL, NULL, 0), -EFAULT, "but for waiting");
}

static void wake_operations(void)
{
	static const struct {
		unsigned code, before, after;
		long want;
		const char *name;
	} rows[] = {
		{OP(0, 7, 0, 1), 1, 7, 0, "set"},
		{OP(1, 7, 0, 1), 1, 8, 0, "add"},
		{OP(1, -1, 0, 1), 1, 0, 0, "add a negative number"},
		{OP(2, 6, 0, 1), 1, 7, 0, "or"},
		{OP(3, 5, 0, 1), 7, 2, 0, "and not"},
		{OP(4, 5, 0, 1), 7, 2, 0, "exclusive or"},
		{OP(8 | 2, 4, 0, 1), 1, 17, 0, "a shifted argument"},
		{OP(5, 1, 0, 1), 1, 1, -ENOSYS, "an unknown operation"},
		{OP(0, 9, 6, 1), 1, 9, -ENOSYS, "an unknown comparison"},
	};

	for (size_t i = 0; i < count_of(rows); i++) {
		words[1] = rows[i].before;
		is_int(futex(words, 5, 1, (void *)1, &words[1], rows[i].code), rows[i].want, "WAKE_OP: %s",
		       rows[i].name);
		is_int(words[1], rows[i].after, "WAKE_OP: %s: the word", rows[i].name);
	}
}

static void compare_and_wake(void)
{
	static const struct {
		unsigned comparison, word;
		int with, wakes;
	} rows[] = {{0, 5, 5, 1}, {0, 5, 6, 0}, {1, 5, 6, 1}, {1, 5, 5, 0}, {2, 5, 6, 1}, {2, 5, 5, 0},  {3, 5, 5, 1},
		    {3, 5, 4, 0}, {4, 5, 4, 1}, {4, 5, 5, 0}, {5, 5, 5, 1}, {5, 5, 6, 0}, {2, -3, -2, 1}};

	for (size_t i = 0; i < count_of(rows); i++) {
		struct sleeper sleeper = {.word = &words[2]};
		words[2] = 0;
		must(thread_start(&sleeper.thread, sleep_at_level, &sleeper) > 0);
		while (!sleeper.tid)
			sleep_ms(1);
		wait_state(sleeper.tid, 'S');
		arrived = 0;
		words[2] = rows[i].word;
		is_int(futex(words, 5, 1, (void *)1, &words[2], OP(1, 0, rows[i].comparison, rows[i].with)),
		       rows[i].wakes, "WAKE_OP: comparison %u of %d with %d", rows[i].comparison, (int)rows[i].word,
		       rows[i].with);
		if (!rows[i].wakes)
			is_int(futex(&words[2], 1, 1, NULL, NULL, 0), 1, "the other waits on");
		thread_join(&sleeper.thread);
	}
}

static void refused(void)
{
	struct timespec t = {0, 1000};
	static const struct {
		int operation;
		unsigned value;
		long time, other;
		unsigned third;
		long want;
		const char *name;
	} rows[] = {
		{2, 0, 0, 0, 0, -ENOSYS, "FUTEX_FD"},
		{14, 0, 0, 0, 0, -ENOSYS, "an unknown operation"},
		{0 | REALTIME, 0, 0, 0, 0, -ENOSYS, "WAIT with a clock"},
		{1 | REALTIME, 0, 0, 0, 0, -ENOSYS, "WAKE with a clock"},
		{9, 0, 0, 0, 0, -EINVAL, "WAIT_BITSET without bits"},
		{9, 1, 0, 0, 1, -EAGAIN, "WAIT_BITSET with another value"},
		{10, 1, 0, 0, 0, -EINVAL, "WAKE_BITSET without bits"},
		{10, 1, 0, 0, 1, 0, "WAKE_BITSET"},
		{3, -1u, 1, 1, 0, -EINVAL, "REQUEUE: a negative number to wake"},
		{3, 1, -1, 1, 0, -EINVAL, "REQUEUE: a negative number to move"},
		{4, 1, 1, 1, 9, -EAGAIN, "CMP_REQUEUE with another value"},
		{4, 1, 1, 1, 0, 0, "CMP_REQUEUE"},
		{4, 1, 1, 0, 0, -EFAULT, "CMP_REQUEUE to nowhere"},
		{5, 1, 1, 0, 0, -EFAULT, "WAKE_OP on nothing"},
		{1, 0, 0, 0, 0, 0, "WAKE of none"},
		{1, -1u, 0, 0, 0, 0, "WAKE of a negative number"},
	};

	words[0] = words[1] = 0;
	for (size_t i = 0; i < count_of(rows); i++)
		is_int(raw(SYS_futex, words, rows[i].operation, rows[i].value, rows[i].time,
			   rows[i].other ? &words[1] : NULL, rows[i].third),
		       rows[i].want, "%s", rows[i].name);
	t.tv_nsec = -1;
	is_int(futex(words, 0, 1, &t, NULL, 0), -EINVAL, "a bad time comes before the value");
	is_int(futex(words, 1, 1, &t, NULL, 0), 0, "WAKE looks at no time");
	is_int(futex((word_t *)((char *)words + 2), 1, 1, NULL, NULL, 0), -EINVAL, "a word that is not aligned");
	is_int(futex((word_t *)0xffff800000000000, 1, 1, NULL, NULL, 0), -EFAULT, "a word of the kernel's");
	word_t *closed = map_shared(1);
	must(mprotect((void *)closed, PAGE, PROT_NONE) == 0);
	is_int(futex(closed, 1, 1, NULL, NULL, 0), -EFAULT, "a shared word that cannot be read");
	is_int(futex(closed, 1 | PRIVATE, 1, NULL, NULL, 0), 0, "a private one need not be");
}

static const struct tap_case cases[] = {
	{"many_refused", many_refused, 0},
	{"many_woken", many_woken, 0},
	{"many_interrupted", many_interrupted, 0},
	{"real_time_first", real_time_first, 0},
	{"by_file", by_file, 0},
	{"wake_operations", wake_operations, 0},
	{"compare_and_wake", compare_and_wake, 0},
	{"refused", refused, 0},
};

TAP_MAIN(cases)
