/* These two give way by themselves, again and again: nobody has to take the processor from them. */
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

static void compute(void)
{
	for (volatile int i = 0; i < 500000; i++)
		if (i % 10000 == 0)
			sched_yield();
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
