/* The same, but the program that the child wants does not exist: exec returns, and the child counts too. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int counter = 0;
	pid_t pid;
	printf("Creating Child Process\n");
	pid = fork();
	if (pid < 0) { // Error in fork
		fprintf(stderr, "fork failed, errno: %d\n", errno);
		exit(EXIT_FAILURE);
	} else if (pid > 0) { // This is Parents Process
		int i;
		printf("Parents(%d) made Child(%d)\n", getpid(), pid);
		for (i = 0; i < 10; i++) {
			printf("Counter: %d\n", counter++);
		}
	} else if (pid == 0) { // This is Child Process
		int i;
		printf("I am Child Process %d!\n", getpid());
		execl("/bin/nothing", "ls", "-1", NULL); // Run 'ls -1' at a place where it is not
		for (i = 0; i < 10; i++) {               // Is run now
			printf("Counter: %d\n", counter++);
		}
	}
	wait(NULL); // wait for child termination
	return EXIT_SUCCESS;
}
