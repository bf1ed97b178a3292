/*
 * bind(2) for AF_INET and AF_INET6, and the ports that the kernel chooses.
 */
#include <linux/capability.h>
#include <linux/in.h>

#include "lib/errno.h"
#include "net/inet.h"
#include "net/inet_outside.h"

void inet_forget_outside(struct inet_socket *self)
{
	if (likely(!self->is_outside))
		return;
	inet_outside->release(self);
	self->is_outside = false;
}

/* A UDP socket that others can reach. */
static int tell_outside(struct inet_socket *self)
{
	int error;

	if (likely(!inet_outside) || self->socket.type == SOCK_STREAM || self->is_lite || self->is_ping ||
	    self->is_outside || inet_ip_is_loopback(&self->local.ip))
		return 0;
	error = inet_outside->bound(self);
	self->is_outside = !error;
	return error;
}

int inet_autobind(struct inet_socket *self)
{
	int error = 0;

	spin_lock(&inet_lock);
	if (list_is_empty(&self->port_link))
		error = inet_port_take_locked(self, 0);
	spin_unlock(&inet_lock);
	if (!error)
		error = tell_outside(self);
	return error == -EADDRINUSE ? -EAGAIN : error;
}

/* An address that it may be bound to. */
static int check_address(const struct inet_socket *self, const struct inet_end *end)
{
	bool is_stream = self->socket.type == SOCK_STREAM;

	if (inet_ip_is_of_link(&end->ip) && !end->scope && !self->options.interface)
		return -EINVAL;
	if (inet_ip_is_any(&end->ip) || inet_is_own(&end->ip))
		return 0;
	if (inet_ip_is_multicast(&end->ip) && is_stream && self->socket.family == AF_INET6)
		return -EINVAL;
	if (self->options.bits & (INET_OPT_FREEBIND | INET_OPT_TRANSPARENT))
		return 0;
	if (inet_ip_is_multicast(&end->ip) || inet_ip_is_broadcast(&end->ip))
		return is_stream && self->socket.family == AF_INET6 ? -EINVAL : 0;
	return -EADDRNOTAVAIL;
}

/* 0.0.0.0 also comes with the family AF_UNSPEC, in old programs. */
static int read_address(const struct inet_socket *self, const struct socket_address *address, struct inet_end *end)
{
	struct socket_address plain = *address;

	if (self->socket.family == AF_INET && plain.bytes >= sizeof(struct sockaddr_in) && plain.family == AF_UNSPEC) {
		int error;
		plain.family = AF_INET;
		error = inet_end_from(self, &plain, end);
		return error || inet_ip_is_any(&end->ip) ? error : -EAFNOSUPPORT;
	}
	return inet_end_from(self, address, end);
}

/* connect_mutex is held. */
static int take_name(struct inet_socket *self, const struct inet_end *end)
{
	bool is_late = !end->port && (self->options.bits & INET_OPT_LATE_PORT);
	int error = 0;

	spin_lock(&inet_lock);
	if (inet_state(self) != TCP_CLOSE || self->local.port) {
		error = -EINVAL;
	} else {
		self->local.ip = end->ip;
		self->local.scope = end->scope;
		if (!is_late)
			error = inet_port_take_locked(self, end->port);
		if (error)
			self->local = (struct inet_end){.ip = inet_ip_any(self->socket.family)};
		else
			self->asked = end->ip;
	}
	spin_unlock(&inet_lock);
	if (error)
		return error;
	self->has_own_port = end->port != 0;
	/* IPV6_V6ONLY is told of who has an address of IPv6 alone. */
	if (!inet_ip_is_any(&end->ip) && !inet_ip_is_v4(&end->ip))
		self->options.bits |= INET_OPT_V6ONLY;
	return 0;
}

int inet_bind(struct socket *socket, const struct socket_address *address)
{
	struct inet_socket *self = inet_of(socket);
	struct inet_end end = {.port = 0};
	int error = read_address(self, address, &end);

	if (error)
		return error;
	if (inet_ip_is_v4(&end.ip) && self->socket.family == AF_INET6 && inet_is_v6only(self))
		return -EINVAL;
	error = check_address(self, &end);
	/* With IPv4 the address is looked at first, with IPv6 the port. */
	if (error && self->socket.family == AF_INET)
		return error;
	if (end.port && end.port < inet_limits.port_free_first && !self->is_ping &&
	    !current_has_cap(CAP_NET_BIND_SERVICE))
		return -EACCES;
	mutex_lock(&self->connect_mutex);
	if (error && (inet_state(self) != TCP_CLOSE || self->local.port))
		error = -EINVAL;
	if (!error)
		error = take_name(self, &end);
	if (!error && self->local.port)
		error = tell_outside(self);
	mutex_unlock(&self->connect_mutex);
	return error;
}
