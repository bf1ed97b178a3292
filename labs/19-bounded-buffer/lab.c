/* Producer and consumer with a buffer of four places in shared memory, kept in step by three semaphores. */
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PLACES 4
#define ITEMS  40

struct buffer {
	sem_t empty, full, mutex;
	int items[PLACES];
	int in, out, count;
};

/* The critical section: changes `count`, slowly. */
static void add(struct buffer *buffer, int change)
{
	int count = buffer->count;

	sched_yield();
	buffer->count = count + change;
}

static void produce(struct buffer *buffer)
{
	for (int i = 0; i < ITEMS; i++) {
		sem_wait(&buffer->empty);
		sem_wait(&buffer->mutex);
		buffer->items[buffer->in] = i;
		buffer->in = (buffer->in + 1) % PLACES;
		add(buffer, 1);
		sem_post(&buffer->mutex);
		sem_post(&buffer->full);
	}
}

/* The number of items that were not what they should be. */
static int consume(struct buffer *buffer)
{
	int wrong = 0;

	for (int i = 0; i < ITEMS; i++) {
		sem_wait(&buffer->full);
		sem_wait(&buffer->mutex);
		wrong += buffer->items[buffer->out] != i;
		buffer->out = (buffer->out + 1) % PLACES;
		add(buffer, -1);
		sem_post(&buffer->mutex);
		sem_post(&buffer->empty);
	}
	return wrong;
}

int main(void)
{
	struct buffer *buffer = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	sem_init(&buffer->empty, 1, PLACES);
	sem_init(&buffer->full, 1, 0);
	sem_init(&buffer->mutex, 1, 1);
	if (fork() == 0)
		return consume(buffer) ? 1 : 0;
	produce(buffer);
	wait(&status);
	printf("%d items are left in the buffer\n", buffer->count);
	return buffer->count != 0;
}
