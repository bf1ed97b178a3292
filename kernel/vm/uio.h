/*
 * A transfer between the kernel and whoever asked for it: user buffers (read, readv ...) or a kernel buffer (loading a
 * program). Consumed as it goes. Everything that reads or writes bytes takes one of these.
 */
#ifndef NAMU_VM_UIO_H
#define NAMU_VM_UIO_H

#include "arch/x86_64/uaccess.h"
#include "lib/types.h"

#define UIO_MAX_SEGMENTS 1024 /* IOV_MAX */

struct page;

struct uio_segment {
	uint64_t base; /* uaddr_t, or a kernel address when is_kernel */
	uint64_t bytes;
};

/* On the caller's stack; owned by one thread. */
struct uio {
	struct uio_segment *segments;
	uint32_t count;
	uint32_t at;     /* current segment */
	uint64_t offset; /* within it */
	uint64_t left;   /* bytes in all */
	bool is_kernel;
	/* The segments, of the kernel, are lent: of each the page, null for memory that stays. Who keeps them takes a
	 * reference of its own. Null: the bytes are to be copied. */
	struct page *const *pages;
	struct uio_segment one; /* storage for the common case */
};

/* Is the whole transfer one buffer of a program? Nearly all are: those go past the loop over segments. */
static inline bool uio_is_plain(const struct uio *uio)
{
	return uio->count == 1 && !uio->is_kernel;
}

static inline void uio_plain_advance(struct uio *uio, size_t bytes)
{
	uio->offset += bytes;
	uio->left -= bytes;
}

void uio_init_user(struct uio *uio, uaddr_t buffer, uint64_t bytes);
void uio_init_kernel(struct uio *uio, void *buffer, uint64_t bytes);
/* From a user array of struct iovec. Checks count, sizes (sum at most MAX_RW_COUNT: cut there) and ranges:
 * 0, -EINVAL, -EFAULT, -ENOMEM. uio_release frees what it allocated. */
int uio_init_iovec(struct uio *uio, uaddr_t iovec, uint64_t count);
void uio_release(struct uio *uio);

/* Linux cuts every transfer here: INT_MAX rounded down to a page. */
#define MAX_RW_COUNT 0x7ffff000ul

/* Copy up to `bytes` out of the kernel (for read) or in (for write), and advance. Return how many went through; fewer
 * only when user memory faults (then the caller returns what it has, or -EFAULT when that is nothing). May sleep. */
size_t uio_copy_out_loop(struct uio *uio, const void *from, size_t bytes);
static inline size_t uio_copy_out(struct uio *uio, const void *from, size_t bytes)
{
	size_t moved;

	if (unlikely(!uio_is_plain(uio) || bytes > uio->left))
		return uio_copy_out_loop(uio, from, bytes);
	moved = copy_to_user_partial(uio->segments->base + uio->offset, from, bytes);
	uio_plain_advance(uio, moved);
	return moved;
}
size_t uio_copy_in(struct uio *uio, void *to, size_t bytes);
size_t uio_zero_out(struct uio *uio, size_t bytes);
/* What a uio with pages, which is not at its end, lends at its place: up to `most` bytes of one segment, its page. */
const uint8_t *uio_lent(struct uio *uio, uint32_t most, uint32_t *bytes, struct page **page);
/* Go on by bytes that uio_lent gave. */
void uio_skip(struct uio *uio, uint32_t bytes);
/* Make present (fault in) the pages of the next `bytes`, for write when `for_write`, so that a later copy under a lock
 * need not sleep for long. Returns 0 or -EFAULT when the first byte is not accessible. */
int uio_prefault(const struct uio *uio, size_t bytes, bool for_write);

#endif
