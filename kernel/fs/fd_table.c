/*
 * A descriptor table: its storage, its copying at fork, its end. Growing and shrinking of single descriptors is in
 * fd.c.
 *
 * The first FD_INLINE descriptors stand in the table's own slab object, so that the fork of an ordinary process
 * allocates once.
 */
#include "fs/fd_table.h"

#include "fs/dnotify.h"
#include "fs/locks.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "trace/trace.h"

#define WORD_BITS 64

struct fd_table_inline {
	struct fd_table table;
	struct file *files[FD_INLINE];
	uint64_t used[FD_INLINE / WORD_BITS];
	uint64_t close_on_exec[FD_INLINE / WORD_BITS];
};

static struct slab_cache fd_table_cache = SLAB_CACHE("fd_table", struct fd_table_inline);

struct fd_table *fd_table_create(void)
{
	struct fd_table_inline *whole = slab_alloc(&fd_table_cache);
	struct fd_table *table;

	if (!whole)
		return NULL;
	table = &whole->table;
	refcount_init(&table->refs, 1);
	spin_init(&table->lock, "fd table", LOCK_FILES);
	table->capacity = FD_INLINE;
	table->files = whole->files;
	table->used = whole->used;
	table->close_on_exec = whole->close_on_exec;
	return table;
}

static bool is_inline(const struct fd_table *table)
{
	return table->files == container_of(table, struct fd_table_inline, table)->files;
}

/* The three arrays are one allocation: pointers first, then the two bit sets. */
int fd_table_grow(struct fd_table *table, uint32_t wanted)
{
	uint32_t capacity = table->capacity, words = table->capacity / WORD_BITS;
	void *old = is_inline(table) ? NULL : table->files;
	struct file **files;
	uint64_t *used, *close_on_exec;

	while (capacity < wanted)
		capacity *= 2;
	if (capacity == table->capacity)
		return 0;
	files = kzalloc((uint64_t)capacity * sizeof(*files) + 2 * (capacity / WORD_BITS) * sizeof(uint64_t));
	if (!files)
		return -ENOMEM;
	used = (uint64_t *)(files + capacity);
	close_on_exec = used + capacity / WORD_BITS;
	memcpy(files, table->files, table->capacity * sizeof(*files));
	memcpy(used, table->used, words * sizeof(uint64_t));
	memcpy(close_on_exec, table->close_on_exec, words * sizeof(uint64_t));
	table->files = files;
	table->used = used;
	table->close_on_exec = close_on_exec;
	table->capacity = capacity;
	kfree(old);
	return 0;
}

/* One word of 64 descriptors; a reserved one without a description is not copied: it belongs to a call in progress. */
static void copy_word(struct fd_table *to, const struct fd_table *from, uint32_t word)
{
	uint64_t left = from->used[word];

	while (left) {
		uint32_t fd = word * WORD_BITS + (uint32_t)__builtin_ctzll(left);
		struct file *file = from->files[fd];
		left &= left - 1;
		if (!file) {
			to->first_free = MIN(to->first_free, fd);
			continue;
		}
		file_get(file);
		to->files[fd] = file;
		to->used[word] |= 1ull << (fd % WORD_BITS);
	}
	to->close_on_exec[word] = from->close_on_exec[word] & to->used[word];
}

struct fd_table *fd_table_copy(struct fd_table *from, int *error)
{
	struct fd_table *table = fd_table_create();

	*error = -ENOMEM;
	if (!table)
		return NULL;
	spin_lock(&from->lock);
	if (fd_table_grow(table, from->capacity) != 0) {
		spin_unlock(&from->lock);
		fd_table_put(table);
		return NULL;
	}
	table->first_free = from->first_free;
	for (uint32_t word = 0; word < from->capacity / WORD_BITS; word++)
		copy_word(table, from, word);
	spin_unlock(&from->lock);
	*error = 0;
	return table;
}

void fd_table_get(struct fd_table *table)
{
	refcount_get(&table->refs);
}

/* What closing one descriptor means for its description: record locks of the table's owner go at the first close
 * (POSIX). */
HOT_CODE void fd_table_close_file(struct fd_table *table, struct file *file)
{
	const struct file_ops *ops = file->ops;

	if (file->inode && unlikely(file->inode->locks))
		locks_remove_posix(file, table);
	dnotify_closed(file, table);
	if (ops->flush)
		ops->flush(file);
	file_put(file);
	if (unlikely(ops->closed))
		ops->closed();
}

void fd_table_put(struct fd_table *table)
{
	if (!refcount_put(&table->refs))
		return;
	/* Nobody else can reach it any more. */
	for (uint32_t word = 0; word < table->capacity / WORD_BITS; word++) {
		while (table->used[word]) {
			uint32_t fd = word * WORD_BITS + (uint32_t)__builtin_ctzll(table->used[word]);
			struct file *file = table->files[fd];
			table->used[word] &= table->used[word] - 1;
			if (!file)
				continue;
			table->files[fd] = NULL;
			fd_trace(TRACE_FD_CLOSE, fd, (uint64_t)file, 0);
			fd_table_close_file(table, file);
		}
	}
	if (!is_inline(table))
		kfree(table->files);
	slab_free(&fd_table_cache, container_of(table, struct fd_table_inline, table));
}

/* Take one descriptor out, under the lock. Its description is the caller's to close; null when it was only reserved. */
HOT_CODE struct file *fd_table_take(struct fd_table *table, uint32_t fd)
{
	struct file *file = table->files[fd];

	if (!file)
		return NULL;
	table->files[fd] = NULL;
	fd_bit_clear(table->used, fd);
	fd_bit_clear(table->close_on_exec, fd);
	if (fd < table->first_free)
		table->first_free = fd;
	return file;
}

void fd_table_close_on_exec(struct fd_table *table)
{
	for (uint32_t word = 0; word < table->capacity / WORD_BITS; word++) {
		while (table->close_on_exec[word]) {
			uint32_t fd = word * WORD_BITS + (uint32_t)__builtin_ctzll(table->close_on_exec[word]);
			struct file *file;
			spin_lock(&table->lock);
			fd_bit_clear(table->close_on_exec, fd);
			file = fd_table_take(table, fd);
			spin_unlock(&table->lock);
			if (!file)
				continue;
			fd_trace(TRACE_FD_CLOSE, fd, (uint64_t)file, 0);
			fd_table_close_file(table, file);
		}
	}
}

HOT_CODE struct file *fd_table_get_file(struct fd_table *table, int fd)
{
	struct file *file = NULL;

	spin_lock(&table->lock);
	if ((uint32_t)fd < table->capacity)
		file = table->files[fd];
	if (file)
		file_get(file);
	spin_unlock(&table->lock);
	return file;
}

int fd_table_next(struct fd_table *table, int fd)
{
	int found = -1;

	spin_lock(&table->lock);
	for (uint32_t at = fd < 0 ? 0 : (uint32_t)fd; at < table->capacity; at++) {
		if (table->files[at]) {
			found = (int)at;
			break;
		}
	}
	spin_unlock(&table->lock);
	return found;
}

void fd_table_check(struct check *check, struct fd_table *table, int32_t pid)
{
	spin_lock(&table->lock);
	for (uint32_t fd = 0; fd < table->capacity; fd++) {
		const struct file *file = table->files[fd];
		CHECK_THAT(check, !file || (fd_bit(table->used, fd) && refcount_read(&file->refs) > 0),
			   "pid %d: descriptor %u is open and free", pid, fd);
		CHECK_THAT(check,
			   fd_bit(table->used, fd) || (!fd_bit(table->close_on_exec, fd) && fd >= table->first_free),
			   "pid %d: descriptor %u is free, the first free one is %u", pid, fd, table->first_free);
	}
	spin_unlock(&table->lock);
}
