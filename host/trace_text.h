/* An event as a line of text. */
#ifndef HOST_TRACE_TEXT_H
#define HOST_TRACE_TEXT_H

#include "trace_model.h"

/* What happened, without time and actor; the caller frees. `model` stands before or after the event. */
char *trace_event_text(const struct trace_model *model, const struct trace_event *event);

#endif
