/* MAP_PRIVATE in place of MAP_SHARED: the page is mapped, but it is not shared. */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Alignas(4096) int private_counter[1024];

int main(void)
{
	int *shared_counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (shared_counter == MAP_FAILED)
		return 1;
	private_counter[0] = shared_counter[0] = 0;
	if (fork() == 0) {
		prctl(PR_SET_NAME, "private");
		for (int i = 0; i < 1000; i++)
			private_counter[0]++;
		prctl(PR_SET_NAME, "shared");
		for (int i = 0; i < 1000; i++)
			shared_counter[0]++;
		prctl(PR_SET_NAME, "done");
		return 0;
	}
	wait(NULL);
	printf("private %d, shared %d\n", private_counter[0], shared_counter[0]);
	return private_counter[0] == 0 && shared_counter[0] == 1000 ? 0 : 1;
}
