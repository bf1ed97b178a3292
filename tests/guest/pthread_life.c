/*
 * Lives of POSIX threads: made, joined, detached, ended; what each has of its own; fork, exec, exit and changes of
 * users in a process of many.
 */
#include "posix_threads.h"

#include <sys/resource.h>
#include <sys/wait.h>

#define MANY 60

static void *same(void *p)
{
	return p;
}

static void *ends_itself(void *p)
{
	pthread_exit((char *)p + 1);
}

static void create_join(void)
{
	pthread_t threads[MANY];
	long sum = 0;

	is_int((long)join(start(same, (void *)42)), 42, "what it returns");
	is_int((long)join(start(ends_itself, (void *)42)), 43, "what it ends with");
	for (long i = 0; i < MANY; i++)
		threads[i] = start(same, (void *)i);
	for (int i = 0; i < MANY; i++)
		sum += (long)join(threads[i]);
	is_int(sum, MANY * (MANY - 1) / 2, "many");
	for (long i = 0; i < 500; i++)
		sum += (long)join(start(same, (void *)1L));
	is_int(sum, MANY * (MANY - 1) / 2 + 500, "one after another");
	/* join returns when a thread's last word is written, a moment before it has left the process. */
	while (proc_number("/proc/self/status", "Threads") != 1)
		sleep_ms(1);
	is_int(proc_number("/proc/self/status", "Threads"), 1, "one is left");
}

static volatile int detached_count;

static void *detached(void *p)
{
	if (p)
		pthread_detach(pthread_self());
	add(&detached_count, 1);
	return NULL;
}

static void detach(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int state;

	must(pthread_attr_init(&attributes) == 0);
	must(pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) == 0);
	for (int i = 0; i < MANY; i++) {
		must(pthread_create(&thread, i % 3 ? NULL : &attributes, detached, (void *)(long)(i % 3 == 1)) == 0);
		if (i % 3 == 2)
			must(pthread_detach(thread) == 0);
	}
	wait_flag(&detached_count, MANY);
	for (int i = 0; i < 5000 && proc_number("/proc/self/status", "Threads") > 1; i++)
		sleep_ms(2);
	is_int(proc_number("/proc/self/status", "Threads"), 1, "all have gone, though nobody joined them");
	must(pthread_attr_getdetachstate(&attributes, &state) == 0);
	is_int(state, PTHREAD_CREATE_DETACHED, "the attribute is told");
}

/* ---- stacks ---- */

static char *stack_base;

static void *looks_at_stack(void *p)
{
	char here;

	(void)p;
	return (void *)(long)(&here >= stack_base && &here < stack_base + 256 * PAGE);
}

static int deeper(int depth)
{
	volatile char room[1024];

	room[depth % 1024] = (char)depth;
	return depth > 1 << 20 ? 0 : deeper(depth + 1) + room[depth % 1024];
}

static void *overflows(void *p)
{
	return (void *)(long)deeper((int)(long)p);
}

static void stacks(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	size_t bytes;
	void *base;
	pid_t pid;

	stack_base = map_pages(256);
	must(pthread_attr_init(&attributes) == 0 && pthread_attr_setstack(&attributes, stack_base, 256 * PAGE) == 0);
	must(pthread_attr_getstack(&attributes, &base, &bytes) == 0);
	ok(base == stack_base && bytes == 256 * PAGE, "the stack is told");
	must(pthread_create(&thread, &attributes, looks_at_stack, NULL) == 0);
	is_int((long)join(thread), 1, "it runs on the stack that it was given");
	if (in_child(&pid)) {
		struct rlimit none = {0, 0};

		setrlimit(RLIMIT_CORE, &none);
		join(start(overflows, NULL));
		_exit(0);
	}
	is_killed(pid, SIGSEGV, "a stack that overflows meets its guard");
}

/* ---- what is each one's own ---- */

static __thread long own = 7;
static pthread_key_t key, chain_key;
static volatile int destroyed, destroyed_again;

static void destroy(void *p)
{
	add(&destroyed, (int)(long)p);
}

/* One that sets its key anew is called again, as often as PTHREAD_DESTRUCTOR_ITERATIONS says, at least. */
static void destroy_again(void *p)
{
	add(&destroyed_again, 1);
	if ((long)p > 1)
		pthread_setspecific(chain_key, (char *)p - 1);
}

static void *with_keys(void *p)
{
	if (own != 7 || pthread_getspecific(key))
		return NULL;
	own = (long)p;
	pthread_setspecific(key, p);
	pthread_setspecific(chain_key, (void *)3);
	sleep_ms(2);
	return own == (long)p && pthread_getspecific(key) == p ? p : NULL;
}

static void keys(void)
{
	pthread_t threads[20];
	long sum = 0;

	must(pthread_key_create(&key, destroy) == 0 && pthread_key_create(&chain_key, destroy_again) == 0);
	for (long i = 0; i < 20; i++)
		threads[i] = start(with_keys, (void *)(i + 1));
	for (int i = 0; i < 20; i++)
		sum += (long)join(threads[i]);
	is_int(sum, 210, "each has its own");
	is_int(destroyed, 210, "whose destructors ran at its end");
	is_int(destroyed_again, 60, "once more for who sets it anew");
	is_int(own, 7, "the first thread's is as it was");
	is_int(pthread_key_delete(key), 0, "a key is deleted");
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static volatile int once_count;

static void first_time(void)
{
	sleep_ms(20);
	add(&once_count, 1);
}

static void *calls_once(void *p)
{
	(void)p;
	pthread_once(&once, first_time);
	return (void *)(long)once_count;
}

static void only_once(void)
{
	pthread_t threads[10];
	long seen = 0;

	for (int i = 0; i < 10; i++)
		threads[i] = start(calls_once, NULL);
	for (int i = 0; i < 10; i++)
		seen += (long)join(threads[i]);
	is_int(once_count, 1, "the function ran once");
	is_int(seen, 10, "before anybody went on");
}

/* ---- signals ---- */

static volatile int received_by[4];
static __thread int my_number = -1;

static void note(int signo)
{
	(void)signo;
	if (my_number >= 0)
		add(&received_by[my_number], 1);
}

static volatile int ready, go;

static void *takes_signals(void *p)
{
	my_number = (int)(long)p;
	add(&ready, 1);
	while (!go)
		sleep_ms(1);
	return NULL;
}

static void *waits_for_signal(void *p)
{
	int signo = 0;

	add(&ready, 1);
	must(sigwait(p, &signo) == 0);
	return (void *)(long)signo;
}

static void directed(void)
{
	struct sigaction action = {.sa_handler = note};
	pthread_t threads[4], waiter;
	sigset_t set;

	must(sigaction(SIGUSR1, &action, NULL) == 0);
	for (long i = 0; i < 4; i++)
		threads[i] = start(takes_signals, (void *)i);
	wait_flag(&ready, 4);
	for (int i = 0; i < 4; i++) {
		must(pthread_kill(threads[i], SIGUSR1) == 0);
		for (int n = 0; n < 5000 && !received_by[i]; n++)
			sleep_ms(1);
		is_int(received_by[i], 1, "thread %d gets what is sent to it", i);
	}
	is_int(received_by[0] + received_by[1] + received_by[2] + received_by[3], 4, "and nobody else");
	set_flag(&go, 1);
	for (int i = 0; i < 4; i++)
		join(threads[i]);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	must(pthread_sigmask(SIG_BLOCK, &set, NULL) == 0);
	waiter = start(waits_for_signal, &set);
	wait_flag(&ready, 5);
	must(kill(getpid(), SIGUSR2) == 0);
	is_int((long)join(waiter), SIGUSR2, "one that waits takes the process's signal");
	is_int(pthread_kill(pthread_self(), 0), 0, "signal 0");
	is_int(pthread_kill(pthread_self(), 1000), EINVAL, "no such signal");
}

/* ---- the whole process ---- */

static void *waits(void *p)
{
	(void)p;
	add(&ready, 1);
	for (;;)
		pause();
	return NULL;
}

static void *spins(void *p)
{
	(void)p;
	add(&ready, 1);
	for (;;)
		__asm__ volatile("pause");
	return NULL;
}

static void begin_many(int count)
{
	ready = 0;
	for (int i = 0; i < count; i++)
		pthread_detach(start(i % 4 ? waits : spins, NULL));
	wait_flag(&ready, count);
}

static void *exits(void *p)
{
	exit((int)(long)p);
}

static void *executes(void *p)
{
	char *arguments[] = {"/bin/sh", "-c", "test $$ = $PID && exit 9", NULL}, pid[32];
	char *environment[] = {pid, NULL};

	(void)p;
	snprintf(pid, sizeof(pid), "PID=%d", (int)getpid());
	execve(arguments[0], arguments, environment);
	_exit(99);
}

static void *leaves_last(void *p)
{
	sleep_ms(30);
	exit((int)(long)p);
}

static void ends(void)
{
	pid_t pid;

	if (in_child(&pid)) {
		begin_many(12);
		return exit(5);
	}
	is_exited(pid, 5, "exit by the first of many threads");
	if (in_child(&pid)) {
		begin_many(12);
		start(exits, (void *)6);
		for (;;)
			pause();
	}
	is_exited(pid, 6, "by another");
	if (in_child(&pid)) {
		begin_many(12);
		start(executes, NULL);
		for (;;)
			pause();
	}
	is_exited(pid, 9, "execve by another than the first keeps the pid");
	if (in_child(&pid)) {
		start(leaves_last, (void *)7);
		pthread_exit(NULL);
	}
	is_exited(pid, 7, "the first thread may end before others");
#ifdef __GLIBC__
	/* musl's last two threads may wait for each other for ever in a child of fork. */
	if (in_child(&pid)) {
		start(same, NULL);
		pthread_exit(NULL);
	}
	is_exited(pid, 0, "with the last thread the process ends");
#endif
	if (in_child(&pid)) {
		begin_many(12);
		raise(SIGKILL);
	}
	is_killed(pid, SIGKILL, "a signal ends all");
}

static volatile int prepared, after_in_parent, after_in_child;

static void prepare(void)
{
	prepared++;
}
static void in_parent(void)
{
	after_in_parent++;
}
static void in_new(void)
{
	after_in_child++;
}

static void forks(void)
{
	pid_t pid;

	must(pthread_atfork(prepare, in_parent, in_new) == 0);
	begin_many(8);
	if (in_child(&pid)) {
		long threads = proc_number("/proc/self/status", "Threads");

		_exit(threads == 1 && prepared == 1 && after_in_child == 1 && join(start(same, (void *)3)) ? 0 : 1);
	}
	is_exited(pid, 0, "a child has one thread, and can make others");
	is_int(prepared * 10 + after_in_parent, 11, "handlers ran here too");
}

static volatile long uids[8];

static void *tells_uid(void *p)
{
	long i = (long)p;

	add(&ready, 1);
	while (!go)
		sleep_ms(1);
	uids[i] = raw(SYS_geteuid) * 10000 + raw(SYS_getegid);
	return NULL;
}

/* Credentials are each thread's in the kernel; the C library changes those of all. */
static void users(void)
{
	pthread_t threads[8];

	if (getuid() != 0) {
		skip("users", "of root alone");
		return;
	}
	for (long i = 0; i < 8; i++)
		threads[i] = start(tells_uid, (void *)i);
	wait_flag(&ready, 8);
	is_int(setgid(4321), 0, "setgid");
	is_int(setuid(1234), 0, "setuid");
	set_flag(&go, 1);
	for (int i = 0; i < 8; i++) {
		join(threads[i]);
		is_int(uids[i], 12344321, "of thread %d", i);
	}
	fails(setuid(0), EPERM, "there is no way back");
}

static const struct tap_case cases[] = {
	{"create_join", create_join, 0},
	{"detach", detach, 0},
	{"stacks", stacks, 0},
	{"keys", keys, 0},
	{"only_once", only_once, 0},
	{"directed", directed, 0},
	{"ends", ends, 0},
	{"forks", forks, 0},
	{"users", users, 0},
};

TAP_MAIN(cases)
