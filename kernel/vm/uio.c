/*
 * Transfers between the kernel and user or kernel buffers: one loop over the segments for every direction.
 */
#include "vm/uio.h"

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "sched/thread.h"
#include "vm/fault.h"

enum uio_direction { UIO_OUT, UIO_IN, UIO_ZERO };

/* As struct iovec of <linux/uio.h> lies in memory. */
_Static_assert(sizeof(struct uio_segment) == 16 && offsetof(struct uio_segment, bytes) == 8,
	       "segments are read as iovec");

static void uio_init(struct uio *uio, uint64_t base, uint64_t bytes, bool is_kernel)
{
	uio->one = (struct uio_segment){.base = base, .bytes = bytes};
	uio->segments = &uio->one;
	uio->count = 1;
	uio->at = 0;
	uio->offset = 0;
	uio->left = bytes;
	uio->is_kernel = is_kernel;
	uio->pages = NULL;
}

void uio_init_user(struct uio *uio, uaddr_t buffer, uint64_t bytes)
{
	uio_init(uio, buffer, MIN(bytes, MAX_RW_COUNT), false);
}

void uio_init_kernel(struct uio *uio, void *buffer, uint64_t bytes)
{
	uio_init(uio, (uint64_t)buffer, bytes, true);
}

/* Check the segments as Linux does and cut their sum to MAX_RW_COUNT. */
static int check_segments(struct uio *uio)
{
	uio->left = 0;
	for (uint32_t i = 0; i < uio->count; i++) {
		struct uio_segment *segment = &uio->segments[i];

		if ((int64_t)segment->bytes < 0)
			return -EINVAL;
		if (!user_range_is_valid(segment->base, segment->bytes))
			return -EFAULT;
		segment->bytes = MIN(segment->bytes, MAX_RW_COUNT - uio->left);
		uio->left += segment->bytes;
	}
	return 0;
}

int uio_init_iovec(struct uio *uio, uaddr_t iovec, uint64_t count)
{
	int error;

	uio_init(uio, 0, 0, false);
	if (count > UIO_MAX_SEGMENTS)
		return -EINVAL;
	if (count > 1) {
		uio->segments = kmalloc(count * sizeof(struct uio_segment));
		if (!uio->segments) {
			uio->segments = &uio->one;
			return -ENOMEM;
		}
	}
	uio->count = (uint32_t)count;
	error = copy_from_user(uio->segments, iovec, count * sizeof(struct uio_segment));
	if (!error)
		error = check_segments(uio);
	if (error)
		uio_release(uio);
	return error;
}

void uio_release(struct uio *uio)
{
	if (uio->segments != &uio->one)
		kfree(uio->segments);
	uio->segments = &uio->one;
	uio->count = 0;
	uio->left = 0;
}

/* Move `bytes`, which lie within one segment. Returns how many went through. */
static size_t move_chunk(const struct uio *uio, uint64_t at, uint8_t *kernel, size_t bytes,
			 enum uio_direction direction)
{
	if (!uio->is_kernel) {
		if (direction == UIO_OUT)
			return copy_to_user_partial(at, kernel, bytes);
		if (direction == UIO_IN)
			return copy_from_user_partial(kernel, at, bytes);
		return clear_user_partial(at, bytes);
	}
	if (direction == UIO_OUT)
		memcpy((void *)at, kernel, bytes);
	else if (direction == UIO_IN)
		memcpy(kernel, (const void *)at, bytes);
	else
		memset((void *)at, 0, bytes);
	return bytes;
}

static size_t uio_move(struct uio *uio, uint8_t *kernel, size_t bytes, enum uio_direction direction)
{
	size_t done = 0;

	bytes = MIN(bytes, uio->left);
	while (done < bytes) {
		struct uio_segment *segment = &uio->segments[uio->at];
		size_t chunk = MIN(bytes - done, segment->bytes - uio->offset);
		size_t moved;

		if (!chunk) {
			uio->at++;
			uio->offset = 0;
			continue;
		}
		moved = move_chunk(uio, segment->base + uio->offset, kernel ? kernel + done : NULL, chunk, direction);
		uio->offset += moved;
		uio->left -= moved;
		done += moved;
		if (moved < chunk)
			break;
	}
	return done;
}

size_t uio_copy_out_loop(struct uio *uio, const void *from, size_t bytes)
{
	return uio_move(uio, (uint8_t *)from, bytes, UIO_OUT);
}

size_t uio_copy_in(struct uio *uio, void *to, size_t bytes)
{
	return uio_move(uio, to, bytes, UIO_IN);
}

size_t uio_zero_out(struct uio *uio, size_t bytes)
{
	return uio_move(uio, NULL, bytes, UIO_ZERO);
}

const uint8_t *uio_lent(struct uio *uio, uint32_t most, uint32_t *bytes, struct page **page)
{
	const struct uio_segment *segment;

	while (uio->offset == uio->segments[uio->at].bytes) {
		uio->at++;
		uio->offset = 0;
	}
	segment = &uio->segments[uio->at];
	*bytes = (uint32_t)MIN((uint64_t)most, segment->bytes - uio->offset);
	*page = uio->pages[uio->at];
	return (const uint8_t *)segment->base + uio->offset;
}

void uio_skip(struct uio *uio, uint32_t bytes)
{
	uio->offset += bytes;
	uio->left -= bytes;
}

int uio_prefault(const struct uio *uio, size_t bytes, bool for_write)
{
	uint64_t offset = uio->offset;
	bool is_first = true;

	if (uio->is_kernel)
		return 0;
	bytes = MIN(bytes, uio->left);
	for (uint32_t i = uio->at; bytes && i < uio->count; i++, offset = 0) {
		struct uio_segment *segment = &uio->segments[i];
		size_t chunk = MIN(bytes, segment->bytes - offset);
		uint64_t start = segment->base + offset;

		if (!chunk)
			continue;
		if (vm_fault_in(current_thread()->space, start, start + chunk, for_write, &is_first))
			return is_first ? -EFAULT : 0;
		bytes -= chunk;
	}
	return 0;
}
