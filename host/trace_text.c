/* An event as a line of text. */
#include "trace_text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "say.h"

#define ARGUMENTS_RECORDED 3

/* "name[pid]", or the number alone; good until the second call from now. */
static const char *process_text(const struct trace_model *model, uint64_t pid)
{
	static char texts[2][64];
	static unsigned turn;
	const struct trace_process *process = trace_model_process(model, pid);
	char *text = texts[turn++ % 2];

	(void)snprintf(text, sizeof(texts[0]), "%s[%lu]", process ? process->name : "", pid);
	return text;
}

static char *argument_text(const char *type, uint64_t value)
{
	if (!strcmp(type, "signal_t") && trace_signal_name(value))
		return must_format("SIG%s", trace_signal_name(value));
	if (!strcmp(type, "mode_bits_t"))
		return must_format("0%o", (unsigned)value);
	if (!strcmp(type, "fd_t") || !strcmp(type, "pid_type_t") || !strcmp(type, "clock_id_t") ||
	    !strcmp(type, "int32_t"))
		return must_format("%d", (int32_t)value);
	if (!strcmp(type, "int64_t"))
		return must_format("%ld", (int64_t)value);
	if (!strcmp(type, "uint32_t") || !strcmp(type, "user_id_t"))
		return must_format("%u", (uint32_t)value);
	if (!strcmp(type, "flags_t"))
		return must_format("%#x", (uint32_t)value);
	if (!strcmp(type, "uint64_t"))
		return must_format(value < 1000000 ? "%lu" : "%#lx", value);
	return value ? must_format("%#lx", value) : must_copy("NULL");
}

static char *call_text(const uint64_t *words)
{
	const struct trace_call *call = trace_call_of(words[0]);
	char *text, *longer, *argument;

	if (!call)
		return must_format("call %lu(%#lx, %#lx, %#lx)", words[0], words[1], words[2], words[3]);
	text = must_format("%s(", call->name);
	for (unsigned i = 0; i < call->argument_count && i < ARGUMENTS_RECORDED; i++) {
		argument = argument_text(call->types[i], words[1 + i]);
		longer = must_format("%s%s%s=%s", text, i ? ", " : "", call->arguments[i], argument);
		free(argument);
		free(text);
		text = longer;
	}
	longer = must_format("%s%s)", text, call->argument_count > ARGUMENTS_RECORDED ? ", ..." : "");
	free(text);
	return longer;
}

static char *result_text(const uint64_t *words)
{
	const struct trace_call *call = trace_call_of(words[0]);
	const char *name = call ? call->name : "call";
	int64_t result = (int64_t)words[1];

	if (result < 0 && result >= -4095) {
		const char *error = strerrorname_np((int)-result);

		return error ? must_format("%s = -1 %s", name, error) : must_format("%s = -1 errno %ld", name, -result);
	}
	return must_format(result > 0x10000000 || result < 0 ? "%s = %#lx" : "%s = %ld", name, result);
}

static char *status_text(int status)
{
	if (WIFSIGNALED(status))
		return must_format("by SIG%s%s", sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status)) : "?",
				   WCOREDUMP(status) ? ", core dumped" : "");
	return must_format("with status %d", WEXITSTATUS(status));
}

static char *state_text(const uint64_t *words)
{
	const char *name = trace_state_name(words[1]);
	const char *wait = trace_wait_name(words[2]), *what = trace_wait_what(words[2]);

	if (words[1] != THREAD_BLOCKED || !wait)
		return must_format("thread %lu is %s", words[0], name ? name : "in an unknown state");
	if (!words[3])
		return must_format("thread %lu is BLOCKED: %s (%s)", words[0], wait, what);
	return must_format("thread %lu is BLOCKED: %s %#lx (%s)", words[0], wait, words[3], what);
}

/* The first bytes of a message, as far as they can be shown. */
static char *bytes_text(uint64_t bytes, uint64_t first)
{
	char shown[8 * 4 + 1], *at = shown;

	for (unsigned i = 0; i < 8 && i < bytes; i++) {
		unsigned char byte = (unsigned char)(first >> 8 * i);

		if (byte == '\n')
			at += sprintf(at, "\\n");
		else if (byte < 32 || byte > 126 || byte == '"' || byte == '\\')
			at += sprintf(at, "\\x%02x", byte);
		else
			*at++ = (char)byte;
	}
	*at = 0;
	return must_format("%lu bytes \"%s\"%s", bytes, shown, bytes > 8 ? "..." : "");
}

static char *message_text(const struct namu_trace_record *record)
{
	const char *kind = trace_message_kind(record->words[1]);
	char *bytes = bytes_text(record->words[2], record->words[3]);
	char *text = must_format("%s %s %#lx: %s", record->event == TRACE_SEND ? "sends through" : "receives from",
				 kind ? kind : "object", record->words[0], bytes);

	free(bytes);
	return text;
}

static char *life_text(const struct trace_model *model, const struct trace_event *event)
{
	const uint64_t *words = event->record.words;
	char *status, *text;

	switch (event->record.event) {
	case TRACE_FORK:
		if (words[3] & 0x10000)
			return must_format("makes thread %lu", words[2]);
		return must_format("makes process %lu", words[1]);
	case TRACE_EXEC:
		return must_format("runs %s", event->text);
	case TRACE_NAME:
		return must_format("is now called %s", event->text);
	case TRACE_EXIT:
		status = status_text((int)words[2]);
		text = must_format("ends %s", status);
		free(status);
		return text;
	case TRACE_REAP:
		status = status_text((int)words[2]);
		text = must_format("%s is collected by %s; it ended %s", process_text(model, words[0]),
				   process_text(model, words[1]), status);
		free(status);
		return text;
	default: /* REPARENT */
		return must_format("%s now belongs to %s", process_text(model, words[0]),
				   process_text(model, words[2]));
	}
}

static char *signal_text(const struct trace_model *model, const struct namu_trace_record *record)
{
	const uint64_t *words = record->words;
	uint64_t number = record->event == TRACE_SIGNAL_SEND ? words[2] : words[1];
	const char *abbreviation = trace_signal_name(number);
	char *name = abbreviation ? must_format("SIG%s", abbreviation) : must_format("signal %lu", number);
	char *text;

	if (record->event == TRACE_SIGNAL_SEND)
		text = must_format("%s gets %s", process_text(model, words[0]), name);
	else
		text = must_format(words[2] ? "%s: its handler runs" : "%s takes effect", name);
	free(name);
	return text;
}

/* The arguments behind the third, and the text that one of them names. */
static char *more_text(const struct trace_event *event)
{
	const uint64_t *words = event->record.words;
	const struct trace_call *call = trace_call_of(words[0]);
	char *text = must_format("%s:", call ? call->name : "call"), *longer, *argument;

	for (unsigned i = ARGUMENTS_RECORDED; call && i < call->argument_count; i++) {
		argument = argument_text(call->types[i], words[i - ARGUMENTS_RECORDED + 1]);
		longer = must_format("%s %s=%s", text, call->arguments[i], argument);
		free(argument);
		free(text);
		text = longer;
	}
	for (unsigned i = 0; call && i < call->argument_count && event->text[0]; i++) {
		if (strcmp(call->types[i], "user_text_t") != 0)
			continue;
		longer = must_format("%s %s=\"%s\"", text, call->arguments[i], event->text);
		free(text);
		return longer;
	}
	return text;
}

static char *descriptor_text(const struct trace_event *event)
{
	const uint64_t *words = event->record.words;
	const char *kind;

	switch (event->record.event) {
	case TRACE_FD_OPEN:
		return must_format("descriptor %lu is description %#lx", words[1], words[2]);
	case TRACE_FD_CLOSE:
		return must_format("descriptor %lu is closed (description %#lx)", words[1], words[2]);
	case TRACE_FD_DUP:
		return must_format("descriptor %lu is %lu as well (description %#lx)", words[1], words[2], words[3]);
	case TRACE_FD_PASS:
		return must_format("descriptor %lu is sent to another process (description %#lx)", words[1], words[2]);
	case TRACE_FD_OBJECT:
		kind = words[3] ? trace_message_kind(words[3]) : "file";
		return must_format("description %#lx is %s %#lx, %s", words[1], kind ? kind : "object", words[2],
				   event->text[0] ? event->text : "without a name");
	default: /* PEER */
		return must_format("socket %#lx sends to %#lx%s", words[0], words[1], words[2] ? "" : ", and back");
	}
}

static char *memory_text(const struct trace_model *model, const struct namu_trace_record *record)
{
	const uint64_t *words = record->words;
	const char *process = process_text(model, words[0]);

	switch (record->event) {
	case TRACE_MAP:
		return must_format("%s maps %#lx to %#lx, %c%c%c %s", process, words[1], words[1] + words[2],
				   words[3] & 1 ? 'r' : '-', words[3] & 2 ? 'w' : '-', words[3] & 4 ? 'x' : '-',
				   words[3] >> 32 & 1 ? "shared" : "private");
	case TRACE_UNMAP:
		return must_format("%s unmaps %#lx to %#lx", process, words[1], words[1] + words[2]);
	case TRACE_MAP_OBJECT:
		return must_format("%s has object %#lx at %#lx, from its byte %lu", process, words[2], words[1],
				   words[3]);
	default: /* TABLE_COPY */
		return must_format("the page table for %#lx of %s", words[1], process);
	}
}

static char *fault_text(const uint64_t *words)
{
	const char *access = words[1] & 2 ? "write" : words[1] & 16 ? "fetch" : "read";

	if (words[3])
		return must_format("at %#lx (%s), %lu pages ahead", words[0], access, words[3]);
	return must_format("at %#lx (%s)", words[0], access);
}

char *trace_event_text(const struct trace_model *model, const struct trace_event *event)
{
	const struct namu_trace_record *record = &event->record;
	const uint64_t *words = record->words;
	const char *meaning = trace_event_words(record->event);

	switch (record->event) {
	case TRACE_STATE:
		return state_text(words);
	case TRACE_SWITCH:
		return must_format("%lu -> %lu, %s", words[0], words[1], words[2] ? "voluntary" : "forced");
	case TRACE_WAKE:
		return must_format("thread %lu is woken by %lu", words[0], words[1]);
	case TRACE_FORK:
	case TRACE_EXEC:
	case TRACE_NAME:
	case TRACE_EXIT:
	case TRACE_REAP:
	case TRACE_REPARENT:
		return life_text(model, event);
	case TRACE_SIGNAL_SEND:
	case TRACE_SIGNAL_DELIVER:
		return signal_text(model, record);
	case TRACE_SYSCALL_ENTER:
		return call_text(words);
	case TRACE_SYSCALL_EXIT:
		return result_text(words);
	case TRACE_SEND:
	case TRACE_RECEIVE:
		return message_text(record);
	case TRACE_FAULT:
		return fault_text(words);
	case TRACE_SYSCALL_MORE:
		return more_text(event);
	case TRACE_FD_OPEN:
	case TRACE_FD_CLOSE:
	case TRACE_FD_DUP:
	case TRACE_FD_PASS:
	case TRACE_FD_OBJECT:
	case TRACE_PEER:
		return descriptor_text(event);
	case TRACE_MAP:
	case TRACE_UNMAP:
	case TRACE_MAP_OBJECT:
	case TRACE_TABLE_COPY:
		return memory_text(model, record);
	case TRACE_LOST:
		return must_format("%lu events were dropped here, as the host was slow", words[0]);
	case TRACE_COPY:
		return must_format("the page at %#lx of %s", words[1], process_text(model, words[0]));
	default:
		return must_format("%s: %#lx %#lx %#lx %#lx %s", meaning ? meaning : "unknown event", words[0],
				   words[1], words[2], words[3], event->text);
	}
}
