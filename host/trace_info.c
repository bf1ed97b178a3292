/* What ran, and the tables, as JSON. */
#include "trace_info.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "json_text.h"
#include "say.h"
#include "trace_tables.h"

static void add_text(struct bytes *json, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_text(struct bytes *json, const char *format, ...)
{
	char text[256];
	va_list arguments;

	va_start(arguments, format);
	int bytes = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	bytes_add(json, text, (size_t)bytes < sizeof(text) ? (size_t)bytes : sizeof(text) - 1);
}

static void add_string(struct bytes *json, const char *text)
{
	char *quoted = text ? json_string(text) : must_copy("null");

	bytes_add(json, quoted, strlen(quoted));
	free(quoted);
}

static void add_run(struct bytes *json, const struct trace_run *run)
{
	add_text(json, "\"command\":[");
	for (size_t i = 0; run->command && run->command[i]; i++) {
		add_text(json, "%s", i ? "," : "");
		add_string(json, run->command[i]);
	}
	add_text(json, "],\"root\":");
	add_string(json, run->root);
	add_text(json, ",\"cpus\":%u,\"status\":%d,\"seed\":", run->cpus, run->status);
	/* As text: JavaScript's numbers end at 2^53. */
	if (run->has_seed)
		add_text(json, "\"%lu\"", run->seed);
	else
		add_text(json, "null");
}

/* {"NUMBER":TEXT,...}, numbers that have no name left out. */
static void add_names(struct bytes *json, const char *key, const char *(*name_of)(uint64_t), uint64_t limit)
{
	const char *comma = "";

	add_text(json, ",\"%s\":{", key);
	for (uint64_t i = 0; i < limit; i++) {
		if (!name_of(i))
			continue;
		add_text(json, "%s\"%lu\":", comma, i);
		add_string(json, name_of(i));
		comma = ",";
	}
	add_text(json, "}");
}

static const char *event_name(uint64_t number)
{
	return trace_event_name((unsigned)number);
}

static const char *event_words(uint64_t number)
{
	return trace_event_words((unsigned)number);
}

/* How it was recorded: what was left out, and what a slow host meant. */
static void add_settings(struct bytes *json, const struct trace_run *run)
{
	const char *comma = "";

	add_text(json, ",\"lossy\":%s,\"filter\":%s", run->is_lossy ? "true" : "false", run->events ? "[" : "null");
	for (unsigned i = 0; run->events && i < TRACE_EVENT_LIMIT; i++) {
		if (!(run->events >> i & 1) || !trace_event_name(i))
			continue;
		add_text(json, "%s\"%s\"", comma, trace_event_name(i));
		comma = ",";
	}
	add_text(json, "%s", run->events ? "]" : "");
}

/* {"NUMBER":["name","type argument",...],...} */
static void add_calls(struct bytes *json)
{
	const char *comma = "";

	add_text(json, ",\"calls\":{");
	for (uint64_t i = 0; i < 1024; i++) {
		const struct trace_call *call = trace_call_of(i);

		if (!call)
			continue;
		add_text(json, "%s\"%lu\":[\"%s\"", comma, i, call->name);
		for (unsigned k = 0; k < call->argument_count; k++)
			add_text(json, ",\"%s %s\"", call->types[k], call->arguments[k]);
		add_text(json, "]");
		comma = ",";
	}
	add_text(json, "}");
}

char *trace_info_json(const struct trace_run *run)
{
	struct bytes json = {0};

	add_text(&json, "{\"namu\":\"%s\",", NAMU_VERSION);
	add_run(&json, run);
	add_settings(&json, run);
	add_names(&json, "events", event_name, TRACE_EVENT_LIMIT);
	add_names(&json, "words", event_words, TRACE_EVENT_LIMIT);
	add_names(&json, "states", trace_state_name, 64);
	add_names(&json, "waits", trace_wait_name, 256);
	add_names(&json, "wait_texts", trace_wait_what, 256);
	add_names(&json, "messages", trace_message_kind, 64);
	add_names(&json, "signals", trace_signal_name, 65);
	add_calls(&json);
	add_text(&json, "}");
	bytes_add(&json, "", 1);
	return json.data;
}
