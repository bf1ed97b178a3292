/*
 * A trace as a picture: a row for each thread, in the order of the process tree, time across, the colour the state;
 * arrows for forks, marks for execs and ends, a grey tail until a zombie is collected.
 *
 * A column of the picture may stand for many changes of state. It is divided among the states by their shares of the
 * time, so that nothing is hidden by being short.
 */
#ifndef HOST_TRACE_SVG_H
#define HOST_TRACE_SVG_H

#include <stdio.h>

#include "trace_model.h"

struct trace_picture;

enum trace_language { LANGUAGE_ENGLISH, LANGUAGE_KOREAN };

/* For events from `from_ns` to `to_ns`; others are taken for what they tell about who is who. */
struct trace_picture *trace_picture_begin(uint64_t from_ns, uint64_t to_ns);
/* After trace_model_take() of the same event. */
void trace_picture_take(struct trace_picture *picture, const struct trace_model *model,
			const struct trace_event *event);
/* Writes the picture as SVG and frees it. */
void trace_picture_end(struct trace_picture *picture, const struct trace_model *model, enum trace_language language,
		       FILE *out);

#endif
