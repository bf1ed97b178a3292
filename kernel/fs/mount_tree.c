/* Whole trees of mounts: copied, put in a place, taken away; each with what propagation makes of it elsewhere. */
#include <linux/stat.h>

#include "fs/mount_peers.h"
#include "lib/errno.h"

/* One copy, in the groups that `how` says, nowhere yet. Null: no memory. */
static struct mount *copy_one(struct mount *from, struct dentry *root, unsigned how)
{
	struct mount *copy = mount_create(from->superblock, root, from->source, from->flags);

	if (!copy)
		return NULL;
	if (how & TREE_COPY_SLAVE) {
		peers_set_master(copy, from->group ? from->group : from->master);
	} else {
		peers_set_master(copy, from->master);
		if (from->group)
			peers_join(copy, from->group);
	}
	copy->is_unbindable = from->is_unbindable && !copy->group;
	if ((how & TREE_COPY_SHARED) && peers_share(copy)) {
		peers_make_private(copy);
		mount_put(copy);
		return NULL;
	}
	from->twin = copy;
	return copy;
}

void mount_tree_discard(struct mount *top, struct list *gone)
{
	struct mount *mount, *next;
	struct list parts;

	list_init(&parts);
	spin_lock(&vfs_lock);
	for (mount = top; mount; mount = mount_next(mount, top))
		list_append(&parts, &mount->link);
	list_for_each_safe (mount, next, &parts, link) {
		if (mount->parent)
			mount_unplace_locked(mount);
	}
	spin_unlock(&vfs_lock);
	list_for_each_safe (mount, next, &parts, link) {
		list_remove(&mount->link);
		peers_make_private(mount);
		list_append(gone, &mount->link);
	}
}

/* What is mounted below is left out: it cannot be bound, or lies beside the directory that is copied. */
static bool is_left_out(const struct mount *mount, const struct mount *top, const struct dentry *root, unsigned how)
{
	bool is_out;

	if (mount->is_unbindable && !(how & TREE_COPY_UNBINDABLE))
		return true;
	if (mount->parent != top)
		return false;
	spin_lock(&vfs_lock);
	is_out = !dentry_is_below_locked(mount->mountpoint, root);
	spin_unlock(&vfs_lock);
	return is_out;
}

int mount_tree_copy(struct mount *mount, struct dentry *root, bool with_mounts, unsigned how, struct mount **copy)
{
	struct mount *top = copy_one(mount, root, how), *at, *made;
	struct list gone;

	if (!top)
		return -ENOMEM;
	*copy = top;
	at = with_mounts ? mount_next(mount, mount) : NULL;
	while (at) {
		if (is_left_out(at, mount, root, how)) {
			at = mount_next_beside(at, mount);
			continue;
		}
		made = copy_one(at, at->root, how);
		if (!made) {
			list_init(&gone);
			mount_tree_discard(top, &gone);
			mounts_drop(&gone);
			return -ENOMEM;
		}
		spin_lock(&vfs_lock);
		mount_place_locked(made, &(struct path){.mount = at->parent->twin, .dentry = at->mountpoint});
		spin_unlock(&vfs_lock);
		at = mount_next(at, mount);
	}
	return 0;
}

/* An attachment under way. */
struct attaching {
	struct peer_visit visit;
	struct list copies; /* roots of what propagation has made, by link; left says where each goes */
	struct mount *top;
};

static int attach_copy(struct peer_visit *visit, struct mount *target, struct peer_group *from, bool is_peer)
{
	struct attaching *attaching = (struct attaching *)visit;
	struct peer_group *above = from;
	bool is_first = is_peer && !from->prototype;
	unsigned how = !is_peer ? TREE_COPY_SLAVE : is_first ? TREE_COPY_SLAVE | TREE_COPY_SHARED : 0;
	struct mount *source, *copy;
	int error;

	while (!above->prototype)
		above = peer_group_master(above);
	source = above->prototype;
	error = mount_tree_copy(source, source->root, true, how, &copy);
	if (error)
		return error;
	if (is_first)
		from->prototype = copy;
	copy->left = (struct path){.mount = target, .dentry = visit->dentry};
	list_append(&attaching->copies, &copy->link);
	return 0;
}

/* What is mounted on a shared mount is shared itself. */
static int share_tree(struct mount *top)
{
	struct mount *mount;
	int error = 0;

	for (mount = top; mount && !error; mount = mount_next(mount, top)) {
		mount->is_new_peer = !mount->group;
		error = peers_share(mount);
		mount->is_new_peer &= !error;
	}
	return error;
}

static void end_sharing(struct mount *top, bool is_undone)
{
	for (struct mount *mount = top; mount; mount = mount_next(mount, top)) {
		if (is_undone && mount->is_new_peer) {
			struct peer_group *master = mount->master;

			peers_make_private(mount);
			peers_set_master(mount, master);
		}
		mount->is_new_peer = false;
	}
}

static uint32_t tree_count(struct mount *top)
{
	uint32_t count = 0;

	for (struct mount *mount = top; mount; mount = mount_next(mount, top))
		count++;
	return count;
}

/* The tree belongs to this namespace from now on. Both locks are held. */
static void enlist_tree_locked(struct mount *top, struct mount_namespace *space)
{
	for (struct mount *mount = top; mount; mount = mount_next(mount, top)) {
		if (mount->space == space)
			continue;
		mount_delist_locked(mount);
		mount_enlist_locked(mount, space);
	}
}

/* A copy goes beneath what is mounted on its place already, so that nobody's view is covered by another's act. */
static void place_copy_locked(struct mount *copy)
{
	struct path where = copy->left;
	struct mount *above = mount_on_locked(where.mount, where.dentry);

	list_remove(&copy->link);
	copy->left = (struct path){0};
	mount_place_locked(copy, &where);
	enlist_tree_locked(copy, where.mount->space);
	if (!above)
		return;
	mount_unplace_locked(above);
	mount_place_locked(above, &(struct path){.mount = copy, .dentry = copy->root});
	/* Never the last ones: the copy has just taken the same. */
	dentry_put(above->left.dentry);
	mount_put(above->left.mount);
	above->left = (struct path){0};
}

static void discard_copies(struct attaching *attaching, struct list *gone)
{
	while (!list_is_empty(&attaching->copies)) {
		struct mount *copy = list_first(&attaching->copies, struct mount, link);

		list_remove(&copy->link);
		copy->left = (struct path){0};
		mount_tree_discard(copy, gone);
	}
}

static int check_counts(const struct attaching *attaching, struct mount_namespace *space)
{
	uint32_t count = tree_count(attaching->top);
	struct mount *copy;

	if (attaching->top->space != space && space->count + count > MOUNTS_MAX)
		return -ENOSPC;
	list_for_each (copy, &attaching->copies, link) {
		if (copy->left.mount->space->count + count > MOUNTS_MAX)
			return -ENOSPC;
	}
	return 0;
}

static int commit(struct attaching *attaching, const struct path *where, struct path *left)
{
	struct mount *top = attaching->top, *copy, *next;
	struct mount_namespace *space = where->mount->space;

	spin_lock(&vfs_lock);
	if (where->dentry->is_unlinked) {
		spin_unlock(&vfs_lock);
		return -ENOENT;
	}
	if (top->parent) {
		mount_unplace_locked(top);
		*left = top->left;
		top->left = (struct path){0};
	}
	mount_place_locked(top, where);
	enlist_tree_locked(top, space);
	list_for_each_safe (copy, next, &attaching->copies, link) {
		mount_namespace_changed(copy->left.mount->space);
		place_copy_locked(copy);
	}
	mount_namespace_changed(space);
	spin_unlock(&vfs_lock);
	return 0;
}

int mount_tree_attach(struct mount *top, const struct path *where, struct list *gone)
{
	struct attaching attaching = {.visit = {.target = attach_copy, .mount = where->mount, .dentry = where->dentry},
				      .top = top};
	bool is_shared = where->mount->group != NULL;
	struct path left = {0};
	int error = 0;

	if (S_ISDIR(where->dentry->inode->mode) != S_ISDIR(top->root->inode->mode))
		return -ENOTDIR;
	list_init(&attaching.copies);
	if (is_shared) {
		error = share_tree(top);
		where->mount->group->prototype = top;
		if (!error)
			error = peers_visit(&attaching.visit);
		where->mount->group->prototype = NULL;
	}
	if (!error)
		error = check_counts(&attaching, where->mount->space);
	if (!error)
		error = commit(&attaching, where, &left);
	if (error)
		discard_copies(&attaching, gone);
	if (is_shared)
		end_sharing(top, error != 0);
	if (left.dentry)
		path_put(&left);
	return error;
}

/* A removal under way. */
struct detaching {
	struct peer_visit visit;
	struct list *also; /* what propagation takes off as well */
};

static bool has_other_children(const struct mount *mount, struct mount **topper)
{
	struct mount *child;

	*topper = NULL;
	list_for_each (child, &mount->children, sibling) {
		if (!child->space)
			continue;
		if (*topper || child->mountpoint != mount->root)
			return true;
		*topper = child;
	}
	return false;
}

/* The mount that stands on the same place in another mount goes too, unless something is mounted in it. */
static int detach_copy(struct peer_visit *visit, struct mount *target, struct peer_group *from, bool is_peer)
{
	struct detaching *detaching = (struct detaching *)visit;
	struct mount *mount, *topper;

	(void)from;
	(void)is_peer;
	spin_lock(&vfs_lock);
	mount = mount_on_locked(target, visit->dentry);
	if (mount && mount->space && !has_other_children(mount, &topper)) {
		mount_namespace_changed(mount->space);
		mount_delist_locked(mount);
		list_append(detaching->also, &mount->link);
	}
	spin_unlock(&vfs_lock);
	return 0;
}

/* What covers a mount that goes takes its place. Both locks are held. */
static void let_down_locked(struct mount *mount)
{
	struct path where = {.mount = mount->parent, .dentry = mount->mountpoint};
	struct mount *topper;

	if (!mount->parent || has_other_children(mount, &topper) || !topper)
		return;
	mount_unplace_locked(topper);
	mount_place_locked(topper, &where);
	/* Never the last ones: the mount that goes is still held. */
	dentry_put(topper->left.dentry);
	mount_put(topper->left.mount);
	topper->left = (struct path){0};
}

static void take_off(struct list *all)
{
	struct mount *mount;

	spin_lock(&vfs_lock);
	list_for_each (mount, all, link) {
		let_down_locked(mount);
		if (mount->parent)
			mount_unplace_locked(mount);
	}
	spin_unlock(&vfs_lock);
	list_for_each (mount, all, link)
		peers_make_private(mount);
}

void mount_tree_detach(struct mount *top, bool with_propagation, struct list *gone)
{
	struct list all, also;
	struct mount *mount;

	list_init(&all);
	list_init(&also);
	spin_lock(&vfs_lock);
	if (top->space)
		mount_namespace_changed(top->space);
	for (mount = top; mount; mount = mount_next(mount, top)) {
		mount_delist_locked(mount);
		list_append(&all, &mount->link);
	}
	spin_unlock(&vfs_lock);
	/* From the leaves, so that what goes with them does not keep what they stand in. */
	for (struct list *at = all.prev; with_propagation && at != &all; at = at->prev) {
		struct detaching detaching = {.visit = {.target = detach_copy}, .also = &also};

		mount = list_entry(at, struct mount, link);
		if (!mount->parent)
			continue;
		detaching.visit.mount = mount->parent;
		detaching.visit.dentry = mount->mountpoint;
		(void)peers_visit(&detaching.visit);
	}
	list_append_all(&all, &also);
	take_off(&all);
	list_append_all(gone, &all);
}
