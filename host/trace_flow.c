/* Pairing messages. */
#include "trace_flow.h"

#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "trace_tables.h"

#define BUCKETS 4096

/* A message of which something is still on its way. */
struct sent {
	struct sent *next;
	uint64_t id, bytes, first;
};

/* What is on its way through one object, the oldest first. */
struct channel {
	struct channel *next;
	uint64_t object, kind;
	struct sent *head, **tail;
};

struct trace_flows {
	struct channel *buckets[BUCKETS];
	uint64_t last_id;
	struct trace_flow *found;
	size_t found_count, found_room;
};

struct trace_flows *trace_flows_begin(void)
{
	struct trace_flows *flows = must_alloc(sizeof(*flows));

	memset(flows, 0, sizeof(*flows));
	return flows;
}

void trace_flows_end(struct trace_flows *flows)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		struct channel *channel;

		while ((channel = flows->buckets[i]) != NULL) {
			struct sent *sent;

			while ((sent = channel->head) != NULL) {
				channel->head = sent->next;
				free(sent);
			}
			flows->buckets[i] = channel->next;
			free(channel);
		}
	}
	free(flows->found);
	free(flows);
}

static struct channel *channel_of(struct trace_flows *flows, uint64_t object, uint64_t kind)
{
	size_t bucket = (size_t)((object ^ kind << 3) * 0x9e3779b97f4a7c15ull >> 52) % BUCKETS;
	struct channel *channel = flows->buckets[bucket];

	while (channel && (channel->object != object || channel->kind != kind))
		channel = channel->next;
	if (!channel) {
		channel = must_alloc(sizeof(*channel));
		*channel = (struct channel){.next = flows->buckets[bucket], .object = object, .kind = kind};
		channel->tail = &channel->head;
		flows->buckets[bucket] = channel;
	}
	return channel;
}

uint64_t trace_flows_send(struct trace_flows *flows, uint64_t object, uint64_t kind, uint64_t bytes, uint64_t first)
{
	struct channel *channel = channel_of(flows, object, kind);
	struct sent *sent = must_alloc(sizeof(*sent));

	*sent = (struct sent){.id = ++flows->last_id, .bytes = bytes, .first = first};
	*channel->tail = sent;
	channel->tail = &sent->next;
	return sent->id;
}

static void note(struct trace_flows *flows, uint64_t id, bool is_over)
{
	if (flows->found_count == flows->found_room) {
		flows->found_room = flows->found_room * 2 + 8;
		flows->found = must_grow(flows->found, flows->found_room * sizeof(*flows->found));
	}
	flows->found[flows->found_count++] = (struct trace_flow){.id = id, .is_over = is_over};
}

static void take_off(struct trace_flows *flows, struct channel *channel, struct sent **link)
{
	struct sent *sent = *link;

	note(flows, sent->id, true);
	*link = sent->next;
	if (channel->tail == &sent->next)
		channel->tail = link;
	free(sent);
}

/* The message with that length and beginning; failing that, the oldest (a short read cuts a message). */
static void take_message(struct trace_flows *flows, struct channel *channel, uint64_t bytes, uint64_t first)
{
	struct sent **link = &channel->head;

	while (*link && ((*link)->bytes != bytes || (*link)->first != first))
		link = &(*link)->next;
	if (!*link)
		link = &channel->head;
	if (*link)
		take_off(flows, channel, link);
}

static void take_bytes(struct trace_flows *flows, struct channel *channel, uint64_t bytes)
{
	while (bytes && channel->head) {
		struct sent *sent = channel->head;

		if (sent->bytes > bytes) {
			sent->bytes -= bytes;
			note(flows, sent->id, false);
			return;
		}
		bytes -= sent->bytes;
		take_off(flows, channel, &channel->head);
	}
}

size_t trace_flows_receive(struct trace_flows *flows, uint64_t object, uint64_t kind, uint64_t bytes, uint64_t first,
			   const struct trace_flow **found)
{
	struct channel *channel = channel_of(flows, object, kind);

	flows->found_count = 0;
	switch (trace_message_manner(kind)) {
	case MESSAGE_STREAM:
		take_bytes(flows, channel, bytes);
		break;
	case MESSAGE_COUNT:
		while (channel->head)
			take_off(flows, channel, &channel->head);
		break;
	case MESSAGE_WHOLE:
		take_message(flows, channel, bytes, first);
		break;
	}
	*found = flows->found;
	return flows->found_count;
}
