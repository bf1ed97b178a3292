/*
 * Capabilities of files: the value of the attribute security.capability (capabilities(7), "File capabilities"). Nothing
 * here touches files; it reads and checks bytes that programs or images gave.
 */
#ifndef NAMU_FS_FILECAP_H
#define NAMU_FS_FILECAP_H

#include "lib/types.h"

#define FILECAP_BYTES_MOST 24u

struct filecap {
	uint64_t permitted, inheritable;
	bool is_effective;
};

/* What it means at exec: 0; -EINVAL; -ENODATA: it is for another user namespace and means nothing here. */
int filecap_parse(const void *value, size_t bytes, struct filecap *filecap);
/* May a program set this value? 0 or -EINVAL. */
int filecap_check(const void *value, size_t bytes);
/* How a program sees the stored value, which is changed in place: its bytes, or -EINVAL. `value` holds at least
 * FILECAP_BYTES_MOST. */
int64_t filecap_shown(void *value, size_t bytes);

#endif
