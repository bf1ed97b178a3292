/* Copy-on-write as seen from outside: whoever writes, and in whatever order, nobody sees another's bytes. */
#include "guest.h"

#define MANY 100

static unsigned long sum(const unsigned char *p, size_t bytes)
{
	unsigned long total = 0;

	for (size_t i = 0; i < bytes; i++)
		total = total * 31 + p[i];
	return total;
}

static void hundred_writers(void)
{
	enum { PAGES = 64 };
	unsigned char *p = map_pages(PAGES);
	unsigned long before;
	pid_t pid[MANY];
	int good = 0;

	for (long i = 0; i < PAGES * PAGE; i++)
		p[i] = (unsigned char)(i * 7 + i / PAGE);
	before = sum(p, PAGES * PAGE);
	for (int i = 0; i < MANY; i++) {
		if (in_child(&pid[i])) {
			must(sum(p, PAGES * PAGE) == before);
			for (long j = i % 3; j < PAGES; j += 1 + i % 5)
				memset(p + j * PAGE, i, PAGE);
			sched_yield();
			for (long j = i % 3; j < PAGES; j += 1 + i % 5)
				must(p[j * PAGE] == i && p[j * PAGE + PAGE - 1] == i);
			_exit(i);
		}
	}
	for (int i = 0; i < MANY; i++)
		good += reap(pid[i]) == i << 8;
	is_int(good, MANY, "a hundred children write and find their own bytes");
	is_int(sum(p, PAGES * PAGE), before, "the parent's are unchanged");
}

static void parent_writes_between(void)
{
	enum { PAGES = 16, KIDS = 30 };
	unsigned char *p = map_pages(PAGES);
	struct gate gate = gate_make();
	pid_t pid[KIDS];
	int good = 0;

	for (int i = 0; i < KIDS; i++) {
		memset(p, i, PAGES * PAGE);
		if (in_child(&pid[i])) {
			close(gate.fd[1]);
			gate_wait(&gate);
			for (long j = 0; j < PAGES * PAGE; j++)
				must(p[j] == i);
			_exit(0);
		}
	}
	close(gate.fd[1]);
	for (int i = 0; i < KIDS; i++)
		good += reap(pid[i]) == 0;
	is_int(good, KIDS, "each child keeps the memory of the moment of its fork");
}

/* A tree of processes, `width` children each, `depth` deep; every node writes and checks its own mark. */
static int grow(unsigned char *p, int depth, int width, unsigned char mark)
{
	unsigned char inherited = p[0];
	int nodes = 1;

	for (int i = 0; depth > 0 && i < width; i++) {
		unsigned char next = (unsigned char)(mark * width + i + 1);
		pid_t pid = fork();
		if (pid < 0)
			return 0;
		if (pid == 0) {
			if (p[0] != inherited)
				_exit(0);
			memset(p, next, 4 * PAGE);
			_exit(grow(p, depth - 1, width, next));
		}
		nodes += WEXITSTATUS(reap(pid));
		for (int j = 0; j < 4; j++) {
			if (p[j * PAGE] != mark || p[j * PAGE + PAGE - 1] != mark)
				return 0;
		}
	}
	return nodes;
}

static void tree(void)
{
	unsigned char *p = map_pages(4);

	memset(p, 1, 4 * PAGE);
	is_int(grow(p, 4, 3, 1), 121, "121 processes in a tree of depth 4, each with its own memory");
}

static void chain(void)
{
	unsigned char *p = map_pages(8);
	pid_t pid;

	/* Each generation writes one page and hands the rest on: pages shared over many forks. */
	if (in_child(&pid)) {
		for (int depth = 0; depth < 60; depth++) {
			pid_t next;
			for (int i = 0; i < depth && i < 8; i++)
				must(p[i * PAGE] == (depth - 1 - i) / 8 * 8 + i + 1 || depth > 8);
			p[depth % 8 * PAGE] = (unsigned char)(depth + 1);
			next = fork();
			must(next >= 0);
			if (next > 0)
				_exit(WEXITSTATUS(reap(next)));
		}
		for (int i = 0; i < 8; i++) {
			unsigned char last = (unsigned char)(i < 4 ? 56 + i + 1 : 48 + i + 1);
			must(p[i * PAGE] == last);
		}
		_exit(0);
	}
	is_exited(pid, 0, "sixty generations hand pages on");
	is_int(p[0], 0, "the first one keeps zeros");
}

static void kernel_writes(void)
{
	/* The kernel's own writes into a shared page (a read into a buffer) must copy it too. */
	char *p = map_pages(1);
	int fd[2];
	pid_t pid;

	memset(p, 'p', PAGE);
	must(pipe(fd) == 0);
	must(write(fd[1], "child", 5) == 5);
	if (in_child(&pid)) {
		must(read(fd[0], p, 5) == 5);
		must(memcmp(p, "childp", 6) == 0);
		_exit(0);
	}
	is_exited(pid, 0, "a read into a page shared by fork");
	is_int(p[0], 'p', "does not reach the parent's copy");
}

static void private_file(void)
{
	char *p;
	pid_t pid;
	int fd;

	must(write_text("file", "original") == 8);
	fd = open("file", O_RDWR);
	must(fd >= 0);
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	must(p != MAP_FAILED);
	p[0] = 'O';
	if (in_child(&pid)) {
		char back[9] = {0};
		must(strcmp(p, "Original") == 0);
		p[1] = 'R';
		must(pread(fd, back, 8, 0) == 8 && strcmp(back, "original") == 0);
		_exit(0);
	}
	is_exited(pid, 0, "a privately mapped file: the child sees the parent's change, the file does not");
	is_str(p, "Original", "the parent does not see the child's");
}

static void shared_is_not_copied(void)
{
	int *p = map_shared(4);
	int good = 0;
	pid_t pid[20];

	for (int i = 0; i < 20; i++) {
		if (in_child(&pid[i])) {
			for (int j = 0; j < 100; j++)
				__atomic_fetch_add(&p[j % 4 * (PAGE / 4)], 1, __ATOMIC_SEQ_CST);
			_exit(0);
		}
	}
	for (int i = 0; i < 20; i++)
		good += reap(pid[i]) == 0;
	is_int(good, 20, "twenty children add to shared memory");
	for (int i = 0; i < 4; i++)
		is_int(p[i * (PAGE / 4)], 500, "page %d has every addition", i);
}

static void stack_of_child(void)
{
	unsigned char deep[20 * PAGE];
	pid_t pid;

	memset(deep, 3, sizeof(deep));
	if (in_child(&pid)) {
		memset(deep, 4, sizeof(deep));
		__asm__ volatile("" ::"r"(deep) : "memory");
		_exit(deep[100]);
	}
	is_exited(pid, 4, "the child writes its copy of a deep stack");
	__asm__ volatile("" ::"r"(deep) : "memory");
	is_int(deep[100] + deep[19 * PAGE], 6, "and the parent's stays");
}

/* In Namu the number of copied pages is told: it must be right to the page. */
static void counted(void)
{
	enum { PAGES = 40, WRITTEN = 11 };
	char *p = map_pages(PAGES);
	long before, after;
	pid_t pid;

	if (!is_namu() || proc_number("/proc/namu/copies", "total") < 0) {
		skip("copied pages are counted", "only Namu tells them");
		return;
	}
	memset(p, 1, PAGES * PAGE);
	if (in_child(&pid)) {
		before = proc_number("/proc/namu/copies", "total");
		/* What the stack and the C library write was copied by the first reading. */
		before = proc_number("/proc/namu/copies", "total");
		for (int i = 0; i < WRITTEN; i++)
			p[i * 3 * PAGE] = 2;
		after = proc_number("/proc/namu/copies", "total");
		_exit((int)(after - before));
	}
	is_exited(pid, WRITTEN, "eleven written pages are eleven copies");
}

static const struct tap_case cases[] = {
	{"hundred_writers", hundred_writers, 0},
	{"parent_writes_between", parent_writes_between, 0},
	{"tree", tree, 0},
	{"chain", chain, 0},
	{"kernel_writes", kernel_writes, 0},
	{"private_file", private_file, 0},
	{"shared_is_not_copied", shared_is_not_copied, 0},
	{"stack_of_child", stack_of_child, 0},
	{"counted", counted, 0},
};

TAP_MAIN(cases)
