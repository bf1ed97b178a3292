/* Writes of up to PIPE_BUF bytes into one pipe by many writers are never mixed; fifos behave as pipes. */
#include "guest.h"

#include <limits.h>

enum { WRITERS = 8, ROUNDS = 60 };

/* Every message is `bytes` times one letter: a mixed one shows. Returns how many were whole. */
static int run(size_t bytes)
{
	static char block[PIPE_BUF];
	int fd[2], whole = 0;
	pid_t pid[WRITERS];

	must(pipe(fd) == 0);
	for (int i = 0; i < WRITERS; i++) {
		if (in_child(&pid[i])) {
			close(fd[0]);
			memset(block, 'A' + i, bytes);
			for (int j = 0; j < ROUNDS; j++)
				must(write(fd[1], block, bytes) == (ssize_t)bytes);
			_exit(0);
		}
	}
	close(fd[1]);
	for (;;) {
		size_t got = 0;
		ssize_t n = 1;
		while (got < bytes && (n = read(fd[0], block + got, bytes - got)) > 0)
			got += (size_t)n;
		if (got < bytes)
			break;
		n = 1;
		for (size_t i = 1; i < bytes; i++)
			n &= block[i] == block[0];
		whole += (int)n;
	}
	close(fd[0]);
	for (int i = 0; i < WRITERS; i++)
		must(reap(pid[i]) == 0);
	return whole;
}

static void atomic(void)
{
	static const size_t sizes[] = {1, 100, 512, 1000, 3000, 4095, 4096};

	for (size_t i = 0; i < count_of(sizes); i++)
		is_int(run(sizes[i]), WRITERS * ROUNDS, "eight writers of %zu bytes", sizes[i]);
}

static void fifo(void)
{
	char text[16] = {0};
	struct stat st;
	pid_t pid;
	int fd;

	is_int(mkfifo("fifo", 0640), 0, "mkfifo");
	must(stat("fifo", &st) == 0);
	ok(S_ISFIFO(st.st_mode) && (st.st_mode & 0777) == 0640, "its mode");
	fails(mkfifo("fifo", 0600), EEXIST, "again");
	fails(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO, "to write, without a reader, O_NONBLOCK");
	fd = open("fifo", O_RDONLY | O_NONBLOCK);
	ok(fd >= 0, "to read, without a writer, O_NONBLOCK");
	is_int(read(fd, text, 1), 0, "is the end of the file");
	close(fd);
	if (in_child(&pid)) {
		fd = open("fifo", O_WRONLY);
		must(fd >= 0 && write(fd, "through", 7) == 7);
		_exit(0);
	}
	fd = open("fifo", O_RDONLY);
	ok(fd >= 0, "a reader and a writer wait for each other");
	is_int(read(fd, text, sizeof(text)), 7, "bytes pass");
	is_str(text, "through", "as written");
	is_int(read(fd, text, sizeof(text)), 0, "the writer's close is the end");
	is_exited(pid, 0, "the writer");
	close(fd);
	fd = open("fifo", O_RDWR);
	ok(fd >= 0, "both ways at once never waits");
	must(write(fd, "self", 4) == 4);
	is_int(read(fd, text, 16), 4, "and speaks to itself");
	must(unlink("fifo") == 0);
}

static void through_proc(void)
{
	char path[40], c = 0;
	int fd[2], again;

	must(pipe(fd) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd[1]);
	again = open(path, O_WRONLY);
	ok(again >= 0, "a pipe is opened once more through /proc/self/fd");
	if (again >= 0) {
		must(write(again, "y", 1) == 1 && read(fd[0], &c, 1) == 1);
		is_int(c, 'y', "and is the same pipe");
	}
}

static const struct tap_case cases[] = {
	{"atomic", atomic, 0},
	{"fifo", fifo, 0},
	{"through_proc", through_proc, 0},
};

TAP_MAIN(cases)
