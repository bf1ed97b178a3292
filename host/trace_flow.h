/*
 * Which message that was received is which that was sent: every sending gets a number, and a receiving gives the
 * numbers of those whose bytes it took. Messages of queues and datagrams are found by their length and first bytes,
 * bytes of streams by their order, what is counted (eventfd, semaphores) all at once.
 */
#ifndef HOST_TRACE_FLOW_H
#define HOST_TRACE_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace_flow {
	uint64_t id;
	bool is_over; /* the last of what was sent has come */
};

struct trace_flows;

struct trace_flows *trace_flows_begin(void);
void trace_flows_end(struct trace_flows *flows);
/* The number of what is sent, greater than 0. */
uint64_t trace_flows_send(struct trace_flows *flows, uint64_t object, uint64_t kind, uint64_t bytes, uint64_t first);
/* How many sendings the bytes are of; *found is good until the next call. */
size_t trace_flows_receive(struct trace_flows *flows, uint64_t object, uint64_t kind, uint64_t bytes, uint64_t first,
			   const struct trace_flow **found);

#endif
