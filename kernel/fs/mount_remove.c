/* umount2(2), and pivot_root(2), which changes what lies below what. */
#include <linux/capability.h>
#include <linux/stat.h>

#include "fs/mount_ops.h"
#include "fs/mount_peers.h"
#include "lib/errno.h"

void (*mount_pivot_hook)(const struct path *from, const struct path *to);

#define UNMOUNT_FORCE    1
#define UNMOUNT_DETACH   2
#define UNMOUNT_EXPIRE   4
#define UNMOUNT_NOFOLLOW 8

/* References to a mount nobody uses: its tree's, and that of what covers it. */
static bool is_in_use(const struct mount *mount, unsigned expected)
{
	return refcount_read(&((struct mount *)mount)->refs) > expected;
}

static int check_copy(struct peer_visit *visit, struct mount *target, struct peer_group *from, bool is_peer)
{
	const struct mount *mount;
	unsigned expected = 1;
	bool is_kept = false, is_busy = false;

	(void)from;
	(void)is_peer;
	spin_lock(&vfs_lock);
	mount = mount_on_locked(target, visit->dentry);
	if (mount && !list_is_empty(&mount->children)) {
		const struct mount *child = list_first(&mount->children, struct mount, sibling);
		/* One that covers it comes down into its place; with others in it, it stays. */
		is_kept = mount->children.next->next != &mount->children || child->mountpoint != mount->root;
		expected++;
	}
	is_busy = mount && !is_kept && is_in_use(mount, expected);
	spin_unlock(&vfs_lock);
	return is_busy ? -EBUSY : 0;
}

/* `used`: references that the caller holds. mount_mutex is held. */
static int check_busy(struct mount *mount, unsigned used)
{
	struct peer_visit visit = {.target = check_copy, .mount = mount->parent, .dentry = mount->mountpoint};

	if (!list_is_empty(&mount->children) || is_in_use(mount, 1 + used))
		return -EBUSY;
	return peers_visit(&visit);
}

/* MNT_EXPIRE: -EAGAIN marks it; 0 when it was marked and nobody has come by since. */
static int check_expiry(struct mount *mount, unsigned used)
{
	int error = 0;

	if (is_in_use(mount, 1 + used))
		return -EBUSY;
	spin_lock(&vfs_lock);
	/* The look-up of this very call took one away. */
	if (mount->expiry != 1) {
		mount->expiry = 2;
		error = -EAGAIN;
	}
	spin_unlock(&vfs_lock);
	return error;
}

/* The root of a process cannot go: as Linux, it becomes read-only. */
static int make_root_readonly(struct mount *mount)
{
	struct superblock *superblock = mount->superblock;
	int error = 0;

	spin_lock(&vfs_lock);
	if (!superblock->is_readonly && superblock->writers)
		error = -EBUSY;
	else
		superblock->is_readonly = true;
	spin_unlock(&vfs_lock);
	return error;
}

static int unmount_locked(struct mount *mount, int flags, const struct mount *root, struct list *gone)
{
	int error;

	if (!mount_is_ours(mount))
		return -EINVAL;
	if (flags & UNMOUNT_EXPIRE) {
		if (mount == root || (flags & (UNMOUNT_FORCE | UNMOUNT_DETACH)))
			return -EINVAL;
		error = check_expiry(mount, 1);
		if (error)
			return error;
	}
	if (mount == root && !(flags & UNMOUNT_DETACH))
		return make_root_readonly(mount);
	if (!mount->parent)
		return -EINVAL;
	error = flags & UNMOUNT_DETACH ? 0 : check_busy(mount, 1);
	if (!error)
		mount_tree_detach(mount, true, gone);
	return error;
}

int vfs_unmount(struct path *where, int flags)
{
	struct path root;
	struct list gone;
	int error;

	if (!current_has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	/* A place names what stands on it. */
	mount_climb(where);
	if (where->dentry != where->mount->root)
		return -EINVAL;
	list_init(&gone);
	current_root(&root);
	path_put(&root); /* to be compared only */
	mutex_lock(&mount_mutex);
	error = unmount_locked(where->mount, flags, root.mount, &gone);
	mutex_unlock(&mount_mutex);
	mounts_drop(&gone);
	return error;
}

/* What pivot_root(2) refuses, in Linux's order. mount_mutex is held. */
static int check_pivot(const struct path *new_root, const struct path *old, const struct path *root)
{
	bool is_reached;

	if (old->mount->group || (new_root->mount->parent && new_root->mount->parent->group) ||
	    (root->mount->parent && root->mount->parent->group))
		return -EINVAL;
	if (!mount_is_ours(root->mount) || !mount_is_ours(new_root->mount) || !mount_is_ours(old->mount))
		return -EINVAL;
	if (new_root->dentry->is_unlinked)
		return -ENOENT;
	if (new_root->mount == root->mount || old->mount == root->mount)
		return -EBUSY;
	if (root->dentry != root->mount->root || !root->mount->parent)
		return -EINVAL;
	if (new_root->dentry != new_root->mount->root || !new_root->mount->parent)
		return -EINVAL;
	spin_lock(&vfs_lock);
	is_reached = path_is_below_locked(old, new_root) && path_is_below_locked(new_root, root);
	spin_unlock(&vfs_lock);
	return is_reached ? 0 : -EINVAL;
}

/* The new root takes the old one's place, which goes to `old`. */
static void exchange_locked(struct mount *new_mount, struct mount *root_mount, const struct path *old)
{
	struct path above = {.mount = root_mount->parent, .dentry = root_mount->mountpoint};

	mount_unplace_locked(new_mount);
	mount_unplace_locked(root_mount);
	mount_place_locked(root_mount, old);
	mount_place_locked(new_mount, &above);
	mount_namespace_changed(new_mount->space);
}

static void put_left(struct mount *mount)
{
	struct path left = mount->left;

	mount->left = (struct path){0};
	path_put(&left);
}

int vfs_pivot_root(const struct path *new_root, const struct path *put_old)
{
	struct path root, old = *put_old;
	int error;

	current_root(&root);
	path_get(&old);
	mutex_lock(&mount_mutex);
	mount_climb(&old);
	error = check_pivot(new_root, &old, &root);
	if (!error) {
		spin_lock(&vfs_lock);
		exchange_locked(new_root->mount, root.mount, &old);
		spin_unlock(&vfs_lock);
		put_left(new_root->mount);
		put_left(root.mount);
	}
	mutex_unlock(&mount_mutex);
	if (!error)
		mount_pivot_hook(&root, new_root);
	path_put(&old);
	path_put(&root);
	return error;
}
