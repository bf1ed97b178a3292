/* A trace as Perfetto reads it (ui.perfetto.dev, trace_processor). */
#ifndef HOST_TRACE_PERFETTO_H
#define HOST_TRACE_PERFETTO_H

#include <stdio.h>

#include "trace_file.h"

/*
 * States of threads, processes and names as packets of the generic-kernel block; system calls as slices, everything
 * else as instants of TrackEvents on a track for each thread; messages and signals joined by flows.
 */
void trace_write_perfetto(struct trace_file *file, FILE *out);

#endif
