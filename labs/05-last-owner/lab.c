/* Who is the last to use a page may write to it: there is nobody to keep it for. */
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
	if (fork() == 0)
		return 0;
	wait(NULL);
	prctl(PR_SET_NAME, "write");
	for (int i = 0; i < PAGES; i++)
		pages[i][0] = 2;
	prctl(PR_SET_NAME, "done");
	return 0;
}
