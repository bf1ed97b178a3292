/* The end of a run told to programs and to people. */
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json_text.h"
#include "say.h"

static void report_line(int status_fd, char *line)
{
	/* Whoever asked for the lines may have gone; the run's result is its exit status in any case. */
	(void)write_fully(status_fd, line, strlen(line));
	free(line);
}

void report_published(int status_fd, const struct network *network)
{
	for (size_t i = 0; i < network->port_count; i++) {
		const struct network_port *port = &network->ports[i];
		const char *address = *port->address ? port->address : "0.0.0.0";

		say_verbose("the machine's port %u/%s is %s:%u of the host", port->guest, port->protocol, address,
			    port->host);
		if (status_fd >= 0)
			report_line(status_fd, must_format("{\"event\":\"published\",\"address\":\"%s\",\"host\":%u,"
							   "\"guest\":%u,\"protocol\":\"%s\"}\n",
							   address, port->host, port->guest, port->protocol));
	}
}

void report_started(int status_fd, int guest_pid)
{
	if (status_fd >= 0)
		report_line(status_fd, must_format("{\"event\":\"started\",\"pid\":%d}\n", guest_pid));
}

static const char *report_reason(const struct outcome *outcome)
{
	switch (outcome->kind) {
	case OUTCOME_EXITED:
		return "exited";
	case OUTCOME_SIGNALED:
		return "signaled";
	case OUTCOME_FAILED:
		return outcome->value == ENOENT ? "not-found" : "not-executable";
	case OUTCOME_TIMEOUT:
		return "timeout";
	case OUTCOME_INTERRUPTED:
		return "interrupted";
	case OUTCOME_PANIC:
		return "panic";
	default:
		return "error";
	}
}

void report_ended(int status_fd, const struct outcome *outcome)
{
	char signal_text[16] = "null";

	if (status_fd < 0)
		return;
	if (outcome->kind == OUTCOME_SIGNALED || outcome->kind == OUTCOME_INTERRUPTED)
		(void)snprintf(signal_text, sizeof(signal_text), "%d", outcome->value);
	char *message = json_string(outcome->text);

	report_line(status_fd,
		    must_format("{\"event\":\"ended\",\"status\":%d,\"signal\":%s,\"reason\":\"%s\",\"message\":%s}\n",
				outcome_status(outcome), signal_text, report_reason(outcome), message));
	free(message);
}

/* The log's part that belongs to its end: from the first line that speaks of a panic, or all of it. */
static void say_log(const struct bytes *log)
{
	const char *from = log->count ? memmem(log->data, log->count, "panic: ", 7) : NULL;

	if (log->count == 0 || say_is_verbose())
		return;
	if (!from)
		from = log->data;
	while (from > log->data && from[-1] != '\n')
		from--;
	size_t bytes = (size_t)(log->data + log->count - from);

	(void)write_fully(STDERR_FILENO, from, bytes);
	if (from[bytes - 1] != '\n')
		(void)write_fully(STDERR_FILENO, "\n", 1);
}

void report_say(const struct outcome *outcome, const char *command, const struct bytes *log)
{
	switch (outcome->kind) {
	case OUTCOME_FAILED:
		if (outcome->value == ENOENT)
			say("%s: not found in the root", command);
		else
			say("%s: cannot be executed: %s", command, strerror(outcome->value));
		break;
	case OUTCOME_TIMEOUT:
		say("the time limit has passed; the machine was ended");
		break;
	case OUTCOME_PANIC:
		say("kernel panic: %s", outcome->text);
		say_log(log);
		break;
	case OUTCOME_BROKEN:
	case OUTCOME_NONE:
		say("%s", outcome->text);
		break;
	default:
		break;
	}
}
