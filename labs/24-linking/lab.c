/* This program is linked dynamically; it starts a static one, of the same source. */
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	prctl(PR_SET_NAME, "main");
	if (fork() == 0) {
		execl("/bin/static", "static", NULL);
		_exit(127);
	}
	wait(NULL);
	return 0;
}
