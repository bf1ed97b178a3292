/* `namu export`: a trace in other forms: a picture, JSON, a graph of processes and the objects between them. */
#include "commands.h"

#include <stdio.h>
#include <string.h>

#include "options.h"
#include "say.h"
#include "trace_graph.h"
#include "trace_json.h"
#include "trace_perfetto.h"
#include "trace_svg.h"
#include "unfinished.h"

enum { EXPORT_TO = 1, EXPORT_OUTPUT, EXPORT_LANGUAGE, EXPORT_HELP };

static const struct option_spec specs[] = {
	{"to", 0, OPTION_VALUE, EXPORT_TO},
	{"output", 'o', OPTION_VALUE, EXPORT_OUTPUT},
	{"lang", 0, OPTION_VALUE, EXPORT_LANGUAGE},
	{"help", 0, OPTION_FLAG, EXPORT_HELP},
};

struct wanted {
	const char *path, *form, *output;
	enum trace_language language;
	bool is_help;
};

static bool take_option(void *arg, int id, const char *value)
{
	struct wanted *wanted = arg;

	switch (id) {
	case EXPORT_TO:
		wanted->form = value;
		return true;
	case EXPORT_OUTPUT:
		wanted->output = value;
		return true;
	case EXPORT_LANGUAGE:
		wanted->language = strcmp(value, "ko") == 0 ? LANGUAGE_KOREAN : LANGUAGE_ENGLISH;
		if (!strcmp(value, "ko") || !strcmp(value, "en"))
			return true;
		say("no such language: %s (en or ko)", value);
		return false;
	case EXPORT_HELP:
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
	if (!wanted->path || !wanted->form) {
		say(wanted->path ? "in what form? --to perfetto, svg, json or dot"
				 : "which trace? (namu run --trace=FILE makes one)");
		return false;
	}
	return true;
}

static void write_svg(struct trace_file *file, enum trace_language language, FILE *out)
{
	static struct trace_event event;
	struct trace_picture *picture = trace_picture_begin(0, UINT64_MAX);
	struct trace_model model = {0};

	while (trace_file_next(file, &event)) {
		trace_model_take(&model, &event);
		trace_picture_take(picture, &model, &event);
	}
	trace_picture_end(picture, &model, language, out);
	trace_model_free(&model);
}

static bool write_form(struct trace_file *file, const struct wanted *wanted, FILE *out)
{
	if (!strcmp(wanted->form, "svg"))
		write_svg(file, wanted->language, out);
	else if (!strcmp(wanted->form, "json"))
		trace_write_json(file, out);
	else if (!strcmp(wanted->form, "dot"))
		trace_write_graph(file, out);
	else if (!strcmp(wanted->form, "perfetto"))
		trace_write_perfetto(file, out);
	else
		return false;
	return true;
}

static bool is_known_form(const char *form)
{
	return !strcmp(form, "svg") || !strcmp(form, "json") || !strcmp(form, "dot") || !strcmp(form, "perfetto");
}

/* To a file that is whole or not there, or to stdout. */
static bool write_out(struct trace_file *file, const struct wanted *wanted)
{
	char *partial = NULL;
	FILE *out = stdout;

	if (wanted->output) {
		int fd = unfinished_begin(wanted->output, &partial);

		if (fd < 0)
			return false;
		out = fdopen(fd, "w");
	}
	bool is_good = out && write_form(file, wanted, out) && fflush(out) == 0 && !ferror(out);
	if (!is_good)
		say("cannot write the %s", wanted->form);
	if (partial) {
		is_good = out && fclose(out) == 0 && is_good;
		is_good = unfinished_end(partial, wanted->output, is_good ? 0 : -1) == 0;
	}
	return is_good;
}

int command_export(char **words)
{
	struct wanted wanted = {0};
	struct trace_file file;

	if (!read_words(&wanted, words))
		return STATUS_NAMU;
	if (wanted.is_help)
		return command_help_for("export");
	if (!is_known_form(wanted.form)) {
		say("no such form: %s (perfetto, svg, json or dot)", wanted.form);
		return STATUS_NAMU;
	}
	if (!trace_file_open(&file, wanted.path))
		return STATUS_NAMU;
	bool is_written = write_out(&file, &wanted);
	return trace_file_close(&file) && is_written ? 0 : STATUS_NAMU;
}
