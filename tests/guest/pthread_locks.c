/*
 * Mutexes and read-write locks of POSIX threads, of every type, within a process and between processes.
 */
#include "posix_threads.h"

#define ROUNDS 2000

static pthread_mutex_t mutex;

static void make_mutex(pthread_mutex_t *m, int type, int robust, int shared, int protocol)
{
	pthread_mutexattr_t a;

	must(pthread_mutexattr_init(&a) == 0 && pthread_mutexattr_settype(&a, type) == 0);
	must(pthread_mutexattr_setrobust(&a, robust) == 0 && pthread_mutexattr_setpshared(&a, shared) == 0);
	must(pthread_mutexattr_setprotocol(&a, protocol) == 0);
	must(pthread_mutex_init(m, &a) == 0);
}

static void make_plain(int type)
{
	make_mutex(&mutex, type, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE, PTHREAD_PRIO_NONE);
}

/* Who else asks: what trylock says. */
static void *tries(void *p)
{
	int error = pthread_mutex_trylock(p);

	if (!error)
		pthread_mutex_unlock(p);
	return (void *)(long)error;
}

static void *unlocks(void *p)
{
	return (void *)(long)pthread_mutex_unlock(p);
}

static long tried_by_another(void)
{
	return (long)join(start(tries, &mutex));
}

static void types(void)
{
	make_plain(PTHREAD_MUTEX_NORMAL);
	is_int(pthread_mutex_lock(&mutex), 0, "a normal one is locked");
	is_int(pthread_mutex_trylock(&mutex), EBUSY, "once");
	is_int(tried_by_another(), EBUSY, "others do not get it");
	is_int(pthread_mutex_unlock(&mutex), 0, "unlocked");
	is_int(tried_by_another(), 0, "others get it");
	make_plain(PTHREAD_MUTEX_RECURSIVE);
	for (int i = 0; i < 5; i++)
		is_int(i % 2 ? pthread_mutex_lock(&mutex) : pthread_mutex_trylock(&mutex), 0, "recursive, %d", i);
	is_int((long)join(start(unlocks, &mutex)), EPERM, "another may not unlock it");
	for (int i = 0; i < 5; i++) {
		is_int(tried_by_another(), EBUSY, "held %d times", 5 - i);
		is_int(pthread_mutex_unlock(&mutex), 0, "unlocked");
	}
	is_int(tried_by_another(), 0, "free");
	make_plain(PTHREAD_MUTEX_ERRORCHECK);
	is_int(pthread_mutex_unlock(&mutex), EPERM, "checked: not locked");
	is_int(pthread_mutex_lock(&mutex), 0, "locked");
	is_int(pthread_mutex_lock(&mutex), EDEADLK, "twice");
	is_int(pthread_mutex_trylock(&mutex), EBUSY, "tried");
	is_int((long)join(start(unlocks, &mutex)), EPERM, "by another");
	is_int(pthread_mutex_unlock(&mutex), 0, "unlocked");
}

static void *times_out(void *p)
{
	struct timespec until = in_ms(CLOCK_REALTIME, 30);

	return (void *)(long)pthread_mutex_timedlock(p, &until);
}

static void timed(void)
{
	static const int protocols[] = {PTHREAD_PRIO_NONE, PTHREAD_PRIO_INHERIT};
	struct timespec until = in_ms(CLOCK_REALTIME, -10), bad = {0, -1};
	int64_t begin;

	for (int i = 0; i < 2; i++) {
		make_mutex(&mutex, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PROCESS_PRIVATE, protocols[i]);
		is_int(pthread_mutex_timedlock(&mutex, &bad), 0, "no time is looked at where it is free");
		begin = now_ns();
		is_int((long)join(start(times_out, &mutex)), ETIMEDOUT, "a time that is over");
		ok(now_ns() - begin >= 29000000, "is waited for");
		is_int(pthread_mutex_unlock(&mutex), 0, "unlocked");
		is_int(pthread_mutex_timedlock(&mutex, &until), 0, "one in the past, where it is free");
		is_int(pthread_mutex_unlock(&mutex), 0, "unlocked");
	}
}

/* ---- exclusion ---- */

static volatile long sum;

static void *adds(void *p)
{
	for (int i = 0; i < ROUNDS; i++) {
		long now;

		must(pthread_mutex_lock(p) == 0);
		now = sum;
		if (i % 64 == 0)
			sched_yield();
		sum = now + 1;
		must(pthread_mutex_unlock(p) == 0);
	}
	return NULL;
}

static void exclusion(void)
{
	static const struct {
		const char *name;
		int type, robust, protocol;
	} kinds[] = {
		{"normal", PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE},
		{"recursive", PTHREAD_MUTEX_RECURSIVE, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE},
		{"checking", PTHREAD_MUTEX_ERRORCHECK, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE},
		{"robust", PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE},
		{"inheriting", PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT},
		{"robust and inheriting", PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_INHERIT},
	};
	pthread_t threads[4];

	for (size_t kind = 0; kind < count_of(kinds); kind++) {
		make_mutex(&mutex, kinds[kind].type, kinds[kind].robust, PTHREAD_PROCESS_PRIVATE, kinds[kind].protocol);
		sum = 0;
		for (int i = 0; i < 4; i++)
			threads[i] = start(adds, &mutex);
		for (int i = 0; i < 4; i++)
			join(threads[i]);
		is_int(sum, 4 * ROUNDS, "four threads add under a mutex: %s", kinds[kind].name);
		is_int(pthread_mutex_destroy(&mutex), 0, "which is free in the end");
	}
}

/* ---- owners that die ---- */

static void *takes_and_ends(void *p)
{
	return (void *)(long)pthread_mutex_lock(p);
}

static void robust(int protocol)
{
	make_mutex(&mutex, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_PRIVATE, protocol);
	is_int((long)join(start(takes_and_ends, &mutex)), 0, "a thread ends with the lock");
	is_int(pthread_mutex_lock(&mutex), EOWNERDEAD, "the next hears of it");
	is_int(tried_by_another(), EBUSY, "and has it");
	is_int(pthread_mutex_consistent(&mutex), 0, "mended");
	is_int(pthread_mutex_unlock(&mutex), 0, "unlocked");
	is_int(pthread_mutex_consistent(&mutex), EINVAL, "there is nothing more to mend");
	is_int(tried_by_another(), 0, "as any other");
	join(start(takes_and_ends, &mutex));
	is_int(pthread_mutex_trylock(&mutex), EOWNERDEAD, "trylock hears of it too");
	is_int(pthread_mutex_unlock(&mutex), 0, "not mended");
	is_int(pthread_mutex_lock(&mutex), ENOTRECOVERABLE, "it is lost");
	is_int(tried_by_another(), ENOTRECOVERABLE, "for all");
}

static void robust_plain(void)
{
	robust(PTHREAD_PRIO_NONE);
}

static void robust_inheriting(void)
{
	robust(PTHREAD_PRIO_INHERIT);
}

static void between_processes(int protocol)
{
	struct {
		pthread_mutex_t mutex;
		volatile long sum;
		volatile int ready;
	} *both = map_shared(1);
	pid_t pid[3];

	make_mutex(&both->mutex, PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, PTHREAD_PROCESS_SHARED, protocol);
	for (int i = 0; i < 3; i++) {
		if (!in_child(&pid[i]))
			continue;
		for (int n = 0; n < ROUNDS; n++) {
			must(pthread_mutex_lock(&both->mutex) == 0);
			both->sum++;
			if (n % 64 == 0)
				sched_yield();
			must(pthread_mutex_unlock(&both->mutex) == 0);
		}
		_exit(0);
	}
	for (int i = 0; i < 3; i++)
		is_exited(pid[i], 0, "process %d", i);
	is_int(both->sum, 3 * ROUNDS, "three processes add under one mutex");
	/* Killed while it has the lock and another waits for that. */
	if (in_child(&pid[0])) {
		must(pthread_mutex_lock(&both->mutex) == 0);
		both->ready = 1;
		for (;;)
			pause();
	}
	wait_flag(&both->ready, 1);
	if (in_child(&pid[1])) {
		int error = pthread_mutex_lock(&both->mutex);

		must(error == EOWNERDEAD && pthread_mutex_consistent(&both->mutex) == 0);
		_exit(pthread_mutex_unlock(&both->mutex));
	}
	wait_state(pid[1], 'S');
	kill(pid[0], SIGKILL);
	is_killed(pid[0], SIGKILL, "the owner is killed");
	is_exited(pid[1], 0, "who waits gets the lock and hears of it");
	is_int(pthread_mutex_lock(&both->mutex), 0, "and leaves it whole");
}

static void shared_plain(void)
{
	between_processes(PTHREAD_PRIO_NONE);
}

static void shared_inheriting(void)
{
	between_processes(PTHREAD_PRIO_INHERIT);
}

/* ---- read-write locks ---- */

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static volatile int readers, most_readers, writers, wrong;

static void *reads_and_writes(void *p)
{
	long number = (long)p;

	for (int i = 0; i < 300; i++) {
		if ((i + number) % 5 == 0) {
			must(pthread_rwlock_wrlock(&rwlock) == 0);
			if (writers++ || readers)
				wrong = 1;
			if (i % 16 == 0)
				sched_yield();
			writers--;
		} else {
			must(pthread_rwlock_rdlock(&rwlock) == 0);
			add(&readers, 1);
			if (writers)
				wrong = 1;
			if (readers > most_readers)
				most_readers = readers;
			if (i % 4 == 0)
				sched_yield();
			add(&readers, -1);
		}
		must(pthread_rwlock_unlock(&rwlock) == 0);
	}
	return NULL;
}

static void *tries_to_write(void *p)
{
	struct timespec until = in_ms(CLOCK_REALTIME, 20);

	if (pthread_rwlock_trywrlock(p) != EBUSY)
		return (void *)1;
	return (void *)(long)(pthread_rwlock_timedwrlock(p, &until) == ETIMEDOUT ? 0 : 2);
}

static void *tries_to_read(void *p)
{
	struct timespec until = in_ms(CLOCK_REALTIME, 20);

	if (pthread_rwlock_tryrdlock(p) != EBUSY)
		return (void *)1;
	return (void *)(long)(pthread_rwlock_timedrdlock(p, &until) == ETIMEDOUT ? 0 : 2);
}

static void *reads_once(void *p)
{
	int error = pthread_rwlock_rdlock(p);

	return (void *)(long)(error ? error : pthread_rwlock_unlock(p));
}

static void read_write(void)
{
	pthread_t threads[6];

	must(pthread_rwlock_rdlock(&rwlock) == 0);
	is_int((long)join(start(reads_once, &rwlock)), 0, "two read");
	is_int((long)join(start(tries_to_write, &rwlock)), 0, "nobody writes then");
	must(pthread_rwlock_unlock(&rwlock) == 0);
	must(pthread_rwlock_wrlock(&rwlock) == 0);
	is_int((long)join(start(tries_to_write, &rwlock)), 0, "one writes, and no other");
	is_int((long)join(start(tries_to_read, &rwlock)), 0, "and nobody reads");
	must(pthread_rwlock_unlock(&rwlock) == 0);
	for (long i = 0; i < 6; i++)
		threads[i] = start(reads_and_writes, (void *)i);
	for (int i = 0; i < 6; i++)
		join(threads[i]);
	is_int(wrong, 0, "writers are alone (up to %d readers)", most_readers);
	is_int(pthread_rwlock_trywrlock(&rwlock), 0, "it is free in the end");
}

static void read_write_shared(void)
{
	struct {
		pthread_rwlock_t lock;
		volatile int ready;
	} *both = map_shared(1);
	pthread_rwlockattr_t a;
	pid_t pid;

	must(pthread_rwlockattr_init(&a) == 0 && pthread_rwlockattr_setpshared(&a, PTHREAD_PROCESS_SHARED) == 0);
	must(pthread_rwlock_init(&both->lock, &a) == 0 && pthread_rwlock_wrlock(&both->lock) == 0);
	if (in_child(&pid)) {
		both->ready = 1;
		must(pthread_rwlock_rdlock(&both->lock) == 0);
		_exit(both->ready == 2 ? 0 : 1);
	}
	wait_flag(&both->ready, 1);
	wait_state(pid, 'S');
	both->ready = 2;
	must(pthread_rwlock_unlock(&both->lock) == 0);
	is_exited(pid, 0, "a reader in another process waits for the writer");
}

static const struct tap_case cases[] = {
	{"types", types, 0},
	{"timed", timed, 0},
	{"exclusion", exclusion, 0},
	{"robust_plain", robust_plain, 0},
	{"robust_inheriting", robust_inheriting, 0},
	{"shared_plain", shared_plain, 0},
	{"shared_inheriting", shared_inheriting, 0},
	{"read_write", read_write, 0},
	{"read_write_shared", read_write_shared, 0},
};

TAP_MAIN(cases)
