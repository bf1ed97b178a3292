/* A snapshot by fork, as Redis makes one: the child has the memory as it was, the parent goes on changing it. */
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGES      256
#define PAGE_BYTES 4096

static _Alignas(PAGE_BYTES) char data[PAGES][PAGE_BYTES];

/* The child's work: "saves" all of it, after the parent's writes. The status: whether it is as it was. */
static int save(char expected)
{
	usleep(10000);
	for (int i = 0; i < PAGES; i++) {
		if (data[i][0] != expected)
			return 1;
	}
	return 0;
}

/* Changes so many pages while a snapshot is being saved. */
static void snapshot(int changes, char before, const char *begin, const char *end)
{
	memset(data, before, sizeof(data));
	if (fork() == 0)
		_exit(save(before));
	prctl(PR_SET_NAME, begin);
	for (int i = 0; i < changes; i++)
		data[i][0] = 'n';
	prctl(PR_SET_NAME, end);
	wait(NULL);
}

int main(void)
{
	snapshot(16, 'a', "write-16", "end-16");
	snapshot(128, 'b', "write-128", "end-128");
	return 0;
}
