/* tmpfs: the tree in memory with nothing below it, and its mount options (tmpfs(5)). */
#include "fs/tmpfs.h"

#include <linux/magic.h>
#include <linux/stat.h>

#include "fs/tree.h"
#include "lib/errno.h"
#include "mem/page.h"

#define ROOT_MODE 01777u

struct tmpfs_options {
	uint64_t pages;
	uint64_t inodes;
	uint32_t mode, uid, gid;
};

/* "size=64m": a number with k, m, g or %; the last is of all memory. */
static bool parse_bytes(const char *text, uint64_t total_pages, uint64_t *pages)
{
	const char *end;
	uint64_t value = string_to_u64(text, &end, 10);
	unsigned shift = 0;

	if (end == text)
		return false;
	if (*end == '%') {
		*pages = total_pages * MIN(value, (uint64_t)1000) / 100;
		return end[1] == 0;
	}
	switch (*end) {
	case 'g':
	case 'G':
		shift = 30;
		break;
	case 'm':
	case 'M':
		shift = 20;
		break;
	case 'k':
	case 'K':
		shift = 10;
		break;
	}
	end += shift != 0;
	if (*end || value > UINT64_MAX >> shift >> 1)
		return false;
	*pages = ((value << shift) + PAGE_SIZE - 1) >> PAGE_SHIFT;
	return true;
}

static bool parse_number(const char *text, unsigned base, uint64_t limit, uint64_t *value)
{
	const char *end;

	*value = string_to_u64(text, &end, base);
	return end != text && *end == 0 && *value <= limit;
}

static bool parse_option(const char *name, const char *value, uint64_t total_pages, struct tmpfs_options *options)
{
	uint64_t number = 0;
	bool is_right;

	if (strcmp(name, "size") == 0)
		return parse_bytes(value, total_pages, &options->pages);
	if (strcmp(name, "nr_inodes") == 0)
		return parse_number(value, 10, UINT64_MAX, &options->inodes);
	if (strcmp(name, "nr_blocks") == 0)
		return parse_number(value, 10, UINT64_MAX >> PAGE_SHIFT, &options->pages);
	if (strcmp(name, "mode") == 0) {
		is_right = parse_number(value, 8, 07777, &number);
		options->mode = (uint32_t)number;
		return is_right;
	}
	if (strcmp(name, "uid") == 0) {
		is_right = parse_number(value, 10, UINT32_MAX - 1, &number);
		options->uid = (uint32_t)number;
		return is_right;
	}
	if (strcmp(name, "gid") == 0) {
		is_right = parse_number(value, 10, UINT32_MAX - 1, &number);
		options->gid = (uint32_t)number;
		return is_right;
	}
	/* What says only where the pages come from changes nothing here. */
	return strcmp(name, "huge") == 0 || strcmp(name, "mpol") == 0 || strcmp(name, "inode64") == 0 ||
	       strcmp(name, "noswap") == 0;
}

/* Options parted by commas. False: one of them is wrong. */
static bool parse_options(const char *data, uint64_t total_pages, struct tmpfs_options *options)
{
	char word[64];

	while (data && *data) {
		const char *comma = strchr(data, ',');
		size_t bytes = comma ? (size_t)(comma - data) : strlen(data);
		char *equals;

		if (bytes >= sizeof(word))
			return false;
		memcpy(word, data, bytes);
		word[bytes] = 0;
		equals = strchr(word, '=');
		if (equals)
			*equals++ = 0;
		if (bytes && !parse_option(word, equals ? equals : "", total_pages, options))
			return false;
		data += bytes + (comma != NULL);
	}
	return true;
}

static int tmpfs_mount(const struct filesystem *type, const char *source, const char *data,
		       struct superblock **superblock)
{
	struct page_stats stats;
	struct tmpfs_options options;
	struct inode *root;
	int error;

	page_stats_read(&stats);
	options = (struct tmpfs_options){.pages = stats.total / 2, .inodes = stats.total / 2, .mode = ROOT_MODE};
	if (!parse_options(data, stats.total, &options))
		return -EINVAL;
	error = tree_create(type, NULL, options.mode, TMPFS_MAGIC, superblock);
	if (error)
		return error;
	/* 0 means no limit, as on Linux. */
	(*superblock)->page_limit = options.pages ? options.pages : UINT64_MAX;
	(*superblock)->inode_limit = options.inodes ? options.inodes : UINT64_MAX;
	root = (*superblock)->root->inode;
	root->uid = options.uid;
	root->gid = options.gid;
	return 0;
}

static struct filesystem tmpfs = {
	.name = "tmpfs",
	.mount = tmpfs_mount,
	.statfs = tree_statfs,
	.destroy = tree_destroy,
	.is_nodev = true,
};

void tmpfs_init(void)
{
	filesystem_register(&tmpfs);
	devtmpfs_init();
}
