/* One address space: text, data, bss, heap, stack. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

static _Alignas(4096) int data[1024] = {1}; /* stands in the file */
static _Alignas(4096) int bss[1024];        /* only its size stands in the file */

int main(void)
{
	int stack = 0;
	int *heap;

	prctl(PR_SET_NAME, "data");
	data[0] = 2;
	prctl(PR_SET_NAME, "bss");
	bss[0] = 2;
	prctl(PR_SET_NAME, "heap");
	heap = malloc(100000); /* fits into what the C library asked for at its start */
	heap = malloc(100000); /* does not fit any more */
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
