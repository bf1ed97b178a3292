/* `namu trace`: a trace as text, one line an event. */
#include "commands.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"
#include "say.h"
#include "trace_kinds.h"
#include "trace_text.h"

enum { TRACE_PROCESS = 1, TRACE_KIND, TRACE_FROM, TRACE_TO, TRACE_HELP };

static const struct option_spec specs[] = {
	{"process", 'p', OPTION_VALUE, TRACE_PROCESS}, {"kind", 'k', OPTION_VALUE, TRACE_KIND},
	{"from", 0, OPTION_VALUE, TRACE_FROM},         {"to", 0, OPTION_VALUE, TRACE_TO},
	{"help", 0, OPTION_FLAG, TRACE_HELP},
};

struct wanted {
	const char *path;
	const char *process; /* pid or name, or NULL */
	uint64_t kinds;      /* a bit an event */
	double from_s, to_s;
	bool is_help;
};

static bool read_seconds(const char *text, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	if (*text && !*end && isfinite(*seconds) && *seconds >= 0)
		return true;
	say("bad time '%s': seconds since the boot, such as 0.25", text);
	return false;
}

static bool take_option(void *arg, int id, const char *value)
{
	struct wanted *wanted = arg;

	switch (id) {
	case TRACE_PROCESS:
		wanted->process = value;
		return true;
	case TRACE_KIND:
		return trace_kinds_read(value, &wanted->kinds);
	case TRACE_FROM:
		return read_seconds(value, &wanted->from_s);
	case TRACE_TO:
		return read_seconds(value, &wanted->to_s);
	case TRACE_HELP:
		wanted->is_help = true;
		return true;
	case OPTION_POSITIONAL:
		return options_take_only(&wanted->path, value, "one trace at a time");
	}
	return false;
}

static bool read_words(struct wanted *wanted, char **words)
{
	if (!options_read(words, specs, sizeof(specs) / sizeof(specs[0]), take_option, wanted))
		return false;
	if (wanted->is_help)
		return true;
	if (!wanted->path)
		say("which trace? (namu run --trace=FILE makes one)");
	return wanted->path != NULL;
}

/* Is it the process asked for, by number or name? */
static bool is_named(const struct trace_process *process, const char *wanted)
{
	char number[16];

	if (!process)
		return false;
	(void)snprintf(number, sizeof(number), "%u", process->pid);
	return strcmp(number, wanted) == 0 || strcmp(process->name, wanted) == 0;
}

/* Events of a process are those it does and those that are done to it. */
static bool concerns(const struct trace_model *model, const struct trace_event *event, const char *wanted)
{
	const struct namu_trace_record *record = &event->record;
	const struct trace_thread *thread;

	if (is_named(trace_model_actor(model, event), wanted))
		return true;
	switch (record->event) {
	case TRACE_STATE:
	case TRACE_WAKE:
	case TRACE_SWITCH:
		thread = trace_model_thread(model, record->words[0]);
		if (record->event == TRACE_SWITCH && !(thread && is_named(&model->processes[thread->process], wanted)))
			thread = trace_model_thread(model, record->words[1]);
		return thread && is_named(&model->processes[thread->process], wanted);
	case TRACE_FORK:
		return is_named(trace_model_process(model, record->words[1]), wanted);
	case TRACE_REAP:
	case TRACE_REPARENT:
	case TRACE_SIGNAL_SEND:
		return is_named(trace_model_process(model, record->words[0]), wanted);
	default:
		return false;
	}
}

static void print_event(const struct trace_model *model, const struct trace_event *event)
{
	const struct trace_process *actor = trace_model_actor(model, event);
	const char *kind = trace_event_name(event->record.event);
	char *text = trace_event_text(model, event);

	if (actor)
		printf("%12.6f %2u %-12s %5u/%-5u %-14s %s\n", (double)event->record.time_ns / 1e9, event->record.cpu,
		       actor->name[0] ? actor->name : "-", actor->pid, event->record.thread, kind ? kind : "?", text);
	else
		printf("%12.6f %2u %-12s %5s/%-5u %-14s %s\n", (double)event->record.time_ns / 1e9, event->record.cpu,
		       "(kernel)", "-", event->record.thread, kind ? kind : "?", text);
	free(text);
}

int command_trace(char **words)
{
	static struct trace_event event;
	struct wanted wanted = {.to_s = INFINITY};
	struct trace_model model = {0};
	struct trace_file file;

	if (!read_words(&wanted, words))
		return STATUS_NAMU;
	if (wanted.is_help)
		return command_help_for("trace");
	if (!trace_file_open(&file, wanted.path))
		return STATUS_NAMU;
	while (trace_file_next(&file, &event)) {
		double now = (double)event.record.time_ns / 1e9;

		trace_model_take(&model, &event);
		if (now < wanted.from_s || now > wanted.to_s || event.record.event >= TRACE_EVENT_LIMIT ||
		    (wanted.kinds && !(wanted.kinds >> event.record.event & 1)) ||
		    (wanted.process && !concerns(&model, &event, wanted.process)))
			continue;
		print_event(&model, &event);
	}
	trace_model_free(&model);
	bool is_whole = trace_file_close(&file);
	if (fflush(stdout) || ferror(stdout)) {
		say("cannot write the text");
		return STATUS_NAMU;
	}
	return is_whole ? 0 : STATUS_NAMU;
}
