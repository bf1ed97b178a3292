/* This parent says that it never wants to know: no zombie is made. */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	signal(SIGCHLD, SIG_IGN);
	if (fork() == 0)
		return 3;
	usleep(10000);
	prctl(PR_SET_NAME, "works");
	usleep(10000);
	prctl(PR_SET_NAME, "collects");
	wait(NULL);
	return 3;
}
