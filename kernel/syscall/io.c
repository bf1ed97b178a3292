/*
 * System calls that move bytes: read, write and their kin, sendfile, splice.
 */
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/stat.h>

#include "arch/x86_64/uaccess.h"
#include "fs/transfer.h"
#include "ipc/pipe.h"
#include "ipc/splice.h"
#include "net/socket.h"
#include "proc/process.h"
#include "syscall/calls.h"
#include "vm/uio.h"

/* Reading or writing at an offset. */
typedef ssize_t (*transfer)(struct file *file, struct uio *uio, uint64_t *offset);

static inline void account_read(ssize_t result)
{
	struct process *process = current_process();

	process->read_calls++;
	if (result > 0)
		process->read_bytes += (uint64_t)result;
}

static inline void account_write(ssize_t result)
{
	struct process *process = current_process();

	process->write_calls++;
	if (result > 0)
		process->write_bytes += (uint64_t)result;
}

/* A buffer that cannot be user memory; whether the file can be read or written is asked first. */
static ssize_t bad_range(const struct file *file, bool is_write)
{
	int error = file_check_transfer(file, is_write, false);

	return error ? error : -EFAULT;
}

HOT_CODE int64_t sys_read(fd_t fd, user_out_t buffer, uint64_t bytes)
{
	struct fd_loan loan = fd_borrow(fd);
	struct uio uio;
	ssize_t result;

	if (unlikely(!loan.file))
		return -EBADF;
	if (likely(user_range_is_valid(buffer, bytes))) {
		uio_init_user(&uio, buffer, bytes);
		result = file_read(loan.file, &uio, NULL);
	} else {
		result = bad_range(loan.file, false);
	}
	fd_give_back(loan);
	account_read(result);
	return result;
}

HOT_CODE int64_t sys_write(fd_t fd, user_in_t buffer, uint64_t bytes)
{
	struct fd_loan loan = fd_borrow(fd);
	struct uio uio;
	ssize_t result;

	if (unlikely(!loan.file))
		return -EBADF;
	if (likely(user_range_is_valid(buffer, bytes))) {
		uio_init_user(&uio, buffer, bytes);
		result = file_write(loan.file, &uio, NULL);
	} else {
		result = bad_range(loan.file, true);
	}
	fd_give_back(loan);
	account_write(result);
	return result;
}

static inline ssize_t at_offset(fd_t fd, uaddr_t buffer, uint64_t bytes, int64_t position, transfer move)
{
	uint64_t offset = (uint64_t)position;
	struct fd_loan loan;
	struct uio uio;
	ssize_t result;

	if (position < 0)
		return -EINVAL;
	loan = fd_borrow(fd);
	if (!loan.file)
		return -EBADF;
	uio_init_user(&uio, buffer, bytes);
	result = user_range_is_valid(buffer, bytes) ? move(loan.file, &uio, &offset) : -EFAULT;
	fd_give_back(loan);
	return result;
}

HOT_CODE int64_t sys_pread64(fd_t fd, user_out_t buffer, uint64_t bytes, int64_t position)
{
	ssize_t result = at_offset(fd, buffer, bytes, position, file_read);

	account_read(result);
	return result;
}

int64_t sys_pwrite64(fd_t fd, user_in_t buffer, uint64_t bytes, int64_t position)
{
	ssize_t result = at_offset(fd, buffer, bytes, position, file_write);

	account_write(result);
	return result;
}

/* All data is in memory: priority, synchronisation and (for regular files) "do not wait" hold by themselves. */
static int check_rwf(const struct file *file, flags_t flags, flags_t known)
{
	bool is_regular = file->inode && S_ISREG(file->inode->mode);

	if ((flags & ~known) || ((flags & RWF_NOWAIT) && !is_regular))
		return -EOPNOTSUPP;
	return (flags & ~(flags_t)RWF_HIPRI) && file->ops->readdir ? -EOPNOTSUPP : 0;
}

#define READ_FLAGS  (RWF_HIPRI | RWF_DSYNC | RWF_SYNC | RWF_NOWAIT)
#define WRITE_FLAGS (READ_FLAGS | RWF_APPEND)

static ssize_t vector_checked(struct file *file, uaddr_t iovec, uint64_t count, uint64_t *offset, bool is_write,
			      flags_t flags)
{
	struct uio uio;
	ssize_t result = file_check_transfer(file, is_write, offset != NULL);

	if (!result)
		result = uio_init_iovec(&uio, iovec, count);
	if (result)
		return result;
	if (uio.left) {
		result = unlikely(flags) ? check_rwf(file, flags, is_write ? WRITE_FLAGS : READ_FLAGS) : 0;
		if (!result && is_write)
			result = flags & RWF_APPEND ? file_append(file, &uio, offset) : file_write(file, &uio, offset);
		else if (!result)
			result = file_read(file, &uio, offset);
	}
	uio_release(&uio);
	return result;
}

/* Several buffers; at the file's own position when `position` is null. */
static ssize_t vector(fd_t fd, uaddr_t iovec, uint64_t count, const int64_t *position, bool is_write, flags_t flags)
{
	uint64_t offset = position ? (uint64_t)*position : 0;
	struct fd_loan loan;
	ssize_t result;

	if (position && *position < 0)
		return -EINVAL;
	loan = fd_borrow(fd);
	if (!loan.file)
		return -EBADF;
	result = vector_checked(loan.file, iovec, count, position ? &offset : NULL, is_write, flags);
	fd_give_back(loan);
	return result;
}

int64_t sys_readv(fd_t fd, user_in_t iovec, uint64_t count)
{
	ssize_t result = vector(fd, iovec, (uint32_t)count, NULL, false, 0);

	account_read(result);
	return result;
}

int64_t sys_writev(fd_t fd, user_in_t iovec, uint64_t count)
{
	ssize_t result = vector(fd, iovec, (uint32_t)count, NULL, true, 0);

	account_write(result);
	return result;
}

int64_t sys_preadv(fd_t fd, user_in_t iovec, uint64_t count, int64_t position, uint64_t unused)
{
	ssize_t result = vector(fd, iovec, (uint32_t)count, &position, false, 0);

	account_read(result);
	return result;
}

int64_t sys_pwritev(fd_t fd, user_in_t iovec, uint64_t count, int64_t position, uint64_t unused)
{
	ssize_t result = vector(fd, iovec, (uint32_t)count, &position, true, 0);

	account_write(result);
	return result;
}

int64_t sys_preadv2(fd_t fd, user_in_t iovec, uint64_t count, int64_t position, uint64_t unused, flags_t flags)
{
	ssize_t result = vector(fd, iovec, (uint32_t)count, position == -1 ? NULL : &position, false, flags);

	account_read(result);
	return result;
}

int64_t sys_pwritev2(fd_t fd, user_in_t iovec, uint64_t count, int64_t position, uint64_t unused, flags_t flags)
{
	ssize_t result = vector(fd, iovec, (uint32_t)count, position == -1 ? NULL : &position, true, flags);

	account_write(result);
	return result;
}

int64_t sys_lseek(fd_t fd, int64_t offset, uint32_t whence)
{
	struct fd_loan loan = fd_borrow(fd);
	int64_t result;

	if (!loan.file)
		return -EBADF;
	result = file_seek(loan.file, offset, (int)whence);
	fd_give_back(loan);
	return result;
}

/* -- calls with two files -- */

/* An offset in user memory: read before, written after a transfer that moved something. */
struct user_offset {
	uaddr_t address; /* 0: none was given */
	uint64_t value;
};

static int offset_read(struct user_offset *offset, uaddr_t address)
{
	offset->address = address;
	offset->value = 0;
	if (address && get_user_u64(&offset->value, address) != 0)
		return -EFAULT;
	return 0;
}

static bool offset_is_negative(const struct user_offset *offset)
{
	return (int64_t)offset->value < 0;
}

static uint64_t *offset_pointer(struct user_offset *offset)
{
	return offset->address ? &offset->value : NULL;
}

static int64_t offset_write(const struct user_offset *offset, int64_t result)
{
	if (result > 0 && offset->address && put_user_u64(offset->address, offset->value) != 0)
		return -EFAULT;
	return result;
}

struct two_files {
	struct fd_loan in, out;
};

static int two_files_borrow(struct two_files *files, fd_t in, fd_t out)
{
	files->in = fd_borrow(in);
	files->out = fd_borrow(out);
	if (files->in.file && files->out.file)
		return 0;
	fd_give_back(files->in);
	fd_give_back(files->out);
	return -EBADF;
}

static void two_files_give_back(struct two_files files)
{
	fd_give_back(files.in);
	fd_give_back(files.out);
}

int64_t sys_sendfile(fd_t out, fd_t in, user_io_t position, uint64_t bytes)
{
	struct user_offset offset;
	struct two_files files;
	int64_t result = offset_read(&offset, position);

	if (!result && offset_is_negative(&offset))
		result = -EINVAL;
	if (!result)
		result = two_files_borrow(&files, in, out);
	if (result)
		return result;
	/* What has no position can be sent into a pipe, as by splice; of these Linux lets sockets. */
	if (unlikely(!offset.address && socket_of(files.in.file) && pipe_of(files.out.file)))
		result = splice_files(files.in.file, NULL, files.out.file, NULL, bytes, 0);
	else
		result = file_send(files.out.file, files.in.file, offset_pointer(&offset), bytes);
	two_files_give_back(files);
	return offset_write(&offset, result);
}

int64_t sys_copy_file_range(fd_t in, user_io_t in_position, fd_t out, user_io_t out_position, uint64_t bytes,
			    flags_t flags)
{
	struct user_offset in_offset, out_offset;
	struct two_files files;
	int64_t result = two_files_borrow(&files, in, out);

	if (result)
		return result;
	result = offset_read(&in_offset, in_position);
	if (!result)
		result = offset_read(&out_offset, out_position);
	if (!result && flags)
		result = -EINVAL;
	if (!result)
		result = file_copy_range(files.in.file, offset_pointer(&in_offset), files.out.file,
					 offset_pointer(&out_offset), bytes);
	two_files_give_back(files);
	result = offset_write(&in_offset, result);
	return offset_write(&out_offset, result);
}

/* A pipe has no offset, whatever the address; then the other's is read. */
static int splice_offsets(const struct two_files *files, struct user_offset *in, user_io_t in_position,
			  struct user_offset *out, user_io_t out_position)
{
	int error;

	if ((pipe_of(files->in.file) && in_position) || (pipe_of(files->out.file) && out_position))
		return -ESPIPE;
	error = offset_read(in, in_position);
	return error ? error : offset_read(out, out_position);
}

int64_t sys_splice(fd_t in, user_io_t in_position, fd_t out, user_io_t out_position, uint64_t bytes, flags_t flags)
{
	struct user_offset in_offset, out_offset;
	struct two_files files;
	int64_t result;

	if (!bytes)
		return 0;
	if (flags & ~SPLICE_FLAGS)
		return -EINVAL;
	result = two_files_borrow(&files, in, out);
	if (result)
		return result;
	result = splice_offsets(&files, &in_offset, in_position, &out_offset, out_position);
	if (!result)
		result = offset_is_negative(&in_offset) || offset_is_negative(&out_offset) ? -EINVAL : 0;
	if (!result)
		result = splice_files(files.in.file, offset_pointer(&in_offset), files.out.file,
				      offset_pointer(&out_offset), bytes, flags);
	two_files_give_back(files);
	result = offset_write(&in_offset, result);
	return offset_write(&out_offset, result);
}

int64_t sys_tee(fd_t in, fd_t out, uint64_t bytes, flags_t flags)
{
	struct two_files files;
	int64_t result = flags & ~SPLICE_FLAGS ? -EINVAL : two_files_borrow(&files, in, out);

	if (result)
		return result;
	result = splice_tee(files.in.file, files.out.file, bytes, flags);
	two_files_give_back(files);
	return result;
}

int64_t sys_vmsplice(fd_t fd, user_in_t iovec, uint64_t count, flags_t flags)
{
	struct fd_loan loan;
	struct uio uio;
	int64_t result;

	if (flags & ~SPLICE_FLAGS)
		return -EINVAL;
	loan = fd_borrow(fd);
	if (!loan.file)
		return -EBADF;
	result = uio_init_iovec(&uio, iovec, count);
	if (!result) {
		result = splice_user(loan.file, &uio, flags);
		uio_release(&uio);
	}
	fd_give_back(loan);
	return result;
}

/* -- hints: everything is in memory already, so they are only checked -- */

#define ADVICE_LAST 5 /* POSIX_FADV_NOREUSE */

int64_t sys_readahead(fd_t fd, int64_t offset, uint64_t bytes)
{
	struct fd_loan loan = fd_borrow(fd);
	int64_t result = 0;

	if (!loan.file || !file_may_read(loan.file))
		result = -EBADF;
	else if (!loan.file->inode || !S_ISREG(loan.file->inode->mode))
		result = -EINVAL;
	fd_give_back(loan);
	return result;
}

int64_t sys_fadvise64(fd_t fd, int64_t offset, int64_t bytes, int32_t advice)
{
	struct fd_loan loan = fd_borrow(fd);
	int64_t result = 0;

	if (!loan.file)
		result = -EBADF;
	else if (loan.file->inode && S_ISFIFO(loan.file->inode->mode))
		result = -ESPIPE;
	else if (bytes < 0 || advice < 0 || advice > ADVICE_LAST)
		result = -EINVAL;
	fd_give_back(loan);
	return result;
}

#define SYNC_RANGE_FLAGS 7u

int64_t sys_sync_file_range(fd_t fd, int64_t offset, int64_t bytes, flags_t flags)
{
	struct fd_loan loan = fd_borrow(fd);
	const struct inode *inode = loan.file ? loan.file->inode : NULL;
	int64_t result = 0;

	if (!loan.file)
		result = -EBADF;
	else if ((flags & ~SYNC_RANGE_FLAGS) || offset < 0 || bytes < 0 || offset > INT64_MAX - bytes)
		result = -EINVAL;
	else if (!inode || !(S_ISREG(inode->mode) || S_ISDIR(inode->mode) || S_ISBLK(inode->mode)))
		result = -ESPIPE;
	fd_give_back(loan);
	return result;
}
