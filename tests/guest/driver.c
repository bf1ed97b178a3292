/*
 * Runs guest tests one after another: `driver [-t SECONDS] NAME...` starts /tests/NAME in a session of its own, ends it
 * when its time is over, goes on whatever becomes of it, and frames its output with `# begin NAME` and
 * `# end NAME exit N | signal N | timeout`. It uses as little of the kernel as it can, since it must outlive its
 * faults.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile pid_t running;
static volatile sig_atomic_t timed_out;

static void on_alarm(int signo)
{
	(void)signo;
	timed_out = 1;
	if (running > 0)
		kill(running, SIGKILL);
}

static void say(const char *format, const char *name, const char *how, int value)
{
	char line[200];
	int n = snprintf(line, sizeof(line), format, name, how, value);

	if (write(1, line, (size_t)n) != n)
		_exit(98);
}

static void run(const char *name, unsigned seconds)
{
	char path[150];
	int status = 0;
	pid_t pid;

	snprintf(path, sizeof(path), "/tests/%s", name);
	say("# begin %s\n", name, "", 0);
	timed_out = 0;
	pid = fork();
	if (pid == 0) {
		char *argv[] = {path, NULL};
		char *envp[] = {"PATH=/bin:/sbin:/usr/bin", "HOME=/root", NULL};
		setsid();
		dup2(1, 2);
		for (int fd = 3; fd < 256; fd++)
			close(fd);
		execve(path, argv, envp);
		_exit(127);
	}
	running = pid;
	alarm(seconds);
	/* As pid 1 the driver also gets the orphans of the tests. */
	while (pid > 0) {
		pid_t got = wait4(-1, &status, 0, NULL);
		if (got == pid || (got < 0 && errno != EINTR))
			break;
	}
	alarm(0);
	if (pid < 0)
		say("# end %s %s %d\n", name, "fork", errno);
	else if (timed_out)
		say("# end %s %s\n", name, "timeout", 0);
	else if (WIFSIGNALED(status))
		say("# end %s %s %d\n", name, "signal", WTERMSIG(status));
	else
		say("# end %s %s %d\n", name, "exit", WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	struct sigaction action = {.sa_handler = on_alarm};
	unsigned seconds = 120;
	int first = 1;

	if (argc > 2 && strcmp(argv[1], "-t") == 0) {
		seconds = (unsigned)atoi(argv[2]);
		first = 3;
	}
	sigaction(SIGALRM, &action, NULL);
	for (int i = first; i < argc; i++)
		run(argv[i], seconds);
	say("# done%s%s\n", "", "", 0);
	return 0;
}
