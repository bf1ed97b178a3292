/*
 * What POSIX threads wait for: conditions by each clock, barriers, spin locks, semaphores, within a process and between
 * processes.
 */
#include "posix_threads.h"

#include <semaphore.h>
#include <sys/time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static volatile int waiting, woken, is_told;

static void *waits(void *p)
{
	(void)p;
	must(pthread_mutex_lock(&mutex) == 0);
	waiting++;
	while (!is_told)
		must(pthread_cond_wait(&condition, &mutex) == 0);
	is_told--;
	woken++;
	must(pthread_mutex_unlock(&mutex) == 0);
	return NULL;
}

static void tell(int count, int all)
{
	must(pthread_mutex_lock(&mutex) == 0);
	is_told += count;
	must((all ? pthread_cond_broadcast(&condition) : pthread_cond_signal(&condition)) == 0);
	must(pthread_mutex_unlock(&mutex) == 0);
}

static void conditions(void)
{
	pthread_t threads[12];

	for (int i = 0; i < 12; i++)
		threads[i] = start(waits, NULL);
	wait_flag(&waiting, 12);
	for (int i = 1; i <= 4; i++) {
		tell(1, 0);
		wait_flag(&woken, i);
	}
	sleep_ms(10);
	is_int(woken, 4, "each signal lets one go on");
	tell(8, 1);
	for (int i = 0; i < 12; i++)
		join(threads[i]);
	is_int(woken, 12, "a broadcast all");
	is_int(pthread_cond_destroy(&condition), 0, "nobody is left");
}

/* The time-out of a wait by this clock: not before its time, and with the mutex in hand. */
static void by_clock(clockid_t clock, const char *name)
{
	pthread_condattr_t attributes;
	pthread_cond_t own;
	struct timespec until;
	int64_t begin;
	clockid_t told;

	must(pthread_condattr_init(&attributes) == 0);
	is_int(pthread_condattr_setclock(&attributes, clock), 0, "%s", name);
	must(pthread_condattr_getclock(&attributes, &told) == 0 && told == clock);
	must(pthread_cond_init(&own, &attributes) == 0 && pthread_mutex_lock(&mutex) == 0);
	until = in_ms(clock, -1000);
	is_int(pthread_cond_timedwait(&own, &mutex, &until), ETIMEDOUT, "a time in the past");
	until = in_ms(clock, 30);
	begin = now_ns();
	while (pthread_cond_timedwait(&own, &mutex, &until) == 0)
		;
	ok(now_ns() - begin >= 29000000, "a time to come is waited for");
	is_int(pthread_mutex_trylock(&mutex), EBUSY, "the mutex is held then");
	until.tv_nsec = 1000000000;
	is_int(pthread_cond_timedwait(&own, &mutex, &until), EINVAL, "a second of nanoseconds");
	must(pthread_mutex_unlock(&mutex) == 0 && pthread_cond_destroy(&own) == 0);
}

static void clocks(void)
{
	pthread_condattr_t attributes;

	by_clock(CLOCK_REALTIME, "CLOCK_REALTIME");
	by_clock(CLOCK_MONOTONIC, "CLOCK_MONOTONIC");
	must(pthread_condattr_init(&attributes) == 0);
	is_int(pthread_condattr_setclock(&attributes, CLOCK_PROCESS_CPUTIME_ID), EINVAL, "no clock of processor time");
}

/* ---- a queue between many ---- */

#define ITEMS 3000

static int items[8];
static volatile int item_count, made, used;
static volatile long made_sum, used_sum;
static pthread_cond_t has_room = PTHREAD_COND_INITIALIZER, has_items = PTHREAD_COND_INITIALIZER;

static void *produces(void *p)
{
	(void)p;
	for (;;) {
		pthread_mutex_lock(&mutex);
		while (item_count == 8)
			pthread_cond_wait(&has_room, &mutex);
		if (made == ITEMS) {
			pthread_mutex_unlock(&mutex);
			return NULL;
		}
		items[item_count++] = ++made;
		made_sum += made;
		pthread_cond_signal(&has_items);
		pthread_mutex_unlock(&mutex);
	}
}

static void *consumes(void *p)
{
	(void)p;
	for (;;) {
		pthread_mutex_lock(&mutex);
		while (!item_count && used < ITEMS)
			pthread_cond_wait(&has_items, &mutex);
		if (used == ITEMS) {
			pthread_cond_broadcast(&has_items);
			pthread_cond_broadcast(&has_room);
			pthread_mutex_unlock(&mutex);
			return NULL;
		}
		used_sum += items[--item_count];
		used++;
		pthread_cond_signal(&has_room);
		pthread_mutex_unlock(&mutex);
	}
}

static void queue(void)
{
	pthread_t threads[6];

	for (int i = 0; i < 6; i++)
		threads[i] = start(i % 2 ? produces : consumes, NULL);
	for (int i = 0; i < 6; i++)
		join(threads[i]);
	is_int(used, ITEMS, "all that three have made, three others have got");
	is_int(used_sum, made_sum, "each once");
}

static void shared_condition(void)
{
	struct {
		pthread_mutex_t mutex;
		pthread_cond_t condition;
		int turn;
	} *both = map_shared(1);
	pthread_mutexattr_t m;
	pthread_condattr_t c;
	pid_t pid;

	must(pthread_mutexattr_init(&m) == 0 && pthread_mutexattr_setpshared(&m, PTHREAD_PROCESS_SHARED) == 0);
	must(pthread_condattr_init(&c) == 0 && pthread_condattr_setpshared(&c, PTHREAD_PROCESS_SHARED) == 0);
	must(pthread_mutex_init(&both->mutex, &m) == 0 && pthread_cond_init(&both->condition, &c) == 0);
	int is_child = in_child(&pid);
	for (int i = 0; i < 300; i++) {
		pthread_mutex_lock(&both->mutex);
		while (both->turn != is_child)
			pthread_cond_wait(&both->condition, &both->mutex);
		both->turn = !is_child;
		pthread_cond_signal(&both->condition);
		pthread_mutex_unlock(&both->mutex);
	}
	if (is_child)
		_exit(0);
	is_exited(pid, 0, "two processes take turns by a condition");
}

/* ---- barriers ---- */

static pthread_barrier_t barrier;
static volatile int serial, steps[5], out_of_step;

static void *goes_by_steps(void *p)
{
	long number = (long)p;

	for (int i = 0; i < 100; i++) {
		steps[number] = i;
		int result = pthread_barrier_wait(&barrier);
		if (result == PTHREAD_BARRIER_SERIAL_THREAD)
			add(&serial, 1);
		else if (result)
			out_of_step = 1;
		for (int k = 0; k < 5; k++) {
			if (steps[k] != i)
				out_of_step = 1;
		}
		pthread_barrier_wait(&barrier);
	}
	return NULL;
}

static void barriers(void)
{
	struct {
		pthread_barrier_t barrier;
		volatile int count;
	} *both = map_shared(1);
	pthread_barrierattr_t a;
	pthread_t threads[5];
	pid_t pid[3];

	is_int(pthread_barrier_init(&barrier, NULL, 0), EINVAL, "a barrier for nobody");
	must(pthread_barrier_init(&barrier, NULL, 5) == 0);
	for (long i = 0; i < 5; i++)
		threads[i] = start(goes_by_steps, (void *)i);
	for (int i = 0; i < 5; i++)
		join(threads[i]);
	is_int(out_of_step, 0, "nobody goes on before all have come");
	is_int(serial, 100, "one each time is told that it is the one");
	is_int(pthread_barrier_destroy(&barrier), 0, "it ends");
	must(pthread_barrierattr_init(&a) == 0 && pthread_barrierattr_setpshared(&a, PTHREAD_PROCESS_SHARED) == 0);
	must(pthread_barrier_init(&both->barrier, &a, 3) == 0);
	for (int i = 0; i < 3; i++) {
		if (!in_child(&pid[i]))
			continue;
		for (int n = 1; n <= 50; n++) {
			add(&both->count, 1);
			pthread_barrier_wait(&both->barrier);
			must(both->count == 3 * n);
			pthread_barrier_wait(&both->barrier);
		}
		_exit(0);
	}
	for (int i = 0; i < 3; i++)
		is_exited(pid[i], 0, "process %d goes by steps with others", i);
}

/* ---- spin locks ---- */

static pthread_spinlock_t spin;
static volatile long spin_sum;

static void *spins(void *p)
{
	(void)p;
	for (int i = 0; i < 3000; i++) {
		must(pthread_spin_lock(&spin) == 0);
		spin_sum++;
		must(pthread_spin_unlock(&spin) == 0);
	}
	return NULL;
}

static void spin_locks(void)
{
	pthread_t threads[3];

	must(pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE) == 0);
	must(pthread_spin_lock(&spin) == 0);
	is_int(pthread_spin_trylock(&spin), EBUSY, "taken");
	must(pthread_spin_unlock(&spin) == 0);
	for (int i = 0; i < 3; i++)
		threads[i] = start(spins, NULL);
	for (int i = 0; i < 3; i++)
		join(threads[i]);
	is_int(spin_sum, 9000, "three add under a spin lock");
}

/* ---- semaphores ---- */

static sem_t semaphore;
static volatile int taken_count;

static void *takes(void *p)
{
	for (int i = 0; i < (int)(long)p; i++) {
		while (sem_wait(&semaphore) != 0)
			;
		add(&taken_count, 1);
	}
	return NULL;
}

static void on_signal(int signo)
{
	(void)signo;
}

static void semaphores(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	struct timespec until = in_ms(CLOCK_REALTIME, 30);
	pthread_t threads[4];
	int64_t begin = now_ns();
	int value = -1;

	must(sem_init(&semaphore, 0, 2) == 0 && sem_getvalue(&semaphore, &value) == 0);
	is_int(value, 2, "two at first");
	is_int(sem_wait(&semaphore), 0, "one is taken");
	is_int(sem_trywait(&semaphore), 0, "the other");
	fails(sem_trywait(&semaphore), EAGAIN, "no more");
	fails(sem_timedwait(&semaphore, &until), ETIMEDOUT, "until a time");
	ok(now_ns() - begin >= 29000000, "that is waited for");
	until.tv_nsec = -1;
	fails(sem_timedwait(&semaphore, &until), EINVAL, "a bad time");
	for (int i = 0; i < 4; i++)
		threads[i] = start(takes, (void *)500);
	for (int i = 0; i < 2000; i++) {
		must(sem_post(&semaphore) == 0);
		if (i % 100 == 0)
			sched_yield();
	}
	for (int i = 0; i < 4; i++)
		join(threads[i]);
	is_int(taken_count, 2000, "what is posted is taken");
	must(sem_getvalue(&semaphore, &value) == 0);
	is_int(value, 0, "all of it");
	must(sem_destroy(&semaphore) == 0 && sem_init(&semaphore, 0, 0x7fffffff) == 0);
	fails(sem_post(&semaphore), EOVERFLOW, "more than there can be");
	fails(sem_init(&semaphore, 0, 0x80000000u), EINVAL, "or at first");
	must(sem_init(&semaphore, 0, 0) == 0 && sigaction(SIGALRM, &action, NULL) == 0);
	struct itimerval soon = {{0, 0}, {0, 20000}};
	must(setitimer(ITIMER_REAL, &soon, NULL) == 0);
	fails(sem_wait(&semaphore), EINTR, "a signal ends a wait");
}

static void shared_semaphores(void)
{
	sem_t *both = map_shared(1), *named;
	pid_t pid;

	must(sem_init(both, 1, 0) == 0 && sem_init(both + 1, 1, 0) == 0);
	int is_child = in_child(&pid);
	for (int i = 0; i < 300; i++) {
		must(sem_post(both + is_child) == 0);
		while (sem_wait(both + !is_child) != 0)
			;
	}
	if (is_child)
		_exit(0);
	is_exited(pid, 0, "two processes take turns by semaphores");
	sem_unlink("/namu-test");
	named = sem_open("/namu-test", O_CREAT | O_EXCL, 0600, 0);
	must(named != SEM_FAILED);
	ok(sem_open("/namu-test", O_CREAT | O_EXCL, 0600, 0) == SEM_FAILED && errno == EEXIST,
	   "one of that name is there");
	if (in_child(&pid)) {
		sem_t *found = sem_open("/namu-test", 0);
		must(found != SEM_FAILED);
		_exit(sem_post(found));
	}
	is_exited(pid, 0, "found by name");
	is_int(sem_trywait(named), 0, "it is the same");
	is_int(sem_unlink("/namu-test"), 0, "the name goes");
	ok(sem_open("/namu-test", 0) == SEM_FAILED && errno == ENOENT, "for all");
}

static const struct tap_case cases[] = {
	{"conditions", conditions, 0}, {"clocks", clocks, 0},
	{"queue", queue, 0},           {"shared_condition", shared_condition, 0},
	{"barriers", barriers, 0},     {"spin_locks", spin_locks, 0},
	{"semaphores", semaphores, 0}, {"shared_semaphores", shared_semaphores, 0},
};

TAP_MAIN(cases)
