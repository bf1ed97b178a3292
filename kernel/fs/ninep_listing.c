/*
 * Host folders: open directories. The position of a description is the server's offset plus 2, as directory.c has it
 * for all; an offset is whatever the host's file system gives, so it stays right while names come and go.
 */
#include <linux/stat.h>

#include "fs/directory.h"
#include "fs/ninep.h"
#include "lib/errno.h"
#include "mem/slab.h"

#define ENTRIES_BYTES (128u * 1024)
#define OFFSET_MAX    ((uint64_t)INT64_MAX)

/* Some file systems give the last name the largest offset there is, for which a position has no room. */
static uint64_t position_of(uint64_t offset)
{
	return MIN(offset, OFFSET_MAX - DIRECTORY_DOTS);
}

static uint64_t offset_of(uint64_t position)
{
	return position >= OFFSET_MAX - DIRECTORY_DOTS ? OFFSET_MAX : position;
}

/* Have entries from the description's position on in the handle's buffer: 1, 0 at the end, -errno. */
static int read_ahead(struct file *file, struct ninep_handle *handle)
{
	uint32_t room = MIN(handle->fid->client->data_bytes, ENTRIES_BYTES);
	ssize_t got;

	if (handle->entries_at < handle->entries_bytes && handle->entries_position == file->position)
		return 1;
	if (!handle->entries)
		handle->entries = kmalloc(room);
	if (!handle->entries)
		return -ENOMEM;
	handle->entries_at = handle->entries_bytes = 0;
	got = ninep_call_readdir(handle->fid, offset_of(file->position - DIRECTORY_DOTS), handle->entries, room);
	if (got <= 0)
		return (int)got;
	handle->entries_bytes = (uint32_t)got;
	handle->entries_position = file->position;
	return 1;
}

static bool is_dot(const struct ninep_entry *entry)
{
	return entry->name[0] == '.' && (entry->name_bytes == 1 || (entry->name_bytes == 2 && entry->name[1] == '.'));
}

/* Hand over what the buffer holds: 1 when all of it went, 0 when the sink is full, -EIO. */
static int deliver(struct file *file, struct ninep_handle *handle, struct dir_sink *sink)
{
	uint32_t at = handle->entries_at;
	struct ninep_entry entry;
	int more;

	while ((more = ninep_next_entry(handle->entries, handle->entries_bytes, &at, &entry)) > 0) {
		uint64_t next = position_of(entry.next);

		if (!is_dot(&entry) &&
		    !sink->entry(sink, entry.name, entry.name_bytes, entry.qid.path, entry.type, next))
			return 0;
		handle->entries_at = at;
		handle->entries_position = file->position = next + DIRECTORY_DOTS;
	}
	return more < 0 ? more : 1;
}

static int ninep_readdir(struct file *file, struct dir_sink *sink)
{
	struct ninep_handle *handle = ninep_handle_of(file);
	int result = 1;

	if (!directory_put_dots(file, sink))
		return 0;
	while (result > 0) {
		result = read_ahead(file, handle);
		if (result > 0)
			result = deliver(file, handle, sink);
	}
	return result;
}

/* Whoever goes back wants what is there now. */
static off_t ninep_directory_seek(struct file *file, off_t offset, int whence)
{
	struct ninep_handle *handle = ninep_handle_of(file);

	handle->entries_at = handle->entries_bytes = 0;
	return directory_file_ops.seek(file, offset, whence);
}

const struct file_ops ninep_directory_file_ops = {
	.name = "directory",
	.open = ninep_handle_open,
	.release = ninep_handle_release,
	.seek = ninep_directory_seek,
	.readdir = ninep_readdir,
	.fsync = ninep_fsync,
};
