/* Shared by the files behind the calls on mounts (mount(2), umount2(2), pivot_root(2), open_tree(2) ...). */
#ifndef NAMU_FS_MOUNT_OPS_H
#define NAMU_FS_MOUNT_OPS_H

#include "fs/mount.h"

/* The flags that a mount keeps of those of mount(2). */
uint32_t mount_flags_of(uint32_t flags);
/* Flags of trees of files that can be changed. */
#define MOUNT_RECONFIGURABLE ((1u | SUPERBLOCK_KEPT_FLAGS) & ~128u) /* MS_RDONLY; not MS_DIRSYNC */

/* A new tree of files: `flags` are those of mount(2), `data` options parted by commas. */
int mount_make_files(const struct filesystem *type, const char *source, uint32_t flags, const char *data,
		     struct superblock **superblock);
/* Other options for one that is there, and those of its flags that are in `mask`: all or, on an error, nothing.
 * -EINVAL: it has others than the reconfigurable ones. mount_mutex is held. */
int mount_reconfigure_files(struct superblock *superblock, uint32_t flags, uint32_t mask, const char *data);
/* Put a mount that is nowhere yet on top of `where`. Its reference is taken over, even on failure. */
int mount_graft(struct mount *mount, const struct path *where);
/* A copy of the place for binding it elsewhere: 0, -EINVAL, -ENOMEM. mount_mutex is held. */
int mount_copy_for_bind(const struct path *from, bool with_mounts, struct mount **copy);
/* The tree whose root is `from` leaves its place (or the descriptor that holds it) for `where`. */
int mount_move(const struct path *from, const struct path *where);
/* MS_SHARED, MS_PRIVATE, MS_SLAVE or MS_UNBINDABLE, for all mounts below too if asked for. mount_mutex is held. */
int mount_set_propagation(struct mount *top, uint32_t type, bool with_mounts);

/* mount_fd.c: one end of a call that names a mount by descriptor and path. */
struct mount_end {
	int dirfd;
	unsigned lookup; /* LOOKUP_* */
	const char *text;
};
struct mount_attr;
/* open_tree(2): a description of the place, or of a copy of it that stands nowhere. err_ptr. */
struct file *mount_open_tree(int dirfd, const char *text, unsigned lookup, bool is_copy, bool with_mounts);
/* A description (O_PATH) of `path`, whose references it takes, and of the tree `space` (null: none), which ends with
 * it: both are given up on failure too. err_ptr. */
struct file *mount_tree_file(const struct path *path, struct mount_namespace *space);
/* The flags of mounts that MOUNT_ATTR_* `attr` stands for; without those of access times. */
uint32_t mount_flags_of_attr(uint64_t attr);
/* move_mount(2). */
int mount_move_at(const struct mount_end *from, const struct mount_end *to);
/* mount_setattr(2). */
int mount_set_attr(const struct mount_end *where, const struct mount_attr *attr, bool with_mounts);

/* Every process whose root or working directory is `from` goes over to `to`: filled by proc/. */
extern void (*mount_pivot_hook)(const struct path *from, const struct path *to);
/* pivot_root(2): 0, -EINVAL, -EBUSY, -ENOENT. */
int vfs_pivot_root(const struct path *new_root, const struct path *put_old);

#endif
