/* Here the child waits for the grandchild: nobody is orphaned. */
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
		wait(NULL);
		return 0;
	}
	wait(NULL);
	usleep(30000);
	return 0;
}
