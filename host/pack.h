/*
 * An image in layers: a configuration and archives to apply in order. It comes from an OCI layout, from what `docker
 * save` writes, or is a single archive without a configuration.
 *
 * Life: one of the openers fills it in, pack_make() makes an EROFS image of it, any number of times, pack_close().
 */
#ifndef HOST_PACK_H
#define HOST_PACK_H

#include "files.h"
#include "layer.h"
#include "sha256.h"
#include "strlist.h"

#define DIGEST_HEX_BYTES (2 * SHA256_BYTES)
/* Of a description: an index, a manifest, a configuration. */
#define DESCRIPTION_MOST_BYTES (8u << 20)

struct pack {
	const char *name; /* as the user wrote it, for messages */
	char *place;      /* the directory or file */
	char *reference;  /* which image of it; NULL: the only one */
	/* Of an OCI image, its manifest's digest in hexadecimal: the same for the same contents, everywhere. */
	char id[DIGEST_HEX_BYTES + 1];
	struct bytes config; /* empty: none */
	struct strlist layers;
	int (*apply)(struct pack *pack, const char *layer, struct layer_target *target);
};

/* Each 0, or -1 with a line said. */
int pack_open_archive(struct pack *pack, const char *name, const char *file);
int pack_open_oci(struct pack *pack, const char *name, const char *directory, const char *reference);
int pack_open_docker(struct pack *pack, const char *name, const char *file, const char *reference);
void pack_close(struct pack *pack);

/* Makes the image at `path`, whole or not at all. 0, or -1 with a line said. */
int pack_make(struct pack *pack, const char *path);

/* Opens the image of what `oci:...`, `docker-archive:...` or an archive's name means, by way of the cache. */
int pack_image(const char *name, char **path);
/* Makes it at `path` instead. */
int pack_image_at(const char *name, const char *path);
/* Whether a name begins as one that pack_image() takes. */
bool pack_is_named(const char *name);

/* A digest as hexadecimal text. */
void digest_text(const unsigned char digest[SHA256_BYTES], char text[DIGEST_HEX_BYTES + 1]);

#endif
