/*
 * /proc/net/snmp, snmp6 and netstat: what the protocols count (RFC 1213, RFC 4293). A file is a table of names and
 * values; a name without a count here is of what never happens between sockets of one machine, and stays 0.
 */
#include "net/inet_count.h"
#include "proc/procfs_private.h"

struct value {
	const char *name;
	int64_t value;
};

/* A line of names and a line of values, as netstat(8) wants them. */
static void print_lines(struct proc_text *text, const char *title, const struct value *values, unsigned count)
{
	proc_print(text, "%s:", title);
	for (unsigned i = 0; i < count; i++)
		proc_print(text, " %s", values[i].name);
	proc_print(text, "\n%s:", title);
	for (unsigned i = 0; i < count; i++)
		proc_print(text, " %ld", values[i].value);
	proc_append(text, "\n", 1);
}

/* A line each. */
static void print_list(struct proc_text *text, const struct value *values, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		proc_print(text, "%-32s\t%ld\n", values[i].name, values[i].value);
}

static int64_t told(const _Atomic uint64_t *count)
{
	return (int64_t)atomic_load_explicit(count, memory_order_relaxed);
}

static void count_connected(const struct inet_view *view, void *arg)
{
	int64_t *count = arg;

	*count += view->state == TCP_ESTABLISHED || view->state == TCP_CLOSE_WAIT;
}

static void print_ip(struct proc_text *text)
{
	const struct inet_family_counts *counts = &inet_counts.v4;
	int64_t packets = told(&counts->packets);
	const struct value values[] = {
		{"Forwarding", 2}, /* no */
		{"DefaultTTL", inet_limits.ttl},
		{"InReceives", packets},
		{"InHdrErrors", 0},
		{"InAddrErrors", 0},
		{"ForwDatagrams", 0},
		{"InUnknownProtos", 0},
		{"InDiscards", 0},
		{"InDelivers", packets},
		{"OutRequests", packets},
		{"OutDiscards", 0},
		{"OutNoRoutes", told(&counts->no_routes)},
		{"ReasmTimeout", 0},
		{"ReasmReqds", 0},
		{"ReasmOKs", 0},
		{"ReasmFails", 0},
		{"FragOKs", 0},
		{"FragFails", 0},
		{"FragCreates", 0},
	};

	print_lines(text, "Ip", values, ARRAY_LEN(values));
}

static void print_tcp(struct proc_text *text)
{
	int64_t connected = 0, pieces = told(&inet_counts.pieces);

	inet_for_each(SOCK_STREAM, count_connected, &connected);
	const struct value values[] = {
		{"RtoAlgorithm", 1},
		{"RtoMin", 200},
		{"RtoMax", 120000}, /* as Linux has them */
		{"MaxConn", -1},    /* no limit */
		{"ActiveOpens", told(&inet_counts.active_opens)},
		{"PassiveOpens", told(&inet_counts.passive_opens)},
		{"AttemptFails", told(&inet_counts.failed_opens)},
		{"EstabResets", told(&inet_counts.broken)},
		{"CurrEstab", connected},
		{"InSegs", pieces},
		{"OutSegs", pieces},
		{"RetransSegs", 0},
		{"InErrs", 0},
		{"OutRsts", told(&inet_counts.resets_sent)},
		{"InCsumErrors", 0},
	};

	print_lines(text, "Tcp", values, ARRAY_LEN(values));
}

static void print_udp(struct proc_text *text, const char *title, const struct inet_family_counts *counts)
{
	const struct value values[] = {
		{"InDatagrams", told(&counts->datagrams_in)},
		{"NoPorts", told(&counts->datagrams_no_port)},
		{"InErrors", told(&counts->datagrams_no_room)},
		{"OutDatagrams", told(&counts->datagrams_out)},
		{"RcvbufErrors", told(&counts->datagrams_no_room)},
		{"SndbufErrors", 0},
		{"InCsumErrors", 0},
		{"IgnoredMulti", 0},
		{"MemErrors", 0},
	};

	print_lines(text, title, values, ARRAY_LEN(values));
}

int proc_show_snmp(struct proc_text *text, const struct proc_target *target)
{
	static const struct inet_family_counts none;

	print_ip(text);
	print_tcp(text);
	print_udp(text, "Udp", &inet_counts.v4);
	print_udp(text, "UdpLite", &none);
	return 0;
}

int proc_show_snmp6(struct proc_text *text, const struct proc_target *target)
{
	const struct inet_family_counts *counts = &inet_counts.v6;
	int64_t packets = told(&counts->packets), bytes = told(&counts->bytes);
	const struct value values[] = {
		{"Ip6InReceives", packets},
		{"Ip6InDelivers", packets},
		{"Ip6OutRequests", packets},
		{"Ip6OutNoRoutes", told(&counts->no_routes)},
		{"Ip6InMcastPkts", told(&counts->group_packets)},
		{"Ip6OutMcastPkts", told(&counts->group_packets)},
		{"Ip6InOctets", bytes},
		{"Ip6OutOctets", bytes},
		{"Ip6InMcastOctets", told(&counts->group_bytes)},
		{"Ip6OutMcastOctets", told(&counts->group_bytes)},
		{"Udp6InDatagrams", told(&counts->datagrams_in)},
		{"Udp6NoPorts", told(&counts->datagrams_no_port)},
		{"Udp6InErrors", told(&counts->datagrams_no_room)},
		{"Udp6OutDatagrams", told(&counts->datagrams_out)},
		{"Udp6RcvbufErrors", told(&counts->datagrams_no_room)},
	};

	print_list(text, values, ARRAY_LEN(values));
	return 0;
}

int proc_show_netstat(struct proc_text *text, const struct proc_target *target)
{
	const struct inet_family_counts *counts = &inet_counts.v4;
	int64_t bytes = told(&counts->bytes);
	const struct value tcp[] = {{"TW", told(&inet_counts.waits)}};
	const struct value ip[] = {
		{"InNoRoutes", 0},
		{"InTruncatedPkts", 0},
		{"InMcastPkts", told(&counts->group_packets)},
		{"OutMcastPkts", told(&counts->group_packets)},
		{"InBcastPkts", 0},
		{"OutBcastPkts", 0},
		{"InOctets", bytes},
		{"OutOctets", bytes},
		{"InMcastOctets", told(&counts->group_bytes)},
		{"OutMcastOctets", told(&counts->group_bytes)},
	};

	print_lines(text, "TcpExt", tcp, ARRAY_LEN(tcp));
	print_lines(text, "IpExt", ip, ARRAY_LEN(ip));
	return 0;
}
