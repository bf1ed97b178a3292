/*
 * Applying one archive of files (a tar, compressed or not, read by libarchive) to the image that is being made.
 *
 * An archive is foreign data. Its names have their meaning within the tree that is merged (host/merge.h) and nowhere
 * else; nothing is unpacked on the host.
 */
#ifndef HOST_LAYER_H
#define HOST_LAYER_H

#include <stdbool.h>
#include <sys/types.h>

#include "erofs_write.h"
#include "merge.h"

/* Where an archive's bytes come from. */
struct layer_source {
	const char *name;                                  /* for messages */
	ssize_t (*read)(void *context, const void **data); /* a piece; 0: the end, -1: failed, with a line said */
	void *context;
	bool has_whiteouts; /* ".wh.NAME" hides NAME of the layers below */
};

struct layer_target {
	struct merge merge;
	struct erofs_writer writer;
};

/* Applies it. 0, or -1 with a line said. The source is read to its end. */
int layer_apply(struct layer_target *target, const struct layer_source *source);

/* Begins and ends a target that writes to `fd`. */
void layer_target_begin(struct layer_target *target, int fd);
void layer_target_free(struct layer_target *target);

#endif
