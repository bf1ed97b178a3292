/* A process whose parent ends first gets another one. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	if (fork() == 0) {
		if (fork() == 0) {
			usleep(10000);
			printf("my parent is now %d\n", getppid());
			return 0;
		}
		return 0; /* the child does not wait for the grandchild */
	}
	wait(NULL);
	usleep(30000);
	return 0;
}
