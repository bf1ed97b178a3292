/* Host folders: looking names up, confirming, making, moving and removing them. */
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>

#include "fs/chardev.h"
#include "fs/dentry.h"
#include "fs/ninep.h"
#include "lib/errno.h"

/* What the name in the directory leads to: 0 and the fid with its attributes, or -errno. */
static int walk_to(struct inode *dir, const char *name, struct ninep_fid **fid, struct ninep_attributes *attributes)
{
	struct ninep_fid *parent = ninep_name_fid(dir);
	int error = parent ? ninep_call_walk(parent, name, fid, NULL) : -ESTALE;

	ninep_fid_put(parent);
	if (error)
		return error;
	error = ninep_call_getattr(*fid, attributes);
	if (error)
		ninep_fid_put(*fid);
	return error;
}

static int ninep_lookup(struct inode *dir, struct dentry *dentry)
{
	struct ninep_attributes attributes;
	struct ninep_fid *fid;
	struct inode *inode;
	int error = walk_to(dir, dentry->name, &fid, &attributes);

	if (error)
		return error == -ENOENT ? 0 : error;
	error = ninep_inode_get(dir->superblock, fid, dentry, &attributes, &inode);
	if (!error)
		dentry_instantiate(dentry, inode);
	return error;
}

/* The file's fid stands for another of its names, which it has or had: this one must be asked. */
static bool revalidate_link(struct dentry *dentry)
{
	struct inode *inode = dentry->inode;
	struct ninep_attributes attributes;
	struct ninep_fid *fid;

	if (walk_to(dentry->parent->inode, dentry->name, &fid, &attributes))
		return false;
	if (attributes.qid.path != ninep_node_of(inode)->path || ((attributes.mode ^ inode->mode) & S_IFMT)) {
		ninep_fid_put(fid);
		return false;
	}
	ninep_set_name_fid(inode, fid, dentry);
	ninep_apply(inode, &attributes);
	return true;
}

bool ninep_revalidate(struct dentry *dentry)
{
	struct inode *inode = dentry->inode;

	if (dentry->parent == dentry)
		return true;
	if (!ninep_fid_is_of(inode, dentry))
		return revalidate_link(dentry);
	return ninep_refresh(inode) == 0;
}

/* The group that a new file in `dir` gets, and the mode of a new directory. */
static uint32_t new_gid(const struct inode *dir)
{
	return dir->mode & S_ISGID ? dir->gid : current_cred()->fsgid;
}

/* A name was made on the server: find what it leads to. The server makes files for the user who runs it; those of
 * another user are given to him, if the server may. */
static int take_over(struct inode *dir, struct dentry *dentry)
{
	uint32_t uid = current_cred()->fsuid;
	struct inode *inode;
	int error;

	error = ninep_lookup(dir, dentry);
	inode = dentry->inode;
	if (!error && !inode)
		return -ENOENT;
	if (!error && uid && inode->uid != uid) {
		struct attribute_change change = {.what = ATTRIBUTE_UID, .uid = uid};
		if (ninep_setattr(inode, &change) == 0)
			inode->uid = uid;
	}
	dir->version++;
	return error;
}

static int ninep_create(struct inode *dir, struct dentry *dentry, uint32_t mode)
{
	struct ninep_share *share = ninep_share_of(dir);
	struct ninep_fid *parent = ninep_name_fid(dir), *fid, *old;
	struct ninep_node *node;
	int error = parent ? ninep_call_walk(parent, NULL, &fid, NULL) : -ESTALE;

	ninep_fid_put(parent);
	if (error)
		return error;
	error = ninep_call_create(fid, dentry->name, O_RDWR | O_CREAT | O_EXCL | O_LARGEFILE, mode & 07777,
				  new_gid(dir));
	if (!error)
		error = take_over(dir, dentry);
	if (error) {
		ninep_fid_put(fid);
		return error;
	}
	/* The fid is open now: what asked for the file is most often an open of it. */
	node = ninep_node_of(dentry->inode);
	spin_lock(&share->lock);
	old = node->spare;
	node->spare = fid;
	node->spare_for = current_thread();
	spin_unlock(&share->lock);
	ninep_fid_put(old);
	return 0;
}

static int ninep_mkdir(struct inode *dir, struct dentry *dentry, uint32_t mode)
{
	struct ninep_fid *parent = ninep_name_fid(dir);
	int error = -ESTALE;

	if (parent)
		error = ninep_call_mkdir(parent, dentry->name, (mode & 07777) | (dir->mode & S_ISGID), new_gid(dir));
	ninep_fid_put(parent);
	return error ? error : take_over(dir, dentry);
}

static int ninep_mknod(struct inode *dir, struct dentry *dentry, uint32_t mode, uint64_t device)
{
	struct ninep_fid *parent = ninep_name_fid(dir);
	int error = -ESTALE;

	if (parent)
		error = ninep_call_mknod(parent, dentry->name, mode, device_major(device), device_minor(device),
					 new_gid(dir));
	ninep_fid_put(parent);
	return error ? error : take_over(dir, dentry);
}

static int ninep_symlink(struct inode *dir, struct dentry *dentry, const char *target)
{
	struct ninep_fid *parent = ninep_name_fid(dir);
	int error = -ESTALE;

	if (parent)
		error = ninep_call_symlink(parent, dentry->name, target, new_gid(dir));
	ninep_fid_put(parent);
	return error ? error : take_over(dir, dentry);
}

static int ninep_link(struct inode *dir, struct dentry *dentry, struct inode *inode)
{
	struct ninep_fid *parent = ninep_name_fid(dir), *file = ninep_name_fid(inode);
	int error = parent && file ? ninep_call_link(parent, file, dentry->name) : -ENOENT;

	ninep_fid_put(parent);
	ninep_fid_put(file);
	if (error)
		return error;
	/* The file's fid stands for none of the names in memory until one is asked for again. */
	ninep_set_name_fid(inode, ninep_name_fid(inode), NULL);
	inode->nlink++;
	inode_get(inode);
	dentry_instantiate(dentry, inode);
	dir->version++;
	return 0;
}

static int remove_name(struct inode *dir, struct dentry *dentry, uint32_t flags)
{
	struct inode *inode = dentry->inode;
	struct ninep_fid *parent = ninep_name_fid(dir);
	int error = parent ? ninep_call_unlink(parent, dentry->name, flags) : -ESTALE;

	ninep_fid_put(parent);
	if (error)
		return error;
	dentry_remove(dentry, NULL);
	if (S_ISDIR(inode->mode))
		inode->nlink = 0;
	ninep_name_removed(inode);
	dir->version++;
	return 0;
}

static int ninep_unlink(struct inode *dir, struct dentry *dentry)
{
	return remove_name(dir, dentry, 0);
}

static int ninep_rmdir(struct inode *dir, struct dentry *dentry)
{
	return remove_name(dir, dentry, NINEP_UNLINK_DIR);
}

/* The protocol knows neither RENAME_EXCHANGE nor RENAME_NOREPLACE. */
static int ninep_rename(struct inode *from_dir, struct dentry *from, struct inode *to_dir, struct dentry *to,
			unsigned flags)
{
	struct ninep_fid *from_fid, *to_fid;
	struct inode *replaced = to->inode;
	int error = -ESTALE;

	if (flags)
		return -EINVAL;
	from_fid = ninep_name_fid(from_dir);
	to_fid = ninep_name_fid(to_dir);
	if (from_fid && to_fid)
		error = ninep_call_rename(from_fid, from->name, to_fid, to->name);
	ninep_fid_put(from_fid);
	ninep_fid_put(to_fid);
	if (error)
		return error;
	dentry_move(from, to, NULL);
	if (replaced) {
		if (S_ISDIR(replaced->mode))
			replaced->nlink = 0;
		ninep_name_removed(replaced);
	}
	from_dir->version++;
	to_dir->version++;
	return 0;
}

ssize_t ninep_readlink(struct inode *inode, char *to, size_t room)
{
	struct ninep_fid *fid = ninep_name_fid(inode);
	ssize_t result = fid ? ninep_call_readlink(fid, to, room) : -ENOENT;

	ninep_fid_put(fid);
	return result;
}

const struct inode_ops ninep_directory_ops = {
	.lookup = ninep_lookup,
	.create = ninep_create,
	.mkdir = ninep_mkdir,
	.mknod = ninep_mknod,
	.symlink = ninep_symlink,
	.link = ninep_link,
	.unlink = ninep_unlink,
	.rmdir = ninep_rmdir,
	.rename = ninep_rename,
	.getattr = ninep_getattr,
	.setattr = ninep_setattr,
	.revalidate = ninep_revalidate,
	.getxattr = ninep_getxattr,
	.setxattr = ninep_setxattr,
	.listxattr = ninep_listxattr,
	.removexattr = ninep_removexattr,
	.evict = ninep_evict,
};

const struct inode_ops ninep_other_ops = {
	.readlink = ninep_readlink,
	.getattr = ninep_getattr,
	.setattr = ninep_setattr,
	.revalidate = ninep_revalidate,
	.getxattr = ninep_getxattr,
	.setxattr = ninep_setxattr,
	.listxattr = ninep_listxattr,
	.removexattr = ninep_removexattr,
	.evict = ninep_evict,
};
