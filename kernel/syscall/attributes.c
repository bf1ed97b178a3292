/* System calls that change mode, owner, times and size of files, and that read symbolic links. */
#include "fs/attributes.h"

#include <asm/resource.h>
#include <asm/signal.h>
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <linux/time.h>

#include "arch/x86_64/uaccess.h"
#include "fs/file.h"
#include "fs/lease.h"
#include "fs/notify.h"
#include "fs/path_text.h"
#include "fs/permission.h"
#include "fs/stat.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "syscall/calls.h"
#include "vm/space.h"

/* Of utimensat(2), linux/stat.h does not give them to the kernel. */
#define TIME_NOW  0x3fffffff
#define TIME_OMIT 0x3ffffffe

static int64_t named_by(fd_t dirfd, user_text_t path, unsigned lookup, struct named_file *named)
{
	char *text = path_text_from_user(path, (lookup & LOOKUP_EMPTY) != 0);
	int64_t result;

	if (is_err(text))
		return ptr_err(text);
	result = named_file_get(dirfd, text, lookup, named);
	path_text_free(text);
	return result;
}

/* The lookup that AT_SYMLINK_NOFOLLOW and AT_EMPTY_PATH ask for. */
static unsigned lookup_of(flags_t flags)
{
	return (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) | (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
}

static int64_t set_mode(struct named_file *named, mode_bits_t mode)
{
	int64_t result = attributes_set_mode(&named->path, named->inode, mode);

	named_file_put(named);
	return result;
}

int64_t sys_fchmodat2(fd_t dirfd, user_text_t path, mode_bits_t mode, flags_t flags)
{
	struct named_file named;
	int64_t error;

	if (flags & ~(flags_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	error = named_by(dirfd, path, lookup_of(flags), &named);
	return error ? error : set_mode(&named, mode);
}

int64_t sys_fchmodat(fd_t dirfd, user_text_t path, mode_bits_t mode)
{
	return sys_fchmodat2(dirfd, path, mode, 0);
}

int64_t sys_chmod(user_text_t path, mode_bits_t mode)
{
	return sys_fchmodat2(AT_CWD, path, mode, 0);
}

int64_t sys_fchmod(fd_t fd, mode_bits_t mode)
{
	struct named_file named;
	int error = named_file_get_descriptor(fd, false, &named);

	return error ? error : set_mode(&named, mode);
}

static int64_t set_owner(struct named_file *named, user_id_t uid, user_id_t gid)
{
	int64_t result = attributes_set_owner(&named->path, named->inode, uid, gid);

	named_file_put(named);
	return result;
}

int64_t sys_fchownat(fd_t dirfd, user_text_t path, user_id_t uid, user_id_t gid, flags_t flags)
{
	struct named_file named;
	int64_t error;

	if (flags & ~(flags_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	error = named_by(dirfd, path, lookup_of(flags), &named);
	return error ? error : set_owner(&named, uid, gid);
}

int64_t sys_chown(user_text_t path, user_id_t uid, user_id_t gid)
{
	return sys_fchownat(AT_CWD, path, uid, gid, 0);
}

int64_t sys_lchown(user_text_t path, user_id_t uid, user_id_t gid)
{
	return sys_fchownat(AT_CWD, path, uid, gid, AT_SYMLINK_NOFOLLOW);
}

int64_t sys_fchown(fd_t fd, user_id_t uid, user_id_t gid)
{
	struct named_file named;
	int error = named_file_get_descriptor(fd, false, &named);

	return error ? error : set_owner(&named, uid, gid);
}

static bool nsec_is_valid(int64_t nsec)
{
	return (nsec >= 0 && nsec < (int64_t)NS_PER_SEC) || nsec == TIME_NOW || nsec == TIME_OMIT;
}

/* `times`: access time, then modification time, of nanoseconds. Null: both now. */
static int make_request(const struct timespec *times, struct time_request *request)
{
	struct timestamp now = timestamp_now();

	*request =
		(struct time_request){.set_atime = true, .set_mtime = true, .is_now = true, .atime = now, .mtime = now};
	if (!times)
		return 0;
	if (!nsec_is_valid(times[0].tv_nsec) || !nsec_is_valid(times[1].tv_nsec))
		return -EINVAL;
	request->set_atime = times[0].tv_nsec != TIME_OMIT;
	request->set_mtime = times[1].tv_nsec != TIME_OMIT;
	request->is_now = times[0].tv_nsec == TIME_NOW && times[1].tv_nsec == TIME_NOW;
	if (times[0].tv_nsec != TIME_NOW)
		request->atime = (struct timestamp){.sec = times[0].tv_sec, .nsec = (uint32_t)times[0].tv_nsec};
	if (times[1].tv_nsec != TIME_NOW)
		request->mtime = (struct timestamp){.sec = times[1].tv_sec, .nsec = (uint32_t)times[1].tv_nsec};
	return 0;
}

/* path 0: the descriptor itself. */
static int64_t set_times(fd_t dirfd, user_text_t path, const struct timespec *times, flags_t flags)
{
	struct time_request request;
	struct named_file named;
	int64_t error;

	if (flags & ~(flags_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	/* Nothing to do: the path is not even looked at. */
	if (times && times[0].tv_nsec == TIME_OMIT && times[1].tv_nsec == TIME_OMIT)
		return 0;
	if (path || dirfd == AT_CWD)
		error = named_by(dirfd, path, lookup_of(flags), &named);
	else
		error = flags ? -EINVAL : named_file_get_descriptor(dirfd, false, &named);
	if (error)
		return error;
	error = make_request(times, &request);
	if (!error)
		error = attributes_set_times(&named.path, named.inode, &request);
	named_file_put(&named);
	return error;
}

int64_t sys_utimensat(fd_t dirfd, user_text_t path, user_in_t times_at, flags_t flags)
{
	struct timespec times[2];

	if (times_at && copy_from_user(times, times_at, sizeof(times)))
		return -EFAULT;
	return set_times(dirfd, path, times_at ? times : NULL, flags);
}

int64_t sys_futimesat(fd_t dirfd, user_text_t path, user_in_t times_at)
{
	struct timeval given[2];
	struct timespec times[2];

	if (!times_at)
		return set_times(dirfd, path, NULL, 0);
	if (copy_from_user(given, times_at, sizeof(given)))
		return -EFAULT;
	for (unsigned i = 0; i < 2; i++) {
		if (given[i].tv_usec < 0 || given[i].tv_usec >= 1000000)
			return -EINVAL;
		times[i].tv_sec = given[i].tv_sec;
		times[i].tv_nsec = given[i].tv_usec * 1000;
	}
	return set_times(dirfd, path, times, 0);
}

int64_t sys_utimes(user_text_t path, user_in_t times)
{
	return sys_futimesat(AT_CWD, path, times);
}

int64_t sys_utime(user_text_t path, user_in_t times_at)
{
	int64_t given[2];
	struct timespec times[2];

	if (!times_at)
		return set_times(AT_CWD, path, NULL, 0);
	if (copy_from_user(given, times_at, sizeof(given)))
		return -EFAULT;
	for (unsigned i = 0; i < 2; i++)
		times[i] = (struct timespec){.tv_sec = given[i]};
	return set_times(AT_CWD, path, times, 0);
}

int64_t sys_truncate(user_text_t path, int64_t size)
{
	struct named_file named;
	int64_t error;

	if (size < 0)
		return -EINVAL;
	error = named_by(AT_CWD, path, LOOKUP_FOLLOW, &named);
	if (error)
		return error;
	if (S_ISDIR(named.inode->mode))
		error = -EISDIR;
	else if (!S_ISREG(named.inode->mode))
		error = -EINVAL;
	if (!error)
		error = inode_permission(named.inode, MAY_WRITE);
	if (!error)
		error = path_writable(&named.path);
	if (!error)
		error = lease_break(named.inode, O_WRONLY);
	if (!error)
		error = attributes_truncate(named.inode, (uint64_t)size);
	if (!error)
		notify_place(named.path.dentry, named.inode, IN_MODIFY);
	named_file_put(&named);
	return error;
}

int64_t sys_ftruncate(fd_t fd, int64_t size)
{
	struct fd_loan loan;
	int64_t error = -EINVAL;

	if (size < 0)
		return -EINVAL;
	loan = fd_borrow(fd);
	if (!loan.file)
		return -EBADF;
	if (loan.file->inode && S_ISREG(loan.file->inode->mode) && file_may_write(loan.file))
		error = attributes_truncate(loan.file->inode, (uint64_t)size);
	if (!error)
		notify_place(loan.file->path.dentry, loan.file->inode, IN_MODIFY);
	fd_give_back(loan);
	return error;
}

static int64_t allocate(struct file *file, int32_t mode, uint64_t offset, uint64_t bytes)
{
	int64_t result;

	if (!file_may_write(file))
		return -EBADF;
	if (file->inode && S_ISFIFO(file->inode->mode))
		return -ESPIPE;
	if (file->inode && S_ISDIR(file->inode->mode))
		return -EISDIR;
	if (!file->inode || !S_ISREG(file->inode->mode))
		return -ENODEV;
	if (offset > INT64_MAX - bytes)
		return -EFBIG;
	/* RLIMIT_FSIZE counts even where the size stays. */
	if (!(mode & FALLOC_FL_PUNCH_HOLE) && offset + bytes > inode_size(file->inode) &&
	    offset + bytes > vm_limit(RLIMIT_FSIZE)) {
		file_signal_hook(SIGXFSZ);
		return -EFBIG;
	}
	result = file->ops->fallocate ? file->ops->fallocate(file, mode, offset, bytes) : -EOPNOTSUPP;
	if (!result)
		notify_file(file, IN_MODIFY);
	return result;
}

/* One mode at most, and what may stand beside it; whether the file can do it is asked later. */
static bool fallocate_mode_is_known(int32_t mode)
{
	switch (mode & ~FALLOC_FL_KEEP_SIZE) {
	case 0:
	case FALLOC_FL_ZERO_RANGE:
	case FALLOC_FL_UNSHARE_RANGE:
		return true;
	case FALLOC_FL_PUNCH_HOLE:
		return (mode & FALLOC_FL_KEEP_SIZE) != 0;
	case FALLOC_FL_COLLAPSE_RANGE:
	case FALLOC_FL_INSERT_RANGE:
		return !(mode & FALLOC_FL_KEEP_SIZE);
	default:
		return false;
	}
}

int64_t sys_fallocate(fd_t fd, int32_t mode, int64_t offset, int64_t bytes)
{
	struct fd_loan loan = fd_borrow(fd);
	int64_t result;

	if (!loan.file)
		return -EBADF;
	if (offset < 0 || bytes <= 0)
		result = -EINVAL;
	else if (!fallocate_mode_is_known(mode))
		result = -EOPNOTSUPP;
	else
		result = allocate(loan.file, mode, (uint64_t)offset, (uint64_t)bytes);
	fd_give_back(loan);
	return result;
}

/* `is_unnamed`: it was named by its descriptor alone. */
static int64_t read_link(struct named_file *named, char *text, bool is_unnamed)
{
	struct inode *inode = named->inode;
	struct path place;
	int64_t length;
	char *name;

	if (!S_ISLNK(inode->mode))
		return is_unnamed ? -ENOENT : -EINVAL;
	attributes_accessed(&named->path, inode);
	if (inode->ops->readlink)
		return inode->ops->readlink(inode, text, PATH_MAX_BYTES);
	if (!inode->ops->follow)
		return -EINVAL;
	length = inode->ops->follow(inode, named->path.dentry, &place);
	if (length)
		return length;
	name = path_text(&place, text, PATH_MAX_BYTES);
	path_put(&place);
	if (is_err(name))
		return ptr_err(name);
	length = (int64_t)strlen(name);
	memmove(text, name, (size_t)length);
	return length;
}

int64_t sys_readlinkat(fd_t dirfd, user_text_t path, user_out_t buffer, int32_t bytes)
{
	char *text = bytes > 0 ? path_text_from_user(path, true) : err_ptr(-EINVAL);
	struct named_file named;
	bool is_unnamed;
	int64_t length;

	if (is_err(text))
		return ptr_err(text);
	is_unnamed = !text[0];
	length = named_file_get(dirfd, text, LOOKUP_EMPTY, &named);
	if (!length) {
		length = read_link(&named, text, is_unnamed);
		named_file_put(&named);
	}
	if (length > 0) {
		length = MIN(length, (int64_t)bytes);
		if (copy_to_user(buffer, text, (size_t)length))
			length = -EFAULT;
	}
	path_text_free(text);
	return length;
}

int64_t sys_readlink(user_text_t path, user_out_t buffer, int32_t bytes)
{
	return sys_readlinkat(AT_CWD, path, buffer, bytes);
}
