/* Core dumps: when one is written, what it holds, and what is told of it. The pattern is "core" here. */
#include "guest.h"

#include <elf.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define ANY_SIZE RLIM_INFINITY

static char big[1 << 20];
static volatile char marked[64] = "a mark in the data";

static void allow(rlim_t bytes)
{
	struct rlimit limit = {bytes, ANY_SIZE};

	must(setrlimit(RLIMIT_CORE, &limit) == 0);
}

static long size_of(const char *name)
{
	struct stat s;

	return stat(name, &s) ? -errno : (long)s.st_size;
}

static const char *read_core(const char *name, long *bytes)
{
	int fd = open(name, O_RDONLY);
	long size = size_of(name);

	must(fd >= 0 && size > 0);
	char *core = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
	must(core != MAP_FAILED);
	close(fd);
	*bytes = size;
	return core;
}

/* The bytes that the dump holds of `address`; null: none. */
static const void *dumped(const char *core, const volatile void *address, int *flags)
{
	const Elf64_Ehdr *header = (const void *)core;
	const Elf64_Phdr *program = (const void *)(core + header->e_phoff);
	unsigned long at = (unsigned long)address;

	for (int i = 0; i < header->e_phnum; i++) {
		if (program[i].p_type != PT_LOAD || at < program[i].p_vaddr ||
		    at >= program[i].p_vaddr + program[i].p_memsz)
			continue;
		*flags = (int)program[i].p_flags;
		return at - program[i].p_vaddr < program[i].p_filesz
			       ? core + program[i].p_offset + at - program[i].p_vaddr
			       : NULL;
	}
	*flags = -1;
	return NULL;
}

/* The `index`-th note of a type; null: there are not that many. */
static const void *note(const char *core, unsigned type, int index, size_t *bytes)
{
	const Elf64_Ehdr *header = (const void *)core;
	const Elf64_Phdr *program = (const void *)(core + header->e_phoff);
	const char *at = core + program->p_offset, *end = at + program->p_filesz;

	must(program->p_type == PT_NOTE);
	while (at < end) {
		const Elf64_Nhdr *head = (const void *)at;
		const char *body = at + sizeof(*head) + (head->n_namesz + 3) / 4 * 4;
		if (head->n_type == type && index-- == 0) {
			*bytes = head->n_descsz;
			return body;
		}
		at = body + (head->n_descsz + 3) / 4 * 4;
	}
	return NULL;
}

static void die(void)
{
	signal(SIGABRT, SIG_DFL);
	raw(SYS_kill, raw(SYS_getpid), SIGABRT);
	_exit(1);
}

static void limits(void)
{
	pid_t child;
	siginfo_t info;

	if (in_child(&child)) {
		allow(0);
		die();
	}
	is_int(reap(child), SIGABRT, "with a limit of 0 nothing is dumped");
	is_int(size_of("core"), -ENOENT, "nor a file made");
	if (in_child(&child)) {
		allow(4095);
		die();
	}
	is_int(reap(child), SIGABRT, "nor with less than a page");
	if (in_child(&child)) {
		allow(ANY_SIZE);
		die();
	}
	must(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) == 0);
	is_int(info.si_code, CLD_DUMPED, "waitid tells of a dump");
	is_int(reap(child), SIGABRT | 0x80, "and so does the status");
	long whole = size_of("core");
	ok(whole > 8192, "there it is: %ld", whole);
	struct stat s;
	must(stat("core", &s) == 0);
	is_int(s.st_mode & 07777, 0600, "for its owner only");
	if (in_child(&child)) {
		allow(8192);
		die();
	}
	is_int(reap(child), SIGABRT | 0x80, "a small limit cuts it");
	ok(size_of("core") <= 8192, "there: %ld", size_of("core"));
	if (in_child(&child)) {
		allow(ANY_SIZE);
		raise(SIGTERM);
	}
	is_int(reap(child), SIGTERM, "not every signal dumps");
}

static void contents(void)
{
	char *dont = map_pages(2), *shared = map_shared(1), *untouched = map_pages(4);
	int flags, file = open("mapped", O_RDWR | O_CREAT, 0600);
	size_t bytes = 0;
	long size;
	pid_t child;

	must(file >= 0 && write(file, "file", 4) == 4 && ftruncate(file, PAGE) == 0);
	char *mapped = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, 0);
	char *written = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	must(mapped != MAP_FAILED && written != MAP_FAILED && mapped[0] == 'f');
	strcpy(shared, "shared");
	strcpy(dont, "secret");
	if (in_child(&child)) {
		allow(ANY_SIZE);
		big[500000] = 'B';
		strcpy(dont, "secret");
		strcpy(written, "changed");
		must(madvise(dont, 2 * PAGE, MADV_DONTDUMP) == 0);
		die();
	}
	must(reap(child) == (SIGABRT | 0x80));
	const char *core = read_core("core", &size);
	const Elf64_Ehdr *header = (const void *)core;
	ok(!memcmp(core, ELFMAG, SELFMAG) && header->e_type == ET_CORE && header->e_machine == EM_X86_64,
	   "an ELF core");
	const char *there = dumped(core, marked, &flags);
	ok(there && !strcmp(there, (const char *)marked), "the data");
	is_int(flags, PF_R | PF_W, "as they may be used");
	there = dumped(core, &big[500000], &flags);
	ok(there && *there == 'B', "what was never touched around it is no matter");
	ok(!dumped(core, dont, &flags) && flags >= 0, "MADV_DONTDUMP leaves out");
	there = dumped(core, shared, &flags);
	ok(there && !strcmp(there, "shared"), "shared memory without a file");
	there = dumped(core, written, &flags);
	ok(there && !strcmp(there, "changed"), "a mapping of a file that was written");
	ok(!dumped(core, mapped, &flags), "not one that was not");
	ok(!dumped(core, untouched, &flags), "not what was never touched");
	const int *status = note(core, NT_PRSTATUS, 0, &bytes);
	ok(status && bytes == 336 && status[0] == SIGABRT && status[8] == child, "the thread: signal and number");
	const char *info = note(core, NT_PRPSINFO, 0, &bytes);
	ok(info && bytes == 136 && !strncmp(info + 40, "core_dump", 9), "the process: its name");
	const siginfo_t *siginfo = note(core, 0x53494749, 0, &bytes);
	ok(siginfo && bytes == 128 && siginfo->si_signo == SIGABRT && siginfo->si_pid == child, "the signal");
	ok(note(core, NT_AUXV, 0, &bytes) && bytes % 16 == 0, "the auxiliary vector");
	const long *files = note(core, 0x46494c45, 0, &bytes);
	ok(files && files[0] >= 2 && files[1] == PAGE, "the mapped files");
	ok(note(core, NT_PRFPREG, 0, &bytes) && bytes == 512, "floating-point registers");
	ok(!note(core, NT_PRSTATUS, 1, &bytes), "no other thread");
}

static int stand(void *argument)
{
	volatile int *count = argument;

	__atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
	__asm__ volatile("mov $0x5ead5ead, %%r15\n1:\n\tpause\n\tjmp 1b\n" ::: "r15");
	return 0;
}

static void threads(void)
{
	static volatile int count;
	size_t bytes;
	long size;
	pid_t child;

	if (in_child(&child)) {
		struct thread t[3];
		allow(ANY_SIZE);
		for (int i = 0; i < 3; i++)
			must(thread_start(&t[i], stand, (void *)&count) > 0);
		while (count < 3)
			sched_yield();
		die();
	}
	must(reap(child) == (SIGABRT | 0x80));
	const char *core = read_core("core", &size);
	int found = 0, running = 0;
	for (; note(core, NT_PRSTATUS, found, &bytes); found++) {
		const unsigned long *words = (const void *)((const char *)note(core, NT_PRSTATUS, found, &bytes) + 112);
		running += words[0] == 0x5ead5ead;
	}
	is_int(found, 4, "each thread has its note");
	is_int(running, 3, "with its registers as they were");
	is_int(((const int *)note(core, NT_PRSTATUS, 0, &bytes))[8], child, "the one that died is first");
}

static void not_dumpable(void)
{
	pid_t child;

	unlink("core");
	if (in_child(&child)) {
		allow(ANY_SIZE);
		must(prctl(PR_SET_DUMPABLE, 0) == 0);
		die();
	}
	is_int(reap(child), SIGABRT, "who may not be dumped is not");
	must(chmod(".", 0777) == 0);
	if (in_child(&child)) {
		allow(ANY_SIZE);
		become_user(1000);
		die();
	}
	is_int(reap(child), SIGABRT, "nor who has changed his ids");
	is_int(size_of("core"), -ENOENT, "no file");
	is_int(prctl(PR_SET_DUMPABLE, 2), -1, "2 is not for programs");
	if (in_child(&child)) {
		allow(ANY_SIZE);
		become_user(1000);
		must(prctl(PR_SET_DUMPABLE, 1) == 0);
		die();
	}
	is_int(reap(child), SIGABRT | 0x80, "unless he says so afterwards");
	struct stat s;
	must(stat("core", &s) == 0);
	is_int((long)s.st_uid, 1000, "and it is his");
}

/* The name is taken by something that must not be written to. */
static void names(void)
{
	pid_t child;
	char text[16];

	must(mkdir("core", 0700) == 0);
	if (in_child(&child)) {
		allow(ANY_SIZE);
		die();
	}
	is_int(reap(child), SIGABRT, "a directory is in the way");
	must(rmdir("core") == 0);
	must(write_text("victim", "whole") == 5);
	must(symlink("victim", "core") == 0);
	if (in_child(&child)) {
		allow(ANY_SIZE);
		die();
	}
	is_int(reap(child), SIGABRT | 0x80, "a link is replaced");
	must(read_text("victim", text, sizeof(text)) == 5);
	is_str(text, "whole", "what it named is as it was");
	struct stat s;
	must(lstat("core", &s) == 0);
	ok(S_ISREG(s.st_mode), "by a file");
}

static void filter(void)
{
	int flags;
	long size;
	char text[32];
	pid_t child;

	must(read_text("/proc/self/coredump_filter", text, sizeof(text)) > 0);
	is_str(text, "00000033\n", "what is dumped unless asked for something else");
	if (in_child(&child)) {
		allow(ANY_SIZE);
		must(write_text("/proc/self/coredump_filter", "0x10") == 4);
		pid_t second;
		if (in_child(&second))
			die();
		_exit(reap(second) & 0xff);
	}
	is_int(reap(child), (SIGABRT | 0x80) << 8, "a child inherits the filter");
	const char *core = read_core("core", &size);
	ok(!dumped(core, marked, &flags) && flags >= 0, "without private memory");
	is_int(write_text("/proc/self/coredump_filter", "nonsense"), -EINVAL, "not a number");
}

/* A fault's siginfo, and a signal that a tracer would have seen. */
static void faults(void)
{
	size_t bytes;
	long size;
	pid_t child;

	if (in_child(&child)) {
		allow(ANY_SIZE);
		*(volatile int *)0x1234 = 1;
	}
	is_int(reap(child), SIGSEGV | 0x80, "a fault dumps");
	const siginfo_t *info = note(read_core("core", &size), 0x53494749, 0, &bytes);
	ok(info && info->si_code == SEGV_MAPERR && info->si_addr == (void *)0x1234, "and says where");
}

static const struct tap_case cases[] = {
	{"limits", limits, 0}, {"contents", contents, 0}, {"threads", threads, 0}, {"not_dumpable", not_dumpable, 0},
	{"names", names, 0},   {"filter", filter, 0},     {"faults", faults, 0},
};

TAP_MAIN(cases)
