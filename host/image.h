/* EROFS images made from directories, and the cache of those that `namu run DIRECTORY` makes. */
#ifndef HOST_IMAGE_H
#define HOST_IMAGE_H

/* Copies an image that is there already. 0, or -1 with a line said. */
int image_copy(const char *from, const char *path);

struct tree;

/* Something that images are made of, for the cache. */
struct image_maker {
	const char *name; /* for messages */
	/* What the image depends on. 0, or -1 with a line said. */
	int (*identify)(void *context, struct tree *tree);
	/* Makes the image at a path. 0, or -1 with a line said. */
	int (*make)(void *context, const char *path);
	void *context;
};

/* Opens the image that a maker makes, from the cache or newly made; *path becomes its name. -1 with a line said. */
int image_cached(const struct image_maker *maker, char **path);

/* Opens the image of a directory, from the cache or newly made. The descriptor, or -1 with a line said. */
int image_of_directory(const char *directory, char **path);

#endif
