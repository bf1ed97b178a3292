/*
 * The tree of regions and their accounts, see region.h.
 */
#include "vm/region.h"

#include <linux/mman.h>

#include "lib/errno.h"
#include "mem/slab.h"
#include "vm/counters.h"
#include "vm/room.h"

static struct slab_cache region_cache = SLAB_CACHE("vm_region", struct vm_region);

static struct vm_region *region_of(struct rb_node *node)
{
	return node ? rb_entry(node, struct vm_region, node) : NULL;
}

struct vm_region *vm_region_at_or_above(struct vm_space *space, uint64_t address)
{
	struct vm_region *found = space->last_found;
	struct rb_node *node = space->regions.root;

	if (likely(found && address >= found->start && address < found->end))
		return found;
	found = NULL;
	while (node) {
		struct vm_region *region = region_of(node);

		if (address >= region->end) {
			node = node->right;
			continue;
		}
		found = region;
		if (address >= region->start)
			break;
		node = node->left;
	}
	if (found)
		space->last_found = found;
	return found;
}

struct vm_region *region_find(struct vm_space *space, uint64_t address)
{
	struct vm_region *region = vm_region_at_or_above(space, address);

	return region && address >= region->start ? region : NULL;
}

struct vm_region *region_below(struct vm_space *space, uint64_t address)
{
	struct rb_node *node = space->regions.root;
	struct vm_region *found = NULL;

	while (node) {
		struct vm_region *region = region_of(node);

		if (region->start < address) {
			found = region;
			node = node->right;
		} else {
			node = node->left;
		}
	}
	return found;
}

struct vm_region *vm_region_first(struct vm_space *space)
{
	return region_of(rb_first(&space->regions));
}

struct vm_region *vm_region_next(struct vm_region *region)
{
	return region_of(rb_next(&region->node));
}

bool region_covers(struct vm_space *space, uint64_t start, uint64_t end)
{
	struct vm_region *region = region_find(space, start);

	while (region && region->start <= start && region->end < end) {
		start = region->end;
		region = vm_region_next(region);
	}
	return region && region->start <= start;
}

struct vm_region *region_alloc(void)
{
	return slab_alloc(&region_cache);
}

struct vm_region *region_copy(const struct vm_region *region)
{
	struct vm_region *copy = slab_alloc_raw(&region_cache);

	/* Every field is written, here or when it enters a tree and a list: fork copies many. */
	if (!copy)
		return NULL;
	copy->space = NULL;
	copy->start = region->start;
	copy->end = region->end;
	copy->prot = region->prot;
	copy->max_prot = region->max_prot;
	copy->flags = region->flags;
	copy->object = region->object;
	copy->object_offset = region->object_offset;
	copy->file = region->file;
	if (copy->object)
		memobj_get(copy->object);
	if (copy->file)
		vm_file_hooks.get(copy->file);
	if (unlikely(copy->flags & REGION_SEGMENT))
		copy->object->ops->attach(copy->object);
	return copy;
}

/* What was written through the mapping goes back with it. */
static void flush_object(const struct vm_region *region)
{
	uint64_t first = region->object_offset >> PAGE_SHIFT;

	if (region->object->dirty_pages && (region->flags & REGION_SHARED))
		(void)region->object->ops->flush(region->object, first, first + region_pages(region));
}

void region_free(struct vm_region *region)
{
	if (region->object && unlikely(region->object->tracks_writes))
		flush_object(region);
	if (unlikely(region->flags & REGION_SEGMENT))
		region->object->ops->detach(region->object);
	if (region->object)
		memobj_put(region->object);
	if (region->file)
		vm_file_hooks.put(region->file);
	slab_free(&region_cache, region);
}

void region_account(struct vm_space *space, const struct vm_region *region, int64_t pages)
{
	bool is_writable = (region->prot & PROT_WRITE) != 0;

	space->total_pages += (uint64_t)pages;
	if (space->total_pages > space->total_peak)
		space->total_peak = space->total_pages;
	if (region->flags & REGION_STACK)
		space->stack_pages += (uint64_t)pages;
	else if (is_writable && !(region->flags & REGION_SHARED))
		space->data_pages += (uint64_t)pages;
	else if ((region->prot & PROT_EXEC) && !is_writable)
		space->exec_pages += (uint64_t)pages;
	if (region->flags & REGION_LOCKED)
		space->locked_pages += (uint64_t)pages;
	if (is_writable && !(region->flags & (REGION_SHARED | REGION_NORESERVE))) {
		space->committed_pages += (uint64_t)pages;
		count_add(&vm_counters.committed, pages);
	}
}

static void account_all(const struct vm_region *region)
{
	region_account(region->space, region, (int64_t)region_pages(region));
}

static void unaccount_all(const struct vm_region *region)
{
	region_account(region->space, region, -(int64_t)region_pages(region));
}

void regions_account_fork(struct vm_space *child, const struct vm_space *parent)
{
	child->total_pages = child->total_peak = parent->total_pages;
	child->data_pages = parent->data_pages;
	child->stack_pages = parent->stack_pages;
	child->exec_pages = parent->exec_pages;
	child->committed_pages = parent->committed_pages;
	count_add(&vm_counters.committed, (int64_t)child->committed_pages);
}

/* Objects that never shrink need not know who maps them. */
static bool is_listed(const struct vm_region *region)
{
	return region->object && !region->object->never_shrinks;
}

static void object_link(struct vm_region *region)
{
	if (!is_listed(region))
		return;
	spin_lock(&region->object->lock);
	list_append(&region->object->regions, &region->object_link);
	spin_unlock(&region->object->lock);
}

static void object_unlink(struct vm_region *region)
{
	if (!is_listed(region))
		return;
	spin_lock(&region->object->lock);
	list_remove(&region->object_link);
	spin_unlock(&region->object->lock);
}

static void region_enter(struct vm_space *space, struct vm_region *region, struct rb_node *parent,
			 struct rb_node **link)
{
	region->space = space;
	rb_insert_at(&space->regions, parent, link, &region->node);
	space->region_count++;
	object_link(region);
}

void region_insert(struct vm_space *space, struct vm_region *region)
{
	struct rb_node **link = &space->regions.root;
	struct rb_node *parent = NULL;

	while (*link) {
		parent = *link;
		link = region->start < region_of(parent)->start ? &parent->left : &parent->right;
	}
	region_enter(space, region, parent, link);
	account_all(region);
}

void region_append(struct vm_space *space, struct vm_region *region, struct vm_region *last)
{
	if (last)
		region_enter(space, region, &last->node, &last->node.right);
	else
		region_enter(space, region, NULL, &space->regions.root);
}

/* Off the tree; no gap is meant to open. */
static void region_leave(struct vm_space *space, struct vm_region *region)
{
	if (space->last_found == region)
		space->last_found = NULL;
	rb_remove(&space->regions, &region->node);
	space->region_count--;
	object_unlink(region);
	unaccount_all(region);
}

void region_remove(struct vm_space *space, struct vm_region *region)
{
	room_note_gap(space, vm_region_next(region));
	region_leave(space, region);
}

void regions_destroy(struct vm_space *space)
{
	struct rb_node *node = space->regions.root;

	/* Leaves first, without rebalancing a tree that nobody will look at again. */
	while (node) {
		struct rb_node *parent = node->parent;
		struct vm_region *region;

		if (node->left || node->right) {
			struct rb_node **child = node->left ? &node->left : &node->right;

			node = *child;
			*child = NULL;
			continue;
		}
		region = region_of(node);
		object_unlink(region);
		region_free(region);
		node = parent;
	}
	count_add(&vm_counters.committed, -(int64_t)space->committed_pages);
	space->total_pages = space->data_pages = space->stack_pages = space->exec_pages = 0;
	space->locked_pages = space->committed_pages = 0;
	space->regions.root = NULL;
	space->last_found = NULL;
	space->region_count = 0;
}

void region_set_bounds(struct vm_region *region, uint64_t start, uint64_t end)
{
	if (end < region->end || start > region->start)
		room_note_gap(region->space, vm_region_next(region));
	unaccount_all(region);
	if (is_listed(region))
		spin_lock(&region->object->lock);
	if (region->object)
		region->object_offset += start - region->start;
	region->start = start;
	region->end = end;
	if (is_listed(region))
		spin_unlock(&region->object->lock);
	account_all(region);
}

static void set_end(struct vm_region *region, uint64_t end)
{
	if (is_listed(region))
		spin_lock(&region->object->lock);
	region->end = end;
	if (is_listed(region))
		spin_unlock(&region->object->lock);
}

void region_set_rights(struct vm_region *region, uint32_t prot, uint32_t flags)
{
	unaccount_all(region);
	region->prot = prot;
	region->flags = flags;
	account_all(region);
}

int region_split(struct vm_region *region, uint64_t at)
{
	struct vm_region *upper = region_copy(region);

	if (!upper)
		return -ENOMEM;
	if (upper->object)
		upper->object_offset += at - region->start;
	upper->start = at;
	/* The upper half enters before the lower one is cut, so that no part is ever missing from the object's list. */
	unaccount_all(region);
	region_insert(region->space, upper);
	set_end(region, at);
	account_all(region);
	return 0;
}

/* `low` takes over `high`, which continues it. */
static void region_join(struct vm_region *low, struct vm_region *high)
{
	/* The lower one reaches up before the upper one goes, so that no part is ever missing from the object's list.
	 */
	unaccount_all(low);
	set_end(low, high->end);
	region_leave(low->space, high);
	account_all(low);
	region_free(high);
}

int region_isolate(struct vm_space *space, uint64_t start, uint64_t end)
{
	struct vm_region *low = region_find(space, start);
	struct vm_region *high = region_find(space, end);
	bool split_low = low && low->start < start;
	bool split_high = high && high->start < end;

	KERNEL_ASSERT(start < end);
	if (space->region_count + split_low + split_high > REGION_COUNT_MAX)
		return -ENOMEM;
	if (split_high && region_split(high, end))
		return -ENOMEM;
	if (split_low && region_split(low, start)) {
		if (split_high)
			region_join(high, vm_region_next(high));
		return -ENOMEM;
	}
	return 0;
}

bool region_continues(const struct vm_region *low, const struct vm_region *high)
{
	if (low->end != high->start || low->prot != high->prot || low->max_prot != high->max_prot ||
	    low->flags != high->flags || low->object != high->object || low->file != high->file ||
	    (low->flags & REGION_SEGMENT))
		return false;
	return !low->object || low->object_offset + region_bytes(low) == high->object_offset;
}

struct vm_region *region_merge(struct vm_region *region)
{
	struct vm_region *next = vm_region_next(region);
	struct vm_region *previous = region_of(rb_prev(&region->node));

	if (next && region_continues(region, next))
		region_join(region, next);
	if (previous && region_continues(previous, region)) {
		region_join(previous, region);
		return previous;
	}
	return region;
}

void region_merge_range(struct vm_space *space, uint64_t start, uint64_t end)
{
	struct vm_region *region = vm_region_at_or_above(space, start);

	while (region && region->start <= end) {
		region = region_merge(region);
		region = vm_region_next(region);
	}
}
