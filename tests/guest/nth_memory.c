/*
 * Memory, signals and timers when the n-th allocation fails (nth_allocation.h).
 */
#include "nth_allocation.h"

#include <sys/resource.h>

static char *area, *moved;
static int file;

static void lay(void)
{
	must(mmap(area, 32 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == area);
	for (int i = 0; i < 32; i++)
		area[i * PAGE] = (char)(i + 1);
}

/* Every page is there, may be written, and has what was written. */
static int is_whole(void)
{
	for (int i = 0; i < 32; i++) {
		if (area[i * PAGE] != (char)(i + 1))
			return 0;
		area[i * PAGE + 1] = 1;
	}
	return 1;
}

static long answer(long result)
{
	return result < 0 && result > -4096 ? result : 0;
}

static void *mapped;

static long run_map(void)
{
	long p = raw(SYS_mmap, 0, 5 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	mapped = (void *)p;
	return answer(p);
}

static long run_map_shared(void)
{
	long p = raw(SYS_mmap, 0, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	mapped = (void *)p;
	return answer(p);
}

static long run_map_file(void)
{
	long p = raw(SYS_mmap, 0, 5 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);

	mapped = (void *)p;
	return answer(p);
}

static void unmap(long result)
{
	(void)result;
	must(munmap(mapped, 5 * PAGE) == 0);
}

static long run_map_over(void)
{
	return answer(raw(SYS_mmap, area + 8 * PAGE, 8 * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0));
}

static long run_unmap_middle(void)
{
	return raw(SYS_munmap, area + 8 * PAGE, 8 * PAGE);
}

static long run_protect_middle(void)
{
	return raw(SYS_mprotect, area + 8 * PAGE, 8 * PAGE, PROT_READ);
}

static long run_advise_middle(void)
{
	return raw(SYS_madvise, area + 8 * PAGE, 8 * PAGE, 10 /* MADV_DONTFORK */);
}

static long run_lock_middle(void)
{
	return raw(SYS_mlock, area + 8 * PAGE, 8 * PAGE);
}

static long run_move(void)
{
	return answer(raw(SYS_mremap, area + 8 * PAGE, 8 * PAGE, 8 * PAGE, 3, moved));
}

static long run_grow(void)
{
	return answer(raw(SYS_mremap, area + 8 * PAGE, 8 * PAGE, 20 * PAGE, 3, moved));
}

static uint64_t start_of_heap;

static long run_break(void)
{
	return (uint64_t)raw(SYS_brk, start_of_heap + 4 * PAGE) == start_of_heap + 4 * PAGE ? 0 : -ENOMEM;
}

static void break_back(long result)
{
	(void)result;
	must((uint64_t)raw(SYS_brk, start_of_heap) == start_of_heap);
}

/* A first write, and the first after a fork: they wait for memory, and nobody is told. */
static long run_touch(void)
{
	area[40 * PAGE] = 1;
	return area[40 * PAGE] == 1 ? 0 : -EPROTO;
}

static void lay_untouched(void)
{
	must(mmap(area + 40 * PAGE, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
	     MAP_FAILED);
}

static long run_queue(void)
{
	siginfo_t info = {.si_signo = SIGRTMIN, .si_code = SI_QUEUE};

	return raw(SYS_rt_sigqueueinfo, raw(SYS_getpid), SIGRTMIN, &info);
}

static int nothing_pending(void)
{
	uint64_t set = 0;

	raw(SYS_rt_sigpending, &set, 8);
	return set == 0;
}

static void take_signal(long result)
{
	uint64_t set = 1ul << (SIGRTMIN - 1);
	struct timespec now = {0, 0};

	(void)result;
	must(raw(SYS_rt_sigtimedwait, &set, 0, &now, 8) == SIGRTMIN);
}

static int timer;

static long run_timer(void)
{
	return raw(SYS_timer_create, CLOCK_MONOTONIC, 0, &timer);
}

static void delete_timer(long result)
{
	(void)result;
	must(raw(SYS_timer_delete, timer) == 0);
}

static const struct operation mappings[] = {
	{"mmap", 0, run_map, 0, unmap, 0, 0, 0},
	{"mmap of shared memory", 0, run_map_shared, 0, unmap, 0, 0, 0},
	{"mmap of a file", 0, run_map_file, 0, unmap, 0, 0, 0},
	{"mmap over the middle of another", lay, run_map_over, is_whole, 0, 0, 0, 0},
	{"munmap of the middle", lay, run_unmap_middle, is_whole, 0, 0, 0, 0},
	{"mprotect of the middle", lay, run_protect_middle, is_whole, 0, 0, 0, 0},
	{"madvise of the middle", lay, run_advise_middle, is_whole, 0, EAGAIN, 0, 0},
	{"mlock of the middle", lay, run_lock_middle, is_whole, 0, EAGAIN, 0, 0},
	{"mremap to another place", lay, run_move, is_whole, 0, 0, 0, 0},
	{"mremap that grows", lay, run_grow, is_whole, 0, 0, 0, 0},
	{"brk", 0, run_break, 0, break_back, 0, 0, 0},
	{"a first write", lay_untouched, run_touch, 0, 0, 0, 1, 0},
};

static const struct operation events[] = {
	{"sigqueue", 0, run_queue, nothing_pending, take_signal, EAGAIN, 0, 0},
	{"timer_create", 0, run_timer, 0, delete_timer, EAGAIN, 0, 0},
};

static void of_mappings(void)
{
	area = map_pages(64);
	moved = map_pages(64);
	file = open("mapped", O_RDWR | O_CREAT, 0600);
	must(file >= 0 && ftruncate(file, 32 * PAGE) == 0);
	start_of_heap = (uint64_t)raw(SYS_brk, 0);
	nth_run(mappings, count_of(mappings));
}

static void of_events(void)
{
	uint64_t set = 1ul << (SIGRTMIN - 1);

	must(raw(SYS_rt_sigprocmask, SIG_BLOCK, &set, 0, 8) == 0);
	nth_run(events, count_of(events));
}

static const struct tap_case cases[] = {
	{"of_mappings", of_mappings, 0},
	{"of_events", of_events, 0},
};

TAP_MAIN(cases)
