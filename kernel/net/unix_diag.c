/*
 * What AF_UNIX tells of its sockets by NETLINK_SOCK_DIAG.
 */
#include <linux/unix_diag.h>

#include "lib/errno.h"
#include "lib/string.h"
#include "net/netlink_diag.h"
#include "net/unix.h"

/* States by Linux's numbers. */
#define STATE_ESTABLISHED 1u
#define STATE_CLOSED      7u
#define STATE_LISTENING   10u

#define REPLY_BYTES  1024u
#define PENDING_MOST 128u
#define MINOR_BITS   20u
#define ANY_COOKIE   UINT32_MAX

enum { FILTER_STATES, FILTER_SHOWN };
/* The number of the last socket that was written, in two words. */
enum { AT_LOW, AT_HIGH };

/* A socket as it was when it was found. */
struct found {
	struct unix_socket *socket; /* with a reference */
	uint64_t ino, peer_ino;
	uint32_t uid;
	uint32_t place_ino, place_device;
	const struct unix_address *address; /* stays as long as the socket */
};

/* Its description's number; 0: it has none. unix_lock is held. */
static uint64_t ino_of(const struct unix_socket *self)
{
	const struct file *file = self->socket.file;

	return file && !self->is_dead ? file->inode->ino : 0;
}

static uint32_t number_of_device(uint64_t device)
{
	uint32_t major = (uint32_t)(device >> 8 & 0xfff),
		 minor = (uint32_t)((device & 0xff) | (device >> 12 & 0xfff00));

	return major << MINOR_BITS | minor;
}

/* unix_lock is held. */
static void describe(struct found *found, struct unix_socket *self)
{
	unix_get(self);
	*found = (struct found){.socket = self, .ino = ino_of(self), .address = self->address};
	found->uid = self->socket.file->inode->uid;
	if (self->peer)
		found->peer_ino = ino_of(self->peer);
	if (self->place.dentry && self->place.dentry->inode) {
		found->place_ino = (uint32_t)self->place.dentry->inode->ino;
		found->place_device = number_of_device(self->place.dentry->inode->superblock->device);
	}
}

/* The first socket behind number `after` that has a description, or the one with this number of a description (0: any).
 */
static bool find(struct found *found, uint64_t after, uint64_t ino)
{
	struct unix_socket *self;
	bool is_found = false;

	spin_lock(&unix_lock);
	list_for_each (self, unix_all(), all_link) {
		is_found = self->number > after && ino_of(self) && (!ino || (uint32_t)ino_of(self) == ino);
		if (is_found) {
			describe(found, self);
			break;
		}
	}
	spin_unlock(&unix_lock);
	return is_found;
}

static uint32_t shown_state(const struct unix_socket *self)
{
	if (unix_state(self) == UNIX_LISTENING)
		return STATE_LISTENING;
	return unix_state(self) == UNIX_CONNECTED ? STATE_ESTABLISHED : STATE_CLOSED;
}

/* Who has connected and was not accepted yet. */
static void add_pending(struct netlink_writer *out, struct unix_socket *self)
{
	uint32_t callers[PENDING_MOST], count = 0;
	const struct unix_socket *one;

	mutex_lock(&self->mutex);
	spin_lock(&unix_lock);
	list_for_each (one, &self->pending, pending_link) {
		if (count < PENDING_MOST)
			callers[count++] = one->peer ? (uint32_t)ino_of(one->peer) : 0;
	}
	spin_unlock(&unix_lock);
	mutex_unlock(&self->mutex);
	netlink_add(out, UNIX_DIAG_ICONS, callers, count * (uint32_t)sizeof(callers[0]));
}

static void add_lengths(struct netlink_writer *out, struct unix_socket *self)
{
	struct unix_diag_rqlen lengths;

	if (unix_state(self) == UNIX_LISTENING) {
		const struct list *at;
		mutex_lock(&self->mutex);
		lengths.udiag_rqueue = 0;
		for (at = self->pending.next; at != &self->pending; at = at->next)
			lengths.udiag_rqueue++;
		lengths.udiag_wqueue = self->backlog;
		mutex_unlock(&self->mutex);
	} else {
		lengths.udiag_rqueue = unix_input_bytes(self);
		lengths.udiag_wqueue = unix_unread(self);
	}
	netlink_add(out, UNIX_DIAG_RQLEN, &lengths, sizeof(lengths));
}

static bool write_socket(struct netlink_writer *out, const struct found *found, uint32_t shown)
{
	struct unix_socket *self = found->socket;
	struct unix_diag_msg header = {.udiag_family = AF_UNIX,
				       .udiag_type = (uint8_t)self->socket.type,
				       .udiag_state = (uint8_t)shown_state(self),
				       .udiag_ino = (uint32_t)found->ino,
				       .udiag_cookie = {(uint32_t)self->number, (uint32_t)(self->number >> 32)}};

	netlink_begin(out, SOCK_DIAG_BY_FAMILY, &header, sizeof(header));
	if ((shown & UDIAG_SHOW_NAME) && found->address)
		netlink_add(out, UNIX_DIAG_NAME, found->address->data + UNIX_FAMILY_BYTES,
			    found->address->bytes - UNIX_FAMILY_BYTES);
	if ((shown & UDIAG_SHOW_VFS) && found->place_ino) {
		struct unix_diag_vfs place = {found->place_ino, found->place_device};
		netlink_add(out, UNIX_DIAG_VFS, &place, sizeof(place));
	}
	if ((shown & UDIAG_SHOW_PEER) && found->peer_ino)
		netlink_add_u32(out, UNIX_DIAG_PEER, (uint32_t)found->peer_ino);
	if ((shown & UDIAG_SHOW_ICONS) && unix_state(self) == UNIX_LISTENING)
		add_pending(out, self);
	if (shown & UDIAG_SHOW_RQLEN)
		add_lengths(out, self);
	if (shown & UDIAG_SHOW_MEMINFO)
		netlink_diag_add_memory(out, UNIX_DIAG_MEMINFO, &self->socket, unix_input_bytes(self),
					unix_unread(self), 0);
	netlink_add_u8(out, UNIX_DIAG_SHUTDOWN, (uint8_t)unix_shut(self));
	if (shown & UDIAG_SHOW_UID)
		netlink_add_u32(out, UNIX_DIAG_UID, found->uid);
	return netlink_end(out);
}

static int unix_step(struct netlink_dump *dump, struct netlink_writer *out)
{
	uint64_t after = dump->position[AT_LOW] | (uint64_t)dump->position[AT_HIGH] << 32;
	struct found found;

	while (find(&found, after, 0)) {
		bool is_wanted = dump->filter[FILTER_STATES] >> shown_state(found.socket) & 1;
		bool is_done = !is_wanted || write_socket(out, &found, dump->filter[FILTER_SHOWN]);
		if (is_done)
			after = found.socket->number;
		unix_put(found.socket);
		if (!is_done)
			break;
		dump->position[AT_LOW] = (uint32_t)after;
		dump->position[AT_HIGH] = (uint32_t)(after >> 32);
	}
	return !out->is_full;
}

/* One socket, by the number of its description. */
static int tell_one(struct netlink_request *request, const struct unix_diag_req *asked)
{
	struct netlink_message *message;
	struct netlink_writer out;
	struct found found;
	int error = 0;

	if (!asked->udiag_ino)
		return -EINVAL;
	if (!find(&found, 0, asked->udiag_ino))
		return -ENOENT;
	if ((asked->udiag_cookie[0] != ANY_COOKIE || asked->udiag_cookie[1] != ANY_COOKIE) &&
	    (asked->udiag_cookie[0] != (uint32_t)found.socket->number ||
	     asked->udiag_cookie[1] != (uint32_t)(found.socket->number >> 32)))
		error = -ESTALE;
	if (!error) {
		out = netlink_reply(request, REPLY_BYTES, &message);
		error = -ENOMEM;
		if (message) {
			write_socket(&out, &found, asked->udiag_show);
			error = netlink_reply_end(request, &out, message);
		}
	}
	unix_put(found.socket);
	return error;
}

int unix_diag_request(struct netlink_request *request)
{
	struct netlink_dump dump = {.step = unix_step};
	struct unix_diag_req asked;

	if (request->bytes < sizeof(asked))
		return -EINVAL;
	memcpy(&asked, request->payload, sizeof(asked));
	if (!(request->header->nlmsg_flags & NLM_F_DUMP))
		return tell_one(request, &asked);
	dump.filter[FILTER_STATES] = asked.udiag_states;
	dump.filter[FILTER_SHOWN] = asked.udiag_show;
	return netlink_dump_start(request, &dump);
}
