/* Files opened anew through /proc/self/fd, as bash's process substitution and /dev/stdout do it. */
#include "guest.h"

static char name[64];

static const char *fd_name(int fd)
{
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return name;
}

static void pipes(void)
{
	int ends[2];
	char byte = 0;

	must(pipe(ends) == 0);
	int again = open(fd_name(ends[0]), O_RDONLY);
	ok(again >= 0, "the reading end opens anew");
	must(write(ends[1], "a", 1) == 1);
	ok(read(again, &byte, 1) == 1 && byte == 'a', "and reads what was written to the pipe");
	close(again);
	int writer = open(fd_name(ends[0]), O_WRONLY);
	ok(writer >= 0 && write(writer, "b", 1) == 1 && read(ends[0], &byte, 1) == 1 && byte == 'b',
	   "the other direction of the same pipe");
	close(writer);
	writer = open(fd_name(ends[1]), O_WRONLY | O_CREAT | O_TRUNC, 0666);
	ok(writer >= 0, "O_CREAT and O_TRUNC do not disturb it");
	close(writer);
	must(write(ends[1], "c", 1) == 1);
	close(ends[1]);
	again = open(fd_name(ends[0]), O_RDONLY);
	ok(again >= 0, "without a writer the opening does not wait");
	ok(read(again, &byte, 1) == 1 && byte == 'c' && read(again, &byte, 1) == 0, "what is left, then the end");
	close(again);
	close(ends[0]);
	must(pipe(ends) == 0);
	close(ends[0]);
	writer = open(fd_name(ends[1]), O_WRONLY | O_NONBLOCK);
	ok(writer >= 0, "without a reader O_NONBLOCK is no obstacle");
	signal(SIGPIPE, SIG_IGN);
	fails(write(writer, "d", 1), EPIPE, "but writing is");
	close(writer);
	close(ends[1]);
}

static void files(void)
{
	char byte = 0;
	int fd = open("/tmp/reopened", O_RDWR | O_CREAT | O_EXCL, 0600);

	must(fd >= 0 && write(fd, "xyz", 3) == 3 && unlink("/tmp/reopened") == 0);
	int again = open(fd_name(fd), O_RDWR | O_CREAT, 0666);
	ok(again >= 0 && read(again, &byte, 1) == 1 && byte == 'x', "a file without a name, with O_CREAT");
	close(again);
	fails(open(fd_name(fd), O_RDWR | O_CREAT | O_EXCL, 0666), EEXIST, "O_EXCL does not follow the link");
	again = open(fd_name(fd), O_WRONLY | O_CREAT | O_TRUNC, 0666);
	struct stat info;
	ok(again >= 0 && fstat(fd, &info) == 0 && info.st_size == 0, "O_TRUNC empties it");
	close(again);
	close(fd);
	fd = open("/tmp", O_RDONLY | O_DIRECTORY);
	fails(open(fd_name(fd), O_RDONLY | O_CREAT, 0666), EISDIR, "a directory with O_CREAT");
	fails(openat(fd, "/", O_RDONLY | O_CREAT, 0666), EISDIR, "the root with O_CREAT");
	close(fd);
	fails(open(fd_name(fd), O_RDONLY), ENOENT, "a closed descriptor");
}

static void standard_streams(void)
{
	for (int fd = 0; fd < 3; fd++) {
		int again = open(fd_name(fd), (fcntl(fd, F_GETFL) & O_ACCMODE) | O_CREAT, 0666);
		ok(again >= 0, "stream %d opens anew", fd);
		close(again);
	}
}

static const struct tap_case cases[] = {
	{"pipes", pipes, 0},
	{"files", files, 0},
	{"standard_streams", standard_streams, 0},
};

TAP_MAIN(cases)
