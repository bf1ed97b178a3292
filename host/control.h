/*
 * The control port: lines out to the guest, lines in from it. Lines out wait in a queue until the socket takes them.
 */
#ifndef HOST_CONTROL_H
#define HOST_CONTROL_H

#include <stdbool.h>

#include "files.h"
#include "outcome.h"

#define CONTROL_LINE_BYTES 2048

struct control {
	int fd;
	struct bytes queue;
	size_t sent; /* of the queue */
	char line[CONTROL_LINE_BYTES];
	size_t length; /* of the line so far; what is too long is cut */
	bool has_ended;
};

/* Queues one line; the line's end is added. */
void control_send(struct control *control, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sends what the socket takes now. */
void control_flush(struct control *control);

/* Whether lines wait to be sent. */
bool control_is_waiting(const struct control *control);

/* Reads what has come; each line goes into the outcome. */
void control_receive(struct control *control, struct outcome *outcome);

/* Reads lines out of a run of bytes: the reader beneath control_receive(). */
void control_take(struct control *control, struct outcome *outcome, const char *data, size_t bytes);

void control_close(struct control *control);

#endif
