/* Pipes: order, capacity, ends of file, broken ends, blocking both ways, large transfers, the size that can be set. */
#include "guest.h"

#include <sys/ioctl.h>
#include <sys/uio.h>

static void hello(void)
{
	char text[32] = {0};
	int fd[2];

	is_int(pipe(fd), 0, "pipe");
	is_int(write(fd[1], "one", 3), 3, "a write");
	is_int(write(fd[1], "two", 3), 3, "another");
	is_int(read(fd[0], text, sizeof(text)), 6, "a read gets what is there, without waiting for more");
	is_str(text, "onetwo", "in order");
	must(write(fd[1], "abcdef", 6) == 6);
	is_int(read(fd[0], text, 2), 2, "a short read");
	is_int(read(fd[0], text + 2, 9), 4, "and the rest");
	ok(memcmp(text, "abcdef", 6) == 0, "byte for byte");
}

static void end_of_file(void)
{
	char c;
	int fd[2];

	must(pipe(fd) == 0);
	must(write(fd[1], "x", 1) == 1);
	close(fd[1]);
	is_int(read(fd[0], &c, 1), 1, "what was written before the close is read");
	is_int(read(fd[0], &c, 1), 0, "then the end");
	is_int(read(fd[0], &c, 1), 0, "again and again");
}

static void flags(void)
{
	char c;
	int fd[2];

	must(pipe2(fd, O_CLOEXEC | O_NONBLOCK) == 0);
	is_int(fcntl(fd[0], F_GETFD), FD_CLOEXEC, "O_CLOEXEC on the reading end");
	is_int(fcntl(fd[1], F_GETFD), FD_CLOEXEC, "on the writing end");
	is_int(fcntl(fd[0], F_GETFL) & (O_NONBLOCK | O_ACCMODE), O_NONBLOCK | O_RDONLY, "flags of the reading end");
	is_int(fcntl(fd[1], F_GETFL) & (O_NONBLOCK | O_ACCMODE), O_NONBLOCK | O_WRONLY, "of the writing end");
	fails(read(fd[0], &c, 1), EAGAIN, "an empty pipe with O_NONBLOCK");
	fails(pipe2(fd, O_CREAT), EINVAL, "an unknown flag");
	fails(lseek(fd[0], 0, SEEK_SET), ESPIPE, "a pipe has no offset");
}

static void capacity(void)
{
	static char block[PAGE];
	int fd[2], total = 0, n;

	must(pipe2(fd, O_NONBLOCK) == 0);
	while ((n = (int)write(fd[1], block, sizeof(block))) > 0)
		total += n;
	is_int(total, 65536, "a pipe holds 64 KiB");
	fails(write(fd[1], "x", 1), EAGAIN, "and not a byte more");
	must(read(fd[0], block, 100) == 100);
	fails(write(fd[1], block, 4096), EAGAIN, "a write of PIPE_BUF is all or nothing");
	must(read(fd[0], block, PAGE) == PAGE);
	is_int(write(fd[1], block, 4096), 4096, "with room for it, it goes");
}

static void partial(void)
{
	static char big[100000], back[100000];
	int fd[2];
	ssize_t n;

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 13);
	must(pipe2(fd, O_NONBLOCK) == 0);
	n = write(fd[1], big, sizeof(big));
	is_int(n, 65536, "a large write with O_NONBLOCK does what it can");
	is_int(read(fd[0], back, sizeof(back)), 65536, "a large read gets all");
	ok(memcmp(big, back, 65536) == 0, "unchanged");
}

static void size(void)
{
	char block[1000] = {0};
	int fd[2], n, total = 0;

	must(pipe2(fd, O_NONBLOCK) == 0);
	is_int(fcntl(fd[0], F_GETPIPE_SZ), 65536, "F_GETPIPE_SZ");
	is_int(fcntl(fd[1], F_SETPIPE_SZ, 4096), 4096, "F_SETPIPE_SZ to a page");
	is_int(fcntl(fd[0], F_GETPIPE_SZ), 4096, "is told");
	is_int(fcntl(fd[1], F_SETPIPE_SZ, 100000), 131072, "100000 becomes the next power of two");
	while ((n = (int)write(fd[1], block, sizeof(block))) > 0)
		total += n;
	ok(total > 65536, "then it holds more (%d)", total);
	fails(fcntl(fd[1], F_SETPIPE_SZ, 4096), EBUSY, "it cannot be made smaller than what it holds");
	is_int(fcntl(fd[1], F_SETPIPE_SZ, 1 << 20), 1 << 20, "a megabyte");
	fails(fcntl(0, F_GETPIPE_SZ), EBADF, "not of what is no pipe");
}

static void unread_bytes(void)
{
	int fd[2], n = -1;

	must(pipe(fd) == 0);
	is_int(ioctl(fd[0], FIONREAD, &n), 0, "FIONREAD");
	is_int(n, 0, "of an empty pipe");
	must(write(fd[1], "12345", 5) == 5);
	must(ioctl(fd[0], FIONREAD, &n) == 0);
	is_int(n, 5, "of five bytes");
	n = 1;
	is_int(ioctl(fd[0], FIONBIO, &n), 0, "FIONBIO");
	ok(fcntl(fd[0], F_GETFL) & O_NONBLOCK, "sets O_NONBLOCK");
}

static void reader_waits(void)
{
	char text[8] = {0};
	int fd[2];
	pid_t pid, me = getpid();

	must(pipe(fd) == 0);
	if (in_child(&pid)) {
		wait_state(me, 'S');
		_exit(write(fd[1], "late", 4) == 4 ? 0 : 1);
	}
	is_int(read(fd[0], text, sizeof(text)), 4, "a reader waits for a writer");
	is_str(text, "late", "and gets its bytes");
	is_exited(pid, 0, "the writer ends");
}

static void writer_waits(void)
{
	static char block[70000], back[70000];
	int fd[2];
	ssize_t n, got = 0;
	pid_t pid;

	must(pipe(fd) == 0);
	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (char)(i % 251);
	if (in_child(&pid))
		_exit(write(fd[1], block, sizeof(block)) == sizeof(block) ? 0 : 1);
	close(fd[1]);
	wait_state(pid, 'S');
	while ((n = read(fd[0], back + got, 1000)) > 0)
		got += n;
	is_int(got, sizeof(block), "a writer waits for room, and all arrives");
	ok(memcmp(block, back, sizeof(block)) == 0, "unchanged");
	is_exited(pid, 0, "its write says so");
}

static void broken(void)
{
	int fd[2];
	pid_t pid;

	must(pipe(fd) == 0);
	if (in_child(&pid)) {
		static char block[100000];
		close(fd[0]);
		signal(SIGPIPE, SIG_IGN);
		ssize_t n = write(fd[1], block, sizeof(block));
		must(n == 65536 || (n == -1 && errno == EPIPE));
		must(write(fd[1], block, 1) == -1 && errno == EPIPE);
		_exit(0);
	}
	wait_state(pid, 'S');
	close(fd[0]);
	is_exited(pid, 0, "a writer that waits is woken when the last reader leaves");
}

static void handed_to_many(void)
{
	enum { WRITERS = 5, READERS = 4, EACH = 2000 };
	long *sum = map_shared(1), want = 0;
	int fd[2];
	pid_t pid[WRITERS + READERS];

	must(pipe(fd) == 0);
	for (int i = 0; i < WRITERS; i++) {
		if (in_child(&pid[i])) {
			for (int j = 0; j < EACH; j++) {
				int value = i * EACH + j;
				must(write(fd[1], &value, sizeof(value)) == sizeof(value));
			}
			_exit(0);
		}
	}
	for (int i = 0; i < READERS; i++) {
		if (in_child(&pid[WRITERS + i])) {
			int value;
			close(fd[1]);
			while (read(fd[0], &value, sizeof(value)) == sizeof(value))
				__atomic_fetch_add(&sum[0], value, __ATOMIC_SEQ_CST);
			_exit(0);
		}
	}
	close(fd[0]);
	close(fd[1]);
	for (int i = 0; i < WRITERS + READERS; i++)
		must(reap(pid[i]) == 0);
	for (int i = 0; i < WRITERS * EACH; i++)
		want += i;
	is_int(sum[0], want, "ten thousand numbers through one pipe, five writers, four readers, none lost");
}

static void scatter(void)
{
	char a[4] = {0}, b[6] = {0}, c[8] = {0};
	struct iovec in[3] = {{a, 3}, {b, 5}, {c, 7}};
	struct iovec out[3] = {{"ab", 2}, {"", 0}, {"cdefghij", 8}};
	int fd[2];

	must(pipe(fd) == 0);
	is_int(writev(fd[1], out, 3), 10, "writev gathers");
	is_int(readv(fd[0], in, 3), 10, "readv scatters");
	is_str(a, "abc", "the first buffer");
	is_str(b, "defgh", "the second");
	is_str(c, "ij", "the third, in part");
}

static void large(void)
{
	enum { TOTAL = 8 << 20 };
	static char block[150000];
	unsigned long sent = 0, received = 0;
	int fd[2];
	ssize_t n;
	long bytes = 0;
	pid_t pid;

	must(pipe(fd) == 0);
	if (in_child(&pid)) {
		unsigned seed = 1;
		close(fd[0]);
		for (long at = 0; at < TOTAL;) {
			long chunk = 1 + (long)(seed % sizeof(block));
			if (chunk > TOTAL - at)
				chunk = TOTAL - at;
			for (long i = 0; i < chunk; i++)
				block[i] = (char)((at + i) * 2654435761u >> 13);
			must(write(fd[1], block, (size_t)chunk) == chunk);
			at += chunk;
			seed = seed * 1103515245 + 12345;
		}
		_exit(0);
	}
	close(fd[1]);
	while ((n = read(fd[0], block, 40000)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			received = received * 31 + (unsigned char)block[i];
		bytes += n;
	}
	for (long i = 0; i < TOTAL; i++)
		sent = sent * 31 + (unsigned char)(i * 2654435761u >> 13);
	is_int(bytes, TOTAL, "eight megabytes arrive");
	is_int((long)received, (long)sent, "unchanged");
	is_exited(pid, 0, "the writer ends");
}

static void ping_pong(void)
{
	int to[2], from[2];
	pid_t pid;
	int good = 0;

	must(pipe(to) == 0 && pipe(from) == 0);
	if (in_child(&pid)) {
		int value;
		close(to[1]);
		while (read(to[0], &value, sizeof(value)) == sizeof(value)) {
			value++;
			must(write(from[1], &value, sizeof(value)) == sizeof(value));
		}
		_exit(0);
	}
	for (int i = 0; i < 3000; i++) {
		int value = i;
		must(write(to[1], &value, sizeof(value)) == sizeof(value));
		must(read(from[0], &value, sizeof(value)) == sizeof(value));
		good += value == i + 1;
	}
	close(to[1]);
	is_int(good, 3000, "three thousand round trips");
	is_exited(pid, 0, "the other side sees the end");
}

static const struct tap_case cases[] = {
	{"hello", hello, 0},
	{"end_of_file", end_of_file, 0},
	{"flags", flags, 0},
	{"capacity", capacity, 0},
	{"partial", partial, 0},
	{"size", size, 0},
	{"unread_bytes", unread_bytes, 0},
	{"reader_waits", reader_waits, 0},
	{"writer_waits", writer_waits, 0},
	{"broken", broken, 0},
	{"handed_to_many", handed_to_many, 0},
	{"scatter", scatter, 0},
	{"large", large, 0},
	{"ping_pong", ping_pong, 0},
};

TAP_MAIN(cases)
