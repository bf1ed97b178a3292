/*
 * Sockets (socket(7)): a socket is what stands behind a description, and a family of addresses says what it does.
 *
 * The calls (syscall/socket*.c) unpack and come here; here is what all families share (descriptions, options,
 * time-outs, control messages); a family is a row in the table of socket.c: its number, and a function that makes a
 * socket with its operations. Nothing above knows which families there are.
 *
 * Life: made by the family's create or accept; held by its description (socket_open); ended by ops->release when that
 * ends. The family allocates it as the first part of its own structure and says in its own header how it is guarded.
 */
#ifndef NAMU_NET_SOCKET_H
#define NAMU_NET_SOCKET_H

#include "fs/file.h"
#include "fs/poll.h"
#include "vm/uio.h"

struct socket;

/* Flags of messages (linux/socket.h of user programs has them in the C library alone). */
#define MSG_OOB          0x1u
#define MSG_PEEK         0x2u
#define MSG_CTRUNC       0x8u
#define MSG_TRUNC        0x20u
#define MSG_DONTWAIT     0x40u
#define MSG_EOR          0x80u
#define MSG_WAITALL      0x100u
#define MSG_ERRQUEUE     0x2000u
#define MSG_NOSIGNAL     0x4000u
#define MSG_MORE         0x8000u
#define MSG_WAITFORONE   0x10000u
#define MSG_FASTOPEN     0x20000000u
#define MSG_CMSG_CLOEXEC 0x40000000u

/* Families of addresses, by Linux's numbers. */
#define AF_UNSPEC  0
#define AF_UNIX    1
#define AF_INET    2
#define AF_INET6   10
#define AF_NETLINK 16
#define AF_LIMIT   46

/* Types, and the flags that may stand beside one. */
#define SOCK_STREAM    1
#define SOCK_DGRAM     2
#define SOCK_RAW       3
#define SOCK_RDM       4
#define SOCK_SEQPACKET 5
#define SOCK_TYPE_MASK 0xfu
#define SOCK_TYPES     11

#define SHUT_RD   0
#define SHUT_WR   1
#define SHUT_RDWR 2

/* net.core of /proc/sys. Lock key: (a) atomic. */
struct socket_limits {
	_Atomic uint32_t backlog_most;                  /* (a) somaxconn */
	_Atomic uint32_t send_default, send_most;       /* (a) wmem_default, wmem_max */
	_Atomic uint32_t receive_default, receive_most; /* (a) rmem_default, rmem_max */
	_Atomic uint32_t control_most;                  /* (a) optmem_max: control messages of one sendmsg */
};
extern struct socket_limits socket_limits;

/* The least sizes of buffers. What a program asks for is doubled, as on Linux. */
#define SOCKET_SEND_LEAST    4608u
#define SOCKET_RECEIVE_LEAST 2304u

struct socket_address {
	uint32_t bytes; /* 0: none */
	union {
		uint16_t family;
		uint8_t data[128];
	};
};

/*
 * One transfer, on the stack of its call. A family reads the first part and fills the second.
 */
struct socket_message {
	struct uio *uio;
	uint32_t flags;                 /* MSG_*; MSG_DONTWAIT also for a description with O_NONBLOCK */
	struct socket_address *address; /* sending: where to, or null; receiving: who it came from, or null */
	const uint8_t *control;         /* sending: a copy of the control messages, or null */
	uint32_t control_bytes;         /* sending */
	uaddr_t control_to;             /* receiving: where control messages go, moves on; 0: nowhere */
	uint64_t control_room;          /* receiving: what is left there */
	bool has_control;               /* receiving: by recvmsg, so that MSG_CTRUNC can be told */

	uint32_t result_flags; /* receiving: MSG_TRUNC, MSG_CTRUNC, MSG_OOB ... */
};

/*
 * What a socket does. Null entries answer EOPNOTSUPP; errors are those of the man pages. May sleep; no lock is held.
 */
struct socket_ops {
	int (*bind)(struct socket *socket, const struct socket_address *address);
	int (*connect)(struct socket *socket, const struct socket_address *address, uint32_t file_flags);
	int (*listen)(struct socket *socket, int backlog);
	/* A connection: a socket of the same family, or err_ptr. */
	struct socket *(*accept)(struct socket *socket, uint32_t file_flags);
	/* The other half of socketpair(2): two fresh sockets become each other's peers. */
	int (*pair)(struct socket *first, struct socket *second);
	int (*name)(struct socket *socket, bool of_peer, struct socket_address *address);
	/* The peer of a connection just accepted, even if it has ended since. Null: as name. */
	int (*caller)(struct socket *socket, struct socket_address *address);
	int (*shutdown)(struct socket *socket, int how);
	ssize_t (*send)(struct socket *socket, struct socket_message *message);
	ssize_t (*receive)(struct socket *socket, struct socket_message *message);
	uint32_t (*poll)(struct socket *socket, struct file *file, struct poll_table *table);
	int64_t (*ioctl)(struct socket *socket, uint32_t command, uint64_t argument);
	/* Options of other levels, and those of SOL_SOCKET that net/socket_option.c does not know: -ENOPROTOOPT for
	 * what they do not know either. */
	int (*set_option)(struct socket *socket, int level, int name, uaddr_t value, uint32_t bytes);
	/* *bytes is the room, not negative; it becomes what was written. */
	int (*get_option)(struct socket *socket, int level, int name, uaddr_t value, int32_t *bytes);
	bool (*is_listening)(const struct socket *socket);
	/* A descriptor is being closed, perhaps not the last; or null. */
	void (*closing)(struct socket *socket);
	/* The description has ended: the family frees the socket when nobody needs it any more. */
	void (*release)(struct socket *socket);
};

/* Options that are on or off; bits of socket->options. */
#define SOCKET_DEBUG      0x0001u
#define SOCKET_REUSEADDR  0x0002u
#define SOCKET_REUSEPORT  0x0004u
#define SOCKET_KEEPALIVE  0x0008u
#define SOCKET_DONTROUTE  0x0010u
#define SOCKET_BROADCAST  0x0020u
#define SOCKET_OOBINLINE  0x0040u
#define SOCKET_LINGER     0x0080u
#define SOCKET_PASSCRED   0x0100u
#define SOCKET_PASSPIDFD  0x0200u
#define SOCKET_TIMESTAMP  0x0400u
#define SOCKET_PASSRIGHTS 0x0800u

/* Messages carry the time of their coming, in microseconds or in nanoseconds: at most one of the two is set. */
#define SOCKET_TIMESTAMPNS 0x1000u
#define SOCKET_TIMESTAMPS  (SOCKET_TIMESTAMP | SOCKET_TIMESTAMPNS)

/* Those of AF_UNIX alone. */
#define SOCKET_UNIX_BITS (SOCKET_PASSCRED | SOCKET_PASSPIDFD | SOCKET_PASSRIGHTS)

/*
 * Lock key: (i) immutable; (a) atomic, no order among them.
 */
struct socket {
	const struct socket_ops *ops;              /* (i) */
	struct file *file;                         /* (i) its description, without a reference; null before that */
	uint16_t family;                           /* (i) */
	uint16_t type;                             /* (i) */
	int32_t protocol;                          /* (i) */
	_Atomic int32_t error;                     /* (a) positive; told once: SO_ERROR, or the next call */
	_Atomic uint32_t options;                  /* (a) SOCKET_* */
	_Atomic uint32_t send_limit;               /* (a) SO_SNDBUF, bytes */
	_Atomic uint32_t receive_limit;            /* (a) SO_RCVBUF */
	_Atomic int32_t receive_least;             /* (a) SO_RCVLOWAT */
	_Atomic int32_t peek_offset;               /* (a) SO_PEEK_OFF; negative: off */
	_Atomic uint64_t receive_timeout_ns;       /* (a) SO_RCVTIMEO; TIME_NEVER: none; 0: do not wait */
	_Atomic uint64_t send_timeout_ns;          /* (a) */
	_Atomic uint32_t linger_s, priority, mark; /* (a) */
};

struct socket_family {
	/* A socket, or err_ptr: -ESOCKTNOSUPPORT, -EPROTONOSUPPORT, -ENOMEM, -EPERM ... */
	struct socket *(*create)(int type, int protocol);
};
extern const struct socket_family unix_family, inet_family, inet6_family;
/* A descriptor of a socket was closed: sockets on their way to nobody are given up, if it was such a one. */
void unix_collect_wanted(void);

/* socket(2) and socketpair(2) without descriptors; `type` without flags. */
struct socket *socket_create(int family, int type, int protocol);
/* The fields above as every fresh socket has them; the rest of the structure is zero. */
void socket_init(struct socket *socket, const struct socket_ops *ops, int family, int type, int protocol);
/* Its description, with O_NONBLOCK of `flags`. Takes the socket over, even on failure: err_ptr(-ENFILE, -ENOMEM). */
struct file *socket_open(struct socket *socket, uint32_t flags);
/* The same in two steps, where the socket must not be lost: a description that is to have one, and that one. */
struct file *socket_file(uint32_t flags);
void socket_attach(struct file *file, struct socket *socket);
/* The socket behind a description; null when it is something else. */
struct socket *socket_of(const struct file *file);

static inline bool socket_has(const struct socket *socket, uint32_t option)
{
	return atomic_load_explicit(&socket->options, memory_order_relaxed) & option;
}
/* The error that waits to be told, negative, or 0; it is told now. */
static inline int socket_take_error(struct socket *socket)
{
	if (likely(!atomic_load_explicit(&socket->error, memory_order_relaxed)))
		return 0;
	return -atomic_exchange(&socket->error, 0);
}

/* How long a call may still wait. */
struct socket_patience {
	uint64_t timeout_ns; /* 0: not at all; TIME_NEVER: for ever */
	uint64_t deadline_ns;
	bool has_begun;
};
static inline struct socket_patience socket_patience(uint64_t timeout_ns, bool may_block)
{
	return (struct socket_patience){.timeout_ns = may_block ? timeout_ns : 0};
}
/*
 * Wait on `queue` with `mutex`, under which the condition was looked at, given up meanwhile. 0: look again; -EAGAIN:
 * the time is over; -ERESTART_CALL, or -EINTR where a time-out was set, as that cannot be begun anew.
 */
int socket_sleep(struct waitq *queue, enum wait_kind kind, void *object, struct mutex *mutex,
		 struct socket_patience *patience);
/* The same in two steps, for conditions under other locks: the wait was registered. */
int socket_block(struct wait *wait, struct socket_patience *patience);

/*
 * Control messages: net/socket_control.c. The next one behind *offset (0 at first): 1, 0 at the end, -EINVAL.
 */
struct socket_control {
	int32_t level, type;
	const uint8_t *data;
	uint32_t bytes;
};
int socket_control_next(const struct socket_message *message, uint32_t *offset, struct socket_control *control);
/* One of SOL_SOCKET that says nothing to the sender's family: 0; -EINVAL, -EPERM when it is none that any knows. */
int socket_control_check(const struct socket_control *control);
/* Write one for a receiver; what does not fit is cut, which MSG_CTRUNC tells. 0 or -EFAULT. */
int socket_control_put(struct socket_message *message, int level, int type, const void *data, uint32_t bytes);
/* The same in parts, when the data come one by one: how many bytes fit, where they go, the header, the step beyond. */
uint64_t socket_control_room(const struct socket_message *message);
uaddr_t socket_control_data(const struct socket_message *message);
int socket_control_begin(struct socket_message *message, int level, int type, uint32_t bytes);
void socket_control_end(struct socket_message *message, uint32_t bytes);

/* Bodies of setsockopt(2), getsockopt(2): net/socket_option.c. *bytes is the room, then what was written. */
int socket_set_option(struct socket *socket, int level, int name, uaddr_t value, int32_t bytes);
int socket_get_option(struct socket *socket, int level, int name, uaddr_t value, int32_t *bytes);
/* The number of lo, the only device that sockets can be told to use. */
#define LO_INTERFACE 1
/* The device that SO_BINDTODEVICE names: 0: none; or -EFAULT, -ENODEV. */
int socket_read_device(uaddr_t user, uint32_t bytes);
/* SO_PEERCRED and SO_PEERGROUPS of a family that does not know who is at the other end. */
int socket_no_peer(int name, uaddr_t user, int32_t *bytes);
/* For a family's options: as much of `value` as the room *bytes takes. 0 or -EFAULT. */
int socket_option_to_user(uaddr_t to, int32_t *bytes, const void *value, uint32_t size);

#endif
