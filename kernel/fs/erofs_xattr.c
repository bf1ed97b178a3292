/*
 * The EROFS image: extended attributes. Behind an inode stand a header, the numbers of attributes that it shares with
 * others, and its own; a cursor below the number of shared ones counts those, above it is where in the inode's own area
 * the next one stands.
 */
#include "fs/erofs.h"
#include "fs/erofs_format.h"
#include "lib/errno.h"
#include "lib/string.h"

static const char *prefix_of(uint8_t space)
{
	switch (space) {
	case EROFS_XATTR_USER:
		return "user.";
	case EROFS_XATTR_ACL_ACCESS:
		return "system.posix_acl_access";
	case EROFS_XATTR_ACL_DEFAULT:
		return "system.posix_acl_default";
	case EROFS_XATTR_TRUSTED:
		return "trusted.";
	case EROFS_XATTR_SECURITY:
		return "security.";
	}
	return NULL;
}

/* Read the attribute at `offset`, which ends at `end` or before: its bytes in the image, or -EUCLEAN. */
static int read_at(const struct erofs_image *image, uint64_t offset, uint64_t end, struct erofs_xattr *xattr)
{
	const uint8_t *raw = image->base + offset;
	uint64_t bytes;

	if (offset > end || end - offset < XATTR_ENTRY_BYTES)
		return -EUCLEAN;
	xattr->name_bytes = raw[XATTR_ENTRY_NAME];
	xattr->space = raw[XATTR_ENTRY_SPACE];
	xattr->value_bytes = read_u16(raw + XATTR_ENTRY_VALUE);
	bytes = XATTR_ENTRY_BYTES + (uint64_t)xattr->name_bytes + xattr->value_bytes;
	if (bytes > end - offset)
		return -EUCLEAN;
	xattr->prefix = prefix_of(xattr->space);
	xattr->name = (const char *)raw + XATTR_ENTRY_BYTES;
	xattr->value = raw + XATTR_ENTRY_BYTES + xattr->name_bytes;
	return (int)bytes;
}

int erofs_xattr_next(const struct erofs_image *image, const struct erofs_node *node, uint32_t *cursor,
		     struct erofs_xattr *xattr)
{
	const uint8_t *area = image->base + node->xattr_offset;
	uint32_t shared, own_start;
	int bytes;

	if (!node->xattr_bytes)
		return 0;
	shared = area[XATTR_SHARED_COUNT];
	own_start = XATTR_HEADER_BYTES + shared * XATTR_ID_BYTES;
	if (own_start > node->xattr_bytes)
		return -EUCLEAN;
	if (*cursor < shared) {
		uint64_t id = read_u32(area + XATTR_HEADER_BYTES + *cursor * XATTR_ID_BYTES);

		bytes = read_at(image, image->xattr_offset + id * XATTR_ID_BYTES, image->bytes, xattr);
		if (bytes < 0)
			return bytes;
		++*cursor;
		return 1;
	}
	if (*cursor - shared >= node->xattr_bytes - own_start)
		return 0;
	bytes = read_at(image, node->xattr_offset + own_start + (*cursor - shared),
			node->xattr_offset + node->xattr_bytes, xattr);
	if (bytes < 0)
		return bytes;
	*cursor += ALIGN_UP((uint32_t)bytes, XATTR_ALIGN);
	return 1;
}

int erofs_xattr_find(const struct erofs_image *image, const struct erofs_node *node, const char *name,
		     struct erofs_xattr *xattr)
{
	uint32_t cursor = 0;
	int more;

	while ((more = erofs_xattr_next(image, node, &cursor, xattr)) > 0) {
		size_t prefix_bytes = xattr->prefix ? strlen(xattr->prefix) : 0;

		if (prefix_bytes && strncmp(name, xattr->prefix, prefix_bytes) == 0 &&
		    strlen(name) == prefix_bytes + xattr->name_bytes &&
		    memcmp(name + prefix_bytes, xattr->name, xattr->name_bytes) == 0)
			return 0;
	}
	return more < 0 ? more : -ENODATA;
}
