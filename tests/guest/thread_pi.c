/*
 * PI futexes: the word, who is lent whose priority (the "priority" of /proc/PID/stat, not time), chains, deadlocks, the
 * owner's death.
 */
#include "pi.h"

#include <stddef.h>

static void become_rt(int level)
{
	struct sched_param param = {.sched_priority = level};

	must(raw(SYS_sched_setscheduler, 0, SCHED_FIFO, &param) == 0);
}

static void words(void)
{
	word_t *page = map_pages(1);
	static word_t word;
	struct timespec past = {0, 0}, bad = {0, -1};
	unsigned me = my_tid();

	is_int(futex(&word, LOCK_PI, 0, NULL, NULL, 0), 0, "a free one is locked");
	is_int(word, me, "it holds the tid");
	is_int(futex(&word, LOCK_PI, 0, NULL, NULL, 0), -EDEADLK, "twice");
	is_int(futex(&word, TRYLOCK_PI, 0, NULL, NULL, 0), -EDEADLK, "tried twice");
	is_int(futex(&word, UNLOCK_PI, 0, NULL, NULL, 0), 0, "unlocked");
	is_int(word, 0, "it is free");
	is_int(futex(&word, UNLOCK_PI, 0, NULL, NULL, 0), -EPERM, "not ours");
	is_int(futex(&word, TRYLOCK_PI | PRIVATE, 0, NULL, NULL, 0), 0, "tried");
	is_int(word, me, "it holds the tid");
	word = me | WAITERS;
	is_int(futex(&word, UNLOCK_PI | PRIVATE, 0, NULL, NULL, 0), 0, "unlocked with a mark of waiters");
	is_int(word, 0, "it is free");
	word = OWNER_DIED;
	is_int(futex(&word, LOCK_PI, 0, NULL, NULL, 0), 0, "one whose owner died");
	is_int(word, me | OWNER_DIED, "the mark stays");
	word = 0x3ffffffe;
	is_int(futex(&word, LOCK_PI, 0, &past, NULL, 0), -ESRCH, "an owner who is not there");
	is_int(futex(&word, TRYLOCK_PI, 0, NULL, NULL, 0), -ESRCH, "tried, with one who is not there");
	word = 0;
	is_int(futex((word_t *)((char *)&word + 1), LOCK_PI, 0, NULL, NULL, 0), -EINVAL, "not aligned");
	is_int(futex(NULL, LOCK_PI, 0, NULL, NULL, 0), -EFAULT, "no memory");
	is_int(futex(NULL, UNLOCK_PI, 0, NULL, NULL, 0), -EFAULT, "no memory to unlock");
	is_int(futex(&word, LOCK_PI, 0, &bad, NULL, 0), -EINVAL, "a bad time");
	is_int(futex(&word, LOCK_PI | REALTIME, 0, NULL, NULL, 0), -ENOSYS, "LOCK_PI takes no clock");
	is_int(futex(&word, LOCK_PI2 | REALTIME, 0, NULL, NULL, 0), 0, "LOCK_PI2 does");
	is_int(futex(&word, UNLOCK_PI, 0, NULL, NULL, 0), 0, "unlocked");
	is_int(futex(&word, UNLOCK_PI | REALTIME, 0, NULL, NULL, 0), -ENOSYS, "UNLOCK_PI takes no clock");
	must(mprotect((void *)page, PAGE, PROT_READ) == 0);
	is_int(futex(page, LOCK_PI | PRIVATE, 0, NULL, NULL, 0), -EFAULT, "memory that cannot be written");
}

/* A thread with a level of its own that locks, says so, and unlocks when it is told. */
struct player {
	struct thread thread;
	word_t *word, *second;
	int level;
	volatile int go_on;
	volatile long result, second_result;
	volatile int has_it, tid;
};

static int play(void *p)
{
	struct player *player = p;
	struct sched_param param = {.sched_priority = player->level};

	player->tid = (int)my_tid();
	if (player->level && raw(SYS_sched_setscheduler, 0, SCHED_FIFO, &param))
		player->result = -9999;
	if (player->second && (player->second_result = futex(player->second, LOCK_PI, 0, NULL, NULL, 0)))
		return 0;
	player->result = futex(player->word, LOCK_PI, 0, NULL, NULL, 0);
	player->has_it = 1;
	while (!player->go_on)
		sleep_ms(2);
	if (player->result == 0)
		player->result = futex(player->word, UNLOCK_PI, 0, NULL, NULL, 0);
	if (player->second)
		player->second_result = futex(player->second, UNLOCK_PI, 0, NULL, NULL, 0);
	return 0;
}

static void begin(struct player *player, word_t *word, word_t *second, int level)
{
	*player = (struct player){.word = word, .second = second, .level = level};
	must(thread_start(&player->thread, play, player) > 0);
}

static void finish(struct player *player)
{
	player->go_on = 1;
	thread_join(&player->thread);
	is_int(player->result, 0, "a player's calls have all worked");
}

static void lending(void)
{
	static word_t word;
	struct player low, high, higher;
	int me = (int)my_tid();

	must(futex(&word, LOCK_PI, 0, NULL, NULL, 0) == 0);
	is_priority(me, 20, "an ordinary owner");
	begin(&low, &word, NULL, 10);
	is_priority(me, -11, "is lifted to the level of one that waits");
	begin(&high, &word, NULL, 30);
	is_priority(me, -31, "and to that of a higher one");
	begin(&higher, &word, NULL, 20);
	await(&higher.tid);
	wait_state(higher.tid, 'S');
	is_priority(me, -31, "a lower one changes nothing");
	is_int(raw(SYS_sched_getscheduler, 0), SCHED_OTHER, "its policy is its own");
	is_int(word, (unsigned)me | WAITERS, "the word says that somebody waits");
	is_int(futex(&word, UNLOCK_PI, 0, NULL, NULL, 0), 0, "it lets go");
	is_priority(me, 20, "and is what it was");
	await(&high.has_it);
	ok(!low.has_it && !higher.has_it, "the highest of them has it");
	is_int(word & TID_MASK, high.tid, "as the word says");
	is_priority(high.tid, -31, "its own level is higher than what it is lent");
	finish(&high);
	await(&higher.has_it);
	ok(!low.has_it, "then the second");
	finish(&higher);
	finish(&low);
	is_int(word, 0, "in the end it is free");
}

static void changes(void)
{
	static word_t word;
	struct player player;
	struct sched_param param = {.sched_priority = 40};
	int me = (int)my_tid();

	must(futex(&word, LOCK_PI, 0, NULL, NULL, 0) == 0);
	begin(&player, &word, NULL, 10);
	is_priority(me, -11, "lifted");
	must(raw(SYS_sched_setscheduler, player.tid, SCHED_FIFO, &param) == 0);
	is_priority(me, -41, "a waiter that is lifted lifts the owner");
	param.sched_priority = 0;
	must(raw(SYS_sched_setscheduler, player.tid, SCHED_OTHER, &param) == 0);
	is_priority(me, 20, "one that goes down lets it down");
	param.sched_priority = 5;
	must(raw(SYS_sched_setscheduler, player.tid, SCHED_RR, &param) == 0);
	is_priority(me, -6, "and up again");
	must(futex(&word, UNLOCK_PI, 0, NULL, NULL, 0) == 0);
	finish(&player);
	is_priority(me, 20, "in the end it is what it was");
}

static void chain(void)
{
	static word_t a, b, c;
	struct player first, second, top;
	int me = (int)my_tid();

	must(futex(&a, LOCK_PI, 0, NULL, NULL, 0) == 0);
	begin(&first, &a, &b, 0);
	while (!(a & WAITERS))
		sleep_ms(2);
	begin(&second, &b, &c, 0);
	while (!(b & WAITERS))
		sleep_ms(2);
	is_priority(me, 20, "nobody has a level");
	begin(&top, &c, NULL, 50);
	is_priority(second.tid, -51, "the one waited for is lifted");
	is_priority(first.tid, -51, "and the one that waits for");
	is_priority(me, -51, "and so on to the end of the chain");
	is_int(futex(&c, LOCK_PI, 0, NULL, NULL, 0), -EDEADLK, "to close the chain is a deadlock");
	is_priority(me, -51, "which changes nothing");
	must(futex(&a, UNLOCK_PI, 0, NULL, NULL, 0) == 0);
	is_priority(me, 20, "the chain's end is let down when it lets go");
	is_priority(first.tid, -51, "the others not");
	finish(&first);
	finish(&second);
	finish(&top);
	is_int(a | b | c, 0, "all are free");
}

static void timeouts(void)
{
	static word_t word;
	struct player owner;
	struct timespec until;
	int64_t before;

	begin(&owner, &word, NULL, 0);
	await(&owner.has_it);
	is_int(futex(&word, TRYLOCK_PI, 0, NULL, NULL, 0), -EAGAIN, "tried on a locked one");
	become_rt(60);
	for (int i = 0; i < 3; i++) {
		static const int operations[] = {LOCK_PI, LOCK_PI2, LOCK_PI2 | REALTIME};
		must(clock_gettime(i == 1 ? CLOCK_MONOTONIC : CLOCK_REALTIME, &until) == 0);
		until.tv_nsec += 30000000;
		if (until.tv_nsec >= 1000000000) {
			until.tv_sec++;
			until.tv_nsec -= 1000000000;
		}
		before = now_ns();
		is_int(futex(&word, operations[i], 0, &until, NULL, 0), -ETIMEDOUT, "until a time");
		ok(now_ns() - before >= 29000000, "which has come");
		is_priority(owner.tid, 20, "the owner is let down again");
	}
	is_int(futex(&word, UNLOCK_PI, 0, NULL, NULL, 0), -EPERM, "another's lock");
	finish(&owner);
	is_int(word, 0, "the owner's unlocking finds nobody");
}

static volatile int signals;

static void on_signal(int signo)
{
	(void)signo;
	signals++;
}

static void interrupted(void)
{
	static word_t word;
	struct player waiter;
	struct sigaction act = {.sa_handler = on_signal};

	sigaction(SIGUSR1, &act, NULL);
	must(futex(&word, LOCK_PI, 0, NULL, NULL, 0) == 0);
	begin(&waiter, &word, NULL, 0);
	while (!(word & WAITERS))
		sleep_ms(2);
	wait_state(waiter.tid, 'S');
	for (int i = 1; i <= 3; i++) {
		must(raw(SYS_tgkill, getpid(), waiter.tid, SIGUSR1) == 0);
		while (signals < i)
			sleep_ms(2);
		wait_state(waiter.tid, 'S');
	}
	ok(!waiter.has_it, "a signal's handler runs, and the wait goes on");
	must(futex(&word, UNLOCK_PI, 0, NULL, NULL, 0) == 0);
	await(&waiter.has_it);
	finish(&waiter);
}

/* Two processes, one word in shared memory; the owner is in the other one. */
static void processes(int kind)
{
	volatile int *flags;
	word_t *word;
	pid_t pid;

	if (kind == 0) {
		flags = map_shared(1);
	} else {
		int fd = open("shared", O_RDWR | O_CREAT, 0600);
		must(fd >= 0 && ftruncate(fd, PAGE) == 0);
		flags = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		must(flags != MAP_FAILED);
	}
	word = (word_t *)flags + 16;
	if (in_child(&pid)) {
		must(futex(word, LOCK_PI, 0, NULL, NULL, 0) == 0);
		flags[0] = 1;
		while (!flags[1])
			sleep_ms(2);
		_exit(futex(word, UNLOCK_PI, 0, NULL, NULL, 0) == 0 ? 0 : 1);
	}
	await(&flags[0]);
	pid_t waiter;
	if (in_child(&waiter)) {
		become_rt(70);
		must(futex(word, LOCK_PI, 0, NULL, NULL, 0) == 0);
		_exit(futex(word, UNLOCK_PI, 0, NULL, NULL, 0) == 0 ? 0 : 1);
	}
	is_priority(pid, -71, "a waiter in another process lifts the owner");
	flags[1] = 1;
	is_exited(pid, 0, "the owner");
	is_exited(waiter, 0, "the waiter");
	is_int(*word, 0, "the word is free");
}

static void shared_anonymous(void)
{
	processes(0);
}

static void shared_file(void)
{
	processes(1);
}

static word_t death_word;

static int lock_and_end(void *unused)
{
	(void)unused;
	futex(&death_word, LOCK_PI, 0, NULL, NULL, 0);
	while (!(death_word & WAITERS))
		sleep_ms(2);
	sleep_ms(20);
	return 0;
}

/* Without a robust list: who waits is told all the same. */
static void death(void)
{
	struct thread t;

	must(thread_start(&t, lock_and_end, NULL) > 0);
	while (!death_word)
		sleep_ms(2);
	is_int(futex(&death_word, LOCK_PI, 0, NULL, NULL, 0), 0, "the lock of one that ends goes to who waits");
	is_int(death_word, my_tid() | OWNER_DIED | WAITERS, "with a mark");
	thread_join(&t);
	is_int(futex(&death_word, UNLOCK_PI, 0, NULL, NULL, 0), 0, "it can be unlocked");
	is_int(death_word, 0, "and is free");
}

struct robust {
	struct {
		void *next;
	} head;
	long offset;
	void *pending;
};

struct robust_lock {
	void *next;
	word_t word;
};

/* An owner with a robust list of PI futexes ends with somebody waiting, and without. */
static void robust(void)
{
	struct robust_lock *locks = map_shared(1);
	volatile int *flag = (volatile int *)(locks + 8);
	pid_t pid;

	if (in_child(&pid)) {
		static struct robust list;
		list.head.next = (void *)((long)&locks[0] | 1);
		list.offset = offsetof(struct robust_lock, word);
		locks[0].next = (void *)((long)&locks[1] | 1);
		locks[1].next = &list;
		must(raw(SYS_set_robust_list, &list, sizeof(list)) == 0);
		must(futex(&locks[0].word, LOCK_PI, 0, NULL, NULL, 0) == 0);
		must(futex(&locks[1].word, LOCK_PI, 0, NULL, NULL, 0) == 0);
		*flag = 1;
		while (!(locks[0].word & WAITERS))
			sleep_ms(2);
		sleep_ms(20);
		kill(getpid(), SIGKILL);
	}
	await(flag);
	is_int(futex(&locks[0].word, LOCK_PI, 0, NULL, NULL, 0), 0, "who waits gets the lock of a killed owner");
	is_int(locks[0].word & (OWNER_DIED | TID_MASK), my_tid() | OWNER_DIED, "with a mark");
	is_killed(pid, SIGKILL, "the owner");
	is_int(locks[1].word, OWNER_DIED, "one without a waiter is marked");
	is_int(futex(&locks[1].word, LOCK_PI, 0, NULL, NULL, 0), 0, "and can be locked");
	is_int(locks[1].word, my_tid() | OWNER_DIED, "the mark stays");
	is_int(futex(&locks[0].word, UNLOCK_PI, 0, NULL, NULL, 0), 0, "unlocked");
}

static word_t plain;

static int plain_wait(void *unused)
{
	(void)unused;
	while (futex(&plain, 0, 0, NULL, NULL, 0) == 0 && !plain)
		;
	return 0;
}

/* Plain operations on a PI futex, and the other way round. */
static void mixed(void)
{
	static word_t word, other;
	struct player waiter;
	struct thread t;

	must(futex(&word, LOCK_PI, 0, NULL, NULL, 0) == 0);
	begin(&waiter, &word, NULL, 0);
	while (!(word & WAITERS))
		sleep_ms(2);
	wait_state(waiter.tid, 'S');
	is_int(futex(&word, 1, 1, NULL, NULL, 0), -EINVAL, "a plain wake-up of PI waiters");
	is_int(futex(&word, 3, 1, (void *)1, &other, 0), -EINVAL, "a plain requeueing of them");
	must(futex(&word, UNLOCK_PI, 0, NULL, NULL, 0) == 0);
	finish(&waiter);
	must(thread_start(&t, plain_wait, NULL) > 0);
	wait_state(t.tid, 'S');
	is_int(futex(&plain, LOCK_PI, 0, NULL, NULL, 0), -EINVAL, "a PI lock where plain waiters are");
	plain = my_tid();
	is_int(futex(&plain, UNLOCK_PI, 0, NULL, NULL, 0), -EINVAL, "and unlocking there");
	is_int(futex(&plain, 1, 1, NULL, NULL, 0), 1, "the plain waiter");
	thread_join(&t);
}

static word_t crowd_word;
static long crowd_sum;

static int crowd(void *p)
{
	unsigned me = my_tid();

	(void)p;
	for (int i = 0; i < 1500; i++) {
		unsigned nobody = 0, mine = me;
		if (!__atomic_compare_exchange_n(&crowd_word, &nobody, me, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) &&
		    futex(&crowd_word, LOCK_PI | PRIVATE, 0, NULL, NULL, 0))
			return 1;
		long sum = crowd_sum;
		if (i % 16 == 0)
			raw(SYS_sched_yield);
		crowd_sum = sum + 1;
		if (!__atomic_compare_exchange_n(&crowd_word, &mine, 0, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST) &&
		    futex(&crowd_word, UNLOCK_PI | PRIVATE, 0, NULL, NULL, 0))
			return 1;
	}
	return 0;
}

static void exclusion(void)
{
	struct thread t[6];

	for (int i = 0; i < 6; i++)
		must(thread_start(&t[i], crowd, NULL) > 0);
	for (int i = 0; i < 6; i++)
		thread_join(&t[i]);
	is_int(crowd_sum, 6 * 1500, "six threads add under a PI lock");
	is_int(crowd_word, 0, "which is free in the end");
}

static const struct tap_case cases[] = {
	{"words", words, 0},
	{"lending", lending, 0},
	{"changes", changes, 0},
	{"chain", chain, 0},
	{"timeouts", timeouts, 0},
	{"interrupted", interrupted, 0},
	{"shared_anonymous", shared_anonymous, 0},
	{"shared_file", shared_file, 0},
	{"death", death, 0},
	{"robust", robust, 0},
	{"mixed", mixed, 0},
	{"exclusion", exclusion, 0},
};

TAP_MAIN(cases)
