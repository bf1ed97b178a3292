/* /proc/PID as debuggers read it: mem, pagemap, syscall, smaps_rollup; the settings of overcommit. */
#include "guest.h"

#include <sys/file.h>
#include <sys/resource.h>

#define PRESENT   (1ull << 63)
#define FILE_PAGE (1ull << 61)
#define EXCLUSIVE (1ull << 56)
#define FRAME     ((1ull << 55) - 1)

static char text[65536], path[64];

static const char *of(pid_t pid, const char *name)
{
	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return path;
}

static volatile char word[64] = "before";

static void memory(void)
{
	char got[64] = "";
	pid_t child;
	struct gate gate = gate_make();

	if (in_child(&child)) {
		close(gate.fd[1]);
		gate_wait(&gate);
		_exit(strcmp((char *)word, "afterwards") ? 1 : 0);
	}
	close(gate.fd[0]);
	int fd = open(of(child, "mem"), O_RDWR);
	must(fd >= 0);
	is_int(pread(fd, got, sizeof(got), (off_t)(uintptr_t)word), sizeof(got), "another's memory is read");
	is_str(got, "before", "what stands there");
	is_int(pwrite(fd, "afterwards", 11, (off_t)(uintptr_t)word), 11, "and written");
	is_str((char *)word, "before", "only there");
	fails(pread(fd, got, 1, 4096), EIO, "where nothing is mapped");
	is_int(pread(fd, got, 0, 4096), 0, "nothing of nothing");
	is_int(lseek(fd, (off_t)(uintptr_t)word + 5, SEEK_SET), (long)(uintptr_t)word + 5, "a place");
	is_int(read(fd, got, 5), 5, "is read from");
	ok(memcmp(got, "wards", 5) == 0, "in order");
	gate_open(&gate);
	is_exited(child, 0, "the other one saw it");
	is_int(pread(fd, got, 1, (off_t)(uintptr_t)word), 0, "after the end there is nothing");
	close(fd);
	close(gate.fd[1]);
	int own = open("/proc/self/mem", O_RDWR);
	must(own >= 0);
	long *page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long value = 42;
	is_int(pwrite(own, &value, 8, (off_t)(uintptr_t)page), 8, "a page without the right to write is written so");
	is_int(*page, 42, "as a debugger sets a break point");
	close(own);
}

static void strangers(void)
{
	pid_t child, target = getpid();

	if (in_child(&child)) {
		become_user(1000);
		const char *const names[] = {"mem", "pagemap", "syscall", "smaps_rollup", "personality"};
		int opened = 0;
		for (unsigned i = 0; i < count_of(names); i++) {
			int fd = open(of(target, names[i]), O_RDONLY);
			opened += fd >= 0 && read(fd, text, 8) >= 0;
		}
		_exit(opened);
	}
	is_exited(child, 0, "a stranger reads none of them");
}

static uint64_t entry_of(int fd, const volatile void *address)
{
	uint64_t entry = 0;

	must(pread(fd, &entry, 8, (off_t)((uintptr_t)address / PAGE * 8)) == 8);
	return entry;
}

static void pages(void)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entries[2];
	pid_t child;

	must(fd >= 0);
	char *area = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *shared = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ok(!(entry_of(fd, area) & PRESENT), "a page never touched is not there");
	area[0] = area[PAGE] = shared[0] = 1;
	ok((entry_of(fd, area) & (PRESENT | FILE_PAGE | EXCLUSIVE)) == (PRESENT | EXCLUSIVE),
	   "a private one, and nobody else's");
	ok((entry_of(fd, shared) & (PRESENT | FILE_PAGE)) == (PRESENT | FILE_PAGE), "a shared one");
	ok((entry_of(fd, area) & FRAME) && (entry_of(fd, area) & FRAME) != (entry_of(fd, area + PAGE) & FRAME),
	   "their frames differ");
	fails(pread(fd, entries, 7, 0), EINVAL, "not a whole entry");
	fails(pread(fd, entries, 8, 4), EINVAL, "not at an entry");
	is_int(pread(fd, entries, 16, (off_t)((uintptr_t)area / PAGE * 8 + 8)), 16, "two at once");
	ok((entries[0] & PRESENT) && !(entries[1] & PRESENT), "one there, one not");
	struct gate gate = gate_make();
	if (in_child(&child)) {
		close(gate.fd[1]);
		gate_wait(&gate);
		_exit(0);
	}
	ok(!(entry_of(fd, area) & EXCLUSIVE), "after fork it is no longer ours alone");
	gate_open(&gate);
	is_exited(child, 0, "the child");
	close(gate.fd[0]);
	close(gate.fd[1]);
	close(fd);
	if (in_child(&child)) {
		become_user(1000);
		must(raw(SYS_prctl, 4 /* PR_SET_DUMPABLE */, 1) == 0);
		fd = open("/proc/self/pagemap", O_RDONLY);
		must(fd >= 0);
		area[0] = 2;
		_exit((entry_of(fd, area) & PRESENT) && !(entry_of(fd, area) & FRAME) ? 0 : 1);
	}
	is_exited(child, 0, "frames are hidden from those without CAP_SYS_ADMIN");
}

static void calls(void)
{
	struct gate gate = gate_make();
	unsigned long nr = 0, args[6] = {0};
	pid_t child;

	if (in_child(&child)) {
		raw(SYS_read, gate.fd[0], text, 77);
		_exit(0);
	}
	wait_state(child, 'S');
	must(read_text(of(child, "syscall"), text, sizeof(text)) > 0);
	is_int(sscanf(text, "%lu %lx %lx %lx", &nr, &args[0], &args[1], &args[2]), 4, "a call and its arguments");
	ok(nr == SYS_read && args[0] == (unsigned long)gate.fd[0] && args[1] == (uintptr_t)text && args[2] == 77,
	   "the read it waits in: %s", text);
	gate_open(&gate);
	is_exited(child, 0, "it went on");
	must(read_text("/proc/self/syscall", text, sizeof(text)) > 0);
	ok(sscanf(text, "%lu %lx %lx", &nr, &args[0], &args[1]) == 3 && nr == SYS_read && args[1] == (uintptr_t)text,
	   "we ourselves read");
	must(read_text("/proc/self/personality", text, sizeof(text)) > 0);
	is_str(text, "00000000\n", "an ordinary personality");
}

static long sum_of(const char *file, const char *key)
{
	long sum = 0, length = (long)strlen(key);

	must(read_text(file, text, sizeof(text)) > 0);
	for (char *line = text; line && *line; line = strchr(line, '\n'), line += line != NULL) {
		if (strncmp(line, key, length) == 0)
			sum += strtol(line + length, NULL, 10);
	}
	return sum;
}

static void rollup(void)
{
	struct gate gate = gate_make();
	char each[64], all[64];
	pid_t child;

	if (in_child(&child)) {
		close(gate.fd[1]);
		gate_wait(&gate);
		_exit(0);
	}
	wait_state(child, 'S');
	strcpy(each, of(child, "smaps"));
	strcpy(all, of(child, "smaps_rollup"));
	is_int(sum_of(all, "Rss:"), sum_of(each, "Rss:"), "the resident pages are the sum of those of smaps");
	is_int(sum_of(all, "Anonymous:"), sum_of(each, "Anonymous:"), "the anonymous ones too");
	ok(sum_of(all, "Rss:") > 0 && strstr(text, "[rollup]"), "and there are some");
	gate_open(&gate);
	is_exited(child, 0, "the child");
}

static void old_scale(void)
{
	must(write_text("/proc/self/oom_score_adj", "500") > 0);
	must(read_text("/proc/self/oom_adj", text, sizeof(text)) > 0);
	is_str(text, "8\n", "oom_adj follows oom_score_adj");
	must(write_text("/proc/self/oom_score_adj", "1000") > 0);
	must(read_text("/proc/self/oom_adj", text, sizeof(text)) > 0);
	is_str(text, "15\n", "up to its end");
}

static void overcommit(void)
{
	const char *setting = "/proc/sys/vm/overcommit_memory";
	size_t huge = 64ul << 30;
	pid_t child;

	must(read_text(setting, text, sizeof(text)) > 0);
	ok(text[0] >= '0' && text[0] <= '2', "a setting");
	/* The host's own is not ours to change. */
	if (!is_namu())
		return;
	ok(mmap(NULL, huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
		   errno == ENOMEM,
	   "by default what all of memory could not hold is refused");
	must(write_text(setting, "1\n") > 0);
	void *area = mmap(NULL, huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ok(area != MAP_FAILED, "with 1 nothing is");
	munmap(area, huge);
	must(write_text(setting, "2") > 0 && write_text("/proc/sys/vm/overcommit_ratio", "50") > 0);
	long limit = sum_of("/proc/meminfo", "CommitLimit:"), used = sum_of("/proc/meminfo", "Committed_AS:");
	size_t fits = (size_t)(limit - used - 4096) * 1024;
	ok(limit > used + 8192, "a limit");
	area = mmap(NULL, fits, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ok(area != MAP_FAILED, "with 2 what is below the limit is promised");
	ok(mmap(NULL, 64ul << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) ==
		   MAP_FAILED,
	   "what is above it is not, MAP_NORESERVE or not");
	child = fork();
	ok(child < 0 && errno == ENOMEM, "nor is a second one of all this");
	if (child == 0)
		_exit(0);
	munmap(area, fits);
	must(write_text(setting, "0") > 0);
	is_int(write_text(setting, "3"), -EINVAL, "there is no fourth way");
}

static void directory_as_pidfd(void)
{
	pid_t child;

	if (in_child(&child)) {
		pause();
		_exit(0);
	}
	int fd = open(of(child, ""), O_RDONLY | O_DIRECTORY), task = open(of(child, "task"), O_RDONLY | O_DIRECTORY);
	must(fd >= 0 && task >= 0);
	is_int(raw(SYS_pidfd_send_signal, fd, 0, 0, 0), 0, "the directory of a process stands for it");
	is_int(raw(SYS_pidfd_send_signal, task, 0, 0, 0), -EBADF, "one below it does not");
	is_int(raw(SYS_pidfd_send_signal, fd, SIGKILL, 0, 0), 0, "a signal");
	is_killed(child, SIGKILL, "arrives");
	is_int(raw(SYS_pidfd_send_signal, fd, 0, 0, 0), -ESRCH, "nobody is there any more");
	close(fd);
	close(task);
}

/* How a child that does `work` for a while divides its time between user mode and kernel. */
static void times_of(void (*work)(void), long *user_us, long *kernel_us)
{
	struct rusage usage;
	pid_t child;

	if (in_child(&child)) {
		do {
			work();
			must(getrusage(RUSAGE_SELF, &usage) == 0);
		} while (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec == 0 &&
			 usage.ru_utime.tv_usec + usage.ru_stime.tv_usec < 300000);
		_exit(0);
	}
	must(wait4(child, NULL, 0, &usage) == child);
	*user_us = usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec;
	*kernel_us = usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec;
}

static void read_zeros(void)
{
	static char zeros[1 << 20];
	int fd = open("/dev/zero", O_RDONLY);

	for (int i = 0; i < 20; i++)
		must(read(fd, zeros, sizeof(zeros)) == sizeof(zeros));
	close(fd);
}

static void count_up(void)
{
	for (volatile int i = 0; i < 3000000; i++)
		continue;
}

static void division_of_time(void)
{
	long user_us, kernel_us;

	times_of(read_zeros, &user_us, &kernel_us);
	ok(kernel_us > user_us, "who reads much spends its time in the kernel: %ld of %ld us", kernel_us,
	   user_us + kernel_us);
	times_of(count_up, &user_us, &kernel_us);
	ok(user_us > kernel_us, "who counts spends it in user mode: %ld of %ld us", user_us, user_us + kernel_us);
}

static void locks(void)
{
	struct flock record = {.l_type = F_RDLCK, .l_start = 10, .l_len = 5};
	int fd = open("/tmp/locked", O_RDWR | O_CREAT, 0600);
	char line[64];

	must(fd >= 0 && flock(fd, LOCK_EX) == 0 && fcntl(fd, F_SETLK, &record) == 0);
	must(read_text("/proc/locks", text, sizeof(text)) > 0);
	snprintf(line, sizeof(line), ": FLOCK  ADVISORY  WRITE %d ", getpid());
	ok(strstr(text, line), "the lock of the file%s", line);
	snprintf(line, sizeof(line), ": POSIX  ADVISORY  READ %d ", getpid());
	ok(strstr(text, line) && strstr(strstr(text, line), " 10 14\n"), "the lock of the record%s", line);
	close(fd);
	unlink("/tmp/locked");
}

static const struct tap_case cases[] = {
	{"directory_as_pidfd", directory_as_pidfd, 0},
	{"division_of_time", division_of_time, 0},
	{"locks", locks, 0},
	{"memory", memory, 0},
	{"strangers", strangers, 0},
	{"pages", pages, 0},
	{"calls", calls, 0},
	{"rollup", rollup, 0},
	{"old_scale", old_scale, 0},
	{"overcommit", overcommit, 0},
};

TAP_MAIN(cases)
