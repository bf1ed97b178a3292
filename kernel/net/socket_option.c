/*
 * Options of SOL_SOCKET that all families have (socket(7)): tables of those that are a bit or a number, and a function
 * for each of the others.
 */
#include <asm-generic/socket.h>
#include <linux/capability.h>
#include <linux/in.h>

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/socket.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif
#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#define SO_PEERPIDFD 77
#endif
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

#define NAME_BYTES    16u /* of devices */
#define PRIORITY_FREE 6   /* more than that is for the privileged */

/* struct linger and struct timeval of user programs. */
struct user_linger {
	int32_t is_on, seconds;
};
struct user_timeval {
	int64_t seconds, microseconds;
};

static const struct {
	int name;
	uint32_t bit;
} bits[] = {
	{SO_DEBUG, SOCKET_DEBUG},           {SO_REUSEADDR, SOCKET_REUSEADDR}, {SO_REUSEPORT, SOCKET_REUSEPORT},
	{SO_KEEPALIVE, SOCKET_KEEPALIVE},   {SO_DONTROUTE, SOCKET_DONTROUTE}, {SO_BROADCAST, SOCKET_BROADCAST},
	{SO_OOBINLINE, SOCKET_OOBINLINE},   {SO_PASSCRED, SOCKET_PASSCRED},   {SO_PASSPIDFD, SOCKET_PASSPIDFD},
	{SO_PASSRIGHTS, SOCKET_PASSRIGHTS}, {SO_TIMESTAMP, SOCKET_TIMESTAMP}, {SO_TIMESTAMPNS, SOCKET_TIMESTAMPNS},
};

static uint32_t bit_of(int name)
{
	for (unsigned i = 0; i < ARRAY_LEN(bits); i++) {
		if (bits[i].name == name)
			return bits[i].bit;
	}
	return 0;
}

/* What only some may turn on, or some families have. */
static int check_bit(const struct socket *socket, uint32_t bit, bool is_on)
{
	if (bit == SOCKET_DEBUG && is_on && !current_has_cap(CAP_NET_ADMIN))
		return -EACCES;
	if ((bit & SOCKET_UNIX_BITS) && socket->family != AF_UNIX &&
	    !(bit == SOCKET_PASSCRED && socket->family == AF_NETLINK))
		return -EOPNOTSUPP;
	if (bit == SOCKET_REUSEPORT && is_on && socket->family != AF_INET && socket->family != AF_INET6)
		return -EOPNOTSUPP;
	/* Only datagrams of these families carry times. */
	if ((bit & SOCKET_TIMESTAMPS) && is_on &&
	    ((socket->family != AF_INET && socket->family != AF_INET6) || socket->type == SOCK_STREAM))
		return -EOPNOTSUPP;
	return 0;
}

static int set_bit(struct socket *socket, uint32_t bit, bool is_on)
{
	int error = check_bit(socket, bit, is_on);

	if (error)
		return error;
	if (is_on && (bit & SOCKET_TIMESTAMPS))
		atomic_fetch_and(&socket->options, ~SOCKET_TIMESTAMPS);
	if (is_on)
		atomic_fetch_or(&socket->options, bit);
	else
		atomic_fetch_and(&socket->options, ~bit);
	return 0;
}

static uint32_t buffer_size(int32_t wanted, uint32_t most, uint32_t least, bool is_forced)
{
	uint32_t bytes = (uint32_t)wanted;

	if (is_forced)
		bytes = wanted < 0 ? 0 : (uint32_t)MIN(wanted, INT32_MAX / 2);
	else
		bytes = MIN(bytes, most);
	return MAX(bytes * 2, least);
}

static int set_priority(struct socket *socket, int32_t value)
{
	if ((value < 0 || value > PRIORITY_FREE) && !current_has_cap(CAP_NET_RAW) && !current_has_cap(CAP_NET_ADMIN))
		return -EPERM;
	socket->priority = (uint32_t)value;
	return 0;
}

static int set_number(struct socket *socket, int name, int32_t value)
{
	bool is_forced = name == SO_SNDBUFFORCE || name == SO_RCVBUFFORCE;

	if (is_forced && !current_has_cap(CAP_NET_ADMIN))
		return -EPERM;
	switch (name) {
	case SO_SNDBUF:
	case SO_SNDBUFFORCE:
		socket->send_limit = buffer_size(value, socket_limits.send_most, SOCKET_SEND_LEAST, is_forced);
		return 0;
	case SO_RCVBUF:
	case SO_RCVBUFFORCE:
		socket->receive_limit = buffer_size(value, socket_limits.receive_most, SOCKET_RECEIVE_LEAST, is_forced);
		return 0;
	case SO_RCVLOWAT:
		socket->receive_least = value < 0 ? INT32_MAX : MAX(value, 1);
		return 0;
	case SO_PRIORITY:
		return set_priority(socket, value);
	case SO_MARK:
		if (!current_has_cap(CAP_NET_RAW) && !current_has_cap(CAP_NET_ADMIN))
			return -EPERM;
		socket->mark = (uint32_t)value;
		return 0;
	case SO_PEEK_OFF:
		if (socket->family != AF_UNIX)
			return -EOPNOTSUPP;
		socket->peek_offset = value;
		return 0;
	case SO_BSDCOMPAT:
		return 0;
	case SO_ZEROCOPY:
		return -EOPNOTSUPP;
	default:
		return -ENOPROTOOPT;
	}
}

static int set_linger(struct socket *socket, uaddr_t value, int32_t bytes)
{
	struct user_linger linger;

	if (bytes < (int32_t)sizeof(linger))
		return -EINVAL;
	if (copy_from_user(&linger, value, sizeof(linger)) != 0)
		return -EFAULT;
	socket->linger_s = (uint32_t)linger.seconds;
	return set_bit(socket, SOCKET_LINGER, linger.is_on != 0);
}

static int set_timeout(_Atomic uint64_t *timeout_ns, uaddr_t value, int32_t bytes)
{
	struct user_timeval time;

	if (bytes < (int32_t)sizeof(time))
		return -EINVAL;
	if (copy_from_user(&time, value, sizeof(time)) != 0)
		return -EFAULT;
	if (time.microseconds < 0 || time.microseconds >= 1000000)
		return -EDOM;
	if (time.seconds < 0)
		*timeout_ns = 0;
	else if ((!time.seconds && !time.microseconds) || time.seconds > INT64_MAX / (int64_t)NS_PER_SEC - 1)
		*timeout_ns = TIME_NEVER;
	else
		*timeout_ns = (uint64_t)time.seconds * NS_PER_SEC + (uint64_t)time.microseconds * NS_PER_USEC;
	return 0;
}

static int set_of_family(struct socket *socket, int level, int name, uaddr_t value, int32_t bytes)
{
	if (!socket->ops->set_option)
		return level == SOL_SOCKET ? -ENOPROTOOPT : -EOPNOTSUPP;
	return socket->ops->set_option(socket, level, name, value, (uint32_t)bytes);
}

int socket_read_device(uaddr_t user, uint32_t bytes)
{
	char name[NAME_BYTES] = "";

	if (copy_from_user(name, user, MIN(bytes, NAME_BYTES - 1)) != 0)
		return -EFAULT;
	if (!name[0])
		return 0;
	return strcmp(name, "lo") == 0 ? LO_INTERFACE : -ENODEV;
}

int socket_set_option(struct socket *socket, int level, int name, uaddr_t value, int32_t bytes)
{
	uint32_t number;
	int error;

	if (bytes < 0)
		return -EINVAL;
	/* A name may be shorter than a number. */
	if (level != SOL_SOCKET || (name == SO_BINDTODEVICE && socket->family != AF_UNIX))
		return set_of_family(socket, level, name, value, bytes);
	if (bytes < (int32_t)sizeof(number))
		return -EINVAL;
	if (get_user_u32(&number, value) != 0)
		return -EFAULT;
	if (name == SO_LINGER)
		return set_linger(socket, value, bytes);
	if (name == SO_RCVTIMEO || name == SO_RCVTIMEO_NEW)
		return set_timeout(&socket->receive_timeout_ns, value, bytes);
	if (name == SO_SNDTIMEO || name == SO_SNDTIMEO_NEW)
		return set_timeout(&socket->send_timeout_ns, value, bytes);
	if (bit_of(name))
		return set_bit(socket, bit_of(name), number != 0);
	error = set_number(socket, name, (int32_t)number);
	return error == -ENOPROTOOPT ? set_of_family(socket, level, name, value, bytes) : error;
}

/* -- asking -- */

static int number_of(struct socket *socket, int name, int32_t *value)
{
	switch (name) {
	case SO_TYPE:
		*value = socket->type;
		return 0;
	case SO_DOMAIN:
		*value = socket->family;
		return 0;
	case SO_PROTOCOL:
		*value = socket->protocol;
		return 0;
	case SO_ERROR:
		*value = -socket_take_error(socket);
		return 0;
	case SO_ACCEPTCONN:
		*value = socket->ops->is_listening && socket->ops->is_listening(socket);
		return 0;
	case SO_SNDBUF:
		*value = (int32_t)socket->send_limit;
		return 0;
	case SO_RCVBUF:
		*value = (int32_t)socket->receive_limit;
		return 0;
	case SO_RCVLOWAT:
		*value = socket->receive_least;
		return 0;
	case SO_SNDLOWAT:
		*value = 1;
		return 0;
	case SO_PRIORITY:
		*value = (int32_t)socket->priority;
		return 0;
	case SO_MARK:
		*value = (int32_t)socket->mark;
		return 0;
	case SO_BSDCOMPAT:
	case SO_ZEROCOPY:
		*value = 0;
		return 0;
	case SO_PEEK_OFF:
		*value = socket->peek_offset;
		return socket->family == AF_UNIX ? 0 : -EOPNOTSUPP;
	default:
		return -ENOPROTOOPT;
	}
}

/* At most the room is written, and *bytes says how much. */
int socket_option_to_user(uaddr_t to, int32_t *bytes, const void *value, uint32_t size)
{
	*bytes = MIN(*bytes, (int32_t)size);
	return *bytes ? copy_to_user(to, value, (size_t)*bytes) : 0;
}

int socket_no_peer(int name, uaddr_t user, int32_t *bytes)
{
	const uint32_t nobody[3] = {0, UINT32_MAX, UINT32_MAX};

	return name == SO_PEERGROUPS ? -ENODATA : socket_option_to_user(user, bytes, nobody, sizeof(nobody));
}

static int get_timeout(uint64_t timeout_ns, uaddr_t to, int32_t *bytes)
{
	struct user_timeval time = {0, 0};

	if (timeout_ns != TIME_NEVER) {
		time.seconds = (int64_t)(timeout_ns / NS_PER_SEC);
		time.microseconds = (int64_t)(timeout_ns % NS_PER_SEC / NS_PER_USEC);
	}
	return socket_option_to_user(to, bytes, &time, sizeof(time));
}

static int get_peer_name(struct socket *socket, uaddr_t to, int32_t *bytes)
{
	struct socket_address address;
	int error = socket->ops->name ? socket->ops->name(socket, true, &address) : -ENOTCONN;

	if (error)
		return -ENOTCONN;
	if ((int32_t)address.bytes < *bytes)
		return -EINVAL;
	return *bytes ? copy_to_user(to, address.data, (size_t)*bytes) : 0;
}

/* A number that no other socket has. */
static int get_cookie(const struct socket *socket, uaddr_t to, int32_t *bytes)
{
	if (*bytes < (int32_t)sizeof(socket->file->inode->ino))
		return -EINVAL;
	return socket_option_to_user(to, bytes, &socket->file->inode->ino, sizeof(socket->file->inode->ino));
}

/* Some families look at the level before they look at anything else. */
static bool is_foreign_level(const struct socket *socket, int level)
{
	if (socket->family == AF_NETLINK)
		return level != SOL_SOCKET && level != SOL_NETLINK;
	return socket->family == AF_INET6 && socket->type == SOCK_RAW && level == IPPROTO_IP;
}

int socket_get_option(struct socket *socket, int level, int name, uaddr_t value, int32_t *bytes)
{
	struct user_linger linger;
	int32_t number;
	int error;

	if (*bytes < 0)
		return is_foreign_level(socket, level) ? -ENOPROTOOPT : -EINVAL;
	if (level == SOL_SOCKET && name == SO_LINGER) {
		linger.is_on = socket_has(socket, SOCKET_LINGER) != 0;
		linger.seconds = (int32_t)socket->linger_s;
		return socket_option_to_user(value, bytes, &linger, sizeof(linger));
	}
	if (level == SOL_SOCKET && (name == SO_RCVTIMEO || name == SO_RCVTIMEO_NEW))
		return get_timeout(socket->receive_timeout_ns, value, bytes);
	if (level == SOL_SOCKET && (name == SO_SNDTIMEO || name == SO_SNDTIMEO_NEW))
		return get_timeout(socket->send_timeout_ns, value, bytes);
	if (level == SOL_SOCKET && name == SO_PEERNAME)
		return get_peer_name(socket, value, bytes);
	if (level == SOL_SOCKET && name == SO_COOKIE)
		return get_cookie(socket, value, bytes);
	error = -ENOPROTOOPT;
	if (level == SOL_SOCKET && bit_of(name)) {
		number = socket_has(socket, bit_of(name)) != 0;
		error = check_bit(socket, bit_of(name), false);
	} else if (level == SOL_SOCKET) {
		error = number_of(socket, name, &number);
	}
	if (!error)
		return socket_option_to_user(value, bytes, &number, sizeof(number));
	if (error != -ENOPROTOOPT)
		return error;
	if (!socket->ops->get_option)
		return level == SOL_SOCKET ? -ENOPROTOOPT : -EOPNOTSUPP;
	return socket->ops->get_option(socket, level, name, value, bytes);
}
