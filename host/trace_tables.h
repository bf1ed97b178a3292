/*
 * What the numbers in a trace mean: the kernel's own tables (kernel/trace/events.h, sched/state.h, the rows of system
 * calls), compiled into the command.
 */
#ifndef HOST_TRACE_TABLES_H
#define HOST_TRACE_TABLES_H

#include <stdint.h>

enum {
#define EVENT(number, name, words) TRACE_##name = number,
#include "../kernel/trace/events.h"
	TRACE_EVENTS(EVENT)
#undef EVENT
		TRACE_EVENT_LIMIT = 64,
};

#include "../kernel/sched/state.h"

/* NULL for numbers that this version does not know. */
const char *trace_event_name(unsigned event); /* "FORK" */
const char *trace_event_words(unsigned event);
const char *trace_state_name(uint64_t state); /* "ready" */
const char *trace_wait_name(uint64_t kind);   /* "pipe_read" */
const char *trace_wait_what(uint64_t kind);   /* "bytes in a pipe" */
/* How what was sent is taken: as bytes in order, as whole messages, or all that has been added up. */
enum message_manner { MESSAGE_STREAM, MESSAGE_WHOLE, MESSAGE_COUNT };
enum message_manner trace_message_manner(uint64_t kind);
const char *trace_message_kind(uint64_t kind);  /* of SEND and RECEIVE: "pipe" */
const char *trace_signal_name(uint64_t signal); /* "SIGCHLD" */
/* The event with that name, whatever its letters' size; 0: none. */
unsigned trace_event_number(const char *name);

struct trace_call {
	const char *name;
	unsigned argument_count;
	const char *types[6];
	const char *arguments[6];
};
const struct trace_call *trace_call_of(uint64_t number); /* NULL: unknown */

#endif
