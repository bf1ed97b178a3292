/* Two processes that compute and one that waits: who leaves the processor of its own will? */
#include <sys/wait.h>
#include <unistd.h>

static void compute(void)
{
	for (volatile int i = 0; i < 5000000; i++)
		;
	_exit(0);
}

static void wait_often(void)
{
	for (int i = 0; i < 10; i++)
		usleep(1000);
	_exit(0);
}

int main(void)
{
	if (fork() == 0)
		compute();
	if (fork() == 0)
		compute();
	if (fork() == 0)
		wait_often();
	while (wait(NULL) > 0)
		;
	return 0;
}
