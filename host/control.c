/* The control port's two directions. */
#include "control.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "say.h"

void control_send(struct control *control, const char *format, ...)
{
	char line[128];
	va_list list;

	va_start(list, format);
	int bytes = vsnprintf(line, sizeof(line) - 1, format, list);

	va_end(list);
	if (bytes < 0 || (size_t)bytes >= sizeof(line) - 1)
		return;
	line[bytes++] = '\n';
	bytes_add(&control->queue, line, (size_t)bytes);
	control_flush(control);
}

void control_flush(struct control *control)
{
	while (control_is_waiting(control)) {
		ssize_t n = send(control->fd, control->queue.data + control->sent, control->queue.count - control->sent,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			/* A machine that has ended takes no more lines. */
			if (errno != EAGAIN)
				control->sent = control->queue.count = 0;
			return;
		}
		control->sent += (size_t)n;
	}
	control->sent = control->queue.count = 0;
}

bool control_is_waiting(const struct control *control)
{
	return control->sent < control->queue.count;
}

void control_take(struct control *control, struct outcome *outcome, const char *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		if (data[i] != '\n') {
			if (control->length < sizeof(control->line) - 1)
				control->line[control->length++] = data[i];
			continue;
		}
		control->line[control->length] = 0;
		control->length = 0;
		if (!outcome_read_line(outcome, control->line))
			say_verbose("the guest sent a line that means nothing: %.60s", control->line);
	}
}

void control_receive(struct control *control, struct outcome *outcome)
{
	char data[4096];

	while (!control->has_ended) {
		ssize_t n = recv(control->fd, data, sizeof(data), MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0)
			control->has_ended = true;
		else
			control_take(control, outcome, data, (size_t)n);
	}
}

void control_close(struct control *control)
{
	free(control->queue.data);
	control->queue = (struct bytes){0};
}
