/*
 * shmctl(2), and what /proc shows of segments.
 */
#include <linux/capability.h>
#include <linux/shm.h>

#include "arch/x86_64/uaccess.h"
#include "fs/cred.h"
#include "fs/vfs.h"
#include "ipc/shm.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "vm/limits.h"

#define SHM_LOCKED 02000u /* in the mode that programs see */

static int64_t limits_to_user(struct ipc_namespace *space, uaddr_t buffer)
{
	struct shminfo64 info;
	int32_t highest;

	memset(&info, 0, sizeof(info));
	info.shmmax = space->shmmax;
	info.shmmin = SHMMIN;
	info.shmmni = info.shmseg = space->shmmni;
	info.shmall = space->shmall;
	spin_lock(&space->segments.lock);
	highest = ipc_set_highest(&space->segments);
	spin_unlock(&space->segments.lock);
	return copy_to_user(buffer, &info, sizeof(info)) ? -EFAULT : highest;
}

static int64_t sums_to_user(struct ipc_namespace *space, uaddr_t buffer)
{
	struct shm_info info;
	int32_t highest;

	memset(&info, 0, sizeof(info));
	spin_lock(&space->segments.lock);
	info.used_ids = (int)space->segments.in_use;
	info.shm_tot = space->segment_pages;
	highest = ipc_set_highest(&space->segments);
	for (uint32_t index = 0; index < space->segments.capacity; index++) {
		struct ipc_object *object = space->segments.slots[index];

		if (object)
			info.shm_rss += memobj_page_count(shm_of(object)->memory);
	}
	spin_unlock(&space->segments.lock);
	return copy_to_user(buffer, &info, sizeof(info)) ? -EFAULT : highest;
}

/* IPC_STAT by id, SHM_STAT and SHM_STAT_ANY by index, which return the id. */
static int64_t status_to_user(struct ipc_namespace *space, int32_t id, int command, uaddr_t buffer)
{
	struct shmid64_ds status;
	struct ipc_object *object;
	int64_t result = -EINVAL;

	memset(&status, 0, sizeof(status));
	spin_lock(&space->segments.lock);
	object = command == IPC_STAT ? ipc_set_find(&space->segments, id) : ipc_set_at(&space->segments, id);
	if (object)
		result = command == SHM_STAT_ANY ? 0 : ipc_check_access(object, IPC_MAY_READ);
	if (!result) {
		const struct shm *shm = shm_of(object);

		ipc_perm_fill(&status.shm_perm, object);
		status.shm_segsz = shm->bytes;
		status.shm_atime = shm->attach_time;
		status.shm_dtime = shm->detach_time;
		status.shm_ctime = shm->change_time;
		status.shm_cpid = shm->creator_pid;
		status.shm_lpid = shm->last_pid;
		status.shm_nattch = shm->attached;
		result = command == IPC_STAT ? 0 : object->id;
	}
	spin_unlock(&space->segments.lock);
	if (result >= 0 && copy_to_user(buffer, &status, sizeof(status)))
		return -EFAULT;
	return result;
}

static int64_t set_status(struct ipc_namespace *space, int32_t id, uaddr_t buffer)
{
	struct shmid64_ds status;
	struct ipc_object *object;
	int error = -EINVAL;

	if (copy_from_user(&status, buffer, sizeof(status)))
		return -EFAULT;
	spin_lock(&space->segments.lock);
	object = ipc_set_find(&space->segments, id);
	if (object)
		error = ipc_check_owner(object);
	if (!error)
		error = ipc_perm_apply(object, &status.shm_perm);
	if (!error)
		shm_of(object)->change_time = timestamp_now().sec;
	spin_unlock(&space->segments.lock);
	return error;
}

static int64_t remove_segment(struct ipc_namespace *space, int32_t id)
{
	struct ipc_object *object;
	struct memobj *memory = NULL;
	int error = -EINVAL;

	spin_lock(&space->segments.lock);
	object = ipc_set_find(&space->segments, id);
	if (object)
		error = ipc_check_owner(object);
	if (!error)
		memory = shm_mark_removed(shm_of(object));
	spin_unlock(&space->segments.lock);
	if (memory)
		shm_let_go(shm_of(object), memory);
	return error;
}

/* What a user has locked by SHM_LOCK, in pages. The set's lock is held. */
static uint64_t pages_locked_by(const struct ipc_namespace *space, uint32_t uid)
{
	uint64_t pages = 0;

	for (uint32_t index = 0; index < space->segments.capacity; index++) {
		struct ipc_object *object = space->segments.slots[index];

		if (object && shm_of(object)->is_locked && shm_of(object)->locked_by == uid)
			pages += shm_pages(shm_of(object));
	}
	return pages;
}

/* As there is no swapping, to lock is to remember and to count it. The set's lock is held. */
static int lock_segment(struct ipc_namespace *space, struct shm *shm, bool shall_lock)
{
	uint64_t limit = limit_of(RLIMIT_MEMLOCK);
	uint32_t uid = current_cred()->uid;
	bool may_all = current_has_cap(CAP_IPC_LOCK);

	if (!may_all && current_cred()->euid != shm->object.uid && current_cred()->euid != shm->object.cuid)
		return -EPERM;
	if (!may_all && shall_lock && !limit)
		return -EPERM;
	if (shall_lock && !shm->is_locked) {
		if (!may_all && limit != UINT64_MAX &&
		    pages_locked_by(space, uid) + shm_pages(shm) > limit >> PAGE_SHIFT)
			return -ENOMEM;
		shm->locked_by = uid;
	}
	shm->is_locked = shall_lock;
	shm->object.mode = (shm->object.mode & ~SHM_LOCKED) | (shall_lock ? SHM_LOCKED : 0);
	return 0;
}

static int64_t set_lock(struct ipc_namespace *space, int32_t id, bool shall_lock)
{
	struct ipc_object *object;
	int error = -EINVAL;

	spin_lock(&space->segments.lock);
	object = ipc_set_find(&space->segments, id);
	if (object)
		error = lock_segment(space, shm_of(object), shall_lock);
	spin_unlock(&space->segments.lock);
	return error;
}

int64_t shm_control(int32_t id, int command, uaddr_t buffer)
{
	struct ipc_namespace *space = current_ipc();

	if (id < 0)
		return -EINVAL;
	switch (command) {
	case IPC_INFO:
		return limits_to_user(space, buffer);
	case SHM_INFO:
		return sums_to_user(space, buffer);
	case IPC_STAT:
	case SHM_STAT:
	case SHM_STAT_ANY:
		return status_to_user(space, id, command, buffer);
	case IPC_SET:
		return set_status(space, id, buffer);
	case IPC_RMID:
		return remove_segment(space, id);
	case SHM_LOCK:
	case SHM_UNLOCK:
		return set_lock(space, id, command == SHM_LOCK);
	default:
		return -EINVAL;
	}
}

bool shm_view_next(struct ipc_namespace *space, int32_t *index, struct shm_view *view)
{
	struct ipc_object *object;

	spin_lock(&space->segments.lock);
	object = ipc_set_next(&space->segments, index);
	if (object) {
		const struct shm *shm = shm_of(object);

		*view = (struct shm_view){
			.object = *object,
			.bytes = shm->bytes,
			.attached = shm->attached,
			.resident_bytes = memobj_page_count(shm->memory) << PAGE_SHIFT,
			.attach_time = shm->attach_time,
			.detach_time = shm->detach_time,
			.change_time = shm->change_time,
			.creator_pid = shm->creator_pid,
			.last_pid = shm->last_pid,
		};
	}
	spin_unlock(&space->segments.lock);
	return object != NULL;
}

void shm_names(const struct memobj *memory, int32_t *key, int32_t *id)
{
	const struct shm *shm = memory->private_data;

	*key = shm->made_key;
	*id = shm->object.id;
}
