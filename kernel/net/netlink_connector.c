/*
 * NETLINK_CONNECTOR: who asks for events of processes, and the messages that tell them.
 */
#include "net/netlink_connector.h"

#include <linux/connector.h>

#include "arch/x86_64/cpu.h"
#include "choice/choice.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/netlink.h"

#define GROUPS       32
#define EVENT_BYTES  ((uint32_t)sizeof(struct proc_event))
#define HEADER_BYTES ((uint32_t)sizeof(struct nlmsghdr))

/* Linux 6.6 and later: ends with another code than 0; no event by itself. */
#define EVENT_NONZERO_EXIT 0x20000000u
#define EVENTS_ALL                                                                                                  \
	(PROC_EVENT_FORK | PROC_EVENT_EXEC | PROC_EVENT_UID | PROC_EVENT_GID | PROC_EVENT_SID | PROC_EVENT_PTRACE | \
	 PROC_EVENT_COMM | EVENT_NONZERO_EXIT | PROC_EVENT_COREDUMP | PROC_EVENT_EXIT)

/* What a program sends: the operation alone, or with the events it wants (struct proc_input of Linux 6.6). */
struct wish {
	uint32_t operation, events;
};

HOT_DATA _Atomic uint32_t connector_listeners;

/* Lock key: (t) netlink_mutex. */
static struct {
	uint32_t sequence[CPU_MAX]; /* (t) messages told by each processor */
} told;

static bool wants(const struct netlink_socket *self, const void *what)
{
	const struct proc_event *event = what;
	uint32_t events = self->connector_events;

	if (!self->connector_has_asked)
		return true;
	if (self->connector_ignores)
		return false;
	if (events == EVENTS_ALL || (events & event->what))
		return true;
	return (events & EVENT_NONZERO_EXIT) && event->what == PROC_EVENT_EXIT && event->event_data.exit.exit_code;
}

/* netlink_mutex is held, so each processor's numbers arrive in their order. */
static void tell_locked(struct proc_event *event, uint32_t acknowledged)
{
	uint8_t data[NLMSG_SPACE(sizeof(struct cn_msg) + sizeof(struct proc_event))];
	uint32_t cpu = this_cpu()->id, sequence = told.sequence[cpu]++;
	struct nlmsghdr header = {.nlmsg_len = sizeof(data), .nlmsg_type = NLMSG_DONE, .nlmsg_seq = sequence};
	struct cn_msg message = {.id = {.idx = CN_IDX_PROC, .val = CN_VAL_PROC},
				 .seq = sequence,
				 .ack = acknowledged,
				 .len = EVENT_BYTES};
	const struct netlink_cast cast = {.protocol = NETLINK_CONNECTOR,
					  .group = CN_IDX_PROC,
					  .data = data,
					  .bytes = sizeof(data),
					  .wants = wants,
					  .what = event};

	event->cpu = cpu;
	event->timestamp_ns = clock_monotonic_ns();
	memcpy(data, &header, sizeof(header));
	memcpy(data + HEADER_BYTES, &message, sizeof(message));
	memcpy(data + HEADER_BYTES + sizeof(message), event, EVENT_BYTES);
	netlink_cast_locked(&cast);
}

void connector_tell(struct proc_event *event)
{
	mutex_lock(&netlink_mutex);
	tell_locked(event, 0);
	mutex_unlock(&netlink_mutex);
}

/* -- who asks -- */

static void set_listening(struct netlink_socket *self, bool listens)
{
	if (self->connector_listens == listens)
		return;
	self->connector_listens = listens;
	atomic_fetch_add(&connector_listeners, listens ? 1u : -1u);
}

void connector_forget_locked(struct netlink_socket *self)
{
	set_listening(self, false);
}

/* A positive errno, or 0. netlink_mutex is held. */
static uint32_t grant(struct netlink_socket *self, const struct wish *wish)
{
	uint32_t events = wish->events & EVENTS_ALL;

	self->connector_has_asked = true;
	self->connector_events = events ? events : EVENTS_ALL;
	self->connector_ignores = wish->operation == PROC_CN_MCAST_IGNORE;
	if (wish->operation != PROC_CN_MCAST_LISTEN && wish->operation != PROC_CN_MCAST_IGNORE)
		return EINVAL;
	set_listening(self, wish->operation == PROC_CN_MCAST_LISTEN);
	return 0;
}

/* The message in what a program has sent, and behind it the wish: false for what Linux passes over without a word. */
static bool read_wish(const uint8_t *data, uint32_t bytes, struct cn_msg *message, struct wish *wish)
{
	struct nlmsghdr header;
	uint32_t payload;

	if (bytes < HEADER_BYTES + sizeof(*message))
		return false;
	memcpy(&header, data, sizeof(header));
	memcpy(message, data + HEADER_BYTES, sizeof(*message));
	if (header.nlmsg_len < HEADER_BYTES + sizeof(*message) || header.nlmsg_len > bytes)
		return false;
	payload = header.nlmsg_len - HEADER_BYTES;
	if (payload > CONNECTOR_MAX_MSG_SIZE || payload < sizeof(*message) + message->len)
		return false;
	if (message->id.idx != CN_IDX_PROC || message->id.val != CN_VAL_PROC)
		return false;
	if (message->len != sizeof(wish->operation) && message->len != sizeof(*wish))
		return false;
	memcpy(wish, data + HEADER_BYTES + sizeof(*message), message->len);
	return true;
}

void connector_take(struct netlink_socket *from, const void *data, uint32_t bytes)
{
	struct proc_event answer;
	struct wish wish = {.events = 0};
	struct cn_msg message;

	if (!read_wish(data, bytes, &message, &wish))
		return;
	memset(&answer, 0, sizeof(answer));
	answer.what = PROC_EVENT_NONE;
	mutex_lock(&netlink_mutex);
	answer.event_data.ack.err = grant(from, &wish);
	if (connector_has_listeners())
		tell_locked(&answer, message.ack + 1);
	mutex_unlock(&netlink_mutex);
}

const struct netlink_protocol netlink_connector_protocol = {
	.take = connector_take, .groups = GROUPS, .open_groups = 1ul << (CN_IDX_PROC - 1)};
