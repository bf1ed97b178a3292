/*
 * A 9P server for unit tests: it answers as it should, or cut, forged, not at all; and the bodies of its replies.
 */
#ifndef FAKE_NINEP_SERVER_H
#define FAKE_NINEP_SERVER_H

#include "fake_cpu.h"
#include "fs/ninep_calls.h"

#include "fake_wait.h"

#define REPLY_ROOM 5000u
#define TAGS_ALL   ((1ull << NINEP_TAGS) - 1)

/* What is changed in the reply to the call that is tried; clunks and flushes are always answered rightly. */
static struct forgery {
	uint32_t cut_to;     /* only so many bytes come; UINT32_MAX: all */
	bool tells_truth;    /* and the head says so */
	uint32_t claimed;    /* bytes that the device says it brought, and the head with it if it tells the truth;
			      * UINT32_MAX: as many as it did */
	uint32_t changed_at; /* a byte of it becomes another; UINT32_MAX: none */
	uint8_t changed_to;
} forgery;

static const struct forgery honest = {UINT32_MAX, false, UINT32_MAX, UINT32_MAX, 0};

static uint8_t body[REPLY_ROOM]; /* of a good reply to the call */
static uint32_t body_bytes;
static uint32_t error_number; /* or, if not 0, this error */

static struct ninep_client client;
static struct ninep_request *queued[2 * NINEP_TAGS];
static unsigned queued_count;
static struct {
	uint16_t tag;
	uint32_t bytes;
} done[2 * NINEP_TAGS];
static unsigned done_count;
static unsigned blocks, kill_at, break_at; /* the wait in which the thread is killed, the server ends */
static bool forgets_flushed;               /* what a flush gives up is never replied to */

static void server_send(struct ninep_client *to, struct ninep_request *request)
{
	assert_true(to == &client && queued_count < 2 * NINEP_TAGS);
	queued[queued_count++] = request;
}

static int server_take_reply(struct ninep_client *from, uint16_t *tag, uint32_t *bytes)
{
	(void)from;
	if (!done_count)
		return 0;
	done_count--;
	*tag = done[done_count].tag;
	*bytes = done[done_count].bytes;
	return 1;
}

static const struct ninep_transport server = {.send = server_send, .take_reply = server_take_reply};

/* The bytes go where the request has room for them, as the device does it. */
static uint32_t spread(struct ninep_request *request, const uint8_t *reply, uint32_t bytes)
{
	uint32_t head = MIN(bytes, request->in_room), rest = MIN(bytes - head, request->in_data_room);

	memcpy(request->in, reply, head);
	if (rest)
		memcpy(request->in_data, reply + head, rest);
	return head + rest;
}

static uint32_t make_head(uint8_t *reply, uint8_t type, uint16_t tag, uint32_t rest)
{
	uint32_t total = NINEP_HEAD_BYTES + rest;

	memcpy(reply, &total, 4);
	reply[4] = type;
	memcpy(reply + 5, &tag, 2);
	return total;
}

static void answer(struct ninep_request *request)
{
	static uint8_t reply[REPLY_ROOM + 16];
	uint8_t type = request->out[4];
	uint16_t tag;
	uint32_t bytes;

	memcpy(&tag, request->out + 5, 2);
	if (type == NINEP_CLUNK || type == NINEP_FLUSH) {
		bytes = spread(request, reply, make_head(reply, type + 1, tag, 0));
	} else {
		if (error_number) {
			bytes = make_head(reply, NINEP_LERROR + 1, tag, 4);
			memcpy(reply + NINEP_HEAD_BYTES, &error_number, 4);
		} else {
			bytes = make_head(reply, type + 1, tag, body_bytes);
			memcpy(reply + NINEP_HEAD_BYTES, body, body_bytes);
		}
		if (forgery.cut_to < bytes) {
			bytes = forgery.cut_to;
			if (forgery.tells_truth)
				memcpy(reply, &bytes, 4);
		}
		if (forgery.claimed != UINT32_MAX && forgery.tells_truth)
			memcpy(reply, &forgery.claimed, 4);
		if (forgery.changed_at < bytes)
			reply[forgery.changed_at] = forgery.changed_to;
		bytes = spread(request, reply, bytes);
		if (forgery.claimed != UINT32_MAX)
			bytes = forgery.claimed;
	}
	done[done_count].tag = request->tag;
	done[done_count++].bytes = bytes;
}

static void run_server(void)
{
	unsigned count = queued_count;

	queued_count = 0;
	for (unsigned i = 0; i < count; i++) {
		/* Newest first, so that a flush is answered before what it gives up. */
		struct ninep_request *request = queued[count - 1 - i];
		bool is_flushed = count - 1 - i == 0 && count > 1 && queued[count - 1]->out[4] == NINEP_FLUSH;

		if (is_flushed && forgets_flushed) {
			done[done_count].tag = request->tag;
			done[done_count++].bytes = 0;
		} else {
			answer(request);
		}
	}
	ninep_interrupt(&client);
}

static int serve(void)
{
	blocks++;
	if (blocks > 50)
		fail_msg("the call does not end");
	if (blocks == kill_at)
		return -EINTR;
	if (blocks == break_at)
		ninep_break(&client);
	else
		run_server();
	return 0;
}

static void begin_server(void)
{
	static bool is_registered;

	fake_cpu_begin();
	fake_block = serve;
	if (!is_registered) {
		strcpy(client.tag_name, "share");
		client.transport = &server;
		ninep_register(&client);
		is_registered = true;
	}
	client.is_broken = false;
	client.data_bytes = 4096;
	forgery = honest;
	error_number = blocks = kill_at = break_at = 0;
	forgets_flushed = false;
}

static void begin_body(void)
{
	body_bytes = 0;
}

static void put(const void *from, uint32_t bytes)
{
	memcpy(body + body_bytes, from, bytes);
	body_bytes += bytes;
}

static void put_number(uint64_t value, uint32_t bytes)
{
	put(&value, bytes);
}

static void put_qid(uint8_t type)
{
	put_number(type, 1);
	put_number(1, 4);
	put_number(4711, 8);
}

static void nothing(void)
{
	begin_body();
}

static void qid(void)
{
	begin_body();
	put_qid(NINEP_QID_DIR);
}

static void walked(void)
{
	begin_body();
	put_number(1, 2);
	put_qid(0);
}

static void opened(void)
{
	begin_body();
	put_qid(0);
	put_number(0, 4);
}

static void attributes(void)
{
	begin_body();
	put_number(NINEP_GETATTR_BASIC, 8);
	put_qid(0);
	put_number(0100644, 4);
	put_number(0, 8);
	for (int i = 0; i < 15; i++)
		put_number(1, 8);
}

static void statfs_(void)
{
	begin_body();
	put_number(1, 8);
	for (int i = 0; i < 6; i++)
		put_number(1, 8);
	put_number(255, 4);
}

static void target(void)
{
	begin_body();
	put_number(6, 2);
	put("target", 6);
}

static void data(void)
{
	begin_body();
	put_number(10, 4);
	put("0123456789", 10);
}

static void count(void)
{
	begin_body();
	put_number(10, 4);
}

static void size(void)
{
	begin_body();
	put_number(10, 8);
}

#endif
