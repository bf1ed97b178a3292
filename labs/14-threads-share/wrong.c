/* A process in place of the thread: its write is lost to the others. */
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Alignas(4096) char page[4096];

int main(void)
{
	page[0] = 'm';
	if (fork() == 0) {
		prctl(PR_SET_NAME, "thread-writes");
		page[0] = 't';
		prctl(PR_SET_NAME, "thread-done");
		return 0;
	}
	wait(NULL);
	return page[0] == 't' ? 0 : 2;
}
