/*
 * One address space in several hands: threads map, unmap, protect, fault and fork at once. Nothing may be lost, nothing
 * seen that is another's.
 */
#include "guest.h"

#include <sys/uio.h>

static volatile int faults_seen;

static int map_and_unmap(void *p)
{
	volatile long *rounds = p;

	for (int i = 0; i < 400; i++) {
		long pages = 1 + i % 7;
		char *m = (char *)raw(SYS_mmap, 0, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				      -1, 0);
		if ((long)m < 0 && (long)m > -PAGE)
			return 1;
		for (long j = 0; j < pages; j++) {
			if (m[j * PAGE] != 0)
				__atomic_fetch_add(&faults_seen, 1, __ATOMIC_SEQ_CST);
			m[j * PAGE] = (char)(j + 1);
		}
		raw(SYS_mprotect, m, PAGE, PROT_READ);
		if (m[0] != 1)
			__atomic_fetch_add(&faults_seen, 1, __ATOMIC_SEQ_CST);
		raw(SYS_munmap, m, pages * PAGE);
		__atomic_fetch_add(rounds, 1, __ATOMIC_SEQ_CST);
	}
	return 0;
}

static void mapping_storm(void)
{
	static volatile long rounds;
	struct thread t[4];
	int good = 0;

	for (int i = 0; i < 4; i++)
		must(thread_start(&t[i], map_and_unmap, (void *)&rounds) > 0);
	for (int i = 0; i < 15; i++) {
		pid_t pid;
		if (in_child(&pid))
			_exit(5);
		good += reap(pid) == 5 << 8;
	}
	for (int i = 0; i < 4; i++)
		thread_join(&t[i]);
	is_int(rounds, 1600, "four threads map and unmap sixteen hundred times");
	is_int(faults_seen, 0, "every new page is zero, every old one keeps its byte");
	is_int(good, 15, "while the process forks");
}

struct shared_words {
	volatile long counter[512];
	volatile int go;
};

static int bump(void *p)
{
	struct shared_words *w = p;

	for (int i = 0; i < 3000; i++)
		__atomic_fetch_add(&w->counter[i % 512], 1, __ATOMIC_SEQ_CST);
	return 0;
}

static void writes_during_fork(void)
{
	/* Threads write while another forks: after the fork the page is copied under their hands. */
	struct shared_words *w = map_pages(2);
	struct thread t[4];
	long total = 0;
	int good = 0;

	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 4; i++)
			must(thread_start(&t[i], bump, w) > 0);
		for (int i = 0; i < 5; i++) {
			pid_t pid;
			if (in_child(&pid)) {
				long before = w->counter[7];
				sched_yield();
				_exit(w->counter[7] == before ? 6 : 7);
			}
			good += reap(pid) == 6 << 8;
		}
		for (int i = 0; i < 4; i++)
			thread_join(&t[i]);
	}
	for (int i = 0; i < 512; i++)
		total += w->counter[i];
	is_int(total, 10 * 4 * 3000, "no addition is lost while the process forks fifty times");
	is_int(good, 50, "and no child sees its memory change");
}

static void stack_pages_by_kernel(void)
{
	/* The kernel itself is the first to write to deep stack pages and to fresh mappings. */
	char deep[40 * PAGE];
	int fd = open("/dev/zero", O_RDONLY), pipes[2];
	char *m = map_pages(16);
	struct iovec v[2] = {{m + 3 * PAGE - 5, 10}, {m + 9 * PAGE - 3, 6}};

	must(fd >= 0 && pipe(pipes) == 0);
	is_int(read(fd, deep, sizeof(deep)), sizeof(deep), "a read into a deep stack");
	must(write(pipes[1], "0123456789abcdef", 16) == 16);
	is_int(readv(pipes[0], v, 2), 16, "a read across pages that were never touched");
	ok(memcmp(m + 3 * PAGE - 5, "0123456789", 10) == 0 && memcmp(m + 9 * PAGE - 3, "abcdef", 6) == 0, "arrives");
	is_int(m[3 * PAGE - 6] | m[3 * PAGE + 5], 0, "and nowhere else");
}

static int remove_page(void *p)
{
	sleep_ms(1);
	raw(SYS_munmap, p, PAGE);
	return 0;
}

static void unmapped_under_a_read(void)
{
	int good = 0;

	/* A buffer goes away while the kernel waits to fill it: EFAULT, and the process lives. */
	for (int i = 0; i < 20; i++) {
		char *m = map_pages(1);
		struct thread t;
		int fd[2];
		pid_t pid;
		long n;
		must(pipe(fd) == 0);
		must(thread_start(&t, remove_page, m) > 0);
		if (in_child(&pid)) {
			sleep_ms(4);
			_exit(write(fd[1], "late", 4) == 4 ? 0 : 1);
		}
		n = raw(SYS_read, fd[0], m, 4);
		good += n == -EFAULT || n == 4;
		must(reap(pid) == 0);
		thread_join(&t);
		close(fd[0]);
		close(fd[1]);
	}
	is_int(good, 20, "a buffer that is unmapped while a read waits");
}

static void neighbours(void)
{
	/* Many small mappings beside each other, freed in another order, must merge and split without loss. */
	enum { COUNT = 300 };
	static char *p[COUNT];
	int good = 1;

	for (int i = 0; i < COUNT; i++) {
		p[i] = map_pages(2);
		p[i][0] = (char)i;
		p[i][PAGE] = (char)(i + 1);
	}
	for (int i = 0; i < COUNT; i += 2)
		must(mprotect(p[i], PAGE, PROT_READ) == 0);
	for (int i = 0; i < COUNT; i++)
		good &= p[i][0] == (char)i && p[i][PAGE] == (char)(i + 1);
	for (int i = 0; i < COUNT; i += 2)
		must(mprotect(p[i], PAGE, PROT_READ | PROT_WRITE) == 0);
	for (int i = 0; i < COUNT; i++)
		must(munmap(p[(i * 7) % COUNT], 2 * PAGE) == 0);
	ok(good, "three hundred neighbours keep their bytes through changes of protection");
}

static const struct tap_case cases[] = {
	{"mapping_storm", mapping_storm, 0},
	{"writes_during_fork", writes_during_fork, 0},
	{"stack_pages_by_kernel", stack_pages_by_kernel, 0},
	{"unmapped_under_a_read", unmapped_under_a_read, 0},
	{"neighbours", neighbours, 0},
};

TAP_MAIN(cases)
