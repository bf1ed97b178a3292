/* Packing the stream that a machine left into a trace file. */
#ifndef HOST_TRACE_PACK_H
#define HOST_TRACE_PACK_H

#include <stdbool.h>
#include <stdint.h>

/* What ran, for the file's INFO chunk. */
struct trace_run {
	char *const *command; /* ends with NULL */
	const char *root;     /* NULL: the built-in one */
	unsigned cpus;
	unsigned long seed;
	bool has_seed;
	uint64_t events; /* a bit for each kind that was recorded; 0: all */
	bool is_lossy;   /* what the host was too slow for was dropped */
	int status;      /* as outcome_status gives it */
};

/*
 * Replaces the stream in the file at `path` by a packed trace file; what is no regular file stays as it is. On an error
 * the stream stays, a line is said and the answer is false.
 */
bool trace_pack(const char *path, const struct trace_run *run);

#endif
