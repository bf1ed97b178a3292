/*
 * What AF_INET and AF_INET6 tell of their sockets by NETLINK_SOCK_DIAG: all that fit a request (`ss -t`, `ss -u`), or
 * one, by its ends.
 *
 * A dump goes through listening sockets, the others, and connections in TIME_WAIT, each in the order of their making.
 * What was asked lies in the dump's own memory, with where it stands.
 */
#include "net/inet_diag.h"

#include <linux/capability.h>
#include <linux/in.h>
#include <linux/tcp.h>

#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "net/netlink_diag.h"
#include "net/tcp.h"
#include "sched/sched.h"

#define REPLY_BYTES 1024u
#define TIMER_WAITS 3u
#define ANY_COOKIE  UINT32_MAX
#define NS_PER_MS   1000000u

#define BIT(extension) (1u << ((extension)-1))

enum phase { LISTENING, OTHERS, WAITING, PHASES };

struct asked {
	uint8_t family; /* AF_UNSPEC: both */
	uint8_t protocol;
	uint8_t shown; /* bits of INET_DIAG_* */
	bool may_see_marks;
	uint16_t answer; /* the type of messages */
	uint32_t states;
	struct inet_diag_sockid id;
	enum phase phase; /* where the dump stands */
	uint64_t after;
	uint32_t filter_bytes;
	uint8_t filter[];
};

/* A socket as it was when it was found, or a connection in TIME_WAIT. */
struct found {
	struct inet_socket *socket, *peer; /* with references, or null */
	uint64_t number;
	struct inet_view view;
	uint32_t expires_ms;
};

static int type_of(const struct asked *asked)
{
	return asked->protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
}

static bool is_known(const struct asked *asked)
{
	return asked->protocol == IPPROTO_TCP || asked->protocol == IPPROTO_UDP;
}

/* -- finding -- */

/* inet_lock is held. */
static void describe(struct found *found, struct inet_socket *self)
{
	inet_get(self);
	if (self->peer)
		inet_get(self->peer);
	*found = (struct found){.socket = self, .peer = self->peer, .number = self->number};
	inet_view_read_locked(self, &found->view);
}

static void let_go(struct found *found)
{
	if (found->peer)
		inet_put(found->peer);
	if (found->socket)
		inet_put(found->socket);
}

static bool is_wanted(const struct asked *asked, uint16_t family, enum tcp_state state, const struct inet_end *local,
		      const struct inet_end *remote)
{
	uint16_t from = __builtin_bswap16(asked->id.idiag_sport), to = __builtin_bswap16(asked->id.idiag_dport);

	if (!(asked->states >> state & 1) || (asked->family && family != asked->family))
		return false;
	return (!from || from == local->port) && (!to || to == remote->port);
}

/* The next of its phase behind number asked->after. */
static bool find_socket(const struct asked *asked, struct found *found)
{
	struct inet_socket *self;
	bool is_found = false;

	spin_lock(&inet_lock);
	list_for_each (self, &inet_table_of_type(type_of(asked))->all, all_link) {
		enum tcp_state state = inet_state(self);
		is_found = self->number > asked->after && (asked->phase == LISTENING) == (state == TCP_LISTEN) &&
			   inet_is_shown_locked(self) &&
			   is_wanted(asked, self->socket.family, state, &self->local, &self->remote);
		if (is_found) {
			describe(found, self);
			break;
		}
	}
	spin_unlock(&inet_lock);
	return is_found;
}

struct wait_search {
	const struct asked *asked;
	struct found *found;
	const struct inet_end *local, *remote; /* null: whatever is wanted behind asked->after */
	bool is_found;
};

static void look_at_wait(const struct tcp_wait_view *view, void *arg)
{
	struct wait_search *search = arg;

	if (search->is_found)
		return;
	if (search->local)
		search->is_found = view->local.port == search->local->port &&
				   view->remote.port == search->remote->port &&
				   inet_ip_is(&view->local.ip, &search->local->ip) &&
				   inet_ip_is(&view->remote.ip, &search->remote->ip);
	else
		search->is_found = view->number > search->asked->after &&
				   is_wanted(search->asked, view->family, TCP_TIME_WAIT, &view->local, &view->remote);
	if (search->is_found)
		*search->found = (struct found){
			.number = view->number,
			.view = {.family = view->family,
				 .state = TCP_TIME_WAIT,
				 .local = view->local,
				 .remote = view->remote},
			.expires_ms = (uint32_t)(view->left_ns / NS_PER_MS),
		};
}

static bool find_wait(const struct asked *asked, struct found *found)
{
	struct wait_search search = {.asked = asked, .found = found};

	inet_waits_for_each(look_at_wait, &search);
	return search.is_found;
}

static bool find_next(struct asked *asked, struct found *found)
{
	for (; asked->phase < PHASES; asked->phase++, asked->after = 0) {
		bool is_stream = type_of(asked) == SOCK_STREAM;
		if (asked->phase != WAITING ? find_socket(asked, found) : is_stream && find_wait(asked, found))
			return true;
	}
	return false;
}

static bool passes(const struct asked *asked, const struct found *found)
{
	const struct inet_socket *self = found->socket;
	struct inet_diag_look look = {
		.family = found->view.family, .local = found->view.local, .remote = found->view.remote};

	if (!asked->filter_bytes)
		return true;
	if (self) {
		look.interface = self->options.interface;
		look.mark = self->socket.mark;
		look.is_port_chosen = !self->has_own_port;
	}
	return inet_diag_filter_passes(asked->filter, asked->filter_bytes, &look);
}

/* -- writing -- */

static void write_end(const struct inet_end *end, uint16_t family, __be16 *port, __be32 address[4])
{
	*port = __builtin_bswap16(end->port);
	memset(address, 0, sizeof(end->ip));
	if (family == AF_INET)
		address[0] = end->ip.words[3];
	else
		memcpy(address, end->ip.bytes, sizeof(end->ip));
}

static void add_options(struct netlink_writer *out, const struct inet_socket *self)
{
	uint32_t bits = self->options.bits;
	struct inet_diag_sockopt told = {.recverr = (bits & INET_OPT_RECVERR) != 0,
					 .is_icsk = self->socket.type == SOCK_STREAM,
					 .freebind = (bits & INET_OPT_FREEBIND) != 0,
					 .hdrincl = (bits & INET_OPT_HDRINCL) != 0,
					 .mc_loop = (bits & INET_OPT_MCAST_LOOP) != 0,
					 .transparent = (bits & INET_OPT_TRANSPARENT) != 0,
					 .mc_all = (bits & INET_OPT_MCAST_ALL) != 0,
					 .bind_address_no_port = (bits & INET_OPT_LATE_PORT) != 0};

	netlink_add(out, INET_DIAG_SOCKOPT, &told, sizeof(told));
}

static void add_of_family(struct netlink_writer *out, const struct asked *asked, const struct inet_socket *self)
{
	enum tcp_state state = inet_state(self);

	netlink_add_u8(out, INET_DIAG_SHUTDOWN, (uint8_t)inet_shut(self));
	if (asked->shown & BIT(INET_DIAG_TOS))
		netlink_add_u8(out, INET_DIAG_TOS, self->options.tos);
	if (self->socket.family == AF_INET6) {
		if (asked->shown & BIT(INET_DIAG_TCLASS))
			netlink_add_u8(out, INET_DIAG_TCLASS, self->options.traffic_class);
		if (state == TCP_LISTEN || state == TCP_CLOSE)
			netlink_add_u8(out, INET_DIAG_SKV6ONLY, inet_is_v6only(self));
	}
	if (asked->may_see_marks)
		netlink_add_u32(out, INET_DIAG_MARK, self->socket.mark);
	if (asked->shown & BIT(INET_DIAG_TCLASS))
		netlink_add_u32(out, INET_DIAG_CLASS_ID, self->socket.priority);
	add_options(out, self);
}

static void add_attributes(struct netlink_writer *out, const struct asked *asked, const struct found *found)
{
	struct inet_socket *self = found->socket;
	struct inet_diag_meminfo memory = {.idiag_rmem = found->view.received_bytes};
	bool is_stream = self->socket.type == SOCK_STREAM;
	struct tcp_info info;

	if (inet_state(self) == TCP_LISTEN)
		memory.idiag_rmem = 0;
	else
		memory.idiag_wmem = memory.idiag_tmem = found->view.sent_bytes;
	add_of_family(out, asked, self);
	if (asked->shown & BIT(INET_DIAG_MEMINFO))
		netlink_add(out, INET_DIAG_MEMINFO, &memory, sizeof(memory));
	if (asked->shown & BIT(INET_DIAG_SKMEMINFO))
		netlink_diag_add_memory(out, INET_DIAG_SKMEMINFO, &self->socket, memory.idiag_rmem, memory.idiag_tmem,
					(uint32_t)self->drops);
	if (!is_stream)
		return;
	if (asked->shown & BIT(INET_DIAG_INFO)) {
		tcp_info_read(self, found->peer, &info);
		netlink_add(out, INET_DIAG_INFO, &info, sizeof(info));
	}
	if (asked->shown & BIT(INET_DIAG_CONG))
		netlink_add_text(out, INET_DIAG_CONG, tcp_congestion_name(self));
}

static bool write_one(struct netlink_writer *out, const struct asked *asked, const struct found *found)
{
	const struct inet_view *view = &found->view;
	struct inet_diag_msg header = {.idiag_family = (uint8_t)view->family,
				       .idiag_state = (uint8_t)view->state,
				       .idiag_rqueue = view->received_bytes,
				       .idiag_wqueue = view->sent_bytes,
				       .idiag_uid = view->uid,
				       .idiag_inode = (uint32_t)view->ino};

	write_end(&view->local, view->family, &header.id.idiag_sport, header.id.idiag_src);
	write_end(&view->remote, view->family, &header.id.idiag_dport, header.id.idiag_dst);
	header.id.idiag_cookie[0] = (uint32_t)found->number;
	header.id.idiag_cookie[1] = (uint32_t)(found->number >> 32);
	if (found->socket) {
		header.id.idiag_if = (uint32_t)found->socket->options.interface;
		if (view->state == TCP_LISTEN)
			header.idiag_wqueue = found->socket->backlog;
	} else {
		header.idiag_timer = TIMER_WAITS;
		header.idiag_expires = found->expires_ms;
	}
	netlink_begin(out, asked->answer, &header, sizeof(header));
	if (found->socket)
		add_attributes(out, asked, found);
	return netlink_end(out);
}

/* -- answering -- */

static int inet_step(struct netlink_dump *dump, struct netlink_writer *out)
{
	struct asked *asked = dump->memory;
	struct found found;

	if (!is_known(asked))
		return -ENOENT;
	while (find_next(asked, &found)) {
		bool is_done = !passes(asked, &found) || write_one(out, asked, &found);
		if (is_done)
			asked->after = found.number;
		let_go(&found);
		if (!is_done)
			return 0;
		preempt_point();
	}
	return 1;
}

static struct inet_end read_end(uint8_t family, __be16 port, const __be32 address[4])
{
	struct inet_end end = {.port = __builtin_bswap16(port)};

	if (family == AF_INET)
		end.ip = inet_ip_v4(address[0]);
	else
		memcpy(end.ip.bytes, address, sizeof(end.ip));
	return end;
}

/* The connection with these ends, or who listens there; of UDP whoever a datagram would go to. */
static bool find_one(const struct asked *asked, const struct inet_end *local, const struct inet_end *remote,
		     struct found *found)
{
	struct wait_search search = {.asked = asked, .found = found, .local = local, .remote = remote};
	struct inet_socket *self, *best = NULL;
	bool is_stream = type_of(asked) == SOCK_STREAM;

	spin_lock(&inet_lock);
	list_for_each (self, inet_bucket(inet_table_of_type(type_of(asked))->bound, local->port), port_link) {
		if (is_stream && self->local.port == local->port && self->remote.port == remote->port &&
		    inet_is_shown_locked(self) && inet_ip_is(&self->local.ip, &local->ip) &&
		    inet_ip_is(&self->remote.ip, &remote->ip)) {
			inet_get(self);
			best = self;
			break;
		}
	}
	if (!best && is_stream)
		tcp_wait_for_each_locked(look_at_wait, &search);
	if (!best && !search.is_found)
		best = inet_find_locked(type_of(asked), remote, local);
	if (best) {
		describe(found, best);
		search.is_found = true;
	}
	spin_unlock(&inet_lock);
	if (best)
		inet_put(best);
	return search.is_found;
}

static int tell_one(struct netlink_request *request, const struct asked *asked)
{
	const struct inet_diag_sockid *id = &asked->id;
	struct inet_end local = read_end(asked->family, id->idiag_sport, id->idiag_src);
	struct inet_end remote = read_end(asked->family, id->idiag_dport, id->idiag_dst);
	bool is_stream = type_of(asked) == SOCK_STREAM;
	struct netlink_message *message;
	struct netlink_writer out;
	struct found found;
	int error = 0;

	if (!is_known(asked))
		return -ENOENT;
	/* Of UDP the request names the ends as a datagram on its way to the socket has them. */
	if (!find_one(asked, is_stream ? &local : &remote, is_stream ? &remote : &local, &found))
		return -ENOENT;
	if ((id->idiag_cookie[0] != ANY_COOKIE || id->idiag_cookie[1] != ANY_COOKIE) &&
	    (id->idiag_cookie[0] != (uint32_t)found.number || id->idiag_cookie[1] != (uint32_t)(found.number >> 32)))
		error = is_stream ? -ENOENT : -ESTALE;
	if (!error) {
		out = netlink_reply(request, REPLY_BYTES, &message);
		error = -ENOMEM;
		if (message) {
			write_one(&out, asked, &found);
			error = netlink_reply_end(request, &out, message);
		}
	}
	let_go(&found);
	return error;
}

/* A dump, with the filter that stands among the attributes behind `offset`. */
static int dump_all(struct netlink_request *request, const struct asked *asked, uint32_t offset)
{
	struct netlink_dump dump = {.step = inet_step};
	struct netlink_attributes attributes;
	const uint8_t *filter;
	struct asked *kept;
	uint32_t bytes;
	int error = netlink_read_attributes(request, offset, &attributes);

	if (error)
		return error;
	filter = attributes.value[INET_DIAG_REQ_BYTECODE];
	bytes = filter ? attributes.bytes[INET_DIAG_REQ_BYTECODE] : 0;
	error = filter ? inet_diag_filter_check(filter, bytes) : 0;
	if (error)
		return error;
	kept = kmalloc(sizeof(*kept) + bytes);
	if (!kept)
		return -ENOMEM;
	*kept = *asked;
	if (attributes.value[INET_DIAG_REQ_PROTOCOL]) {
		/* One with a number of more than a byte is none of ours. */
		uint32_t protocol = netlink_read_u32(&attributes, INET_DIAG_REQ_PROTOCOL, 0);
		kept->protocol = protocol <= UINT8_MAX ? (uint8_t)protocol : 0;
	}
	kept->filter_bytes = bytes;
	if (bytes)
		memcpy(kept->filter, filter, bytes);
	dump.memory = kept;
	return netlink_dump_start(request, &dump);
}

static int answer(struct netlink_request *request, const struct asked *asked, uint32_t offset)
{
	if (request->header->nlmsg_flags & NLM_F_DUMP)
		return dump_all(request, asked, offset);
	return tell_one(request, asked);
}

int inet_diag_request(struct netlink_request *request)
{
	struct asked asked = {.answer = SOCK_DIAG_BY_FAMILY, .may_see_marks = current_has_cap(CAP_NET_ADMIN)};
	struct inet_diag_req_v2 from;

	if (request->bytes < sizeof(from))
		return -EINVAL;
	memcpy(&from, request->payload, sizeof(from));
	asked.family = from.sdiag_family;
	asked.protocol = from.sdiag_protocol;
	asked.shown = from.idiag_ext;
	asked.states = from.idiag_states;
	asked.id = from.id;
	return answer(request, &asked, sizeof(from));
}

int inet_diag_old_request(struct netlink_request *request)
{
	struct asked asked = {.protocol = IPPROTO_TCP,
			      .answer = request->header->nlmsg_type,
			      .may_see_marks = current_has_cap(CAP_NET_ADMIN)};
	struct inet_diag_req from;

	if (request->bytes < sizeof(from))
		return -EINVAL;
	memcpy(&from, request->payload, sizeof(from));
	if (!(request->header->nlmsg_flags & NLM_F_DUMP))
		asked.family = from.idiag_family;
	asked.shown = from.idiag_ext;
	asked.states = from.idiag_states;
	asked.id = from.id;
	return answer(request, &asked, sizeof(from));
}
