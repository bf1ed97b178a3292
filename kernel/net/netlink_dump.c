/*
 * Dumps on AF_NETLINK: lists longer than a message, written as the program reads.
 */
#include "lib/errno.h"
#include "mem/slab.h"
#include "net/netlink.h"

void netlink_dump_end(struct netlink_dump *dump)
{
	kfree(dump->memory);
	dump->memory = NULL;
	dump->step = NULL;
}

/* Behind the last piece: what came of it. */
static void finish(struct netlink_dump *dump, struct netlink_writer *out)
{
	if (dump->complaint)
		out->flags |= NLM_F_ACK_TLVS;
	netlink_begin(out, NLMSG_DONE, &dump->result, sizeof(dump->result));
	if (dump->complaint)
		netlink_add_text(out, NLMSGERR_ATTR_MSG, dump->complaint);
	if (netlink_end(out))
		netlink_dump_end(dump);
}

/* Write what fits; a step that writes nothing where there is nothing else has something that fits nowhere. */
static void write_piece(struct netlink_dump *dump, struct netlink_writer *out)
{
	if (!dump->is_over) {
		int result = dump->step(dump, out);
		if (!result && !out->used)
			result = -EMSGSIZE;
		dump->is_over = result != 0;
		dump->result = MIN(result, 0);
	}
	if (dump->is_over)
		finish(dump, out);
}

void netlink_dump_continue(struct netlink_socket *self)
{
	uint32_t room = MAX(self->largest_read, NETLINK_PIECE_BYTES);
	struct netlink_message *message;
	struct netlink_writer out;

	if (self->queued_bytes > self->socket.receive_limit / 2)
		return;
	message = netlink_message_create(room);
	if (!message && room > NETLINK_PIECE_BYTES) {
		room = NETLINK_PIECE_BYTES;
		message = netlink_message_create(room);
	}
	if (!message) {
		netlink_dump_end(&self->dump);
		self->socket.error = ENOBUFS;
		return;
	}
	out = (struct netlink_writer){.data = message->data,
				      .room = room,
				      .port = self->dump.port,
				      .sequence = self->dump.sequence,
				      .flags = self->dump.flags};
	write_piece(&self->dump, &out);
	message->bytes = out.used;
	list_append(&self->messages, &message->link);
	self->queued_bytes += message->charged;
}

int netlink_dump_start(struct netlink_request *request, const struct netlink_dump *dump)
{
	struct netlink_socket *self = request->from;
	int result = NETLINK_DUMPS;

	mutex_lock(&self->mutex);
	if (self->dump.step) {
		kfree(dump->memory);
		result = -EBUSY;
	} else {
		self->dump = *dump;
		self->dump.port = self->port;
		self->dump.sequence = request->header->nlmsg_seq;
		self->dump.flags |= NLM_F_MULTI;
		netlink_dump_continue(self);
	}
	mutex_unlock(&self->mutex);
	if (!waitq_is_empty(&self->read_wait))
		waitq_wake_key(&self->read_wait, POLL_IN | POLL_RDNORM, 1);
	return result;
}

static int refused_step(struct netlink_dump *dump, struct netlink_writer *out)
{
	return dump->result;
}

int netlink_dump_refuse(struct netlink_request *request, int error)
{
	struct netlink_dump dump = {.step = refused_step, .is_over = true, .result = error};

	if (netlink_has(request->from, NETLINK_LONG_ACK))
		dump.complaint = request->complaint;
	return netlink_dump_start(request, &dump);
}
