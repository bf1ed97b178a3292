/* Kinds of events by their names, as options give them. */
#ifndef HOST_TRACE_KINDS_H
#define HOST_TRACE_KINDS_H

#include <stdbool.h>
#include <stdint.h>

/* A list of names between commas, added to the bits in *events; false and a line said for a name that is none. */
bool trace_kinds_read(const char *list, uint64_t *events);
/* The bits of events that are recorded whatever was asked for: births, names and ends of processes, losses. */
uint64_t trace_kinds_always(void);

#endif
