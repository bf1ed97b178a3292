/*
 * The log: a line is formatted, stamped, kept in a ring for those who ask later, and given to the sink.
 */
#include "lib/log.h"
#include "lib/printf.h"
#include "lib/string.h"

#define RING_BYTES 16384

static log_sink sink;
static uint64_t (*log_clock_ns)(void);
static char ring[RING_BYTES];
static _Atomic uint64_t ring_end; /* bytes ever written; a writer takes its room first, so that none takes another's */

void log_set_sink(log_sink new_sink, uint64_t (*clock_ns)(void))
{
	sink = new_sink;
	log_clock_ns = clock_ns;
}

void log_line(const char *format, ...)
{
	char line[320];
	uint64_t now_us = log_clock_ns ? log_clock_ns() / 1000 : 0;
	va_list args;

	int length = string_format(line, sizeof(line), "[%5lu.%06lu] ", now_us / 1000000, now_us % 1000000);
	va_start(args, format);
	length += string_format_v(line + length, sizeof(line) - (size_t)length - 1, format, args);
	va_end(args);
	length = MIN(length, (int)sizeof(line) - 2);
	line[length++] = '\n';
	uint64_t at = atomic_fetch_add(&ring_end, (uint64_t)length);
	for (int i = 0; i < length; i++)
		ring[at++ % RING_BYTES] = line[i];
	if (sink)
		sink(line, (size_t)length);
}

size_t log_read(uint64_t *position, char *to, size_t bytes)
{
	size_t done = 0;

	if (*position + RING_BYTES < ring_end)
		*position = ring_end - RING_BYTES;
	while (done < bytes && *position < ring_end)
		to[done++] = ring[(*position)++ % RING_BYTES];
	return done;
}

uint64_t log_bytes(void)
{
	return MIN(ring_end, (uint64_t)RING_BYTES);
}
