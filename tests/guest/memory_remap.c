/* mremap, madvise, mincore, msync, locking, the stack's growth and its limit. */
#include "guest.h"

#include <setjmp.h>
#include <sys/resource.h>

#define RW (PROT_READ | PROT_WRITE)

static sigjmp_buf back;
static volatile uintptr_t fault_address;

static void on_fault(int signo, siginfo_t *info, void *context)
{
	(void)context;
	fault_address = (uintptr_t)info->si_addr;
	siglongjmp(back, signo);
}

static int touch(volatile char *p)
{
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	int signo;

	must(sigaction(SIGSEGV, &action, NULL) == 0);
	signo = sigsetjmp(back, 1);
	if (signo == 0)
		(void)*p;
	return signo;
}

/* `pages` mapped with `free` unmapped pages behind them; page i holds the byte i + 1. */
static char *with_room(long pages, long room)
{
	char *p = map_pages(pages + room);

	must(munmap(p + pages * PAGE, (size_t)(room * PAGE)) == 0);
	for (long i = 0; i < pages; i++)
		memset(p + i * PAGE, (int)i + 1, PAGE);
	return p;
}

static int kept(const char *p, long pages)
{
	for (long i = 0; i < pages; i++) {
		if (p[i * PAGE] != i + 1 || p[i * PAGE + PAGE - 1] != i + 1)
			return 0;
	}
	return 1;
}

static void grow_in_place(void)
{
	char *p = with_room(3, 3);

	ok(mremap(p, 3 * PAGE, 6 * PAGE, 0) == p, "grows where there is room");
	ok(kept(p, 3) && p[3 * PAGE] == 0 && p[6 * PAGE - 1] == 0, "keeps its bytes, the rest is zero");
}

static void grow_refused(void)
{
	char *p = map_pages(4);

	fails(mremap(p, PAGE, 2 * PAGE, 0), ENOMEM, "without MAYMOVE and without room");
	is_int(touch(p), 0, "nothing happened");
	fails(mremap(p, PAGE, 0, 0), EINVAL, "a new size of 0");
	is_int(raw(SYS_mremap, p + 1, PAGE, PAGE, 0), -EINVAL, "an address within a page");
	is_int(raw(SYS_mremap, p, PAGE, PAGE, 0x100), -EINVAL, "an unknown flag");
	is_int(raw(SYS_mremap, p, PAGE, PAGE, MREMAP_FIXED, p), -EINVAL, "FIXED without MAYMOVE");
	must(munmap(p + 2 * PAGE, PAGE) == 0);
	is_int(raw(SYS_mremap, p + 2 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE), -EFAULT, "of what is not mapped");
	is_int(raw(SYS_mremap, p, 4 * PAGE, 5 * PAGE, MREMAP_MAYMOVE), -EFAULT, "over a hole");
}

static void moves(void)
{
	char *p = map_pages(5), *q;

	for (int i = 0; i < 3; i++)
		memset(p + i * PAGE, i + 1, PAGE);
	q = mremap(p, 3 * PAGE, 100 * PAGE, MREMAP_MAYMOVE);
	must(q != MAP_FAILED);
	ok(q != p, "MAYMOVE without room moves");
	ok(kept(q, 3) && q[99 * PAGE] == 0, "with the bytes");
	is_int(touch(p), SIGSEGV, "the old place is free");
	is_int(touch(p + 3 * PAGE), 0, "what was behind it stays");
}

static void shrinks(void)
{
	char *p = with_room(5, 1);

	ok(mremap(p, 5 * PAGE, 2 * PAGE, 0) == p, "shrinks in place");
	ok(kept(p, 2), "keeps what remains");
	is_int(touch(p + 2 * PAGE), SIGSEGV, "the rest is gone");
}

static void to_fixed(void)
{
	char *p = with_room(3, 1), *target = map_pages(8), *q;

	memset(target, 99, 8 * PAGE);
	q = mremap(p, 3 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target + PAGE);
	ok(q == target + PAGE, "FIXED: at the address asked for");
	ok(kept(q, 3) && q[3 * PAGE] == 0, "with the bytes, and zeros behind");
	ok(target[PAGE - 1] == 99 && target[5 * PAGE] == 99, "its neighbours stay");
	is_int(touch(p), SIGSEGV, "the old place is free");
	is_int(raw(SYS_mremap, target, 3 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target + PAGE), -EINVAL,
	       "old and new place overlap");
}

static void part_moves(void)
{
	char *p = with_room(6, 1), *q = mremap(p + 2 * PAGE, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE);

	must(q != MAP_FAILED);
	ok(q[0] == 3 && q[PAGE] == 4 && q[2 * PAGE] == 0, "the middle of a mapping moves");
	ok(p[PAGE] == 2 && p[4 * PAGE] == 5, "both its ends stay");
	is_int(touch(p + 2 * PAGE), SIGSEGV, "with a hole between");
}

static void shared_moves(void)
{
	char *p = map_shared(2), *q;
	pid_t pid;

	q = mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, map_pages(2));
	must(q != MAP_FAILED);
	if (in_child(&pid)) {
		q[PAGE] = 9;
		_exit(0);
	}
	must(reap(pid) == 0);
	is_int(q[PAGE], 9, "moved shared memory is still shared");
}

static void advice(void)
{
	char *p = map_pages(8), *s = map_shared(2), *f;
	int fd;

	memset(p, 5, 8 * PAGE);
	is_int(madvise(p + 2 * PAGE, 3 * PAGE, MADV_DONTNEED), 0, "MADV_DONTNEED");
	ok(p[2 * PAGE] == 0 && p[5 * PAGE - 1] == 0, "zeroes private memory");
	ok(p[2 * PAGE - 1] == 5 && p[5 * PAGE] == 5, "to the page");
	memset(s, 6, 2 * PAGE);
	must(madvise(s, 2 * PAGE, MADV_DONTNEED) == 0);
	is_int(s[PAGE], 6, "shared memory keeps its bytes");
	must(write_text("file", "in the file") == 11);
	fd = open("file", O_RDWR);
	f = mmap(NULL, PAGE, RW, MAP_PRIVATE, fd, 0);
	must(f != MAP_FAILED);
	f[0] = 'X';
	must(madvise(f, PAGE, MADV_DONTNEED) == 0);
	is_str(f, "in the file", "private changes to a file's page are dropped");
	works(madvise(p, 8 * PAGE, MADV_WILLNEED), "MADV_WILLNEED");
	works(madvise(p, 8 * PAGE, MADV_SEQUENTIAL), "MADV_SEQUENTIAL");
	works(madvise(p, 8 * PAGE, MADV_RANDOM), "MADV_RANDOM");
	works(madvise(p, 8 * PAGE, MADV_NORMAL), "MADV_NORMAL");
	fails(madvise(p, PAGE, 7777), EINVAL, "unknown advice");
	fails(madvise(p + 1, PAGE, MADV_NORMAL), EINVAL, "an address within a page");
	must(munmap(p + 2 * PAGE, PAGE) == 0);
	fails(madvise(p, 8 * PAGE, MADV_DONTNEED), ENOMEM, "over a hole");
	is_int(p[0], 0, "but what is mapped is done");
	is_int(p[7 * PAGE], 0, "on both sides of it");
}

static void not_for_children(void)
{
	char *p = map_pages(4);
	pid_t pid;

	memset(p, 8, 4 * PAGE);
	must(madvise(p, PAGE, 10 /* MADV_DONTFORK */) == 0);
	must(madvise(p + 2 * PAGE, PAGE, 18 /* MADV_WIPEONFORK */) == 0);
	if (in_child(&pid))
		_exit((touch(p) == SIGSEGV) + 2 * (touch(p + PAGE) == 0) + 4 * (p[2 * PAGE] == 0) +
		      8 * (p[3 * PAGE] == 8));
	is_exited(pid, 15, "MADV_DONTFORK and MADV_WIPEONFORK");
	is_int(p[0] + p[2 * PAGE], 16, "the parent keeps its bytes");
}

static void residency(void)
{
	unsigned char present[4];
	char *p = map_pages(4);

	p[0] = p[2 * PAGE] = 1;
	is_int(mincore(p, 4 * PAGE, present), 0, "mincore");
	is_int(present[0] & 1, 1, "a touched page is there");
	is_int(present[1] & 1, 0, "an untouched one is not");
	is_int(present[2] & 1, 1, "nor is its neighbour forgotten");
	fails(mincore(p + 1, PAGE, present), EINVAL, "an address within a page");
	must(munmap(p + PAGE, PAGE) == 0);
	fails(mincore(p, 4 * PAGE, present), ENOMEM, "over a hole");
}

static void synchronise(void)
{
	char *p = map_pages(3);

	works(msync(p, 3 * PAGE, MS_SYNC), "MS_SYNC");
	works(msync(p, 3 * PAGE, MS_ASYNC), "MS_ASYNC");
	fails(msync(p, PAGE, MS_SYNC | MS_ASYNC), EINVAL, "both at once");
	fails(msync(p, PAGE, 64), EINVAL, "an unknown flag");
	fails(msync(p + 1, PAGE, MS_SYNC), EINVAL, "an address within a page");
	must(munmap(p + PAGE, PAGE) == 0);
	fails(msync(p, 3 * PAGE, MS_SYNC), ENOMEM, "over a hole");
	works(mlock(p, PAGE), "mlock");
	works(munlock(p, PAGE), "munlock");
}

static __attribute__((noinline)) long deep(long pages)
{
	volatile char room[PAGE];

	room[0] = (char)pages;
	return pages <= 0 ? 0 : deep(pages - 1) + room[0] * 0;
}

static void stack_grows(void)
{
	pid_t pid;

	if (in_child(&pid))
		_exit((int)deep(1500));
	is_exited(pid, 0, "a stack of 6 MiB within a limit of 8");
}

static void stack_limit(void)
{
	struct rlimit limit = {1 << 20, 1 << 23};
	char *argv[] = {"memory_remap", "deep", NULL}, *envp[] = {NULL};
	pid_t pid;

	if (in_child(&pid))
		_exit((int)deep(4000));
	is_killed(pid, SIGSEGV, "one of 16 MiB is a fault");
	if (in_child(&pid)) {
		must(setrlimit(RLIMIT_STACK, &limit) == 0);
		execve("/tests/memory_remap", argv, envp);
		_exit(1);
	}
	is_killed(pid, SIGSEGV, "a limit of 1 MiB holds");
}

static void stack_guard(void)
{
	/* Nothing may be mapped right below the stack's lowest page, so that an overflow faults. */
	volatile char here;
	uintptr_t low = (uintptr_t)&here & -(uintptr_t)PAGE;
	pid_t pid;

	if (in_child(&pid)) {
		for (long i = 0; i < 5000; i++)
			*(volatile char *)(low - (uintptr_t)(i * PAGE)) = 1;
		_exit(1);
	}
	is_killed(pid, SIGSEGV, "walking down the stack ends at its limit, not in another mapping");
}

/* Every page of [from, from + bytes) says which it is; moved to `to`, they still do. */
static void move_numbered(char *from, char *to, size_t bytes, const char *what)
{
	size_t wrong = 0;

	for (size_t i = 0; i < bytes; i += PAGE)
		*(size_t *)(from + i) = i + 1;
	must(mremap(from, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	for (size_t i = 0; i < bytes; i += PAGE)
		wrong += *(size_t *)(to + i) != i + 1;
	is_int((long)wrong, 0, "%s", what);
	must(munmap(to, bytes) == 0);
}

/* Pages that one page table names (2 MiB) go where those of the next one come from, and the other way round. */
static void moves_across_tables(void)
{
	const size_t half = 1 << 20, span = 16 * half;
	char *room = mmap(NULL, span, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *at;

	must(room != MAP_FAILED && munmap(room, span) == 0);
	at = (char *)(((uintptr_t)room + 4 * half - 1) & -(uintptr_t)(2 * half)) + 4 * half;
	for (unsigned i = 0; i < 6; i++) {
		static const long steps[] = {-4, -3, -2, 2, 3, 4};
		char *from = at + half + half / 2;

		must(mmap(from, half, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == from);
		move_numbered(from, from + steps[i] * (long)(half / 2), half, "half a table's pages move");
	}
}

static const struct tap_case cases[] = {
	{"grow_in_place", grow_in_place, 0},
	{"grow_refused", grow_refused, 0},
	{"moves", moves, 0},
	{"shrinks", shrinks, 0},
	{"to_fixed", to_fixed, 0},
	{"part_moves", part_moves, 0},
	{"moves_across_tables", moves_across_tables, 0},
	{"shared_moves", shared_moves, 0},
	{"advice", advice, 0},
	{"not_for_children", not_for_children, 0},
	{"residency", residency, 0},
	{"synchronise", synchronise, 0},
	{"stack_grows", stack_grows, 0},
	{"stack_limit", stack_limit, 0},
	{"stack_guard", stack_guard, 0},
};

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "deep") == 0)
		return (int)deep(400);
	return tap_main(cases, count_of(cases), argc, argv);
}
