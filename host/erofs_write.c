/*
 * The EROFS writer; the format is that of Linux's Documentation/filesystems/erofs.rst. All inodes are extended ones. A
 * symbolic link's target and a small directory follow their inode in its block; everything else has blocks of its own.
 */
#include "erofs_write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "erofs.h"
#include "erofs_parts.h"
#include "files.h"
#include "say.h"

#define BLOCK         EROFS_BLOCK_BYTES
#define INODE_BYTES   64u
#define SUPER_OFFSET  1024u
#define MAGIC         0xe0f5e1e2u
#define HAS_CHECKSUM  1u
#define LAYOUT_PLAIN  0u
#define LAYOUT_INLINE 2u
/* The root's number has 16 bits, and number 0 means none to some readers: it comes first, behind an empty place. */
#define FIRST_PLACE 64u

/* The inodes and directories being laid out. */
struct layout_run {
	struct erofs_writer *writer;
	struct node **directories; /* in the order of their inodes */
	size_t count, room;
	struct bytes inodes;    /* the metadata area */
	struct bytes blocks;    /* contents of directories and long link targets, which follow it */
	uint64_t meta_block;    /* first of the metadata area */
	uint64_t content_block; /* first behind it */
	uint64_t inode_count;
};

static uint64_t blocks_of(uint64_t bytes)
{
	return (bytes + BLOCK - 1) / BLOCK;
}

void erofs_write_begin(struct erofs_writer *writer, int fd)
{
	*writer = (struct erofs_writer){.fd = fd, .blocks = 1};
}

uint64_t erofs_write_room(struct erofs_writer *writer, uint64_t bytes)
{
	uint64_t first = writer->blocks;

	if (bytes > EROFS_MOST_BYTES || (first + blocks_of(bytes)) * BLOCK > EROFS_MOST_BYTES)
		return 0;
	writer->blocks += blocks_of(bytes);
	return first;
}

static int write_at(int fd, uint64_t offset, const void *data, size_t bytes)
{
	const char *from = data;

	while (bytes > 0) {
		ssize_t n = pwrite(fd, from, bytes, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		from += n;
		offset += (uint64_t)n;
		bytes -= (size_t)n;
	}
	return 0;
}

int erofs_write_data(struct erofs_writer *writer, uint64_t block, uint64_t offset, const void *data, size_t bytes)
{
	const char *from = data;

	/* What is zero is a hole already, and takes no room on the disk. */
	if (bytes == 0 || (from[0] == 0 && memcmp(from, from + 1, bytes - 1) == 0))
		return 0;
	return write_at(writer->fd, block * BLOCK + offset, data, bytes);
}

void erofs_write_drop(struct erofs_writer *writer, uint64_t block, uint64_t bytes)
{
	/* Where holes cannot be made, the contents stay and do no harm. */
	(void)fallocate(writer->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)(block * BLOCK),
			(off_t)(blocks_of(bytes) * BLOCK));
}

/* Where an inode's contents go, and how much room it takes with what follows it. */
struct plan {
	uint64_t size; /* as stat tells it */
	uint64_t inline_bytes;
	uint64_t block; /* of contents elsewhere; counted from the first behind the metadata for names and targets */
	struct bytes attributes;
};

static int plan_inode(const struct node *node, struct plan *plan)
{
	const struct inode *inode = node->inode;

	*plan = (struct plan){0};
	int error = erofs_pack_attributes(inode, &plan->attributes);

	if (error)
		return error;
	if (S_ISREG(inode->mode))
		plan->size = inode->bytes;
	else if (S_ISDIR(inode->mode))
		plan->size = erofs_directory_bytes(node);
	else if (S_ISLNK(inode->mode))
		plan->size = strlen(inode->target);
	if (!S_ISREG(inode->mode) && INODE_BYTES + plan->attributes.count + plan->size <= BLOCK)
		plan->inline_bytes = plan->size;
	return 0;
}

/* Zeros up to where an inode with its contents in its own block may begin. */
static void align_inode(struct bytes *inodes, const struct plan *plan)
{
	static const unsigned char zeros[BLOCK];
	size_t together = plan->inline_bytes ? INODE_BYTES + plan->attributes.count + plan->inline_bytes : INODE_BYTES;

	bytes_add(inodes, zeros, -inodes->count & (SLOT_BYTES - 1));
	if (inodes->count % BLOCK + together > BLOCK)
		bytes_add(inodes, zeros, -inodes->count & (BLOCK - 1));
}

static uint32_t device_number(const struct inode *inode)
{
	return (inode->device_minor & 0xff) | inode->device_major << 8 | (inode->device_minor & ~0xffu) << 12;
}

/* A directory's links are its own two and one from each directory in it. */
static uint32_t link_count(const struct node *node)
{
	uint32_t count = 2;

	if (!S_ISDIR(node->inode->mode))
		return node->inode->link_count;
	for (size_t i = 0; i < node->child_count; i++)
		count += S_ISDIR(node->children[i]->inode->mode) != 0;
	return count;
}

/* Writes an inode into the metadata; what its contents' place is, is known later for names and targets. */
static void emit_inode(struct layout_run *run, const struct node *node, const struct plan *plan)
{
	const struct inode *inode = node->inode;
	unsigned char raw[INODE_BYTES] = {0};
	size_t xattr_bytes = plan->attributes.count;
	uint32_t where = 0;

	if (S_ISREG(inode->mode))
		where = plan->size ? (uint32_t)inode->block : 0;
	else if (S_ISCHR(inode->mode) || S_ISBLK(inode->mode))
		where = device_number(inode);
	else
		where = (uint32_t)plan->block;
	put_u16(raw, (uint16_t)(1 | (plan->inline_bytes ? LAYOUT_INLINE : LAYOUT_PLAIN) << 1));
	put_u16(raw + 2, (uint16_t)(xattr_bytes ? (xattr_bytes - XATTR_HEADER) / 4 + 1 : 0));
	put_u16(raw + 4, (uint16_t)inode->mode);
	put_u64(raw + 8, plan->size);
	put_u32(raw + 16, where);
	put_u32(raw + 20, (uint32_t)++run->inode_count);
	put_u32(raw + 24, inode->uid);
	put_u32(raw + 28, inode->gid);
	put_u64(raw + 32, (uint64_t)inode->mtime_s);
	put_u32(raw + 40, inode->mtime_ns);
	put_u32(raw + 44, link_count(node));
	bytes_add(&run->inodes, raw, sizeof(raw));
	bytes_add(&run->inodes, plan->attributes.data, xattr_bytes);
}

static void zeros_add(struct bytes *bytes, uint64_t count)
{
	static const unsigned char zeros[BLOCK];

	for (; count > BLOCK; count -= BLOCK)
		bytes_add(bytes, zeros, BLOCK);
	bytes_add(bytes, zeros, count);
}

/* Lays out one inode, unless another of its names has done it. */
static int place_node(struct layout_run *run, struct node *node)
{
	struct inode *inode = node->inode;
	struct plan plan;

	if (inode->place)
		return 0;
	int error = plan_inode(node, &plan);

	if (error) {
		free(plan.attributes.data);
		return error;
	}
	align_inode(&run->inodes, &plan);
	inode->place = run->inodes.count;
	if (plan.size && !plan.inline_bytes && !S_ISREG(inode->mode)) {
		plan.block = run->blocks.count / BLOCK;
		/* Made known to directory_fill() and link targets' writer alike. */
		inode->block = plan.block;
		if (S_ISLNK(inode->mode))
			bytes_add(&run->blocks, inode->target, plan.size);
		zeros_add(&run->blocks, blocks_of(plan.size) * BLOCK - (S_ISLNK(inode->mode) ? plan.size : 0));
	}
	emit_inode(run, node, &plan);
	if (S_ISLNK(inode->mode) && plan.inline_bytes)
		bytes_add(&run->inodes, inode->target, plan.size);
	else
		zeros_add(&run->inodes, plan.inline_bytes);
	free(plan.attributes.data);
	return 0;
}

static int compare_nodes(const void *a, const void *b)
{
	return strcmp((*(struct node *const *)a)->name, (*(struct node *const *)b)->name);
}

/* Places all inodes, directory by directory: the inodes of one directory lie side by side. */
static int place_all(struct layout_run *run, struct node *root)
{
	int error = place_node(run, root);

	run->room = 64;
	run->directories = must_alloc(run->room * sizeof(struct node *));
	run->directories[run->count++] = root;
	for (size_t at = 0; at < run->count && !error; at++) {
		struct node *node = run->directories[at];

		if (node->child_count)
			qsort(node->children, node->child_count, sizeof(node->children[0]), compare_nodes);
		for (size_t i = 0; i < node->child_count && !error; i++) {
			struct node *child = node->children[i];

			child->place = i;
			error = place_node(run, child);
			if (!S_ISDIR(child->inode->mode))
				continue;
			if (run->count == run->room) {
				run->room *= 2;
				run->directories = must_grow(run->directories, run->room * sizeof(struct node *));
			}
			run->directories[run->count++] = child;
		}
	}
	return error;
}

/* Fills in a directory's entries, now that every inode has its place. */
static void directory_fill(struct layout_run *run, const struct node *node)
{
	unsigned char *inode = (unsigned char *)run->inodes.data + node->inode->place;
	bool is_inline = inode[0] >> 1 == LAYOUT_INLINE;
	uint64_t size = erofs_directory_bytes(node);
	unsigned char *packed = must_alloc(blocks_of(size) * BLOCK);
	uint32_t xattr_count = inode[2] | (uint32_t)inode[3] << 8;
	size_t behind = INODE_BYTES + (xattr_count ? XATTR_HEADER + (xattr_count - 1) * 4 : 0);

	erofs_pack_directory(node, packed);
	if (is_inline)
		memcpy(inode + behind, packed, size);
	else
		memcpy(run->blocks.data + node->inode->block * BLOCK, packed, blocks_of(size) * BLOCK);
	free(packed);
}

/* Adds where the blocks behind the metadata begin to every inode whose contents lie there. */
static void blocks_settle(struct layout_run *run, const struct node *node)
{
	unsigned char *inode = (unsigned char *)run->inodes.data + node->inode->place;
	bool is_elsewhere = (S_ISDIR(node->inode->mode) || S_ISLNK(node->inode->mode)) && inode[0] >> 1 == LAYOUT_PLAIN;

	if (is_elsewhere)
		put_u32(inode + 16, (uint32_t)(run->content_block + node->inode->block));
}

static int write_super(struct layout_run *run, const struct inode *root)
{
	unsigned char head[EROFS_HEAD_BYTES] = {0};
	unsigned char *super = head + SUPER_OFFSET;

	put_u32(super, MAGIC);
	put_u32(super + 8, HAS_CHECKSUM);
	super[12] = 12;
	put_u16(super + 14, (uint16_t)(root->place / SLOT_BYTES));
	put_u64(super + 16, run->inode_count);
	put_u32(super + 36, (uint32_t)run->writer->blocks);
	put_u32(super + 40, (uint32_t)run->meta_block);
	put_u32(super + 4, erofs_checksum(head));
	return write_at(run->writer->fd, 0, head, sizeof(head));
}

static int write_metadata(struct layout_run *run, struct merge *merge)
{
	struct erofs_writer *writer = run->writer;

	zeros_add(&run->inodes, -run->inodes.count & (BLOCK - 1));
	run->meta_block = erofs_write_room(writer, run->inodes.count);
	run->content_block = erofs_write_room(writer, run->blocks.count);
	if (!run->meta_block || !run->content_block)
		return -EFBIG;
	for (size_t i = 0; i < run->count; i++) {
		const struct node *node = run->directories[i];

		directory_fill(run, node);
		blocks_settle(run, node);
		for (size_t j = 0; j < node->child_count; j++) {
			if (S_ISLNK(node->children[j]->inode->mode))
				blocks_settle(run, node->children[j]);
		}
	}
	int error = write_at(writer->fd, run->meta_block * BLOCK, run->inodes.data, run->inodes.count);

	if (!error)
		error = write_at(writer->fd, run->content_block * BLOCK, run->blocks.data, run->blocks.count);
	if (!error && ftruncate(writer->fd, (off_t)(writer->blocks * BLOCK)) < 0)
		error = -errno;
	return error ? error : write_super(run, merge->root->inode);
}

int erofs_write_end(struct erofs_writer *writer, struct merge *merge)
{
	struct layout_run run = {.writer = writer};

	zeros_add(&run.inodes, FIRST_PLACE);
	int error = place_all(&run, merge->root);

	if (!error)
		error = write_metadata(&run, merge);
	free(run.directories);
	free(run.inodes.data);
	free(run.blocks.data);
	return error;
}
