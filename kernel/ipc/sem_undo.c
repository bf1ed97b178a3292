/*
 * SEM_UNDO: what semaphores get back when those who took it have ended. See ipc/sem.h.
 */
#include "fs/file.h"
#include "ipc/sem.h"
#include "lib/errno.h"
#include "mem/slab.h"

static struct slab_cache list_cache = SLAB_CACHE("sem_undo_list", struct sem_undo_list);

/* The current thread's list; made when first asked for. */
static struct sem_undo_list *own_list(void)
{
	struct thread *thread = current_thread();
	struct sem_undo_list *list = thread->sem_undo;

	if (list)
		return list;
	list = slab_alloc(&list_cache);
	if (!list)
		return NULL;
	refcount_init(&list->refs, 1);
	spin_init(&list->lock, "sem undo list", LOCK_OBJECT);
	list_init(&list->undos);
	thread->sem_undo = list;
	return list;
}

struct sem_undo_list *sem_undo_share(void)
{
	struct sem_undo_list *list = own_list();

	if (list)
		refcount_get(&list->refs);
	return list;
}

/* What `list` has for the set, or null. The set's lock is held. */
static struct sem_undo *find(struct sem_set *set, const struct sem_undo_list *list)
{
	struct sem_undo *undo;

	list_for_each (undo, &set->undos, set_link) {
		if (undo->owner == list)
			return undo;
	}
	return NULL;
}

/* The set's lock is held. */
static void enter(struct sem_undo *undo)
{
	list_append(&undo->set->undos, &undo->set_link);
	spin_lock_second(&undo->owner->lock);
	list_append(&undo->owner->undos, &undo->owner_link);
	spin_unlock(&undo->owner->lock);
}

static void leave(struct sem_undo *undo)
{
	list_remove(&undo->set_link);
	spin_lock_second(&undo->owner->lock);
	list_remove(&undo->owner_link);
	spin_unlock(&undo->owner->lock);
}

static struct sem_undo *create(struct sem_set *set, struct sem_undo_list *list)
{
	struct sem_undo *undo = kzalloc(sizeof(*undo) + set->count * sizeof(undo->adjust[0]));

	if (!undo)
		return NULL;
	undo->set = set;
	undo->owner = list;
	return undo;
}

struct sem_undo *sem_undo_for(struct sem_set *set)
{
	bool had_list = current_thread()->sem_undo != NULL, is_removed;
	struct sem_undo_list *list = own_list();
	struct sem_undo *undo, *fresh;

	if (!list)
		return err_ptr(-ENOMEM);
	spin_lock(&set->object.lock);
	undo = find(set, list);
	spin_unlock(&set->object.lock);
	if (undo)
		return undo;
	fresh = create(set, list);
	if (!fresh) {
		if (!had_list)
			sem_undo_leave(current_thread());
		return err_ptr(-ENOMEM);
	}
	/* Another thread that shares the list may have been faster. */
	spin_lock(&set->object.lock);
	is_removed = set->object.is_removed;
	undo = find(set, list);
	if (!undo && !is_removed)
		enter(fresh);
	spin_unlock(&set->object.lock);
	if (!undo && !is_removed)
		return fresh;
	kfree(fresh);
	return is_removed ? err_ptr(-EIDRM) : undo;
}

void sem_undo_forget(struct sem_set *set)
{
	struct sem_undo *undo, *following;

	list_for_each_safe (undo, following, &set->undos, set_link) {
		leave(undo);
		kfree(undo);
	}
}

/* The set's lock is held. */
static void apply(struct sem_set *set, const struct sem_undo *undo)
{
	for (uint32_t i = 0; i < set->count; i++) {
		struct semaphore *semaphore = &set->semaphores[i];

		if (!undo->adjust[i])
			continue;
		semaphore->value = MIN(MAX(semaphore->value + undo->adjust[i], 0), SEM_VALUE_MOST);
		semaphore->last_pid = file_process_hook();
	}
	sem_serve(set);
	set->operation_time = timestamp_now().sec;
}

/* The set that the first undo of the list is for, with a reference; null: none is left. */
static struct sem_set *first_set(struct sem_undo_list *list)
{
	struct sem_set *set = NULL;

	spin_lock(&list->lock);
	if (!list_is_empty(&list->undos)) {
		set = list_first(&list->undos, struct sem_undo, owner_link)->set;
		ipc_object_get(&set->object); /* who removes it has one until it is through with our list */
	}
	spin_unlock(&list->lock);
	return set;
}

void sem_undo_put(struct sem_undo_list *list)
{
	struct sem_set *set;

	if (!refcount_put(&list->refs))
		return;
	while ((set = first_set(list)) != NULL) {
		struct sem_undo *undo;

		spin_lock(&set->object.lock);
		undo = find(set, list);
		if (undo) {
			leave(undo);
			apply(set, undo);
		}
		spin_unlock(&set->object.lock);
		kfree(undo);
		ipc_object_put(&set->object);
	}
	slab_free(&list_cache, list);
}

void sem_undo_leave(struct thread *thread)
{
	struct sem_undo_list *list = thread->sem_undo;

	thread->sem_undo = NULL;
	if (list)
		sem_undo_put(list);
}
