/*
 * Where the fields of an EROFS image stand: byte offsets within their structure, all numbers little-endian. Private to
 * the reader.
 */
#ifndef NAMU_FS_EROFS_FORMAT_H
#define NAMU_FS_EROFS_FORMAT_H

#include "lib/types.h"

#ifdef NAMU_HOST_TEST
#include <sys/stat.h>
#else
#include <linux/stat.h>
#endif

#define EROFS_MAGIC    0xe0f5e1e2u
#define BLOCK_BITS_MIN 9
#define BLOCK_BITS_MAX 16

/* the superblock */
#define SUPER_OFFSET         1024u /* in the image */
#define SUPER_BYTES          128u
#define SUPER_MAGIC          0
#define SUPER_CHECKSUM       4
#define SUPER_COMPATIBLE     8
#define SUPER_BLOCK_BITS     12
#define SUPER_ROOT_NID       14
#define SUPER_INODES         16
#define SUPER_BUILD_SEC      24
#define SUPER_BUILD_NSEC     32
#define SUPER_BLOCKS         36
#define SUPER_META_BLOCK     40
#define SUPER_XATTR_BLOCK    44
#define SUPER_INCOMPATIBLE   80
#define SUPER_DIR_BLOCK_BITS 90

#define COMPATIBLE_CHECKSUM     0x1u
#define INCOMPATIBLE_COMPRESSED 0x3u /* padded LZ4 blocks; configurations of other algorithms */
#define INCOMPATIBLE_CHUNKS     0x4u
#define INCOMPATIBLE_KNOWN      INCOMPATIBLE_CHUNKS

/* inodes: the number counts slots of 32 bytes from the metadata block on */
#define NID_BYTES         32u
#define INODE_FORMAT      0
#define INODE_XATTR_COUNT 2
#define INODE_MODE        4
#define INODE_UNION       16 /* first block, device number or chunk format */

/* extended attributes behind an inode: a header, numbers of shared ones, then its own */
#define XATTR_HEADER_BYTES 12u
#define XATTR_SHARED_COUNT 4
#define XATTR_ID_BYTES     4u /* shared ones are numbered by where they stand, in units of 4 bytes */
#define XATTR_ALIGN        4u
#define XATTR_ENTRY_BYTES  4u
#define XATTR_ENTRY_NAME   0 /* bytes of the name */
#define XATTR_ENTRY_SPACE  1
#define XATTR_ENTRY_VALUE  2 /* bytes of the value */

#define FORMAT_EXTENDED    1u
#define FORMAT_LAYOUT_MASK 7u
#define FORMAT_USED_BITS   4

#define COMPACT_BYTES 32u
#define COMPACT_NLINK 6
#define COMPACT_SIZE  8
#define COMPACT_UID   24
#define COMPACT_GID   26

#define EXTENDED_BYTES      64u
#define EXTENDED_SIZE       8
#define EXTENDED_UID        24
#define EXTENDED_GID        28
#define EXTENDED_MTIME      32
#define EXTENDED_MTIME_NSEC 40
#define EXTENDED_NLINK      44

#define LAYOUT_FLAT_PLAIN         0
#define LAYOUT_COMPRESSED_FULL    1
#define LAYOUT_FLAT_INLINE        2
#define LAYOUT_COMPRESSED_COMPACT 3
#define LAYOUT_CHUNKS             4

/* files in chunks */
#define CHUNK_BITS_MASK    0x1fu /* of a chunk, above the block's */
#define CHUNK_LONG_ENTRIES 0x20u
#define CHUNK_ENTRY_DEVICE 2
#define CHUNK_ENTRY_BLOCK  4
#define CHUNK_HOLE         UINT32_MAX

/* directory blocks: entries first, then their names; the first name's offset tells how many entries there are */
#define ENTRY_BYTES       12u
#define ENTRY_NAME_OFFSET 8
#define ENTRY_TYPE        10

static inline uint16_t read_u16(const uint8_t *from)
{
	return (uint16_t)(from[0] | from[1] << 8);
}
static inline uint32_t read_u32(const uint8_t *from)
{
	return (uint32_t)read_u16(from) | (uint32_t)read_u16(from + 2) << 16;
}
static inline uint64_t read_u64(const uint8_t *from)
{
	return (uint64_t)read_u32(from) | (uint64_t)read_u32(from + 4) << 32;
}

#endif
