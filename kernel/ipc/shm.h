/*
 * System V shared memory (shmget(2), shmop(2), shmctl(2)): a segment is a memory object with an id. A region that shows
 * one has REGION_SEGMENT; each such region is an attachment, as on Linux, so the memory object tells the segment
 * (memobj_ops attach, detach) when one is made, by shmat, fork or by parting one, and when one ends.
 *
 * Life: the segment has a reference on its memory until it is removed; the memory has one on the segment's structure
 * until it is gone itself. Lock: that of the namespace's set, for all of it.
 */
#ifndef NAMU_IPC_SHM_H
#define NAMU_IPC_SHM_H

#include "ipc/namespace.h"

struct memobj;

/* Lock key: (i) immutable; (s) the set's lock. */
struct shm {
	struct ipc_object object;                      /* (s) */
	struct ipc_namespace *space;                   /* (i) with a reference */
	struct memobj *memory;                         /* (s) null once removed */
	uint64_t bytes;                                /* (i) as asked for */
	uint64_t attached;                             /* (s) attachments, and shmat calls in progress */
	int64_t attach_time, detach_time, change_time; /* (s) seconds since 1970; 0: never */
	int32_t creator_pid;                           /* (i) */
	int32_t made_key;                              /* (i) the key it had at first: its name in maps */
	int32_t last_pid;                              /* (s) who attached or detached last */
	const struct thread *creator;                  /* (s) while it lives, for shm_rmid_forced; never looked into */
	bool is_locked;                                /* (s) SHM_LOCK was asked for, by */
	uint32_t locked_by;                            /* (s) this real user */
};

static inline struct shm *shm_of(struct ipc_object *object)
{
	return container_of(object, struct shm, object);
}

void shm_limits_init(struct ipc_namespace *space);
/* Remove all segments of a namespace that has no users. */
void shm_remove_all(struct ipc_namespace *space);
/* A thread ends or leaves the namespace. */
void shm_thread_exit(struct ipc_namespace *space, const struct thread *thread);
/* shm_rmid_forced was switched on: segments that nobody has attached and whose creator is gone go. */
void shm_remove_orphans(struct ipc_namespace *space);

/* Bodies of the calls. */
int64_t shm_get(int32_t key, uint64_t bytes, int flags);
int64_t shm_attach(int32_t id, uint64_t address, int flags);
int64_t shm_detach(uint64_t address);
int64_t shm_control(int32_t id, int command, uaddr_t buffer);

/* IPC_RMID. The set's lock is held; returns memory whose reference the caller drops without the lock, or null. */
struct memobj *shm_mark_removed(struct shm *shm);
/* Drop a segment's reference on its memory, and the set's on the segment, once it is out of the set. */
void shm_let_go(struct shm *shm, struct memobj *memory);
/* Pages of a segment. */
static inline uint64_t shm_pages(const struct shm *shm)
{
	return ALIGN_UP(shm->bytes, PAGE_SIZE) >> PAGE_SHIFT;
}

/* For /proc/sysvipc/shm. */
struct shm_view {
	struct ipc_object object; /* but its links */
	uint64_t bytes, attached, resident_bytes;
	int64_t attach_time, detach_time, change_time;
	int32_t creator_pid, last_pid;
};
/* The segment of the smallest index at or above *index, which moves behind it; false: none. */
bool shm_view_next(struct ipc_namespace *space, int32_t *index, struct shm_view *view);
/* For /proc/PID/maps: key and id of a region's memory. */
void shm_names(const struct memobj *memory, int32_t *key, int32_t *id);

#endif
