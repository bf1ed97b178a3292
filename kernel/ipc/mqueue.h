/*
 * POSIX message queues (mq_overview(7)): a face of struct msgq that is a file. A queue is an inode of the mqueue file
 * system, of which each ipc namespace has one tree; a descriptor of it is an ordinary open file description. Reading
 * one gives a line of text about it; messages are sent and received by calls of their own.
 *
 * Life: made by mq_open, named until mq_unlink, ended with its inode. Locks: the msgq's, for what is told to whom too.
 */
#ifndef NAMU_IPC_MQUEUE_H
#define NAMU_IPC_MQUEUE_H

#include <linux/mqueue.h>

#include "fs/async.h"
#include "ipc/msgq.h"
#include "ipc/namespace.h"

/* Who is told when a message comes to the empty queue, once. Lock key: (q) the msgq's lock. */
struct mqueue_notice {
	struct file_owner owner;           /* (q) a process; pid null: nobody */
	int32_t how;                       /* (q) SIGEV_NONE, SIGEV_SIGNAL, SIGEV_THREAD */
	int32_t signal;                    /* (q) */
	uint64_t value;                    /* (q) */
	struct file *socket;               /* (q) SIGEV_THREAD: where the cookie is sent; a reference */
	uint8_t cookie[NOTIFY_COOKIE_LEN]; /* (q) */
};

/* inode->pipe of a queue. Lock key: (i) immutable; (q) the msgq's lock; (l) the lock of the list of all. */
struct mqueue {
	struct msgq queue;           /* (q) */
	uint64_t message_bytes;      /* (i) most bytes of a message */
	struct mqueue_notice notice; /* (q) */
	struct ipc_namespace *space; /* (i) in which it counts, with a reference */
	uint32_t uid;                /* (i) who pays for it, by RLIMIT_MSGQUEUE */
	uint64_t charge_bytes;       /* (i) */
	struct list link;            /* (l) */
};

/* Boot: register the file system. */
void mqueue_init(void);
void mqueue_limits_init(struct ipc_namespace *space);
/* The namespace has no users any more: its tree goes, unless it is mounted. */
void mqueue_leave(struct ipc_namespace *space);

/* Bodies of the calls. `attributes` is 0 or the address of a struct mq_attr. */
int64_t mqueue_open(uaddr_t name, int flags, uint32_t mode, uaddr_t attributes);
int64_t mqueue_unlink(uaddr_t name);
int64_t mqueue_send(int fd, uaddr_t from, uint64_t bytes, uint32_t priority, uint64_t deadline_ns);
int64_t mqueue_receive(int fd, uaddr_t to, uint64_t bytes, uaddr_t priority, uint64_t deadline_ns);
/* `event`: 0 or the address of a struct sigevent. */
int64_t mqueue_notify(int fd, uaddr_t event);
int64_t mqueue_attributes(int fd, uaddr_t fresh, uaddr_t old);

/* The queue behind a description; null: it is none. */
struct mqueue *mqueue_of(struct file *file);
extern const struct file_ops mqueue_file_ops;

/* A queue and its account: err_ptr -EINVAL, -EOVERFLOW, -EMFILE, -ENOSPC, -ENOMEM. `attributes` null: the defaults. */
struct mqueue *mqueue_create(struct ipc_namespace *space, const struct mq_attr *attributes);
void mqueue_destroy(struct mqueue *mqueue);
/* Somebody has closed a descriptor of it: what he was to be told is forgotten. */
void mqueue_forget_notice(struct mqueue *mqueue);
/* A message came while it was empty. No lock is held. */
void mqueue_tell(struct mqueue *mqueue);

/* mqueue_fs.c: the queue `name` of the namespace. With `flags` of open(2): a description, or err_ptr. */
struct file *mqueue_open_name(struct ipc_namespace *space, const char *name, uint32_t flags, uint32_t mode,
			      const struct mq_attr *attributes);
int mqueue_remove_name(struct ipc_namespace *space, const char *name);

/* Filled by proc/: a signal with SI_MESGQ from the current process. */
extern void (*mqueue_signal_hook)(struct pid *process, int signal, uint64_t value);
/*
 * Filled by net/: netlink sockets, by which a C library's thread waits for SIGEV_THREAD. Is the description one? And
 * put a message of `bytes` bytes into its receive queue, from the kernel (port 0); one that finds no room is lost.
 */
struct mqueue_socket_hooks {
	bool (*is_netlink)(struct file *file);
	void (*send)(struct file *file, const void *data, size_t bytes);
};
extern struct mqueue_socket_hooks mqueue_socket_hooks;

#endif
