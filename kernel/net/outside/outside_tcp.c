/*
 * Connections to and from the outside. lwIP calls back with outside_mutex held; a connection that ends by itself is
 * gone when its callback for errors is called.
 */
#include "net/outside/outside.h"

#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"

#define PIECE_BYTES 16384u
/* Below so much room it is not told to programs. */
#define ROOM_LEAST 1u
#define BACKLOG    255
#define TICK_US    500000u /* lwIP measures round trips in these */
#define MS_PER_SEC 1000u

/* -- what lwIP tells -- */

/* Offer what has come; what finds no room stays. */
static void push(struct outside_record *record)
{
	while (record->held) {
		struct pbuf *first = record->held;
		uint32_t taken = inet_outside_received(record->socket, first->payload, first->len, false);
		if (taken < first->len) {
			if (taken)
				record->held = pbuf_free_header(first, (u16_t)taken);
			return;
		}
		record->held = pbuf_dechain(first);
		pbuf_free(first);
	}
	if (record->is_finished && !record->has_told_end) {
		record->has_told_end = true;
		inet_outside_finished(record->socket);
	}
}

static err_t received(void *arg, struct tcp_pcb *pcb, struct pbuf *data, err_t error)
{
	struct outside_record *record = arg;

	if (!data)
		record->is_finished = true;
	else if (record->held)
		pbuf_cat(record->held, data);
	else
		record->held = data;
	push(record);
	return ERR_OK;
}

static err_t sent(void *arg, struct tcp_pcb *pcb, u16_t bytes)
{
	struct outside_record *record = arg;

	inet_outside_room(record->socket);
	return ERR_OK;
}

static void failed(void *arg, err_t error)
{
	struct outside_record *record = arg;
	int number = outside_errno(error);

	record->tcp = NULL;
	if (!record->is_connecting) {
		inet_outside_broken(record->socket, number);
		return;
	}
	record->is_connecting = false;
	inet_outside_connected(record->socket, error == ERR_RST ? ECONNREFUSED : MAX(number, ETIMEDOUT));
}

static err_t connected(void *arg, struct tcp_pcb *pcb, err_t error)
{
	struct outside_record *record = arg;

	record->is_connecting = false;
	inet_outside_connected(record->socket, 0);
	return ERR_OK;
}

static void set_callbacks(struct outside_record *record)
{
	tcp_arg(record->tcp, record);
	tcp_recv(record->tcp, received);
	tcp_sent(record->tcp, sent);
	tcp_err(record->tcp, failed);
}

static void set_options(struct outside_record *record)
{
	const struct inet_socket *socket = record->socket;
	struct tcp_pcb *pcb = record->tcp;

	if (socket->tcp.bits & TCP_OPT_NODELAY)
		tcp_nagle_disable(pcb);
	else
		tcp_nagle_enable(pcb);
	if (socket_has(&socket->socket, SOCKET_KEEPALIVE))
		ip_set_option(pcb, SOF_KEEPALIVE);
	else
		ip_reset_option(pcb, SOF_KEEPALIVE);
	pcb->keep_idle = (u32_t)socket->tcp.keep_idle_s * MS_PER_SEC;
	pcb->keep_intvl = (u32_t)socket->tcp.keep_interval_s * MS_PER_SEC;
	pcb->keep_cnt = (u32_t)socket->tcp.keep_count;
	pcb->tos = socket->options.tos;
	if (socket->options.ttl > 0)
		pcb->ttl = (uint8_t)socket->options.ttl;
}

static err_t arrived(void *arg, struct tcp_pcb *pcb, err_t error)
{
	struct outside_record *listener = arg, *record;
	struct inet_end local, remote;
	struct inet_socket *fresh;

	if (!pcb)
		return ERR_VAL;
	local = (struct inet_end){.ip = outside_ip(&pcb->local_ip), .port = pcb->local_port};
	remote = (struct inet_end){.ip = outside_ip(&pcb->remote_ip), .port = pcb->remote_port};
	fresh = inet_outside_arrived(listener->socket, &local, &remote);
	if (!fresh)
		return ERR_MEM;
	record = outside_record_create(fresh);
	if (record) {
		record->tcp = pcb;
		set_callbacks(record);
		set_options(record);
	} else {
		inet_outside_broken(fresh, ENOBUFS);
	}
	inet_put(fresh); /* the record has a reference of its own */
	return record ? ERR_OK : ERR_MEM;
}

/* -- what sockets ask -- */

/* A fresh one with the socket's local name. outside_mutex is held. */
static int make(struct inet_socket *socket, struct outside_record **made)
{
	struct outside_record *record = outside_record_create(socket);
	ip_addr_t address = outside_address(&socket->local.ip);
	err_t error;

	if (!record)
		return -ENOMEM;
	record->tcp = tcp_new();
	if (!record->tcp) {
		outside_record_end(record);
		return -ENOMEM;
	}
	/* Sockets have looked whether the name may be used. */
	ip_set_option(record->tcp, SOF_REUSEADDR);
	error = tcp_bind(record->tcp, &address, socket->local.port);
	if (error != ERR_OK) {
		outside_tcp_leave(record);
		outside_record_end(record);
		return -outside_errno(error);
	}
	*made = record;
	return 0;
}

int outside_connect(struct inet_socket *socket)
{
	ip_addr_t address = outside_address(&socket->remote.ip);
	struct outside_record *record;
	err_t failure;
	int error;

	mutex_lock(&outside_mutex);
	error = make(socket, &record);
	if (!error) {
		set_callbacks(record);
		set_options(record);
		record->is_connecting = true;
		failure = tcp_connect(record->tcp, &address, socket->remote.port, connected);
		if (failure != ERR_OK) {
			outside_tcp_leave(record);
			outside_record_end(record);
			error = -outside_errno(failure);
		}
	}
	mutex_unlock(&outside_mutex);
	return error;
}

int outside_listen(struct inet_socket *socket)
{
	struct outside_record *record = outside_record_of(socket);
	struct tcp_pcb *listening;
	int error = 0;

	if (record || (!inet_ip_is_v4(&socket->local.ip) && !inet_ip_is_any(&socket->local.ip)))
		return record ? 0 : -EAFNOSUPPORT;
	mutex_lock(&outside_mutex);
	error = make(socket, &record);
	if (!error) {
		listening = tcp_listen_with_backlog(record->tcp, BACKLOG);
		if (listening) {
			record->tcp = listening;
			tcp_arg(listening, record);
			tcp_accept(listening, arrived);
		} else {
			outside_tcp_leave(record);
			outside_record_end(record);
			error = -ENOMEM;
		}
	}
	mutex_unlock(&outside_mutex);
	return error;
}

static uint32_t room_of(const struct outside_record *record)
{
	if (!record || !record->tcp || record->is_connecting || tcp_sndqueuelen(record->tcp) >= TCP_SND_QUEUELEN - 16)
		return 0;
	return tcp_sndbuf(record->tcp);
}

/* Copy a piece and hand it to lwIP, which copies it again. Bytes, 0: no room, -errno. */
static ssize_t send_piece(struct outside_record *record, uint8_t *piece, struct uio *uio, bool has_more)
{
	uint32_t bytes = (uint32_t)MIN(uio->left, (uint64_t)MIN(room_of(record), PIECE_BYTES));
	struct uio before = *uio;
	err_t error;

	if (bytes < ROOM_LEAST)
		return 0;
	if (uio_copy_in(uio, piece, bytes) != bytes)
		return -EFAULT;
	error = tcp_write(record->tcp, piece, (u16_t)bytes,
			  (u8_t)(TCP_WRITE_FLAG_COPY | (has_more || uio->left ? TCP_WRITE_FLAG_MORE : 0)));
	if (error == ERR_OK)
		return bytes;
	*uio = before;
	return error == ERR_MEM ? 0 : -EPIPE;
}

ssize_t outside_send(struct inet_socket *socket, struct uio *uio, bool is_urgent, bool has_more)
{
	struct outside_record *record;
	uint8_t *piece = kmalloc(PIECE_BYTES);
	ssize_t done = 0, result = 0;

	if (!piece)
		return -ENOMEM;
	mutex_lock(&outside_mutex);
	record = outside_record_of(socket);
	while (uio->left && (result = send_piece(record, piece, uio, has_more)) > 0)
		done += result;
	if (done && !has_more)
		tcp_output(record->tcp);
	mutex_unlock(&outside_mutex);
	kfree(piece);
	return done ? done : result;
}

bool outside_has_room(struct inet_socket *socket)
{
	bool has_room;

	mutex_lock(&outside_mutex);
	has_room = room_of(outside_record_of(socket)) >= ROOM_LEAST;
	mutex_unlock(&outside_mutex);
	return has_room;
}

void outside_taken(struct inet_socket *socket, uint32_t bytes)
{
	struct outside_record *record;

	mutex_lock(&outside_mutex);
	record = outside_record_of(socket);
	while (record && record->tcp && bytes) {
		uint32_t step = MIN(bytes, (uint32_t)UINT16_MAX);
		tcp_recved(record->tcp, (u16_t)step);
		bytes -= step;
	}
	if (record)
		push(record);
	mutex_unlock(&outside_mutex);
}

void outside_finish(struct inet_socket *socket)
{
	struct outside_record *record;

	mutex_lock(&outside_mutex);
	record = outside_record_of(socket);
	if (record && record->tcp)
		tcp_shutdown(record->tcp, 0, 1);
	mutex_unlock(&outside_mutex);
}

/* lwIP's callbacks are for nobody from here on. */
static void forget(struct outside_record *record)
{
	tcp_arg(record->tcp, NULL);
	if (record->tcp->state == LISTEN) {
		tcp_accept(record->tcp, NULL);
		return;
	}
	tcp_recv(record->tcp, NULL);
	tcp_sent(record->tcp, NULL);
	tcp_err(record->tcp, NULL);
}

void outside_abort(struct inet_socket *socket)
{
	struct outside_record *record;

	mutex_lock(&outside_mutex);
	record = outside_record_of(socket);
	if (record && record->tcp) {
		forget(record);
		tcp_abort(record->tcp);
		record->tcp = NULL;
	}
	mutex_unlock(&outside_mutex);
}

void outside_tcp_leave(struct outside_record *record)
{
	if (!record->tcp)
		return;
	forget(record);
	if (tcp_close(record->tcp) != ERR_OK)
		tcp_abort(record->tcp);
	record->tcp = NULL;
}

void outside_options(struct inet_socket *socket)
{
	struct outside_record *record;

	mutex_lock(&outside_mutex);
	record = outside_record_of(socket);
	if (record && record->tcp && record->tcp->state != LISTEN)
		set_options(record);
	mutex_unlock(&outside_mutex);
}

void outside_view(struct inet_socket *socket, struct inet_outside_view *view)
{
	struct outside_record *record;
	const struct tcp_pcb *pcb;

	*view = (struct inet_outside_view){0};
	mutex_lock(&outside_mutex);
	record = outside_record_of(socket);
	pcb = record ? record->tcp : NULL;
	if (pcb && pcb->state != LISTEN) {
		view->unacked_bytes = pcb->snd_nxt - pcb->lastack;
		view->unsent_bytes = pcb->snd_lbb - pcb->snd_nxt;
		view->max_segment = pcb->mss;
		view->round_trip_us = (uint32_t)MAX(pcb->sa, 0) / 8 * TICK_US;
		view->retransmits = pcb->nrtx;
	}
	mutex_unlock(&outside_mutex);
}
