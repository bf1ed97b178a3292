/* The bytes of 9P2000.L, see ninep_wire.h. */
#include "fs/ninep_wire.h"

#ifdef NAMU_HOST_TEST
#include <sys/stat.h>
#else
#include <linux/stat.h>
#endif

#include "lib/errno.h"
#include "lib/string.h"

#define ERRNO_MAX 4095u
#define TYPE_MAX  15u /* DT_* are below */

void ninep_begin(struct ninep_writer *writer, void *data, uint32_t room, enum ninep_type type)
{
	*writer = (struct ninep_writer){.data = data, .room = room, .bytes = NINEP_HEAD_BYTES};
	writer->data[4] = (uint8_t)type;
}

static void put_bytes(struct ninep_writer *writer, const void *from, uint32_t bytes)
{
	if (writer->is_full || writer->room - writer->bytes < bytes) {
		writer->is_full = true;
		return;
	}
	memcpy(writer->data + writer->bytes, from, bytes);
	writer->bytes += bytes;
}

void ninep_put_u16(struct ninep_writer *writer, uint16_t value)
{
	put_bytes(writer, &value, sizeof(value));
}

void ninep_put_u32(struct ninep_writer *writer, uint32_t value)
{
	put_bytes(writer, &value, sizeof(value));
}

void ninep_put_u64(struct ninep_writer *writer, uint64_t value)
{
	put_bytes(writer, &value, sizeof(value));
}

void ninep_put_text(struct ninep_writer *writer, const char *text)
{
	size_t bytes = strlen(text);

	if (bytes > UINT16_MAX) {
		writer->is_full = true;
		return;
	}
	ninep_put_u16(writer, (uint16_t)bytes);
	put_bytes(writer, text, (uint32_t)bytes);
}

int ninep_finish(struct ninep_writer *writer, uint16_t tag, uint32_t data_bytes)
{
	uint32_t total = writer->bytes + data_bytes;

	memcpy(writer->data, &total, sizeof(total));
	memcpy(writer->data + 5, &tag, sizeof(tag));
	return writer->is_full ? -ENAMETOOLONG : 0;
}

static bool take(struct ninep_reader *reader, void *to, uint32_t bytes)
{
	if (reader->is_bad || reader->bytes - reader->at < bytes) {
		reader->is_bad = true;
		memset(to, 0, bytes);
		return false;
	}
	memcpy(to, reader->data + reader->at, bytes);
	reader->at += bytes;
	return true;
}

static uint8_t get_u8(struct ninep_reader *reader)
{
	uint8_t value;

	take(reader, &value, sizeof(value));
	return value;
}

uint16_t ninep_get_u16(struct ninep_reader *reader)
{
	uint16_t value;

	take(reader, &value, sizeof(value));
	return value;
}

uint32_t ninep_get_u32(struct ninep_reader *reader)
{
	uint32_t value;

	take(reader, &value, sizeof(value));
	return value;
}

uint64_t ninep_get_u64(struct ninep_reader *reader)
{
	uint64_t value;

	take(reader, &value, sizeof(value));
	return value;
}

void ninep_get_qid(struct ninep_reader *reader, struct ninep_qid *qid)
{
	qid->type = get_u8(reader);
	qid->version = ninep_get_u32(reader);
	qid->path = ninep_get_u64(reader);
}

ssize_t ninep_get_text(struct ninep_reader *reader, char *to, size_t room)
{
	uint16_t bytes = ninep_get_u16(reader);

	if (reader->is_bad || bytes >= room || !take(reader, to, bytes) || memchr(to, 0, bytes)) {
		reader->is_bad = true;
		return -EIO;
	}
	to[bytes] = 0;
	return bytes;
}

int ninep_close_reply(const struct ninep_reader *reader)
{
	return reader->is_bad || reader->at != reader->bytes ? -EIO : 0;
}

int ninep_open_reply(struct ninep_reader *reader, const void *data, uint32_t room, uint32_t bytes, enum ninep_type type,
		     uint16_t tag)
{
	*reader = (struct ninep_reader){.data = data, .bytes = room < bytes ? room : bytes};
	uint32_t total = ninep_get_u32(reader);
	uint8_t got = get_u8(reader);
	uint16_t got_tag = ninep_get_u16(reader);

	if (reader->is_bad || total != bytes || got_tag != tag)
		return -EIO;
	if (got == NINEP_LERROR + 1) {
		uint32_t error = ninep_get_u32(reader);
		return ninep_close_reply(reader) || error == 0 || error > ERRNO_MAX ? -EIO : -(int)error;
	}
	return got == type + 1 ? 0 : -EIO;
}

static void get_time(struct ninep_reader *reader, struct ninep_time *time)
{
	time->sec = ninep_get_u64(reader);
	time->nsec = ninep_get_u64(reader);
	if (time->nsec >= 1000000000u)
		reader->is_bad = true;
}

/* The two descriptions of the type must say the same. */
static bool type_agrees(const struct ninep_attributes *attributes)
{
	switch (attributes->mode & S_IFMT) {
	case S_IFDIR:
		return attributes->qid.type & NINEP_QID_DIR;
	case S_IFLNK:
		return attributes->qid.type & NINEP_QID_SYMLINK;
	case S_IFREG:
	case S_IFCHR:
	case S_IFBLK:
	case S_IFIFO:
	case S_IFSOCK:
		return !(attributes->qid.type & (NINEP_QID_DIR | NINEP_QID_SYMLINK));
	}
	return false;
}

int ninep_read_attributes(struct ninep_reader *reader, struct ninep_attributes *attributes)
{
	uint64_t valid = ninep_get_u64(reader);
	struct ninep_time unused;

	ninep_get_qid(reader, &attributes->qid);
	attributes->mode = ninep_get_u32(reader);
	attributes->uid = ninep_get_u32(reader);
	attributes->gid = ninep_get_u32(reader);
	attributes->nlink = ninep_get_u64(reader);
	attributes->device = ninep_get_u64(reader);
	attributes->size = ninep_get_u64(reader);
	attributes->block_bytes = ninep_get_u64(reader);
	attributes->blocks = ninep_get_u64(reader);
	get_time(reader, &attributes->atime);
	get_time(reader, &attributes->mtime);
	get_time(reader, &attributes->ctime);
	get_time(reader, &unused); /* birth, generation and version: no server gives them */
	(void)ninep_get_u64(reader);
	(void)ninep_get_u64(reader);
	if (ninep_close_reply(reader) || (valid & NINEP_GETATTR_BASIC) != NINEP_GETATTR_BASIC ||
	    !type_agrees(attributes) || (attributes->mode & ~(uint32_t)(S_IFMT | 07777)) ||
	    attributes->size > INT64_MAX || attributes->nlink > UINT32_MAX)
		return -EIO;
	return 0;
}

int ninep_read_statfs(struct ninep_reader *reader, struct ninep_statfs *statfs)
{
	statfs->type = ninep_get_u32(reader);
	statfs->block_bytes = ninep_get_u32(reader);
	statfs->blocks = ninep_get_u64(reader);
	statfs->blocks_free = ninep_get_u64(reader);
	statfs->blocks_available = ninep_get_u64(reader);
	statfs->files = ninep_get_u64(reader);
	statfs->files_free = ninep_get_u64(reader);
	(void)ninep_get_u64(reader);
	statfs->name_max = ninep_get_u32(reader);
	return ninep_close_reply(reader);
}

int ninep_read_walk(struct ninep_reader *reader, unsigned wanted, struct ninep_qid *qid)
{
	unsigned found = ninep_get_u16(reader);

	if (found > wanted)
		return -EIO;
	for (unsigned i = 0; i < found; i++)
		ninep_get_qid(reader, qid);
	if (ninep_close_reply(reader))
		return -EIO;
	return found < wanted ? -ENOENT : 0;
}

int ninep_next_entry(const uint8_t *data, uint32_t bytes, uint32_t *at, struct ninep_entry *entry)
{
	struct ninep_reader reader = {.data = data, .bytes = bytes, .at = *at};
	uint16_t name_bytes;

	if (*at >= bytes)
		return 0;
	ninep_get_qid(&reader, &entry->qid);
	entry->next = ninep_get_u64(&reader);
	entry->type = get_u8(&reader);
	name_bytes = ninep_get_u16(&reader);
	if (reader.is_bad || name_bytes == 0 || name_bytes > NINEP_NAME_MAX || bytes - reader.at < name_bytes ||
	    entry->type > TYPE_MAX || entry->next > INT64_MAX)
		return -EIO;
	entry->name = (const char *)data + reader.at;
	entry->name_bytes = (uint8_t)name_bytes;
	if (memchr(entry->name, 0, name_bytes) || memchr(entry->name, '/', name_bytes))
		return -EIO;
	*at = reader.at + name_bytes;
	return 1;
}
