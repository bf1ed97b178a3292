/*
 * The bytes of 9P2000.L, the protocol of shared host folders: writing requests, reading replies. Numbers are
 * little-endian; a string is its length in two bytes and then its bytes.
 *
 * A reply comes from outside the machine: every length, type and text is checked before it is used, and what does not
 * fit is -EIO. Nothing here allocates, waits or locks.
 */
#ifndef NAMU_FS_NINEP_WIRE_H
#define NAMU_FS_NINEP_WIRE_H

#include "lib/types.h"

#define NINEP_VERSION_TEXT "9P2000.L"
#define NINEP_NO_TAG       0xffffu
#define NINEP_NO_FID       0xffffffffu
#define NINEP_HEAD_BYTES   7u  /* size, type, tag: before every message */
#define NINEP_DATA_AT      11u /* where the data of Rread and Rreaddir begin; Rlerror ends there */
#define NINEP_NAME_MAX     255u
#define NINEP_TEXT_MAX     4095u /* of a link's target */

/* Requests; the reply's number is one more. */
enum ninep_type {
	NINEP_LERROR = 6, /* only its reply exists */
	NINEP_STATFS = 8,
	NINEP_LOPEN = 12,
	NINEP_LCREATE = 14,
	NINEP_SYMLINK = 16,
	NINEP_MKNOD = 18,
	NINEP_READLINK = 22,
	NINEP_GETATTR = 24,
	NINEP_SETATTR = 26,
	NINEP_XATTRWALK = 30,
	NINEP_XATTRCREATE = 32,
	NINEP_READDIR = 40,
	NINEP_FSYNC = 50,
	NINEP_LINK = 70,
	NINEP_MKDIR = 72,
	NINEP_RENAMEAT = 74,
	NINEP_UNLINKAT = 76,
	NINEP_VERSION = 100,
	NINEP_ATTACH = 104,
	NINEP_FLUSH = 108,
	NINEP_WALK = 110,
	NINEP_READ = 116,
	NINEP_WRITE = 118,
	NINEP_CLUNK = 120,
};

#define NINEP_QID_DIR     0x80u
#define NINEP_QID_SYMLINK 0x02u

/* What a file is: `path` is its number, which no two files of a share have at one time. */
struct ninep_qid {
	uint8_t type; /* NINEP_QID_* */
	uint32_t version;
	uint64_t path;
};

struct ninep_time {
	uint64_t sec, nsec;
};

struct ninep_attributes {
	struct ninep_qid qid;
	uint32_t mode, uid, gid;
	uint64_t nlink, device, size, block_bytes, blocks;
	struct ninep_time atime, mtime, ctime;
};

struct ninep_statfs {
	uint32_t type, block_bytes, name_max;
	uint64_t blocks, blocks_free, blocks_available, files, files_free;
};

/* Bits of Tsetattr's `valid`. */
#define NINEP_SET_MODE       0x001u
#define NINEP_SET_UID        0x002u
#define NINEP_SET_GID        0x004u
#define NINEP_SET_SIZE       0x008u
#define NINEP_SET_ATIME      0x010u /* to now, unless ATIME_TO is set too */
#define NINEP_SET_MTIME      0x020u
#define NINEP_SET_ATIME_TO   0x080u
#define NINEP_SET_MTIME_TO   0x100u
#define NINEP_GETATTR_BASIC  0x7ffull
#define NINEP_UNLINK_DIR     0x200u
#define NINEP_ENTRY_HEAD     24u /* of a directory entry: qid, offset, type, length of the name */
#define NINEP_GETATTR_FIELDS 153u

/* -- requests -- */

/* Over the caller's memory. What does not fit is left out and remembered. */
struct ninep_writer {
	uint8_t *data;
	uint32_t room, bytes;
	bool is_full;
};

/* Begin a message; the tag is filled in by ninep_finish. */
void ninep_begin(struct ninep_writer *writer, void *data, uint32_t room, enum ninep_type type);
void ninep_put_u16(struct ninep_writer *writer, uint16_t value);
void ninep_put_u32(struct ninep_writer *writer, uint32_t value);
void ninep_put_u64(struct ninep_writer *writer, uint64_t value);
void ninep_put_text(struct ninep_writer *writer, const char *text);
/* Length and tag; `data_bytes` come behind what was written. 0, or -ENAMETOOLONG when it did not fit. */
int ninep_finish(struct ninep_writer *writer, uint16_t tag, uint32_t data_bytes);

/* -- replies -- */

struct ninep_reader {
	const uint8_t *data;
	uint32_t bytes, at;
	bool is_bad; /* something did not fit: what was read since is zero */
};

/*
 * Look at the head of a reply of which `bytes` arrived, `room` of them at `data` and the rest elsewhere: 0 and *reader
 * on what follows; the server's error as a negative errno; -EIO for anything else than a reply of this type and tag.
 */
int ninep_open_reply(struct ninep_reader *reader, const void *data, uint32_t room, uint32_t bytes, enum ninep_type type,
		     uint16_t tag);
uint16_t ninep_get_u16(struct ninep_reader *reader);
uint32_t ninep_get_u32(struct ninep_reader *reader);
uint64_t ninep_get_u64(struct ninep_reader *reader);
void ninep_get_qid(struct ninep_reader *reader, struct ninep_qid *qid);
/* A string with its zero into `to`: its length, or -EIO when it has a zero within or does not fit. */
ssize_t ninep_get_text(struct ninep_reader *reader, char *to, size_t room);
/* All of it was read and nothing was bad: 0, else -EIO. */
int ninep_close_reply(const struct ninep_reader *reader);

int ninep_read_attributes(struct ninep_reader *reader, struct ninep_attributes *attributes);
int ninep_read_statfs(struct ninep_reader *reader, struct ninep_statfs *statfs);
/* The reply to a walk of `wanted` names: 0 and the last one's qid when all were found, -ENOENT when the last was not.
 */
int ninep_read_walk(struct ninep_reader *reader, unsigned wanted, struct ninep_qid *qid);

struct ninep_entry {
	struct ninep_qid qid;
	uint64_t next; /* the position behind it */
	uint8_t type;  /* DT_* */
	uint8_t name_bytes;
	const char *name; /* not ended by zero */
};
/* The entry at *at of Rreaddir's data, and *at behind it: 1; 0 at the end; -EIO. */
int ninep_next_entry(const uint8_t *data, uint32_t bytes, uint32_t *at, struct ninep_entry *entry);

#endif
