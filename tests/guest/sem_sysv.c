/* System V semaphores: several operations at once, waiting, undoing, ends. */
#include "sem.h"

/* Until so many wait for a semaphore to grow (GETNCNT) or to be zero (GETZCNT). */
static void wait_count(int id, int number, int command, int count)
{
	for (int i = 0; i < 4000 && semctl(id, number, command) != count; i++)
		sleep_ms(5);
}

/* A child that does one operation and says by its status how that ended. */
static pid_t child_changes(int id, int number, int by, int flags)
{
	pid_t child;

	if (in_child(&child))
		_exit(change(id, number, by, flags));
	return child;
}

static void values(void)
{
	int id = make(3);
	unsigned short all[3] = {1, 2, 3};
	struct semid_ds status = status_of(id);

	is_int(status.sem_nsems, 3, "a set of three");
	is_int(status.sem_otime, 0, "never operated on");
	ok(status.sem_ctime != 0, "a time of change");
	is_int(value(id, 0) + value(id, 1) + value(id, 2), 0, "all are zero");
	is_int(semctl(id, 0, GETPID), 0, "changed by nobody");
	is_int(semctl(id, 0, SETALL, (union argument){.array = all}), 0, "SETALL");
	is_int(value(id, 2), 3, "each has its value");
	is_int(semctl(id, 2, GETPID), getpid(), "changed by us");
	is_int(status_of(id).sem_otime, 0, "which was no operation");
	memset(all, 0, sizeof(all));
	is_int(semctl(id, 0, GETALL, (union argument){.array = all}), 0, "GETALL");
	ok(all[0] == 1 && all[1] == 2 && all[2] == 3, "gives them back");
	set(id, 1, VALUE_MOST);
	is_int(change(id, 1, 1, 0), ERANGE, "no value is larger than SEMVMX");
	is_int(change(id, 1, -VALUE_MOST, 0), 0, "all of it is taken");
	is_int(value(id, 1), 0, "nothing is left");
	ok(status_of(id).sem_otime != 0, "an operation is noted");
	fails(semctl(id, 0, SETVAL, (union argument){.val = VALUE_MOST + 1}), ERANGE, "SETVAL above SEMVMX");
	fails(semctl(id, 0, SETVAL, (union argument){.val = -1}), ERANGE, "SETVAL below zero");
	all[1] = VALUE_MOST + 1;
	fails(semctl(id, 0, SETALL, (union argument){.array = all}), ERANGE, "SETALL above SEMVMX");
	is_int(value(id, 0), 1, "changes none");
	fails(semctl(id, 3, GETVAL), EINVAL, "there is no fourth");
	fails(semctl(id, -1, GETVAL), EINVAL, "nor one before the first");
	fails(semctl(id, 3, SETVAL, (union argument){.val = 1}), EINVAL, "nor can it be set");
	fails(semctl(id, 0, GETALL, (union argument){.array = NULL}), EFAULT, "no place for the answer");
	fails(semctl(id, 0, SETALL, (union argument){.array = NULL}), EFAULT, "nor values to be set");
	fails(semctl(id, 0, 99), EINVAL, "an unknown command");
	remove_it(id);
	fails(semctl(id, 0, GETVAL), EINVAL, "the id is gone");
	is_int(change(id, 0, 1, 0), EINVAL, "for operations too");
}

static void atomic(void)
{
	int id = make(2);
	struct sembuf both[2] = {{0, -1, IPC_NOWAIT}, {1, -1, IPC_NOWAIT}};
	struct sembuf twice[3] = {{0, 2, 0}, {0, -3, IPC_NOWAIT}, {0, 1, 0}};
	struct sembuf beyond[2] = {{0, 5, 0}, {1, VALUE_MOST, 0}};
	struct sembuf up[2] = {{0, 1, 0}, {0, 0, IPC_NOWAIT}};

	set(id, 0, 1);
	fails(semop(id, both, 2), EAGAIN, "one of two is not possible");
	is_int(value(id, 0), 1, "so the other is not done");
	set(id, 1, 1);
	is_int(semop(id, both, 2), 0, "both are");
	is_int(value(id, 0) + value(id, 1), 0, "and done");
	set(id, 0, 1);
	is_int(semop(id, twice, 3), 0, "operations on one semaphore follow each other");
	is_int(value(id, 0), 1, "each sees what those before it did");
	set(id, 1, 1);
	fails(semop(id, beyond, 2), ERANGE, "too large a value in the second");
	is_int(value(id, 0), 1, "leaves the first");
	fails(semop(id, up, 2), EAGAIN, "to wait for zero behind an increment");
	is_int(value(id, 0), 1, "takes that back");
	remove_it(id);
}

static void waiting(void)
{
	int id = make(2);
	pid_t a, b, c;
	struct timespec soon = {0, 20000000}, bad = {0, 1000000000};
	struct sembuf down = {0, -1, 0}, zero = {0, 0, 0};

	a = child_changes(id, 0, -1, 0);
	wait_count(id, 0, GETNCNT, 1);
	is_int(semctl(id, 0, GETNCNT), 1, "one waits for it to grow");
	b = child_changes(id, 0, -2, 0);
	wait_count(id, 0, GETNCNT, 2);
	is_int(semctl(id, 0, GETZCNT), 0, "none for zero");
	is_int(change(id, 0, 1, 0), 0, "one more");
	is_exited(a, 0, "the first has it");
	is_int(semctl(id, 0, GETNCNT), 1, "the second waits");
	is_int(value(id, 0), 0, "what was added is taken");
	is_int(semctl(id, 0, GETPID), a, "by the first");
	set(id, 0, 5);
	is_exited(b, 0, "SETVAL lets it go on");
	is_int(value(id, 0), 3, "with what it wanted");
	c = child_changes(id, 0, 0, 0);
	wait_count(id, 0, GETZCNT, 1);
	is_int(semctl(id, 0, GETZCNT), 1, "one waits for zero");
	is_int(change(id, 0, -3, 0), 0, "all is taken");
	is_exited(c, 0, "and zero is seen");
	fails(semtimedop(id, &down, 1, &soon), EAGAIN, "no longer than this");
	fails(semtimedop(id, &down, 1, &bad), EINVAL, "a bad time");
	fails(semtimedop(id, &zero, 1, &bad), EINVAL, "even when nothing has to be waited for");
	is_int(semtimedop(id, &zero, 1, &soon), 0, "zero at once");
	is_int(semctl(id, 0, GETNCNT), 0, "nobody waits any more");
	is_int(change(id, 0, -1, IPC_NOWAIT), EAGAIN, "IPC_NOWAIT");
	set(id, 0, 1);
	is_int(change(id, 0, 0, IPC_NOWAIT), EAGAIN, "IPC_NOWAIT for zero");
	remove_it(id);
}

/* Who can go on does, whoever came before; among those who can, the first. */
static void order(void)
{
	int id = make(2);
	struct sembuf both[2] = {{0, -1, 0}, {1, -1, 0}};
	pid_t large = child_changes(id, 0, -3, 0), small, pair;

	wait_count(id, 0, GETNCNT, 1);
	if (in_child(&pair))
		_exit(semop(id, both, 2) ? errno : 0);
	wait_count(id, 0, GETNCNT, 2);
	small = child_changes(id, 0, -1, 0);
	wait_count(id, 0, GETNCNT, 3);
	must(change(id, 0, 1, 0) == 0);
	is_exited(small, 0, "the one that can");
	must(change(id, 1, 1, 0) == 0);
	wait_count(id, 1, GETNCNT, 0);
	is_int(semctl(id, 0, GETNCNT), 2, "a pair waits for its other half");
	must(change(id, 0, 1, 0) == 0);
	is_exited(pair, 0, "and gets it");
	is_int(value(id, 1), 0, "both halves");
	must(change(id, 0, 3, 0) == 0);
	is_exited(large, 0, "the large one at last");
	is_int(value(id, 0), 0, "with all of it");
	remove_it(id);
}

static void on_signal(int number)
{
	(void)number;
}

static void ends(void)
{
	int id = make(1);
	pid_t child, other;
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	child = child_changes(id, 0, -1, 0);
	wait_count(id, 0, GETNCNT, 1);
	other = child_changes(id, 0, 1, 0);
	is_exited(other, 0, "one more");
	is_exited(child, 0, "is enough");
	child = child_changes(id, 0, -1, 0);
	wait_count(id, 0, GETNCNT, 1);
	remove_it(id);
	is_exited(child, EIDRM, "IPC_RMID ends a wait");
	id = make(1);
	sigaction(SIGUSR1, &action, NULL);
	child = child_changes(id, 0, -1, 0);
	wait_count(id, 0, GETNCNT, 1);
	kill(child, SIGUSR1);
	is_exited(child, EINTR, "a signal ends it, whatever SA_RESTART says");
	is_int(semctl(id, 0, GETNCNT), 0, "and it does not wait any more");
	child = child_changes(id, 0, -1, 0);
	wait_count(id, 0, GETNCNT, 1);
	kill(child, SIGKILL);
	is_killed(child, SIGKILL, "death ends it");
	is_int(semctl(id, 0, GETNCNT), 0, "without a trace");
	must(change(id, 0, 1, 0) == 0);
	is_int(value(id, 0), 1, "nobody has taken it");
	remove_it(id);
}

static void undo(void)
{
	int id = make(2);
	pid_t child;
	struct gate held = gate_make(), go = gate_make();

	set(id, 0, 2);
	is_exited(child_changes(id, 0, -1, SEM_UNDO), 0, "a child takes one");
	is_int(value(id, 0), 2, "its end gives it back");
	is_exited(child_changes(id, 0, 3, SEM_UNDO), 0, "a child adds three");
	is_int(value(id, 0), 2, "its end takes them again");
	if (in_child(&child)) {
		change(id, 0, -2, SEM_UNDO);
		gate_open(&held);
		gate_wait(&go);
		pause();
	}
	gate_wait(&held);
	is_int(value(id, 0), 0, "held");
	pid_t waiter = child_changes(id, 0, -1, 0);
	wait_count(id, 0, GETNCNT, 1);
	kill(child, SIGKILL);
	is_killed(child, SIGKILL, "who holds it dies");
	is_exited(waiter, 0, "who waits has it");
	is_int(value(id, 0), 1, "and the rest is there");
	if (in_child(&child)) {
		change(id, 0, 5, SEM_UNDO);
		change(id, 0, -6, 0);
		_exit(0);
	}
	is_exited(child, 0, "a child adds, and takes more than it added");
	is_int(value(id, 0), 0, "what is to be taken back ends at zero");
	if (in_child(&child)) {
		change(id, 0, 3, SEM_UNDO);
		set(id, 0, 9);
		_exit(0);
	}
	is_exited(child, 0, "a child adds, and sets");
	is_int(value(id, 0), 9, "SETVAL forgets what was to be undone");
	if (in_child(&child)) {
		change(id, 0, -1, SEM_UNDO);
		pid_t grandchild;
		if (in_child(&grandchild))
			_exit(0);
		reap(grandchild);
		_exit(value(id, 0));
	}
	is_exited(child, 8, "a child's child inherits nothing to undo");
	is_int(value(id, 0), 9, "the child's own end undoes it");
	if (in_child(&child)) {
		change(id, 0, -1, SEM_UNDO);
		execl("/tests/help/exit_with", "exit_with", "3", NULL);
		_exit(0);
	}
	reap(child);
	is_int(value(id, 0), 9, "execution keeps it, the end undoes it");
	if (in_child(&child)) {
		for (int i = 0; i < 2; i++) {
			set(id, 1, 0);
			must(change(id, 1, VALUE_MOST, SEM_UNDO) == 0);
		}
		must(change(id, 1, -VALUE_MOST, 0) == 0);
		_exit(change(id, 1, VALUE_MOST, SEM_UNDO));
	}
	is_exited(child, ERANGE, "more than can be undone is refused");
	if (in_child(&child)) {
		change(id, 0, -1, SEM_UNDO);
		must(unshare(CLONE_SYSVSEM) == 0);
		_exit(value(id, 0));
	}
	is_exited(child, 9, "unshare(CLONE_SYSVSEM) undoes it");
	if (in_child(&child)) {
		must(change(id, 0, -1, SEM_UNDO) == 0);
		remove_it(id);
		_exit(0);
	}
	is_exited(child, 0, "a set that is removed before its undoing");
}

static int shared_id;

static int take_one(void *argument)
{
	struct sembuf operation = {0, -1, SEM_UNDO};

	(void)argument;
	raw(SYS_semop, shared_id, &operation, 1);
	raw(SYS_exit, 0);
	return 0;
}

static void threads(void)
{
	pid_t child;
	struct thread thread;
	char *stack = map_pages(8);

	shared_id = make(1);
	set(shared_id, 0, 5);
	if (in_child(&child)) {
		thread_start(&thread, take_one, NULL);
		thread_join(&thread);
		_exit(value(shared_id, 0));
	}
	is_exited(child, 4, "a thread's end undoes nothing while others share its list");
	is_int(value(shared_id, 0), 5, "the last one's does");
	child = clone(take_one, stack + 8 * PAGE, CLONE_SYSVSEM | SIGCHLD, NULL);
	is_exited(child, 0, "a process that shares our list takes one");
	is_int(value(shared_id, 0), 4, "and its end undoes nothing");
	is_int(raw(SYS_kcmp, getpid(), getpid(), 6, 0, 0), 0, "KCMP_SYSVSEM");
	must(unshare(CLONE_SYSVSEM) == 0);
	is_int(value(shared_id, 0), 5, "but our leaving does");
	remove_it(shared_id);
}

#define PHILOSOPHERS 5
#define MEALS        200

/* Each takes both forks at once, so nobody starves or waits for ever. */
static void philosophers(void)
{
	int forks = make(PHILOSOPHERS);
	unsigned short ones[PHILOSOPHERS] = {1, 1, 1, 1, 1};
	int *eating = map_shared(1);
	pid_t children[PHILOSOPHERS];

	must(semctl(forks, 0, SETALL, (union argument){.array = ones}) == 0);
	for (int i = 0; i < PHILOSOPHERS; i++) {
		if (in_child(&children[i])) {
			int next = (i + 1) % PHILOSOPHERS;
			struct sembuf take[2] = {{(unsigned short)i, -1, SEM_UNDO},
						 {(unsigned short)next, -1, SEM_UNDO}};
			struct sembuf give[2] = {{(unsigned short)i, 1, SEM_UNDO}, {(unsigned short)next, 1, SEM_UNDO}};
			for (int meal = 0; meal < MEALS; meal++) {
				must(semop(forks, take, 2) == 0);
				must(__atomic_fetch_add(&eating[i], 1, __ATOMIC_SEQ_CST) == 0);
				must(__atomic_fetch_add(&eating[next], 1, __ATOMIC_SEQ_CST) == 0);
				if (meal % 16 == i)
					sched_yield();
				__atomic_fetch_sub(&eating[i], 1, __ATOMIC_SEQ_CST);
				__atomic_fetch_sub(&eating[next], 1, __ATOMIC_SEQ_CST);
				must(semop(forks, give, 2) == 0);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < PHILOSOPHERS; i++)
		is_exited(children[i], 0, "philosopher %d has eaten alone with his forks", i);
	for (int i = 0; i < PHILOSOPHERS; i++)
		is_int(value(forks, i), 1, "fork %d is back", i);
	remove_it(forks);
}

/* Holders die at any moment, sets go at any moment; nothing is lost, nobody hangs. */
static void storm(void)
{
	int id = make(1);
	pid_t children[8];

	set(id, 0, 2);
	for (int i = 0; i < 8; i++) {
		if (in_child(&children[i])) {
			for (int round = 0; round < 60; round++) {
				pid_t holder;
				if (in_child(&holder)) {
					if (change(id, 0, -1, SEM_UNDO))
						_exit(1);
					if (round % 3 == 0)
						raise(SIGKILL);
					if (round % 3 == 1)
						change(id, 0, 1, SEM_UNDO);
					_exit(0);
				}
				int status = reap(holder);
				must(status == 0 || (status & 0x7f) == SIGKILL);
				int own = make(2);
				pid_t waiter = child_changes(own, 0, -1, SEM_UNDO);
				if (round % 2)
					change(own, 0, 1, 0);
				remove_it(own);
				status = reap(waiter) >> 8;
				must(status == 0 || status == EIDRM || status == EINVAL);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < 8; i++)
		is_exited(children[i], 0, "child %d came through", i);
	is_int(value(id, 0), 2, "all that was taken is back");
	remove_it(id);
}

static const struct tap_case cases[] = {
	{"values", values, 0}, {"atomic", atomic, 0}, {"waiting", waiting, 0}, {"order", order, 0},
	{"ends", ends, 0},     {"undo", undo, 0},     {"threads", threads, 0}, {"philosophers", philosophers, 0},
	{"storm", storm, 0},
};

TAP_MAIN(cases)
