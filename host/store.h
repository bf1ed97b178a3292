/*
 * Images that were pulled from registries: kept until they are removed, in the directory `images` of the cache. An
 * image's file is named by the digest of its manifest; a file in `images/names` says which image a reference stands
 * for.
 */
#ifndef HOST_STORE_H
#define HOST_STORE_H

/* The file of the image that a reference stands for here; NULL when it was not pulled. The caller frees. */
char *store_find(const char *reference);

/* Pulls an image, whether it is here or not, with skopeo. 0, or -1 with a line said. */
int store_pull(const char *reference);

/* store_find(), after a pull when it finds nothing. NULL with a line said. */
char *store_obtain(const char *reference);

/* Prints the images on stdout, one a line. 0, or -1 with a line said. */
int store_list(void);

/* Removes a name, or an image with all its names by the beginning of its digest. 0, or -1 with a line said. */
int store_remove(const char *name);

#endif
