/* The child writes to every page: each is copied. */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES      1000
#define PAGE_BYTES 4096

static _Alignas(PAGE_BYTES) char pages[PAGES][PAGE_BYTES];

/* Marks a place in the trace. */
static void step(const char *name)
{
	prctl(PR_SET_NAME, name);
}

int main(void)
{
	int sum = 0;

	memset(pages, 1, sizeof(pages));
	if (fork() == 0) {
		step("read-all");
		for (int i = 0; i < PAGES; i++)
			sum += pages[i][0];
		step("write-one");
		for (int i = 0; i < PAGES; i++)
			pages[i][0] = 2;
		step("done");
		return sum == PAGES ? 0 : 1;
	}
	wait(NULL);
	printf("the parent's page 500 still holds %d\n", pages[500][0]);
	return pages[500][0] == 1 ? 0 : 1;
}
