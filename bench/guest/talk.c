/*
 * Two processes that talk: see talk.h.
 */
#define _GNU_SOURCE
#include "talk.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

struct talk_end talk_near = {-1, -1}, talk_far = {-1, -1};
int talk_listener = -1;
struct sockaddr_storage talk_server;
socklen_t talk_server_bytes;
char talk_chunk[TALK_CHUNK_BYTES];

static pid_t partner;

static void close_end(struct talk_end *end)
{
	close(end->in);
	close(end->out);
	end->in = end->out = -1;
}

static void (*partner_body)(void *);

static void run_partner(void *argument)
{
	close_end(&talk_near);
	partner_body(argument);
}

int talk_start(void (*body)(void *))
{
	signal(SIGPIPE, SIG_IGN);
	memset(talk_chunk, 'x', sizeof talk_chunk);
	partner_body = body;
	partner = bench_partner(run_partner, NULL);
	close_end(&talk_far);
	return partner < 0 ? -1 : 0;
}

void talk_end(const struct bench_row *row)
{
	(void)row;
	bench_partner_end(partner);
	close_end(&talk_near);
	close(talk_listener);
}

void talk_echo(void *argument)
{
	char token[64];
	ssize_t got;

	(void)argument;
	while ((got = read(talk_far.in, token, sizeof token)) > 0 && write(talk_far.out, token, got) == got) {
	}
}

void talk_write(void *argument)
{
	(void)argument;
	while (write(talk_far.out, talk_chunk, sizeof talk_chunk) > 0) {
	}
}

void talk_serve(void *argument)
{
	char token;
	int one;

	(void)argument;
	while ((one = accept(talk_listener, NULL, NULL)) >= 0) {
		while (read(one, &token, 1) == 1 && write(one, &token, 1) == 1) {
		}
		close(one);
	}
}

int talk_run_rtt(const struct bench_row *row, long count)
{
	char token = 'x';

	(void)row;
	for (long i = 0; i < count; i++) {
		if (write(talk_near.out, &token, 1) != 1 || read(talk_near.in, &token, 1) != 1) {
			return -1;
		}
	}
	return 0;
}

int talk_run_bandwidth(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		size_t left = sizeof talk_chunk;
		while (left > 0) {
			ssize_t got = read(talk_near.in, talk_chunk, left);
			if (got <= 0) {
				return -1;
			}
			left -= got;
		}
	}
	return 0;
}

int talk_run_connect(const struct bench_row *row, long count)
{
	char token = 'x';

	(void)row;
	for (long i = 0; i < count; i++) {
		int one = socket(talk_server.ss_family, SOCK_STREAM, 0);
		if (one < 0 || connect(one, (struct sockaddr *)&talk_server, talk_server_bytes) != 0 ||
		    write(one, &token, 1) != 1 || read(one, &token, 1) != 1 || close(one) != 0) {
			return -1;
		}
	}
	return 0;
}
