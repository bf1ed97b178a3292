/* Everything on the stack: data, bss and heap are not touched. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

static _Alignas(4096) int unused[1024] = {1};

int main(void)
{
	int stack = unused[0];
	int data[1024], bss[1024], heap[25000];

	prctl(PR_SET_NAME, "data");
	data[0] = 2;
	prctl(PR_SET_NAME, "bss");
	bss[0] = 2;
	prctl(PR_SET_NAME, "heap");
	heap[20000] = 2;
	prctl(PR_SET_NAME, "stack");
	stack = 2;
	prctl(PR_SET_NAME, "done");
	printf("text  %p\ndata  %p\nbss   %p\nheap  %p\nstack %p\n", (void *)main, (void *)data, (void *)bss,
	       (void *)heap, (void *)&stack);
	return (char *)main < (char *)data && (char *)data < (char *)bss && (char *)bss < (char *)heap &&
			       (char *)heap < (char *)&stack
		       ? 0
		       : 1;
}
