/*
 * The stack's thread, its lock, the card as lwIP sees it, and eth0 as programs see it.
 */
#include "net/outside/outside.h"

#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "lwip/etharp.h"
#include "lwip/init.h"
#include "lwip/timeouts.h"
#include "netif/ethernet.h"

#include "choice/choice.h"
#include "fs/cred.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "net/device.h"
#include "net/routes.h"
#include "sched/sched.h"

#define MTU          1500u
#define MTU_LEAST    68u
#define QUEUE_LENGTH 1000u
#define HEADER_BYTES 14u
/* At the end of the machine. */
#define PATIENCE_NS (1 * NS_PER_SEC)
#define SETTLE_NS   (5 * NS_PER_SEC)
/* Frames that are taken before others get the lock. */
#define FRAMES_AT_ONCE 32

struct mutex outside_mutex = MUTEX_INIT(outside_mutex);
struct netif outside_netif;

static struct net_card *card;
static struct waitq input_wait = WAITQ_INIT(input_wait);
static struct waitq room_wait = WAITQ_INIT(room_wait);
static _Atomic bool has_input, is_full;
/* What waits for the stack to settle looks again whenever the thread has been round. */
static struct waitq turn_wait = WAITQ_INIT(turn_wait);
static _Atomic uint32_t turns;

static struct slab_cache record_cache = SLAB_CACHE("outside_record", struct outside_record);

/* lwIP's clock. */
u32_t sys_now(void);
u32_t sys_now(void)
{
	return (u32_t)(clock_monotonic_ns() / NS_PER_MSEC);
}

/* -- records and addresses -- */

struct outside_record *outside_record_create(struct inet_socket *socket)
{
	struct outside_record *record = slab_alloc(&record_cache);

	if (!record)
		return NULL;
	record->socket = socket;
	inet_get(socket);
	socket->outside = record;
	return record;
}

void outside_record_end(struct outside_record *record)
{
	struct inet_socket *socket = record->socket;

	socket->outside = NULL;
	slab_free(&record_cache, record);
	inet_put(socket);
}

int outside_errno(err_t error)
{
	switch (error) {
	case ERR_OK:
	case ERR_CLSD:
		return 0;
	case ERR_MEM:
	case ERR_BUF:
	case ERR_IF:
		return ENOBUFS;
	case ERR_RTE:
		return ENETUNREACH;
	case ERR_USE:
		return EADDRINUSE;
	case ERR_RST:
		return ECONNRESET;
	case ERR_ABRT:
	case ERR_TIMEOUT:
		return ETIMEDOUT;
	default:
		return EINVAL;
	}
}

ip_addr_t outside_address(const struct inet_ip *ip)
{
	ip_addr_t address = {.addr = ip->words[3]};

	return address;
}

struct inet_ip outside_ip(const ip_addr_t *address)
{
	struct inet_ip ip = {.words = {0, 0, __builtin_bswap32(0xffff), address->addr}};

	return ip;
}

/* -- the card -- */

/* Room in the card. That it is full is noted before the last look, so that the interrupt comes after one of the two. */
static uint8_t *take_room(void)
{
	uint8_t *room = card->ops->room(card);

	if (likely(room))
		return room;
	atomic_store(&is_full, true);
	room = card->ops->room(card);
	if (room)
		atomic_store(&is_full, false);
	return room;
}

bool outside_is_full(void)
{
	return atomic_load(&is_full);
}

int outside_wait_for_room(void)
{
	return waitq_wait(&room_wait, WAIT_SOCKET_WRITE, &room_wait, TIME_NEVER, WAIT_INTERRUPTIBLE,
			  !atomic_load(&is_full));
}

static err_t send_frame(struct netif *netif, struct pbuf *frame)
{
	struct net_device *device = netif->state;
	uint8_t *room;

	if (frame->tot_len > CARD_FRAME_BYTES || !(device->flags & NET_UP)) {
		device->counters.sent_dropped++;
		return ERR_IF;
	}
	room = take_room();
	if (!room)
		return ERR_MEM; /* lwIP keeps what is a connection's */
	pbuf_copy_partial(frame, room, frame->tot_len, 0);
	card->ops->send(card, frame->tot_len);
	net_device_count_sent(device, frame->tot_len);
	return ERR_OK;
}

static void receive_frame(struct net_device *device, const uint8_t *data, uint32_t bytes)
{
	struct pbuf *frame = NULL;

	if (bytes >= HEADER_BYTES && bytes <= CARD_FRAME_BYTES && (device->flags & NET_UP))
		frame = pbuf_alloc(PBUF_RAW, (u16_t)bytes, PBUF_RAM);
	if (!frame) {
		device->counters.received_dropped++;
		return;
	}
	pbuf_take(frame, data, (u16_t)bytes);
	net_device_count_received(device, bytes);
	if (outside_netif.input(frame, &outside_netif) != ERR_OK)
		pbuf_free(frame);
}

/* Frames that have come: false when there are no more. */
static bool receive_frames(struct net_device *device)
{
	for (unsigned i = 0; i < FRAMES_AT_ONCE; i++) {
		uint32_t bytes;
		const uint8_t *data = card->ops->next(card, &bytes);
		if (!data)
			return false;
		receive_frame(device, data, bytes);
		card->ops->done(card);
	}
	return true;
}

void card_interrupt(void)
{
	atomic_store(&has_input, true);
	waitq_wake_all(&input_wait);
	if (atomic_exchange(&is_full, false))
		waitq_wake_all(&room_wait);
}

static void run(void *arg)
{
	struct net_device *device = arg;

	for (;;) {
		uint64_t deadline_ns;
		atomic_store(&has_input, false);
		mutex_lock(&outside_mutex);
		bool has_more = receive_frames(device);
		sys_check_timeouts();
		tcp_txnow(); /* what the card had no room for */
		uint32_t sleep_ms = sys_timeouts_sleeptime();
		deadline_ns = TIME_NEVER;
		if (sleep_ms != SYS_TIMEOUTS_SLEEPTIME_INFINITE)
			deadline_ns = clock_monotonic_ns() + MAX(sleep_ms, 1u) * NS_PER_MSEC;
		mutex_unlock(&outside_mutex);
		atomic_fetch_add(&turns, 1);
		waitq_wake_all(&turn_wait);
		preempt_point();
		if (!has_more)
			(void)waitq_wait(&input_wait, WAIT_WORK, &input_wait, deadline_ns, WAIT_UNINTERRUPTIBLE,
					 atomic_load(&has_input));
	}
}

/* -- the end of the machine -- */

/* Has all been sent and taken? Who is patient waits as well for the other side to end a connection that was closed
 * here: then it has read everything. */
static bool is_settled(bool is_patient)
{
	bool is_done;

	mutex_lock(&outside_mutex);
	is_done = card->ops->is_idle(card);
	for (const struct tcp_pcb *pcb = tcp_active_pcbs; pcb && is_done; pcb = pcb->next)
		is_done = !pcb->unsent && !pcb->unacked &&
			  (!is_patient || pcb->state <= ESTABLISHED || pcb->state == CLOSE_WAIT);
	mutex_unlock(&outside_mutex);
	return is_done;
}

void outside_settle(void)
{
	uint64_t now_ns = clock_monotonic_ns(), patient_until_ns = now_ns + PATIENCE_NS, end_ns = now_ns + SETTLE_NS;

	while (card && now_ns < end_ns) {
		bool is_patient = now_ns < patient_until_ns;
		uint32_t seen = atomic_load(&turns);
		if (is_settled(is_patient))
			break;
		(void)waitq_wait(&turn_wait, WAIT_WORK, &turn_wait, is_patient ? patient_until_ns : end_ns,
				 WAIT_UNINTERRUPTIBLE, atomic_load(&turns) != seen);
		now_ns = clock_monotonic_ns();
	}
}

/* -- eth0 -- */

static int set_up(struct net_device *device, bool is_up)
{
	mutex_lock(&outside_mutex);
	if (is_up)
		netif_set_up(&outside_netif);
	else
		netif_set_down(&outside_netif);
	mutex_unlock(&outside_mutex);
	return 0;
}

static int set_mtu(struct net_device *device, uint32_t mtu)
{
	mutex_lock(&outside_mutex);
	outside_netif.mtu = (u16_t)mtu;
	mutex_unlock(&outside_mutex);
	return 0;
}

/* What lwIP's table of ARP knows. */
static bool neighbour(struct net_device *device, unsigned n, uint8_t *family, uint8_t *address, uint8_t *hardware,
		      uint16_t *state)
{
	struct eth_addr *its_hardware;
	struct netif *netif;
	ip4_addr_t *its_address;
	bool is_found = false;

	mutex_lock(&outside_mutex);
	for (size_t i = 0; i < ARP_TABLE_SIZE && !is_found; i++) {
		if (!etharp_get_entry(i, &its_address, &netif, &its_hardware) || n-- > 0)
			continue;
		*family = AF_INET;
		memcpy(address, its_address, sizeof(*its_address));
		memcpy(hardware, its_hardware->addr, sizeof(its_hardware->addr));
		*state = NUD_REACHABLE;
		is_found = true;
	}
	mutex_unlock(&outside_mutex);
	return is_found;
}

static const struct net_device_ops device_ops = {.set_up = set_up, .set_mtu = set_mtu, .neighbour = neighbour};

static struct net_device eth0 = {
	.name = "eth0",
	.hardware_type = NET_HARDWARE_ETHERNET,
	.hardware_broadcast = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	.ops = &device_ops,
	.mtu_least = MTU_LEAST,
	.mtu_most = MTU,
	.flags = NET_UP | NET_BROADCAST | NET_RUNNING | NET_MULTICAST | NET_LOWER_UP,
	.mtu = MTU,
	.queue_length = QUEUE_LENGTH,
	.address_count = 1,
};

static void fill_device(const struct net_card_settings *settings)
{
	struct net_address *address = &eth0.addresses[0];

	*address = (struct net_address){.family = AF_INET,
					.prefix_bits = settings->prefix_bits,
					.scope = RT_SCOPE_UNIVERSE,
					.flags = IFA_F_PERMANENT};
	memcpy(address->address, settings->address, sizeof(settings->address));
	for (unsigned i = 0; i < sizeof(address->broadcast); i++) {
		unsigned kept = settings->prefix_bits > i * 8 ? MIN(settings->prefix_bits - i * 8, 8u) : 0;
		address->broadcast[i] = (uint8_t)(address->address[i] | (0xffu >> kept));
	}
	memcpy(eth0.gateway4, settings->gateway, sizeof(eth0.gateway4));
	memcpy(eth0.hardware, card->hardware, sizeof(eth0.hardware));
}

static err_t fill_netif(struct netif *netif)
{
	netif->name[0] = 'e';
	netif->name[1] = 't';
	netif->mtu = MTU;
	netif->hwaddr_len = sizeof(card->hardware);
	memcpy(netif->hwaddr, card->hardware, sizeof(card->hardware));
	netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
	netif->output = etharp_output;
	netif->linkoutput = send_frame;
	return ERR_OK;
}

/* -- what sockets ask -- */

static bool is_own(const struct inet_ip *ip)
{
	return net_address_is_local(inet_ip_is_v4(ip) ? AF_INET : AF_INET6,
				    inet_ip_is_v4(ip) ? ip->bytes + 12 : ip->bytes);
}

static int route(const struct inet_end *to, struct inet_ip *from, int32_t *interface)
{
	struct net_route found;
	struct inet_ip own = {.words = {0, 0, __builtin_bswap32(0xffff), 0}};

	if (!inet_ip_is_v4(&to->ip) || !net_route_find(AF_INET, to->ip.bytes + 12, &found) ||
	    found.device != eth0.index)
		return -ENETUNREACH;
	memcpy(own.bytes + 12, eth0.addresses[0].address, 4);
	if (inet_ip_is_any(from))
		*from = own;
	else if (!inet_ip_is(from, &own))
		return -EINVAL;
	*interface = (int32_t)eth0.index;
	return 0;
}

static void release(struct inet_socket *socket)
{
	struct outside_record *record;

	mutex_lock(&outside_mutex);
	record = outside_record_of(socket);
	if (record) {
		outside_tcp_leave(record);
		outside_udp_leave(record);
		if (record->held)
			pbuf_free(record->held);
		outside_record_end(record);
	}
	mutex_unlock(&outside_mutex);
}

static const struct inet_outside outside = {
	.route = route,
	.is_own = is_own,
	.connect = outside_connect,
	.listen = outside_listen,
	.send = outside_send,
	.has_room = outside_has_room,
	.taken = outside_taken,
	.finish = outside_finish,
	.abort = outside_abort,
	.options = outside_options,
	.view = outside_view,
	.bound = outside_bound,
	.send_datagram = outside_send_datagram,
	.send_raw = outside_send_raw,
	.release = release,
};

int outside_start(struct net_card *its_card, const struct net_card_settings *settings)
{
	uint32_t mask = settings->prefix_bits ? __builtin_bswap32(~0u << (32 - settings->prefix_bits)) : 0;
	struct thread *thread = thread_create_kernel("net", run, &eth0);
	ip4_addr_t address, gateway, netmask = {.addr = mask};
	int error;

	if (!thread)
		return -ENOMEM;
	thread->cred = cred_get(&cred_root);
	card = its_card;
	fill_device(settings);
	error = net_device_register(&eth0);
	if (error) {
		thread_discard(thread);
		return error;
	}
	memcpy(&address, settings->address, sizeof(address));
	memcpy(&gateway, settings->gateway, sizeof(gateway));
	lwip_init();
	netif_add(&outside_netif, &address, &netmask, &gateway, &eth0, fill_netif, ethernet_input);
	netif_set_default(&outside_netif);
	netif_set_up(&outside_netif);
	outside_raw_init();
	inet_outside_register(&outside);
	thread_start(thread);
	return 0;
}
