/* A byte goes to and fro through two pipes, a hundred times. */
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 100

int main(void)
{
	int ping[2], pong[2];
	char byte = 'a';

	if (pipe(ping) < 0 || pipe(pong) < 0)
		return 1;
	if (fork() == 0) {
		for (int i = 0; i < ROUNDS; i++) {
			read(ping[0], &byte, 1);
			write(pong[1], &byte, 1);
		}
		return 0;
	}
	for (int i = 0; i < ROUNDS; i++) {
		write(ping[1], &byte, 1);
		read(pong[0], &byte, 1);
	}
	wait(NULL);
	return 0;
}
