/* From images in layers to EROFS images. */
#include "pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "erofs_write.h"
#include "image.h"
#include "note.h"
#include "say.h"
#include "tree.h"
#include "unfinished.h"

#define PIECE_BYTES  (256u << 10)
#define NAMED_OCI    "oci:"
#define NAMED_DOCKER "docker-archive:"

void digest_text(const unsigned char digest[SHA256_BYTES], char text[DIGEST_HEX_BYTES + 1])
{
	for (size_t i = 0; i < SHA256_BYTES; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

/* A plain file being read as an archive. */
struct file_reading {
	const struct pack *pack;
	int fd;
	char piece[PIECE_BYTES];
};

static ssize_t file_read(void *context, const void **data)
{
	struct file_reading *reading = context;
	ssize_t n;

	do {
		n = read(reading->fd, reading->piece, sizeof(reading->piece));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		say("cannot read %s: %s", reading->pack->name, strerror(errno));
	*data = reading->piece;
	return n;
}

static int apply_archive(struct pack *pack, const char *layer, struct layer_target *target)
{
	struct file_reading *reading = must_alloc(sizeof(*reading));
	struct layer_source source = {.name = pack->name, .read = file_read, .context = reading};
	int result = -1;

	reading->pack = pack;
	reading->fd = open(layer, O_RDONLY | O_CLOEXEC);
	if (reading->fd < 0)
		say("cannot read %s: %s", pack->name, strerror(errno));
	else
		result = layer_apply(target, &source);
	if (reading->fd >= 0)
		close(reading->fd);
	free(reading);
	return result;
}

int pack_open_archive(struct pack *pack, const char *name, const char *file)
{
	*pack = (struct pack){.name = name, .place = must_copy(file), .apply = apply_archive};
	strlist_add(&pack->layers, file);
	return 0;
}

void pack_close(struct pack *pack)
{
	free(pack->place);
	free(pack->reference);
	free(pack->config.data);
	strlist_free(&pack->layers);
}

/* A working directory that the image lacks is made, as its makers expect. */
static int make_workdir(const struct pack *pack, struct merge *merge)
{
	struct note note = {0};
	const char *wrong = pack->config.count ? note_parse(&note, pack->config.data, pack->config.count) : NULL;
	int result = 0;

	if (wrong) {
		say("cannot use %s: %s", pack->name, wrong);
		return -1;
	}
	if (note.workdir && !merge_find(merge, note.workdir)) {
		result = merge_put(merge, note.workdir, inode_new(S_IFDIR | 0755));
		if (result < 0)
			say("cannot make the working directory %s of %s: %s", note.workdir, pack->name, merge->wrong);
	}
	note_free(&note);
	return result;
}

static int finish(struct pack *pack, struct layer_target *target)
{
	if (make_workdir(pack, &target->merge) < 0)
		return -1;
	int error = erofs_write_end(&target->writer, &target->merge);

	if (!error && pack->config.count)
		error = note_write(target->writer.fd, target->writer.blocks * EROFS_BLOCK_BYTES, &pack->config);
	if (!error)
		return 0;
	say(error == -EFBIG ? "cannot make an image of %s: it is too large" : "cannot make an image of %s: %s",
	    pack->name, strerror(-error));
	return -1;
}

int pack_make(struct pack *pack, const char *path)
{
	struct layer_target target;
	char *partial;
	int fd = unfinished_begin(path, &partial);
	int result = 0;

	if (fd < 0)
		return -1;
	layer_target_begin(&target, fd);
	for (size_t i = 0; i < pack->layers.count && result == 0; i++)
		result = pack->apply(pack, pack->layers.items[i], &target);
	if (result == 0)
		result = finish(pack, &target);
	layer_target_free(&target);
	/* A file system may keep the news of a full disk until then. */
	if (close(fd) < 0 && result == 0) {
		say("cannot write %s: %s", path, strerror(errno));
		result = -1;
	}
	return unfinished_end(partial, path, result);
}

bool pack_is_named(const char *name)
{
	return strncmp(name, NAMED_OCI, strlen(NAMED_OCI)) == 0 ||
	       strncmp(name, NAMED_DOCKER, strlen(NAMED_DOCKER)) == 0;
}

/* PLACE[:REFERENCE], where the place itself may hold colons. */
static void split_place(const char *text, char **place, char **reference)
{
	struct stat status;
	const char *colon = strrchr(text, ':');

	/* A reference of an archive is NAME:TAG: two colons then. */
	*reference = NULL;
	*place = must_copy(text);
	while (colon && colon > text && stat(*place, &status) < 0) {
		free(*place);
		free(*reference);
		*place = must_format("%.*s", (int)(colon - text), text);
		*reference = must_copy(colon + 1);
		const char *before = colon - 1;

		while (before > text && *before != ':')
			before--;
		colon = *before == ':' ? before : NULL;
	}
}

/* Reads what the name means, up to the descriptions. */
static int pack_open(struct pack *pack, const char *name)
{
	bool is_oci = strncmp(name, NAMED_OCI, strlen(NAMED_OCI)) == 0;
	char *place, *reference;

	if (!pack_is_named(name))
		return pack_open_archive(pack, name, name);
	split_place(name + strlen(is_oci ? NAMED_OCI : NAMED_DOCKER), &place, &reference);
	int result =
		is_oci ? pack_open_oci(pack, name, place, reference) : pack_open_docker(pack, name, place, reference);

	free(place);
	free(reference);
	return result;
}

/* The image of an OCI manifest depends on the manifest alone, which names all else by its contents. */
static int identify_manifest(void *context, struct tree *tree)
{
	const struct pack *pack = context;
	struct sha256 sum;

	*tree = (struct tree){0};
	sha256_begin(&sum);
	sha256_add(&sum, "manifest 1", sizeof("manifest 1"));
	sha256_add(&sum, pack->id, DIGEST_HEX_BYTES);
	sha256_end(&sum, tree->digest);
	return 0;
}

static int make_opened(void *context, const char *path)
{
	return pack_make(context, path);
}

static int identify_file(void *context, struct tree *tree)
{
	const char *name = context;
	bool is_docker = strncmp(name, NAMED_DOCKER, strlen(NAMED_DOCKER)) == 0;
	char *place, *reference;

	split_place(name + (is_docker ? strlen(NAMED_DOCKER) : 0), &place, &reference);
	char *purpose = must_format("archive 1 %s %s", is_docker ? "docker" : "plain", reference ? reference : "");
	int result = tree_read_file(tree, is_docker ? place : name, purpose);

	free(purpose);
	free(place);
	free(reference);
	return result;
}

static int make_named(void *context, const char *path)
{
	return pack_image_at(context, path);
}

int pack_image(const char *name, char **path)
{
	if (strncmp(name, NAMED_OCI, strlen(NAMED_OCI)) != 0) {
		char *copy = must_copy(name);
		struct image_maker maker = {name, identify_file, make_named, copy};
		int fd = image_cached(&maker, path);

		free(copy);
		return fd;
	}
	struct pack pack;
	struct image_maker maker = {name, identify_manifest, make_opened, &pack};

	if (pack_open(&pack, name) < 0)
		return -1;
	int fd = image_cached(&maker, path);

	pack_close(&pack);
	return fd;
}

int pack_image_at(const char *name, const char *path)
{
	struct pack pack;

	if (pack_open(&pack, name) < 0)
		return -1;
	int result = pack_make(&pack, path);

	pack_close(&pack);
	return result;
}
