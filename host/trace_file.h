/*
 * Reading a trace file, packed or as the bare stream. Foreign files are refused; of one that was cut or damaged
 * everything whole is read, and then it is said what is wrong.
 */
#ifndef HOST_TRACE_FILE_H
#define HOST_TRACE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "trace_stream.h"

struct trace_file {
	const char *path;
	FILE *stream;
	bool is_packed;
	struct trace_stream *bare; /* the kernel's stream, when it is not packed */
	uint64_t realtime_ns;
	char *info;           /* JSON of the packed file, or NULL */
	const char *problem;  /* after the last event: what is wrong with the file, or NULL */
	bool is_ended;        /* the END chunk was seen */
	unsigned char *chunk; /* unpacked records */
	size_t chunk_bytes, chunk_at;
};

/* Opens a file; says one line and returns false when it is none of ours. */
bool trace_file_open(struct trace_file *file, const char *path);
/* The next event; false at the end, then file->problem says whether there was more. */
bool trace_file_next(struct trace_file *file, struct trace_event *event);
/* Closes it, and says what was wrong; false when something was. */
bool trace_file_close(struct trace_file *file);

#endif
