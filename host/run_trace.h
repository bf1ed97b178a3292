/* The trace of a run: its file, the page that is made of it, what the kernel is told to record. */
#ifndef HOST_RUN_TRACE_H
#define HOST_RUN_TRACE_H

#include <stdbool.h>

#include "channels.h"
#include "files.h"
#include "run_options.h"

/* A zeroed struct is a run without a page. */
struct run_trace {
	char *template; /* of the page, or NULL */
	char *scratch;  /* the trace, when it was made only for the page, or NULL */
};

/* Opens the file of the trace as a channel, if one is wanted; false with a line said. A page wants one: then
 * options->trace names it afterwards. */
bool run_trace_open(struct run_options *options, struct run_trace *trace, struct channels *channels);
/* What the start record says of it. */
void run_trace_record(const struct run_options *options, struct bytes *record);
/* Packs the file and makes the page, when the machine has ended with `status`; false when that failed. */
bool run_trace_keep(const struct run_options *options, const struct run_trace *trace, char *const *command, int status);

#endif
