/*
 * Reading the stream that the kernel sends (namu/trace.h): its pieces are sorted by time, and its short forms are
 * written out as records.
 */
#ifndef HOST_TRACE_STREAM_H
#define HOST_TRACE_STREAM_H

#include <stdbool.h>
#include <stdio.h>

#include "namu/trace.h"

/* One event, its text with it. */
#define TRACE_TEXT_BYTES (255 * 32)
struct trace_event {
	struct namu_trace_record record;
	char text[TRACE_TEXT_BYTES + 1]; /* empty when there is none */
};

struct trace_stream;

/* Of a file that stands behind the header; one that cannot be read twice is copied. The file stays the caller's. */
struct trace_stream *trace_stream_open(FILE *file);
/* The next event; false at the end. */
bool trace_stream_next(struct trace_stream *stream, struct trace_event *event);
/* What is wrong with the file, once all was read; or NULL. */
const char *trace_stream_problem(const struct trace_stream *stream);
void trace_stream_close(struct trace_stream *stream);

#endif
