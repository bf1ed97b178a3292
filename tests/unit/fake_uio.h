/*
 * Transfers over one buffer of the test's own, by turns shown as user and as kernel memory; fake_fault_after makes it
 * end.
 */
#ifndef FAKE_UIO_H
#define FAKE_UIO_H

#include <string.h>

#include "vm/uio.h"

static uint64_t fake_fault_after = UINT64_MAX; /* bytes of the buffer that can be touched */

static uint64_t fake_buffer; /* of the last uio */

void uio_init_kernel(struct uio *uio, void *buffer, uint64_t bytes)
{
	static bool is_kernel;

	is_kernel = !is_kernel;
	fake_buffer = (uint64_t)buffer;
	*uio = (struct uio){.count = 1, .left = bytes, .is_kernel = is_kernel};
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

size_t uio_copy_out_loop(struct uio *uio, const void *from, size_t bytes)
{
	return fake_move(uio, (void *)from, bytes, 1);
}

size_t uio_copy_in(struct uio *uio, void *to, size_t bytes)
{
	return fake_move(uio, to, bytes, 0);
}

const uint8_t *uio_lent(struct uio *uio, uint32_t most, uint32_t *bytes, struct page **page)
{
	*bytes = (uint32_t)MIN((uint64_t)most, uio->left);
	*page = uio->pages[0];
	return (const uint8_t *)uio->one.base + uio->offset;
}

void uio_skip(struct uio *uio, uint32_t bytes)
{
	uio->offset += bytes;
	uio->left -= bytes;
}

/* How much of `bytes` at `address` lies before the fault. */
static inline size_t fake_reach(uint64_t address, size_t bytes)
{
	uint64_t at = address - fake_buffer;

	return at >= fake_fault_after ? 0 : MIN(bytes, fake_fault_after - at);
}

size_t copy_from_user_partial(void *to, uaddr_t from, size_t bytes)
{
	bytes = fake_reach(from, bytes);
	memcpy(to, (const void *)from, bytes);
	return bytes;
}

size_t user_copy_checked(void *to, const void *from, size_t bytes)
{
	size_t reach = fake_reach((uint64_t)to, bytes);

	memcpy(to, from, reach);
	return bytes - reach;
}

#endif
