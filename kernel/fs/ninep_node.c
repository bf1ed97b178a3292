/* Host folders: the files in memory, their fids and their attributes. */
#include <linux/stat.h>

#include "fs/dentry.h"
#include "fs/ninep.h"
#include "lib/errno.h"
#include "mem/slab.h"

static struct slab_cache node_cache = SLAB_CACHE("ninep_node", struct ninep_node);

static struct ninep_node **bucket_of(struct ninep_share *share, uint64_t path)
{
	return &share->buckets[(path ^ path >> 8 ^ path >> 32) & (NINEP_BUCKETS - 1)];
}

static void leave_locked(struct ninep_share *share, struct ninep_node *node)
{
	struct ninep_node **at;

	if (!node->is_hashed)
		return;
	for (at = bucket_of(share, node->path); *at != node; at = &(*at)->hash_next)
		;
	*at = node->hash_next;
	node->is_hashed = false;
}

static void enter_locked(struct ninep_share *share, struct ninep_node *node)
{
	struct ninep_node **bucket = bucket_of(share, node->path);

	node->hash_next = *bucket;
	*bucket = node;
	node->is_hashed = true;
}

/* The file of this number and type, with a reference. One of another type is a number used again: it is let go. */
static struct inode *find_locked(struct ninep_share *share, uint64_t path, uint32_t mode)
{
	struct ninep_node *node;

	for (node = *bucket_of(share, path); node; node = node->hash_next) {
		if (node->path != path)
			continue;
		if ((node->inode->mode ^ mode) & S_IFMT) {
			leave_locked(share, node);
			return NULL;
		}
		if (refcount_get_unless_zero(&node->inode->refs))
			return node->inode;
	}
	return NULL;
}

static struct timestamp time_of(const struct ninep_time *time)
{
	return (struct timestamp){.sec = (int64_t)time->sec, .nsec = (uint32_t)time->nsec};
}

static bool is_same_time(struct timestamp a, struct timestamp b)
{
	return a.sec == b.sec && a.nsec == b.nsec;
}

void ninep_apply(struct inode *inode, const struct ninep_attributes *attributes)
{
	if (unlikely(inode->object))
		ninep_pages_follow(inode, attributes->size, !is_same_time(inode->mtime, time_of(&attributes->mtime)));
	inode->mode = attributes->mode;
	inode->uid = attributes->uid;
	inode->gid = attributes->gid;
	inode->nlink = (uint32_t)attributes->nlink;
	inode->size = attributes->size;
	inode->image_blocks = (uint32_t)MIN(attributes->blocks, (uint64_t)UINT32_MAX);
	inode->atime = time_of(&attributes->atime);
	inode->mtime = time_of(&attributes->mtime);
	inode->ctime = time_of(&attributes->ctime);
	inode->btime = inode->ctime;
}

static void set_operations(struct inode *inode, uint64_t device)
{
	switch (inode->mode & S_IFMT) {
	case S_IFREG:
		inode->ops = &ninep_file_ops;
		inode->file_ops = &ninep_regular_file_ops;
		break;
	case S_IFDIR:
		inode->ops = &ninep_directory_ops;
		inode->file_ops = &ninep_directory_file_ops;
		break;
	case S_IFLNK:
		inode->ops = &ninep_other_ops;
		break;
	default:
		inode->ops = &ninep_other_ops;
		inode_set_special(inode, device);
		break;
	}
}

static struct inode *make(struct superblock *superblock, struct ninep_fid *fid, const struct dentry *dentry,
			  const struct ninep_attributes *attributes)
{
	struct ninep_node *node = slab_alloc(&node_cache);
	struct inode *inode = node ? inode_alloc(superblock) : NULL;

	if (!inode) {
		if (node)
			slab_free(&node_cache, node);
		return NULL;
	}
	node->inode = inode;
	node->path = attributes->qid.path;
	node->fid = fid;
	node->name = dentry;
	list_init(&node->handles);
	mutex_init(&node->map_mutex);
	inode->private_data = node;
	inode->ino = attributes->qid.path;
	ninep_apply(inode, attributes);
	set_operations(inode, attributes->device);
	return inode;
}

int ninep_inode_get(struct superblock *superblock, struct ninep_fid *fid, const struct dentry *dentry,
		    const struct ninep_attributes *attributes, struct inode **inode)
{
	struct ninep_share *share = superblock->private_data;
	struct inode *found = NULL, *fresh;

	if (!S_ISDIR(attributes->mode)) {
		spin_lock(&share->lock);
		found = find_locked(share, attributes->qid.path, attributes->mode);
		spin_unlock(&share->lock);
	}
	if (!found) {
		fresh = make(superblock, fid, dentry, attributes);
		if (!fresh) {
			ninep_fid_put(fid);
			return -ENOMEM;
		}
		if (S_ISDIR(attributes->mode)) {
			*inode = fresh;
			return 0;
		}
		spin_lock(&share->lock);
		found = find_locked(share, attributes->qid.path, attributes->mode);
		if (!found)
			enter_locked(share, ninep_node_of(fresh));
		spin_unlock(&share->lock);
		if (!found) {
			*inode = fresh;
			return 0;
		}
		ninep_fid_get(fid);
		inode_put(fresh);
	}
	ninep_set_name_fid(found, fid, dentry);
	ninep_apply(found, attributes);
	*inode = found;
	return 0;
}

struct ninep_fid *ninep_name_fid(struct inode *inode)
{
	struct ninep_share *share = ninep_share_of(inode);
	struct ninep_fid *fid;

	spin_lock(&share->lock);
	fid = ninep_node_of(inode)->fid;
	if (fid)
		ninep_fid_get(fid);
	spin_unlock(&share->lock);
	return fid;
}

bool ninep_fid_is_of(struct inode *inode, const struct dentry *dentry)
{
	struct ninep_share *share = ninep_share_of(inode);
	bool is_of;

	spin_lock(&share->lock);
	is_of = ninep_node_of(inode)->name == dentry;
	spin_unlock(&share->lock);
	return is_of;
}

void ninep_set_name_fid(struct inode *inode, struct ninep_fid *fid, const struct dentry *dentry)
{
	struct ninep_share *share = ninep_share_of(inode);
	struct ninep_fid *old;

	spin_lock(&share->lock);
	old = ninep_node_of(inode)->fid;
	ninep_node_of(inode)->fid = fid;
	ninep_node_of(inode)->name = dentry;
	spin_unlock(&share->lock);
	ninep_fid_put(old);
}

struct ninep_fid *ninep_open_fid(struct inode *inode, bool for_write)
{
	struct ninep_share *share = ninep_share_of(inode);
	struct ninep_fid *fid = NULL;
	struct ninep_handle *handle;

	spin_lock(&share->lock);
	list_for_each (handle, &ninep_node_of(inode)->handles, link) {
		if (for_write ? handle->may_write : handle->may_read) {
			fid = handle->fid;
			ninep_fid_get(fid);
			break;
		}
	}
	spin_unlock(&share->lock);
	return fid;
}

struct ninep_fid *ninep_like_fid(struct inode *inode, bool reads, bool writes, bool *appends)
{
	struct ninep_share *share = ninep_share_of(inode);
	struct ninep_fid *fid = NULL;
	struct ninep_handle *handle;

	spin_lock(&share->lock);
	list_for_each (handle, &ninep_node_of(inode)->handles, link) {
		if (handle->may_read >= reads && handle->may_write >= writes && handle->appends <= *appends) {
			fid = handle->fid;
			ninep_fid_get(fid);
			*appends = handle->appends;
			break;
		}
	}
	spin_unlock(&share->lock);
	return fid;
}

static int refresh_by(struct inode *inode, struct ninep_fid *fid)
{
	struct ninep_attributes attributes;
	int error = ninep_call_getattr(fid, &attributes);

	if (error)
		return error;
	if (attributes.qid.path != ninep_node_of(inode)->path || ((attributes.mode ^ inode->mode) & S_IFMT))
		return -ESTALE;
	ninep_apply(inode, &attributes);
	return 0;
}

int ninep_refresh(struct inode *inode)
{
	struct ninep_fid *fid = ninep_name_fid(inode);
	int error;

	if (!fid)
		return -ESTALE;
	error = refresh_by(inode, fid);
	ninep_fid_put(fid);
	return error;
}

bool ninep_is_lost(int error)
{
	return error == -ENOENT || error == -ENOTDIR || error == -ESTALE;
}

int ninep_getattr(struct inode *inode)
{
	struct ninep_fid *fid;
	int error;

	if (unlikely(ninep_node_of(inode)->is_local))
		return 0;
	error = ninep_refresh(inode);
	if (!ninep_is_lost(error))
		return error;
	/* Servers that ask the open file rather than its name can still tell. */
	fid = ninep_open_fid(inode, false);
	if (!fid)
		fid = ninep_open_fid(inode, true);
	if (fid) {
		error = refresh_by(inode, fid);
		ninep_fid_put(fid);
	}
	return ninep_is_lost(error) ? 0 : error;
}

void ninep_name_removed(struct inode *inode)
{
	struct ninep_share *share = ninep_share_of(inode);

	if (inode->nlink && --inode->nlink == 0) {
		spin_lock(&share->lock);
		leave_locked(share, ninep_node_of(inode));
		spin_unlock(&share->lock);
	}
	inode_touch(inode, false, false, true);
	/* Which of several names the fid stands for is not known: the next walk brings another. */
	ninep_set_name_fid(inode, NULL, NULL);
}

static void fill_change(struct ninep_change *to, const struct attribute_change *change)
{
	*to = (struct ninep_change){.mode = change->mode, .uid = change->uid, .gid = change->gid};
	if (change->what & ATTRIBUTE_MODE)
		to->valid |= NINEP_SET_MODE;
	if (change->what & ATTRIBUTE_UID)
		to->valid |= NINEP_SET_UID;
	if (change->what & ATTRIBUTE_GID)
		to->valid |= NINEP_SET_GID;
	if (change->what & ATTRIBUTE_ATIME)
		to->valid |= NINEP_SET_ATIME | (change->times_are_now ? 0 : NINEP_SET_ATIME_TO);
	if (change->what & ATTRIBUTE_MTIME)
		to->valid |= NINEP_SET_MTIME | (change->times_are_now ? 0 : NINEP_SET_MTIME_TO);
	to->atime = (struct ninep_time){.sec = (uint64_t)change->atime.sec, .nsec = change->atime.nsec};
	to->mtime = (struct ninep_time){.sec = (uint64_t)change->mtime.sec, .nsec = change->mtime.nsec};
}

int ninep_setattr(struct inode *inode, const struct attribute_change *change)
{
	struct ninep_fid *fid = ninep_name_fid(inode);
	struct ninep_change asked;
	int error = -ENOENT;

	fill_change(&asked, change);
	if (fid)
		error = ninep_call_setattr(fid, &asked);
	ninep_fid_put(fid);
	/* A file without a name is known here alone. */
	if (ninep_is_lost(error) && inode->nlink == 0)
		error = 0;
	return error;
}

void ninep_evict(struct inode *inode)
{
	struct ninep_node *node = ninep_node_of(inode);
	struct ninep_share *share = ninep_share_of(inode);

	if (!node)
		return;
	spin_lock(&share->lock);
	leave_locked(share, node);
	spin_unlock(&share->lock);
	ninep_fid_put(node->spare);
	ninep_fid_put(node->fid);
	slab_free(&node_cache, node);
}
