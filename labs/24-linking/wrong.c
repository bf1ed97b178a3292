/* The child runs this dynamic program again in place of the static one. */
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **words)
{
	prctl(PR_SET_NAME, "main");
	if (count > 1)
		return 0;
	if (fork() == 0) {
		execl(words[0], "static", "again", NULL);
		_exit(127);
	}
	wait(NULL);
	return 0;
}
