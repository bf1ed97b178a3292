/*
 * Pipes and FIFOs (pipe(7)): a byte ring with counted readers and writers.
 *
 * Life: made by pipe_create or by the first open of a FIFO; hangs on its inode (inode->pipe); ends with the last
 * description. Locks: inode->mutex (whether there is a pipe, `files`), then the pipe's mutex. The mutex, not a spin
 * lock, because user memory is copied under it. Wake-ups come after it is released.
 *
 * Who is woken: a reader when the ring was empty, a writer when it was full, not at every byte; so a message costs no
 * switch while the other side has something to do. Whoever was woken and leaves something behind wakes the next one.
 */
#ifndef NAMU_IPC_PIPE_H
#define NAMU_IPC_PIPE_H

#include "fs/file.h"
#include "fs/poll.h"
#include "ipc/bytering.h"
#include "mem/page.h"

#define PIPE_BUF_BYTES      4096u /* PIPE_BUF: writes up to this are atomic, and the room that makes a pipe writable */
#define PIPE_DEFAULT_BYTES  65536u
#define PIPE_MAX_USER_BYTES 1048576u                      /* fs.pipe-max-size */
#define PIPE_MAX_BYTES      (PAGE_SIZE << PAGE_ORDER_MAX) /* the largest block of memory */
#define PIPE_PACKETS_MAX    16

struct pipe_packets;

/* Lock key: (i) immutable; (m) its mutex; (n) the inode's mutex. */
struct pipe {
	struct mutex mutex;           /* (i) */
	struct bytering ring;         /* (m) */
	uint32_t readers, writers;    /* (m) descriptions open for each */
	uint32_t readers_ever;        /* (m) openings for reading since it was made: an opener waits for a change */
	uint32_t writers_ever;        /* (m) */
	uint32_t files;               /* (n) descriptions, and openings in progress */
	bool is_polled;               /* (m) somebody asked poll: edge-triggered ones want to hear of every write */
	bool is_anonymous;            /* (i) not a FIFO: its openings wait for nobody */
	struct waitq read_wait;       /* (i) readers, and pollers of the reading end */
	struct waitq write_wait;      /* (i) */
	struct waitq open_wait;       /* (i) openings of a FIFO that wait for the other side */
	struct pipe_packets *packets; /* (m) null until the first write with O_DIRECT */
};

extern const struct file_ops pipe_file_ops;
/* file_ops of S_IFIFO inodes: open only. */
extern const struct file_ops fifo_file_ops;

/* pipe2(2) without the descriptors: ends[0] for reading, ends[1] for writing; flags O_NONBLOCK and O_DIRECT. 0 or
 * -ENOMEM. */
int pipe_create(struct file *ends[2], uint32_t flags);
/* A pipe without inode or users, for FIFOs; null: no memory. */
struct pipe *pipe_alloc(void);
void pipe_free(struct pipe *pipe);
/* The pipe behind a description; null when it is something else. */
static inline struct pipe *pipe_of(const struct file *file)
{
	return file->ops == &pipe_file_ops ? file->private_data : NULL;
}

/* pipe2(2): two descriptors at `fds`; flags O_CLOEXEC, O_NONBLOCK, O_DIRECT. 0, -EINVAL, -EMFILE, -ENFILE, -ENOMEM,
 * -EFAULT. */
int pipe_open_user(uaddr_t fds, uint32_t flags);

/* F_SETPIPE_SZ: rounded up to a power of two; the new size. -EBADF (no pipe), -EINVAL, -EPERM, -EBUSY, -ENOMEM. */
int64_t pipe_set_size(struct file *file, uint64_t bytes);
int64_t pipe_size(struct file *file);

/*
 * Inside of pipes, for splice and tee. The mutex is held where nothing else is said. pipe_wait_* let go of it while
 * they wait.
 */
bool pipe_packets_full(const struct pipe *pipe);
/* No write of PIPE_BUF bytes fits. */
static inline bool pipe_is_full(const struct pipe *pipe)
{
	return bytering_room(&pipe->ring) < PIPE_BUF_BYTES || (unlikely(pipe->packets) && pipe_packets_full(pipe));
}
/* The pipe as it was when the mutex was taken: what has changed since says who is to be woken. */
struct pipe_before {
	uint32_t used; /* bytes in the ring */
	bool was_full;
	bool did_sleep; /* a wake-up was used up: what is left over is for the next waiter */
};
static inline struct pipe_before pipe_lock(struct pipe *pipe)
{
	mutex_lock(&pipe->mutex);
	return (struct pipe_before){.used = bytering_used(&pipe->ring), .was_full = pipe_is_full(pipe)};
}
/* Release the mutex and wake who has to know. */
void pipe_unlock(struct pipe *pipe, struct pipe_before before);
/* read's and write's bodies, for a uio that is not empty; these take the mutex themselves. */
ssize_t pipe_take(struct pipe *pipe, struct uio *uio, bool may_block);
ssize_t pipe_put(struct pipe *pipe, struct uio *uio, bool is_packet, bool may_block);
/* Wait until there are bytes: 1; 0 when no writer is left; -EAGAIN when `may_block` is false; -ERESTART_CALL. */
int pipe_wait_bytes(struct pipe *pipe, bool may_block, struct pipe_before *before);
/* Wait until `bytes` (at most PIPE_BUF_BYTES) fit: 0; -EPIPE when no reader is left (the signal was sent); -EAGAIN;
 * -ERESTART_CALL. */
int pipe_wait_room(struct pipe *pipe, uint32_t bytes, bool is_packet, bool may_block, struct pipe_before *before);

/* Packets (O_DIRECT): ipc/pipe_packet.c. The mutex is held. */
/* Make the place for one more packet. 0 or -ENOMEM. */
int pipe_packets_prepare(struct pipe *pipe);
/* `bytes` bytes just put are one packet. */
void pipe_packet_add(struct pipe *pipe, uint32_t bytes);
/* Take for a read: at most one packet, whose rest is dropped, or plain bytes up to the next packet. */
size_t pipe_packet_take(struct pipe *pipe, struct uio *uio);
/* Bytes at the head before the first packet; UINT32_MAX when there is none. */
uint32_t pipe_plain_bytes(const struct pipe *pipe);
/* `bytes` at the head went in another way (splice). */
void pipe_packets_dropped(struct pipe *pipe, uint32_t bytes);

#endif
