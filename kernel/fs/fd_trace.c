/*
 * What the trace tells of a descriptor when it is made: the object that messages go through, and a name to show.
 */
#include "fs/fd_table.h"
#include "lib/string.h"

#define NAME_ROOM  256u
#define NAME_BYTES 96u

/* The object as SEND, RECEIVE and the reasons of waits name it. */
static uint64_t object_of(const struct file *file)
{
	if (file->ops->message_kind == MESSAGE_POSIX_QUEUE)
		return file->inode->ino;
	return file->ops->message_kind || file->ops->message_kind_of ? (uint64_t)file->private_data
								     : (uint64_t)file->inode;
}

static uint8_t kind_of(const struct file *file)
{
	return file->ops->message_kind_of ? file->ops->message_kind_of(file) : file->ops->message_kind;
}

/* Not called under locks: a name is looked up. Of a long one the end is told. */
void fd_trace_object(const struct file *file)
{
	const uint64_t words[4] = {(uint64_t)file_process_hook(), (uint64_t)file, object_of(file), kind_of(file)};
	const char *name = file->ops->name;
	char room[NAME_ROOM];

	if (file->path.dentry) {
		const char *path = path_text(&file->path, room, sizeof(room));
		if (!is_err(path))
			name = path;
	}
	if (!name)
		name = "";
	size_t bytes = strlen(name), skipped = bytes > NAME_BYTES ? bytes - NAME_BYTES : 0;
	trace_record_bytes(TRACE_FD_OBJECT, words, name + skipped, bytes - skipped);
}
