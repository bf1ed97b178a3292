/*
 * Namespaces of interprocess communication: made, entered, left. See ipc/namespace.h.
 */
#include "ipc/namespace.h"

#include <linux/sched.h>

#include "ipc/msg.h"
#include "fs/mount.h"
#include "fs/nsfs.h"
#include "ipc/mqueue.h"
#include "ipc/sem.h"
#include "ipc/shm.h"
#include "lib/errno.h"
#include "mem/slab.h"

struct ipc_namespace ipc_namespace_boot;

static struct slab_cache namespace_cache = SLAB_CACHE("ipc_namespace", struct ipc_namespace);

/* As Linux numbers that of the boot. */
#define BOOT_INO 4026531839ul

static void namespace_init(struct ipc_namespace *space, uint64_t ino)
{
	space->ino = ino;
	refcount_init(&space->refs, 1);
	atomic_init(&space->users, 1);
	ipc_set_init(&space->segments);
	shm_limits_init(space);
	ipc_set_init(&space->semaphores);
	sem_limits_init(space);
	ipc_set_init(&space->queues);
	msg_limits_init(space);
	mqueue_limits_init(space);
}

void ipc_init(void)
{
	namespace_init(&ipc_namespace_boot, BOOT_INO);
	current_thread()->ipc = &ipc_namespace_boot; /* which mounts the first file systems */
	mqueue_init();
}

struct ipc_namespace *ipc_namespace_create(void)
{
	struct ipc_namespace *space = slab_alloc(&namespace_cache);

	if (space)
		namespace_init(space, namespace_next_ino());
	return space;
}

void ipc_namespace_get(struct ipc_namespace *space)
{
	refcount_get(&space->refs);
}

void ipc_namespace_put(struct ipc_namespace *space)
{
	if (!refcount_put(&space->refs))
		return;
	ipc_set_destroy(&space->segments);
	ipc_set_destroy(&space->semaphores);
	ipc_set_destroy(&space->queues);
	slab_free(&namespace_cache, space);
}

void ipc_namespace_leave(struct ipc_namespace *space)
{
	if (space == &ipc_namespace_boot || atomic_fetch_sub_explicit(&space->users, 1, memory_order_acq_rel) != 1)
		return;
	shm_remove_all(space);
	sem_remove_all(space);
	msg_remove_all(space);
	mqueue_leave(space);
	ipc_namespace_put(space); /* the reference that all its users had together */
}

static void use(void *space)
{
	ipc_namespace_enter(space);
}

static void end_use(void *space)
{
	ipc_namespace_leave(space);
}

const struct namespace_kind ipc_namespace_kind = {.name = "ipc", .flag = CLONE_NEWIPC, .get = use, .put = end_use};

int ipc_thread_init(struct thread *thread, const struct thread *maker, uint64_t clone_flags)
{
	struct ipc_namespace *space = maker->ipc ? maker->ipc : &ipc_namespace_boot;
	struct sem_undo_list *undo = NULL;

	if (unlikely(clone_flags & CLONE_NEWIPC))
		space = ipc_namespace_create();
	else
		ipc_namespace_enter(space);
	if (!space)
		return -ENOMEM;
	if (clone_flags & CLONE_SYSVSEM) {
		undo = sem_undo_share();
		if (!undo) {
			ipc_namespace_leave(space);
			return -ENOMEM;
		}
	}
	thread->ipc = space;
	thread->sem_undo = undo;
	return 0;
}

void ipc_thread_exit(struct thread *thread, struct ipc_namespace *space)
{
	if (unlikely(thread->sem_undo))
		sem_undo_leave(thread);
	if (unlikely(space->segments.in_use))
		shm_thread_exit(space, thread);
	ipc_namespace_leave(space);
}

void ipc_thread_move(struct ipc_namespace *space)
{
	struct thread *thread = current_thread();
	struct ipc_namespace *before = thread->ipc;

	spin_lock(&tree_lock);
	thread->ipc = space;
	spin_unlock(&tree_lock);
	ipc_thread_exit(thread, before);
}
