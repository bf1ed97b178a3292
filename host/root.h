/*
 * The root of a run: an EROFS image, open. It comes from an .erofs file, from a directory, an archive or an image in
 * layers by way of the cache, from the store of pulled images, or from the installation.
 */
#ifndef HOST_ROOT_H
#define HOST_ROOT_H

#include <stdint.h>

#include "note.h"

struct root {
	int fd;     /* the open image: the file may lose its name meanwhile */
	char *path; /* its name, for people; owned */
	uint64_t bytes;
	struct note note; /* how its maker wants it to be used; owned */
};

/* Finds or makes the image of ROOT (NULL: the built-in one). 0, or -1 with a line said. */
int root_open(struct root *root, const char *name);

#endif
