/*
 * AF_UNIX (unix(7)): stream, datagram and sequenced-packet sockets between processes of this machine. What is sent goes
 * at once where the receiver will take it: bytes of a stream into the receiver's ring, messages onto its list.
 *
 * Life: a socket is held by its description, by the sockets whose peer it is, by its name, and by the messages it has
 * sent. `is_dead` says that the description has ended; the rest is memory that goes with the last reference.
 *
 * Locks. mutex: what waits to be read in this socket, and the halves that are shut. Nobody holds two of them.
 * unix_lock, a spin lock for all sockets, inside a mutex: who is whose peer, names, states. A stream's peer is set once
 * and stays until its own description ends, so sending looks at it without the lock. Whoever shuts a half, kills a
 * socket or leaves it an error does so under its mutex, and wakes after it.
 */
#ifndef NAMU_NET_UNIX_H
#define NAMU_NET_UNIX_H

#include "ipc/bytering.h"
#include "net/socket.h"

#define UNIX_RING_BYTES 262144u

enum unix_state { UNIX_IDLE, UNIX_LISTENING, UNIX_CONNECTED };

/* Bits of unix_socket.shut. */
#define UNIX_SHUT_READ  1u
#define UNIX_SHUT_WRITE 2u
#define UNIX_SHUT_BOTH  3u

/* Longest address: the family, and a path without its zero or an abstract name. */
#define UNIX_ADDRESS_BYTES 110u
#define UNIX_FAMILY_BYTES  2u

/* A name. Lock key: (a) atomic; (i) immutable; (u) unix_lock. */
struct unix_address {
	struct refcount refs;                 /* (a) the socket's, those of connections that it accepted */
	uint32_t bytes;                       /* (i) as getsockname tells it */
	uint32_t hash;                        /* (i) of an abstract name and the type */
	struct list link;                     /* (u) among abstract names */
	struct unix_socket *owner;            /* (u) an abstract name's socket, without a reference */
	uint8_t data[UNIX_ADDRESS_BYTES + 1]; /* (i) family and path, which is ended by a zero */
};

/* Who a process is, for SO_PEERCRED and its like. */
struct unix_identity {
	struct pid *pid; /* with a reference; null: nobody */
	int32_t number;
	const struct cred *cred; /* with a reference */
};

/* Who wrote something. All zero: not told. */
struct unix_writer {
	struct pid *pid; /* with a reference, or null */
	int32_t number;
	uint32_t uid, gid;
};

/* Descriptions on their way: net/unix_rights.c. Lock key: (a) atomic; (f) flight_mutex; (h) whoever holds the message.
 */
struct unix_rights {
	struct refcount refs; /* (a) the message's, and those who look at it by MSG_PEEK */
	struct list link;     /* (h) */
	uint32_t count;       /* (h) */
	uint32_t uid;         /* (f) on whose account */
	bool is_flying;       /* (f) counted */
	struct file *files[]; /* (h) with a reference each */
};

/* What goes with a message beside its bytes. */
struct unix_ancillary {
	struct unix_rights *rights;
	struct unix_writer writer;
};

enum unix_mark_kind { UNIX_MARK_WRITER, UNIX_MARK_RIGHTS, UNIX_MARK_URGENT, UNIX_MARK_KINDS };

/* What goes with bytes of a stream, counted from its beginning: from `at` on, or from `at` to `end`. Guarded by the
 * mutex of the socket that holds it. */
struct unix_mark {
	struct list link;
	uint64_t at, end;
	uint8_t kind;
	bool is_hole; /* the urgent byte was read out of turn */
	struct unix_rights *rights;
	struct unix_writer writer;
};

/*
 * Lock key: (i) immutable; (a) atomic; (m) its mutex; (u) unix_lock; (b) its bind_mutex; (f) flight_mutex; (q) its own
 * lock.
 */
struct unix_socket {
	struct socket socket;               /* (a) first: the family's socket is the socket */
	struct refcount refs;               /* (a) */
	struct list all_link;               /* (u) among all that have not ended */
	uint64_t number;                    /* (i) of its own, for /proc/net/unix */
	_Atomic uint8_t state;              /* (u) enum unix_state, read without */
	_Atomic uint8_t shut;               /* (m) UNIX_SHUT_*, read without */
	_Atomic bool is_dead;               /* (m) its description has ended */
	struct unix_socket *peer;           /* (u) with a reference, or null */
	struct mutex bind_mutex;            /* (i) outside of the other */
	struct mutex mutex;                 /* (i) */
	struct bytering ring;               /* (m) of a stream: bytes to be read */
	uint64_t taken;                     /* (m) of a stream: bytes that have left the ring */
	struct list marks;                  /* (m) of a stream: struct unix_mark, in order */
	struct unix_mark *urgent;           /* (m) the urgent byte that nobody has read, or null */
	struct unix_writer head_writer;     /* (m) of the byte at the ring's head */
	struct list messages;               /* (m) of the others: struct unix_message to be read */
	uint32_t message_count;             /* (m) read without by pollers */
	_Atomic uint32_t sent;              /* (a) memory of messages that it sent and nobody has read */
	struct list flight_link;            /* (f) among the sockets on their way */
	struct list collect_link;           /* (f) */
	uint32_t flights;                   /* (f) how often it is on its way */
	uint32_t outer_flights;             /* (f) of those, in no candidate's queue */
	bool is_candidate;                  /* (f) all its references are on their way */
	struct waitq read_wait;             /* (q) those who wait to read, accept, poll */
	struct waitq write_wait;            /* (q) those who wait to write */
	struct unix_address *address;       /* (u) set once, under bind_mutex; with a reference */
	struct path place;                  /* (b, u) of a name in the tree of files, with references */
	struct unix_identity peer_identity; /* (u) who connected, listened, or made the pair */
	struct list pending;                /* (m) of a listening socket: connections not yet accepted */
	struct list pending_link;           /* (m) the listening socket's: on its list */
	uint32_t backlog;                   /* (m) */
	struct list senders;                /* (u) connected to it, and waiting in poll for room on its list */
	struct list sender_link;            /* (u) on its peer's list */
	struct waitq room_wait;             /* (q) others who wait for room on its list */
};

/*
 * A datagram or packet on its way. Owned by the list it is on, or by who took it off.
 */
struct unix_message {
	struct list link;
	uint32_t bytes;
	uint32_t charged;           /* against the sender's `sent` */
	struct unix_socket *sender; /* with a reference */
	struct unix_ancillary ancillary;
	uint8_t *data;
};

extern struct spinlock unix_lock;

static inline struct unix_socket *unix_of(struct socket *socket)
{
	return container_of(socket, struct unix_socket, socket);
}
static inline enum unix_state unix_state(const struct unix_socket *self)
{
	return (enum unix_state)atomic_load_explicit(&self->state, memory_order_acquire);
}
static inline unsigned unix_shut(const struct unix_socket *self)
{
	return atomic_load_explicit(&self->shut, memory_order_relaxed);
}

static inline void unix_get(struct unix_socket *self)
{
	refcount_get(&self->refs);
}
void unix_put(struct unix_socket *self);

extern const struct socket_ops unix_stream_ops;
extern const struct socket_ops unix_datagram_ops;
extern const struct socket_ops unix_packet_ops;

/* What all three kinds do alike: net/unix_socket.c. */
int unix_pair(struct socket *first, struct socket *second);
int unix_shutdown(struct socket *socket, int how);
void unix_release(struct socket *socket);
uint32_t unix_poll(struct socket *socket, struct file *file, struct poll_table *table);
int64_t unix_ioctl(struct socket *socket, uint32_t command, uint64_t argument);
/* The peer with a reference; null. */
struct unix_socket *unix_peer_get(struct unix_socket *self);
/* A datagram socket whose peer is `peer` has none any more. */
void unix_disconnect(struct unix_socket *self, struct unix_socket *peer);
/* Bytes that the socket has sent and nobody has read. */
uint32_t unix_unread(const struct unix_socket *self);
/* Is there something to read? */
bool unix_has_input(const struct unix_socket *self);

static inline void unix_wake_readers(struct unix_socket *self)
{
	if (!waitq_is_empty(&self->read_wait))
		waitq_wake_key(&self->read_wait, POLL_IN | POLL_RDNORM, 1);
}
/* Half of the room and more is free again: those who write, and poll for it. */
void unix_wake_writers(struct unix_socket *self);

/* A fresh socket with one reference; null: no memory. */
struct unix_socket *unix_alloc(int type, int protocol);
/* Room on its list: those who wait to send to it, in calls and in poll. */
void unix_wake_senders(struct unix_socket *self);
/* Shut halves, leave an error (0: none), wake all. */
void unix_shut_halves(struct unix_socket *self, unsigned halves, int error);
static inline bool unix_is_full(const struct unix_socket *self)
{
	return self->message_count > self->backlog;
}

/* SO_PEEK_OFF: MSG_PEEK has looked at `bytes` more; they have left. The mutex is held. */
static inline void unix_peek_forward(struct unix_socket *self, size_t bytes)
{
	if (self->socket.peek_offset >= 0)
		self->socket.peek_offset += (int32_t)bytes;
}
static inline void unix_peek_back(struct unix_socket *self, size_t bytes)
{
	if (unlikely(self->socket.peek_offset > 0))
		self->socket.peek_offset = (int32_t)MAX((int64_t)self->socket.peek_offset - (int64_t)bytes, 0l);
}

/* What /proc/net/unix shows of one. */
struct unix_view {
	uint64_t number;
	uint32_t references;
	enum unix_state state;
	uint16_t type;
	uint64_t ino; /* 0: not accepted yet */
	const struct unix_address *address;
};
/* Each socket in the order of their making; visit is called under unix_lock. */
void unix_for_each(void (*visit)(const struct unix_view *view, void *arg), void *arg);
/* All that have not ended, in the same order; unix_lock is held. */
struct list *unix_all(void);
/* FIONREAD: bytes of a stream or of all packets, or of the next datagram. */
uint32_t unix_input_bytes(struct unix_socket *self);
/* net.unix.max_dgram_qlen: a list of more than that takes no other message; for sockets made from now on. */
extern _Atomic uint32_t unix_messages_most;

/* Names: net/unix_name.c. */
int unix_bind(struct socket *socket, const struct socket_address *address);
/* A name of the kernel's choice, unless it has one. */
int unix_autobind(struct unix_socket *self);
int unix_name(struct socket *socket, bool of_peer, struct socket_address *address);
/* The name of a socket for a receiver; no bytes when it has none. */
void unix_name_of(struct unix_socket *self, struct socket_address *address);
/* Could it lead to one? 0 or -EINVAL. */
int unix_check_address(const struct socket_address *address);
/* The socket that an address leads to, with a reference; err_ptr(-EINVAL, -ECONNREFUSED, -EPROTOTYPE, -ENOENT,
 * -EACCES ...). */
struct unix_socket *unix_find(const struct socket_address *address, int type);
/* The description has ended: the name leads nowhere. */
void unix_unbind(struct unix_socket *self);
void unix_address_put(struct unix_address *address); /* null is let pass */

/* Connections: net/unix_connect.c. */
int unix_listen(struct socket *socket, int backlog);
int unix_connect(struct socket *socket, const struct socket_address *address, uint32_t file_flags);
int unix_datagram_connect(struct socket *socket, const struct socket_address *address, uint32_t file_flags);
struct socket *unix_accept(struct socket *socket, uint32_t file_flags);
/* The current process. */
void unix_identity_current(struct unix_identity *identity);
void unix_identity_copy(struct unix_identity *to, const struct unix_identity *from);
void unix_identity_put(struct unix_identity *identity);
/* May `self` send to `to`: nobody else is its peer. unix_lock is held. */
static inline bool unix_may_send(const struct unix_socket *self, const struct unix_socket *to)
{
	return !to->peer || to->peer == self;
}

ssize_t unix_stream_send(struct socket *socket, struct socket_message *message);
ssize_t unix_stream_receive(struct socket *socket, struct socket_message *message);
ssize_t unix_datagram_send(struct socket *socket, struct socket_message *message);
ssize_t unix_datagram_receive(struct socket *socket, struct socket_message *message);
ssize_t unix_packet_send(struct socket *socket, struct socket_message *message);
ssize_t unix_packet_receive(struct socket *socket, struct socket_message *message);

/* struct ucred of user programs. */
struct unix_credentials {
	int32_t pid;
	uint32_t uid, gid;
};
int unix_get_option(struct socket *socket, int level, int name, uaddr_t value, int32_t *bytes);
bool unix_is_listening(const struct socket *socket);

/* What goes with messages: net/unix_control.c. */
/* From the control messages of a sender; descriptions are counted as on their way. 0, or -errno and nothing is held. */
int unix_ancillary_read(const struct socket_message *message, struct unix_ancillary *ancillary);
/* The current process as the writer, unless one was given. */
void unix_ancillary_writer(struct unix_ancillary *ancillary);
bool unix_wants_writer(const struct unix_socket *self, const struct unix_socket *to);
/* Write control messages for the receiver, give him descriptors, and give up what is left. No lock is held. */
void unix_ancillary_give(struct unix_socket *self, struct socket_message *message, struct unix_ancillary *ancillary);
void unix_ancillary_put(struct unix_ancillary *ancillary);
void unix_writer_copy(struct unix_writer *to, const struct unix_writer *from);
void unix_writer_put(struct unix_writer *writer);
bool unix_writer_is(const struct unix_writer *a, const struct unix_writer *b);
static inline bool unix_has_ancillary(const struct unix_ancillary *ancillary)
{
	return ancillary->rights || ancillary->writer.pid;
}

/* Descriptions on their way: net/unix_rights.c. */
struct unix_rights *unix_rights_create(uint32_t room);
/* Count them as on their way: 0, -ETOOMANYREFS, -ENOMEM. */
int unix_rights_fly(struct unix_rights *rights);
/* They have arrived (or were looked at, and stay): a reference to each is the caller's. */
void unix_rights_land(struct unix_rights *rights, bool stays);
/* Drop a reference; the last one puts the descriptions. No lock is held. Null is let pass. */
void unix_rights_put(struct unix_rights *rights);
/* A descriptor of this one is being closed. */
void unix_closing(struct socket *socket);

/* Marks: net/unix_mark.c. The mutex of the socket whose stream it is is held. */
struct unix_marks {
	struct unix_mark *of[UNIX_MARK_KINDS];
};
/* Before a piece is put: the marks that it needs. 0 or -ENOMEM. */
int unix_marks_prepare(struct unix_socket *to, const struct unix_ancillary *ancillary, bool is_urgent,
		       struct unix_marks *marks);
/* It was put (`bytes`), or not: the marks are set, and take the rights over; or given up. */
void unix_marks_put(struct unix_socket *to, struct unix_ancillary *ancillary, struct unix_marks *marks, ssize_t bytes);
void unix_mark_end(struct unix_mark *mark);
/* A read of a stream with marks, in steps. */
struct unix_reading {
	struct unix_socket *self;
	struct uio *uio;
	struct unix_ancillary ancillary;  /* what goes with the bytes */
	const struct unix_writer *writer; /* of the next byte */
	uint64_t position;                /* of the next byte */
	uint32_t skip;                    /* MSG_PEEK: bytes behind the head to begin with */
	size_t done;
	bool is_peek, wants_writer, has_writer;
};
/* After the mutex was taken: stand at the first byte. */
void unix_reading_begin(struct unix_reading *reading);
/* Read what is there. 1: the read ends here; 0: more may come; -EFAULT. */
int unix_reading_step(struct unix_reading *reading);
/* Bytes in the ring that were read out of turn. */
uint32_t unix_holes(const struct unix_socket *self);
/* These two take the mutex. SIOCATMARK; a receive with MSG_OOB. */
bool unix_is_at_urgent(struct unix_socket *self);
ssize_t unix_receive_urgent(struct unix_socket *self, struct socket_message *message);

/* Messages: net/unix_message.c. All of a uio; err_ptr(-EFAULT, -ENOMEM). */
struct unix_message *unix_message_create(struct unix_socket *sender, struct uio *uio);
/* It was read, or nobody will: the sender gets its room back. */
void unix_message_end(struct unix_message *message);

#endif
