/*
 * OCI image layouts (OCI Image Specification, "Image Layout"): index.json leads to a manifest, that to a configuration
 * and to layers. Everything but the index is named by its SHA-256 digest, and is checked against it.
 */
#include "pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json.h"
#include "say.h"

#define PIECE_BYTES      (256u << 10)
#define INDEX_DEPTH_MOST 4
#define DIGEST_PREFIX    "sha256:"
#define REFERENCE_NAME   "org.opencontainers.image.ref.name"

/* A blob being read and summed. */
struct blob {
	const struct pack *pack;
	const char *hex; /* its digest */
	int fd;
	struct sha256 sum;
	char piece[PIECE_BYTES];
};

static int fail(const struct pack *pack, const char *why)
{
	say("cannot use %s: %s", pack->name, why);
	return -1;
}

/* The hexadecimal part of a digest; NULL when it is none, and so leads nowhere. */
static const char *digest_hex(const char *digest)
{
	size_t prefix = strlen(DIGEST_PREFIX);

	if (!digest || strncmp(digest, DIGEST_PREFIX, prefix) != 0 || strlen(digest) != prefix + DIGEST_HEX_BYTES ||
	    strspn(digest + prefix, "0123456789abcdef") != DIGEST_HEX_BYTES)
		return NULL;
	return digest + prefix;
}

static int blob_open(struct blob *blob, const struct pack *pack, const char *hex)
{
	char *path = must_format("%s/blobs/sha256/%s", pack->place, hex);
	struct stat status;

	blob->pack = pack;
	blob->hex = hex;
	sha256_begin(&blob->sum);
	blob->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (blob->fd < 0)
		say("cannot read %s: %s: %s", pack->name, path, strerror(errno));
	else if (fstat(blob->fd, &status) < 0 || !S_ISREG(status.st_mode)) {
		say("cannot read %s: %s is not a regular file", pack->name, path);
		close(blob->fd);
		blob->fd = -1;
	}
	free(path);
	return blob->fd < 0 ? -1 : 0;
}

static ssize_t blob_read(void *context, const void **data)
{
	struct blob *blob = context;
	unsigned char digest[SHA256_BYTES];
	char text[DIGEST_HEX_BYTES + 1];
	ssize_t n;

	do {
		n = read(blob->fd, blob->piece, sizeof(blob->piece));
	} while (n < 0 && errno == EINTR);
	*data = blob->piece;
	if (n > 0)
		sha256_add(&blob->sum, blob->piece, (size_t)n);
	if (n < 0)
		say("cannot read %s: %s", blob->pack->name, strerror(errno));
	if (n != 0)
		return n;
	/* The end may be asked for again. */
	struct sha256 sum = blob->sum;

	sha256_end(&sum, digest);
	digest_text(digest, text);
	if (strcmp(text, blob->hex) == 0)
		return 0;
	say("%s is damaged: what should be sha256:%s is sha256:%s", blob->pack->name, blob->hex, text);
	return -1;
}

/* Reads a description whole, and checks it. */
static int blob_load(const struct pack *pack, const char *hex, struct bytes *to)
{
	struct blob *blob = must_alloc(sizeof(*blob));
	const void *data;
	ssize_t n = -1;

	to->count = 0;
	if (blob_open(blob, pack, hex) == 0) {
		while ((n = blob_read(blob, &data)) > 0) {
			bytes_add(to, data, (size_t)n);
			if (to->count > DESCRIPTION_MOST_BYTES) {
				n = fail(pack, "a description of more than 8 MiB");
				break;
			}
		}
		close(blob->fd);
	}
	free(blob);
	return n < 0 ? -1 : 0;
}

static int apply_blob(struct pack *pack, const char *hex, struct layer_target *target)
{
	struct blob *blob = must_alloc(sizeof(*blob));
	struct layer_source source = {.name = pack->name, .read = blob_read, .context = blob, .has_whiteouts = true};
	int result = blob_open(blob, pack, hex);

	if (result == 0) {
		result = layer_apply(target, &source);
		close(blob->fd);
	}
	free(blob);
	return result;
}

static bool is_one_of(const char *type, const char *const *types)
{
	for (; type && *types; types++) {
		if (strcmp(type, *types) == 0)
			return true;
	}
	return false;
}

static bool is_index_type(const char *type)
{
	static const char *const types[] = {"application/vnd.oci.image.index.v1+json",
					    "application/vnd.docker.distribution.manifest.list.v2+json", NULL};

	return is_one_of(type, types);
}

static bool is_manifest_type(const char *type)
{
	static const char *const types[] = {"application/vnd.oci.image.manifest.v1+json",
					    "application/vnd.docker.distribution.manifest.v2+json", NULL};

	return is_one_of(type, types);
}

static bool is_layer_type(const char *type)
{
	static const char *const types[] = {
		"application/vnd.oci.image.layer.v1.tar",
		"application/vnd.oci.image.layer.v1.tar+gzip",
		"application/vnd.oci.image.layer.v1.tar+zstd",
		"application/vnd.oci.image.layer.nondistributable.v1.tar",
		"application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
		"application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
		"application/vnd.docker.image.rootfs.diff.tar",
		"application/vnd.docker.image.rootfs.diff.tar.gzip",
		"application/vnd.docker.image.rootfs.diff.tar.zstd",
		NULL,
	};

	return is_one_of(type, types);
}

static bool is_config_type(const char *type)
{
	static const char *const types[] = {"application/vnd.oci.image.config.v1+json",
					    "application/vnd.docker.container.image.v1+json", NULL};

	return is_one_of(type, types);
}

static bool is_our_platform(const struct json *entry)
{
	const char *system = json_text(entry, "os");
	const char *machine = json_text(entry, "architecture");

	return system && machine && strcmp(system, "linux") == 0 && strcmp(machine, "amd64") == 0;
}

static bool is_named(const struct json *entry, const char *reference)
{
	const char *name = json_text(json_member(entry, "annotations"), REFERENCE_NAME);

	return name && strcmp(name, reference) == 0;
}

/*
 * The entry of an index to go on with: the one of that name, or the one for this platform, or the only one. NULL when
 * there is none, or more than one to choose from.
 */
static const struct json *choose(const struct json *index, const char *reference)
{
	const struct json *entries = json_list(index, "manifests");
	const struct json *chosen = NULL;
	const struct json *any = NULL;
	size_t candidates = 0, fitting = 0;

	for (size_t i = 0; entries && i < entries->count; i++) {
		const struct json *entry = entries->items[i];
		const struct json *platform = json_member(entry, "platform");

		if (reference && !is_named(entry, reference))
			continue;
		candidates++;
		any = entry;
		if (!platform || is_our_platform(platform)) {
			/* A name given twice is the last one's; what says its platform goes before what does not. */
			if (!chosen || reference || (platform && !json_member(chosen, "platform")))
				chosen = entry;
			fitting++;
		}
	}
	if (chosen && (reference || fitting == 1 || json_member(chosen, "platform")))
		return chosen;
	return candidates == 1 ? any : NULL;
}

static int read_layers(struct pack *pack, const struct json *manifest)
{
	const struct json *layers = json_list(manifest, "layers");

	if (!layers)
		return fail(pack, "its manifest has no layers (an image of Docker's first kind is not understood)");
	for (size_t i = 0; i < layers->count; i++) {
		const char *type = json_text(layers->items[i], "mediaType");
		const char *hex = digest_hex(json_text(layers->items[i], "digest"));

		if (!is_layer_type(type)) {
			say("cannot use %s: a layer of the unknown type '%s'", pack->name, type ? type : "");
			return -1;
		}
		if (!hex)
			return fail(pack, "a layer without a SHA-256 digest");
		strlist_add(&pack->layers, hex);
	}
	return 0;
}

static int read_config(struct pack *pack, const struct json *manifest)
{
	const struct json *entry = json_member(manifest, "config");
	const char *type = json_text(entry, "mediaType");
	const char *hex = digest_hex(json_text(entry, "digest"));

	if (!is_config_type(type)) {
		say("cannot use %s: it is no image of a root but of the type '%s'", pack->name, type ? type : "");
		return -1;
	}
	if (!hex)
		return fail(pack, "a configuration without a SHA-256 digest");
	if (blob_load(pack, hex, &pack->config) < 0)
		return -1;
	struct json *config = json_read(pack->config.data, pack->config.count);
	int result = 0;

	if (!config)
		result = fail(pack, "its configuration is no JSON");
	else if (!is_our_platform(config)) {
		const char *system = json_text(config, "os");
		const char *machine = json_text(config, "architecture");

		say("cannot use %s: it is made for %s/%s, and Namu runs programs for linux/amd64", pack->name,
		    system ? system : "?", machine ? machine : "?");
		result = -1;
	}
	json_free(config);
	return result;
}

/* From an index, through indexes within it, to a manifest. */
static int follow_index(struct pack *pack, struct json *index)
{
	struct bytes text = {0};
	const char *reference = pack->reference;
	int result = -1;

	for (unsigned depth = 0;; depth++) {
		const struct json *entry = choose(index, reference);
		const char *type = json_text(entry, "mediaType");
		const char *hex = digest_hex(json_text(entry, "digest"));

		if (depth == INDEX_DEPTH_MOST) {
			(void)fail(pack, "its index leads to an index too often");
			break;
		}
		if (!entry && reference) {
			say("cannot use %s: no image of the name '%s' in it", pack->name, reference);
			break;
		}
		if (!entry || !hex || !(is_index_type(type) || is_manifest_type(type))) {
			(void)fail(pack,
				   !entry ? "it does not hold exactly one image for linux/amd64: name one (oci:DIR:TAG)"
				   : !hex ? "an image without a SHA-256 digest"
					  : "what its index leads to is neither an index nor a manifest");
			break;
		}
		memcpy(pack->id, hex, DIGEST_HEX_BYTES);
		bool is_manifest = is_manifest_type(type);

		if (blob_load(pack, pack->id, &text) < 0)
			break;
		json_free(index);
		index = json_read(text.data, text.count);
		reference = NULL;
		if (is_manifest) {
			result = read_config(pack, index) < 0 ? -1 : read_layers(pack, index);
			break;
		}
	}
	json_free(index);
	free(text.data);
	return result;
}

int pack_open_oci(struct pack *pack, const char *name, const char *directory, const char *reference)
{
	char *path = must_format("%s/index.json", directory);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct bytes text = {0};
	int result = -1;

	*pack = (struct pack){.name = name, .place = must_copy(directory), .apply = apply_blob};
	pack->reference = reference ? must_copy(reference) : NULL;
	int error = fd < 0 ? -errno : bytes_read_fd(&text, fd, DESCRIPTION_MOST_BYTES);

	if (error) {
		say("cannot use %s: %s: %s", name, path, strerror(-error));
	} else {
		struct json *index = json_read(text.data, text.count);

		result = index ? follow_index(pack, index) : fail(pack, "its index.json is no JSON");
	}
	if (fd >= 0)
		close(fd);
	free(path);
	free(text.data);
	if (result < 0)
		pack_close(pack);
	return result;
}
