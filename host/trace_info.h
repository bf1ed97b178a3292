/* The INFO chunk of a trace file: what ran, and what the numbers in the records mean. */
#ifndef HOST_TRACE_INFO_H
#define HOST_TRACE_INFO_H

#include "trace_pack.h"

/* As JSON, see namu-trace(5). The caller frees. */
char *trace_info_json(const struct trace_run *run);

#endif
