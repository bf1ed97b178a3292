/*
 * AF_NETLINK (netlink(7)): messages between programs and parts of the kernel, which answer requests at once, in the
 * call that sends them, by putting messages onto the sender's list. A protocol is a row in the table of netlink.c.
 *
 * A list that is longer than a message holds (a dump) is written piece by piece: the first at the request, the next
 * whenever the program has read what was there, each by calling the dump's `step` with where it stands.
 *
 * Life: a socket is held by its description, and by who looks for it to send to. Locks: netlink_mutex, a mutex for all
 * sockets, guards who has which port and hears which groups; a socket's own mutex, inside of it, guards what waits to
 * be read and the dump. Nobody holds two sockets' mutexes.
 */
#ifndef NAMU_NET_NETLINK_H
#define NAMU_NET_NETLINK_H

#include <linux/netlink.h>

#include "net/device.h"
#include "net/socket.h"

#define NETLINK_GROUPS_MOST 64u
#define NETLINK_PIECE_BYTES 3776u  /* least room of a piece of a dump */
#define NETLINK_PIECE_MOST  32400u /* most, for those who read with large buffers */

struct netlink_socket;
struct netlink_dump;

/* A message on its way to one socket. Owned by the list it is on, or by who took it off. */
struct netlink_message {
	struct list link;
	uint32_t bytes;
	uint32_t charged;     /* against the receiver's SO_RCVBUF */
	uint32_t port, group; /* of the sender; the group it was sent to, or 0 */
	int32_t pid;          /* of the sender; 0: the kernel */
	uint32_t uid, gid;
	uint8_t data[];
};

/* Messages being written into a piece of memory, one after another. */
struct netlink_writer {
	uint8_t *data;
	uint32_t room, used;
	uint32_t message_at;     /* where the current one begins */
	bool is_full;            /* the current one does not fit */
	uint32_t port, sequence; /* of who will read them */
	uint16_t flags;          /* NLM_F_* of each */
};

/* What a program asked for, while it is being answered. */
struct netlink_request {
	struct netlink_socket *from;
	const struct nlmsghdr *header;
	const uint8_t *payload;
	uint32_t bytes;        /* of the payload */
	const char *complaint; /* why it was refused, for those who want to know (NETLINK_EXT_ACK) */
};

struct netlink_dump {
	/* Write what comes next: 1 when that was all, 0 when there was no more room, or -errno. Null: no dump. */
	int (*step)(struct netlink_dump *dump, struct netlink_writer *out);
	uint32_t port, sequence;
	uint16_t flags;
	bool is_over;          /* all is written but the last line */
	int32_t result;        /* for that */
	const char *complaint; /* the same, for those who want to know */
	uint32_t position[2];  /* the step's own, zero at first */
	uint32_t filter[4];    /* the step's own, from the request */
	void *memory;          /* the step's own, of kmalloc, or null: freed when the dump ends */
};

/* Bits of netlink_socket.settings. */
#define NETLINK_WANTS_PKTINFO 1u
#define NETLINK_WANTS_ERRORS  2u /* NETLINK_BROADCAST_ERROR */
#define NETLINK_NO_OVERRUN    4u /* NETLINK_NO_ENOBUFS */
#define NETLINK_ALL_SPACES    8u
#define NETLINK_SHORT_ACK     16u
#define NETLINK_LONG_ACK      32u
#define NETLINK_STRICT        64u

/* Lock key: (i) immutable; (a) atomic; (t) netlink_mutex; (m) its mutex; (q) its own lock. */
struct netlink_socket {
	struct socket socket;          /* (a) first: the family's socket is the socket */
	struct refcount refs;          /* (a) */
	struct list link;              /* (t) among all */
	_Atomic uint32_t port;         /* (t) read without; 0: none yet */
	uint64_t groups;               /* (t) a bit each, from group 1 */
	uint32_t peer_port;            /* (t) */
	uint32_t peer_group;           /* (t) */
	_Atomic uint32_t settings;     /* (a) NETLINK_* above */
	struct mutex mutex;            /* (i) */
	struct list messages;          /* (m) struct netlink_message */
	_Atomic uint32_t queued_bytes; /* (m) read without by pollers */
	uint32_t largest_read;         /* (m) the largest buffer it read with */
	struct netlink_dump dump;      /* (m) */
	bool is_dead;                  /* (m) */
	bool is_overrun;               /* (m) something was lost: nothing is taken before all is read */
	bool connector_has_asked;      /* (t) NETLINK_CONNECTOR (net/netlink_connector.h) */
	bool connector_listens;        /* (t) */
	bool connector_ignores;        /* (t) */
	uint32_t connector_events;     /* (t) what it wants of processes */
	struct waitq read_wait;        /* (q) */
	struct waitq room_wait;        /* (q) those who wait to send to it */
};

/* A part of the kernel that programs talk to. */
struct netlink_protocol {
	/* One request: 0 or -errno, which is acknowledged; NETLINK_DUMPS: netlink_dump_start went well. Null: programs
	 * send to each other alone. */
	int (*request)(struct netlink_request *request);
	/* What a program sends is no requests, but one message of the protocol's own kind. Null: see above. */
	void (*take)(struct netlink_socket *from, const void *data, uint32_t bytes);
	uint32_t groups;       /* how many */
	uint64_t open_groups;  /* a bit each, from group 1: what may be heard without CAP_NET_ADMIN */
	bool may_anybody_send; /* to programs and groups */
};
#define NETLINK_ALL_GROUPS UINT64_MAX
#define NETLINK_DUMPS      1

extern const struct netlink_protocol netlink_route_protocol;
extern const struct netlink_protocol netlink_diag_protocol;
extern const struct netlink_protocol netlink_connector_protocol;

extern const struct socket_family netlink_family;
extern struct mutex netlink_mutex;

/* Boot: what lower floors call of this one. */
void netlink_init(void);

static inline struct netlink_socket *netlink_of(struct socket *socket)
{
	return container_of(socket, struct netlink_socket, socket);
}
static inline bool netlink_has(const struct netlink_socket *self, uint32_t setting)
{
	return self->settings & setting;
}
const struct netlink_protocol *netlink_protocol_of(const struct netlink_socket *self);
void netlink_put(struct netlink_socket *self);
/* May the current process send to programs and groups? Hear all of these groups? */
bool netlink_may_send(const struct netlink_protocol *protocol);
bool netlink_may_hear(const struct netlink_protocol *protocol, uint64_t groups);

/* Ports and names: net/netlink_name.c. */
int netlink_bind(struct socket *socket, const struct socket_address *address);
int netlink_connect(struct socket *socket, const struct socket_address *address, uint32_t file_flags);
int netlink_name(struct socket *socket, bool of_peer, struct socket_address *address);
/* A port of the kernel's choice, unless it has one. */
int netlink_autobind(struct netlink_socket *self);
void netlink_enter(struct netlink_socket *self);
void netlink_leave(struct netlink_socket *self);
/* The socket of this protocol with this port, with a reference; null. */
struct netlink_socket *netlink_find(int32_t protocol, uint32_t port);
int netlink_set_option(struct socket *socket, int level, int name, uaddr_t value, uint32_t bytes);
int netlink_get_option(struct socket *socket, int level, int name, uaddr_t value, int32_t *bytes);

/* Sending: net/netlink_send.c. */
ssize_t netlink_send(struct socket *socket, struct socket_message *message);
struct netlink_message *netlink_message_create(uint32_t bytes);
/* From the kernel, which does not wait: takes the message over; one that finds no room is lost, and the socket hears of
 * it (ENOBUFS). */
void netlink_deliver(struct netlink_socket *to, struct netlink_message *message);
/* A message to all that hear a group. */
struct netlink_cast {
	int32_t protocol;
	uint32_t group;
	const void *data;
	uint32_t bytes;
	uint32_t except;                                                  /* a port that hears nothing; 0: none */
	bool (*wants)(const struct netlink_socket *to, const void *what); /* null: everybody does */
	const void *what;                                                 /* for it */
};
/* As netlink_deliver, to each. */
void netlink_cast(const struct netlink_cast *cast);
void netlink_cast_locked(const struct netlink_cast *cast);

/* Receiving: net/netlink_receive.c. */
ssize_t netlink_receive(struct socket *socket, struct socket_message *message);

/* Dumps: net/netlink_dump.c. Begin one, as `dump` says (step, filter, memory, which is taken over in any case); its
 * first piece is written at once: NETLINK_DUMPS, -EBUSY, -ENOBUFS, or the error of its first step. */
int netlink_dump_start(struct netlink_request *request, const struct netlink_dump *dump);
/* One that was refused: its last line alone is written, and tells the error and the request's complaint. */
int netlink_dump_refuse(struct netlink_request *request, int error);
/* More of it, if there is room. The mutex is held. */
void netlink_dump_continue(struct netlink_socket *self);
/* It is over. The mutex is held, or nobody else knows the socket. */
void netlink_dump_end(struct netlink_dump *dump);

/* Writing messages: net/netlink_write.c. A message that does not fit leaves nothing. */
void netlink_begin(struct netlink_writer *out, uint16_t type, const void *header, uint32_t bytes);
void netlink_add(struct netlink_writer *out, uint16_t type, const void *value, uint32_t bytes);
void netlink_add_u8(struct netlink_writer *out, uint16_t type, uint8_t value);
void netlink_add_u32(struct netlink_writer *out, uint16_t type, uint32_t value);
void netlink_add_text(struct netlink_writer *out, uint16_t type, const char *text);
/* False: it did not fit. */
bool netlink_end(struct netlink_writer *out);
/* A writer with `room` bytes of a fresh message, which answers the request; *message null: no memory. */
struct netlink_writer netlink_reply(const struct netlink_request *request, uint32_t room,
				    struct netlink_message **message);
/* Send it: 0, or -EMSGSIZE when what was written last did not fit. */
int netlink_reply_end(const struct netlink_request *request, struct netlink_writer *out,
		      struct netlink_message *message);

/* Reading attributes: those from `offset` of the payload, by type; of several with one type the last. */
#define NETLINK_ATTRIBUTES 64u
struct netlink_attributes {
	const uint8_t *value[NETLINK_ATTRIBUTES]; /* null: not there */
	uint16_t bytes[NETLINK_ATTRIBUTES];
};
/* -EINVAL: one is longer than the message. */
int netlink_read_attributes(const struct netlink_request *request, uint32_t offset,
			    struct netlink_attributes *attributes);
/* The number in attribute `type`; `other` when it is not there or too short. */
uint32_t netlink_read_u32(const struct netlink_attributes *attributes, unsigned type, uint32_t other);
static inline int netlink_refuse(struct netlink_request *request, int error, const char *complaint)
{
	request->complaint = complaint;
	return error;
}

#endif
