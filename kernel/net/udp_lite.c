/*
 * UDP-Lite (RFC 3828, udplite(7)): UDP with a name space of ports of its own, whose checksum covers as much of a
 * datagram as the sender says. Within this machine nothing is damaged, so only whether the receiver is content with it
 * is left.
 */
#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "net/udp.h"

/* Options of level IPPROTO_UDPLITE, which no header for user space has. */
#define UDPLITE_SEND_CSCOV 10
#define UDPLITE_RECV_CSCOV 11
#define HEADER_BYTES       8

uint16_t udp_lite_covered(const struct inet_socket *self, uint32_t bytes)
{
	return self->lite.sends < bytes + HEADER_BYTES ? self->lite.sends : 0;
}

bool udp_lite_takes(const struct inet_socket *to, const struct inet_message *datagram)
{
	if (likely(!datagram->covered) || !to->lite.wants_any)
		return true;
	return to->lite.wants && to->lite.wants <= datagram->covered;
}

int udp_lite_set_option(struct inet_socket *self, int name, uaddr_t user, uint32_t bytes)
{
	int32_t value;

	if (bytes < sizeof(value))
		return -EINVAL;
	if (copy_from_user(&value, user, sizeof(value)) != 0)
		return -EFAULT;
	if (name != UDPLITE_SEND_CSCOV && name != UDPLITE_RECV_CSCOV)
		return -ENOPROTOOPT;
	if (value && value < HEADER_BYTES)
		value = HEADER_BYTES;
	value = MIN(value, (int32_t)UINT16_MAX);
	if (name == UDPLITE_SEND_CSCOV) {
		self->lite.sends = (uint16_t)value;
		return 0;
	}
	self->lite.wants = (uint16_t)value;
	self->lite.wants_any = true;
	return 0;
}

int udp_lite_get_option(const struct inet_socket *self, int name, uaddr_t user, int32_t *bytes)
{
	int32_t value;

	if (name != UDPLITE_SEND_CSCOV && name != UDPLITE_RECV_CSCOV)
		return -ENOPROTOOPT;
	value = name == UDPLITE_SEND_CSCOV ? self->lite.sends : self->lite.wants;
	return socket_option_to_user(user, bytes, &value, sizeof(value));
}
