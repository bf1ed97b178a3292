/* A child that has ended stays until its parent has asked for its status. */
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int status;

	if (fork() == 0)
		return 3;
	usleep(10000);
	prctl(PR_SET_NAME, "works");
	usleep(10000);
	prctl(PR_SET_NAME, "collects");
	wait(&status);
	return WEXITSTATUS(status);
}
