/* The child keeps the write end open itself, and waits for its own end of data, for ever. */
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	int ends[2];
	char bytes[16];

	if (pipe(ends) < 0)
		return 1;
	if (fork() == 0) {
		alarm(2); /* whoever waits longer than this waits for ever */
		while (read(ends[0], bytes, sizeof(bytes)) > 0)
			;
		return 0;
	}
	close(ends[0]);
	write(ends[1], "hello", 5);
	close(ends[1]);
	wait(NULL);
	return 0;
}
