/*
 * Making, removing and moving names: the bodies of mkdir(2), mknod(2), symlink(2), link(2), unlink(2), rmdir(2),
 * rename(2). `text` is in kernel memory, `dirfd` a descriptor or AT_CWD. 0 or -errno as the man pages say, in Linux's
 * order of checks.
 */
#ifndef NAMU_FS_NAMES_H
#define NAMU_FS_NAMES_H

#include "fs/vfs.h"

/* `mode` with the file type; the umask is applied. `device`: of a device node. */
int names_make_node(int dirfd, const char *text, uint32_t mode, uint64_t device);
/* What can be made by mknod: 0, -EPERM, -EINVAL. */
int names_check_node_type(uint32_t mode);
/* The node of a socket that is bound; *place is where it stands, with references. */
int names_make_socket(const char *text, uint32_t mode, struct path *place);
int names_make_directory(int dirfd, const char *text, uint32_t mode);
int names_make_symlink(const char *target, int dirfd, const char *text);
/* lookup: LOOKUP_FOLLOW, LOOKUP_EMPTY for the old name. */
int names_link(int old_dirfd, const char *old_text, unsigned lookup, int new_dirfd, const char *new_text);
int names_remove(int dirfd, const char *text);
int names_remove_directory(int dirfd, const char *text);
/* flags: RENAME_NOREPLACE 1, RENAME_EXCHANGE 2. */
int names_rename(int old_dirfd, const char *old_text, int new_dirfd, const char *new_text, unsigned flags);

/* The parent of a name, with references, and the last component within `text`. */
struct name_parent {
	struct path path;
	const char *last;
	size_t last_bytes;
	uint8_t end; /* enum walk_end */
	bool has_slash;
};
/* 0 with references, or -errno. A last component that is too long is told by name_parent_find alone: -ENAMETOOLONG. */
int name_parent_walk(int dirfd, const char *text, struct name_parent *parent);
int name_parent_find(int dirfd, const char *text, struct name_parent *parent);

#endif
