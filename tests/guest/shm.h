/*
 * System V shared memory as tests use it.
 */
#ifndef SHM_H
#define SHM_H

#include <sys/ipc.h>
#include <sys/shm.h>

#include "guest.h"

#define DEST   01000
#define LOCKED 02000

static inline int make(size_t bytes)
{
	int id = shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0600);

	must(id >= 0);
	return id;
}

static inline struct shmid_ds status_of(int id)
{
	struct shmid_ds status;

	memset(&status, 0, sizeof(status));
	must(shmctl(id, IPC_STAT, &status) == 0);
	return status;
}

static inline long attached_of(int id)
{
	return (long)status_of(id).shm_nattch;
}

/* Every case leaves nothing: the namespace is its own on Linux, but the machine's in Namu. */
static inline void remove_it(int id)
{
	must(shmctl(id, IPC_RMID, NULL) == 0);
}

#endif
