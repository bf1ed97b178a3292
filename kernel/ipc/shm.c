/*
 * Segments: made, attached, detached, removed. See ipc/shm.h; shmctl(2) is in shm_control.c.
 */
#include "ipc/shm.h"

#include <linux/capability.h>
#include <linux/mman.h>
#include <linux/shm.h>

#include "arch/x86_64/uaccess.h"
#include "fs/file.h"
#include "lib/errno.h"
#include "mem/slab.h"
#include "vm/limits.h"
#include "vm/region.h"

#define SHM_DEST     01000u                     /* removed, but still attached */
#define SEGMENT_MOST (UINT64_MAX - (1ul << 24)) /* as SHMMAX and SHMALL of linux/shm.h */

static struct slab_cache shm_cache = SLAB_CACHE("shm", struct shm);

void shm_limits_init(struct ipc_namespace *space)
{
	space->shmmax = SEGMENT_MOST;
	space->shmall = SEGMENT_MOST;
	space->shmmni = SHMMNI;
	space->shm_rmid_forced = 0;
}

static void shm_destroy(struct ipc_object *object)
{
	ipc_namespace_put(shm_of(object)->space);
	slab_free(&shm_cache, shm_of(object));
}

/* -- the life of a segment -- */

/* Out of the set: its memory, with the reference the segment had. The set's lock is held. */
static struct memobj *take_out(struct shm *shm)
{
	struct memobj *memory = shm->memory;

	ipc_set_remove(&shm->space->segments, &shm->object);
	spin_lock(&shm->object.lock);
	shm->object.is_removed = true;
	spin_unlock(&shm->object.lock);
	shm->space->segment_pages -= shm_pages(shm);
	shm->memory = NULL;
	return memory;
}

void shm_let_go(struct shm *shm, struct memobj *memory)
{
	memobj_put(memory);
	ipc_object_put(&shm->object); /* the set's */
}

/* Nobody needs it any more? The set's lock is held. */
static bool is_over(const struct shm *shm)
{
	return !shm->object.is_removed && shm->attached == 0 &&
	       ((shm->object.mode & SHM_DEST) || shm->space->shm_rmid_forced);
}

struct memobj *shm_mark_removed(struct shm *shm)
{
	if (!shm->attached)
		return take_out(shm);
	shm->object.mode |= SHM_DEST;
	ipc_set_forget_key(&shm->space->segments, &shm->object);
	return NULL;
}

/* A region that shows it was made. */
static void segment_attached(struct memobj *memory)
{
	struct shm *shm = memory->private_data;

	spin_lock(&shm->space->segments.lock);
	shm->attached++;
	shm->attach_time = timestamp_now().sec;
	shm->last_pid = file_process_hook();
	spin_unlock(&shm->space->segments.lock);
}

/* One ended. The region has a reference on the memory, so that is not the last one here. */
static void segment_detached(struct memobj *memory)
{
	struct shm *shm = memory->private_data;
	struct memobj *last = NULL;

	spin_lock(&shm->space->segments.lock);
	shm->attached--;
	shm->detach_time = timestamp_now().sec;
	shm->last_pid = file_process_hook();
	if (is_over(shm))
		last = take_out(shm);
	spin_unlock(&shm->space->segments.lock);
	if (last)
		shm_let_go(shm, last);
}

static void segment_freed(struct memobj *memory)
{
	struct shm *shm = memory->private_data;

	ipc_object_put(&shm->object);
}

static const struct memobj_ops segment_ops = {
	.attach = segment_attached,
	.detach = segment_detached,
	.destroy = segment_freed,
};

/* -- shmget -- */

static int check_found(const struct ipc_making *making, const struct ipc_object *object)
{
	return container_of(object, struct shm, object)->bytes < making->size ? -EINVAL : 0;
}

static int check_new(const struct ipc_making *making)
{
	const struct ipc_namespace *space = making->space;
	uint64_t bytes = making->size, pages = ALIGN_UP(bytes, PAGE_SIZE) >> PAGE_SHIFT;

	if (bytes < SHMMIN || bytes > space->shmmax)
		return -EINVAL;
	if (pages << PAGE_SHIFT < bytes || space->segment_pages + pages < space->segment_pages ||
	    space->segment_pages + pages > space->shmall)
		return -ENOSPC;
	if (making->flags & SHM_HUGETLB)
		return -ENOMEM; /* no huge pages are set aside */
	if (bytes > INT64_MAX)
		return -EINVAL;
	if ((!(making->flags & SHM_NORESERVE) || vm_overcommit == OVERCOMMIT_NEVER) && !memory_can_hold(pages))
		return -ENOMEM;
	return 0;
}

static struct ipc_object *create_segment(const struct ipc_making *making)
{
	struct shm *shm = slab_alloc(&shm_cache);
	struct memobj *memory = NULL;

	if (shm)
		memory = memobj_create(&segment_ops, ALIGN_UP(making->size, PAGE_SIZE), shm);
	if (!memory) {
		if (shm)
			slab_free(&shm_cache, shm);
		return NULL;
	}
	ipc_object_init(&shm->object, making->key, making->flags, shm_destroy);
	ipc_object_get(&shm->object); /* the memory's */
	ipc_namespace_get(making->space);
	shm->space = making->space;
	shm->memory = memory;
	shm->bytes = making->size;
	shm->change_time = timestamp_now().sec;
	shm->creator_pid = file_process_hook();
	shm->creator = current_thread();
	shm->made_key = making->key;
	return &shm->object;
}

static void discard_segment(struct ipc_object *object)
{
	shm_let_go(shm_of(object), shm_of(object)->memory);
}

static void segment_added(const struct ipc_making *making, struct ipc_object *object)
{
	making->space->segment_pages += shm_pages(shm_of(object));
}

static const struct ipc_maker shm_maker = {
	.check_found = check_found,
	.check_new = check_new,
	.create = create_segment,
	.discard = discard_segment,
	.added = segment_added,
};

int64_t shm_get(int32_t key, uint64_t bytes, int flags)
{
	struct ipc_namespace *space = current_ipc();
	struct ipc_making making = {
		.maker = &shm_maker,
		.space = space,
		.set = &space->segments,
		.most = space->shmmni,
		.key = key,
		.flags = flags,
		.size = bytes,
	};

	return ipc_make(&making);
}

/* -- shmat and shmdt -- */

/* Where it shall be attached: *request is filled in. */
static int check_address(uint64_t address, int flags, struct vm_map_request *request)
{
	request->map_flags = MAP_SHARED;
	if (!address)
		return flags & SHM_REMAP ? -EINVAL : 0;
	if (flags & SHM_RND)
		address &= ~PAGE_MASK;
	if ((address & PAGE_MASK) || (!address && (flags & SHM_REMAP)))
		return -EINVAL;
	request->hint = address;
	request->map_flags |= flags & SHM_REMAP ? MAP_FIXED : MAP_FIXED_NOREPLACE;
	return 0;
}

/* Count an attachment in progress: 0, *found and its memory with references, -EINVAL, -EACCES. */
static int begin_attach(struct ipc_namespace *space, int32_t id, uint32_t wanted, struct shm **found,
			struct memobj **memory)
{
	struct ipc_object *object;
	int error = -EINVAL;

	spin_lock(&space->segments.lock);
	object = ipc_set_find(&space->segments, id);
	if (object)
		error = ipc_check_access(object, wanted);
	if (!error) {
		*found = shm_of(object);
		*memory = (*found)->memory;
		(*found)->attached++;
		memobj_get(*memory);
	}
	spin_unlock(&space->segments.lock);
	return error;
}

static void end_attach(struct shm *shm, struct memobj *memory)
{
	struct memobj *last = NULL;

	spin_lock(&shm->space->segments.lock);
	shm->attached--;
	if (is_over(shm))
		last = take_out(shm);
	spin_unlock(&shm->space->segments.lock);
	if (last)
		shm_let_go(shm, last);
	memobj_put(memory);
}

/* What no mapping may do at this place, before vm_map is asked. */
static int check_place(const struct vm_map_request *request)
{
	if (!(request->map_flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)))
		return 0;
	if (!(request->map_flags & MAP_FIXED) && request->hint + request->bytes < request->hint)
		return -EINVAL;
	return request->hint < ADDRESS_MIN && !current_has_cap(CAP_SYS_RAWIO) ? -EPERM : 0;
}

int64_t shm_attach(int32_t id, uint64_t address, int flags)
{
	struct vm_map_request request = {.prot = PROT_READ, .region_flags = REGION_SEGMENT};
	uint32_t wanted = IPC_MAY_READ;
	struct memobj *memory = NULL;
	struct shm *shm = NULL;
	int64_t result = id < 0 ? -EINVAL : check_address(address, flags, &request);

	if (result)
		return result;
	if (flags & SHM_RDONLY) {
		request.max_prot = PROT_READ | PROT_EXEC;
	} else {
		request.prot |= PROT_WRITE;
		wanted |= IPC_MAY_WRITE;
	}
	if (flags & SHM_EXEC) {
		request.prot |= PROT_EXEC;
		wanted |= 0111;
	}
	result = begin_attach(current_ipc(), id, wanted, &shm, &memory);
	if (result)
		return result;
	request.object = memory;
	request.bytes = memory->size_bytes;
	result = check_place(&request);
	if (!result)
		result = vm_map(current_thread()->space, &request);
	end_attach(shm, memory);
	return result == -EEXIST ? -EINVAL : result;
}

int64_t shm_detach(uint64_t address)
{
	if (address & PAGE_MASK)
		return -EINVAL;
	return vm_unmap_attachment(current_thread()->space, address);
}

/* -- ends that nobody asked for -- */

/* Take one segment out that `is_wanted`; false: there is none. */
static bool remove_one(struct ipc_namespace *space, bool (*is_wanted)(const struct shm *shm))
{
	struct memobj *memory = NULL;
	struct shm *shm = NULL;

	spin_lock(&space->segments.lock);
	for (uint32_t index = 0; index < space->segments.capacity && !memory; index++) {
		struct ipc_object *object = space->segments.slots[index];

		shm = object ? shm_of(object) : NULL;
		if (shm && is_wanted(shm))
			memory = take_out(shm);
	}
	spin_unlock(&space->segments.lock);
	if (memory)
		shm_let_go(shm, memory);
	return memory != NULL;
}

static bool is_any(const struct shm *shm)
{
	return true;
}

static bool is_orphan(const struct shm *shm)
{
	return !shm->creator && is_over(shm);
}

void shm_remove_orphans(struct ipc_namespace *space)
{
	while (remove_one(space, is_orphan))
		;
}

/* Attachments live on without an id. */
void shm_remove_all(struct ipc_namespace *space)
{
	while (remove_one(space, is_any))
		;
}

void shm_thread_exit(struct ipc_namespace *space, const struct thread *thread)
{
	bool has_made = false;

	spin_lock(&space->segments.lock);
	for (uint32_t index = 0; index < space->segments.capacity; index++) {
		struct ipc_object *object = space->segments.slots[index];

		if (object && shm_of(object)->creator == thread) {
			shm_of(object)->creator = NULL;
			has_made = true;
		}
	}
	spin_unlock(&space->segments.lock);
	if (has_made && space->shm_rmid_forced)
		shm_remove_orphans(space);
}
