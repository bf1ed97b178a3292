/*
 * The frame of rows in which the row's own process talks to a partner through descriptors: a byte there and back, a
 * stream of large writes, whole conversations. A row opens the ends; the rest is here.
 */
#ifndef TALK_H
#define TALK_H

#include "nbench.h"

#include <sys/socket.h>

#define TALK_CHUNK_BYTES 65536

struct talk_end {
	int in, out; /* the same for a socket; -1: none */
};

/* The row's own end, and the partner's; who listens, and where. */
extern struct talk_end talk_near, talk_far;
extern int talk_listener;
extern struct sockaddr_storage talk_server;
extern socklen_t talk_server_bytes;
extern char talk_chunk[TALK_CHUNK_BYTES];

/* The ends are open: start the partner with `body`, which has the far end alone. 0 or -1. */
int talk_start(void (*body)(void *));

/* Bodies of partners: what comes goes back; writes for ever; answers who connects, a byte at a time. */
void talk_echo(void *argument);
void talk_write(void *argument);
void talk_serve(void *argument);

/* What rows do: run, and teardown. */
int talk_run_rtt(const struct bench_row *row, long count);
int talk_run_bandwidth(const struct bench_row *row, long count);
int talk_run_connect(const struct bench_row *row, long count);
void talk_end(const struct bench_row *row);

#define TALK_ROW(label, of, opener)                                                                          \
	{                                                                                                    \
		.name = (label), .unit = "us", .run = talk_run_##of, .setup = (opener), .teardown = talk_end \
	}
/* A run moves many times what buffers hold (Linux's TCP: 6 MiB), or it would read what lay there before it began. */
#define TALK_STREAM_STEP 1024
#define TALK_STREAM_ROW(label, opener)                                                                               \
	{                                                                                                            \
		.name = (label), .unit = "MB/s", .run = talk_run_bandwidth, .setup = (opener), .teardown = talk_end, \
		.bytes = TALK_CHUNK_BYTES, .step = TALK_STREAM_STEP                                                  \
	}

#endif
