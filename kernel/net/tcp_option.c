/*
 * Options of level IPPROTO_TCP (tcp(7)). Between sockets of this machine nothing is cut into segments, held back, lost
 * or sent again, so most are kept and told and have nothing to change; the stack of the outside looks at them.
 */
#include <linux/tcp.h>

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/inet_outside.h"
#include "net/tcp.h"

#define SEGMENT_DEFAULT 536
#define SEGMENT_LO      65483 /* an MTU of 65536 without the headers of IPv4 and TCP */
#define HEADER_V6_MORE  20
#define SEGMENT_LEAST   88
#define SEGMENT_MOST    32767
#define KEEP_S_MOST     32767
#define COUNT_MOST      127
#define LINGER2_MOST    120
#define WINDOW_LEAST    1152
#define DEFER_MOST      255
#define NAME_BYTES      16u
#define RTO_US          200000u
#define REORDERING      3u /* tcp_reordering */

static const char *const congestion_names[] = {"cubic", "reno"};

/* Numbers that are kept: range, and where. */
static const struct {
	int name;
	int32_t least, most;
	uint32_t at; /* in struct tcp_options, an int32_t */
} numbers[] = {
#define AT(member) offsetof(struct tcp_options, member)
	{TCP_KEEPIDLE, 1, KEEP_S_MOST, AT(keep_idle_s)},
	{TCP_KEEPINTVL, 1, KEEP_S_MOST, AT(keep_interval_s)},
	{TCP_KEEPCNT, 1, COUNT_MOST, AT(keep_count)},
	{TCP_SYNCNT, 1, COUNT_MOST, AT(syn_count)},
	{TCP_USER_TIMEOUT, 0, INT32_MAX, AT(user_timeout_ms)},
	{TCP_NOTSENT_LOWAT, INT32_MIN, INT32_MAX, AT(lowat_unsent)},
#undef AT
};

static const struct {
	int name;
	uint32_t bit;
} bits[] = {
	{TCP_NODELAY, TCP_OPT_NODELAY},
	{TCP_CORK, TCP_OPT_CORK},
	{TCP_QUICKACK, TCP_OPT_QUICKACK},
	{TCP_FASTOPEN_CONNECT, TCP_OPT_FASTOPEN_CONNECT},
};

static uint32_t bit_of(int name)
{
	for (unsigned i = 0; i < ARRAY_LEN(bits); i++) {
		if (bits[i].name == name)
			return bits[i].bit;
	}
	return 0;
}

static int number_of(int name)
{
	for (unsigned i = 0; i < ARRAY_LEN(numbers); i++) {
		if (numbers[i].name == name)
			return (int)i;
	}
	return -1;
}

static int32_t *number_at(struct inet_socket *self, int row)
{
	return (int32_t *)(void *)((uint8_t *)&self->tcp + numbers[row].at);
}

/* -- setting -- */

static int set_name(struct inet_socket *self, int name, uaddr_t user, uint32_t bytes)
{
	char text[NAME_BYTES] = "";

	if (!bytes)
		return -EINVAL;
	if (copy_from_user(text, user, MIN(bytes, NAME_BYTES - 1)) != 0)
		return -EFAULT;
	for (uint8_t i = 0; name == TCP_CONGESTION && i < ARRAY_LEN(congestion_names); i++) {
		if (strcmp(congestion_names[i], text) == 0) {
			self->tcp.congestion = i;
			return 0;
		}
	}
	return -ENOENT;
}

/* Seconds become a number of tries, each after twice the time, and are told as what these take. */
static int32_t defer_seconds(int32_t seconds)
{
	int32_t step = 1, sum = 1, tries = 1;

	if (seconds <= 0)
		return 0;
	while (seconds > sum && tries < DEFER_MOST) {
		step = MIN(step * 2, LINGER2_MOST);
		sum += step;
		tries++;
	}
	return sum;
}

static int set_bit(struct inet_socket *self, int name, int32_t value)
{
	enum tcp_state state = inet_state(self);
	uint32_t bit = bit_of(name);

	if (name == TCP_FASTOPEN_CONNECT) {
		if (value < 0 || value > 1 || state != TCP_CLOSE)
			return -EINVAL;
	}
	if (value)
		self->tcp.bits |= bit;
	else
		self->tcp.bits &= ~bit;
	return 0;
}

static int set_other(struct inet_socket *self, int name, int32_t value)
{
	enum tcp_state state = inet_state(self);

	switch (name) {
	case TCP_MAXSEG:
		if (value && (value < SEGMENT_LEAST || value > SEGMENT_MOST))
			return -EINVAL;
		self->tcp.max_segment = value;
		return 0;
	case TCP_LINGER2:
		self->tcp.linger2_s = value < 0 || value > LINGER2_MOST ? -1 : value;
		return 0;
	case TCP_DEFER_ACCEPT:
		self->tcp.defer_accept_s = defer_seconds(value);
		return 0;
	case TCP_WINDOW_CLAMP:
		if (!value && state != TCP_CLOSE)
			return -EINVAL;
		self->tcp.window_clamp = value ? MAX(value, WINDOW_LEAST) : 0;
		return 0;
	case TCP_FASTOPEN:
		if (value < 0 || (state != TCP_CLOSE && state != TCP_LISTEN))
			return -EINVAL;
		self->tcp.fast_open = MIN(value, (int32_t)socket_limits.backlog_most);
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int tcp_set_option(struct inet_socket *self, int name, uaddr_t value, uint32_t bytes)
{
	int row = number_of(name), error;
	uint32_t number;

	if (name == TCP_CONGESTION || name == TCP_ULP)
		return set_name(self, name, value, bytes);
	if (bytes < sizeof(number))
		return -EINVAL;
	if (get_user_u32(&number, value) != 0)
		return -EFAULT;
	if (row >= 0) {
		if ((int32_t)number < numbers[row].least || (int32_t)number > numbers[row].most)
			return -EINVAL;
		*number_at(self, row) = (int32_t)number;
		error = 0;
	} else {
		error = bit_of(name) ? set_bit(self, name, (int32_t)number) : set_other(self, name, (int32_t)number);
	}
	if (!error && self->is_outside)
		inet_outside->options(self);
	return error;
}

/* -- asking -- */

static int32_t segment(const struct inet_socket *self)
{
	int32_t most = SEGMENT_LO - (inet_ip_is_v4(&self->remote.ip) ? 0 : HEADER_V6_MORE);

	if (!tcp_is_connected(inet_state(self)))
		return self->tcp.max_segment ? self->tcp.max_segment : SEGMENT_DEFAULT;
	return self->tcp.max_segment ? MIN(self->tcp.max_segment, most) : most;
}

/* What was never set is the system's. */
static int32_t number_told(struct inet_socket *self, int row)
{
	int32_t value = *number_at(self, row);

	if (value)
		return value;
	switch (numbers[row].name) {
	case TCP_KEEPIDLE:
		return (int32_t)inet_limits.keep_idle_s;
	case TCP_KEEPINTVL:
		return (int32_t)inet_limits.keep_interval_s;
	case TCP_KEEPCNT:
		return (int32_t)inet_limits.keep_count;
	case TCP_SYNCNT:
		return (int32_t)inet_limits.syn_count;
	default:
		return 0;
	}
}

/* Bytes are counted where they lie: what was sent is what the other end's stream has seen. */
static uint64_t stream_bytes(const struct inet_socket *end)
{
	return end ? end->taken + bytering_used(&end->ring) : 0;
}

void tcp_info_read(struct inet_socket *self, const struct inet_socket *peer, struct tcp_info *info)
{
	struct inet_outside_view view = {.max_segment = (uint32_t)segment(self)};

	*info = (struct tcp_info){.tcpi_state = (uint8_t)inet_state(self)};
	if (self->is_outside && inet_state(self) != TCP_LISTEN)
		inet_outside->view(self, &view);
	info->tcpi_snd_mss = info->tcpi_rcv_mss = info->tcpi_advmss = view.max_segment;
	info->tcpi_pmtu = SEGMENT_LO + 53;
	info->tcpi_rto = RTO_US;
	info->tcpi_reordering = REORDERING;
	info->tcpi_rtt = view.round_trip_us;
	info->tcpi_retrans = (uint8_t)MIN(view.retransmits, (uint32_t)UINT8_MAX);
	info->tcpi_unacked = info->tcpi_state == TCP_LISTEN ? (uint32_t)self->pending_count : 0;
	info->tcpi_sacked = info->tcpi_state == TCP_LISTEN ? self->backlog : 0;
	info->tcpi_notsent_bytes = view.unsent_bytes;
	info->tcpi_rcv_space = self->socket.receive_limit;
	info->tcpi_bytes_received = stream_bytes(self);
	info->tcpi_bytes_acked = info->tcpi_bytes_sent = stream_bytes(peer);
}

const char *tcp_congestion_name(const struct inet_socket *self)
{
	return congestion_names[self->tcp.congestion];
}

static int get_info(struct inet_socket *self, uaddr_t user, int32_t *bytes)
{
	struct tcp_info info;

	tcp_info_read(self, tcp_peer(self), &info);
	return socket_option_to_user(user, bytes, &info, sizeof(info));
}

static int get_name(const char *name, uaddr_t user, int32_t *bytes)
{
	char text[NAME_BYTES] = "";

	memcpy(text, name, strlen(name));
	return socket_option_to_user(user, bytes, text, sizeof(text));
}

static int get_other(struct inet_socket *self, int name, int32_t *value)
{
	switch (name) {
	case TCP_MAXSEG:
		*value = segment(self);
		return 0;
	case TCP_LINGER2:
		*value = self->tcp.linger2_s ? self->tcp.linger2_s : (int32_t)inet_limits.linger2_s;
		return 0;
	case TCP_DEFER_ACCEPT:
		*value = self->tcp.defer_accept_s;
		return 0;
	case TCP_WINDOW_CLAMP:
		*value = self->tcp.window_clamp;
		return 0;
	case TCP_FASTOPEN:
		*value = self->tcp.fast_open;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

int tcp_get_option(struct inet_socket *self, int name, uaddr_t value, int32_t *bytes)
{
	int row = number_of(name), error = 0;
	int32_t number = 0;

	if (name == TCP_INFO)
		return get_info(self, value, bytes);
	if (name == TCP_CONGESTION)
		return get_name(tcp_congestion_name(self), value, bytes);
	if (name == TCP_ULP) {
		*bytes = 0;
		return 0;
	}
	if (row >= 0)
		number = number_told(self, row);
	else if (bit_of(name))
		number = (self->tcp.bits & bit_of(name)) != 0;
	else
		error = get_other(self, name, &number);
	return error ? error : socket_option_to_user(value, bytes, &number, sizeof(number));
}
