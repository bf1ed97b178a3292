/*
 * What one thread takes away no other may still use, on whatever processor it runs: rights, pages, places. And what
 * a fork has copied stays as it was.
 */
#include "guest.h"

#include <signal.h>

#define WRITERS 3
#define PAGES   4
#define ROUNDS  80

/* The page is the writers' while this is set; in between an access is to fault, and waits in the handler. */
static volatile int is_open, is_over;
static volatile long faults, written[WRITERS];

static void wait_until_open(int signal)
{
	(void)signal;
	__atomic_fetch_add(&faults, 1, __ATOMIC_SEQ_CST);
	/* Not by spinning: the others need the host's processors. */
	while (!__atomic_load_n(&is_open, __ATOMIC_SEQ_CST))
		raw(SYS_futex, &is_open, 0 /* FUTEX_WAIT */, 0, 0, 0, 0);
}

static void take_faults(void)
{
	struct sigaction action = {.sa_handler = wait_until_open};

	must(sigaction(SIGSEGV, &action, NULL) == 0);
}

/* Writers count up words of their own in each page and look whether somebody else's bytes are there. */
struct place {
	volatile long *words; /* PAGES pages */
	int writer;
};
static volatile long strangers;

static int write_words(void *p)
{
	struct place *place = p;

	for (long n = 1; !is_over; n++) {
		for (int page = 0; page < PAGES; page++) {
			volatile long *word = place->words + page * (PAGE / (long)sizeof(long)) + place->writer;
			long seen = *word;
			if (seen < 0)
				__atomic_fetch_add(&strangers, 1, __ATOMIC_SEQ_CST);
			*word = n;
		}
		written[place->writer] = n;
		if (n % 64 == 0)
			raw(SYS_sched_yield);
	}
	return 0;
}

static void start_writers(struct thread *thread, struct place *place, void *words)
{
	is_open = 1;
	is_over = 0;
	faults = 0;
	strangers = 0;
	take_faults();
	for (int i = 0; i < WRITERS; i++) {
		written[i] = 0;
		place[i] = (struct place){words, i};
		must(thread_start(&thread[i], write_words, &place[i]) > 0);
	}
}

static void end_writers(struct thread *thread)
{
	is_over = 1;
	for (int i = 0; i < WRITERS; i++)
		thread_join(&thread[i]);
}

static void close_place(void)
{
	__atomic_store_n(&is_open, 0, __ATOMIC_SEQ_CST);
}

static void open_place(void)
{
	long before[WRITERS];

	for (int i = 0; i < WRITERS; i++)
		before[i] = written[i];
	__atomic_store_n(&is_open, 1, __ATOMIC_SEQ_CST);
	raw(SYS_futex, &is_open, 1 /* FUTEX_WAKE */, WRITERS, 0, 0, 0);
	/* What is taken away next is in use. */
	for (int i = 0; i < WRITERS; i++) {
		while (written[i] == before[i])
			raw(SYS_sched_yield);
	}
}

static int is_unchanged(const volatile char *a, const char *copy, int looks)
{
	for (int look = 0; look < looks; look++) {
		raw(SYS_sched_yield);
		for (long i = 0; i < PAGES * PAGE; i += 8) {
			if (*(const volatile long *)(a + i) != *(const long *)(copy + i))
				return 0;
		}
	}
	return 1;
}

static void protect(void)
{
	struct thread thread[WRITERS];
	struct place place[WRITERS];
	char *words = map_pages(PAGES), *copy = map_pages(PAGES);
	int good = 0, rounds = 0;

	start_writers(thread, place, words);
	/* On busy processors it takes its time until a writer meets a page that is closed. */
	while (rounds < ROUNDS || faults == 0) {
		rounds++;
		close_place();
		must(mprotect(words, PAGES * PAGE, PROT_READ) == 0);
		memcpy(copy, words, PAGES * PAGE);
		good += is_unchanged(words, copy, 8);
		must(mprotect(words, PAGES * PAGE, PROT_READ | PROT_WRITE) == 0);
		open_place();
	}
	end_writers(thread);
	is_int(good, rounds, "nothing is written once mprotect has returned");
}

/* Pages that the kernel gives out next: mostly those that were just taken away. Nobody but us may write there. */
static int others_are_clean(void)
{
	char *other = map_pages(PAGES);
	int good = 1;

	for (long i = 0; i < PAGES * PAGE; i += 8) {
		good &= *(volatile long *)(other + i) == 0;
		*(volatile long *)(other + i) = -7;
	}
	for (int look = 0; look < 4; look++) {
		raw(SYS_sched_yield);
		for (long i = 0; i < PAGES * PAGE; i += 8)
			good &= *(volatile long *)(other + i) == -7;
	}
	munmap(other, PAGES * PAGE);
	return good;
}

static void unmap(void)
{
	struct thread thread[WRITERS];
	struct place place[WRITERS];
	char *words = map_pages(PAGES);
	int good = 0;

	start_writers(thread, place, words);
	for (int round = 0; round < ROUNDS; round++) {
		close_place();
		/* A neighbour's place: nothing may be mapped here until we say so. */
		must(mmap(words, PAGES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == words);
		good += others_are_clean();
		must(mmap(words, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			  0) == words);
		open_place();
	}
	end_writers(thread);
	is_int(good, ROUNDS, "nothing is written into pages that belong to others by now");
	is_int(strangers, 0, "nothing of others is read");
}

static void move(void)
{
	struct thread thread[WRITERS];
	struct place place[WRITERS];
	char *words = map_pages(PAGES), *there = map_pages(PAGES), *copy = map_pages(PAGES);
	int good = 0;

	start_writers(thread, place, words);
	for (int round = 0; round < ROUNDS; round++) {
		close_place();
		must(mremap(words, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, there) == there);
		memcpy(copy, there, PAGES * PAGE);
		good += is_unchanged(there, copy, 8);
		must(mremap(there, PAGES * PAGE, PAGES * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, words) == words);
		open_place();
	}
	end_writers(thread);
	is_int(good, ROUNDS, "nothing is written through the old place once mremap has returned");
}

/* The child looks at its copy for a while: the parent's threads go on writing theirs. */
static void fork_snapshot(void)
{
	struct thread thread[WRITERS];
	struct place place[WRITERS];
	char *words = map_pages(PAGES);
	int good = 0;

	start_writers(thread, place, words);
	for (int round = 0; round < 40; round++) {
		pid_t pid;
		if (in_child(&pid)) {
			static char copy[PAGES * PAGE];
			memcpy(copy, words, sizeof(copy));
			_exit(is_unchanged(words, copy, 20) ? 0 : 1);
		}
		good += reap(pid) == 0;
	}
	end_writers(thread);
	is_int(good, 40, "the child's pages do not change");
}

/* -- a page is copied under the hands of two who talk to each other -- */

static volatile long *letter; /* private: every fork has it copied anew */
static volatile long *bell;   /* shared: never copied */
static volatile long stale;

static int send_letters(void *p)
{
	(void)p;
	for (long n = 1; !is_over; n++) {
		*letter = n;
		__atomic_store_n(bell, n, __ATOMIC_SEQ_CST);
		raw(SYS_sched_yield);
	}
	return 0;
}

static int read_letters(void *p)
{
	(void)p;
	while (!is_over) {
		long rung = __atomic_load_n(bell, __ATOMIC_SEQ_CST);
		if (*letter < rung)
			__atomic_fetch_add(&stale, 1, __ATOMIC_SEQ_CST);
	}
	return 0;
}

static void copy_is_seen_by_all(void)
{
	struct thread thread[3];
	int good = 0;

	letter = map_pages(1);
	bell = map_shared(1);
	is_over = 0;
	must(thread_start(&thread[0], send_letters, NULL) > 0);
	must(thread_start(&thread[1], read_letters, NULL) > 0);
	must(thread_start(&thread[2], read_letters, NULL) > 0);
	for (int round = 0; round < 60; round++) {
		pid_t pid;
		if (in_child(&pid)) {
			sleep_ms(1);
			_exit(3);
		}
		good += reap(pid) == 3 << 8;
	}
	is_over = 1;
	for (int i = 0; i < 3; i++)
		thread_join(&thread[i]);
	is_int(good, 60, "forks while two threads talk");
	is_int(stale, 0, "who has heard the bell reads the letter, not the page before");
}

/* -- user memory that goes away while the kernel copies -- */

static int unmap_and_map(void *p)
{
	while (!is_over) {
		raw(SYS_munmap, p, 8 * PAGE);
		raw(SYS_sched_yield);
		raw(SYS_mmap, p, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		for (long i = 0; i < 8; i++)
			raw(SYS_getrandom, (char *)p + i * PAGE, 8, 0);
	}
	return 0;
}

static void copies_meet_unmap(void)
{
	struct thread thread;
	char *window = map_pages(8);
	int fd[2], bad = 0, moved = 0;

	is_over = 0;
	must(pipe2(fd, O_NONBLOCK) == 0);
	must(thread_start(&thread, unmap_and_map, window) > 0);
	for (int i = 0; i < 600 || moved == 0; i++) {
		long wrote = raw(SYS_write, fd[1], window, 8 * PAGE);
		long got = raw(SYS_read, fd[0], window, 8 * PAGE);
		bad += wrote == 0 || (wrote < 0 && wrote != -EFAULT && wrote != -EAGAIN);
		bad += got == 0 || (got < 0 && got != -EFAULT && got != -EAGAIN);
		moved += wrote > 0;
	}
	is_over = 1;
	thread_join(&thread);
	is_int(bad, 0, "a copy to or from memory that goes away gives EFAULT or what was moved");
}

static const struct tap_case cases[] = {
	{"protect", protect, 60},
	{"unmap", unmap, 60},
	{"move", move, 60},
	{"fork_snapshot", fork_snapshot, 60},
	{"copy_is_seen_by_all", copy_is_seen_by_all, 60},
	{"copies_meet_unmap", copies_meet_unmap, 60},
};

TAP_MAIN(cases)
