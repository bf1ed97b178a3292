/* No semaphores: both look at the number of items and change it, and between the look and the change is the other one.
 */
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLACES 4
#define ITEMS  40
#define TRIES  1000 /* whoever waits longer than this waits for ever */

struct buffer {
	volatile int items[PLACES];
	volatile int in, out, count;
};

static void add(struct buffer *buffer, int change)
{
	int count = buffer->count;

	sched_yield();
	buffer->count = count + change;
}

static int produce(struct buffer *buffer)
{
	for (int i = 0; i < ITEMS; i++) {
		for (int tries = 0; buffer->count >= PLACES; tries++) {
			if (tries == TRIES)
				return 1;
			sched_yield();
		}
		buffer->items[buffer->in] = i;
		buffer->in = (buffer->in + 1) % PLACES;
		add(buffer, 1);
	}
	return 0;
}

static int consume(struct buffer *buffer)
{
	int wrong = 0;

	for (int i = 0; i < ITEMS; i++) {
		for (int tries = 0; buffer->count <= 0; tries++) {
			if (tries == TRIES)
				return 1;
			sched_yield();
		}
		wrong += buffer->items[buffer->out] != i;
		buffer->out = (buffer->out + 1) % PLACES;
		add(buffer, -1);
	}
	return wrong;
}

int main(void)
{
	struct buffer *buffer = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	if (fork() == 0)
		return consume(buffer) ? 1 : 0;
	produce(buffer);
	wait(&status);
	printf("%d items are left in the buffer\n", buffer->count);
	return buffer->count != 0;
}
