/* Threads by raw clone, futex wait and wake, the robust list, the word that is cleared at the end. */
#include "guest.h"

#include <limits.h>
#include <stddef.h>

#define FUTEX_WAIT        0
#define FUTEX_WAKE        1
#define FUTEX_REQUEUE     3
#define FUTEX_CMP_REQUEUE 4
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10
#define FUTEX_PRIVATE     128

static long futex(volatile int *word, int operation, int value, const void *time, const void *other, int third)
{
	return raw(SYS_futex, word, operation, value, time, other, third);
}

static void values(void)
{
	int word = 5;
	struct timespec t = {0, 20000000};
	int64_t before;

	is_int(futex(&word, FUTEX_WAIT, 4, NULL, NULL, 0), -EAGAIN, "the word has another value");
	is_int(futex(&word, FUTEX_WAKE, 1, NULL, NULL, 0), 0, "nobody to wake");
	before = now_ns();
	is_int(futex(&word, FUTEX_WAIT | FUTEX_PRIVATE, 5, &t, NULL, 0), -ETIMEDOUT, "a wait of 20 ms");
	ok(now_ns() - before >= 20000000, "takes them");
	t.tv_nsec = -1;
	is_int(futex(&word, FUTEX_WAIT, 5, &t, NULL, 0), -EINVAL, "a negative time");
	must(raw(SYS_clock_gettime, CLOCK_MONOTONIC, &t) == 0);
	is_int(futex(&word, FUTEX_WAIT_BITSET, 5, &t, NULL, -1), -ETIMEDOUT, "BITSET until a time that is past");
	is_int(futex(&word, FUTEX_WAIT_BITSET, 5, &t, NULL, 0), -EINVAL, "without bits");
}

struct lock {
	volatile int word; /* 0 free, 1 held, 2 held and waited for */
	long sum;
	int rounds;
};

static void take(struct lock *l)
{
	int c = 0;

	if (__atomic_compare_exchange_n(&l->word, &c, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
		return;
	while (__atomic_exchange_n(&l->word, 2, __ATOMIC_ACQUIRE) != 0)
		futex(&l->word, FUTEX_WAIT | FUTEX_PRIVATE, 2, NULL, NULL, 0);
}

static void give(struct lock *l)
{
	if (__atomic_exchange_n(&l->word, 0, __ATOMIC_RELEASE) == 2)
		futex(&l->word, FUTEX_WAKE | FUTEX_PRIVATE, 1, NULL, NULL, 0);
}

static int adder(void *argument)
{
	struct lock *l = argument;

	for (int i = 0; i < l->rounds; i++) {
		take(l);
		long s = l->sum;
		if (i % 64 == 0)
			raw(SYS_sched_yield);
		l->sum = s + 1;
		give(l);
	}
	return 0;
}

static void mutual_exclusion(void)
{
	enum { THREADS = 8 };
	static struct lock lock = {0, 0, 2000};
	struct thread t[THREADS];

	for (int i = 0; i < THREADS; i++)
		must(thread_start(&t[i], adder, &lock) > 0);
	for (int i = 0; i < THREADS; i++)
		thread_join(&t[i]);
	is_int(lock.sum, THREADS * 2000, "eight threads add under a lock made of a futex");
}

static volatile int gate_word, woken;

static int waiter(void *unused)
{
	(void)unused;
	while (gate_word == 0)
		futex(&gate_word, FUTEX_WAIT, 0, NULL, NULL, 0);
	__atomic_fetch_add(&woken, 1, __ATOMIC_SEQ_CST);
	return 0;
}

static void wake_all(void)
{
	enum { THREADS = 20 };
	struct thread t[THREADS];

	for (int i = 0; i < THREADS; i++)
		must(thread_start(&t[i], waiter, NULL) > 0);
	for (int i = 0; i < THREADS; i++)
		wait_state(t[i].tid, 'S');
	gate_word = 1;
	is_int(futex(&gate_word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0) > 0, 1, "a wake of all");
	for (int i = 0; i < THREADS; i++)
		thread_join(&t[i]);
	is_int(woken, THREADS, "wakes twenty");
}

static int one_wait(void *p)
{
	futex(p, FUTEX_WAIT, 0, NULL, NULL, 0);
	__atomic_fetch_add(&woken, 1, __ATOMIC_SEQ_CST);
	return 0;
}

static void wake_some(void)
{
	static volatile int word;
	struct thread t[5];

	woken = 0;
	for (int i = 0; i < 5; i++)
		must(thread_start(&t[i], one_wait, (void *)&word) > 0);
	for (int i = 0; i < 5; i++)
		wait_state(t[i].tid, 'S');
	is_int(futex(&word, FUTEX_WAKE, 2, NULL, NULL, 0), 2, "a wake of two wakes two");
	for (int i = 0; i < 2000 && woken < 2; i++)
		sleep_ms(1);
	sleep_ms(20);
	is_int(woken, 2, "and no more");
	is_int(futex(&word, FUTEX_WAKE, 100, NULL, NULL, 0), 3, "the rest");
	for (int i = 0; i < 5; i++)
		thread_join(&t[i]);
}

static void requeue(void)
{
	static volatile int a, b;
	struct thread t[4];

	woken = 0;
	for (int i = 0; i < 4; i++)
		must(thread_start(&t[i], one_wait, (void *)&a) > 0);
	for (int i = 0; i < 4; i++)
		wait_state(t[i].tid, 'S');
	is_int(futex(&a, FUTEX_CMP_REQUEUE, 1, (void *)10, (void *)&b, 1), -EAGAIN, "CMP_REQUEUE with another value");
	is_int(futex(&a, FUTEX_CMP_REQUEUE, 1, (void *)10, (void *)&b, 0), 4, "wakes one and moves three");
	is_int(futex(&a, FUTEX_WAKE, 10, NULL, NULL, 0), 0, "nobody is left at the first word");
	is_int(futex(&b, FUTEX_WAKE, 10, NULL, NULL, 0), 3, "three are at the second");
	for (int i = 0; i < 4; i++)
		thread_join(&t[i]);
}

static struct {
	volatile int first, second;
	volatile int expected; /* by the call that has moved waiters last */
	volatile int is_over, seen, wrong;
} moves;

static int wait_to_be_moved(void *unused)
{
	const struct timespec soon = {0, 2000000};

	(void)unused;
	while (!moves.is_over) {
		int value = moves.first;

		if (futex(&moves.first, FUTEX_WAIT, value, &soon, NULL, 0) != 0)
			continue;
		/* Only those who were moved are woken; they may have come before the word was what was expected. */
		if (value - moves.expected > 0)
			moves.wrong = 1;
		__atomic_fetch_add(&moves.seen, 1, __ATOMIC_SEQ_CST);
	}
	return 0;
}

static int change_first(void *unused)
{
	(void)unused;
	for (int i = 0; !moves.is_over; i++) {
		moves.first++;
		if (i % 8 == 0)
			sched_yield();
	}
	return 0;
}

/* Comparing and moving are one: nobody is moved who came when the word was no more what was expected. */
static void requeue_expected(void)
{
	struct thread t[4];
	int64_t end;
	long moved = 0;

	for (int i = 0; i < 3; i++)
		must(thread_start(&t[i], wait_to_be_moved, NULL) > 0);
	must(thread_start(&t[3], change_first, NULL) > 0);
	end = now_ns() + 1500000000;
	while (now_ns() < end && !moves.wrong) {
		int value = moves.first;
		long woken = 0;

		moves.expected = value;
		if (futex(&moves.first, FUTEX_CMP_REQUEUE, 0, (void *)10, (void *)&moves.second, value) <= 0)
			continue;
		moves.seen = 0;
		woken = futex(&moves.second, FUTEX_WAKE, 10, NULL, NULL, 0);
		for (int i = 0; i < 2000 && moves.seen < woken; i++)
			sleep_ms(1);
		moved += woken;
	}
	moves.is_over = 1;
	for (int i = 0; i < 4; i++)
		thread_join(&t[i]);
	is_int(moves.wrong, 0, "none of those who were moved (%ld) came with a later value", moved);
}

static void between_processes(void)
{
	volatile int *word = map_shared(1);
	pid_t pid;

	if (in_child(&pid)) {
		while (word[0] == 0)
			futex(&word[0], FUTEX_WAIT, 0, NULL, NULL, 0);
		word[1] = 1;
		_exit(0);
	}
	wait_state(pid, 'S');
	word[0] = 1;
	is_int(futex(&word[0], FUTEX_WAKE, 1, NULL, NULL, 0), 1, "a futex in shared memory wakes another process");
	is_exited(pid, 0, "which goes on");
}

static void private_is_apart(void)
{
	int *word = map_pages(1);
	struct timespec t = {0, 100000000};
	pid_t pid;

	if (in_child(&pid))
		_exit(futex(word, FUTEX_WAIT | FUTEX_PRIVATE, 0, &t, NULL, 0) == -ETIMEDOUT ? 0 : 1);
	wait_state(pid, 'S');
	is_int(futex(word, FUTEX_WAKE | FUTEX_PRIVATE, 1, NULL, NULL, 0), 0,
	       "the same address in another process is another futex");
	is_exited(pid, 0, "nobody woke it");
}

/* The head that set_robust_list takes: first entry, distance from an entry to its word, the entry being changed. */
struct robust_head {
	void *first;
	long distance;
	void *pending;
};

static void robust_list(void)
{
	struct entry {
		void *next;
		volatile int word;
	} *entry = map_shared(1);
	struct robust_head *head = (struct robust_head *)(entry + 8);
	pid_t pid;

	if (in_child(&pid)) {
		entry->next = head;
		entry->word = (int)raw(SYS_gettid);
		head->first = entry;
		head->distance = offsetof(struct entry, word);
		head->pending = NULL;
		must(raw(SYS_set_robust_list, head, sizeof(*head)) == 0);
		_exit(0);
	}
	must(reap(pid) == 0);
	is_int(entry->word & 0x40000000, 0x40000000, "a lock held by one who dies is marked");
	is_int(entry->word & 0x3fffffff, 0, "and has no owner");
}

static void robust_list_forged(void)
{
	static struct robust_head head;
	pid_t pid;

	if (in_child(&pid)) {
		head.first = (void *)0xdead000;
		must(raw(SYS_set_robust_list, &head, sizeof(head)) == 0);
		_exit(3);
	}
	is_exited(pid, 3, "a robust list that leads nowhere does no harm");
	if (in_child(&pid)) {
		static struct {
			void *next;
		} loop;
		loop.next = &loop;
		head.first = &loop;
		must(raw(SYS_set_robust_list, &head, sizeof(head)) == 0);
		_exit(4);
	}
	is_exited(pid, 4, "one without an end has one");
}

static int exits(void *unused)
{
	(void)unused;
	return 0;
}

static void many_threads(void)
{
	enum { THREADS = 100 };
	static struct thread t[THREADS];
	int good = 0;

	for (int i = 0; i < THREADS; i++)
		good += thread_start(&t[i], i % 2 ? exits : waiter, NULL) > 0;
	gate_word = 1;
	futex(&gate_word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	for (int i = 0; i < THREADS; i++)
		thread_join(&t[i]);
	is_int(good, THREADS, "a hundred threads");
}

static int storm_thread(void *p)
{
	volatile int *word = p;

	for (int i = 0; i < 500; i++) {
		__atomic_fetch_add(word, 1, __ATOMIC_SEQ_CST);
		futex(word, FUTEX_WAKE, 1, NULL, NULL, 0);
		struct timespec t = {0, 1000};
		futex(word, FUTEX_WAIT, *word, &t, NULL, 0);
	}
	return 0;
}

static void storm(void)
{
	static volatile int word;
	struct thread t[6];

	for (int i = 0; i < 6; i++)
		must(thread_start(&t[i], storm_thread, (void *)&word) > 0);
	for (int i = 0; i < 6; i++)
		thread_join(&t[i]);
	is_int(word, 3000, "waits that time out race with wakes, and nothing hangs");
}

static const struct tap_case cases[] = {
	{"values", values, 0},
	{"mutual_exclusion", mutual_exclusion, 0},
	{"wake_all", wake_all, 0},
	{"wake_some", wake_some, 0},
	{"requeue", requeue, 0},
	{"requeue_expected", requeue_expected, 0},
	{"between_processes", between_processes, 0},
	{"private_is_apart", private_is_apart, 0},
	{"robust_list", robust_list, 0},
	{"robust_list_forged", robust_list_forged, 0},
	{"many_threads", many_threads, 0},
	{"storm", storm, 0},
};

TAP_MAIN(cases)
