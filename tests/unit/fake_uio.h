/*
 * Transfers over one buffer of the test's own; fake_fault_after makes "user memory" end there.
 */
#ifndef FAKE_UIO_H
#define FAKE_UIO_H

#include <string.h>

#include "vm/uio.h"

static uint64_t fake_fault_after = UINT64_MAX; /* bytes of the buffer that can be touched */

void uio_init_kernel(struct uio *uio, void *buffer, uint64_t bytes)
{
	*uio = (struct uio){.count = 1, .left = bytes, .is_kernel = true};
	uio->one.base = (uint64_t)buffer;
	uio->one.bytes = bytes;
	uio->segments = &uio->one;
}

static inline size_t fake_move(struct uio *uio, void *kernel, size_t bytes, int is_out)
{
	uint64_t end = fake_fault_after > uio->offset ? fake_fault_after - uio->offset : 0;
	char *user = (char *)uio->one.base + uio->offset;

	bytes = MIN(MIN(bytes, uio->left), end);
	if (is_out)
		memcpy(user, kernel, bytes);
	else
		memcpy(kernel, user, bytes);
	uio->offset += bytes;
	uio->left -= bytes;
	return bytes;
}

size_t uio_copy_out(struct uio *uio, const void *from, size_t bytes)
{
	return fake_move(uio, (void *)from, bytes, 1);
}

size_t uio_copy_in(struct uio *uio, void *to, size_t bytes)
{
	return fake_move(uio, to, bytes, 0);
}

#endif
