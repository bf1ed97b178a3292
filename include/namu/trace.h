/*
 * The trace stream that the kernel sends on port namu.trace: a header, then records of 48 bytes, little-endian.
 * The meaning of a record's words is in kernel/trace/events.h, from which the decoders are made.
 */
#ifndef NAMU_TRACE_STREAM_H
#define NAMU_TRACE_STREAM_H

#include <stdint.h>

#define NAMU_TRACE_MAGIC   0x43415254554d414eull /* "NAMUTRAC" in memory */
#define NAMU_TRACE_VERSION 1u
#define NAMU_TRACE_TEXT    0 /* event number of a record that continues the one before with text */

struct namu_trace_header {
	uint64_t magic;
	uint32_t version;
	uint32_t record_bytes;
	uint64_t realtime_ns; /* of time 0 */
};

struct namu_trace_record {
	uint64_t time_ns; /* since the boot */
	uint16_t event;
	uint8_t cpu;
	uint8_t text_records; /* how many NAMU_TRACE_TEXT records follow that belong to this one */
	uint32_t thread;      /* that did it (tid), 0 for the idle thread */
	uint64_t words[4];    /* or 32 bytes of text in a NAMU_TRACE_TEXT record */
};

#endif
