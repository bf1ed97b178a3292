/* EROFS images made from directories, and the cache of those that `namu run DIRECTORY` makes. */
#ifndef HOST_IMAGE_H
#define HOST_IMAGE_H

/*
 * Makes an image of a directory with mkfs.erofs: uncompressed, every file's data in pages of its own, so that the
 * kernel maps them where they lie. The file is written under another name beside `path` and then renamed.
 * 0, or -1 with a line said.
 */
int image_make(const char *directory, const char *path);

/* Opens the image of a directory, from the cache or newly made. The descriptor, or -1 with a line said. */
int image_of_directory(const char *directory, char **path);

#endif
