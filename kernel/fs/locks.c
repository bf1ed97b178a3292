/*
 * Record locks: POSIX and open-file-description locks on ranges of bytes (fcntl(2)). The locks of one owner on one file
 * never overlap, and neighbours of one kind are one lock.
 */
#include <asm-generic/fcntl.h>
#include <linux/fs.h>

#include "fs/locks_private.h"
#include "lib/errno.h"

struct range {
	int64_t start, end; /* inclusive */
};

/* One request, decoded. */
struct request {
	struct lock_request wish; /* first: what waiting knows of it */
	struct inode *inode;
	const void *owner;
	struct range range;
	bool is_unlock, is_write, is_ofd;
	int32_t pid;
};

static int decode_range(struct file *file, const struct flock *lock, struct range *range)
{
	int64_t start;

	switch (lock->l_whence) {
	case SEEK_SET:
		start = 0;
		break;
	case SEEK_CUR:
		start = (int64_t)file->position;
		break;
	case SEEK_END:
		start = (int64_t)inode_size(file->inode);
		break;
	default:
		return -EINVAL;
	}
	if (__builtin_add_overflow(start, (int64_t)lock->l_start, &start))
		return -EOVERFLOW;
	if (start < 0)
		return -EINVAL;
	range->start = start;
	range->end = INT64_MAX;
	if (lock->l_len > 0) {
		if (__builtin_add_overflow(start, (int64_t)lock->l_len - 1, &range->end))
			return -EOVERFLOW;
	} else if (lock->l_len < 0) {
		if (start + lock->l_len < 0)
			return -EINVAL;
		range->start = start + lock->l_len;
		range->end = start - 1;
	}
	return 0;
}

static int decode(struct file *file, const struct flock *lock, bool is_ofd, int32_t pid, struct request *request)
{
	if (!file->inode)
		return -EINVAL;
	if (lock->l_type != F_RDLCK && lock->l_type != F_WRLCK && lock->l_type != F_UNLCK)
		return -EINVAL;
	*request = (struct request){.inode = file->inode,
				    .owner = is_ofd ? (const void *)file : (const void *)current_thread()->files,
				    .is_unlock = lock->l_type == F_UNLCK,
				    .is_write = lock->l_type == F_WRLCK,
				    .is_ofd = is_ofd,
				    .pid = is_ofd ? -1 : pid};
	return decode_range(file, lock, &request->range);
}

static bool overlaps(const struct file_lock *lock, const struct range *range)
{
	return lock->start <= range->end && range->start <= lock->end;
}

/* What stands in the way: of several the one that begins first. locks_lock is held. */
static struct file_lock *conflict_of(const struct request *request)
{
	struct inode_locks *locks = request->inode->locks;
	struct file_lock *lock, *found = NULL;

	if (!locks)
		return NULL;
	list_for_each (lock, &locks->records, link) {
		if (lock->owner == request->owner || !overlaps(lock, &request->range))
			continue;
		if ((lock->is_write || request->is_write) && (!found || lock->start < found->start))
			found = lock;
	}
	return found;
}

static const struct file_lock *look(const struct lock_request *wish)
{
	return conflict_of((const struct request *)(const void *)wish);
}

static bool touches(const struct file_lock *lock, const struct range *range)
{
	return (range->end == INT64_MAX || lock->start <= range->end + 1) &&
	       (lock->end == INT64_MAX || range->start <= lock->end + 1);
}

/* Cut `range` out of a lock; *spare becomes the piece behind it when it lay in the middle. */
static void cut(struct file_lock *lock, const struct range *range, struct list *records, struct file_lock **spare)
{
	if (lock->start < range->start && lock->end > range->end) {
		struct file_lock *behind = *spare;
		*spare = NULL;
		*behind = *lock;
		behind->start = range->end + 1;
		file_lock_insert(records, lock->inode, behind);
		lock->end = range->start - 1;
	} else if (lock->start < range->start) {
		lock->end = range->start - 1;
	} else if (lock->end > range->end) {
		lock->start = range->end + 1;
	} else {
		file_lock_delete(lock);
	}
}

/*
 * Nothing stands in the way: make it so. locks_lock is held. `fresh` and `spare` are the two locks that may be needed,
 * taken (set to null) when they are.
 */
static void apply(const struct request *request, struct inode_locks *locks, struct file_lock **fresh,
		  struct file_lock **spare)
{
	struct range whole = request->range;
	struct file_lock *lock, *following, *made = *fresh;

	list_for_each_safe (lock, following, &locks->records, link) {
		if (lock->owner != request->owner)
			continue;
		if (!request->is_unlock && lock->is_write == request->is_write) {
			if (!touches(lock, &whole))
				continue;
			whole.start = MIN(whole.start, lock->start);
			whole.end = MAX(whole.end, lock->end);
			file_lock_delete(lock);
		} else if (overlaps(lock, &request->range)) {
			cut(lock, &request->range, &locks->records, spare);
		}
	}
	if (request->is_unlock)
		return;
	*fresh = NULL;
	made->owner = request->owner;
	made->start = whole.start;
	made->end = whole.end;
	made->pid = request->pid;
	made->is_write = request->is_write;
	made->is_ofd = request->is_ofd;
	file_lock_insert(&locks->records, request->inode, made);
}

/* locks_lock is held. */
static int set_locked(struct request *request, bool may_wait, struct file_lock **fresh, struct file_lock **spare)
{
	struct inode_locks *locks = inode_locks_get(request->inode);
	struct file_lock *blocker = NULL;
	int error = 0;

	if (!locks)
		return -ENOLCK;
	request->wish.look = look;
	while (!request->is_unlock && (blocker = conflict_of(request)) && !error)
		error = may_wait ? inode_locks_wait(request->inode, request->owner, blocker,
						    request->is_ofd ? NULL : &request->wish)
				 : -EAGAIN;
	if (blocker)
		return error;
	apply(request, locks, fresh, spare);
	return 0;
}

int locks_set(int fd, struct file *file, const struct flock *lock, bool is_ofd, bool may_wait, int32_t pid)
{
	struct file_lock *fresh, *spare;
	struct request request;
	int error = decode(file, lock, is_ofd, pid, &request);

	if (error)
		return error;
	if ((lock->l_type == F_RDLCK && !file_may_read(file)) || (request.is_write && !file_may_write(file)))
		return -EBADF;
	if (is_ofd && lock->l_pid != 0)
		return -EINVAL;
	fresh = file_lock_alloc();
	spare = file_lock_alloc();
	error = -ENOLCK;
	if (fresh && spare) {
		spin_lock(&locks_lock);
		error = set_locked(&request, may_wait, &fresh, &spare);
		inode_locks_changed(request.inode);
		spin_unlock(&locks_lock);
	}
	file_lock_free(fresh);
	file_lock_free(spare);
	/* Another thread may have closed the descriptor meanwhile: its close found nothing to take away. */
	if (!error && !is_ofd && !request.is_unlock && !fd_refers_to(fd, file)) {
		locks_remove_posix(file, current_thread()->files);
		error = -EBADF;
	}
	return error;
}

int locks_test(struct file *file, struct flock *lock, bool is_ofd)
{
	struct request request;
	struct file_lock *blocker;
	int error = decode(file, lock, is_ofd, 0, &request);

	if (error)
		return error;
	if (request.is_unlock || (is_ofd && lock->l_pid != 0))
		return -EINVAL;
	spin_lock(&locks_lock);
	blocker = conflict_of(&request);
	if (blocker) {
		lock->l_type = blocker->is_write ? F_WRLCK : F_RDLCK;
		lock->l_whence = SEEK_SET;
		lock->l_start = blocker->start;
		lock->l_len = blocker->end == INT64_MAX ? 0 : blocker->end - blocker->start + 1;
		lock->l_pid = blocker->pid;
	} else {
		lock->l_type = F_UNLCK;
	}
	spin_unlock(&locks_lock);
	return 0;
}

static void remove_of_owner(struct list *list, const void *owner)
{
	struct file_lock *lock, *following;

	list_for_each_safe (lock, following, list, link) {
		if (lock->owner == owner)
			file_lock_delete(lock);
	}
}

static void remove_all(struct inode *inode, const void *owner)
{
	struct inode_locks *locks;

	spin_lock(&locks_lock);
	locks = inode->locks;
	if (locks) {
		remove_of_owner(&locks->records, owner);
		remove_of_owner(&locks->flocks, owner);
		inode_locks_changed(inode);
	}
	spin_unlock(&locks_lock);
}

void locks_remove_posix(struct file *file, const struct fd_table *table)
{
	remove_all(file->inode, table);
}

void locks_remove_file(struct file *file)
{
	remove_all(file->inode, file);
}
