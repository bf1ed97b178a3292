/* Mapped files: private and shared, ends of files, changes seen on both sides, the image's own files. */
#include "guest.h"

#include <setjmp.h>

#define RW (PROT_READ | PROT_WRITE)

static char *map_file(const char *path, long pages, int protection, int flags, int *fd_out)
{
	int fd = open(path, protection & PROT_WRITE ? O_RDWR : O_RDONLY);
	char *p;

	must(fd >= 0);
	p = mmap(NULL, (size_t)(pages * PAGE), protection, flags, fd, 0);
	must(p != MAP_FAILED);
	if (fd_out)
		*fd_out = fd;
	else
		close(fd);
	return p;
}

static void make(const char *path, long bytes)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
	char c[1024];

	must(fd >= 0);
	for (long at = 0; at < bytes; at += (long)sizeof(c)) {
		for (int i = 0; i < (int)sizeof(c); i++)
			c[i] = (char)((at + i) * 11 / 7);
		must(write(fd, c, sizeof(c)) == (ssize_t)sizeof(c));
	}
	must(ftruncate(fd, bytes) == 0);
	close(fd);
}

static void reads(void)
{
	char *p;
	int good = 1;

	make("file", 5 * PAGE + 100);
	p = map_file("file", 6, PROT_READ, MAP_PRIVATE, NULL);
	for (long i = 0; i < 5 * PAGE + 100; i++)
		good &= p[i] == (char)(i * 11 / 7);
	is_int(good, 1, "a mapped file has the file's bytes; the descriptor may be closed");
	for (long i = 5 * PAGE + 100; i < 6 * PAGE; i++)
		good &= p[i] == 0;
	is_int(good, 1, "behind its end the last page is zero");
}

static void offset(void)
{
	int fd;
	char *p;

	make("file", 4 * PAGE);
	fd = open("file", O_RDONLY);
	p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 2 * PAGE);
	must(p != MAP_FAILED);
	is_int(p[5], (char)((2 * PAGE + 5) * 11 / 7), "a mapping from the third page on");
}

static void shared_writes(void)
{
	int fd;
	char back[8] = {0}, *p, *q;

	make("file", 2 * PAGE);
	p = map_file("file", 2, RW, MAP_SHARED, &fd);
	q = map_file("file", 2, RW, MAP_SHARED, NULL);
	memcpy(p + PAGE, "hello", 5);
	must(pread(fd, back, 5, PAGE) == 5);
	is_str(back, "hello", "a write to a shared mapping is read from the file");
	ok(memcmp(q + PAGE, "hello", 5) == 0, "and seen in another mapping of it");
	must(pwrite(fd, "WORLD", 5, PAGE + 5) == 5);
	ok(memcmp(p + PAGE + 5, "WORLD", 5) == 0, "a write to the file is seen in the mapping");
	munmap(p, 2 * PAGE);
	munmap(q, 2 * PAGE);
	memset(back, 0, sizeof(back));
	must(pread(fd, back, 5, PAGE) == 5);
	is_str(back, "hello", "it stays when the mapping is gone");
}

static void private_writes(void)
{
	int fd;
	char back[8] = {0}, *p;

	must(write_text("file", "0123456789") == 10);
	p = map_file("file", 1, RW, MAP_PRIVATE, &fd);
	p[0] = 'x';
	must(pread(fd, back, 5, 0) == 5);
	is_str(back, "01234", "a write to a private mapping is not");
	must(pwrite(fd, "ABC", 3, 5) == 3);
	is_int(p[5], '5', "nor does a copied page see later writes to the file");
}

static void across_processes(void)
{
	char *p;
	pid_t pid;

	make("file", 3 * PAGE);
	p = map_file("file", 3, RW, MAP_SHARED, NULL);
	if (in_child(&pid)) {
		char *mine = map_file("file", 3, RW, MAP_SHARED, NULL);
		memcpy(mine + 2 * PAGE + 10, "from the child", 15);
		_exit(0);
	}
	must(reap(pid) == 0);
	is_str(p + 2 * PAGE + 10, "from the child", "two processes that map one file share it");
}

static void private_read_only_of_image(void)
{
	char *p = map_file("/data/lines", 2, RW, MAP_PRIVATE, NULL);
	char text[32];

	ok(memcmp(p, "line 00000 of the image\n", 24) == 0, "a file of the image is mapped");
	p[0] = 'L';
	must(read_text("/data/lines", text, sizeof(text)) > 0);
	is_int(text[0], 'l', "a private write does not change it");
}

static void shared_write_of_image(void)
{
	char *p, *q, text[32];

	p = map_file("/data/short", 1, PROT_READ, MAP_SHARED, NULL);
	q = map_file("/data/short", 1, RW, MAP_SHARED, NULL);
	memcpy(q, "SHORT", 5);
	must(read_text("/data/short", text, sizeof(text)) == 6);
	is_str(text, "SHORT\n", "a file of the image is changed through a shared mapping");
	ok(memcmp(p, "SHORT", 5) == 0, "and an older mapping of it sees the change");
	memcpy(q, "short", 5);
}

static void after_unlink(void)
{
	char *p;

	make("file", PAGE);
	p = map_file("file", 1, RW, MAP_SHARED, NULL);
	must(unlink("file") == 0);
	is_int(p[100], (char)(1100 / 7), "a mapping outlives the file's name");
	p[100] = 1;
	is_int(p[100], 1, "and can be written");
}

static sigjmp_buf back_here;

static void on_bus(int signo)
{
	siglongjmp(back_here, signo);
}

static void truncated(void)
{
	volatile char *p;
	int fd, signo;

	make("file", 3 * PAGE);
	p = map_file("file", 3, RW, MAP_SHARED, &fd);
	is_int(p[2 * PAGE], (char)(2 * PAGE * 11 / 7), "the third page is there");
	must(ftruncate(fd, PAGE + 10) == 0);
	must(signal(SIGBUS, on_bus) != SIG_ERR);
	signo = sigsetjmp(back_here, 1);
	if (signo == 0)
		(void)p[2 * PAGE];
	is_int(signo, SIGBUS, "after the file is cut it is SIGBUS");
	is_int(p[PAGE + 9], (char)((PAGE + 9) * 11 / 7), "what remains is there");
	is_int(p[PAGE + 10], 0, "what was cut off within a page is zero");
	must(ftruncate(fd, 3 * PAGE) == 0);
	signo = sigsetjmp(back_here, 1);
	if (signo == 0)
		is_int(p[2 * PAGE], 0, "when it grows again the page is back, zero");
	else
		ok(0, "when it grows again the page is back, zero");
}

static void grows_into(void)
{
	char *p;
	int fd;

	must(write_text("file", "ab") == 2);
	p = map_file("file", 2, RW, MAP_SHARED, &fd);
	must(pwrite(fd, "later", 5, PAGE) == 5);
	ok(memcmp(p + PAGE, "later", 5) == 0, "pages that the file grows into can be used");
}

static void zero_device(void)
{
	int fd = open("/dev/zero", O_RDWR);
	char *p, *s;
	pid_t pid;

	must(fd >= 0);
	p = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE, fd, 0);
	ok(p != MAP_FAILED, "/dev/zero can be mapped");
	if (p != MAP_FAILED) {
		is_int(p[PAGE], 0, "it is zero");
		p[PAGE] = 1;
	}
	s = mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0);
	ok(s != MAP_FAILED, "also shared");
	if (s != MAP_FAILED) {
		if (in_child(&pid)) {
			s[0] = 7;
			_exit(0);
		}
		must(reap(pid) == 0);
		is_int(s[0], 7, "between parent and child");
	}
}

static void mapped_names(void)
{
	static char text[16384];

	make("some-file", 2 * PAGE);
	map_file("some-file", 2, PROT_READ, MAP_PRIVATE, NULL);
	must(read_text("/proc/self/maps", text, sizeof(text)) > 0);
	ok(strstr(text, "/some-file\n"), "/proc/self/maps names the file");
	ok(strstr(text, "/tests/memory_file\n"), "and the program");
}

static const struct tap_case cases[] = {
	{"reads", reads, 0},
	{"offset", offset, 0},
	{"shared_writes", shared_writes, 0},
	{"private_writes", private_writes, 0},
	{"across_processes", across_processes, 0},
	{"private_read_only_of_image", private_read_only_of_image, 0},
	{"shared_write_of_image", shared_write_of_image, 0},
	{"after_unlink", after_unlink, 0},
	{"truncated", truncated, 0},
	{"grows_into", grows_into, 0},
	{"zero_device", zero_device, 0},
	{"mapped_names", mapped_names, 0},
};

TAP_MAIN(cases)
