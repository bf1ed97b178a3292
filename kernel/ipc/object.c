/*
 * Sets of System V objects: ids, keys, permissions. See ipc/object.h.
 */
#include "ipc/object.h"

#include <asm/ipcbuf.h>
#include <linux/capability.h>

#include "fs/cred.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"

#define PERMISSION_BITS 0777u
#define SEQUENCES       (INT32_MAX / IPC_INDEXES)
/* Indexes are given out round and round among at least this many, so that one is not used again at once. */
#define CYCLE_LEAST 64u

void ipc_set_init(struct ipc_set *set)
{
	memset(set, 0, sizeof(*set));
	spin_init(&set->lock, "ipc set", LOCK_INODE);
	set->last_index = -1;
	set->next_id = -1;
	for (unsigned i = 0; i < IPC_KEY_BUCKETS; i++)
		list_init(&set->keys[i]);
}

void ipc_set_destroy(struct ipc_set *set)
{
	KERNEL_ASSERT(set->in_use == 0);
	kfree(set->slots);
	set->slots = NULL;
	set->capacity = 0;
}

void ipc_object_init(struct ipc_object *object, int32_t key, int flags, void (*destroy)(struct ipc_object *object))
{
	const struct cred *cred = current_cred();

	refcount_init(&object->refs, 1);
	spin_init(&object->lock, "ipc object", LOCK_OBJECT);
	object->key = key;
	object->uid = object->cuid = cred->euid;
	object->gid = object->cgid = cred->egid;
	object->mode = (uint32_t)flags & PERMISSION_BITS;
	object->is_removed = false;
	list_init(&object->key_link);
	object->destroy = destroy;
}

void ipc_object_get(struct ipc_object *object)
{
	refcount_get(&object->refs);
}

void ipc_object_put(struct ipc_object *object)
{
	if (refcount_put(&object->refs))
		object->destroy(object);
}

static struct list *bucket_of(const struct ipc_set *set, int32_t key)
{
	return (struct list *)&set->keys[(uint32_t)key * 2654435761u >> 26];
}

/* Room for index `index`. */
static int make_room(struct ipc_set *set, uint32_t index)
{
	uint32_t capacity = MAX(set->capacity, 16u);
	struct ipc_object **slots;

	if (index < set->capacity)
		return 0;
	while (capacity <= index)
		capacity *= 2;
	slots = kzalloc(capacity * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	if (set->slots)
		memcpy(slots, set->slots, set->capacity * sizeof(*slots));
	kfree(set->slots);
	set->slots = slots;
	set->capacity = capacity;
	return 0;
}

/* The first free index at or above `from` and below `end`, or `end`. */
static uint32_t free_index(const struct ipc_set *set, uint32_t from, uint32_t end)
{
	while (from < end && from < set->capacity && set->slots[from])
		from++;
	return MIN(from, end);
}

/* Indexes go round; a new round has a new sequence number. *sequence is that of the index. */
static uint32_t next_index(const struct ipc_set *set, uint32_t *sequence)
{
	uint32_t end = MIN(MAX(set->in_use * 3 / 2, CYCLE_LEAST), (uint32_t)IPC_INDEXES), index;

	*sequence = set->sequence;
	if (set->next_id >= 0) {
		*sequence = (uint32_t)set->next_id / IPC_INDEXES;
		return free_index(set, (uint32_t)set->next_id % IPC_INDEXES, IPC_INDEXES);
	}
	index = free_index(set, (uint32_t)(set->last_index + 1), end);
	if (index == end)
		index = free_index(set, 0, end);
	if ((int32_t)index <= set->last_index)
		*sequence = (set->sequence + 1) % SEQUENCES;
	return index;
}

int ipc_set_add(struct ipc_set *set, struct ipc_object *object, uint32_t most)
{
	uint32_t sequence, index = next_index(set, &sequence);

	KERNEL_ASSERT(spin_is_held(&set->lock));
	if (set->in_use >= MIN(most, (uint32_t)IPC_INDEXES) || index == IPC_INDEXES)
		return -ENOSPC;
	if (make_room(set, index))
		return -ENOMEM;
	if (set->next_id >= 0) {
		set->next_id = -1;
	} else {
		set->sequence = sequence;
		set->last_index = (int32_t)index;
	}
	object->id = (int32_t)(sequence * IPC_INDEXES + index);
	set->slots[index] = object;
	set->in_use++;
	if (object->key != IPC_PRIVATE)
		list_append(bucket_of(set, object->key), &object->key_link);
	return 0;
}

void ipc_set_forget_key(struct ipc_set *set, struct ipc_object *object)
{
	KERNEL_ASSERT(spin_is_held(&set->lock));
	list_remove(&object->key_link);
	object->key = IPC_PRIVATE;
}

void ipc_set_remove(struct ipc_set *set, struct ipc_object *object)
{
	KERNEL_ASSERT(spin_is_held(&set->lock) && !object->is_removed);
	list_remove(&object->key_link);
	set->slots[object->id % IPC_INDEXES] = NULL;
	/* Nothing stays of what was used once. */
	if (--set->in_use == 0) {
		kfree(set->slots);
		set->slots = NULL;
		set->capacity = 0;
	}
}

struct ipc_object *ipc_set_at(const struct ipc_set *set, int32_t index)
{
	index %= IPC_INDEXES;
	return index >= 0 && (uint32_t)index < set->capacity ? set->slots[index] : NULL;
}

struct ipc_object *ipc_set_find(const struct ipc_set *set, int32_t id)
{
	struct ipc_object *object = id >= 0 ? ipc_set_at(set, id) : NULL;

	return object && object->id == id ? object : NULL;
}

struct ipc_object *ipc_set_find_key(const struct ipc_set *set, int32_t key)
{
	struct list *bucket = bucket_of(set, key);
	struct ipc_object *object;

	list_for_each (object, bucket, key_link) {
		if (object->key == key)
			return object;
	}
	return NULL;
}

int32_t ipc_set_highest(const struct ipc_set *set)
{
	uint32_t index = set->in_use ? set->capacity : 0;

	while (index > 0 && !set->slots[index - 1])
		index--;
	return index ? (int32_t)index - 1 : 0;
}

struct ipc_object *ipc_set_next(const struct ipc_set *set, int32_t *index)
{
	struct ipc_object *object = NULL;

	for (; (uint32_t)*index < set->capacity && !object; ++*index)
		object = set->slots[*index];
	return object;
}

/* What has the key; null: make one. err_ptr: it cannot be. The set's lock is held. */
static struct ipc_object *open_found(const struct ipc_making *making)
{
	bool is_private = making->key == IPC_PRIVATE;
	struct ipc_object *object = is_private ? NULL : ipc_set_find_key(making->set, making->key);
	int error = 0;

	if (!object)
		return is_private || (making->flags & IPC_CREAT) ? NULL : err_ptr(-ENOENT);
	if ((making->flags & IPC_CREAT) && (making->flags & IPC_EXCL))
		return err_ptr(-EEXIST);
	if (making->maker->check_found)
		error = making->maker->check_found(making, object);
	if (!error)
		error = ipc_check_access(object, (uint32_t)making->flags);
	return error ? err_ptr(error) : object;
}

/* Find one, or enter *fresh, which becomes null: the id. -EAGAIN: neither is there. */
static int64_t find_or_add(const struct ipc_making *making, struct ipc_object **fresh)
{
	struct ipc_object *found, *added;
	int64_t result;

	spin_lock(&making->set->lock);
	found = open_found(making);
	if (found) {
		result = is_err(found) ? ptr_err(found) : found->id;
	} else {
		result = making->maker->check_new ? making->maker->check_new(making) : 0;
		if (!result)
			result = *fresh ? ipc_set_add(making->set, *fresh, making->most) : -EAGAIN;
		if (!result) {
			added = *fresh;
			*fresh = NULL;
			result = added->id;
			if (making->maker->added)
				making->maker->added(making, added);
		}
	}
	spin_unlock(&making->set->lock);
	return result;
}

int64_t ipc_make(const struct ipc_making *making)
{
	struct ipc_object *fresh = NULL;
	int64_t result = find_or_add(making, &fresh);

	if (result != -EAGAIN)
		return result;
	fresh = making->maker->create(making);
	if (!fresh)
		return -ENOMEM;
	result = find_or_add(making, &fresh);
	if (fresh)
		making->maker->discard(fresh);
	return result;
}

struct ipc_object *ipc_get_object(struct ipc_set *set, int32_t id, uint32_t wanted)
{
	struct ipc_object *object;
	int error = -EINVAL;

	spin_lock(&set->lock);
	object = ipc_set_find(set, id);
	if (object)
		error = ipc_check_access(object, wanted);
	if (!error)
		ipc_object_get(object);
	spin_unlock(&set->lock);
	return error ? err_ptr(error) : object;
}

int ipc_may_use(struct ipc_set *set, const struct ipc_object *object, uint32_t wanted)
{
	int error;

	spin_lock(&set->lock);
	error = ipc_check_access(object, wanted);
	spin_unlock(&set->lock);
	return error;
}

int ipc_check_access(const struct ipc_object *object, uint32_t wanted)
{
	const struct cred *cred = current_cred();
	uint32_t granted = object->mode;

	wanted = (wanted | wanted >> 3 | wanted >> 6) & 7;
	if (cred->euid == object->uid || cred->euid == object->cuid)
		granted >>= 6;
	else if (cred_in_group(cred, object->gid) || cred_in_group(cred, object->cgid))
		granted >>= 3;
	return (wanted & ~granted) && !cred_has_cap(cred, CAP_IPC_OWNER) ? -EACCES : 0;
}

int ipc_check_owner(const struct ipc_object *object)
{
	const struct cred *cred = current_cred();

	if (cred->euid == object->uid || cred->euid == object->cuid || cred_has_cap(cred, CAP_SYS_ADMIN))
		return 0;
	return -EPERM;
}

void ipc_perm_fill(struct ipc64_perm *to, const struct ipc_object *object)
{
	memset(to, 0, sizeof(*to));
	to->key = object->key;
	to->uid = object->uid;
	to->gid = object->gid;
	to->cuid = object->cuid;
	to->cgid = object->cgid;
	to->mode = (__kernel_mode_t)object->mode;
	to->seq = (unsigned short)(object->id / IPC_INDEXES);
}

int ipc_perm_apply(struct ipc_object *object, const struct ipc64_perm *from)
{
	if (from->uid == UINT32_MAX || from->gid == UINT32_MAX)
		return -EINVAL;
	object->uid = from->uid;
	object->gid = from->gid;
	object->mode = (object->mode & ~PERMISSION_BITS) | (from->mode & PERMISSION_BITS);
	return 0;
}
