/* A thread and a child process write to the same page. */
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Alignas(4096) char page[4096];

static void *thread(void *nothing)
{
	prctl(PR_SET_NAME, "thread-writes");
	page[0] = 't';
	prctl(PR_SET_NAME, "thread-done");
	return nothing;
}

int main(void)
{
	pthread_t other;

	page[0] = 'm';
	if (pthread_create(&other, NULL, thread, NULL) != 0)
		return 1;
	pthread_join(other, NULL);
	if (page[0] != 't')
		return 2;
	if (fork() == 0) {
		prctl(PR_SET_NAME, "child-writes");
		page[0] = 'c';
		prctl(PR_SET_NAME, "child-done");
		return 0;
	}
	wait(NULL);
	return page[0] == 't' ? 0 : 3;
}
