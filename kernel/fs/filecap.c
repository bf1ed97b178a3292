/* Capabilities of files: versions 1, 2 and 3 of the attribute. */
#include "fs/filecap.h"

#include <linux/capability.h>

#include "fs/cred.h"
#include "lib/errno.h"
#include "lib/string.h"

_Static_assert(XATTR_CAPS_SZ_3 == FILECAP_BYTES_MOST, "the third version is the longest");

/* The version of a whole value, 0 when its length does not fit. */
static unsigned version_of(const void *value, size_t bytes, struct vfs_ns_cap_data *data)
{
	if (bytes < sizeof(data->magic_etc) || bytes > sizeof(*data))
		return 0;
	memset(data, 0, sizeof(*data));
	memcpy(data, value, bytes);
	switch (data->magic_etc & VFS_CAP_REVISION_MASK) {
	case VFS_CAP_REVISION_1:
		return bytes == XATTR_CAPS_SZ_1 ? 1 : 0;
	case VFS_CAP_REVISION_2:
		return bytes == XATTR_CAPS_SZ_2 ? 2 : 0;
	case VFS_CAP_REVISION_3:
		return bytes == XATTR_CAPS_SZ_3 ? 3 : 0;
	}
	return 0;
}

int filecap_parse(const void *value, size_t bytes, struct filecap *filecap)
{
	struct vfs_ns_cap_data data;
	unsigned version = version_of(value, bytes, &data);

	if (!version)
		return -EINVAL;
	if (version == 3 && data.rootid != 0)
		return -ENODATA;
	filecap->permitted = data.data[0].permitted;
	filecap->inheritable = data.data[0].inheritable;
	/* The first version has 32 capabilities. */
	if (version > 1) {
		filecap->permitted |= (uint64_t)data.data[1].permitted << 32;
		filecap->inheritable |= (uint64_t)data.data[1].inheritable << 32;
	}
	filecap->permitted &= CAP_FULL_SET;
	filecap->inheritable &= CAP_FULL_SET;
	filecap->is_effective = (data.magic_etc & VFS_CAP_FLAGS_EFFECTIVE) != 0;
	return 0;
}

int filecap_check(const void *value, size_t bytes)
{
	struct vfs_ns_cap_data data;
	unsigned version = version_of(value, bytes, &data);

	if (version < 2 || (version == 3 && data.rootid == UINT32_MAX))
		return -EINVAL;
	return 0;
}

int64_t filecap_shown(void *value, size_t bytes)
{
	struct vfs_ns_cap_data data;
	unsigned version = version_of(value, bytes, &data);

	if (version < 2)
		return -EINVAL;
	if (version == 2 || data.rootid != 0)
		return (int64_t)bytes;
	/* For the root of this very name space the second version says the same. */
	data.magic_etc = VFS_CAP_REVISION_2 | (data.magic_etc & VFS_CAP_FLAGS_EFFECTIVE);
	memcpy(value, &data, XATTR_CAPS_SZ_2);
	return XATTR_CAPS_SZ_2;
}
