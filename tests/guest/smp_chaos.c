/*
 * Random threads and processes are killed while others fork, execute, wait and map, on all processors at once. The
 * kernel's look at itself finds nothing meanwhile and afterwards, and all it had given out comes back.
 * CHAOS_SECONDS and CHAOS_SEED of the environment say for how long, and which run of it.
 */
#include "smp_chaos.h"

extern char **environ;

#define WORKERS    5
#define LOOK_EVERY 4 /* rounds of 10 ms */

/* -- who kills -- */

/* The numbers below a directory of /proc; one of them, or 0. */
static pid_t draw_number(struct life *life, const char *path)
{
	DIR *directory = opendir(path);
	pid_t numbers[256];
	unsigned count = 0;

	if (!directory)
		return 0;
	for (struct dirent *entry; count < count_of(numbers) && (entry = readdir(directory)) != NULL;) {
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			numbers[count++] = (pid_t)atoi(entry->d_name);
	}
	closedir(directory);
	return count ? numbers[draw(life, count)] : 0;
}

static void look_at(struct life *life, pid_t pid)
{
	static const char *const names[] = {"stat",   "status", "maps",   "smaps",   "cmdline", "environ", "wchan",
					    "limits", "statm",  "fdinfo", "pagemap", "auxv",    "io",      "mountinfo"};
	char path[64], text[4096];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, names[draw(life, count_of(names))]);
	read_text(path, text, sizeof(text));
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	if (draw(life, 4) == 0)
		draw_number(life, path);
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	(void)!readlink(path, text, sizeof(text));
}

static void kill_some(struct life *life)
{
	static const int signals[] = {SIGKILL, SIGKILL, SIGKILL, SIGTERM, SIGSEGV,
				      SIGSTOP, SIGCONT, SIGCONT, SIGALRM, SIGUSR1};
	int signal = signals[draw(life, count_of(signals))];
	char path[64];
	pid_t pid = draw_number(life, "/proc");

	if (!pid)
		return;
	look_at(life, pid);
	if (pid == world->killer[0] || pid == world->killer[1])
		return;
	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	if (draw(life, 3) == 0)
		raw(SYS_tgkill, pid, draw_number(life, path), signal);
	else
		kill(pid, signal);
}

static void killer(uint64_t seed, int number)
{
	struct life life = {.random = seed * 77 + (uint64_t)number + 1};

	become_user(CROWD_USER);
	world->killer[number] = getpid();
	while (!world->is_over) {
		kill_some(&life);
		/* Who was stopped shall not stay so. */
		if (draw(&life, 16) == 0)
			kill(-1, SIGCONT);
		sleep_ms((long)draw(&life, 3));
	}
	_exit(0);
}

static void worker(uint64_t seed, int number)
{
	struct life life = {.random = seed * 1000003 + (uint64_t)number * 7919 + 1, .depth = 3};
	struct rlimit few = {120, 120};

	setsid();
	must(setrlimit(RLIMIT_NPROC, &few) == 0);
	become_user(CROWD_USER);
	live(&life, 1000000);
	_exit(0);
}

/* -- the whole -- */

static struct count {
	char name[40];
	long before, after;
} counts[128];

static int read_counts(int is_after)
{
	char text[8192];
	int n = 0;

	must(read_text("/proc/namu/resources", text, sizeof(text)) > 0);
	for (char *line = text; line && *line && n < (int)count_of(counts); n++) {
		if (sscanf(line, "%39s %ld", counts[n].name, is_after ? &counts[n].after : &counts[n].before) != 2)
			break;
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return n;
}

/* 1: the kernel's look at itself finds nothing. What it finds is said once. */
static int is_consistent(void)
{
	static int is_said;
	char text[8192];

	if (read_text("/proc/namu/check", text, sizeof(text)) <= 0)
		return 0;
	if (strstr(text, " findings 0\n"))
		return 1;
	for (char *line = strtok(text, "\n"); line && !is_said; line = strtok(NULL, "\n"))
		tap_say("%s", line);
	is_said = 1;
	return 0;
}

/* They may make others faster than one round of signals goes through them. */
static void end_all(void)
{
	pid_t pid, got;

	world->is_over = 1;
	for (;;) {
		if (in_child(&pid)) {
			become_user(CROWD_USER);
			kill(-1, SIGKILL);
			_exit(0);
		}
		while ((got = waitpid(-1, NULL, 0)) > 0 && got != pid)
			;
		while ((got = waitpid(-1, NULL, WNOHANG)) > 0)
			;
		if (got < 0 && errno == ECHILD)
			return;
	}
}

/* Returns how many looks were taken and how many of them found something. */
static void run_crowd(uint64_t seed, long milliseconds, int *looks, int *bad)
{
	pid_t keeper[WORKERS + 2], pid;
	int64_t end;

	memset((void *)world, 0, sizeof(*world));
	for (int i = 0; i < 2; i++) {
		if (in_child(&keeper[i]))
			killer(seed, i);
	}
	for (int i = 0; i < WORKERS; i++) {
		if (in_child(&keeper[2 + i]))
			worker(seed, i);
	}
	end = now_ns() + milliseconds * 1000000;
	/* On a busy host the time may be over before the first look was taken. */
	for (uint64_t round = 1; now_ns() < end || round <= LOOK_EVERY; round++) {
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
			for (int i = 0; i < WORKERS; i++) {
				/* Killed: another takes its place. */
				if (pid == keeper[2 + i] && in_child(&keeper[2 + i]))
					worker(seed + round * 131, i);
			}
		}
		if (is_namu() && round % LOOK_EVERY == 0) {
			++*looks;
			*bad += !is_consistent();
		}
		sleep_ms(10);
	}
	end_all();
}

/*
 * What caches keep ready comes and goes. Objects are counted exactly; how many pages hold them depends on where those
 * of the processors that live on happen to lie.
 */
static int has_grown(const struct count *count)
{
	long spread = 16 + 2 * sysconf(_SC_NPROCESSORS_ONLN);

	if (strncmp(count->name, "kept_", 5) == 0)
		return 0;
	return count->after > count->before + (strncmp(count->name, "pages_", 6) == 0 ? spread : 0);
}

static void compare_counts(void)
{
	int n = 0, grown = 0;

	/* What a processor lets go of when it comes to it (a stack it stands on) is given a moment. */
	for (int i = 0; i < 40; i++) {
		n = read_counts(1);
		grown = 0;
		for (int k = 0; k < n; k++)
			grown += has_grown(&counts[k]);
		if (!grown)
			break;
		sleep_ms(10);
	}
	for (int k = 0; k < n; k++) {
		if (has_grown(&counts[k]))
			tap_say("%s was %ld, is %ld", counts[k].name, counts[k].before, counts[k].after);
	}
	is_int(grown, 0, "every count is back at the start");
	ok(n > 10, "there are counts");
}

static long number_of(const char *name, long otherwise)
{
	const char *text = getenv(name);

	return text ? atol(text) : otherwise;
}

static void chaos(void)
{
	uint64_t seed = (uint64_t)number_of("CHAOS_SEED", 1);
	long milliseconds = number_of("CHAOS_SECONDS", 2) * 1000;
	int looks = 0, bad = 0;

	must(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	must(mkdir("/tmp/chaos", 0777) == 0 || errno == EEXIST);
	must(chmod("/tmp/chaos", 0777) == 0);
	world = map_shared((sizeof(*world) + PAGE - 1) / PAGE);
	/* What is made at first use is made before the first count: names of the image, caches. */
	for (int i = 0; i < 2; i++) {
		char *argv[] = {i ? "/bin/true" : "/tests/smp_chaos", "on", "1", NULL};
		pid_t pid;
		if (in_child(&pid)) {
			become_user(CROWD_USER);
			execve(argv[0], argv, environ);
			_exit(127);
		}
		reap(pid);
	}
	run_crowd(seed + 1000, 200, &looks, &bad);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < FILES; i++) {
			char name[] = "/tmp/chaos/f0";
			name[12] += (char)i;
			unlink(name);
		}
		if (round)
			break;
		if (is_namu())
			must(read_counts(0) > 0);
		run_crowd(seed, milliseconds, &looks, &bad);
	}
	ok(waitpid(-1, NULL, 0) < 0 && errno == ECHILD, "everybody has ended and was collected");
	if (!is_namu()) {
		skip("the kernel's look at itself", "only Namu takes one");
		return;
	}
	ok(looks > 0, "%d looks were taken meanwhile", looks);
	is_int(bad, 0, "the kernel's look at itself finds nothing meanwhile");
	ok(is_consistent(), "nor when all is over");
	compare_counts();
	rmdir("/tmp/chaos");
}

static const struct tap_case cases[] = {
	{"chaos", chaos, 150},
};

int main(int argc, char **argv)
{
	/* Executed by one of the crowd: a short life without the others' memory. */
	if (argc > 2 && strcmp(argv[1], "on") == 0) {
		struct life life = {.random = strtoul(argv[2], NULL, 10) | 1, .depth = 1};
		world = map_shared((sizeof(*world) + PAGE - 1) / PAGE);
		live(&life, 6);
		return 0;
	}
	return tap_main(cases, count_of(cases), argc, argv);
}
