/* The child is still there while the parent writes: each page is copied. */
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES      100
#define PAGE_BYTES 4096

static _Alignas(PAGE_BYTES) char pages[PAGES][PAGE_BYTES];

int main(void)
{
	memset(pages, 1, sizeof(pages));
	pid_t child = fork();

	if (child == 0)
		pause();
	prctl(PR_SET_NAME, "write");
	for (int i = 0; i < PAGES; i++)
		pages[i][0] = 2;
	prctl(PR_SET_NAME, "done");
	kill(child, SIGKILL);
	wait(NULL);
	return 0;
}
