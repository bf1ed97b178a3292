/* Parts of an EROFS image as bytes: numbers, directories, extended attributes. Private to the writer. */
#ifndef HOST_EROFS_PARTS_H
#define HOST_EROFS_PARTS_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "files.h"
#include "merge.h"

#define SLOT_BYTES   32u /* what inode numbers count */
#define XATTR_HEADER 12u

static inline void put_u16(unsigned char *at, uint16_t value)
{
	value = htole16(value);
	memcpy(at, &value, sizeof(value));
}

static inline void put_u32(unsigned char *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, sizeof(value));
}

static inline void put_u64(unsigned char *at, uint64_t value)
{
	value = htole64(value);
	memcpy(at, &value, sizeof(value));
}

/* An inode's attributes as they follow it; empty when it has none. 0, or -EFBIG when they are too large. */
int erofs_pack_attributes(const struct inode *inode, struct bytes *packed);

/* The size of a directory. */
uint64_t erofs_directory_bytes(const struct node *node);

/* Its entries, once all inodes have their places; `to` has room for whole blocks of zeros. */
void erofs_pack_directory(const struct node *node, unsigned char *to);

#endif
