/* Directories and extended attributes as EROFS has them. */
#include "erofs_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "erofs_write.h"
#include "say.h"

#define BLOCK       EROFS_BLOCK_BYTES
#define ENTRY_BYTES 12u
#define XATTRS_MOST 65536u /* in one inode; the format would take four times as much */

/* The number of a name's prefix, and what follows it; 0 when the format has none for it. */
static unsigned char attribute_prefix(const char *name, const char **rest)
{
	static const struct {
		const char *prefix;
		unsigned char index;
	} prefixes[] = {
		{"user.", 1},     {"system.posix_acl_access", 2}, {"system.posix_acl_default", 3}, {"trusted.", 4},
		{"security.", 6},
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t bytes = strlen(prefixes[i].prefix);

		if (strncmp(name, prefixes[i].prefix, bytes) == 0) {
			*rest = name + bytes;
			return prefixes[i].index;
		}
	}
	return 0;
}

int erofs_pack_attributes(const struct inode *inode, struct bytes *packed)
{
	static const unsigned char header[XATTR_HEADER];

	for (size_t i = 0; i < inode->attribute_count; i++) {
		const struct attribute *attribute = &inode->attributes[i];
		const char *rest;
		unsigned char head[4] = {0};

		head[1] = attribute_prefix(attribute->name, &rest);
		if (!head[1])
			continue;
		if (strlen(rest) > UINT8_MAX || attribute->value_bytes > UINT16_MAX)
			return -EFBIG;
		if (packed->count == 0)
			bytes_add(packed, header, sizeof(header));
		head[0] = (unsigned char)strlen(rest);
		put_u16(head + 2, (uint16_t)attribute->value_bytes);
		bytes_add(packed, head, sizeof(head));
		bytes_add(packed, rest, head[0]);
		bytes_add(packed, attribute->value, attribute->value_bytes);
		bytes_add(packed, header, -packed->count & 3);
	}
	return packed->count > XATTRS_MOST ? -EFBIG : 0;
}

/* One entry of a directory before it is packed. */
struct entry {
	const char *name;
	const struct inode *inode;
};

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

/* The entries of a directory in the order of the format: by their bytes, "." and ".." among them. */
static struct entry *entries_of(const struct node *node, size_t *count)
{
	struct entry *entries = must_alloc((node->child_count + 2) * sizeof(*entries));

	entries[0] = (struct entry){".", node->inode};
	entries[1] = (struct entry){"..", node->parent->inode};
	for (size_t i = 0; i < node->child_count; i++)
		entries[i + 2] = (struct entry){node->children[i]->name, node->children[i]->inode};
	*count = node->child_count + 2;
	qsort(entries, *count, sizeof(*entries), compare_entries);
	return entries;
}

/* How many entries from `first` on fit into one block, and the bytes they take. */
static size_t entries_in_block(const struct entry *entries, size_t first, size_t count, size_t *bytes)
{
	size_t next = first;

	for (*bytes = 0; next < count; next++) {
		size_t more = ENTRY_BYTES + strlen(entries[next].name);

		if (*bytes + more > BLOCK)
			break;
		*bytes += more;
	}
	return next - first;
}

uint64_t erofs_directory_bytes(const struct node *node)
{
	size_t count, bytes = 0;
	struct entry *entries = entries_of(node, &count);
	uint64_t blocks = 0;

	for (size_t at = 0; at < count; blocks++)
		at += entries_in_block(entries, at, count, &bytes);
	free(entries);
	return (blocks - 1) * BLOCK + bytes;
}

static unsigned char type_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return 1;
	case S_IFDIR:
		return 2;
	case S_IFCHR:
		return 3;
	case S_IFBLK:
		return 4;
	case S_IFIFO:
		return 5;
	case S_IFSOCK:
		return 6;
	default:
		return 7;
	}
}

void erofs_pack_directory(const struct node *node, unsigned char *to)
{
	size_t count, bytes;
	struct entry *entries = entries_of(node, &count);

	for (size_t at = 0; at < count; to += BLOCK) {
		size_t here = entries_in_block(entries, at, count, &bytes);
		size_t name_at = here * ENTRY_BYTES;

		for (size_t i = 0; i < here; i++, at++) {
			unsigned char *entry = to + i * ENTRY_BYTES;
			size_t name_bytes = strlen(entries[at].name);

			put_u64(entry, entries[at].inode->place / SLOT_BYTES);
			put_u16(entry + 8, (uint16_t)name_at);
			entry[10] = type_of(entries[at].inode->mode);
			memcpy(to + name_at, entries[at].name, name_bytes);
			name_at += name_bytes;
		}
	}
	free(entries);
}
