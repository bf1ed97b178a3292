/*
 * TIME_WAIT: the pair of ends of a connection stays in use for a minute after its end, at the side that closed first.
 * There are no packets that could still be on their way; but bind(2), connect(2) and /proc/net/tcp tell of it as on
 * Linux.
 *
 * The latest stand in a ring: all last equally long, so the oldest is always the first to go. When the ring is full,
 * the oldest is forgotten (tcp_max_tw_buckets).
 */
#include "choice/choice.h"
#include "net/inet_count.h"

#define MOST   256u
#define COUNTS 256u /* how many have a port of this remainder: most ports have none */

struct waiting {
	struct inet_end local, remote;
	uint64_t end_ns;
	uint32_t uid;
	uint32_t options; /* SOCKET_REUSEADDR, SOCKET_REUSEPORT */
	uint16_t family;
	bool is_v6only;
};

/* Lock key: (n) inet_lock. */
static struct {
	struct waiting ring[MOST]; /* (n) */
	uint32_t first, count;     /* (n) */
	uint64_t gone;             /* (n) how many have left the ring */
	uint16_t on[COUNTS];       /* (n) by local port */
} waits;

static struct waiting *at(uint32_t i)
{
	return &waits.ring[(waits.first + i) % MOST];
}

static void drop_first(void)
{
	waits.on[at(0)->local.port % COUNTS]--;
	waits.first = (waits.first + 1) % MOST;
	waits.count--;
	waits.gone++;
}

static void drop_ended(void)
{
	uint64_t now = waits.count ? clock_monotonic_ns() : 0;

	while (waits.count && at(0)->end_ns <= now)
		drop_first();
}

void tcp_wait_begin_locked(const struct inet_socket *self)
{
	drop_ended();
	if (waits.count == MOST)
		drop_first();
	*at(waits.count++) = (struct waiting){.local = self->local,
					      .remote = self->remote,
					      .end_ns = clock_monotonic_ns() + TCP_TIME_WAIT_S * NS_PER_SEC,
					      .uid = self->uid,
					      .options = self->socket.options,
					      .family = self->socket.family,
					      .is_v6only = inet_is_v6only(self)};
	waits.on[self->local.port % COUNTS]++;
	inet_count(&inet_counts.waits, 1);
}

bool tcp_wait_blocks_locked(const struct inet_socket *self, uint16_t port)
{
	if (!waits.on[port % COUNTS])
		return false;
	drop_ended();
	for (uint32_t i = 0; i < waits.count; i++) {
		const struct waiting *one = at(i);
		if (one->local.port != port ||
		    (one->options & self->socket.options & (SOCKET_REUSEADDR | SOCKET_REUSEPORT)))
			continue;
		if (inet_ip_overlap(&self->local.ip, inet_is_v6only(self), &one->local.ip, one->is_v6only))
			return true;
	}
	return false;
}

bool tcp_wait_has_pair_locked(const struct inet_end *local, const struct inet_end *remote)
{
	if (!waits.on[local->port % COUNTS])
		return false;
	drop_ended();
	for (uint32_t i = 0; i < waits.count; i++) {
		const struct waiting *one = at(i);
		if (one->local.port == local->port && one->remote.port == remote->port &&
		    inet_ip_is(&one->local.ip, &local->ip) && inet_ip_is(&one->remote.ip, &remote->ip))
			return true;
	}
	return false;
}

void tcp_wait_for_each_locked(void (*visit)(const struct tcp_wait_view *view, void *arg), void *arg)
{
	uint64_t now = clock_monotonic_ns();

	drop_ended();
	for (uint32_t i = 0; i < waits.count; i++) {
		const struct waiting *one = at(i);
		struct tcp_wait_view view = {.local = one->local,
					     .remote = one->remote,
					     .number = waits.gone + i + 1,
					     .family = one->family};
		view.left_ns = one->end_ns - MIN(one->end_ns, now);
		visit(&view, arg);
	}
}
