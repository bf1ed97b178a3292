/* The machine's network. */
#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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

/* [[ADDRESS:][HOST]:]GUEST[/tcp|/udp], in place; false: it is none. */
static bool read_published(char *text, struct network_port *port)
{
	const char *address = "";
	uint64_t host_port = 0, guest_port;
	struct in_addr ignored;
	char *slash = strchr(text, '/'), *guest, *host = NULL;

	port->protocol = "tcp";
	if (slash) {
		*slash++ = 0;
		if (strcmp(slash, "tcp") != 0 && strcmp(slash, "udp") != 0)
			return false;
		port->protocol = slash[0] == 'u' ? "udp" : "tcp";
	}
	guest = cut_last(text);
	if (!guest) {
		guest = text;
	} else if ((host = cut_last(text))) {
		address = text;
	} else {
		host = text;
	}
	if (!read_port(guest, &guest_port) || (host && *host && !read_port(host, &host_port)))
		return false;
	if (*address && inet_pton(AF_INET, address, &ignored) != 1)
		return false;
	port->address = must_copy(address);
	port->host = (unsigned)host_port;
	port->guest = (unsigned)guest_port;
	return true;
}

bool network_publish(struct network *network, const char *value)
{
	char *text = must_copy(value);
	struct network_port port;
	bool is_port = read_published(text, &port);

	free(text);
	if (!is_port) {
		say("bad port '%s': [[ADDRESS:][HOST]:]GUEST[/tcp|/udp], such as 8080:80, 80 or 127.0.0.1:5353:53/udp",
		    value);
		return false;
	}
	network->ports = must_grow(network->ports, (network->port_count + 1) * sizeof(port));
	network->ports[network->port_count++] = port;
	return true;
}

/*
 * A port of the host's that is free. A TCP socket stays bound to it for as long as this process lives, so that it is
 * given to nobody else; QEMU, which asks to share addresses with sockets that do not listen, gets it all the same. UDP
 * sockets that share a port would share what arrives as well, so that one is let go.
 */
static bool choose_port(struct network_port *port)
{
	bool is_tcp = strcmp(port->protocol, "tcp") == 0;
	struct sockaddr_in name = {.sin_family = AF_INET};
	socklen_t bytes = sizeof(name);
	int fd = socket(AF_INET, (is_tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0), on = 1;

	if (*port->address)
		(void)inet_pton(AF_INET, port->address, &name.sin_addr);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&name, sizeof(name)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&name, &bytes) < 0) {
		say("no port of the host for the machine's port %u: %s", port->guest, strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return false;
	}
	port->host = ntohs(name.sin_port);
	if (!is_tcp)
		(void)close(fd);
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
	bool is_wanted = network->port_count || network->resolvers.count;

	if (network->kind == NETWORK_NONE && is_wanted) {
		say("%s needs a network: leave --network none out", network->port_count ? "--publish" : "--dns");
		return false;
	}
	if (network->kind == NETWORK_UNSAID)
		network->kind = is_wanted ? NETWORK_USER : NETWORK_NONE;
	if (has_seed && network->kind == NETWORK_USER) {
		say("--seed repeats a run exactly, but what comes from a network does not: leave --network out");
		return false;
	}
	for (size_t i = 0; i < network->port_count; i++) {
		if (!network->ports[i].host && !choose_port(&network->ports[i]))
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
	for (size_t i = 0; i < network->port_count; i++) {
		const struct network_port *port = &network->ports[i];
		char *longer = must_format("%s,hostfwd=%s:%s:%u-:%u", options, port->protocol, port->address,
					   port->host, port->guest);
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
