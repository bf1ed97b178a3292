/* tmpfs: the tree in memory with nothing below it, and its mount options (tmpfs(5)). */
#include "fs/handle.h"
#include "fs/tmpfs.h"

#include <linux/magic.h>
#include <linux/stat.h>

#include "fs/tree.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "mem/page.h"

#define ROOT_MODE 01777u

#define SEEN_PAGES  1u
#define SEEN_INODES 2u
#define SEEN_MODE   4u
#define SEEN_UID    8u
#define SEEN_GID    16u

/* What the options said when it was mounted, to be shown again; the limits are the superblock's. */
struct tmpfs_options {
	uint64_t pages;
	uint64_t inodes;
	uint32_t mode, uid, gid;
	uint32_t seen; /* SEEN_* */
};

/* A number with k, m or g behind it; *rest is what follows. False: no number, or too large. */
static bool parse_scaled(const char *text, uint64_t *value, const char **rest)
{
	const char *end;
	unsigned shift = 0;

	*value = string_to_u64(text, &end, 10);
	if (end == text)
		return false;
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
	*rest = end + (shift != 0);
	if (*value > UINT64_MAX >> shift >> 1)
		return false;
	*value <<= shift;
	return true;
}

/* "size=64m", "size=50%": of all memory. */
static bool parse_bytes(const char *text, uint64_t total_pages, uint64_t *pages)
{
	const char *rest;
	uint64_t value;

	if (!parse_scaled(text, &value, &rest))
		return false;
	if (*rest == '%') {
		*pages = total_pages * MIN(value, (uint64_t)1000) / 100;
		return rest[1] == 0;
	}
	*pages = (value + PAGE_SIZE - 1) >> PAGE_SHIFT;
	return *rest == 0;
}

static bool parse_count(const char *text, uint64_t *count)
{
	const char *rest;

	return parse_scaled(text, count, &rest) && *rest == 0;
}

static bool parse_number(const char *text, unsigned base, uint64_t limit, uint64_t *value)
{
	const char *end;

	*value = string_to_u64(text, &end, base);
	return end != text && *end == 0 && *value <= limit;
}

static bool parse_owner_option(const char *name, const char *value, struct tmpfs_options *options)
{
	uint64_t number = 0;
	bool is_right;

	if (strcmp(name, "mode") == 0) {
		is_right = parse_number(value, 8, 07777, &number);
		options->mode = (uint32_t)number;
		options->seen |= SEEN_MODE;
		return is_right;
	}
	if (strcmp(name, "uid") == 0) {
		is_right = parse_number(value, 10, UINT32_MAX - 1, &number);
		options->uid = (uint32_t)number;
		options->seen |= SEEN_UID;
		return is_right;
	}
	if (strcmp(name, "gid") == 0) {
		is_right = parse_number(value, 10, UINT32_MAX - 1, &number);
		options->gid = (uint32_t)number;
		options->seen |= SEEN_GID;
		return is_right;
	}
	/* What says only where the pages come from changes nothing here. */
	return strcmp(name, "huge") == 0 || strcmp(name, "mpol") == 0 || strcmp(name, "inode64") == 0 ||
	       strcmp(name, "noswap") == 0;
}

static bool parse_option(const char *name, const char *value, uint64_t total_pages, struct tmpfs_options *options)
{
	if (strcmp(name, "size") == 0) {
		options->seen |= SEEN_PAGES;
		return parse_bytes(value, total_pages, &options->pages);
	}
	if (strcmp(name, "nr_inodes") == 0) {
		options->seen |= SEEN_INODES;
		return parse_count(value, &options->inodes);
	}
	if (strcmp(name, "nr_blocks") == 0) {
		options->seen |= SEEN_PAGES;
		return parse_count(value, &options->pages) && options->pages <= UINT64_MAX >> PAGE_SHIFT;
	}
	return parse_owner_option(name, value, options);
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

static uint64_t limit_of(uint64_t asked)
{
	/* 0 means no limit, as on Linux. */
	return asked ? asked : UINT64_MAX;
}

static int tmpfs_mount(const struct filesystem *type, const char *source, const char *data,
		       struct superblock **superblock)
{
	const struct cred *cred = current_cred();
	struct page_stats stats;
	struct tmpfs_options options;
	struct inode *root;
	int error;

	page_stats_read(&stats);
	options = (struct tmpfs_options){.pages = stats.total / 2,
					 .inodes = stats.total / 2,
					 .mode = ROOT_MODE,
					 .uid = cred->fsuid,
					 .gid = cred->fsgid};
	if (!parse_options(data, stats.total, &options))
		return -EINVAL;
	error = tree_create(type, NULL, options.mode, TMPFS_MAGIC, superblock);
	if (error)
		return error;
	(*superblock)->page_limit = limit_of(options.pages);
	(*superblock)->inode_limit = limit_of(options.inodes);
	tree_of(*superblock)->root_mode = options.mode;
	tree_of(*superblock)->root_uid = options.uid;
	tree_of(*superblock)->root_gid = options.gid;
	root = (*superblock)->root->inode;
	root->uid = options.uid;
	root->gid = options.gid;
	return 0;
}

/* Limits may change; they may not fall below what is in use, nor come where there were none. Mode and owner of the root
 * are those of the beginning. */
int tmpfs_reconfigure(struct superblock *superblock, const char *data)
{
	struct tmpfs_options options = {0};
	struct page_stats stats;

	page_stats_read(&stats);
	if (!parse_options(data, stats.total, &options))
		return -EINVAL;
	if ((options.seen & SEEN_PAGES) && options.pages) {
		if (superblock->page_limit == UINT64_MAX || superblock->pages_used > options.pages)
			return -EINVAL;
	}
	if ((options.seen & SEEN_INODES) && options.inodes) {
		if (superblock->inode_limit == UINT64_MAX || superblock->inodes_used > options.inodes)
			return -EINVAL;
	}
	if (options.seen & SEEN_PAGES)
		superblock->page_limit = limit_of(options.pages);
	if (options.seen & SEEN_INODES)
		superblock->inode_limit = limit_of(options.inodes);
	return 0;
}

const char *const tmpfs_option_names[] = {
	"size=", "nr_inodes=", "nr_blocks=", "mode=", "uid=", "gid=", "huge=", "mpol=", "inode64", "noswap", NULL};

bool tmpfs_option_is_right(const char *option)
{
	struct tmpfs_options options = {0};

	return parse_options(option, 1, &options);
}

static uint64_t shown_limit(uint64_t limit)
{
	return limit == UINT64_MAX ? 0 : limit;
}

/* What differs from what would be without options. */
static void tmpfs_options_text(const struct superblock *superblock, char *to, size_t room)
{
	const struct tree *tree = tree_of(superblock);
	struct page_stats stats;
	size_t length = 0;

	page_stats_read(&stats);
	if (superblock->page_limit != stats.total / 2)
		length += (size_t)string_format(to + length, room - length, ",size=%luk",
						shown_limit(superblock->page_limit) * (PAGE_SIZE / 1024));
	if (superblock->inode_limit != stats.total / 2)
		length += (size_t)string_format(to + length, room - length, ",nr_inodes=%lu",
						shown_limit(superblock->inode_limit));
	if (tree->root_mode != ROOT_MODE)
		length += (size_t)string_format(to + length, room - length, ",mode=%03o", tree->root_mode);
	if (tree->root_uid)
		length += (size_t)string_format(to + length, room - length, ",uid=%u", tree->root_uid);
	if (tree->root_gid)
		length += (size_t)string_format(to + length, room - length, ",gid=%u", tree->root_gid);
	string_format(to + length, room - length, ",inode64");
}

static struct filesystem tmpfs = {
	.name = "tmpfs",
	.mount = tmpfs_mount,
	.statfs = tree_statfs,
	.reconfigure = tmpfs_reconfigure,
	.option_names = tmpfs_option_names,
	.option_is_right = tmpfs_option_is_right,
	.options_text = tmpfs_options_text,
	.make_handle = tree_make_handle,
	.find_handle = tree_find_handle,
	.destroy = tree_destroy,
	.is_nodev = true,
};

void tmpfs_init(void)
{
	filesystem_register(&tmpfs);
	devtmpfs_init();
}
