/* Buffers for the texts of paths: PATH_MAX_BYTES each, a few kept ready. */
#ifndef NAMU_FS_PATH_TEXT_H
#define NAMU_FS_PATH_TEXT_H

#include "fs/vfs.h"

/* Free by path_text_free; null: no memory. */
char *path_buffer_get(void);

/* The name as seen from `root`, and the way from the root of its file system: for mountinfo. */
char *path_text_from(const struct path *path, const struct path *root, char *to, size_t room);
char *path_text_within(const struct dentry *dentry, char *to, size_t room);

/* The working directory for getcwd(2): as path_text, but -ENOENT when it was removed, and "(unreachable)" before what
 * the root does not hold. */
char *path_text_for_getcwd(const struct path *path, char *to, size_t room);

#endif
