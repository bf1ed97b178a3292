/* Ten thousand lives: nothing is lost, and in Namu every counted resource is back where it was. */
#include "guest.h"

#define LIVES 10000

static void lives(void)
{
	int good = 0;

	for (int i = 0; i < LIVES; i++) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(i & 0x7f);
		good += pid > 0 && reap(pid) == (i & 0x7f) << 8;
	}
	is_int(good, LIVES, "ten thousand children, one after another");
}

static int quit(void *unused)
{
	(void)unused;
	return 0;
}

/* A busy life, each fourth ended in another way. */
static void one_of_each(int i)
{
	char *argv[] = {"true", NULL}, *envp[] = {NULL};
	struct thread t;
	int fd[2];
	pid_t pid;

	if (in_child(&pid)) {
		must(pipe(fd) == 0);
		must(write(fd[1], "x", 1) == 1);
		memset(map_pages(20), 1, 20 * PAGE);
		memset(map_shared(20), 1, 20 * PAGE);
		must(open("/proc/self/stat", O_RDONLY) >= 0);
		must(open("file", O_RDWR | O_CREAT, 0600) >= 0);
		must(thread_start(&t, quit, NULL) > 0);
		thread_join(&t);
		if (i % 4 == 0)
			execve("/bin/true", argv, envp);
		if (i % 4 == 1)
			raise(SIGKILL);
		if (i % 4 == 2) {
			thread_start(&t, quit, NULL);
			setsid();
		}
		_exit(0);
	}
	reap(pid);
}

static struct {
	char name[40];
	long before, after;
} resources[64];

static int read_resources(int second)
{
	char text[4096];
	int n = 0;

	if (read_text("/proc/namu/resources", text, sizeof(text)) <= 0)
		return 0;
	for (char *line = strtok(text, "\n"); line && n < 64; line = strtok(NULL, "\n"), n++) {
		char name[40];
		long value;
		if (sscanf(line, "%39s %ld", name, &value) != 2)
			continue;
		strcpy(resources[n].name, name);
		if (second)
			resources[n].after = value;
		else
			resources[n].before = value;
	}
	return n;
}

/* A cache, or the driver's own memory, may take a few pages more. */
static int is_loose(const char *name)
{
	return strncmp(name, "kept_", 5) == 0 || strncmp(name, "pages_", 6) == 0;
}

static int are_back(int count)
{
	for (int i = 0; i < count; i++) {
		if (!is_loose(resources[i].name) && resources[i].after != resources[i].before)
			return 0;
	}
	return 1;
}

static void resources_return(void)
{
	int n, lives_lived = 2000;

	if (!is_namu()) {
		skip("resource counts return to the start", "only Namu tells them");
		return;
	}
	/* What is made on first use is made before the first count. */
	for (int i = 0; i < 200; i++)
		one_of_each(i);
	do {
		read_resources(0);
		sleep_ms(20);
		n = read_resources(1);
	} while (!are_back(n));
	for (int i = 0; i < lives_lived; i++)
		one_of_each(i);
	n = read_resources(1);
	/* The last to go may still be at it on another processor. */
	for (int i = 0; i < 2000 && !are_back(n); i++) {
		sleep_ms(5);
		n = read_resources(1);
	}
	ok(n > 0, "there are counts");
	for (int i = 0; i < n; i++) {
		long grown = resources[i].after - resources[i].before;
		if (is_loose(resources[i].name))
			ok(grown < 64, "%s grew by %ld pages in %d lives", resources[i].name, grown, lives_lived);
		else
			is_int(resources[i].after, resources[i].before, "%s is back where it was", resources[i].name);
	}
}

static const struct tap_case cases[] = {
	{"lives", lives, 300},
	{"resources_return", resources_return, 300},
};

TAP_MAIN(cases)
