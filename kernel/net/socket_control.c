/*
 * Control messages (cmsg(3)): a header and data, each padded to eight bytes.
 */
#include <asm-generic/socket.h>
#include <linux/capability.h>

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/socket.h"

/* struct cmsghdr of user programs. */
struct header {
	uint64_t bytes; /* with the header */
	int32_t level, type;
};

#define ALIGNMENT       8u
#define SCM_RIGHTS      1
#define SCM_CREDENTIALS 2

int socket_control_next(const struct socket_message *message, uint32_t *offset, struct socket_control *control)
{
	uint32_t left = message->control_bytes - MIN(*offset, message->control_bytes);
	struct header header;

	if (left < sizeof(header))
		return 0;
	memcpy(&header, message->control + *offset, sizeof(header));
	if (header.bytes < sizeof(header) || header.bytes > left)
		return -EINVAL;
	control->level = header.level;
	control->type = header.type;
	control->data = message->control + *offset + sizeof(header);
	control->bytes = (uint32_t)(header.bytes - sizeof(header));
	*offset += (uint32_t)ALIGN_UP(header.bytes, (uint64_t)ALIGNMENT);
	return 1;
}

int socket_control_check(const struct socket_control *control)
{
	if (control->type == SCM_RIGHTS || control->type == SCM_CREDENTIALS)
		return 0;
	if (control->type != SO_MARK || control->bytes != sizeof(uint32_t))
		return -EINVAL;
	return current_has_cap(CAP_NET_ADMIN) || current_has_cap(CAP_NET_RAW) ? 0 : -EPERM;
}

uint64_t socket_control_room(const struct socket_message *message)
{
	if (!message->control_to || message->control_room < sizeof(struct header))
		return 0;
	return message->control_room - sizeof(struct header);
}

int socket_control_begin(struct socket_message *message, int level, int type, uint32_t bytes)
{
	struct header header = {.bytes = sizeof(header) + bytes, .level = level, .type = type};

	return copy_to_user(message->control_to, &header, sizeof(header));
}

uaddr_t socket_control_data(const struct socket_message *message)
{
	return message->control_to + sizeof(struct header);
}

void socket_control_end(struct socket_message *message, uint32_t bytes)
{
	uint64_t space = ALIGN_UP(sizeof(struct header) + bytes, (uint64_t)ALIGNMENT);

	space = MIN(space, message->control_room);
	message->control_to += space;
	message->control_room -= space;
}

int socket_control_put(struct socket_message *message, int level, int type, const void *data, uint32_t bytes)
{
	if (!message->control_to || message->control_room < sizeof(struct header)) {
		message->result_flags |= MSG_CTRUNC;
		return 0;
	}
	if (socket_control_room(message) < bytes) {
		message->result_flags |= MSG_CTRUNC;
		bytes = (uint32_t)socket_control_room(message);
	}
	if (socket_control_begin(message, level, type, bytes) != 0 ||
	    copy_to_user(socket_control_data(message), data, bytes) != 0)
		return -EFAULT;
	socket_control_end(message, bytes);
	return 0;
}
