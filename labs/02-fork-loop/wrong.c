/* Here a child leaves the loop: only the parent makes processes, one a round. */
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	for (int i = 0; i < 3; i++) {
		if (fork() == 0)
			return 0;
	}
	while (wait(NULL) > 0)
		;
	return 0;
}
