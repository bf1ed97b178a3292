/*
 * What /proc/net tells of the sockets of AF_INET and AF_INET6.
 */
#include "net/inet.h"

void inet_view_read_locked(const struct inet_socket *self, struct inet_view *view)
{
	const struct file *file = self->socket.file;
	const struct inet_socket *peer = self->peer;
	bool is_stream = self->socket.type == SOCK_STREAM;

	*view = (struct inet_view){.local = self->local,
				   .remote = self->remote,
				   .family = self->socket.family,
				   .state = inet_state(self),
				   .uid = self->uid,
				   .ino = file && !self->is_dead ? file->inode->ino : 0,
				   .references = refcount_read(&self->refs),
				   .drops = self->drops};
	if (view->state == TCP_LISTEN)
		view->received_bytes = self->pending_count;
	else if (is_stream) /* the end counts as a byte, as on Linux */
		view->received_bytes = bytering_used(&self->ring) + (view->state == TCP_CLOSE_WAIT);
	else
		view->received_bytes = self->queued_bytes;
	if (peer) {
		uint32_t used = bytering_used(&peer->ring), most = peer->socket.receive_limit;
		view->sent_bytes = used - MIN(used, most);
	}
}

void inet_for_each(int type, void (*visit)(const struct inet_view *view, void *arg), void *arg)
{
	const struct inet_socket *self;
	struct inet_view view;

	spin_lock(&inet_lock);
	list_for_each (self, &inet_table_of_type(type)->all, all_link) {
		if (!inet_is_shown_locked(self))
			continue;
		inet_view_read_locked(self, &view);
		visit(&view, arg);
	}
	spin_unlock(&inet_lock);
}

void inet_waits_for_each(void (*visit)(const struct tcp_wait_view *view, void *arg), void *arg)
{
	spin_lock(&inet_lock);
	tcp_wait_for_each_locked(visit, arg);
	spin_unlock(&inet_lock);
}
