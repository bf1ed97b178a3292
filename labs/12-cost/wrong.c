/* These calls wait: each is a switch as well. */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int there[2], back[2];
	char byte = 0;

	if (pipe(there) < 0 || pipe(back) < 0)
		return 1;
	if (fork() == 0) {
		close(there[1]);
		while (read(there[0], &byte, 1) == 1)
			write(back[1], &byte, 1);
		return 0;
	}
	write(there[1], &byte, 1);
	read(back[0], &byte, 1);

	prctl(PR_SET_NAME, "calls");
	for (int i = 0; i < 1000; i++)
		usleep(1);
	prctl(PR_SET_NAME, "switches");
	for (int i = 0; i < 100; i++) {
		write(there[1], &byte, 1);
		read(back[0], &byte, 1);
	}
	prctl(PR_SET_NAME, "done");
	close(there[1]);
	wait(NULL);
	return 0;
}
