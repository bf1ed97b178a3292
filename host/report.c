/* The end of a run told to programs and to people. */
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "say.h"

/* How many bytes the UTF-8 character at `at` has; 0 when it is none. */
static size_t utf8_bytes(const unsigned char *at)
{
	size_t more = at[0] < 0x80                    ? 0
		      : at[0] >= 0xc2 && at[0] < 0xe0 ? 1
		      : at[0] >= 0xe0 && at[0] < 0xf0 ? 2
		      : at[0] >= 0xf0 && at[0] < 0xf5 ? 3
						      : 4;

	if (more == 4)
		return 0;
	for (size_t i = 1; i <= more; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	}
	/* Neither the long forms of short characters nor the halves of UTF-16 are characters. */
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] >= 0xa0) || (at[0] == 0xf0 && at[1] < 0x90) ||
	    (at[0] == 0xf4 && at[1] >= 0x90))
		return 0;
	return more + 1;
}

/* A JSON string. The caller frees. */
static char *json_string(const char *text)
{
	struct bytes out = {0};
	char escaped[8];

	bytes_add(&out, "\"", 1);
	while (*text) {
		size_t bytes = utf8_bytes((const unsigned char *)text);

		if (bytes == 0) {
			bytes_add(&out, "\\ufffd", 6);
			bytes = 1;
		} else if (*text == '"' || *text == '\\' || (unsigned char)*text < ' ' || *text == 0x7f) {
			(void)snprintf(escaped, sizeof(escaped), "\\u%04x", (unsigned char)*text);
			bytes_add(&out, escaped, 6);
		} else {
			bytes_add(&out, text, bytes);
		}
		text += bytes;
	}
	bytes_add(&out, "\"", 2);
	return out.data;
}

static void report_line(int status_fd, char *line)
{
	/* Whoever asked for the lines may have gone; the run's result is its exit status in any case. */
	(void)write_fully(status_fd, line, strlen(line));
	free(line);
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
