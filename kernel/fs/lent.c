/*
 * Gathering what is on loan.
 */
#include "fs/lent.h"

#include "fs/notify.h"
#include "mem/page.h"

void lent_init(struct lent *lent)
{
	lent->uio = (struct uio){.segments = lent->segments, .is_kernel = true, .pages = lent->pages};
}

void lent_add(struct lent *lent, const void *data, uint64_t bytes, struct page *page)
{
	uint32_t at = lent->uio.count++;

	lent->segments[at] = (struct uio_segment){.base = (uint64_t)data, .bytes = bytes};
	lent->pages[at] = page;
	lent->uio.left += bytes;
}

ssize_t lent_from_file(struct lent *lent, struct file *in, uint64_t offset, uint64_t bytes)
{
	ssize_t result = 0;

	while (lent->uio.left < bytes && !lent_is_full(lent)) {
		const void *data;
		struct page *page;
		result = in->ops->lend(in, offset + lent->uio.left, bytes - lent->uio.left, &data, &page);
		if (result <= 0)
			break;
		lent_add(lent, data, (uint64_t)result, page);
	}
	if (!lent->uio.left)
		return result;
	notify_file(in, IN_ACCESS);
	return (ssize_t)lent->uio.left;
}

void lent_put(struct lent *lent)
{
	for (uint32_t i = 0; i < lent->uio.count; i++) {
		if (lent->pages[i])
			page_put(lent->pages[i]);
	}
}
