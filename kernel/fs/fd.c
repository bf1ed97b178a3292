/*
 * Descriptors of the current thread: look-up, reserve and install, close, dup.
 */
#include <asm-generic/fcntl.h>
#include <asm-generic/resource.h>
#include <linux/close_range.h>

#include "fs/fd_table.h"
#include "lib/errno.h"
#include "sched/sched.h"
#include "vm/space.h"

static struct fd_table *current_files(void)
{
	return current_thread()->files;
}

static struct file *get_any(int fd)
{
	return fd_table_get_file(current_files(), fd);
}

/* Never part of those who borrow (fd_borrow), whose registers it would need. */
__attribute__((hot, noinline)) struct file *fd_get(int fd)
{
	struct file *file = get_any(fd);

	if (file && unlikely(file->flags & FILE_O_PATH)) {
		file_put(file);
		return NULL;
	}
	return file;
}

struct file *fd_get_path(int fd)
{
	return get_any(fd);
}

/* One more than the highest descriptor that RLIMIT_NOFILE and fs.nr_open allow. */
static uint32_t descriptor_limit(void)
{
	uint64_t limit = vm_limit(RLIMIT_NOFILE);

	return limit < FD_LIMIT ? (uint32_t)limit : FD_LIMIT;
}

/* The first free descriptor >= `from`; the capacity when all are in use. */
static uint32_t find_free(const struct fd_table *table, uint32_t from)
{
	while (from < table->capacity) {
		uint64_t unused = ~table->used[from / 64] >> (from % 64);
		if (unused)
			return from + (uint32_t)__builtin_ctzll(unused);
		from = (from / 64 + 1) * 64;
	}
	return from;
}

bool fd_refers_to(int fd, const struct file *file)
{
	struct fd_table *table = current_files();
	bool is_so;

	spin_lock(&table->lock);
	is_so = (uint32_t)fd < table->capacity && table->files[fd] == file;
	spin_unlock(&table->lock);
	return is_so;
}

static int reserve_locked(struct fd_table *table, uint32_t lowest, uint32_t limit)
{
	uint32_t start = lowest > table->first_free ? lowest : table->first_free;
	uint32_t fd = find_free(table, start);

	if (fd >= limit)
		return -EMFILE;
	if (fd >= table->capacity) {
		int error = fd_table_grow(table, fd + 1);
		if (error)
			return error;
	}
	fd_bit_set(table->used, fd);
	if (lowest <= table->first_free)
		table->first_free = fd + 1;
	return (int)fd;
}

HOT_CODE int fd_reserve(int lowest)
{
	struct fd_table *table = current_files();
	uint32_t limit = descriptor_limit();
	int fd;

	if (lowest < 0 || (uint32_t)lowest >= limit)
		return lowest == 0 ? -EMFILE : -EINVAL;
	spin_lock(&table->lock);
	fd = reserve_locked(table, (uint32_t)lowest, limit);
	spin_unlock(&table->lock);
	return fd;
}

HOT_CODE void fd_install(int fd, struct file *file, bool close_on_exec)
{
	struct fd_table *table = current_files();

	spin_lock(&table->lock);
	KERNEL_ASSERT(fd_bit(table->used, (uint32_t)fd) && !table->files[fd]);
	table->files[fd] = file;
	if (close_on_exec)
		fd_bit_set(table->close_on_exec, (uint32_t)fd);
	spin_unlock(&table->lock);
	fd_trace(TRACE_FD_OPEN, (uint64_t)fd, (uint64_t)file, file->inode ? file->inode->mode >> 12 : 0);
	if (trace_is_on(TRACE_FD_OBJECT))
		fd_trace_object(file);
}

void fd_unreserve(int fd)
{
	struct fd_table *table = current_files();

	spin_lock(&table->lock);
	fd_bit_clear(table->used, (uint32_t)fd);
	if ((uint32_t)fd < table->first_free)
		table->first_free = (uint32_t)fd;
	spin_unlock(&table->lock);
}

int fd_open(struct file *file, bool close_on_exec)
{
	int fd = fd_reserve(0);

	if (fd < 0)
		file_put(file);
	else
		fd_install(fd, file, close_on_exec);
	return fd;
}

HOT_CODE int fd_close(int fd)
{
	struct fd_table *table = current_files();
	struct file *file = NULL;

	spin_lock(&table->lock);
	if ((uint32_t)fd < table->capacity)
		file = fd_table_take(table, (uint32_t)fd);
	spin_unlock(&table->lock);
	if (!file)
		return -EBADF;
	fd_trace(TRACE_FD_CLOSE, (uint64_t)fd, (uint64_t)file, 0);
	fd_table_close_file(table, file);
	return 0;
}

int fd_dup(int fd, int lowest, bool close_on_exec)
{
	struct file *file = get_any(fd);
	int copy;

	if (!file)
		return -EBADF;
	copy = fd_reserve(lowest);
	if (copy < 0) {
		file_put(file);
		return copy;
	}
	fd_install(copy, file, close_on_exec);
	fd_trace(TRACE_FD_DUP, (uint64_t)fd, (uint64_t)copy, (uint64_t)file);
	return copy;
}

/* Put `file` at `target`, whatever is there; what was there goes to *before. The lock is held. */
static int replace_locked(struct fd_table *table, uint32_t target, struct file *file, bool close_on_exec,
			  struct file **before)
{
	int error = fd_table_grow(table, target + 1);

	if (error)
		return error;
	if (fd_bit(table->used, target) && !table->files[target])
		return -EBUSY; /* reserved by an open of another thread */
	*before = fd_table_take(table, target);
	fd_bit_set(table->used, target);
	table->files[target] = file;
	if (close_on_exec)
		fd_bit_set(table->close_on_exec, target);
	return 0;
}

int fd_dup_to(int fd, int target, bool close_on_exec)
{
	struct fd_table *table = current_files();
	struct file *file, *before = NULL;
	int error;

	if (target < 0 || (uint32_t)target >= descriptor_limit())
		return -EBADF;
	file = get_any(fd);
	if (!file)
		return -EBADF;
	spin_lock(&table->lock);
	error = replace_locked(table, (uint32_t)target, file, close_on_exec, &before);
	spin_unlock(&table->lock);
	if (error) {
		file_put(file);
		return error;
	}
	if (before) {
		fd_trace(TRACE_FD_CLOSE, (uint64_t)target, (uint64_t)before, 0);
		fd_table_close_file(table, before);
	}
	fd_trace(TRACE_FD_DUP, (uint64_t)fd, (uint64_t)target, (uint64_t)file);
	return target;
}

/* CLOSE_RANGE_UNSHARE: the current thread gets a table of its own first. */
static int unshare_table(void)
{
	struct fd_table *old = current_files(), *fresh;
	int error;

	if (refcount_read(&old->refs) == 1)
		return 0;
	fresh = fd_table_copy(old, &error);
	if (!fresh)
		return error;
	spin_lock(&tree_lock);
	current_thread()->files = fresh;
	spin_unlock(&tree_lock);
	fd_table_put(old);
	return 0;
}

static void range_set_close_on_exec(struct fd_table *table, uint32_t first, uint32_t last)
{
	spin_lock(&table->lock);
	for (uint32_t fd = first; fd <= last && fd < table->capacity; fd++) {
		if (table->files[fd])
			fd_bit_set(table->close_on_exec, fd);
	}
	spin_unlock(&table->lock);
}

int fd_close_range(unsigned first, unsigned last, unsigned flags)
{
	struct fd_table *table;
	int fd;

	if (first > last || (flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)))
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE) {
		int error = unshare_table();
		if (error)
			return error;
	}
	table = current_files();
	if (flags & CLOSE_RANGE_CLOEXEC) {
		range_set_close_on_exec(table, first, last);
		return 0;
	}
	if (first >= table->capacity)
		return 0;
	for (fd = fd_table_next(table, (int)first); fd >= 0 && (unsigned)fd <= last;
	     fd = fd_table_next(table, fd + 1)) {
		(void)fd_close(fd); /* another thread may have been faster */
		preempt_point();
	}
	return 0;
}

int fd_close_on_exec(int fd)
{
	struct fd_table *table = current_files();
	int result = -EBADF;

	spin_lock(&table->lock);
	if ((uint32_t)fd < table->capacity && table->files[fd])
		result = fd_bit(table->close_on_exec, (uint32_t)fd);
	spin_unlock(&table->lock);
	return result;
}

int fd_set_close_on_exec(int fd, bool close_on_exec)
{
	struct fd_table *table = current_files();
	int result = -EBADF;

	spin_lock(&table->lock);
	if ((uint32_t)fd < table->capacity && table->files[fd]) {
		if (close_on_exec)
			fd_bit_set(table->close_on_exec, (uint32_t)fd);
		else
			fd_bit_clear(table->close_on_exec, (uint32_t)fd);
		result = 0;
	}
	spin_unlock(&table->lock);
	return result;
}
