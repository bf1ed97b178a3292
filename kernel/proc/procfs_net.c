/*
 * /proc/PID/net and /proc/sys/net: sockets, and what they may take.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "net/inet.h"
#include "net/unix.h"
#include "proc/procfs_private.h"

/* As Linux shows the state of a socket: linux/net.h, and __SO_ACCEPTCON for one that listens. */
#define FLAG_LISTENS        0x10000u
#define STATE_UNCONNECTED   1u
#define STATE_CONNECTING    2u
#define STATE_CONNECTED     3u
#define STATE_DISCONNECTING 4u

static unsigned shown_state(const struct unix_view *view)
{
	if (!view->ino) /* no description: a connection that nobody has accepted */
		return view->state == UNIX_CONNECTED ? STATE_CONNECTING : STATE_DISCONNECTING;
	return view->state == UNIX_CONNECTED ? STATE_CONNECTED : STATE_UNCONNECTED;
}

/* A path as it is; an abstract name with @ for its zeros. */
static void print_name(struct proc_text *text, const struct unix_address *address)
{
	const char *name = (const char *)address->data + UNIX_FAMILY_BYTES;
	size_t bytes = address->bytes - UNIX_FAMILY_BYTES;

	proc_append(text, " ", 1);
	if (name[0]) {
		proc_append(text, name, bytes - 1);
		return;
	}
	for (size_t i = 0; i < bytes; i++)
		proc_append(text, name[i] ? &name[i] : "@", 1);
}

static void print_unix(const struct unix_view *view, void *arg)
{
	struct proc_text *text = arg;

	proc_print(text, "%016lx: %08X %08X %08X %04X %02X %5lu", view->number, view->references, 0u,
		   view->state == UNIX_LISTENING ? FLAG_LISTENS : 0, view->type, shown_state(view), view->ino);
	if (view->address)
		print_name(text, view->address);
	proc_append(text, "\n", 1);
}

static int show_unix(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "Num       RefCount Protocol Flags    Type St Inode Path\n");
	unix_for_each(print_unix, text);
	return 0;
}

#define TEXT(entry_name, printer)                                               \
	{                                                                       \
		.name = (entry_name), .mode = S_IFREG | 0444, .show = (printer) \
	}

/* The one that speaks on NETLINK_CONNECTOR. */
static int show_connector(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "Name            ID\ncn_proc         1:1\n");
	return 0;
}

const struct proc_entry proc_net_entries[] = {
	TEXT("arp", proc_show_arp),
	TEXT("connector", show_connector),
	TEXT("dev", proc_show_dev),
	TEXT("if_inet6", proc_show_if_inet6),
	TEXT("ipv6_route", proc_show_ipv6_route),
	TEXT("netstat", proc_show_netstat),
	TEXT("protocols", proc_show_protocols),
	TEXT("raw", proc_show_raw),
	TEXT("raw6", proc_show_raw6),
	TEXT("route", proc_show_route),
	TEXT("snmp", proc_show_snmp),
	TEXT("snmp6", proc_show_snmp6),
	TEXT("sockstat", proc_show_sockstat),
	TEXT("sockstat6", proc_show_sockstat6),
	TEXT("tcp", proc_show_tcp),
	TEXT("tcp6", proc_show_tcp6),
	TEXT("udp", proc_show_udp),
	TEXT("udp6", proc_show_udp6),
	TEXT("unix", show_unix),
	{.name = NULL},
};

/* -- /proc/sys/net -- */

static const struct {
	const char *name;
	_Atomic uint32_t *value;
	uint32_t least;
} numbers[] = {
	{"max_dgram_qlen", &unix_messages_most, 0},
	{"somaxconn", &socket_limits.backlog_most, 0},
	{"wmem_default", &socket_limits.send_default, SOCKET_SEND_LEAST},
	{"wmem_max", &socket_limits.send_most, SOCKET_SEND_LEAST},
	{"rmem_default", &socket_limits.receive_default, SOCKET_RECEIVE_LEAST},
	{"rmem_max", &socket_limits.receive_most, SOCKET_RECEIVE_LEAST},
	{"optmem_max", &socket_limits.control_most, 0},
	{"ip_unprivileged_port_start", &inet_limits.port_free_first, 0},
	{"ip_default_ttl", &inet_limits.ttl, 1},
	{"tcp_keepalive_time", &inet_limits.keep_idle_s, 1},
	{"tcp_keepalive_intvl", &inet_limits.keep_interval_s, 1},
	{"tcp_keepalive_probes", &inet_limits.keep_count, 1},
	{"tcp_syn_retries", &inet_limits.syn_count, 1},
	{"tcp_fin_timeout", &inet_limits.linger2_s, 1},
	{"bindv6only", &inet_limits.v6only, 0},
};

static unsigned number_of(const struct proc_target *target)
{
	unsigned i = 0;

	while (i < ARRAY_LEN(numbers) - 1 && strcmp(numbers[i].name, target->node->entry->name) != 0)
		i++;
	return i;
}

static int show_number(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%u\n", *numbers[number_of(target)].value);
	return 0;
}

static int write_number(const struct proc_target *target, const char *text, size_t bytes)
{
	uint64_t value = 0;

	if (bytes && text[bytes - 1] == '\n')
		bytes--;
	if (!bytes)
		return -EINVAL;
	for (size_t i = 0; i < bytes; i++) {
		if (text[i] < '0' || text[i] > '9' || value > INT32_MAX)
			return -EINVAL;
		value = value * 10 + (uint64_t)(text[i] - '0');
	}
	if (value > INT32_MAX || value < numbers[number_of(target)].least)
		return -EINVAL;
	*numbers[number_of(target)].value = (uint32_t)value;
	return 0;
}

/* Two numbers below `limit`, blanks between: 0 or -EINVAL. */
static int read_pair(const char *text, size_t bytes, uint64_t limit, uint32_t *pair)
{
	uint64_t values[2] = {0, 0};
	unsigned at = 0;
	bool is_in = false;

	for (size_t i = 0; i < bytes; i++) {
		bool is_digit = text[i] >= '0' && text[i] <= '9';
		if (!is_digit && text[i] != ' ' && text[i] != '\t' && text[i] != '\n')
			return -EINVAL;
		if (!is_digit && is_in)
			at++;
		if (is_digit && at > 1)
			return -EINVAL;
		is_in = is_digit;
		if (is_digit)
			values[at] = values[at] * 10 + (uint64_t)(text[i] - '0');
		if (is_digit && values[at] >= limit)
			return -EINVAL;
	}
	if (at + is_in != 2)
		return -EINVAL;
	pair[0] = (uint32_t)values[0];
	pair[1] = (uint32_t)values[1];
	return 0;
}

/* Two ports, first and last. */
static int show_ports(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%u\t%u\n", inet_limits.port_first, inet_limits.port_last);
	return 0;
}

static int write_ports(const struct proc_target *target, const char *text, size_t bytes)
{
	uint32_t ports[2];
	int error = read_pair(text, bytes, INET_PORTS, ports);

	if (!error && (!ports[0] || ports[0] > ports[1]))
		error = -EINVAL;
	if (error)
		return error;
	inet_limits.port_first = ports[0];
	inet_limits.port_last = ports[1];
	return 0;
}

/* Two groups, first and last: who may have sockets of ping. */
static int show_pings(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%u\t%u\n", inet_limits.ping_first, inet_limits.ping_last);
	return 0;
}

static int write_pings(const struct proc_target *target, const char *text, size_t bytes)
{
	uint32_t groups[2];
	int error = read_pair(text, bytes, 1ul << 31, groups);
	bool is_none;

	if (error)
		return error;
	/* One that ends before it begins is nobody's. */
	is_none = groups[0] > groups[1];
	inet_limits.ping_first = is_none ? 1 : groups[0];
	inet_limits.ping_last = is_none ? 0 : groups[1];
	return 0;
}

/* What cannot be changed here. */
static int show_congestion(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "cubic\n");
	return 0;
}

static int show_congestions(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "cubic reno\n");
	return 0;
}

static int show_receive_sizes(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%u\t%u\t%u\n", SOCKET_RECEIVE_LEAST, TCP_RECEIVE, TCP_RECEIVE);
	return 0;
}

static int show_send_sizes(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%u\t%u\t%u\n", SOCKET_SEND_LEAST, TCP_SEND_FIRST, TCP_SEND_GROWN);
	return 0;
}

static int show_client_alone(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "1\n");
	return 0;
}

static int show_zero(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "0\n");
	return 0;
}

#define NUMBER(entry_name)                                                                               \
	{                                                                                                \
		.name = (entry_name), .mode = S_IFREG | 0644, .show = show_number, .write = write_number \
	}

static const struct proc_entry unix_entries[] = {
	NUMBER("max_dgram_qlen"),
	{.name = NULL},
};

static const struct proc_entry core_entries[] = {
	NUMBER("somaxconn"), NUMBER("wmem_default"), NUMBER("wmem_max"), NUMBER("rmem_default"),
	NUMBER("rmem_max"),  NUMBER("optmem_max"),   {.name = NULL},
};

static const struct proc_entry ipv4_entries[] = {
	NUMBER("ip_default_ttl"),
	TEXT("ip_forward", show_zero),
	{.name = "ip_local_port_range", .mode = S_IFREG | 0644, .show = show_ports, .write = write_ports},
	TEXT("ip_nonlocal_bind", show_zero),
	NUMBER("ip_unprivileged_port_start"),
	{.name = "ping_group_range", .mode = S_IFREG | 0644, .show = show_pings, .write = write_pings},
	TEXT("tcp_available_congestion_control", show_congestions),
	TEXT("tcp_congestion_control", show_congestion),
	TEXT("tcp_fastopen", show_client_alone),
	NUMBER("tcp_fin_timeout"),
	NUMBER("tcp_keepalive_intvl"),
	NUMBER("tcp_keepalive_probes"),
	NUMBER("tcp_keepalive_time"),
	TEXT("tcp_rmem", show_receive_sizes),
	NUMBER("tcp_syn_retries"),
	TEXT("tcp_wmem", show_send_sizes),
	{.name = NULL},
};

static const struct proc_entry ipv6_entries[] = {
	NUMBER("bindv6only"),
	{.name = NULL},
};

const struct proc_entry proc_sys_net_entries[] = {
	{.name = "core", .mode = S_IFDIR | 0555, .children = core_entries},
	{.name = "ipv4", .mode = S_IFDIR | 0555, .children = ipv4_entries},
	{.name = "ipv6", .mode = S_IFDIR | 0555, .children = ipv6_entries},
	{.name = "unix", .mode = S_IFDIR | 0555, .children = unix_entries},
	{.name = NULL},
};
