/*
 * callfuzz SEED ROUNDS [MILLISECONDS]: the driver. Each round has a world of its own (a file system in memory, a root
 * directory in it), in which hostile processes live for a while, as root or as an ordinary user; then all are killed,
 * the world is put away, and /proc/namu/resources must say what it said before. Prints `ok` or `not ok` a round, and `#
 * done`.
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WORKERS   4
#define TEXT_SIZE 8192

struct shared shared;
static int resources_fd;

static void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	fflush(stdout);
	_exit(2);
}

static void must(int is_good, const char *what)
{
	if (!is_good)
		die(what);
}

static void sleep_ms(long ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000};

	nanosleep(&t, NULL);
}

static void copy_self(const char *to)
{
	char block[4096];
	int from_fd = open("/proc/self/exe", O_RDONLY), to_fd = open(to, O_WRONLY | O_CREAT, 0755);
	ssize_t n;

	must(from_fd >= 0 && to_fd >= 0, "copy");
	while ((n = read(from_fd, block, sizeof(block))) > 0)
		must(write(to_fd, block, (size_t)n) == n, "copy");
	close(from_fd);
	close(to_fd);
}

static void put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0755);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), path);
	close(fd);
}

static void put_device(const char *path, unsigned major_number, unsigned minor_number)
{
	must(mknod(path, S_IFCHR | 0666, makedev(major_number, minor_number)) == 0, path);
	must(chmod(path, 0666) == 0, path);
}

/* Root may fill all memory with files: the driver must not be who has to go for it, and those it makes must. */
static void set_oom_score(const char *text)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text), "oom_score_adj");
	close(fd);
}

/* Mounts, queues, segments: what outlives its makers lives in namespaces of the round, and goes with the last process.
 */
static void world_make(void)
{
	must(unshare(CLONE_NEWNS | CLONE_NEWIPC) == 0, "unshare");
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "mounts of its own");
	mkdir("/fuzz", 0777);
	must(mount("none", "/fuzz", "tmpfs", 0, "size=6m") == 0, "mount tmpfs");
	must(chdir("/fuzz") == 0, "chdir");
	must(chmod(".", 0777) == 0, "chmod");
	mkdir("proc", 0755);
	mkdir("dev", 0755);
	mkdir("mnt", 0777);
	mkdir("dir", 0777);
	mkdir("dir/sub", 0777);
	must(chmod("mnt", 0777) == 0 && chmod("dir", 0777) == 0 && chmod("dir/sub", 0777) == 0, "chmod");
	must(mount("proc", "proc", "proc", 0, NULL) == 0, "mount proc");
	put_device("dev/null", 1, 3);
	put_device("dev/zero", 1, 5);
	put_device("dev/full", 1, 7);
	put_device("dev/random", 1, 8);
	put_device("dev/tty", 5, 0);
	copy_self("x");
	put_file("script", "#!x end\n");
	put_file("bad", "\177ELF\2\1\1 and what is no program");
	put_file("a", "some text\n");
	must(symlink("dir/a", "link") == 0 && symlink("loop", "loop") == 0 && mkfifo("fifo", 0666) == 0, "names");
	must(chmod("a", 0666) == 0 && chmod("fifo", 0666) == 0, "chmod");
}

static void limit(int resource, rlim_t value)
{
	struct rlimit both = {value, value};

	must(setrlimit(resource, &both) == 0, "setrlimit");
}

static _Noreturn void worker(uint64_t seed, int is_root)
{
	struct self self = {.random = seed * 0x9e3779b97f4a7c15ul + 0x1234567, .is_root = is_root};

	setsid();
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NPROC, 120);
	limit(RLIMIT_AS, 64 << 20);
	limit(RLIMIT_NOFILE, 128);
	if (!is_root) {
		must(syscall(SYS_setgroups, 0, 0) == 0 && syscall(SYS_setresgid, 1000, 1000, 1000) == 0, "setgid");
		must(syscall(SYS_setresuid, 1000, 1000, 1000) == 0, "setuid");
	}
	for (unsigned i = 0; i < 8; i++)
		next(&self);
	for (unsigned i = 0; i < count_of(self.held_pids); i++)
		self.held_pids[i] = getpid();
	things_prepare(&self);
	live(&self, 400 + (unsigned)below(&self, 1000));
	_exit(0);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Keeps some processes busy until the time is over; in the world, as its root. */
static _Noreturn void keeper(uint64_t seed, int is_root, long milliseconds)
{
	int64_t end = now_ms() + milliseconds;
	pid_t pids[WORKERS] = {0};
	uint64_t count = 0;
	int null;

	signal(SIGCHLD, SIG_DFL);
	set_oom_score("0");
	/* The driver's own: whoever locks it would lock it for longer than the round. */
	close(resources_fd);
	world_make();
	must(chroot(".") == 0, "chroot");
	null = open("/dev/null", O_RDWR);
	must(null >= 0, "null");
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close(null);
	while (now_ms() < end) {
		unsigned slot = (unsigned)(count++ % WORKERS);
		if (pids[slot] > 0)
			kill(pids[slot], SIGKILL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		pids[slot] = fork();
		if (pids[slot] == 0)
			worker(seed * 1000 + count, is_root);
		sleep_ms(40);
	}
	_exit(0);
}

static void resources_read(char *text)
{
	ssize_t n = pread(resources_fd, text, TEXT_SIZE - 1, 0);

	must(n > 0, "resources");
	text[n] = 0;
}

static long value_of(const char *text, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, length) == 0 && line[length] == ' ')
			return atol(line + length + 1);
	}
	return 0;
}

/* Kills everybody until nobody is left. The driver is not hit by its own signal. */
static void everybody_ends(long processes)
{
	static char text[TEXT_SIZE];

	for (int i = 0;; i++) {
		kill(-1, SIGKILL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		resources_read(text);
		if (value_of(text, "processes") <= processes)
			return;
		sleep_ms(5);
		if (i == 2000) {
			printf("not ok - processes do not die\n");
			fflush(stdout);
			_exit(3);
		}
	}
}

static int compare(const char *before, const char *after)
{
	char name[64];
	int lost = 0;

	for (const char *line = after; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		long value, earlier;
		if (sscanf(line, "%63s %ld", name, &value) != 2)
			break;
		earlier = value_of(before, name);
		/* What caches keep ready is bounded, and told apart from what is held. */
		if (value > earlier && strncmp(name, "kept_", 5) != 0) {
			printf("# %s was %ld, is %ld\n", name, earlier, value);
			lost++;
		}
	}
	return lost;
}

/* Whoever is root inside may have stopped it for good, so its time is watched from here. */
static void keeper_ends(pid_t pid, long milliseconds)
{
	int64_t end = now_ms() + milliseconds + 1000;

	while (waitpid(pid, NULL, WNOHANG) != pid) {
		if (now_ms() > end)
			kill(pid, SIGKILL);
		sleep_ms(10);
	}
}

static int round_run(uint64_t seed, long milliseconds, int is_counted)
{
	static char before[TEXT_SIZE], after[TEXT_SIZE];
	int is_root = seed % 3 == 2, lost = 0;
	pid_t pid;

	resources_read(before);
	printf("# seed %lu as %s\n", seed, is_root ? "root" : "a user");
	fflush(stdout);
	pid = fork();
	must(pid >= 0, "fork");
	if (pid == 0)
		keeper(seed, is_root, milliseconds);
	keeper_ends(pid, milliseconds);
	everybody_ends(value_of(before, "processes"));
	/* What is released later (a grace period, a queue) is given a moment. */
	for (int i = 0; i < 20; i++) {
		sleep_ms(10);
		resources_read(after);
		if (value_of(after, "slab_inode") <= value_of(before, "slab_inode"))
			break;
	}
	if (is_counted) {
		lost = compare(before, after);
		printf("%s - seed %lu\n", lost ? "not ok" : "ok", seed);
	}
	fflush(stdout);
	return lost;
}

int main(int argc, char **argv)
{
	uint64_t seed, rounds;

	if (argc > 1 && strcmp(argv[1], "end") == 0)
		_exit(0);
	if (argc <= 1 || strcmp(argv[1], "on") == 0) {
		struct self self = {
			.random = (uint64_t)getpid() * 0x9e3779b97f4a7c15ul, .depth = 2, .is_root = geteuid() == 0};
		things_prepare(&self);
		live(&self, 60);
	}
	if (access("/proc/namu/resources", R_OK)) {
		fprintf(stderr, "callfuzz: this is not Namu: nothing is done\n");
		return 2;
	}
	seed = strtoul(argv[1], NULL, 10);
	rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	must(getpid() == DRIVER_PID, "the driver is the command of the machine");
	resources_fd = open("/proc/namu/resources", O_RDONLY | O_CLOEXEC);
	must(resources_fd >= 0, "resources");
	set_oom_score("-1000");
	round_run(seed, 100, 0);
	for (uint64_t i = 0; i < rounds; i++)
		round_run(seed + i, argc > 3 ? atol(argv[3]) : 1000, 1);
	printf("# done\n");
	return 0;
}
