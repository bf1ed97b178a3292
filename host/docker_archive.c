/*
 * What `docker save` writes: a tar of which the member manifest.json says which members are the configuration and the
 * layers of which image.
 */
#include "pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive_library.h"
#include "json.h"
#include "reference.h"
#include "say.h"

#define PIECE_BYTES    (256u << 10)
#define LINKS_MOST     4
#define BLOB_DIRECTORY "blobs/sha256/"

static const struct archive_library *la;

/* A member of the archive being read. */
struct member {
	const struct pack *pack;
	struct archive *archive;
	char *name;
	struct sha256 sum;
	char piece[PIECE_BYTES];
};

static int fail(const struct pack *pack, const char *why)
{
	say("cannot use %s: %s", pack->name, why);
	return -1;
}

static const char *plain_name(const char *name)
{
	while (strncmp(name, "./", 2) == 0)
		name += 2;
	return name;
}

/* Where a link of `name` leads, as a member's name. */
static char *link_target(const char *name, const char *target)
{
	const char *slash = strrchr(name, '/');
	char *joined = must_format("%.*s%s", target[0] == '/' || !slash ? 0 : (int)(slash + 1 - name), name,
				   target + (target[0] == '/'));

	/* "a/../b" is "b" */
	for (char *up; (up = strstr(joined, "/../"));) {
		char *from = up;

		while (from > joined && from[-1] != '/')
			from--;
		memmove(from, up + 4, strlen(up + 4) + 1);
	}
	return joined;
}

/* Goes to a member; links to it are followed. 0, or -1 with a line said. */
static int member_find(struct member *member, unsigned links)
{
	const struct pack *pack = member->pack;
	struct archive_entry *entry;
	int status = ARCHIVE_FATAL;

	member->archive = la->archive_read_new();
	if (!member->archive)
		die("no memory left on this host");
	la->archive_read_support_filter_bzip2(member->archive);
	la->archive_read_support_filter_gzip(member->archive);
	la->archive_read_support_filter_xz(member->archive);
	la->archive_read_support_filter_zstd(member->archive);
	la->archive_read_support_format_tar(member->archive);
	if (la->archive_read_open_filename(member->archive, pack->place, PIECE_BYTES) == ARCHIVE_OK) {
		while ((status = la->archive_read_next_header(member->archive, &entry)) == ARCHIVE_OK ||
		       status == ARCHIVE_WARN) {
			const char *name = la->archive_entry_pathname(entry);

			if (!name || strcmp(plain_name(name), member->name) != 0)
				continue;
			const char *target = la->archive_entry_symlink(entry);

			if (!target)
				target = la->archive_entry_hardlink(entry);
			if (!target)
				return 0;
			if (links == LINKS_MOST)
				return fail(pack, "its members are links in a circle");
			char *next = la->archive_entry_symlink(entry) ? link_target(member->name, target)
								      : must_copy(plain_name(target));

			free(member->name);
			member->name = next;
			la->archive_read_free(member->archive);
			return member_find(member, links + 1);
		}
	}
	if (status == ARCHIVE_EOF)
		say("cannot use %s: there is no %s in it (is it a 'docker save' archive?)", pack->name, member->name);
	else
		say("cannot read %s: %s", pack->name, la->archive_error_string(member->archive));
	return -1;
}

/* The digest that a member's name promises; NULL when it promises none. */
static const char *promised_digest(const char *name)
{
	static const char hex[] = "0123456789abcdef";
	size_t prefix = strlen(BLOB_DIRECTORY);
	const char *digest = strncmp(name, BLOB_DIRECTORY, prefix) == 0 ? name + prefix : name;

	if (strspn(digest, hex) != DIGEST_HEX_BYTES)
		return NULL;
	return strcmp(digest + DIGEST_HEX_BYTES, digest == name ? ".json" : "") == 0 ? digest : NULL;
}

static ssize_t member_read(void *context, const void **data)
{
	struct member *member = context;
	unsigned char digest[SHA256_BYTES];
	char text[DIGEST_HEX_BYTES + 1];
	la_ssize_t n = la->archive_read_data(member->archive, member->piece, sizeof(member->piece));

	*data = member->piece;
	if (n < 0)
		say("cannot read %s: %s", member->pack->name, la->archive_error_string(member->archive));
	if (n > 0)
		sha256_add(&member->sum, member->piece, (size_t)n);
	const char *promised = promised_digest(member->name);

	if (n != 0 || !promised)
		return n < 0 ? -1 : n;
	struct sha256 sum = member->sum;

	sha256_end(&sum, digest);
	digest_text(digest, text);
	if (strncmp(text, promised, DIGEST_HEX_BYTES) == 0)
		return 0;
	say("%s is damaged: %s has the SHA-256 digest %s", member->pack->name, member->name, text);
	return -1;
}

static struct member *member_open(const struct pack *pack, const char *name)
{
	struct member *member = must_alloc(sizeof(*member));

	member->pack = pack;
	member->name = must_copy(name);
	sha256_begin(&member->sum);
	return member;
}

static void member_close(struct member *member)
{
	la->archive_read_free(member->archive);
	free(member->name);
	free(member);
}

static int member_load(const struct pack *pack, const char *name, struct bytes *to)
{
	struct member *member = member_open(pack, name);
	int result = member_find(member, 0);
	const void *data;
	ssize_t n = -1;

	while (result == 0 && (n = member_read(member, &data)) > 0) {
		bytes_add(to, data, (size_t)n);
		if (to->count > DESCRIPTION_MOST_BYTES) {
			result = fail(pack, "a description of more than 8 MiB");
			break;
		}
	}
	member_close(member);
	return n < 0 ? -1 : result;
}

static int apply_member(struct pack *pack, const char *layer, struct layer_target *target)
{
	struct member *member = member_open(pack, layer);
	struct layer_source source = {
		.name = pack->name, .read = member_read, .context = member, .has_whiteouts = true};
	int result = member_find(member, 0);

	if (result == 0)
		result = layer_apply(target, &source);
	member_close(member);
	return result;
}

static bool has_tag(const struct json *image, const char *reference)
{
	const struct json *tags = json_list(image, "RepoTags");
	char *wanted = reference_full(reference);
	bool is_found = false;

	/* Some write "debian", others "docker.io/library/debian:latest". */
	for (size_t i = 0; wanted && tags && i < tags->count; i++) {
		char *full = tags->items[i]->kind == JSON_TEXT ? reference_full(tags->items[i]->text) : NULL;

		is_found |= full && strcmp(full, wanted) == 0;
		free(full);
	}
	free(wanted);
	return is_found;
}

static int read_image(struct pack *pack, const struct json *images)
{
	const struct json *image = NULL;

	for (size_t i = 0; i < images->count && !image; i++) {
		if (!pack->reference || has_tag(images->items[i], pack->reference))
			image = images->items[i];
	}
	if (!image) {
		say("cannot use %s: no image of the name '%s' in it", pack->name,
		    pack->reference ? pack->reference : "");
		return -1;
	}
	if (!pack->reference && images->count > 1)
		return fail(pack, "it holds several images: name one (docker-archive:FILE:NAME:TAG)");
	const char *config = json_text(image, "Config");
	const struct json *layers = json_list(image, "Layers");

	if (!config || !layers)
		return fail(pack, "its manifest.json names no configuration or no layers");
	for (size_t i = 0; i < layers->count; i++) {
		if (layers->items[i]->kind != JSON_TEXT)
			return fail(pack, "its manifest.json names a layer that is no text");
		strlist_add(&pack->layers, plain_name(layers->items[i]->text));
	}
	return member_load(pack, plain_name(config), &pack->config);
}

int pack_open_docker(struct pack *pack, const char *name, const char *file, const char *reference)
{
	struct bytes text = {0};
	int result = -1;

	*pack = (struct pack){.name = name, .place = must_copy(file), .apply = apply_member};
	pack->reference = reference && *reference ? must_copy(reference) : NULL;
	if (access(file, R_OK) < 0) {
		say("cannot read %s: %s", name, strerror(errno));
	} else if ((la = archive_library()) && member_load(pack, "manifest.json", &text) == 0) {
		struct json *images = json_read(text.data, text.count);

		result = images && images->kind == JSON_LIST ? read_image(pack, images)
							     : fail(pack, "its manifest.json is no JSON list");
		json_free(images);
	}
	free(text.data);
	if (result < 0)
		pack_close(pack);
	return result;
}
