/* POSIX shared memory and semaphores, named and unnamed, between processes that share nothing else. */
#include <limits.h>
#include <semaphore.h>
#include <sys/mman.h>

#include "guest.h"

static char name[60];

static const char *own_name(const char *what)
{
	snprintf(name, sizeof(name), "/%s.%s.%d", tap.name, what, (int)getpid());
	return name;
}

static void *map_named(const char *path, int flags, size_t bytes)
{
	int file = shm_open(path, flags, 0600);
	void *p;

	must(file >= 0);
	if (flags & O_CREAT)
		must(ftruncate(file, (off_t)bytes) == 0);
	p = mmap(NULL, bytes, (flags & O_ACCMODE) == O_RDONLY ? PROT_READ : PROT_READ | PROT_WRITE, MAP_SHARED, file,
		 0);
	must(p != MAP_FAILED);
	close(file);
	return p;
}

static void memory(void)
{
	const char *path = own_name("memory");
	char *p = map_named(path, O_RDWR | O_CREAT | O_EXCL, 3 * PAGE), *q;
	struct stat st;
	char text[100];
	pid_t child;
	int file;

	fails(shm_open(path, O_RDWR | O_CREAT | O_EXCL, 0600), EEXIST, "O_EXCL");
	works(file = shm_open(path, O_RDONLY, 0), "opened for reading");
	must(fstat(file, &st) == 0);
	ok(S_ISREG(st.st_mode) && (st.st_mode & 0777) == 0600 && st.st_size == 3 * PAGE, "a file of its size");
	is_int(fcntl(file, F_GETFD), FD_CLOEXEC, "which closes at execution");
	fails((long)mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0), EACCES, "not writable through it");
	close(file);
	snprintf(text, sizeof(text), "/dev/shm%s", path);
	is_int(access(text, F_OK), 0, "it stands in /dev/shm");
	if (in_child(&child)) {
		q = map_named(path, O_RDWR, 3 * PAGE);
		must(q != p);
		strcpy(q + 2 * PAGE, "from the child");
		_exit(0);
	}
	is_exited(child, 0, "a child maps it anew");
	is_str(p + 2 * PAGE, "from the child", "and what it writes is seen");
	is_int(shm_unlink(path), 0, "shm_unlink");
	fails(shm_open(path, O_RDWR, 0), ENOENT, "ends the name");
	p[0] = 1;
	is_int(p[0], 1, "not the memory");
	fails(shm_open("/a/b", O_RDWR | O_CREAT, 0600), EINVAL, "no directories");
	fails(shm_unlink("/not there"), ENOENT, "no such name");
	must(munmap(p, 3 * PAGE) == 0);
}

static struct timespec in_ms(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void semaphore(void)
{
	const char *path = own_name("semaphore");
	sem_t *s = sem_open(path, O_CREAT | O_EXCL, 0600, 2);
	struct timespec soon;
	int value;
	pid_t child;

	must(s != SEM_FAILED);
	ok(sem_open(path, O_CREAT | O_EXCL, 0600, 2) == SEM_FAILED && errno == EEXIST, "O_EXCL");
	ok(sem_open(path, O_CREAT, 0600, 7) == s, "the same for who opens it again");
	must(sem_close(s) == 0);
	is_int(sem_wait(s), 0, "one");
	is_int(sem_trywait(s), 0, "two");
	fails(sem_trywait(s), EAGAIN, "no third");
	soon = in_ms(20);
	fails(sem_timedwait(s, &soon), ETIMEDOUT, "not within a while either");
	if (in_child(&child)) {
		sem_t *mine = sem_open(path, 0);
		must(mine != SEM_FAILED);
		_exit(sem_wait(mine) != 0);
	}
	wait_state(child, 'S');
	is_int(sem_post(s), 0, "a post");
	is_exited(child, 0, "wakes a process that has only the name");
	is_int(sem_unlink(path), 0, "sem_unlink");
	ok(sem_open(path, 0) == SEM_FAILED && errno == ENOENT, "ends the name");
	must(sem_post(s) == 0 && sem_getvalue(s, &value) == 0);
	is_int(value, 1, "not the semaphore");
	must(sem_close(s) == 0);
}

struct ring {
	sem_t empty, full, turn;
	unsigned head, tail;
	int items[8];
};

#define ITEMS 500

/* Producers and consumers over a bounded buffer in memory that all share. */
static void ring(void)
{
	const char *path = own_name("ring");
	struct ring *r = map_named(path, O_RDWR | O_CREAT | O_EXCL, sizeof(*r));
	unsigned char *seen = map_shared(1);
	pid_t children[4];
	int wrong = 0, value;

	must(sem_init(&r->empty, 1, 8) == 0 && sem_init(&r->full, 1, 0) == 0 && sem_init(&r->turn, 1, 1) == 0);
	for (int i = 0; i < 4; i++) {
		if (in_child(&children[i])) {
			struct ring *mine = map_named(path, O_RDWR, sizeof(*mine));
			for (int n = 0; n < ITEMS; n++) {
				must(sem_wait(i < 2 ? &mine->empty : &mine->full) == 0);
				must(sem_wait(&mine->turn) == 0);
				if (i < 2)
					mine->items[mine->head++ % 8] = i * ITEMS + n;
				else
					seen[mine->items[mine->tail++ % 8]]++;
				must(mine->head - mine->tail <= 8);
				must(sem_post(&mine->turn) == 0);
				must(sem_post(i < 2 ? &mine->full : &mine->empty) == 0);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < 4; i++)
		is_exited(children[i], 0, "%s %d is through", i < 2 ? "producer" : "consumer", i % 2);
	for (int i = 0; i < 2 * ITEMS; i++)
		wrong += seen[i] != 1;
	is_int(wrong, 0, "each item was consumed once");
	must(sem_getvalue(&r->empty, &value) == 0);
	is_int(value, 8, "the buffer is empty");
	must(sem_destroy(&r->empty) == 0 && shm_unlink(path) == 0);
}

/* Who holds it dies: POSIX gives nothing back, so that others wait until somebody posts. */
static void death(void)
{
	sem_t *s = map_shared(1);
	pid_t holder, waiter;

	must(sem_init(s, 1, 1) == 0);
	if (in_child(&holder)) {
		must(sem_wait(s) == 0);
		raise(SIGKILL);
	}
	is_killed(holder, SIGKILL, "the holder dies");
	if (in_child(&waiter))
		_exit(sem_wait(s) != 0);
	wait_state(waiter, 'S');
	is_int(proc_state(waiter), 'S', "another waits on");
	must(sem_post(s) == 0);
	is_exited(waiter, 0, "until somebody posts");
	if (in_child(&waiter)) {
		sem_wait(s);
		_exit(0);
	}
	wait_state(waiter, 'S');
	kill(waiter, SIGKILL);
	is_killed(waiter, SIGKILL, "a waiter dies");
	must(sem_post(s) == 0);
	is_int(sem_trywait(s), 0, "and takes no post along");
}

static const struct tap_case cases[] = {
	{"memory", memory, 0},
	{"semaphore", semaphore, 0},
	{"ring", ring, 0},
	{"death", death, 0},
};

TAP_MAIN(cases)
