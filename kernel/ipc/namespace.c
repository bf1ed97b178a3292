/*
 * Namespaces of interprocess communication: made, entered, left. See ipc/namespace.h.
 */
#include "ipc/namespace.h"

#include "ipc/msg.h"
#include "ipc/mqueue.h"
#include "ipc/sem.h"
#include "ipc/shm.h"
#include "mem/slab.h"

struct ipc_namespace ipc_namespace_boot;

static struct slab_cache namespace_cache = SLAB_CACHE("ipc_namespace", struct ipc_namespace);

static void namespace_init(struct ipc_namespace *space)
{
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
	namespace_init(&ipc_namespace_boot);
	current_thread()->ipc = &ipc_namespace_boot; /* which mounts the first file systems */
	mqueue_init();
}

struct ipc_namespace *ipc_namespace_create(void)
{
	struct ipc_namespace *space = slab_alloc(&namespace_cache);

	if (space)
		namespace_init(space);
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

void ipc_thread_exit(struct thread *thread, struct ipc_namespace *space)
{
	if (unlikely(thread->sem_undo))
		sem_undo_leave(thread);
	if (unlikely(space->segments.in_use))
		shm_thread_exit(space, thread);
	ipc_namespace_leave(space);
}
