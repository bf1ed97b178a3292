/* A buffer in memory that both see, with semaphores of one kind or another. */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include "means.h"

enum { EMPTY, FULL };
struct memory {
	sem_t semaphores[2];
	struct item items[];
};

static struct memory *memory;
static sem_t *named[2];
static int set = -1, segment = -1;
static int uses_names, uses_set;

static void wait_for(int which)
{
	struct sembuf operation = {(unsigned short)which, -1, 0};
	int result;

	do {
		result = uses_set ? semop(set, &operation, 1)
				  : sem_wait(uses_names ? named[which] : &memory->semaphores[which]);
	} while (result < 0 && errno == EINTR);
	if (result < 0)
		fail("waiting for a semaphore");
}

static void post(int which)
{
	struct sembuf operation = {(unsigned short)which, 1, 0};

	if (uses_set ? semop(set, &operation, 1) : sem_post(uses_names ? named[which] : &memory->semaphores[which]))
		fail("posting a semaphore");
}

static void put_memory(const struct item *item)
{
	/* Nobody waits for room in an unbounded buffer. */
	if (is_bounded)
		wait_for(EMPTY);
	memory->items[item->words[0] % slots()] = *item;
	post(FULL);
}

static void get_memory(struct item *item, uint64_t number)
{
	wait_for(FULL);
	*item = memory->items[number % slots()];
	if (is_bounded)
		post(EMPTY);
}

static size_t memory_bytes(void)
{
	return sizeof(struct memory) + slots() * sizeof(struct item);
}

static void open_posix_memory(void)
{
	int fd = shm_open("/producer_consumer", O_CREAT | O_EXCL | O_RDWR, 0600);

	if (fd < 0 || ftruncate(fd, (off_t)memory_bytes()))
		fail("shm_open");
	memory = mmap(NULL, memory_bytes(), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	shm_unlink("/producer_consumer");
	close(fd);
	if (memory == MAP_FAILED)
		fail("mmap");
}

static void open_memory(void)
{
	open_posix_memory();
	if (sem_init(&memory->semaphores[EMPTY], 1, CAPACITY) || sem_init(&memory->semaphores[FULL], 1, 0))
		fail("sem_init");
}

static void open_named(void)
{
	static const char *const names[] = {"/producer_consumer.empty", "/producer_consumer.full"};

	open_posix_memory();
	uses_names = 1;
	for (int i = 0; i < 2; i++) {
		named[i] = sem_open(names[i], O_CREAT | O_EXCL, 0600, i == EMPTY ? CAPACITY : 0);
		if (named[i] == SEM_FAILED)
			fail("sem_open");
		sem_unlink(names[i]);
	}
}

static void open_sysv_memory(void)
{
	segment = shmget(IPC_PRIVATE, memory_bytes(), IPC_CREAT | 0600);
	set = semget(IPC_PRIVATE, 2, IPC_CREAT | 0600);
	memory = segment < 0 ? NULL : shmat(segment, NULL, 0);
	if (set < 0 || !memory || memory == (void *)-1)
		fail("shmget, shmat, semget");
	shmctl(segment, IPC_RMID, NULL);
	uses_set = 1;
	for (int i = 0; i < CAPACITY; i++)
		post(EMPTY);
}

static void close_sysv_memory(void)
{
	semctl(set, 0, IPC_RMID);
}

const struct means memory_means = {.name = "memory", .open = open_memory, .put = put_memory, .get = get_memory};
const struct means named_means = {.name = "memory-named", .open = open_named, .put = put_memory, .get = get_memory};
const struct means sysv_memory_means = {
	.name = "memory-sysv",
	.open = open_sysv_memory,
	.close = close_sysv_memory,
	.put = put_memory,
	.get = get_memory,
};
