/*
 * A first look at an EROFS image: enough to tell a user at once that a file is no image, or one cut short. The kernel
 * checks every field that it uses.
 */
#ifndef HOST_EROFS_H
#define HOST_EROFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The head of an image that erofs_check() wants to see, or all of a smaller file. */
#define EROFS_HEAD_BYTES 4096

/*
 * Looks at the first bytes of a file of `file_bytes`. NULL when they can be those of an image, else what is wrong in a
 * few words.
 */
const char *erofs_check(const unsigned char *head, size_t head_bytes, uint64_t file_bytes);

/* Whether a file that begins so means to be an EROFS image, good or not. */
bool erofs_is_image(const unsigned char *head, size_t head_bytes);

/* The superblock's checksum over the first EROFS_HEAD_BYTES of an image, its own four bytes taken as zero. */
uint32_t erofs_checksum(const unsigned char *head);

#endif
