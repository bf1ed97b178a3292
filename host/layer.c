/* From archives to the merged tree. */
#include "layer.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive_library.h"
#include "say.h"

#define WHITEOUT        ".wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"
#define WHITEOUT_AUFS   ".wh..wh."
#define TARGET_MOST     4095
#define MODE_BITS       07777

static const struct archive_library *la;

struct run {
	struct layer_target *target;
	const struct layer_source *source;
	struct archive *archive;
	const char *path; /* of the entry at hand */
	bool has_begun;   /* there was an entry */
	bool has_failed;  /* the source; its line is said */
};

static int fail(const struct run *run, const char *why)
{
	say("cannot read %s: %.300s: %s", run->source->name, run->path, why);
	return -1;
}

static int fail_archive(const struct run *run)
{
	const char *why = la->archive_error_string(run->archive);

	/* EILSEQ is the library's "no format that I know". */
	if (!run->has_failed && !run->has_begun && la->archive_errno(run->archive) == EILSEQ)
		say("cannot read %s: %s", run->source->name,
		    run->source->has_whiteouts ? "a layer is no tar archive"
					       : "not an EROFS image, and not a tar archive either");
	else if (!run->has_failed)
		say("cannot read %s: %s", run->source->name, why ? why : "it is damaged");
	return -1;
}

static la_ssize_t read_source(struct archive *archive, void *context, const void **data)
{
	struct run *run = context;
	ssize_t n = run->source->read(run->source->context, data);

	if (n < 0) {
		run->has_failed = true;
		la->archive_set_error(archive, EIO, "it cannot be read");
		return ARCHIVE_FATAL;
	}
	return n;
}

/* The formats and compressions that the library knows by itself: none of them starts another program. */
static struct archive *archive_open(struct run *run)
{
	struct archive *archive = la->archive_read_new();

	if (!archive)
		die("no memory left on this host");
	la->archive_read_support_filter_bzip2(archive);
	la->archive_read_support_filter_gzip(archive);
	la->archive_read_support_filter_lz4(archive);
	la->archive_read_support_filter_lzip(archive);
	la->archive_read_support_filter_lzma(archive);
	la->archive_read_support_filter_xz(archive);
	la->archive_read_support_filter_zstd(archive);
	la->archive_read_support_format_tar(archive);
	/* An empty layer may have no bytes at all. */
	if (run->source->has_whiteouts)
		la->archive_read_support_format_empty(archive);
	run->archive = archive;
	return archive;
}

static int read_attributes(struct run *run, struct archive_entry *entry, struct inode *inode)
{
	const char *name;
	const void *value;
	size_t bytes;
	int count = la->archive_entry_xattr_reset(entry);

	inode->attributes = must_alloc((size_t)count * sizeof(*inode->attributes));
	while (la->archive_entry_xattr_next(entry, &name, &value, &bytes) == ARCHIVE_OK) {
		if (strlen(name) > UINT8_MAX || bytes > UINT16_MAX)
			return fail(run, "an extended attribute is too large");
		struct attribute *attribute = &inode->attributes[inode->attribute_count++];

		attribute->name = must_copy(name);
		attribute->value = must_alloc(bytes);
		memcpy(attribute->value, value, bytes);
		attribute->value_bytes = bytes;
	}
	return 0;
}

/* The contents of a regular file go into the image as they come. */
static int read_contents(struct run *run, struct archive_entry *entry, struct inode *inode)
{
	struct erofs_writer *writer = &run->target->writer;
	int64_t size = la->archive_entry_size(entry);
	const void *data;
	size_t bytes;
	la_int64_t offset;
	int status;

	if (size < 0)
		return fail(run, "its size is below zero");
	inode->block = erofs_write_room(writer, (uint64_t)size);
	if (!inode->block)
		return fail(run, "the files together are larger than 64 GiB");
	inode->bytes = (uint64_t)size;
	while ((status = la->archive_read_data_block(run->archive, &data, &bytes, &offset)) == ARCHIVE_OK ||
	       status == ARCHIVE_WARN) {
		if (offset < 0 || offset > size || bytes > (uint64_t)(size - offset))
			return fail(run, "it has more bytes than it says");
		int error = erofs_write_data(writer, inode->block, (uint64_t)offset, data, bytes);

		if (error) {
			say("cannot write the image: %s", strerror(-error));
			return -1;
		}
	}
	return status == ARCHIVE_EOF ? 0 : fail_archive(run);
}

/* What is particular to a kind of file. */
static int read_kind(struct run *run, struct archive_entry *entry, struct inode *inode)
{
	const char *target;

	switch (inode->mode & S_IFMT) {
	case S_IFREG:
		return read_contents(run, entry, inode);
	case S_IFLNK:
		target = la->archive_entry_symlink(entry);
		if (!target || !*target || strlen(target) > TARGET_MOST)
			return fail(run, "a symbolic link without a usable target");
		inode->target = must_copy(target);
		return 0;
	case S_IFCHR:
	case S_IFBLK:
		inode->device_major = (uint32_t)la->archive_entry_rdevmajor(entry);
		inode->device_minor = (uint32_t)la->archive_entry_rdevminor(entry);
		if (inode->device_major > 0xfff || inode->device_minor > 0xfffff)
			return fail(run, "a device number that does not fit");
		return 0;
	case S_IFDIR:
	case S_IFIFO:
	case S_IFSOCK:
		return 0;
	default:
		return fail(run, "a file of unknown type");
	}
}

static int apply_file(struct run *run, struct archive_entry *entry)
{
	int64_t uid = la->archive_entry_uid(entry), gid = la->archive_entry_gid(entry);
	struct inode *inode =
		inode_new((la->archive_entry_filetype(entry) & S_IFMT) | (la->archive_entry_perm(entry) & MODE_BITS));

	inode->uid = (uint32_t)uid;
	inode->gid = (uint32_t)gid;
	inode->mtime_s = la->archive_entry_mtime(entry);
	inode->mtime_ns = (uint32_t)la->archive_entry_mtime_nsec(entry) % 1000000000u;
	int result = uid < 0 || uid > UINT32_MAX || gid < 0 || gid > UINT32_MAX
			     ? fail(run, "an owner that does not fit")
			     : 0;

	if (result == 0)
		result = read_attributes(run, entry, inode);
	if (result == 0)
		result = read_kind(run, entry, inode);
	if (result < 0) {
		inode_free(inode);
		return -1;
	}
	if (merge_put(&run->target->merge, run->path, inode) < 0)
		return fail(run, run->target->merge.wrong);
	return 0;
}

/* A whiteout: 1 when the entry is one and was applied, 0 when it is none. */
static int apply_whiteout(struct run *run)
{
	struct merge *merge = &run->target->merge;
	const char *slash = strrchr(run->path, '/');
	const char *name = slash ? slash + 1 : run->path;
	int in_directory = (int)(name - run->path);

	if (!run->source->has_whiteouts || strncmp(name, WHITEOUT, strlen(WHITEOUT)) != 0)
		return 0;
	const char *hidden = name + strlen(WHITEOUT);
	char *path = NULL;
	int result = 0;

	if (strcmp(name, WHITEOUT_OPAQUE) == 0) {
		path = must_format("%.*s", in_directory, run->path);
		result = merge_hide_entries(merge, path);
	} else if (strncmp(name, WHITEOUT_AUFS, strlen(WHITEOUT_AUFS)) != 0) {
		if (!*hidden || strcmp(hidden, ".") == 0 || strcmp(hidden, "..") == 0)
			return fail(run, "a whiteout that names nothing");
		path = must_format("%.*s%s", in_directory, run->path, hidden);
		result = merge_hide(merge, path);
	}
	free(path);
	return result < 0 ? fail(run, merge->wrong) : 1;
}

static int apply_entry(struct run *run, struct archive_entry *entry)
{
	const char *link = la->archive_entry_hardlink(entry);

	run->path = la->archive_entry_pathname(entry);
	if (!run->path) {
		run->path = "?";
		return fail(run, "its name cannot be read");
	}
	int result = apply_whiteout(run);

	if (result != 0)
		return result < 0 ? -1 : 0;
	if (!link)
		return apply_file(run, entry);
	if (merge_link(&run->target->merge, run->path, link) < 0)
		return fail(run, run->target->merge.wrong);
	return 0;
}

static int apply_all(struct run *run)
{
	struct archive_entry *entry;
	int status = la->archive_read_open(run->archive, run, NULL, read_source, NULL);

	while (status == ARCHIVE_OK || status == ARCHIVE_WARN) {
		status = la->archive_read_next_header(run->archive, &entry);
		run->has_begun |= status == ARCHIVE_OK || status == ARCHIVE_WARN;
		if ((status == ARCHIVE_OK || status == ARCHIVE_WARN) && apply_entry(run, entry) < 0)
			return -1;
	}
	if (status != ARCHIVE_EOF)
		return fail_archive(run);
	if (run->has_begun || run->source->has_whiteouts)
		return 0;
	/* Zeros alone are the end of an archive, but hardly meant to be one. */
	say("cannot read %s: not an EROFS image, and not a tar archive either: there is nothing in it",
	    run->source->name);
	return -1;
}

int layer_apply(struct layer_target *target, const struct layer_source *source)
{
	struct run run = {.target = target, .source = source, .path = "?"};
	const void *rest;
	ssize_t n = 1;

	la = archive_library();
	if (!la)
		return -1;
	/* Names are bytes; the library takes them as they are only where they are UTF-8 on both sides. */
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	locale_t before = utf8 ? uselocale(utf8) : (locale_t)0;

	target->merge.layer++;
	struct archive *archive = archive_open(&run);
	int result = apply_all(&run);

	la->archive_read_free(archive);
	if (utf8) {
		(void)uselocale(before);
		freelocale(utf8);
	}
	/* What follows an archive's end belongs to its digest. */
	while (result == 0 && n > 0)
		n = source->read(source->context, &rest);
	return n < 0 ? -1 : result;
}

static void drop_contents(void *context, const struct inode *inode)
{
	erofs_write_drop(context, inode->block, inode->bytes);
}

void layer_target_begin(struct layer_target *target, int fd)
{
	merge_begin(&target->merge);
	erofs_write_begin(&target->writer, fd);
	target->merge.drop = drop_contents;
	target->merge.context = &target->writer;
}

void layer_target_free(struct layer_target *target)
{
	merge_free(&target->merge);
}
