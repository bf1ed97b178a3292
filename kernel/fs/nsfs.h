/* Namespaces of any kind as files: what /proc/PID/ns/NAME leads to. While one is open or bound, its namespace lives. */
#ifndef NAMU_FS_NSFS_H
#define NAMU_FS_NSFS_H

#include <stddef.h>
#include <stdint.h>

struct inode;
struct path;

struct namespace_kind {
	const char *name;         /* of the link in /proc/PID/ns */
	uint32_t flag;            /* CLONE_NEW... of clone(2), unshare(2), setns(2) */
	void (*get)(void *space); /* a use of it, and its end */
	void (*put)(void *space);
};

/* "mnt:[4026531840]"; the length. */
size_t namespace_text(const struct namespace_kind *kind, uint64_t ino, char *to, size_t room);
/* The namespace as a file, which has a use of it; *path with references: 0 or -ENOMEM. */
int namespace_place(const struct namespace_kind *kind, void *space, uint64_t ino, struct path *path);
/* What kind of namespace the file stands for; null: none. */
const struct namespace_kind *namespace_kind_of(const struct inode *inode);
/* The namespace itself, whose use stays the file's; null: not of this kind. */
void *namespace_of(const struct inode *inode, const struct namespace_kind *kind);

#endif
