/*
 * System V semaphores as tests use them.
 */
#ifndef SEM_H
#define SEM_H

#include <sys/ipc.h>
#include <sys/sem.h>

#include "guest.h"

#ifndef SEM_STAT_ANY
#define SEM_STAT_ANY 20
#endif
#define VALUE_MOST 32767

union argument {
	int val;
	struct semid_ds *buf;
	unsigned short *array;
	struct seminfo *info;
};

static inline int make(int count)
{
	int id = semget(IPC_PRIVATE, count, IPC_CREAT | 0600);

	must(id >= 0);
	return id;
}

static inline void remove_it(int id)
{
	must(semctl(id, 0, IPC_RMID) == 0);
}

static inline int value(int id, int number)
{
	return semctl(id, number, GETVAL);
}

static inline void set(int id, int number, int to)
{
	must(semctl(id, number, SETVAL, (union argument){.val = to}) == 0);
}

static inline struct semid_ds status_of(int id)
{
	struct semid_ds status;

	memset(&status, 0, sizeof(status));
	must(semctl(id, 0, IPC_STAT, (union argument){.buf = &status}) == 0);
	return status;
}

/* One operation: 0 or the errno. */
static inline int change(int id, int number, int by, int flags)
{
	struct sembuf operation = {(unsigned short)number, (short)by, (short)flags};

	return semop(id, &operation, 1) ? errno : 0;
}

/* Until so many wait for a semaphore to grow (GETNCNT) or to be zero (GETZCNT). */
#endif
