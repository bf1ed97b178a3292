/* One process goes through every state there is. */
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
		usleep(10000);  /* blocked */
		raise(SIGSTOP); /* stopped */
		return 0;       /* a zombie */
	}
	waitpid(child, NULL, WUNTRACED);
	kill(child, SIGCONT);
	usleep(10000);
	prctl(PR_SET_NAME, "collects");
	waitpid(child, NULL, 0);
	return 0;
}
