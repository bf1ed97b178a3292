/* The parent waits before it says anything: now the order is fixed. */
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	pid_t pid = fork();

	sched_yield();
	if (pid == 0) {
		printf("child: fork gave me 0\n");
		return 0;
	}
	wait(NULL);
	printf("parent: fork gave me the number of my child, %d\n", pid);
	return 0;
}
