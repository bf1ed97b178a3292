/*
 * Fresh memory that is written page after page. How many pages one fault brings in is the kernel's business (Linux:
 * huge pages; Namu: pages ahead of those asked for); what they hold, where they end and that advice is kept is not.
 */
#include "guest.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define RW         (PROT_READ | PROT_WRITE)
#define MIB_PAGES  256
#define HUGE_BYTES (2L << 20)
#define AREA       (3 * MIB_PAGES)
/* Pages that may be there besides those touched: Linux has a huge one at each end at most. */
#define BEYOND_LINUX 1024
#define BEYOND_NAMU  16

/* `pages` of fresh memory that nothing else continues, from a multiple of 2 MiB on. */
static char *map_alone(long pages)
{
	char *p = mmap(NULL, (pages + 1) * PAGE + HUGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(p != MAP_FAILED);
	p = (char *)(((long)p + HUGE_BYTES) & -HUGE_BYTES);
	must(mprotect(p, pages * PAGE, RW) == 0);
	return p;
}

static int is_zero(const char *page)
{
	const long *words = (const long *)page;

	for (long i = 0; i < PAGE / (long)sizeof(long); i++) {
		if (words[i])
			return 0;
	}
	return 1;
}

static void mark(char *page, long value)
{
	((volatile long *)page)[0] = value;
	((volatile long *)page)[PAGE / (long)sizeof(long) - 1] = value;
}

static int is_marked(const char *page, long value)
{
	return ((const long *)page)[0] == value && ((const long *)page)[PAGE / (long)sizeof(long) - 1] == value;
}

/* Write the pages [from, to) in order; each is zero behind the word that brings it in. Returns how many were not. */
static long touch(char *area, long from, long to)
{
	long strange = 0;

	for (long i = from; i < to; i++) {
		char *page = area + i * PAGE;
		((volatile long *)page)[0] = 0;
		strange += !is_zero(page);
		mark(page, i + 1);
	}
	return strange;
}

static long marks_kept(const char *area, long from, long to)
{
	long kept = 0;

	for (long i = from; i < to; i++)
		kept += is_marked(area + i * PAGE, i + 1);
	return kept;
}

/* How many of the pages [from, to) are in memory. */
static long present(char *area, long from, long to)
{
	unsigned char there[4096];
	long count = 0;

	must(to - from <= (long)sizeof(there) && mincore(area + from * PAGE, (to - from) * PAGE, there) == 0);
	for (long i = 0; i < to - from; i++)
		count += there[i] & 1;
	return count;
}

/* The lines of smaps about the mapping at `p`, to the end of its last. */
static char *region_lines(const char *p)
{
	static char text[65536];
	char name[32], *lines, *end;

	snprintf(name, sizeof(name), "%lx-", (long)p);
	must(read_text("/proc/self/smaps", text, sizeof(text)) > 0);
	lines = strstr(text, name);
	must(lines != NULL);
	end = strstr(lines, "VmFlags:");
	must(end != NULL && (end = strchr(end, '\n')) != NULL);
	*end = 0;
	return lines;
}

static int has_flag(const char *p, const char *flag)
{
	return strstr(strstr(region_lines(p), "VmFlags:"), flag) != NULL;
}

static long region_number(const char *p, const char *name)
{
	char *line = region_lines(p);

	while ((line = strchr(line, '\n')) != NULL) {
		size_t length = strlen(name);
		line++;
		if (strncmp(line, name, length) == 0 && line[length] == ':')
			return strtol(line + length + 1, NULL, 10);
	}
	return -1;
}

/* Without advice, does this kernel bring in just what is touched, where nothing is written in order? */
static int uses_small_pages(void)
{
	char text[64];

	return is_namu() || read_text("/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof(text)) <= 0 ||
	       !strstr(text, "[always]");
}

static long faults_of_all(void)
{
	struct rusage usage;

	must(getrusage(RUSAGE_SELF, &usage) == 0);
	return usage.ru_minflt;
}

static void in_order(void)
{
	char *p = map_alone(AREA);
	long before = faults_of_all();

	is_int(touch(p, 0, AREA), 0, "pages written in order are zero before");
	if (is_namu())
		ok(faults_of_all() - before < AREA / 8, "few of them fault (%ld of %d)", faults_of_all() - before,
		   AREA);
	else
		skip("few of them fault", "as Linux is set up");
	is_int(marks_kept(p, 0, AREA), AREA, "and keep what is written to them");
	is_int(present(p, 0, AREA), AREA, "all are in memory");
}

/* What is counted of the process is what is there. */
static void counted(void)
{
	char *p = map_alone(AREA);
	long before = proc_number("/proc/self/status", "RssAnon"), there;

	touch(p, 0, AREA / 2 + 3);
	there = present(p, 0, AREA) * PAGE / 1024;
	ok(labs(proc_number("/proc/self/status", "RssAnon") - before - there) <= 32, "RssAnon grows by what came in");
	is_int(region_number(p, "Rss"), there, "smaps tells as much");
	is_int(region_number(p, "Private_Dirty"), there, "all of it the process's own");
	munmap(p, AREA * PAGE);
	ok(labs(proc_number("/proc/self/status", "RssAnon") - before) <= 32, "and all of it goes");
	if (is_namu()) {
		static char text[65536];
		char *found;

		must(read_text("/proc/namu/check", text, sizeof(text)) > 0);
		found = strstr(text, " findings ");
		ok(found && atoi(found + 10) == 0, "the kernel finds its own counts right");
	}
}

static void bounded(void)
{
	long beyond = is_namu() ? BEYOND_NAMU : BEYOND_LINUX, most = 0;
	char *p = map_alone(AREA);

	for (long i = 0; i < AREA / 2; i++) {
		touch(p, i, i + 1);
		if (present(p, 0, AREA) - (i + 1) > most)
			most = present(p, 0, AREA) - (i + 1);
	}
	ok(most < beyond, "no more than %ld pages are there besides those touched (%ld)", beyond, most);
	if (is_namu()) {
		p = map_alone(AREA);
		for (long i = 0; i < 30; i++) {
			touch(p, i, i + 1);
			must(present(p, 0, AREA) <= 2 * (i + 1));
		}
		p = map_alone(AREA);
		for (long i = 0; i < AREA; i += 2)
			touch(p, i, i + 1);
		is_int(present(p, 0, AREA), AREA / 2, "of every other page none but these");
		p = map_alone(AREA);
		for (long i = AREA - 1; i >= AREA / 2; i--)
			touch(p, i, i + 1);
		is_int(present(p, 0, AREA), AREA / 2, "nor going down");
	}
}

static void small_is_exact(void)
{
	char *p = map_alone(100);

	touch(p, 0, 40);
	is_int(present(p, 0, 100), 40, "a small mapping has the pages that were touched");
	if (!uses_small_pages()) {
		skip("reading", "Linux has huge pages of zeros");
		return;
	}
	p = map_alone(AREA);
	for (long i = 0; i < 40; i++)
		must(((volatile char *)p)[i * PAGE] == 0);
	is_int(present(p, 40, AREA), 0, "reading in order brings in nothing ahead");
	is_int(touch(p, 0, 40), 0, "nor does it matter for writing");
}

static void advice(void)
{
	char *p = map_alone(AREA), *q = p + 300 * PAGE;

	is_int(madvise(p, AREA * PAGE, MADV_NOHUGEPAGE), 0, "MADV_NOHUGEPAGE");
	ok(has_flag(p, " nh"), "is told in smaps");
	touch(p, 0, 100);
	is_int(present(p, 0, AREA), 100, "with it, what is touched is there and nothing else");
	is_int(madvise(q, 300 * PAGE, MADV_HUGEPAGE), 0, "MADV_HUGEPAGE for a part");
	ok(!has_flag(q, " nh") && has_flag(p, " nh"), "is for this part alone");
	is_int(touch(q, 0, 250), 0, "pages written in order are zero there too");
	is_int(present(p, 0, 300), 100, "and none comes in before the part");
	is_int(present(p, 600, AREA), 0, "nor behind it");
	is_int(madvise(p, AREA * PAGE, MADV_NOHUGEPAGE), 0, "MADV_NOHUGEPAGE for all again");
	touch(p, 100, 120);
	is_int(present(p, 0, 300), 120, "makes the rest exact");
	is_int(marks_kept(p, 0, 120) + marks_kept(q, 0, 250), 370, "and takes nothing away");
}

/* Touches 100 pages of a large mapping; how many came. */
static int pages_for_hundred(void)
{
	char *p = map_alone(AREA);

	touch(p, 0, 100);
	return (int)present(p, 0, AREA);
}

static void disabled(void)
{
	pid_t pid;

	is_int(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 0, "huge pages are not disabled");
	fails(prctl(PR_SET_THP_DISABLE, 1, 0, 1, 0), EINVAL, "a fourth argument");
	fails(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 1), EINVAL, "a fifth");
	fails(prctl(PR_GET_THP_DISABLE, 1, 0, 0, 0), EINVAL, "an argument to the question");
	is_int(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), 0, "they can be");
	is_int(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 1, "which is told");
	is_int(pages_for_hundred(), 100, "then what is touched is there and nothing else");
	if (in_child(&pid))
		_exit(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 1 ? pages_for_hundred() : 1);
	is_exited(pid, 100, "so it is in a child");
	if (in_child(&pid)) {
		execl("/proc/self/exe", "memory_ahead", "--hundred", NULL);
		_exit(2);
	}
	is_exited(pid, 100, "and in the program that it becomes");
	is_int(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0), 0, "and they can be enabled again");
	is_int(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), 0, "which is told");
}

static void dies_writing(char *page, const char *what)
{
	pid_t pid;

	if (in_child(&pid)) {
		mark(page, 1);
		_exit(0);
	}
	is_killed(pid, SIGSEGV, "%s", what);
}

static void within_mapping(void)
{
	char *p = map_alone(AREA);
	unsigned char there[2];

	must(munmap(p + 400 * PAGE, 10 * PAGE) == 0);
	touch(p, 380, 400);
	fails(mincore(p + 399 * PAGE, 2 * PAGE, there), ENOMEM, "a hole in the way stays one");
	is_int(touch(p, 410, 450), 0, "and behind it memory is fresh");
	dies_writing(p + 400 * PAGE, "but in it there is none");
	touch(p, 450, AREA);
	dies_writing(p + AREA * PAGE, "nor behind the end");
	p = map_alone(AREA);
	must(mprotect(p + 420 * PAGE, 5 * PAGE, PROT_NONE) == 0);
	touch(p, 390, 420);
	if (uses_small_pages())
		is_int(present(p, 420, AREA), 0, "what may not be touched does not come in");
	else
		skip("what may not be touched", "huge pages");
	must(mprotect(p + 420 * PAGE, 5 * PAGE, RW) == 0);
	is_int(touch(p, 420, 430), 0, "until it may, and is zero");
}

static void around_others(void)
{
	char *p = map_alone(AREA);

	for (long i = 0; i < AREA; i++) {
		if (i % 7 == 5 || i % 29 == 3)
			mark(p + i * PAGE, i + 1);
	}
	for (long i = 0; i < AREA; i++) {
		if (i % 7 != 5 && i % 29 != 3)
			must(touch(p, i, i + 1) == 0);
	}
	is_int(marks_kept(p, 0, AREA), AREA, "pages that were there keep their bytes when those around them come");
	p = map_alone(AREA);
	must(madvise(p, 40 * PAGE, MADV_NOHUGEPAGE) == 0);
	touch(p, 0, 41);
	if (uses_small_pages())
		is_int(present(p, 40, AREA), 1, "pages of another mapping are no row to go on");
	else
		skip("pages of another mapping", "huge pages");
}

static void changes_after(void)
{
	char *p = map_alone(AREA);

	touch(p, 0, 33);
	must(mprotect(p + 33 * PAGE, 4 * PAGE, PROT_READ) == 0);
	is_int(is_zero(p + 33 * PAGE) + is_zero(p + 36 * PAGE), 2, "pages made read-only ahead of the writer are zero");
	dies_writing(p + 34 * PAGE, "and cannot be written");
	must(munmap(p + 37 * PAGE, 4 * PAGE) == 0);
	dies_writing(p + 38 * PAGE, "pages unmapped ahead of the writer are gone");
	is_int(touch(p, 41, 200), 0, "behind them it goes on with zeros");
	must(madvise(p, 33 * PAGE, MADV_DONTNEED) == 0);
	is_int(present(p, 0, 33), 0, "pages given back are gone");
	is_int(touch(p, 0, 33), 0, "and zero again when touched");
	must(madvise(p + 50 * PAGE, PAGE, MADV_DONTNEED) == 0);
	is_int(touch(p, 50, 51), 0, "so is one in the middle");
	is_int(marks_kept(p, 41, 200), 159, "and those around it keep their bytes");
}

static void fork_between(void)
{
	char *p = map_alone(AREA);
	pid_t pid;

	touch(p, 0, 40);
	if (in_child(&pid)) {
		must(touch(p, 40, 300) == 0 && marks_kept(p, 0, 300) == 300);
		_exit(0);
	}
	is_int(touch(p, 40, 200), 0, "after a fork the parent goes on in zero pages");
	is_exited(pid, 0, "and so does the child");
	is_int(marks_kept(p, 0, 200), 200, "neither sees the other's");
	if (in_child(&pid)) {
		must(touch(p, 200, 400) == 0 && touch(p, 500, AREA) == 0);
		_exit(marks_kept(p, 0, 400) == 400 ? 0 : 1);
	}
	is_exited(pid, 0, "a child goes on where its parent waits");
	is_int(touch(p, 200, AREA), 0, "which then finds its own pages still zero");
}

static void heap(void)
{
	char *p = move_break(400 * PAGE);

	must(p != NULL);
	p = (char *)(((long)p + PAGE - 1) & -PAGE);
	is_int(touch(p, 0, 200), 0, "a heap written in order is zero");
	must(move_break(-190 * PAGE) != NULL && move_break(190 * PAGE) != NULL);
	is_int(touch(p, 210, 399), 0, "and so where it shrank and grew again");
	is_int(marks_kept(p, 0, 200), 200, "what was written stays");
}

static void locked_and_populated(void)
{
	char *p;

	if (!uses_small_pages()) {
		skip("what is asked for", "huge pages");
		return;
	}
	p = map_alone(AREA);
	must(madvise(p, 40 * PAGE, MADV_POPULATE_WRITE) == 0);
	is_int(present(p, 0, AREA), 40, "MADV_POPULATE_WRITE brings in what it is asked for");
	p = map_alone(AREA);
	must(mlock(p, 10 * PAGE) == 0);
	is_int(present(p, 0, AREA), 10, "so does mlock");
}

/* ---- threads ---- */

#define THREADS 6

struct share {
	char *area;
	long first, last, step;
	volatile long strange;
};

static int write_share(void *argument)
{
	struct share *share = argument;

	for (long i = share->first; i < share->last; i += share->step) {
		volatile long *words = (volatile long *)(share->area + i * PAGE);
		if (words[1] != 0 || words[PAGE / (long)sizeof(long) - 1] != 0)
			share->strange++;
		mark(share->area + i * PAGE, i + 1);
		if (i % 16 == 0)
			raw(SYS_sched_yield);
	}
	return 0;
}

static void threads(void)
{
	struct thread t[THREADS];
	struct share share[THREADS];
	long strange = 0;

	for (int round = 0; round < 4; round++) {
		char *p = map_alone(AREA);
		int is_mixed = round & 1; /* pages in turn, or each a piece */

		for (long i = 0; i < THREADS; i++) {
			long piece = AREA / THREADS;
			share[i] = is_mixed ? (struct share){p, i, AREA, THREADS, 0}
					    : (struct share){p, i * piece, (i + 1) * piece, 1, 0};
			must(thread_start(&t[i], write_share, &share[i]) > 0);
		}
		for (int i = 0; i < THREADS; i++) {
			thread_join(&t[i]);
			strange += share[i].strange;
		}
		is_int(marks_kept(p, 0, AREA), AREA, "threads write %s and lose nothing",
		       is_mixed ? "pages in turn" : "pieces in order");
		munmap(p, AREA * PAGE);
	}
	is_int(strange, 0, "and find only zeros");
}

/* Memory that gets short is given to those who ask, page by page. The machine is small: see the list. */
static void short_of_memory(void)
{
	struct sysinfo info;
	char *p;
	long i = 0;

	if (!is_namu()) {
		skip("when memory is short", "the host's memory stays the host's");
		return;
	}
	must(sysinfo(&info) == 0 && info.totalram < 64ul << 20);
	p = map_alone((long)(info.totalram / PAGE));
	do {
		touch(p, i, i + 64);
		i += 64;
		must(sysinfo(&info) == 0);
	} while (info.freeram > info.totalram / 10);
	i += BEYOND_NAMU;
	touch(p, i - BEYOND_NAMU, i + 40);
	is_int(present(p, i + 40, i + 100), 0, "when memory is short, pages come as they are touched");
}

static const struct tap_case cases[] = {
	{"in_order", in_order, 0},
	{"counted", counted, 0},
	{"bounded", bounded, 0},
	{"small_is_exact", small_is_exact, 0},
	{"advice", advice, 0},
	{"disabled", disabled, 0},
	{"within_mapping", within_mapping, 0},
	{"around_others", around_others, 0},
	{"changes_after", changes_after, 0},
	{"fork_between", fork_between, 0},
	{"heap", heap, 0},
	{"locked_and_populated", locked_and_populated, 0},
	{"threads", threads, 0},
	{"short_of_memory", short_of_memory, 0},
};

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--hundred") == 0)
		return pages_for_hundred();
	return tap_main(cases, count_of(cases), argc, argv);
}
