/* open(2): find or make the file, ask whether it may be opened so, and make the description. */
#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/stat.h>

#include "fs/acl.h"
#include "fs/attributes.h"
#include "fs/file.h"
#include "fs/lease.h"
#include "fs/notify.h"
#include "fs/open.h"
#include "fs/permission.h"
#include "fs/protect.h"
#include "fs/walk.h"

/* Only these mean anything beside O_PATH. */
#define PATH_ONLY_FLAGS (O_DIRECTORY | O_NOFOLLOW | O_PATH | O_CLOEXEC)
/* Acts of the opening, which the description does not remember. */
#define OPENING_FLAGS (O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC)
#define TMPFILE_BIT   020000000

/* How often others may put another file under a name while it is opened; a server that says so for ever is wrong. */
#define OVERTAKEN_MOST 100

/* What a description by O_PATH can do: nothing but be named. */
static const struct file_ops path_only_ops = {.name = "path"};

static unsigned wanted_permission(uint32_t flags)
{
	static const uint8_t by_mode[4] = {MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, MAY_READ | MAY_WRITE};

	return by_mode[flags & O_ACCMODE] | (flags & O_TRUNC ? MAY_WRITE : 0);
}

static int check_type(const struct path *path, const struct inode *inode, unsigned wanted, uint32_t *flags)
{
	switch (inode->mode & S_IFMT) {
	case S_IFREG:
		return 0;
	case S_IFLNK:
		return -ELOOP;
	case S_IFDIR:
		return (wanted & MAY_WRITE) || (*flags & O_CREAT) ? -EISDIR : 0;
	case S_IFCHR:
	case S_IFBLK:
		*flags &= ~(uint32_t)O_TRUNC;
		return path->mount->flags & MS_NODEV ? -EACCES : 0;
	}
	*flags &= ~(uint32_t)O_TRUNC;
	return 0;
}

/* May it be opened so? May take O_TRUNC out of the flags where it means nothing. */
static int check_open(const struct path *path, struct inode *inode, uint32_t *flags, bool is_new)
{
	unsigned wanted = wanted_permission(*flags);
	int error = check_type(path, inode, wanted, flags);

	if (unlikely(error))
		return error;
	if (!is_new) {
		error = permission_check(inode, wanted, current_cred());
		if (unlikely(error))
			return error;
	}
	if ((wanted & MAY_WRITE) && S_ISREG(inode->mode)) {
		error = path_writable(path);
		if (unlikely(error))
			return error;
	}
	if (unlikely(*flags & O_NOATIME) && !inode_owner_or_capable(inode))
		return -EPERM;
	return 0;
}

static int begin_use(struct file *file, struct inode *inode, uint32_t flags, bool is_new)
{
	int error = 0;

	/* Counted before leases are looked at: a lease that is taken meanwhile finds the file in use, or is found. */
	if (file_may_write(file)) {
		error = file_claim_write(file);
	} else if (S_ISREG(inode->mode)) {
		__atomic_fetch_add(&inode->readers, 1, __ATOMIC_SEQ_CST);
		file->is_reader = true;
	}
	if (!error)
		error = lease_break(inode, flags);
	if (!error && file->ops->open)
		error = file->ops->open(inode, file);
	if (error)
		return error;
	file->was_opened = true;
	notify_file(file, IN_OPEN);
	if ((flags & O_TRUNC) && !is_new) {
		error = attributes_truncate(inode, 0);
		if (!error)
			notify_file(file, IN_MODIFY);
	}
	return error;
}

/* The description of what stands at `path`, whose references are taken over, as is `spare`, one made beforehand or
 * null. */
static struct file *open_place(struct path *path, uint32_t flags, bool is_new, struct file *spare)
{
	struct inode *inode = path->dentry->inode;
	bool is_path_only = (flags & O_PATH) != 0;
	struct file *file = spare;
	int error = 0;

	if (likely(!is_path_only))
		error = check_open(path, inode, &flags, is_new);
	if (!error && !file) {
		file = file_create(NULL, flags, NULL);
		error = file ? 0 : file_refusal();
	}
	if (unlikely(error)) {
		path_put(path);
		if (file)
			file_put(file);
		return err_ptr(error);
	}
	file_set_ops(file, is_path_only ? &path_only_ops : inode->file_ops);
	inode_get(inode);
	file->inode = inode;
	file->path = *path;
	if (likely(!is_path_only)) {
		error = begin_use(file, inode, flags, is_new);
		if (unlikely(error)) {
			file_put(file);
			return err_ptr(error);
		}
	}
	file->flags = flags & ~(uint32_t)OPENING_FLAGS;
	return file;
}

/* The negative name is made a regular file. The mutex of `dir` is held. */
static int make_file(const struct path *parent, struct dentry *child, uint32_t mode)
{
	struct inode *dir = parent->dentry->inode;
	int error = path_writable(parent);

	if (!error)
		error = permission_create(dir);
	if (error)
		return error;
	if (!dir->ops->create)
		return -EACCES;
	error = dir->ops->create(dir, child, S_IFREG | acl_apply_umask(dir, mode & S_IALLUGO));
	if (!error)
		notify_name(dir, IN_CREATE, child, child->inode);
	return error;
}

/* The last component was not in memory: ask under the directory's mutex, and make it when it is not there. *child with
 * a reference. */
static int find_or_make(struct walk *walk, uint32_t mode, struct dentry **child, bool *is_new)
{
	struct dentry *parent = walk->dentry;
	struct inode *dir = parent->inode;
	int error;

	walk_sleep(walk);
	mutex_lock(&dir->mutex);
	/* Somebody outside of this kernel may make the file first: then it is there, and looked up again. */
	do {
		error = lookup_child_locked(parent, walk->last, walk->last_key.bytes, true, child);
		if (!error && !(*child)->inode) {
			error = make_file(&walk->held, *child, mode);
			*is_new = !error;
			if (error)
				dentry_put(*child);
		}
	} while (error == -EEXIST);
	mutex_unlock(&dir->mutex);
	return error;
}

static int check_last(const struct walk *walk, uint32_t flags)
{
	if (walk->end != WALK_END_NAME)
		return flags & O_EXCL ? -EEXIST : -EISDIR;
	if (walk->must_be_directory)
		return -EISDIR;
	return walk->last_key.bytes > NAME_MAX_BYTES ? -ENAMETOOLONG : 0;
}

/* The last link led straight to a file, which need not have a name (/proc/PID/fd/N). */
static bool stands_on_file(const struct walk *walk)
{
	return walk->end == WALK_END_ROOT && !walk->must_be_directory && !S_ISDIR(walk->dentry->inode->mode);
}

/* O_CREAT: walk to the parent, look at the last component, follow it if it is a link, and so on. */
static int reach_or_make(struct walk *walk, uint32_t flags, uint32_t mode, struct path *path, bool *is_new)
{
	int error = walk_parent(walk);

	for (;;) {
		struct dentry *child;
		int found;

		if (!error)
			error = check_last(walk, flags);
		if (error)
			return error;
		found = walk_peek_last(walk, &child);
		if (found < 0)
			return found;
		if (found) {
			dentry_get_locked(child);
		} else {
			error = find_or_make(walk, mode, &child, is_new);
			if (error)
				return error;
		}
		if (!*is_new && (flags & O_EXCL)) {
			error = -EEXIST;
		} else if (S_ISLNK(child->inode->mode) && !(flags & O_NOFOLLOW)) {
			error = walk_follow_last(walk, child);
			if (error || !stands_on_file(walk))
				continue;
			walk_here(walk, path);
			return 0;
		} else {
			error = *is_new ? 0 : protect_creation(walk->dentry->inode, child->inode);
			if (!error)
				error = walk_stand_on(walk, child, path);
		}
		if (walk->is_locked)
			walk_sleep(walk);
		dentry_put(child);
		return error;
	}
}

static int open_or_make(int dirfd, const char *text, uint32_t flags, uint32_t mode, unsigned lookup, struct path *path,
			bool *is_new)
{
	struct walk walk;
	int error = walk_begin(&walk, dirfd, text, lookup, current_cred());

	if (error)
		return error;
	error = reach_or_make(&walk, flags, mode, path, is_new);
	walk_end(&walk);
	return error;
}

/* O_TMPFILE: a file without a name in the directory `text`. */
static struct file *open_tmpfile(int dirfd, const char *text, uint32_t flags, uint32_t mode, unsigned lookup)
{
	struct path path, place;
	struct inode *dir, *inode = NULL;
	int error;

	if (!file_flags_may_write(flags))
		return err_ptr(-EINVAL);
	error = path_lookup_at(dirfd, text, lookup | LOOKUP_DIRECTORY | LOOKUP_FOLLOW, &path);
	if (error)
		return err_ptr(error);
	dir = path.dentry->inode;
	mutex_lock(&dir->mutex);
	error = path_writable(&path);
	if (!error)
		error = permission_create(dir);
	if (!error)
		error = dir->ops->tmpfile
				? dir->ops->tmpfile(dir, S_IFREG | acl_apply_umask(dir, mode & S_IALLUGO), &inode)
				: -EOPNOTSUPP;
	mutex_unlock(&dir->mutex);
	if (!error)
		error = dentry_nameless(&path, inode, &place);
	path_put(&path);
	return error ? err_ptr(error) : open_place(&place, flags & ~(uint32_t)O_DIRECTORY, true, NULL);
}

/* *others_change: what the name leads to was found, and others than this kernel may have changed that since. */
static inline struct file *open_once(int dirfd, const char *text, uint32_t flags, uint32_t mode, unsigned lookup,
				     bool *others_change)
{
	struct file *spare = NULL;
	struct path path;
	bool is_new = false;
	int error;

	if (flags & O_CREAT) {
		/* First, so that no file is made and then not opened for lack of memory. */
		spare = file_create(NULL, flags, NULL);
		if (unlikely(!spare))
			return err_ptr(file_refusal());
		error = open_or_make(dirfd, text, flags, mode, lookup, &path, &is_new);
	} else {
		if (!(flags & O_NOFOLLOW))
			lookup |= LOOKUP_FOLLOW;
		error = path_lookup_at(dirfd, text, lookup, &path);
	}
	if (likely(!error)) {
		*others_change = path.dentry->superblock->is_changed_by_others;
		return open_place(&path, flags, is_new, spare);
	}
	*others_change = false;
	if (spare)
		file_put(spare);
	return err_ptr(error);
}

/* The file that a name led to was gone when it was to be opened: then the name is asked again. */
static bool was_overtaken(const struct file *file, uint32_t flags)
{
	return ptr_err(file) == -ESTALE || (ptr_err(file) == -ENOENT && (flags & O_CREAT));
}

struct file *file_open_at(int dirfd, const char *text, int open_flags, uint32_t mode, unsigned lookup)
{
	uint32_t flags = (uint32_t)open_flags;
	unsigned left = OVERTAKEN_MOST;
	bool others_change = false;
	struct file *file;

	if (flags & O_PATH)
		flags &= PATH_ONLY_FLAGS;
	else
		flags |= OPEN_LARGE_FILE;
	if (unlikely((flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY)))
		return err_ptr(-EINVAL);
	if (unlikely(flags & TMPFILE_BIT))
		return flags & O_DIRECTORY ? open_tmpfile(dirfd, text, flags, mode, lookup) : err_ptr(-EINVAL);
	if (flags & O_DIRECTORY)
		lookup |= LOOKUP_DIRECTORY;
	do
		file = open_once(dirfd, text, flags, mode, lookup, &others_change);
	while (unlikely(is_err(file)) && others_change && was_overtaken(file, flags) && --left);
	return file;
}

struct file *file_open_found(struct path *path, uint32_t flags)
{
	if (flags & O_PATH)
		flags &= PATH_ONLY_FLAGS;
	else
		flags = (flags & ~(uint32_t)O_CREAT) | OPEN_LARGE_FILE;
	if ((flags & O_DIRECTORY) && !S_ISDIR(path->dentry->inode->mode)) {
		path_put(path);
		return err_ptr(-ENOTDIR);
	}
	return open_place(path, flags, false, NULL);
}

struct file *file_open_place(struct path *path, uint32_t flags, struct file *spare)
{
	return open_place(path, flags | OPEN_LARGE_FILE, true, spare);
}

struct file *file_spare(uint32_t flags)
{
	return file_create(NULL, flags | OPEN_LARGE_FILE, NULL);
}

struct file *file_open_kernel(const char *text, int flags, uint32_t mode)
{
	return file_open_at(AT_CWD, text, flags, mode, 0);
}
