/*
 * The virtio-9p device: carries the requests of a share (fs/ninep_client.h) to the host and their replies back.
 *
 * One queue. A request takes the slot of its tag, so there is always one; its pieces, wherever they lie, are described
 * by the table of that slot.
 */
#include "dev/virtio_9p.h"

#include <linux/virtio_9p.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_ring.h>

#include "dev/virtio.h"
#include "dev/virtqueue.h"
#include "fs/ninep_client.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"

#define SLOTS       (2 * NINEP_TAGS)
#define PIECES      (3 + NINEP_PAGES)
#define PIECE_BYTES 16

/* Lock key: (i) immutable; (l) the client's lock. */
struct share_device {
	struct ninep_client client;   /* (i) */
	struct virtqueue queue;       /* (l) */
	struct virtio_device *device; /* (i) */
};

static void add_piece(struct virtqueue_piece *pieces, unsigned *count, const void *start, uint32_t bytes)
{
	if (bytes)
		pieces[(*count)++] = (struct virtqueue_piece){.start = start, .bytes = bytes};
}

/* Whole pages, but for the last. */
static void add_pages(struct virtqueue_piece *pieces, unsigned *count, struct page **pages, uint32_t bytes)
{
	for (uint32_t done = 0; done < bytes; done += PAGE_SIZE)
		add_piece(pieces, count, page_to_virt(*pages++), MIN(bytes - done, (uint32_t)PAGE_SIZE));
}

static void share_send(struct ninep_client *client, struct ninep_request *request)
{
	struct share_device *device = container_of(client, struct share_device, client);
	struct virtqueue_piece pieces[PIECES];
	unsigned count = 0, to_read;

	add_piece(pieces, &count, request->out, request->out_bytes);
	if (request->out_pages)
		add_pages(pieces, &count, request->out_pages, request->out_data_bytes);
	else
		add_piece(pieces, &count, request->out_data, request->out_data_bytes);
	to_read = count;
	add_piece(pieces, &count, request->in, request->in_room);
	if (request->in_pages)
		add_pages(pieces, &count, request->in_pages, request->in_data_room);
	else
		add_piece(pieces, &count, request->in_data, request->in_data_room);
	virtqueue_submit_pieces(&device->queue, request->tag, pieces, to_read, count - to_read);
	virtqueue_notify(&device->queue);
}

static int share_take_reply(struct ninep_client *client, uint16_t *tag, uint32_t *bytes)
{
	struct share_device *device = container_of(client, struct share_device, client);
	int slot = virtqueue_take_used(&device->queue, bytes);

	*tag = (uint16_t)slot;
	return slot >= 0;
}

static const struct ninep_transport share_transport = {.send = share_send, .take_reply = share_take_reply};

static void share_interrupt(void *arg)
{
	struct share_device *device = arg;

	if (virtio_failed(device->device))
		ninep_break(&device->client);
	ninep_interrupt(&device->client);
}

/* The mount tag: its length in two bytes, then its bytes. */
static int read_tag(struct share_device *device)
{
	unsigned bytes = virtio_config(device->device, 0) | (unsigned)virtio_config(device->device, 1) << 8;

	if (bytes == 0 || bytes >= sizeof(device->client.tag_name))
		return -EINVAL;
	for (unsigned i = 0; i < bytes; i++)
		device->client.tag_name[i] = (char)virtio_config(device->device, 2 + i);
	return 0;
}

static int share_open(struct share_device *device)
{
	int error = virtio_negotiate(device->device, 1u << VIRTIO_9P_MOUNT_TAG | 1u << VIRTIO_RING_F_INDIRECT_DESC);

	if (!error)
		error = read_tag(device);
	if (!error)
		error = virtqueue_init(&device->queue, device->device, 0, SLOTS, PIECES * PIECE_BYTES);
	if (error)
		return error;
	device->client.transport = &share_transport;
	ninep_register(&device->client);
	error = virtio_take_interrupt(device->device, share_interrupt, device);
	if (error)
		ninep_break(&device->client);
	else
		virtio_go(device->device);
	return 0;
}

void virtio_9p_init(void)
{
	struct virtio_device *found = NULL;

	for (unsigned nth = 0; (found = virtio_next(VIRTIO_ID_9P, found)); nth++) {
		struct share_device *device = kzalloc(sizeof(*device));
		int error = -ENOMEM;

		if (device) {
			device->device = found;
			error = share_open(device);
		}
		if (error) {
			log_line("9p share %u cannot be used: error %d", nth, -error);
			kfree(device);
		}
	}
}
