/* The machine's network. */
#include "network.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"
#include "record.h"
#include "say.h"

/* The net that QEMU plays: its router, its resolver (which asks the host's), and the machine. */
#define MACHINE_ADDRESS  "10.0.2.15"
#define ROUTER_ADDRESS   "10.0.2.2"
#define RESOLVER_ADDRESS "10.0.2.3"
#define PREFIX_BITS      24

#define PORT_MOST 65535u

bool network_read_kind(struct network *network, const char *value)
{
	if (strcmp(value, "none") == 0)
		network->kind = NETWORK_NONE;
	else if (strcmp(value, "user") == 0)
		network->kind = NETWORK_USER;
	else {
		say("bad network '%s': none or user", value);
		return false;
	}
	return true;
}

static bool read_port(const char *text, uint64_t *port)
{
	return parse_number(text, PORT_MOST, port) && *port != 0;
}

/* The last part behind a colon, cut off; NULL: there is no colon. */
static char *cut_last(char *text)
{
	char *colon = strrchr(text, ':');

	if (colon)
		*colon++ = 0;
	return colon;
}

/* [ADDRESS:]HOST:GUEST[/tcp|/udp], in place. The rule for QEMU; NULL: it is none. */
static char *read_forward(char *text)
{
	const char *protocol = "tcp", *address = "";
	uint64_t host_port, guest_port;
	struct in_addr ignored;
	char *slash = strchr(text, '/'), *guest, *host;

	if (slash) {
		*slash++ = 0;
		if (strcmp(slash, "tcp") != 0 && strcmp(slash, "udp") != 0)
			return NULL;
		protocol = slash;
	}
	guest = cut_last(text);
	if (!guest)
		return NULL;
	host = cut_last(text);
	if (host)
		address = text;
	if (!read_port(host ? host : text, &host_port) || !read_port(guest, &guest_port))
		return NULL;
	if (*address && inet_pton(AF_INET, address, &ignored) != 1)
		return NULL;
	return must_format("%s:%s:%u-:%u", protocol, address, (unsigned)host_port, (unsigned)guest_port);
}

bool network_publish(struct network *network, const char *value)
{
	char *text = must_copy(value), *forward = read_forward(text);

	free(text);
	if (!forward) {
		say("bad port '%s': [ADDRESS:]HOST:GUEST[/tcp|/udp], such as 8080:80 or 127.0.0.1:5353:53/udp", value);
		return false;
	}
	strlist_add(&network->forwards, forward);
	free(forward);
	return true;
}

bool network_add_resolver(struct network *network, const char *value)
{
	struct in_addr ignored;

	if (inet_pton(AF_INET, value, &ignored) != 1) {
		say("bad address '%s' for --dns: four numbers, such as 9.9.9.9", value);
		return false;
	}
	strlist_add(&network->resolvers, value);
	return true;
}

bool network_finish(struct network *network, bool has_seed)
{
	bool is_wanted = network->forwards.count || network->resolvers.count;

	if (network->kind == NETWORK_NONE && is_wanted) {
		say("%s needs a network: leave --network none out", network->forwards.count ? "--publish" : "--dns");
		return false;
	}
	if (network->kind == NETWORK_UNSAID)
		network->kind = is_wanted ? NETWORK_USER : NETWORK_NONE;
	if (has_seed && network->kind == NETWORK_USER) {
		say("--seed repeats a run exactly, but what comes from a network does not: leave --network out");
		return false;
	}
	return true;
}

void network_arguments(const struct network *network, const char *device, struct strlist *arguments)
{
	char *options;

	if (network->kind != NETWORK_USER)
		return;
	options = must_copy("user,id=net,ipv6=off,net=10.0.2.0/24,host=" ROUTER_ADDRESS ",dns=" RESOLVER_ADDRESS);
	for (size_t i = 0; i < network->forwards.count; i++) {
		char *longer = must_format("%s,hostfwd=%s", options, network->forwards.items[i]);
		free(options);
		options = longer;
	}
	strlist_add(arguments, "-netdev");
	strlist_add(arguments, options);
	strlist_add(arguments, "-device");
	strlist_addf(arguments, "%s,netdev=net", device);
	free(options);
}

void network_record(const struct network *network, struct bytes *record)
{
	struct {
		struct in_addr address, router;
		uint32_t prefix_bits;
	} item = {.prefix_bits = PREFIX_BITS};

	if (network->kind != NETWORK_USER)
		return;
	(void)inet_pton(AF_INET, MACHINE_ADDRESS, &item.address);
	(void)inet_pton(AF_INET, ROUTER_ADDRESS, &item.router);
	record_add(record, NAMU_START_NETWORK, &item, sizeof(item));
	for (size_t i = 0; i < network->resolvers.count; i++) {
		char *line = must_format("nameserver %s", network->resolvers.items[i]);
		record_add_text(record, NAMU_START_RESOLVER, line);
		free(line);
	}
	if (!network->resolvers.count)
		record_add_text(record, NAMU_START_RESOLVER, "nameserver " RESOLVER_ADDRESS);
}
