/*
 * A namespace of interprocess communication: System V segments, semaphore sets and message queues, and
 * POSIX message queues, with their limits (sysvipc(7), mq_overview(7), ipc_namespaces(7)). Each thread is in one
 * (thread->ipc).
 *
 * Life: `users` are threads and open files of it, who together hold one of the refs; attached segments hold their own.
 * When the last user has gone, everything in it is removed; the last reference frees it. That of the boot is for ever
 * and counts nothing.
 */
#ifndef NAMU_IPC_NAMESPACE_H
#define NAMU_IPC_NAMESPACE_H

#include "ipc/object.h"
#include "sched/thread.h"

struct mount;

/* Lock key: (a) atomic; (i) immutable; (l) the set's lock; (m) the mutex, and (n) the list lock of ipc/mqueue. */
struct ipc_namespace {
	struct refcount refs;             /* (a) */
	uint64_t ino;                     /* (i) of /proc/PID/ns/ipc */
	_Atomic uint32_t users;           /* (a) */
	struct ipc_set segments;          /* (l) struct shm */
	uint64_t segment_pages;           /* (l) of all segments */
	_Atomic uint64_t shmmax;          /* (a) largest segment, bytes */
	_Atomic uint64_t shmall;          /* (a) most segment_pages */
	_Atomic uint32_t shmmni;          /* (a) most segments */
	_Atomic uint32_t shm_rmid_forced; /* (a) a segment goes when nobody has it attached */

	struct ipc_set semaphores;      /* (l) struct sem_set */
	uint64_t semaphores_in_use;     /* (l) of all sets */
	_Atomic int32_t semmsl, semmns; /* (a) most semaphores in a set, in all sets */
	_Atomic int32_t semopm, semmni; /* (a) most operations in a call, most sets */

	struct ipc_set queues;                  /* (l) struct msg_queue */
	_Atomic int32_t msgmax, msgmnb, msgmni; /* (a) most bytes of a message, bytes in a queue, queues */

	struct mount *mqueue_mount;           /* (m) the tree of POSIX queues; null until it is asked for */
	uint32_t mqueue_count;                /* (n) POSIX queues */
	_Atomic uint32_t queues_max;          /* (a) most of them */
	_Atomic int32_t msg_max, msg_default; /* (a) most messages in a queue; in one made without saying how many */
	_Atomic int32_t msgsize_max, msgsize_default; /* (a) the same for bytes of a message */
};

extern struct ipc_namespace ipc_namespace_boot;

/* Boot. */
void ipc_init(void);
/* An empty one with one user; null: no memory. */
struct ipc_namespace *ipc_namespace_create(void);
/* References that keep the structure alone. */
void ipc_namespace_get(struct ipc_namespace *space);
void ipc_namespace_put(struct ipc_namespace *space);
/* One user more; one less. */
static inline void ipc_namespace_enter(struct ipc_namespace *space)
{
	if (unlikely(space != &ipc_namespace_boot))
		atomic_fetch_add_explicit(&space->users, 1, memory_order_relaxed);
}
void ipc_namespace_leave(struct ipc_namespace *space);

static inline struct ipc_namespace *current_ipc(void)
{
	return current_thread()->ipc;
}

/* The current thread goes over to `space`, whose use by the caller it takes over; its own SEM_UNDO is done. */
void ipc_thread_move(struct ipc_namespace *space);

/* It as a file (fs/nsfs.h). */
extern const struct namespace_kind ipc_namespace_kind;

/* What a fresh thread takes over or shares, by the flags of clone(2); a kernel process is in the namespace of the boot.
 * 0 or -ENOMEM. */
int ipc_thread_init(struct thread *thread, const struct thread *maker, uint64_t clone_flags);
/* The current thread ends, or leaves this namespace, which was its own: what it has made stays, but nobody's.
 * Or `thread` was not to be. */
void ipc_thread_exit(struct thread *thread, struct ipc_namespace *space);

#endif
