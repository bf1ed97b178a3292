/*
 * What an image says of itself: how to start its program. It hangs on behind the last block of an EROFS file, where the
 * kernel does not look, so that image and note come and go together. The note is an image configuration in JSON (OCI
 * Image Specification, "Image Configuration"), of which the part that matters here is read.
 */
#ifndef HOST_NOTE_H
#define HOST_NOTE_H

#include <stdint.h>

#include "files.h"
#include "strlist.h"

struct note {
	struct strlist entrypoint;
	struct strlist command;
	struct strlist env;
	char *workdir; /* NULL: none; so for the others */
	char *user;
};

#define NOTE_MOST_BYTES (8u << 20)

/* Reads a configuration. NULL, or what is wrong with it. */
const char *note_parse(struct note *note, const char *text, size_t bytes);
void note_free(struct note *note);

/* Writes a configuration behind the `blocks_end` bytes of an image. 0 or a negative errno. */
int note_write(int fd, uint64_t blocks_end, const struct bytes *text);

/* Finds the note of an image of `file_bytes`; empty when it has none. 0, or -1 when there is a damaged one. */
int note_read(int fd, uint64_t file_bytes, struct bytes *text);

#endif
