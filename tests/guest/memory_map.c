/* brk, mmap, munmap, mprotect: what may be asked, what is refused, and what the memory then does. */
#include "guest.h"

#include <setjmp.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW   (PROT_READ | PROT_WRITE)

static sigjmp_buf back;

static void on_fault(int signo)
{
	siglongjmp(back, signo);
}

/* 0 if this byte can be read (write: written), else the signal. */
static int touch(volatile char *p, int write)
{
	struct sigaction action = {.sa_handler = on_fault};
	int signo;

	must(sigaction(SIGSEGV, &action, NULL) == 0 && sigaction(SIGBUS, &action, NULL) == 0);
	signo = sigsetjmp(back, 1);
	if (signo == 0) {
		if (write)
			*p = 1;
		else
			(void)*p;
	}
	return signo;
}

static void program_break(void)
{
	long start = raw(SYS_brk, 0), now;

	ok(start > 0, "the break is told");
	now = raw(SYS_brk, start + 3 * PAGE);
	is_int(now, start + 3 * PAGE, "it grows");
	((char *)start)[3 * PAGE - 1] = 5;
	is_int(((char *)start)[0], 0, "into zero pages");
	is_int(raw(SYS_brk, start + 10), start + 10, "it shrinks");
	is_int(raw(SYS_brk, start + 3 * PAGE), start + 3 * PAGE, "and grows again");
	is_int(((char *)start)[3 * PAGE - 1], 0, "into zero pages");
	is_int(raw(SYS_brk, 1), start + 3 * PAGE, "a break below the data changes nothing");
	is_int(raw(SYS_brk, -PAGE), start + 3 * PAGE, "nor one in the kernel's half");
	must(raw(SYS_brk, start) == start);
	is_int(touch((char *)((start + PAGE) & -PAGE), 0), SIGSEGV, "what was given back is gone");
}

static void anonymous(void)
{
	char *p = mmap(NULL, 10 * PAGE, RW, ANON, -1, 0);

	must(p != MAP_FAILED);
	is_int((long)p % PAGE, 0, "a mapping begins at a page");
	for (int i = 0; i < 10; i++)
		must(p[i * PAGE] == 0 && p[i * PAGE + PAGE - 1] == 0);
	p[9 * PAGE] = 1;
	is_int(munmap(p, 10 * PAGE), 0, "munmap");
	is_int(touch(p, 0), SIGSEGV, "then it is gone");
	is_int(munmap(p, 10 * PAGE), 0, "munmap of nothing is no error");
	p = mmap(NULL, 1, RW, ANON, -1, 0);
	must(p != MAP_FAILED);
	is_int(touch(p + PAGE - 1, 1), 0, "one byte is a page");
}

static void refused(void)
{
	int fd, wronly;

	must(write_text("file", "x") == 1);
	fd = open("file", O_RDONLY);
	wronly = open("file", O_WRONLY);
	fails(mmap(NULL, 0, RW, ANON, -1, 0), EINVAL, "length 0");
	fails(mmap(NULL, PAGE, RW, MAP_ANONYMOUS, -1, 0), EINVAL, "neither private nor shared");
	fails(mmap(NULL, PAGE, RW, MAP_PRIVATE, -1, 0), EBADF, "a file mapping without a file");
	is_int(raw(SYS_mmap, 0, PAGE, PROT_READ, MAP_PRIVATE, fd, 1), -EINVAL, "an offset within a page");
	is_int(raw(SYS_mmap, 0, -1l, RW, ANON, -1, 0), -ENOMEM, "more than there is");
	is_int(raw(SYS_mmap, 0, 1l << 47, RW, ANON, -1, 0), -ENOMEM, "all of the address space");
	is_int(raw(SYS_mmap, 1, PAGE, RW, ANON | MAP_FIXED, -1, 0), -EINVAL, "a fixed address within a page");
	is_int(raw(SYS_mmap, 0x7ffffffff000, 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0), -ENOMEM,
	       "a fixed address beyond the end");
	is_int(raw(SYS_mmap, -PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0), -ENOMEM, "in the kernel's half");
	is_int(raw(SYS_mmap, 0, PAGE, PROT_READ, MAP_PRIVATE, fd, -PAGE), -EOVERFLOW, "an offset that overflows");
	is_int(raw(SYS_mmap, 0, PAGE, PROT_READ, MAP_PRIVATE, wronly, 0), -EACCES, "a file open for writing only");
	is_int(raw(SYS_mmap, 0, PAGE, RW, MAP_SHARED, fd, 0), -EACCES, "shared writing of a file open for reading");
	is_int(raw(SYS_munmap, 0x1001, PAGE), -EINVAL, "munmap within a page");
	is_int(raw(SYS_munmap, 0x1000, 0), -EINVAL, "munmap of length 0");
	is_int(raw(SYS_munmap, -PAGE, PAGE), -EINVAL, "munmap in the kernel's half");
	is_int(raw(SYS_mmap, 0, PAGE, PROT_READ, MAP_PRIVATE, open("/", O_RDONLY), 0), -ENODEV, "a directory");
}

static void fixed(void)
{
	char *p = map_pages(8), *q;

	memset(p, 7, 8 * PAGE);
	q = mmap(p + 2 * PAGE, 3 * PAGE, RW, ANON | MAP_FIXED, -1, 0);
	ok(q == p + 2 * PAGE, "MAP_FIXED is where it was asked for");
	ok(p[2 * PAGE - 1] == 7 && p[2 * PAGE] == 0 && p[5 * PAGE - 1] == 0 && p[5 * PAGE] == 7,
	   "it replaces what was there and no more");
	q = mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0);
	ok(q == MAP_FAILED && errno == EEXIST, "MAP_FIXED_NOREPLACE does not");
	must(munmap(p + PAGE, PAGE) == 0);
	q = mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0);
	ok(q == p + PAGE, "but takes a free place");
	must(munmap(p + PAGE, PAGE) == 0);
	q = mmap(p + PAGE, PAGE, RW, ANON, -1, 0);
	ok(q == p + PAGE, "a hint that is free is taken");
	q = mmap(p, PAGE, RW, ANON, -1, 0);
	ok(q != MAP_FAILED && q != p, "one that is not, is not");
}

static void unmap_splits(void)
{
	char *p = map_pages(9);

	memset(p, 3, 9 * PAGE);
	must(munmap(p + PAGE, PAGE) == 0 && munmap(p + 4 * PAGE, 2 * PAGE) == 0 && munmap(p + 8 * PAGE, PAGE) == 0);
	for (int i = 0; i < 9; i++) {
		int gone = i == 1 || i == 4 || i == 5 || i == 8;
		is_int(touch(p + i * PAGE, 0), gone ? SIGSEGV : 0, "page %d after holes were cut", i);
	}
	is_int(p[3 * PAGE], 3, "what is left keeps its bytes");
	is_int(munmap(p, 9 * PAGE), 0, "one munmap over the pieces and the holes");
	is_int(touch(p + 7 * PAGE, 0), SIGSEGV, "takes them all");
}

static void protect(void)
{
	char *p = map_pages(6);

	memset(p, 4, 6 * PAGE);
	is_int(mprotect(p + 2 * PAGE, 2 * PAGE, PROT_READ), 0, "mprotect of the middle");
	is_int(touch(p + 2 * PAGE, 1), SIGSEGV, "a write there faults");
	is_int(touch(p + 2 * PAGE, 0), 0, "a read does not");
	is_int(touch(p + PAGE, 1), 0, "before it nothing changed");
	is_int(touch(p + 4 * PAGE, 1), 0, "nor behind it");
	is_int(mprotect(p + 3 * PAGE, PAGE, PROT_NONE), 0, "PROT_NONE within it");
	is_int(touch(p + 3 * PAGE, 0), SIGSEGV, "a read faults");
	is_int(mprotect(p, 6 * PAGE, RW), 0, "all of it back in one call");
	is_int(touch(p + 3 * PAGE, 1), 0, "is writable again");
	is_int(p[3 * PAGE + 1], 4, "and kept its bytes");
	is_int(raw(SYS_mprotect, p + 1, PAGE, RW), -EINVAL, "an address within a page");
	fails(mprotect(p, PAGE, 0x100), EINVAL, "unknown protection");
	works(mprotect(p, 0, RW), "length 0 is no error");
	must(munmap(p + 3 * PAGE, PAGE) == 0);
	fails(mprotect(p, 6 * PAGE, PROT_READ), ENOMEM, "over a hole");
	is_int(touch(p + 2 * PAGE, 1), SIGSEGV, "what lies before the hole was changed");
	is_int(touch(p + 5 * PAGE, 1), 0, "what lies behind it was not");
}

static void generated_code(void)
{
	unsigned char *p = map_pages(1);
	static const unsigned char code[] = {0xb8, 0x2a, 0, 0, 0, 0xc3}; /* mov $42, %eax; ret */
	int (*function)(void) = (int (*)(void))(uintptr_t)p;

	memcpy(p, code, sizeof(code));
	must(mprotect(p, PAGE, PROT_READ | PROT_EXEC) == 0);
	is_int(function(), 42, "written, then made executable, it runs");
	is_int(touch((char *)p, 1), SIGSEGV, "and is no longer writable");
	must(mprotect(p, PAGE, RW) == 0);
	p[1] = 43;
	must(mprotect(p, PAGE, PROT_READ | PROT_EXEC) == 0);
	is_int(function(), 43, "changed in between, it runs as changed");
}

static void many(void)
{
	enum { COUNT = 600 };
	static char *p[COUNT];
	int good = 0;

	/* Every second one differs in protection, so that they cannot be merged. */
	for (int i = 0; i < COUNT; i++) {
		p[i] = mmap(NULL, 2 * PAGE, i % 2 ? RW : PROT_READ, ANON, -1, 0);
		must(p[i] != MAP_FAILED);
		if (i % 2)
			*(int *)p[i] = i;
	}
	for (int i = 0; i < COUNT; i += 3)
		must(munmap(p[i] + PAGE, PAGE) == 0);
	for (int i = 1; i < COUNT; i += 2)
		good += *(int *)p[i] == i;
	is_int(good, COUNT / 2, "six hundred mappings keep their bytes");
	for (int i = 0; i < COUNT; i++)
		must(munmap(p[i], 2 * PAGE) == 0);
}

static void sparse(void)
{
	long huge = 1l << 34;
	char *p = mmap(NULL, (size_t)huge, RW, ANON | MAP_NORESERVE, -1, 0);

	must(p != MAP_FAILED);
	for (long at = 0; at < huge; at += huge / 64)
		p[at] = (char)(at / (huge / 64));
	for (long at = 0; at < huge; at += huge / 64)
		must(p[at] == (char)(at / (huge / 64)));
	ok(1, "64 pages touched in 16 GiB of reserved memory");
	is_int(munmap(p, (size_t)huge), 0, "and given back");
}

static void shared_anonymous(void)
{
	volatile int *p = map_shared(2);
	pid_t pid;

	if (in_child(&pid)) {
		p[0] = 11;
		p[PAGE / 4] = 22;
		_exit(0);
	}
	must(reap(pid) == 0);
	is_int(p[0] + p[PAGE / 4], 33, "what a child writes to shared memory the parent sees");
}

static void layout_varies(void)
{
	char *argv[] = {"cat", "/proc/self/maps", NULL}, *envp[] = {NULL};
	static char text[3][8192];
	int differ = 0;

	for (int i = 0; i < 3; i++) {
		int fd[2];
		ssize_t n;
		size_t got = 0;
		pid_t pid;
		must(pipe(fd) == 0);
		if (in_child(&pid)) {
			must(dup2(fd[1], 1) == 1);
			execve("/bin/cat", argv, envp);
			_exit(1);
		}
		close(fd[1]);
		while ((n = read(fd[0], text[i] + got, sizeof(text[i]) - 1 - got)) > 0)
			got += (size_t)n;
		must(reap(pid) == 0);
		close(fd[0]);
	}
	for (int i = 1; i < 3; i++) {
		char *a = strstr(text[0], "[stack]"), *b = strstr(text[i], "[stack]");
		must(a && b);
		while (a > text[0] && a[-1] != '\n')
			a--;
		while (b > text[i] && b[-1] != '\n')
			b--;
		differ += strncmp(a, b, 12) != 0;
	}
	ok(differ > 0, "the stack is elsewhere in each run");
}

static const struct tap_case cases[] = {
	{"program_break", program_break, 0},
	{"anonymous", anonymous, 0},
	{"refused", refused, 0},
	{"fixed", fixed, 0},
	{"unmap_splits", unmap_splits, 0},
	{"protect", protect, 0},
	{"generated_code", generated_code, 0},
	{"many", many, 0},
	{"sparse", sparse, 0},
	{"shared_anonymous", shared_anonymous, 0},
	{"layout_varies", layout_varies, 0},
};

TAP_MAIN(cases)
