/* A pipe holds 64 KiB. Who writes more has to wait for the reader. */
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	static char page[4096];
	int ends[2];

	if (pipe(ends) < 0)
		return 1;
	if (fork() == 0) {
		close(ends[1]);
		usleep(10000); /* a slow consumer */
		while (read(ends[0], page, sizeof(page)) > 0)
			;
		return 0;
	}
	close(ends[0]);
	for (int i = 0; i < 20; i++)
		write(ends[1], page, sizeof(page));
	close(ends[1]);
	wait(NULL);
	return 0;
}
