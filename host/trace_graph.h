/* The graph of processes and the objects through which they spoke, for Graphviz. */
#ifndef HOST_TRACE_GRAPH_H
#define HOST_TRACE_GRAPH_H

#include <stdio.h>

#include "trace_file.h"

/* Processes are boxes, objects ellipses; an edge is as wide as the bytes that went along it are many. */
void trace_write_graph(struct trace_file *file, FILE *out);

#endif
