/*
 * TCP between sockets of this machine, and what it shares with connections to the outside. See net/inet.h for the
 * socket.
 *
 * States are those that a program on Linux sees: both ends change theirs together, under inet_lock. There is nothing on
 * the way, so SYN_RECV, CLOSING and LAST_ACK never last, FIN_WAIT1 only with the outside, and TIME_WAIT is a note
 * (tcp_wait.c).
 */
#ifndef NAMU_NET_TCP_H
#define NAMU_NET_TCP_H

#include "net/inet.h"

/* How many bytes of `from` may lie unread at `to`: what Linux would hold at both ends. */
static inline uint32_t tcp_limit(const struct inet_socket *from, const struct inet_socket *to)
{
	return from->socket.send_limit + to->socket.receive_limit;
}
static inline bool tcp_is_connected(enum tcp_state state)
{
	return state == TCP_ESTABLISHED || state == TCP_CLOSE_WAIT;
}
/* The other end within this machine. It stays memory while this socket's description does. */
static inline struct inet_socket *tcp_peer(const struct inet_socket *self)
{
	return __atomic_load_n(&self->peer, __ATOMIC_ACQUIRE);
}

/* Ends of connections: net/tcp_end.c. No lock is held. */

/* The state becomes CLOSE; a port that connect has chosen is free again. inet_lock is held. */
void tcp_closed_locked(struct inet_socket *self);
/* The connection is broken off from the other side (RST). `error` 0: the one that fits the state. */
void tcp_reset(struct inet_socket *self, int error);
/* It is broken off from this side: the other end is reset. */
void tcp_abort(struct inet_socket *self);
/* Bytes were sent to an end that reads no more: both ends are reset, as an answer to them would. */
void tcp_refuse(struct inet_socket *self, struct inet_socket *to);
int tcp_shutdown(struct socket *socket, int how);
void tcp_release(struct socket *socket);
/* The other end will send no more. */
void tcp_peer_finished(struct inet_socket *self);

/* Connections: net/tcp_connect.c, net/tcp_listen.c. */
int tcp_connect(struct socket *socket, const struct socket_address *address, uint32_t file_flags);
int tcp_listen(struct socket *socket, int backlog);
struct socket *tcp_accept(struct socket *socket, uint32_t file_flags);
int tcp_caller(struct socket *socket, struct socket_address *address);
/* As connect to AF_UNSPEC: 0 or -ENOMEM. connect_mutex is held. */
int tcp_disconnect(struct inet_socket *self);
/* It listens no more; who waits to be accepted is broken off. */
void tcp_stop_listening(struct inet_socket *self);
/* It waits no more for room on a listening socket. */
void tcp_cancel_call(struct inet_socket *self);
/* Options and limits of a connection as the listening socket has them. */
void tcp_inherit(struct inet_socket *fresh, const struct inet_socket *listener);
/* The list of connections that wait to be accepted is full. The listening socket's mutex is held, as for the next. */
static inline bool tcp_is_full(const struct inet_socket *listener)
{
	return listener->pending_count > listener->backlog;
}
/* Both become each other's peers. `fresh` is known to nobody; its reference goes to the list. */
void tcp_join(struct inet_socket *self, struct inet_socket *fresh, struct inet_socket *listener);
/* It calls no more: the socket that it was to have as its peer; null when somebody was quicker. inet_lock is held. */
struct inet_socket *tcp_call_end_locked(struct inet_socket *self, struct inet_socket **listener);
/* A connected socket may have more on its way than a fresh one, unless the program has said how much. */
void tcp_grow(struct inet_socket *self);
/* Wait until it is connected, or will not be: 0, -EAGAIN, -EPIPE, or the error. */
int tcp_wait_connected(struct inet_socket *self, struct socket_patience *patience);

ssize_t tcp_send(struct socket *socket, struct socket_message *message);
ssize_t tcp_receive(struct socket *socket, struct socket_message *message);
uint32_t tcp_poll(struct socket *socket, struct file *file, struct poll_table *table);

/* The urgent byte: net/tcp_urgent.c. The mutex of the socket that reads is held, but for receiving. */
/* The last byte put is urgent. */
void tcp_urgent_put(struct inet_socket *to);
ssize_t tcp_urgent_receive(struct inet_socket *self, struct socket_message *message);
/* Bytes that a read gets before the urgent one, or all: SIOCINQ. */
uint32_t tcp_readable(const struct inet_socket *self);
bool tcp_is_at_urgent(const struct inet_socket *self);
/* Is there anything for a read of `least` bytes? */
bool tcp_has_input(const struct inet_socket *self, uint32_t least);

int tcp_set_option(struct inet_socket *self, int name, uaddr_t value, uint32_t bytes);
int tcp_get_option(struct inet_socket *self, int name, uaddr_t value, int32_t *bytes);
/* TCP_INFO; `peer`: the other end within this machine, which stays memory meanwhile, or null. No lock is held. */
struct tcp_info;
void tcp_info_read(struct inet_socket *self, const struct inet_socket *peer, struct tcp_info *info);
const char *tcp_congestion_name(const struct inet_socket *self);

#endif
