/* What the unit tests and the fuzzer of images in layers share: a target in memory, and a look at its image. */
#ifndef TESTS_PACK_PARTS_H
#define TESTS_PACK_PARTS_H

#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "fs/erofs.h"
#include "layer.h"

/* Bytes given out as an archive, a few at a time. */
struct given {
	const uint8_t *data;
	size_t bytes, piece;
};

static inline ssize_t given_read(void *context, const void **data)
{
	struct given *given = context;
	size_t n = given->bytes < given->piece ? given->bytes : given->piece;

	*data = given->data;
	given->data += n;
	given->bytes -= n;
	return (ssize_t)n;
}

/* Ends a target and maps its image; the kernel's reader must take it. The caller unmaps. */
static inline int target_finish(struct layer_target *target, struct erofs_image *image)
{
	const char *why;
	struct stat status;
	int error = erofs_write_end(&target->writer, &target->merge);

	if (error)
		return error;
	if (fstat(target->writer.fd, &status) < 0)
		return -1;
	void *base = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED | MAP_NORESERVE, target->writer.fd, 0);

	return base == MAP_FAILED ? -1 : erofs_open(image, base, (uint64_t)status.st_size, &why);
}

#endif
