/*
 * What a 9P server can be asked, one function a message. All sleep, and return 0 (or a count) or a negative errno: the
 * server's own, -EIO when its reply makes no sense or there is none, -EINTR when the thread is being killed.
 */
#ifndef NAMU_FS_NINEP_CALLS_H
#define NAMU_FS_NINEP_CALLS_H

#include "fs/ninep_client.h"

/* The root of the share; fids come with one reference. */
int ninep_call_attach(struct ninep_client *client, struct ninep_fid **root);
/* `name` below the directory `from`, or (name null) the same file once more; qid null: not asked for. */
int ninep_call_walk(struct ninep_fid *from, const char *name, struct ninep_fid **fid, struct ninep_qid *qid);
int ninep_call_getattr(struct ninep_fid *fid, struct ninep_attributes *attributes);

/* `valid`: NINEP_SET_*. */
struct ninep_change {
	uint32_t valid, mode, uid, gid;
	uint64_t size;
	struct ninep_time atime, mtime;
};
int ninep_call_setattr(struct ninep_fid *fid, const struct ninep_change *change);

/* Flags as of open(2). -ESTALE: the name leads to another file than `path` by now. */
int ninep_call_open(struct ninep_fid *fid, uint64_t path, uint32_t flags);
/* The fid of a directory becomes that of the new file in it, open. */
int ninep_call_create(struct ninep_fid *dir, const char *name, uint32_t flags, uint32_t mode, uint32_t gid);
int ninep_call_mkdir(struct ninep_fid *dir, const char *name, uint32_t mode, uint32_t gid);
int ninep_call_mknod(struct ninep_fid *dir, const char *name, uint32_t mode, uint32_t major, uint32_t minor,
		     uint32_t gid);
int ninep_call_symlink(struct ninep_fid *dir, const char *name, const char *target, uint32_t gid);
int ninep_call_link(struct ninep_fid *dir, struct ninep_fid *file, const char *name);
int ninep_call_rename(struct ninep_fid *from_dir, const char *from, struct ninep_fid *to_dir, const char *to);
int ninep_call_unlink(struct ninep_fid *dir, const char *name, uint32_t flags);
/* The text with its zero; its length. -EIO for an empty one or one with a zero within. */
ssize_t ninep_call_readlink(struct ninep_fid *fid, char *to, size_t room);
int ninep_call_statfs(struct ninep_fid *fid, struct ninep_statfs *statfs);
int ninep_call_fsync(struct ninep_fid *fid, bool data_only);

/* At most client->data_bytes of an open file; the memory is physically in one piece (kmalloc's is). */
ssize_t ninep_call_read(struct ninep_fid *fid, uint64_t offset, void *to, uint32_t bytes);
ssize_t ninep_call_read_pages(struct ninep_fid *fid, uint64_t offset, struct page **pages, unsigned count);
ssize_t ninep_call_write(struct ninep_fid *fid, uint64_t offset, const void *from, uint32_t bytes);
/* `bytes` of pages, to the end even when the thread is being killed. */
ssize_t ninep_call_write_pages(struct ninep_fid *fid, uint64_t offset, struct page **pages, uint32_t bytes);
/* Entries of an open directory from position `offset` on, for ninep_next_entry. */
ssize_t ninep_call_readdir(struct ninep_fid *fid, uint64_t offset, void *to, uint32_t bytes);

/* A fid whose contents are the value of the attribute (name "": the list of names), and its size. */
int ninep_call_xattr_walk(struct ninep_fid *fid, const char *name, struct ninep_fid **value, uint64_t *bytes);
/* The fid takes the new value by writes, and sets it when it is clunked. */
int ninep_call_xattr_create(struct ninep_fid *fid, const char *name, uint64_t bytes, uint32_t flags);

#endif
