/* A new process for the new program: this is fork and exec, as a shell does it. */
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	printf("process %d runs the first program\n", getpid());
	fflush(stdout);
	prctl(PR_SET_NAME, "before-exec");
	if (fork() == 0)
		execl("/bin/other", "other", NULL);
	wait(NULL);
	prctl(PR_SET_NAME, "after-exec");
	return 1;
}
