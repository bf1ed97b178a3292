/* Look, then wait: a signal that comes in between is handled, and then waited for, for ever. */
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t has_come;

static void handler(int signal)
{
	has_come = signal;
}

int main(void)
{
	struct sigaction action = {.sa_handler = handler};

	sigaction(SIGUSR1, &action, NULL);
	alarm(1); /* whoever waits longer than this waits for ever */
	if (fork() == 0) {
		kill(getppid(), SIGUSR1);
		return 0;
	}
	while (!has_come) {
		sched_yield(); /* whatever lies between the look and the wait */
		pause();
	}
	wait(NULL);
	return 0;
}
