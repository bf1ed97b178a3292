/* A trace as JSON lines. */
#ifndef HOST_TRACE_JSON_H
#define HOST_TRACE_JSON_H

#include <stdio.h>

#include "trace_file.h"

/*
 * One object a line, in order: {"t":NS,"cpu":N,"tid":N,"pid":N or null,"event":NAME,"words":["0x..",...],"text":TEXT,
 * "name":TEXT}; "text" is what `namu trace` prints, "name" what the event carries, if anything.
 */
void trace_write_json(struct trace_file *file, FILE *out);

#endif
