/*
 * A tree of files while it is being set up: fsopen(2), fsconfig(2), fsmount(2), fspick(2).
 *
 * Life: made by mount_setup_open or mount_setup_pick together with its description, which ends it. Its lock is a mutex,
 * taken before mount_mutex.
 */
#ifndef NAMU_FS_MOUNT_SETUP_H
#define NAMU_FS_MOUNT_SETUP_H

#include "fs/file.h"

#define SETUP_TEXT_BYTES 256 /* of a key or a value, with the final zero */

struct filesystem;
struct mount_setup;

/* What a parameter has besides its name. */
enum setup_value {
	SETUP_FLAG, /* nothing */
	SETUP_TEXT,
	SETUP_OTHER /* a descriptor, a path or bytes: no file system here takes one */
};

/* A description for a new tree of that type: err_ptr(-EPERM, -ENODEV, -ENOMEM, -ENFILE). */
struct file *mount_setup_open(const char *type);
/* For other options of the tree mounted at a place. -EINVAL: it is not the root of a mount. */
struct file *mount_setup_pick(int dirfd, const char *text, unsigned lookup);
/* What the description is of; null: something else. */
struct mount_setup *mount_setup_of(const struct file *file);

/* FSCONFIG_SET_*: 0, -EINVAL (the log says why), -EBUSY, -ENOMEM. `value` is null but for a text. */
int mount_setup_set(struct mount_setup *setup, const char *key, enum setup_value kind, const char *value);
/* FSCONFIG_CMD_CREATE (exclusive: of _EXCL, -EBUSY when the one tree of a type is there already) and
 * FSCONFIG_CMD_RECONFIGURE. */
int mount_setup_create(struct mount_setup *setup, bool is_exclusive);
int mount_setup_reconfigure(struct mount_setup *setup);
/* fsmount(2): a description of a mount of what was created, which stands nowhere; `flags` are the mount's. err_ptr. */
struct file *mount_setup_mount(struct mount_setup *setup, uint32_t flags);

#endif
