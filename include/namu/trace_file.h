/*
 * The trace file that `namu run --trace=FILE` leaves: a header, then chunks. Little-endian throughout.
 *
 * While the machine runs the file holds the bare stream (namu/trace.h), which every reader takes too, so that nothing
 *is lost when `namu` itself is killed; at the end it is packed into this form.
 *
 * A chunk is a head and `stored_bytes` of zlib data (RFC 1950), which unpack to `bytes`:
 *	INFO    first; JSON: what ran, and the tables that say what the numbers of the records mean
 *	RECORDS whole records of the stream, in order, text records with the one they belong to
 *	END     last; JSON: counts, so that a file that was cut is known for one
 * Chunks of other kinds are passed over.
 */
#ifndef NAMU_TRACE_FILE_H
#define NAMU_TRACE_FILE_H

#include <stdint.h>

#define NAMU_FILE_MAGIC       0x454c4946554d414eull /* "NAMUFILE" in memory */
#define NAMU_FILE_VERSION     1u
#define NAMU_CHUNK_BYTES_MOST (1u << 20) /* no chunk unpacks to more */

enum namu_chunk_kind {
	NAMU_CHUNK_INFO = 1,
	NAMU_CHUNK_RECORDS = 2,
	NAMU_CHUNK_END = 3,
};

struct namu_file_header {
	uint64_t magic;
	uint32_t version;
	uint32_t record_bytes;
	uint64_t realtime_ns; /* CLOCK_REALTIME at time 0 of the records */
};

struct namu_chunk_head {
	uint32_t kind;
	uint32_t bytes;
	uint32_t stored_bytes;
	uint32_t crc; /* CRC-32 (zlib's) of what is stored */
};

#endif
