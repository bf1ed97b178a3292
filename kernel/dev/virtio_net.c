/*
 * The network card: two queues of whole frames. A frame that has come stays in its slot until the stack has copied it;
 * one that is to be sent is written straight into a slot.
 */
#include "dev/virtio_net.h"

#include <linux/virtio_ids.h>

#include "dev/virtio.h"
#include "dev/virtqueue.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "net/card.h"
#include "proc/start.h"

#define FEATURE_HARDWARE_ADDRESS 5 /* VIRTIO_NET_F_MAC */

enum { QUEUE_IN, QUEUE_OUT };

#define SLOTS        64
#define HEADER_BYTES 12u /* struct virtio_net_hdr_v1: nothing in it that was agreed on */
#define SLOT_BYTES   2048u
#define NO_SLOT      (-1)

/* Lock key: (i) immutable; (s) the stack's thread and its lock. */
struct net_virtio {
	struct net_card card;         /* (i) */
	struct virtio_device *device; /* (i) */
	struct virtqueue in, out;     /* (s) */
	int in_slot, out_slot;        /* (s) the slot that the stack looks at, or writes to; NO_SLOT */
	bool wants_room;              /* (s) the device interrupts when it has sent something */
};

static struct net_virtio *net_of(struct net_card *card)
{
	return container_of(card, struct net_virtio, card);
}

static void want_room(struct net_virtio *net, bool is_wanted)
{
	if (net->wants_room != is_wanted) {
		net->wants_room = is_wanted;
		virtqueue_want_interrupt(&net->out, is_wanted);
	}
}

static uint8_t *net_room(struct net_card *card)
{
	struct net_virtio *net = net_of(card);

	if (net->out_slot == NO_SLOT)
		net->out_slot = virtqueue_take_free(&net->out);
	want_room(net, net->out_slot == NO_SLOT);
	return net->out_slot == NO_SLOT ? NULL : virtqueue_buffer(&net->out, (uint16_t)net->out_slot) + HEADER_BYTES;
}

static void net_send(struct net_card *card, uint32_t bytes)
{
	struct net_virtio *net = net_of(card);

	memset(virtqueue_buffer(&net->out, (uint16_t)net->out_slot), 0, HEADER_BYTES);
	virtqueue_submit(&net->out, (uint16_t)net->out_slot, HEADER_BYTES + bytes, false);
	virtqueue_notify(&net->out);
	net->out_slot = NO_SLOT;
}

/* Asked once more behind the switch, so that the interrupt comes after one of the two looks. */
static bool net_is_idle(struct net_card *card)
{
	struct net_virtio *net = net_of(card);

	if (virtqueue_is_drained(&net->out))
		return true;
	want_room(net, true);
	return virtqueue_is_drained(&net->out);
}

static const uint8_t *net_next(struct net_card *card, uint32_t *bytes)
{
	struct net_virtio *net = net_of(card);
	uint32_t written = 0;

	net->in_slot = virtqueue_take_used(&net->in, &written);
	if (net->in_slot == NO_SLOT)
		return NULL;
	written = MIN(written, SLOT_BYTES);
	*bytes = written - MIN(written, HEADER_BYTES);
	return virtqueue_buffer(&net->in, (uint16_t)net->in_slot) + HEADER_BYTES;
}

static void net_done(struct net_card *card)
{
	struct net_virtio *net = net_of(card);

	virtqueue_submit(&net->in, (uint16_t)net->in_slot, SLOT_BYTES, true);
	virtqueue_notify(&net->in);
	net->in_slot = NO_SLOT;
}

static const struct net_card_ops net_ops = {
	.room = net_room, .send = net_send, .is_idle = net_is_idle, .next = net_next, .done = net_done};

static void net_interrupt(void *arg)
{
	struct net_virtio *net = arg;

	if (virtio_failed(net->device))
		log_line("the network card has failed");
	card_interrupt();
}

static int net_open(struct net_virtio *net)
{
	int error = virtio_negotiate(net->device, 1u << FEATURE_HARDWARE_ADDRESS);

	if (!error)
		error = virtqueue_init(&net->in, net->device, QUEUE_IN, SLOTS, SLOT_BYTES);
	if (!error)
		error = virtqueue_init(&net->out, net->device, QUEUE_OUT, SLOTS, SLOT_BYTES);
	if (!error)
		error = virtio_take_interrupt(net->device, net_interrupt, net);
	if (error)
		return error;
	for (unsigned i = 0; i < sizeof(net->card.hardware); i++)
		net->card.hardware[i] = virtio_config(net->device, i);
	net->card.ops = &net_ops;
	net->in_slot = net->out_slot = NO_SLOT;
	virtqueue_want_interrupt(&net->out, false);
	virtio_go(net->device);
	for (int slot; (slot = virtqueue_take_free(&net->in)) != NO_SLOT;)
		virtqueue_submit(&net->in, (uint16_t)slot, SLOT_BYTES, true);
	virtqueue_notify(&net->in);
	return 0;
}

const char *virtio_net_init(void)
{
	struct net_virtio *net;
	int error;

	if (!start_record.has_network)
		return NULL;
	net = kzalloc(sizeof(*net));
	if (!net)
		return "no memory for the network card";
	net->device = virtio_next(VIRTIO_ID_NET, NULL);
	error = net->device ? net_open(net) : -ENODEV;
	if (error) {
		kfree(net);
		return error == -ENODEV ? "there is no network card" : "the network card cannot be used";
	}
	error = outside_start(&net->card, &start_record.network);
	if (error == -ENOSYS)
		return "this kernel was built without the network's outside (`make lwip` says why)";
	return error ? "no memory for the network" : NULL;
}
