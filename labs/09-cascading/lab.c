/* Cascading termination: the end of one process ends all that come from it. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process that ends with its parent, and makes the next one below it. */
static void generation(int left)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (left > 1 && fork() == 0)
		generation(left - 1);
	sleep(1);
	_exit(0);
}

int main(void)
{
	pid_t child = fork();

	if (child == 0)
		generation(3);
	usleep(20000);
	kill(child, SIGKILL);
	wait(NULL);
	usleep(20000);
	return 0;
}
