/*
 * What System V segments, semaphore sets and message queues have in common: an id, a key, an owner, permission bits
 * (sysvipc(7)). Those of one kind and namespace are a set, in which they are found by id or key.
 *
 * An id is an index in the set and a sequence number, so that an id that was removed is not soon another's. Indexes go
 * round, as on Linux.
 *
 * Life: one reference is the set's, until the object is removed; others are of calls in progress and of what the kind
 * adds. is_removed is set under the set's lock and the object's own, so either is enough to look at it. Locks: the
 * set's (LOCK_INODE) before the object's (LOCK_OBJECT).
 */
#ifndef NAMU_IPC_OBJECT_H
#define NAMU_IPC_OBJECT_H

#include <linux/ipc.h>

#include "arch/x86_64/spinlock.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "lib/types.h"

#define IPC_INDEXES     32768 /* most objects of one kind; index = id % IPC_INDEXES */
#define IPC_KEY_BUCKETS 64

/* What kinds may be allowed, by the bits of all three classes. */
#define IPC_MAY_READ  0444u
#define IPC_MAY_WRITE 0222u

/* Lock key: (a) atomic; (i) immutable; (s) the set's lock; (b) both locks to write, either to read. */
struct ipc_object {
	struct refcount refs;                       /* (a) */
	struct spinlock lock;                       /* (i) rank LOCK_OBJECT: what the kind adds */
	int32_t key;                                /* (s) */
	int32_t id;                                 /* (i) once it is in the set */
	uint32_t uid, gid;                          /* (s) owner */
	uint32_t cuid, cgid;                        /* (i) creator */
	uint32_t mode;                              /* (s) permission bits, and above them the kind's own */
	bool is_removed;                            /* (b) */
	struct list key_link;                       /* (s) */
	void (*destroy)(struct ipc_object *object); /* (i) the last reference went */
};

/* Lock key: (i) immutable; (l) its lock. */
struct ipc_set {
	struct spinlock lock;              /* (i) rank LOCK_INODE */
	struct ipc_object **slots;         /* (l) by index */
	uint32_t capacity;                 /* (l) of slots */
	uint32_t in_use;                   /* (l) */
	int32_t last_index;                /* (l) given last; -1: none */
	uint32_t sequence;                 /* (l) */
	int32_t next_id;                   /* (l) asked for by /proc/sys/kernel/..._next_id; -1: none */
	struct list keys[IPC_KEY_BUCKETS]; /* (l) objects with a key, by its hash */
};

void ipc_set_init(struct ipc_set *set);
/* Everything in it is gone: give back its memory. */
void ipc_set_destroy(struct ipc_set *set);

/* A fresh object, owned by the current thread: one reference. */
void ipc_object_init(struct ipc_object *object, int32_t key, int flags, void (*destroy)(struct ipc_object *object));
void ipc_object_get(struct ipc_object *object);
void ipc_object_put(struct ipc_object *object);

struct ipc_namespace;
struct ipc_making;
/* What shmget, semget and msgget do of their own. The set's lock is held but in create and discard. */
struct ipc_maker {
	/* Null, or: one of the key was found; is it what is wanted? */
	int (*check_found)(const struct ipc_making *making, const struct ipc_object *object);
	/* Null, or: may one be made? */
	int (*check_new)(const struct ipc_making *making);
	/* A fresh object that is in no set; null: no memory. And its end when it was not wanted. */
	struct ipc_object *(*create)(const struct ipc_making *making);
	void (*discard)(struct ipc_object *object);
	/* Null, or: it has entered the set. */
	void (*added)(const struct ipc_making *making, struct ipc_object *object);
};
struct ipc_making {
	const struct ipc_maker *maker;
	struct ipc_namespace *space;
	struct ipc_set *set;
	uint32_t most; /* objects in the set */
	int32_t key;
	int flags;
	uint64_t size; /* bytes, semaphores: the kind's own */
};
/* Find or make: the id, or what the checks say, -ENOENT, -EEXIST, -EACCES, -ENOSPC, -ENOMEM. Takes the set's lock. */
int64_t ipc_make(const struct ipc_making *making);
/* An object by id, with a reference: err_ptr -EINVAL, -EACCES. Takes the set's lock. */
struct ipc_object *ipc_get_object(struct ipc_set *set, int32_t id, uint32_t wanted);
/* ipc_check_access for who does not hold the set's lock. */
int ipc_may_use(struct ipc_set *set, const struct ipc_object *object, uint32_t wanted);

/* The functions below are called with the set's lock held. */

/* Enter a fresh object, whose reference becomes the set's: 0, -ENOSPC (`most` are in it), -ENOMEM. */
int ipc_set_add(struct ipc_set *set, struct ipc_object *object, uint32_t most);
/* Take it out: nobody finds it any more. The set's reference is the caller's now, and so is is_removed. */
void ipc_set_remove(struct ipc_set *set, struct ipc_object *object);
/* It is found by its key no more (IPC_RMID of a segment that is attached). */
void ipc_set_forget_key(struct ipc_set *set, struct ipc_object *object);
/* By id; null. */
struct ipc_object *ipc_set_find(const struct ipc_set *set, int32_t id);
/* By index (SHM_STAT and the like), whatever the sequence number; null. */
struct ipc_object *ipc_set_at(const struct ipc_set *set, int32_t index);
/* By key, which is not IPC_PRIVATE; null. */
struct ipc_object *ipc_set_find_key(const struct ipc_set *set, int32_t key);
/* The greatest index in use, 0 when there is none (what IPC_INFO returns). */
int32_t ipc_set_highest(const struct ipc_set *set);
/* The object of the smallest index at or above *index, which moves behind it; null: none. */
struct ipc_object *ipc_set_next(const struct ipc_set *set, int32_t *index);
static inline struct ipc_object *ipc_set_first(const struct ipc_set *set)
{
	int32_t index = 0;

	return ipc_set_next(set, &index);
}

/* May the current thread use it? `wanted` are permission bits of any class. 0 or -EACCES. */
int ipc_check_access(const struct ipc_object *object, uint32_t wanted);
/* May it change or remove it? 0 or -EPERM. */
int ipc_check_owner(const struct ipc_object *object);

/* ipc64_perm and the objects. */
struct ipc64_perm;
void ipc_perm_fill(struct ipc64_perm *to, const struct ipc_object *object);
/* IPC_SET: 0 or -EINVAL. */
int ipc_perm_apply(struct ipc_object *object, const struct ipc64_perm *from);

#endif
