/* One fork: two processes go on behind it, and nobody has said who first. */
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	pid_t pid = fork();

	if (pid < 0) {
		perror("fork");
		return 1;
	}
	sched_yield(); /* here the dispatcher may choose anew */
	if (pid == 0) {
		printf("child: fork gave me 0\n");
		return 0;
	}
	printf("parent: fork gave me the number of my child, %d\n", pid);
	fflush(stdout);
	wait(NULL);
	return 0;
}
