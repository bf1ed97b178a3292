/* The EROFS image: superblock, inodes, and where the contents of a file lie. Directories are in erofs_dir.c. */
#include "fs/erofs.h"

#include "fs/erofs_format.h"
#include "lib/errno.h"
#include "lib/string.h"

/* What an inode may use of a file's size: sizes are signed for programs. */
#define SIZE_LIMIT ((uint64_t)INT64_MAX)

static bool is_inside(const struct erofs_image *image, uint64_t offset, uint64_t bytes)
{
	return offset <= image->bytes && bytes <= image->bytes - offset;
}

/* CRC-32C, four bits at a time: the table is small and the checked part is one block. */
static uint32_t crc32c_add(uint32_t crc, const uint8_t *data, uint64_t bytes)
{
	static const uint32_t table[16] = {
		0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
		0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
	};

	for (uint64_t i = 0; i < bytes; i++) {
		crc ^= data[i];
		crc = (crc >> 4) ^ table[crc & 15];
		crc = (crc >> 4) ^ table[crc & 15];
	}
	return crc;
}

/* The checksum covers the first block from the superblock on, its own four bytes counted as zeros. */
static bool checksum_is_right(const uint8_t *super, uint64_t bytes)
{
	static const uint8_t zeros[4];
	uint32_t crc = crc32c_add(UINT32_MAX, super, SUPER_CHECKSUM);

	crc = crc32c_add(crc, zeros, sizeof(zeros));
	crc = crc32c_add(crc, super + SUPER_CHECKSUM + 4, bytes - SUPER_CHECKSUM - 4);
	return crc == read_u32(super + SUPER_CHECKSUM);
}

/* The reason why this superblock cannot be used, or null. */
static const char *superblock_fault(const uint8_t *super, uint64_t bytes)
{
	uint8_t block_bits = super[SUPER_BLOCK_BITS];
	uint32_t incompatible = read_u32(super + SUPER_INCOMPATIBLE);

	if (read_u32(super + SUPER_MAGIC) != EROFS_MAGIC)
		return "it is not an EROFS image";
	if (block_bits < BLOCK_BITS_MIN || block_bits > BLOCK_BITS_MAX)
		return "its block size is out of range";
	if (incompatible & INCOMPATIBLE_COMPRESSED)
		return "it is compressed; make it without compression";
	if (incompatible & ~(uint32_t)INCOMPATIBLE_KNOWN)
		return "it uses EROFS features that are not known here";
	if (super[SUPER_DIR_BLOCK_BITS] != 0)
		return "its directory blocks have an unknown size";
	if ((uint64_t)read_u32(super + SUPER_BLOCKS) << block_bits > bytes)
		return "it is truncated: shorter than its superblock says";
	if (read_u32(super + SUPER_BLOCKS) == 0 || (1ull << block_bits) > bytes)
		return "its size is out of range";
	if ((read_u32(super + SUPER_COMPATIBLE) & COMPATIBLE_CHECKSUM) && (1ull << block_bits) > SUPER_OFFSET &&
	    !checksum_is_right(super, (1ull << block_bits) - SUPER_OFFSET))
		return "the checksum of its superblock is wrong";
	return NULL;
}

int erofs_open(struct erofs_image *image, const void *base, uint64_t bytes, const char **why)
{
	const uint8_t *super = (const uint8_t *)base + SUPER_OFFSET;
	struct erofs_node root;

	*why = "it is too short for an EROFS image";
	if (bytes < SUPER_OFFSET + SUPER_BYTES)
		return -EINVAL;
	*why = superblock_fault(super, bytes);
	if (*why)
		return -EINVAL;
	image->base = base;
	image->block_bits = super[SUPER_BLOCK_BITS];
	image->bytes = (uint64_t)read_u32(super + SUPER_BLOCKS) << image->block_bits;
	image->meta_offset = (uint64_t)read_u32(super + SUPER_META_BLOCK) << image->block_bits;
	image->xattr_offset = (uint64_t)read_u32(super + SUPER_XATTR_BLOCK) << image->block_bits;
	image->root_nid = read_u16(super + SUPER_ROOT_NID);
	image->inode_count = read_u64(super + SUPER_INODES);
	image->build_sec = (int64_t)read_u64(super + SUPER_BUILD_SEC);
	image->build_nsec = read_u32(super + SUPER_BUILD_NSEC);
	if (image->build_nsec >= NS_PER_SEC)
		image->build_nsec = 0;
	if (image->bytes < SUPER_OFFSET + SUPER_BYTES || image->meta_offset >= image->bytes) {
		*why = "its inodes lie outside of it";
		return -EINVAL;
	}
	if (erofs_read_node(image, image->root_nid, &root) || !S_ISDIR(root.mode)) {
		*why = "its root directory is damaged";
		return -EINVAL;
	}
	return 0;
}

/* Fill the fields that the short form of an inode has. */
static void read_compact(const struct erofs_image *image, const uint8_t *raw, struct erofs_node *node)
{
	node->nlink = read_u16(raw + COMPACT_NLINK);
	node->size = read_u32(raw + COMPACT_SIZE);
	node->uid = read_u16(raw + COMPACT_UID);
	node->gid = read_u16(raw + COMPACT_GID);
	node->mtime_sec = image->build_sec;
	node->mtime_nsec = image->build_nsec;
}

static void read_extended(const uint8_t *raw, struct erofs_node *node)
{
	node->nlink = read_u32(raw + EXTENDED_NLINK);
	node->size = read_u64(raw + EXTENDED_SIZE);
	node->uid = read_u32(raw + EXTENDED_UID);
	node->gid = read_u32(raw + EXTENDED_GID);
	node->mtime_sec = (int64_t)read_u64(raw + EXTENDED_MTIME);
	node->mtime_nsec = read_u32(raw + EXTENDED_MTIME_NSEC);
	if (node->mtime_nsec >= NS_PER_SEC)
		node->mtime_nsec = 0;
}

/* Contents in one run, with or without the rest behind the inode. */
static int check_flat(const struct erofs_image *image, struct erofs_node *node, uint32_t union_word, uint64_t behind)
{
	uint64_t tail = node->size & ((1ull << image->block_bits) - 1);

	node->data_offset = (uint64_t)union_word << image->block_bits;
	if (node->layout == EROFS_PLAIN || tail == 0) {
		node->layout = EROFS_PLAIN;
		return node->size == 0 || is_inside(image, node->data_offset, node->size) ? 0 : -EUCLEAN;
	}
	node->tail_offset = behind;
	if (!is_inside(image, behind, tail))
		return -EUCLEAN;
	if (node->size > tail && !is_inside(image, node->data_offset, node->size - tail))
		return -EUCLEAN;
	return 0;
}

static int check_chunks(const struct erofs_image *image, struct erofs_node *node, uint32_t union_word, uint64_t behind)
{
	uint64_t entry_bytes, chunks;

	if ((union_word & 0xffff) & ~(uint32_t)(CHUNK_BITS_MASK | CHUNK_LONG_ENTRIES))
		return -EUCLEAN;
	node->has_long_entries = (union_word & CHUNK_LONG_ENTRIES) != 0;
	node->chunk_bits = (uint8_t)(image->block_bits + (union_word & CHUNK_BITS_MASK));
	entry_bytes = node->has_long_entries ? 8 : 4;
	chunks = (node->size >> node->chunk_bits) + ((node->size & ((1ull << node->chunk_bits) - 1)) != 0);
	node->data_offset = ALIGN_UP(behind, entry_bytes);
	if (chunks > image->bytes || !is_inside(image, node->data_offset, chunks * entry_bytes))
		return -EUCLEAN;
	return 0;
}

static int check_contents(const struct erofs_image *image, struct erofs_node *node, unsigned layout,
			  uint32_t union_word, uint64_t behind)
{
	if (node->size > SIZE_LIMIT)
		return -EUCLEAN;
	switch (layout) {
	case LAYOUT_FLAT_PLAIN:
		node->layout = EROFS_PLAIN;
		return check_flat(image, node, union_word, behind);
	case LAYOUT_FLAT_INLINE:
		node->layout = EROFS_INLINE;
		return check_flat(image, node, union_word, behind);
	case LAYOUT_CHUNKS:
		node->layout = EROFS_CHUNKS;
		return check_chunks(image, node, union_word, behind);
	case LAYOUT_COMPRESSED_FULL:
	case LAYOUT_COMPRESSED_COMPACT:
		return -EOPNOTSUPP;
	}
	return -EUCLEAN;
}

int erofs_read_node(const struct erofs_image *image, uint64_t nid, struct erofs_node *node)
{
	uint64_t offset, behind;
	const uint8_t *raw;
	uint32_t format, xattr_count, union_word;

	if (nid >= image->bytes / NID_BYTES)
		return -EUCLEAN;
	offset = image->meta_offset + nid * NID_BYTES;
	if (!is_inside(image, offset, COMPACT_BYTES))
		return -EUCLEAN;
	raw = image->base + offset;
	format = read_u16(raw + INODE_FORMAT);
	if (format >> FORMAT_USED_BITS)
		return -EUCLEAN;
	behind = offset + COMPACT_BYTES;
	*node = (struct erofs_node){.nid = nid, .mode = read_u16(raw + INODE_MODE)};
	if (format & FORMAT_EXTENDED) {
		if (!is_inside(image, offset, EXTENDED_BYTES))
			return -EUCLEAN;
		behind = offset + EXTENDED_BYTES;
		read_extended(raw, node);
	} else {
		read_compact(image, raw, node);
	}
	xattr_count = read_u16(raw + INODE_XATTR_COUNT);
	if (xattr_count) {
		node->xattr_offset = behind;
		node->xattr_bytes = XATTR_HEADER_BYTES + XATTR_ID_BYTES * (xattr_count - 1);
		if (!is_inside(image, behind, node->xattr_bytes))
			return -EUCLEAN;
		behind += node->xattr_bytes;
	}
	union_word = read_u32(raw + INODE_UNION);

	switch (node->mode & S_IFMT) {
	case S_IFREG:
	case S_IFDIR:
	case S_IFLNK:
		return check_contents(image, node, (format >> 1) & FORMAT_LAYOUT_MASK, union_word, behind);
	case S_IFCHR:
	case S_IFBLK:
		node->device = union_word;
		break;
	case S_IFIFO:
	case S_IFSOCK:
		break;
	default:
		return -EUCLEAN;
	}
	node->size = 0;
	return 0;
}

static int chunk_extent(const struct erofs_image *image, const struct erofs_node *node, uint64_t offset,
			const uint8_t **data, uint64_t *bytes)
{
	uint64_t chunk = offset >> node->chunk_bits;
	uint64_t within = offset & ((1ull << node->chunk_bits) - 1);
	uint64_t run = MIN((1ull << node->chunk_bits) - within, node->size - offset);
	const uint8_t *entry = image->base + node->data_offset + chunk * (node->has_long_entries ? 8 : 4);
	uint32_t block = read_u32(node->has_long_entries ? entry + CHUNK_ENTRY_BLOCK : entry);
	uint64_t start = ((uint64_t)block << image->block_bits) + within;

	*bytes = run;
	*data = NULL;
	if (block == CHUNK_HOLE)
		return 0;
	if (node->has_long_entries && read_u16(entry + CHUNK_ENTRY_DEVICE) != 0)
		return -EUCLEAN;
	if (!is_inside(image, start, run))
		return -EUCLEAN;
	*data = image->base + start;
	return 0;
}

int erofs_extent(const struct erofs_image *image, const struct erofs_node *node, uint64_t offset, const uint8_t **data,
		 uint64_t *bytes)
{
	uint64_t tail_start;

	*bytes = 0;
	*data = NULL;
	if (offset >= node->size)
		return 0;
	if (node->layout == EROFS_CHUNKS)
		return chunk_extent(image, node, offset, data, bytes);
	tail_start = node->size;
	if (node->layout == EROFS_INLINE)
		tail_start = ALIGN_DOWN(node->size, 1ull << image->block_bits);
	if (offset < tail_start) {
		*data = image->base + node->data_offset + offset;
		*bytes = tail_start - offset;
	} else {
		*data = image->base + node->tail_offset + (offset - tail_start);
		*bytes = node->size - offset;
	}
	return 0;
}

ssize_t erofs_read(const struct erofs_image *image, const struct erofs_node *node, uint64_t offset, void *to,
		   size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		const uint8_t *data;
		uint64_t run;
		int error = erofs_extent(image, node, offset + done, &data, &run);

		if (error)
			return error;
		if (run == 0)
			break;
		run = MIN(run, (uint64_t)(bytes - done));
		if (data)
			memcpy((uint8_t *)to + done, data, run);
		else
			memset((uint8_t *)to + done, 0, run);
		done += run;
	}
	return (ssize_t)done;
}
