/*
 * Messages of AF_NETLINK: writing them attribute by attribute, and taking a request's attributes apart.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "net/netlink.h"

/* Put bytes, filled up with zeros to a multiple of four. */
static void put(struct netlink_writer *out, const void *from, uint32_t bytes)
{
	uint32_t taken = NLMSG_ALIGN(bytes);

	if (out->is_full || taken > out->room - out->used) {
		out->is_full = true;
		return;
	}
	if (bytes)
		memcpy(out->data + out->used, from, bytes);
	memset(out->data + out->used + bytes, 0, taken - bytes);
	out->used += taken;
}

void netlink_begin(struct netlink_writer *out, uint16_t type, const void *header, uint32_t bytes)
{
	struct nlmsghdr start = {
		.nlmsg_type = type, .nlmsg_flags = out->flags, .nlmsg_seq = out->sequence, .nlmsg_pid = out->port};

	out->message_at = out->used;
	out->is_full = false;
	put(out, &start, sizeof(start));
	put(out, header, bytes);
}

void netlink_add(struct netlink_writer *out, uint16_t type, const void *value, uint32_t bytes)
{
	struct nlattr start = {.nla_len = (uint16_t)(sizeof(start) + bytes), .nla_type = type};

	if (sizeof(start) + NLMSG_ALIGN(bytes) > out->room - out->used)
		out->is_full = true;
	put(out, &start, sizeof(start));
	put(out, value, bytes);
}

void netlink_add_u8(struct netlink_writer *out, uint16_t type, uint8_t value)
{
	netlink_add(out, type, &value, sizeof(value));
}

void netlink_add_u32(struct netlink_writer *out, uint16_t type, uint32_t value)
{
	netlink_add(out, type, &value, sizeof(value));
}

void netlink_add_text(struct netlink_writer *out, uint16_t type, const char *text)
{
	netlink_add(out, type, text, (uint32_t)strlen(text) + 1);
}

bool netlink_end(struct netlink_writer *out)
{
	struct nlmsghdr *start = (struct nlmsghdr *)(void *)(out->data + out->message_at);

	if (out->is_full) {
		out->used = out->message_at;
		return false;
	}
	start->nlmsg_len = out->used - out->message_at;
	return true;
}

struct netlink_writer netlink_reply(const struct netlink_request *request, uint32_t room,
				    struct netlink_message **message)
{
	*message = netlink_message_create(room);
	return (struct netlink_writer){.data = *message ? (*message)->data : NULL,
				       .room = *message ? room : 0,
				       .port = request->from->port,
				       .sequence = request->header->nlmsg_seq};
}

int netlink_reply_end(const struct netlink_request *request, struct netlink_writer *out,
		      struct netlink_message *message)
{
	if (out->is_full || !out->used) {
		kfree(message);
		return -EMSGSIZE;
	}
	message->bytes = out->used;
	netlink_deliver(request->from, message);
	return 0;
}

int netlink_read_attributes(const struct netlink_request *request, uint32_t offset,
			    struct netlink_attributes *attributes)
{
	uint32_t at = NLMSG_ALIGN(offset);

	*attributes = (struct netlink_attributes){0};
	while (at + sizeof(struct nlattr) <= request->bytes) {
		struct nlattr start;
		uint16_t type;
		memcpy(&start, request->payload + at, sizeof(start));
		if (start.nla_len < sizeof(start) || start.nla_len > request->bytes - at)
			return -EINVAL;
		type = start.nla_type & NLA_TYPE_MASK;
		if (type < NETLINK_ATTRIBUTES) {
			attributes->value[type] = request->payload + at + sizeof(start);
			attributes->bytes[type] = (uint16_t)(start.nla_len - sizeof(start));
		}
		at += NLMSG_ALIGN(start.nla_len);
	}
	return 0;
}

uint32_t netlink_read_u32(const struct netlink_attributes *attributes, unsigned type, uint32_t other)
{
	uint32_t number;

	if (!attributes->value[type] || attributes->bytes[type] < sizeof(number))
		return other;
	memcpy(&number, attributes->value[type], sizeof(number));
	return number;
}
