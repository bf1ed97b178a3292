/* The machine's network: a card behind which QEMU plays a router to the host and beyond, and ports of the host's. */
#ifndef HOST_NETWORK_H
#define HOST_NETWORK_H

#include <stdbool.h>

#include "files.h"
#include "strlist.h"

enum network_kind {
	NETWORK_UNSAID,
	NETWORK_NONE,
	NETWORK_USER,
};

/* A port of the host's that leads to one of the machine's. */
struct network_port {
	const char *protocol;
	char *address; /* empty: all of the host's */
	unsigned host; /* 0: any that is free, until network_finish() */
	unsigned guest;
};

struct network {
	enum network_kind kind;
	struct network_port *ports;
	size_t port_count;
	struct strlist resolvers;
};

/* Each says a line and returns false when the value is wrong. */
bool network_read_kind(struct network *network, const char *value);
bool network_publish(struct network *network, const char *value);
bool network_add_resolver(struct network *network, const char *value);
/* What goes together, when all is read: ports need a network. Chooses the host's ports that were left open. */
bool network_finish(struct network *network, bool has_seed);

/* QEMU's options, with a card of this name; and the start record's items. Nothing without a network. */
void network_arguments(const struct network *network, const char *device, struct strlist *arguments);
void network_record(const struct network *network, struct bytes *record);

#endif
