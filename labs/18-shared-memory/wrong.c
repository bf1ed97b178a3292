/* The consumer comes first: there is nothing of that name yet. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs a program to its end. */
static int run(const char *path, const char *name)
{
	int status = 1;

	if (fork() == 0) {
		execl(path, name, NULL);
		_exit(127);
	}
	wait(&status);
	return status;
}

int main(void)
{
	if (run("/bin/consumer", "consumer") != 0)
		return 1;
	return run("/bin/producer", "producer") != 0;
}
