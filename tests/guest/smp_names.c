/*
 * Many processors look the same names up at the same time, some of them for the first time: nobody is told that a file
 * is not there which is.
 */
#include "guest.h"

#define LOOKERS 4

static const char *const places[] = {
	"/tests/tty_pty",   "/tests/misc_ids", "/tests/inotify",    "/tests/file_io",    "/tests/nth_tty",
	"/tests/file_full", "/tests/tty_job",  "/tests/pipe_basic", "/tests/time_clock",
};

struct start {
	volatile int ready, missing;
};

static void look(struct start *start, int lookers)
{
	struct stat st;

	__atomic_fetch_add(&start->ready, 1, __ATOMIC_SEQ_CST);
	while (start->ready < lookers)
		sched_yield();
	for (size_t i = 0; i < count_of(places); i++) {
		if (stat(places[i], &st) != 0)
			__atomic_fetch_add(&start->missing, 1, __ATOMIC_SEQ_CST);
	}
	_exit(0);
}

static void first_look(void)
{
	struct start *start = map_shared(1);
	pid_t pid[LOOKERS];

	for (int i = 0; i < LOOKERS; i++) {
		if (in_child(&pid[i]))
			look(start, LOOKERS);
	}
	for (int i = 0; i < LOOKERS; i++)
		reap(pid[i]);
	is_int(start->missing, 0, "names of the image that nobody has looked up before");
}

/* /proc forgets the names of who has ended; a new process of the same kind is looked up anew by all. */
static void processes(void)
{
	struct start *start = map_shared(1);

	for (int round = 0; round < 60; round++) {
		pid_t target, pid[LOOKERS];
		char path[64];
		struct gate gate = gate_make();

		if (in_child(&target)) {
			close(gate.fd[1]);
			gate_wait(&gate);
			_exit(0);
		}
		snprintf(path, sizeof(path), "/proc/%d/status", (int)target);
		start->ready = 0;
		for (int i = 0; i < LOOKERS; i++) {
			if (in_child(&pid[i])) {
				struct stat st;
				__atomic_fetch_add(&start->ready, 1, __ATOMIC_SEQ_CST);
				while (start->ready < LOOKERS)
					sched_yield();
				_exit(stat(path, &st) != 0);
			}
		}
		for (int i = 0; i < LOOKERS; i++)
			start->missing += reap(pid[i]) != 0;
		close(gate.fd[1]);
		close(gate.fd[0]);
		reap(target);
	}
	is_int(start->missing, 0, "a process that lives is found by all");
}

static int make_and_remove(void *p)
{
	volatile int *bad = p;

	for (int i = 0; i < 150; i++) {
		long fd = raw(SYS_open, "shared", O_RDWR | O_CREAT, 0600);
		if (fd < 0)
			__atomic_fetch_add(bad, 1, __ATOMIC_SEQ_CST);
		else
			raw(SYS_close, fd);
		long gone = raw(SYS_unlink, "shared");
		if (gone < 0 && gone != -ENOENT)
			__atomic_fetch_add(bad, 1, __ATOMIC_SEQ_CST);
		gone = raw(SYS_rename, "there", i % 2 ? "here" : "there2");
		if (gone < 0 && gone != -ENOENT)
			__atomic_fetch_add(bad, 1, __ATOMIC_SEQ_CST);
		fd = raw(SYS_open, "there", O_RDWR | O_CREAT, 0600);
		if (fd >= 0)
			raw(SYS_close, fd);
		else
			__atomic_fetch_add(bad, 1, __ATOMIC_SEQ_CST);
	}
	return 0;
}

static void one_directory(void)
{
	struct thread thread[LOOKERS];
	volatile int bad = 0;

	for (int i = 0; i < LOOKERS; i++)
		must(thread_start(&thread[i], make_and_remove, (void *)&bad) > 0);
	for (int i = 0; i < LOOKERS; i++)
		thread_join(&thread[i]);
	is_int(bad, 0, "four make, remove and rename the same names");
}

/* Numbers are given out, closed and overwritten by all at once: a description is used whole or not at all. */

static int juggle(void *p)
{
	volatile int *bad = p;
	char text[16];

	for (int i = 0; i < 500; i++) {
		long result = raw(SYS_dup2, 20 + i % 3, 20 + (i + 1) % 3);
		if (result < 0 && result != -EBADF && result != -EBUSY)
			__atomic_fetch_add(bad, 1, __ATOMIC_SEQ_CST);
		result = raw(SYS_pread64, 20 + i % 3, text, 5, 0);
		if (result != 5 && result != -EBADF)
			__atomic_fetch_add(bad, 1, __ATOMIC_SEQ_CST);
		if (result == 5 && memcmp(text, "hello", 5) != 0)
			__atomic_fetch_add(bad, 1, __ATOMIC_SEQ_CST);
		raw(SYS_close, 20 + (i + 2) % 3);
		long fd = raw(SYS_open, "text", O_RDONLY);
		if (fd < 0) {
			__atomic_fetch_add(bad, 1, __ATOMIC_SEQ_CST);
			continue;
		}
		raw(SYS_dup3, fd, 20 + i % 3, O_CLOEXEC);
		raw(SYS_close, fd);
	}
	return 0;
}

static void descriptors(void)
{
	struct thread thread[LOOKERS];
	volatile int bad = 0;

	must(write_text("text", "hello") == 5);
	for (int i = 0; i < LOOKERS; i++)
		must(thread_start(&thread[i], juggle, (void *)&bad) > 0);
	for (int i = 0; i < 20; i++) {
		pid_t pid;
		if (in_child(&pid))
			_exit(0);
		reap(pid);
	}
	for (int i = 0; i < LOOKERS; i++)
		thread_join(&thread[i]);
	is_int(bad, 0, "dup2, close, open and read of the same numbers in four threads");
}

/* Others look at the parts of a thread that changes and ends. */
static void watched_parts(void)
{
	pid_t pid, watcher[2];
	struct gate gate = gate_make();

	if (in_child(&pid)) {
		close(gate.fd[1]);
		for (int i = 0; i < 300; i++) {
			must(raw(SYS_setresuid, -1, i % 2 ? 0 : 1, -1) == 0);
			must(raw(SYS_unshare, CLONE_FILES | CLONE_FS) == 0);
			pid_t child;
			if (i % 10 == 0 && in_child(&child))
				_exit(0);
			else if (i % 10 == 0)
				reap(child);
		}
		_exit(0);
	}
	for (int w = 0; w < 2; w++) {
		if (in_child(&watcher[w])) {
			char path[64], text[4096];
			static const char *const files[] = {"status", "fdinfo/0", "stat"};
			close(gate.fd[1]);
			for (int i = 0; i < 400; i++) {
				snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, files[i % 3]);
				read_text(path, text, sizeof(text));
				snprintf(path, sizeof(path), "/proc/%d/cwd", (int)pid);
				raw(SYS_readlink, path, text, sizeof(text));
				raw(SYS_kill, pid, 0);
				raw(SYS_getpriority, 0 /* PRIO_PROCESS */, pid);
			}
			_exit(0);
		}
	}
	is_exited(pid, 0, "a process that changes its user and its tables all the time");
	for (int w = 0; w < 2; w++)
		is_exited(watcher[w], 0, "who looks at it meanwhile");
}

static const struct tap_case cases[] = {
	{"first_look", first_look, 0},   {"processes", processes, 0},         {"one_directory", one_directory, 0},
	{"descriptors", descriptors, 0}, {"watched_parts", watched_parts, 0},
};

TAP_MAIN(cases)
