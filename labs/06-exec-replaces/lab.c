/* exec: the process stays, the program goes. */
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(void)
{
	printf("process %d runs the first program\n", getpid());
	fflush(stdout);
	prctl(PR_SET_NAME, "before-exec");
	execl("/bin/other", "other", NULL);
	prctl(PR_SET_NAME, "after-exec");
	return 1;
}
