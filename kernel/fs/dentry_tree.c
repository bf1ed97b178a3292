/* Changes in the tree of names: what stays pinned in a tree in memory, what is removed, what takes another place. */
#include "fs/dentry_tree.h"

void dentry_pin(struct dentry *dentry)
{
	spin_lock(&vfs_lock);
	if (!dentry->is_pinned) {
		dentry->is_pinned = true;
		dentry_get_locked(dentry);
	}
	spin_unlock(&vfs_lock);
}

void dentry_pin_last(struct dentry *dentry, uint64_t cookie)
{
	dentry_pin(dentry);
	spin_lock(&vfs_lock);
	dentry->private_word = cookie;
	list_remove(&dentry->sibling);
	list_append(&dentry->parent->children, &dentry->sibling);
	spin_unlock(&vfs_lock);
}

void dentry_unpin(struct dentry *dentry)
{
	bool was_pinned;

	spin_lock(&vfs_lock);
	was_pinned = dentry->is_pinned;
	dentry->is_pinned = false;
	spin_unlock(&vfs_lock);
	if (was_pinned)
		dentry_put(dentry);
}

/* Out of the hash and off the list of its directory. The caller holds a reference, so the pin's is not the last. */
static void end_name_locked(struct dentry *dentry)
{
	dentry_unhash_locked(dentry);
	list_remove(&dentry->sibling);
	dentry->is_unlinked = true;
	if (dentry->is_pinned) {
		dentry->is_pinned = false;
		(void)refcount_put(&dentry->refs);
	}
}

/* `dentry` (of dentry_alloc) stands in its directory from now on; the caller's reference becomes the pin's. */
static void place_locked(struct dentry *dentry)
{
	dentry_hash_locked(dentry);
	list_append(&dentry->parent->children, &dentry->sibling);
	dentry->is_pinned = true;
}

void dentry_remove(struct dentry *dentry, struct dentry *replacement)
{
	spin_lock(&vfs_lock);
	end_name_locked(dentry);
	if (replacement)
		place_locked(replacement);
	spin_unlock(&vfs_lock);
}

static void swap_pointers(char **a, char **b)
{
	char *kept = *a;

	*a = *b;
	*b = kept;
}

/* Exchange the names of two entries. An inline name is copied, an allocated one changes its owner. */
static void swap_names(struct dentry *a, struct dentry *b)
{
	char kept[sizeof(a->inline_name)];
	uint8_t bytes = a->name_bytes;
	uint32_t hash = a->hash;

	memcpy(kept, a->inline_name, sizeof(kept));
	memcpy(a->inline_name, b->inline_name, sizeof(kept));
	memcpy(b->inline_name, kept, sizeof(kept));
	swap_pointers(&a->name, &b->name);
	if (a->name == b->inline_name)
		a->name = a->inline_name;
	if (b->name == a->inline_name)
		b->name = b->inline_name;
	a->name_bytes = b->name_bytes;
	a->hash = b->hash;
	b->name_bytes = bytes;
	b->hash = hash;
}

/* The ended target of a move keeps its own name for /proc/PID/fd where that costs nothing. */
static void take_name(struct dentry *dentry, struct dentry *target)
{
	swap_names(dentry, target);
	if (dentry->name == dentry->inline_name && target->name == target->inline_name) {
		memcpy(target->inline_name, dentry->inline_name, sizeof(target->inline_name));
		target->name_bytes = dentry->name_bytes;
		target->hash = dentry->hash;
	}
}

void dentry_move(struct dentry *dentry, struct dentry *target, struct dentry *replacement)
{
	struct dentry *old_parent = dentry->parent, *new_parent = target->parent;

	spin_lock(&vfs_lock);
	end_name_locked(target);
	dentry_unhash_locked(dentry);
	list_remove(&dentry->sibling);
	take_name(dentry, target);
	if (new_parent != old_parent) {
		dentry_get_locked(new_parent);
		dentry->parent = new_parent;
	}
	dentry_hash_locked(dentry);
	list_push(&new_parent->children, &dentry->sibling);
	if (replacement)
		place_locked(replacement);
	spin_unlock(&vfs_lock);
	if (new_parent != old_parent)
		dentry_put(old_parent);
}

void dentry_exchange(struct dentry *a, struct dentry *b)
{
	struct dentry *parent = a->parent;

	spin_lock(&vfs_lock);
	dentry_unhash_locked(a);
	dentry_unhash_locked(b);
	list_remove(&a->sibling);
	list_remove(&b->sibling);
	swap_names(a, b);
	a->parent = b->parent;
	b->parent = parent;
	dentry_hash_locked(a);
	dentry_hash_locked(b);
	list_push(&a->parent->children, &a->sibling);
	list_push(&b->parent->children, &b->sibling);
	spin_unlock(&vfs_lock);
}
