/*
 * Messages of datagram and packet sockets: the bytes of one are taken from the sender at once and lie with the receiver
 * until they are read. The sender pays for the memory.
 */
#include "ipc/ring_memory.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "net/unix.h"

/* Up to this the bytes lie in a block of the slabs; above in pages that leave the kernel's reserve alone. */
#define SMALL_BYTES 2048u

static struct slab_cache message_cache = SLAB_CACHE("unix_message", struct unix_message);

static uint32_t pages_of(uint32_t bytes)
{
	uint32_t pages = PAGE_SIZE;

	while (pages < bytes)
		pages *= 2;
	return pages;
}

static void data_free(struct unix_message *message)
{
	if (message->bytes > SMALL_BYTES)
		ring_memory_free(message->data);
	else
		kfree(message->data);
}

struct unix_message *unix_message_create(struct unix_socket *sender, struct uio *uio)
{
	struct unix_message *message = slab_alloc(&message_cache);

	if (!message)
		return err_ptr(-ENOMEM);
	list_init(&message->link);
	message->bytes = (uint32_t)uio->left;
	if (message->bytes) {
		message->data = message->bytes > SMALL_BYTES ? ring_memory_alloc(pages_of(message->bytes))
							     : kmalloc(message->bytes);
		if (!message->data) {
			slab_free(&message_cache, message);
			return err_ptr(-ENOMEM);
		}
	}
	if (uio_copy_in(uio, message->data, message->bytes) != message->bytes) {
		data_free(message);
		slab_free(&message_cache, message);
		return err_ptr(-EFAULT);
	}
	message->charged = message->bytes + sizeof(*message);
	message->sender = sender;
	unix_get(sender);
	atomic_fetch_add(&sender->sent, message->charged);
	return message;
}

void unix_message_end(struct unix_message *message)
{
	struct unix_socket *sender = message->sender;
	uint32_t enough = sender->socket.send_limit / 4;
	uint32_t before = atomic_fetch_sub(&sender->sent, message->charged);

	if (before > enough && before - message->charged <= enough)
		unix_wake_writers(sender);
	unix_put(sender);
	unix_ancillary_put(&message->ancillary);
	data_free(message);
	slab_free(&message_cache, message);
}
