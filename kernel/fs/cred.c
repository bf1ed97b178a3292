/* Credentials: copies, references, questions. The rules by which they change are in cred_change.c. */
#include "fs/cred.h"

#include <linux/capability.h>

#include "mem/slab.h"

static struct slab_cache cred_cache = SLAB_CACHE("cred", struct cred);

struct cred cred_root = {
	.refs = {1},
	.cap_effective = CAP_FULL_SET,
	.cap_permitted = CAP_FULL_SET,
	.cap_bounding = CAP_FULL_SET,
};

const struct cred *cred_get(const struct cred *cred)
{
	refcount_get(&((struct cred *)cred)->refs);
	return cred;
}

void cred_put(const struct cred *cred)
{
	struct cred *dead = (struct cred *)cred;

	if (!refcount_put(&dead->refs))
		return;
	group_list_put(dead->groups);
	slab_free(&cred_cache, dead);
}

struct cred *cred_copy(const struct cred *cred)
{
	struct cred *copy = slab_alloc(&cred_cache);

	if (!copy)
		return NULL;
	*copy = *cred;
	refcount_init(&copy->refs, 1);
	if (copy->groups)
		refcount_get(&copy->groups->refs);
	return copy;
}

static void swap_alone(struct thread *thread, const struct cred *cred)
{
	thread->cred = cred;
}

void (*cred_swap_hook)(struct thread *thread, const struct cred *cred) = swap_alone;

void cred_commit(struct cred *cred)
{
	struct thread *self = current_thread();
	const struct cred *old = self->cred;

	cred_swap_hook(self, cred);
	cred_put(old);
}

bool cred_has_cap(const struct cred *cred, unsigned capability)
{
	return capability < 64 && (cred->cap_effective >> capability & 1) != 0;
}

bool current_has_cap(unsigned capability)
{
	return cred_has_cap(current_cred(), capability);
}

static bool list_has(const struct group_list *list, uint32_t gid)
{
	uint32_t low = 0, high = list ? list->count : 0;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (list->gids[middle] == gid)
			return true;
		if (list->gids[middle] < gid)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

bool cred_in_group(const struct cred *cred, uint32_t gid)
{
	return cred->fsgid == gid || list_has(cred->groups, gid);
}

bool cred_in_egroup(const struct cred *cred, uint32_t gid)
{
	return cred->egid == gid || list_has(cred->groups, gid);
}

struct group_list *group_list_create(uint32_t count)
{
	struct group_list *list = kmalloc(sizeof(*list) + count * sizeof(list->gids[0]));

	if (!list)
		return NULL;
	refcount_init(&list->refs, 1);
	list->count = count;
	return list;
}

void group_list_put(struct group_list *list)
{
	if (list && refcount_put(&list->refs))
		kfree(list);
}

/* Let the gid at `root` sink to its place in the heap of the first `count`. */
static void sift_down(uint32_t *gids, uint32_t root, uint32_t count)
{
	for (;;) {
		uint32_t child = 2 * root + 1, kept;

		if (child >= count)
			return;
		if (child + 1 < count && gids[child + 1] > gids[child])
			child++;
		if (gids[root] >= gids[child])
			return;
		kept = gids[root];
		gids[root] = gids[child];
		gids[child] = kept;
		root = child;
	}
}

/* Heap sort (Williams, 1964): no extra memory and no bad case, whatever list a program gives. */
void group_list_sort(struct group_list *list)
{
	for (uint32_t i = list->count / 2; i-- > 0;)
		sift_down(list->gids, i, list->count);
	for (uint32_t end = list->count; end > 1; end--) {
		uint32_t largest = list->gids[0];
		list->gids[0] = list->gids[end - 1];
		list->gids[end - 1] = largest;
		sift_down(list->gids, 0, end - 1);
	}
}
