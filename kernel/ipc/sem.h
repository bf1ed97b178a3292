/*
 * System V semaphores (semget(2), semop(2), semctl(2)): sets of counters on which several operations are done at once
 * or not at all.
 *
 * Who has to wait stands in the set's queue with the operations it wants. Whoever changes a counter does, before it
 * lets go of the set, what of that has become possible, in the order of arrival (those that change nothing first), and
 * wakes whose operations are done: so a woken thread has what it waited for, and nobody can come between.
 *
 * SEM_UNDO: for each set a struct sem_undo holds what is to be taken back when the last thread that shares its list has
 * ended. It stands in its set and in its list, and goes with either.
 *
 * Locks: the object's, for all of a set; under it that of a list of undos (also LOCK_OBJECT, taken second).
 */
#ifndef NAMU_IPC_SEM_H
#define NAMU_IPC_SEM_H

#include <linux/sem.h>

#include "ipc/namespace.h"
#include "sched/waitq.h"

#define SEM_VALUE_MOST 32767 /* SEMVMX */

/* Lock key: (o) the set's lock. */
struct semaphore {
	int32_t value;    /* (o) */
	int32_t last_pid; /* (o) who changed it last */
};

/* Lock key: (i) immutable; (o) object.lock. */
struct sem_set {
	struct ipc_object object;            /* (o) */
	uint32_t count;                      /* (i) of semaphores */
	int64_t operation_time, change_time; /* (o) seconds since 1970 */
	struct list waiting;                 /* (o) struct sem_wait */
	struct list undos;                   /* (o) struct sem_undo */
	struct semaphore semaphores[];       /* (o) */
};

/* Threads that share it (CLONE_SYSVSEM) have what is to be undone in common. Lock key: (a) atomic; (l) its lock. */
struct sem_undo_list {
	struct refcount refs; /* (a) */
	struct spinlock lock; /* (l) */
	struct list undos;    /* (l) struct sem_undo */
};

/* Lock key: (i) immutable; (o) the set's lock; (l) the list's lock. */
struct sem_undo {
	struct sem_set *set;         /* (i) */
	struct sem_undo_list *owner; /* (i) */
	struct list set_link;        /* (o) on set->undos */
	struct list owner_link;      /* (l) on owner->undos */
	int16_t adjust[];            /* (o) what is added to each at the end */
};

/*
 * Operations that are tried: on the stack of who wants them, in the set's queue while they have to wait.
 * Lock key: (i) immutable; (o) the set's lock.
 */
struct sem_wait {
	struct list link;                /* (o) */
	const struct sembuf *operations; /* (i) */
	uint32_t count;                  /* (i) */
	bool alters;                     /* (i) one of them is not a wait for zero */
	int32_t pid;                     /* (i) */
	struct sem_undo *undo;           /* (i) when one of them has SEM_UNDO */
	const struct sembuf *blocking;   /* (o) the first that was not possible at the last try */
	bool is_done;                    /* (o) */
	int result;                      /* (o) once done */
	struct waitq queue;              /* (o) it waits here */
};

static inline struct sem_set *sem_of(struct ipc_object *object)
{
	return container_of(object, struct sem_set, object);
}

void sem_limits_init(struct ipc_namespace *space);
void sem_remove_all(struct ipc_namespace *space);

/* Bodies of the calls. `operations` is the user's array; timeout_error is told once they have been read. */
int64_t sem_get(int32_t key, int32_t count, int flags);
int64_t sem_operate(int32_t id, uaddr_t operations, uint32_t count, uint64_t deadline_ns, int timeout_error);
int64_t sem_control(int32_t id, int32_t number, int command, uint64_t argument);

/* With the set's lock held: do what has become possible. */
void sem_serve(struct sem_set *set);
/* The operations are done, or cannot be any more. The wait may be gone once the set's lock is. */
void sem_finish(struct sem_wait *wait, int result);

/* CLONE_SYSVSEM: the list of the current thread, with a reference; made if need be. Null: no memory. */
struct sem_undo_list *sem_undo_share(void);
void sem_undo_put(struct sem_undo_list *list);
/* The current thread lets go of its list; the last one does what is to be undone. */
void sem_undo_leave(struct thread *thread);
/* What the current thread's list has for a set, made if need be: err_ptr -ENOMEM, -EIDRM. */
struct sem_undo *sem_undo_for(struct sem_set *set);
/* The set is removed, its lock is held: its undos go. */
void sem_undo_forget(struct sem_set *set);

/* A set by id, with a reference: err_ptr -EINVAL, -EACCES. */
struct sem_set *sem_find(struct ipc_namespace *space, int32_t id, uint32_t wanted);

/* For /proc/sysvipc/sem. */
struct sem_view {
	struct ipc_object object; /* but its links */
	uint32_t count;
	int64_t operation_time, change_time;
};
bool sem_view_next(struct ipc_namespace *space, int32_t *index, struct sem_view *view);

#endif
