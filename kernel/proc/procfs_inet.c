/*
 * /proc/net: sockets of AF_INET and AF_INET6 (proc(5)).
 */
#include "net/inet.h"
#include "net/unix.h"
#include "proc/procfs_private.h"

#define TCP_COLUMNS   149u
#define UDP_COLUMNS   127u
#define TICKS_NS      10000000ul /* as times are told: hundredths of a second */
#define TIMER_WAITS   3u
#define RTO_TICKS     20u
#define WINDOW_FIRST  10
#define REFERENCES_TW 3u

#define HEADER_TAIL "st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"
#define NAMES_V4    "local_address rem_address   "
#define NAMES_V6    "local_address                         remote_address                        "

/* One file while it is written. */
struct table {
	struct proc_text *text;
	int family, type;
	uint32_t row;
};

static bool is_v6(const struct table *table)
{
	return table->family == AF_INET6;
}

static void print_end(const struct table *table, const struct inet_end *end)
{
	if (is_v6(table))
		proc_print(table->text, " %08X%08X%08X%08X:%04X", end->ip.words[0], end->ip.words[1], end->ip.words[2],
			   end->ip.words[3], end->port);
	else
		proc_print(table->text, " %08X:%04X", end->ip.words[3], end->port);
}

/* Lines of IPv4 have a width. */
static void end_line(const struct table *table, size_t start)
{
	if (!is_v6(table))
		proc_pad(table->text, start, table->type == SOCK_STREAM ? TCP_COLUMNS : UDP_COLUMNS);
	proc_append(table->text, "\n", 1);
}

static void print_row(const struct inet_view *view, void *arg)
{
	struct table *table = arg;
	struct proc_text *text = table->text;
	size_t start = text->length;
	bool is_stream = table->type == SOCK_STREAM;

	if (view->family != table->family)
		return;
	proc_print(text, is_stream ? "%4u:" : "%5u:", table->row++);
	print_end(table, &view->local);
	print_end(table, &view->remote);
	proc_print(text, " %02X %08X:%08X 00:00000000 00000000 %5u        0 %lu %u %016lx", view->state,
		   view->sent_bytes, view->received_bytes, view->uid, view->ino, view->references, 0ul);
	if (!is_stream)
		proc_print(text, " %lu", view->drops);
	else if (view->state == TCP_LISTEN)
		proc_print(text, " 100 0 0 10 0");
	else
		proc_print(text, " %u 0 0 %d -1", RTO_TICKS, WINDOW_FIRST);
	end_line(table, start);
}

static void print_wait(const struct tcp_wait_view *view, void *arg)
{
	struct table *table = arg;
	size_t start = table->text->length;

	if (view->family != table->family)
		return;
	proc_print(table->text, "%4u:", table->row++);
	print_end(table, &view->local);
	print_end(table, &view->remote);
	proc_print(table->text, " %02X 00000000:00000000 %02X:%08lX 00000000     0        0 0 %u %016lx", TCP_TIME_WAIT,
		   TIMER_WAITS, view->left_ns / TICKS_NS, REFERENCES_TW, 0ul);
	end_line(table, start);
}

static void print_header(const struct table *table)
{
	struct proc_text *text = table->text;
	size_t start = text->length;

	proc_print(text, table->type == SOCK_STREAM || is_v6(table) ? "  sl  " : "   sl  ");
	proc_print(text, is_v6(table) ? NAMES_V6 HEADER_TAIL : NAMES_V4 HEADER_TAIL);
	if (table->type != SOCK_STREAM)
		proc_print(text, " ref pointer drops");
	end_line(table, start);
}

static int show(struct proc_text *text, int family, int type)
{
	struct table table = {.text = text, .family = family, .type = type};

	print_header(&table);
	if (type == SOCK_RAW)
		return 0;
	inet_for_each(type, print_row, &table);
	if (type == SOCK_STREAM)
		inet_waits_for_each(print_wait, &table);
	return 0;
}

int proc_show_tcp(struct proc_text *text, const struct proc_target *target)
{
	return show(text, AF_INET, SOCK_STREAM);
}

int proc_show_tcp6(struct proc_text *text, const struct proc_target *target)
{
	return show(text, AF_INET6, SOCK_STREAM);
}

int proc_show_udp(struct proc_text *text, const struct proc_target *target)
{
	return show(text, AF_INET, SOCK_DGRAM);
}

int proc_show_udp6(struct proc_text *text, const struct proc_target *target)
{
	return show(text, AF_INET6, SOCK_DGRAM);
}

int proc_show_raw(struct proc_text *text, const struct proc_target *target)
{
	return show(text, AF_INET, SOCK_RAW);
}

int proc_show_raw6(struct proc_text *text, const struct proc_target *target)
{
	return show(text, AF_INET6, SOCK_RAW);
}

/* -- counts -- */

struct counts {
	uint32_t in_use, orphans, of_v6, waits;
};

static void count_socket(const struct inet_view *view, void *arg)
{
	struct counts *counts = arg;

	if (view->family == AF_INET6)
		counts->of_v6++;
	else
		counts->in_use++;
	counts->orphans += !view->ino && view->state != TCP_ESTABLISHED && view->state != TCP_CLOSE_WAIT;
}

static void count_wait(const struct tcp_wait_view *view, void *arg)
{
	struct counts *counts = arg;

	counts->waits++;
}

static void count_unix(const struct unix_view *view, void *arg)
{
	uint32_t *all = arg;

	(*all)++;
}

static struct counts count(int type)
{
	struct counts counts = {0};

	inet_for_each(type, count_socket, &counts);
	if (type == SOCK_STREAM)
		inet_waits_for_each(count_wait, &counts);
	return counts;
}

int proc_show_sockstat(struct proc_text *text, const struct proc_target *target)
{
	struct counts tcp = count(SOCK_STREAM), udp = count(SOCK_DGRAM);

	uint32_t all = tcp.in_use + tcp.of_v6 + udp.in_use + udp.of_v6;

	unix_for_each(count_unix, &all);
	proc_print(text, "sockets: used %u\n", all);
	proc_print(text, "TCP: inuse %u orphan %u tw %u alloc %u mem 0\n", tcp.in_use, tcp.orphans, tcp.waits,
		   tcp.in_use + tcp.of_v6);
	proc_print(text, "UDP: inuse %u mem 0\nUDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n", udp.in_use);
	return 0;
}

int proc_show_sockstat6(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "TCP6: inuse %u\nUDP6: inuse %u\nUDPLITE6: inuse 0\nRAW6: inuse 0\nFRAG6: inuse 0 memory 0\n",
		   count(SOCK_STREAM).of_v6, count(SOCK_DGRAM).of_v6);
	return 0;
}

int proc_show_protocols(struct proc_text *text, const struct proc_target *target)
{
	struct counts tcp = count(SOCK_STREAM), udp = count(SOCK_DGRAM);
	const struct {
		const char *name;
		uint32_t count;
		const char *rest;
	} rows[] = {
		{"UDPv6", udp.of_v6, "y  n  y  n  n  n  y  n  n  y  y  y  y  n  n  n  y  n  n"},
		{"TCPv6", tcp.of_v6, "y  y  y  y  n  y  y  y  n  y  y  y  y  n  n  n  n  n  n"},
		{"UDP", udp.in_use, "y  n  y  n  n  n  y  n  n  y  y  y  y  n  n  n  y  n  n"},
		{"TCP", tcp.in_use, "y  y  y  y  n  y  y  y  n  y  y  y  y  n  n  n  n  n  n"},
	};

	proc_print(text,
		   "protocol  size sockets  memory press maxhdr  slab module     cl co di ac io in de sh ss gs se re "
		   "bi br ha uh gp em\n");
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++)
		proc_print(text, "%-9s %4u %6u  %6d   %s  %6u   %s  %-10s  %s\n", rows[i].name,
			   (unsigned)sizeof(struct inet_socket), rows[i].count, -1, "NI", 0u, "yes", "kernel",
			   rows[i].rest);
	return 0;
}
