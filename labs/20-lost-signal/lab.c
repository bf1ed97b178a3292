/* Waiting for a signal without losing it: it is held back until the very wait. */
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
	sigset_t held, before;

	sigaction(SIGUSR1, &action, NULL);
	sigemptyset(&held);
	sigaddset(&held, SIGUSR1);
	sigprocmask(SIG_BLOCK, &held, &before);
	alarm(1); /* whoever waits longer than this waits for ever */
	if (fork() == 0) {
		kill(getppid(), SIGUSR1);
		return 0;
	}
	while (!has_come) {
		sched_yield();
		sigsuspend(&before); /* lets it in and waits, in one step */
	}
	wait(NULL);
	return 0;
}
