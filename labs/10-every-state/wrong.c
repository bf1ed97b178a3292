/* This one never waits for anything: it is never blocked. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	pid_t child = fork(); /* new, then ready */

	if (child == 0) {
		for (volatile int i = 0; i < 100000; i++) /* running */
			;
		return 0; /* a zombie */
	}

	usleep(10000);
	prctl(PR_SET_NAME, "collects");
	waitpid(child, NULL, 0);
	return 0;
}
