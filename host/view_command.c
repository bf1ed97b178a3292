/* `namu view`: a trace as a page, and a browser to look at it. */
#include "commands.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"
#include "paths.h"
#include "say.h"
#include "trace_view.h"

enum { VIEW_OUTPUT = 1, VIEW_OPEN, VIEW_HELP };

static const struct option_spec specs[] = {
	{"output", 'o', OPTION_VALUE, VIEW_OUTPUT},
	{"open", 0, OPTION_FLAG, VIEW_OPEN},
	{"help", 0, OPTION_FLAG, VIEW_HELP},
};

struct wanted {
	const char *path, *output;
	bool is_open, is_help;
};

static bool take_option(void *arg, int id, const char *value)
{
	struct wanted *wanted = arg;

	switch (id) {
	case VIEW_OUTPUT:
		wanted->output = value;
		return true;
	case VIEW_OPEN:
		wanted->is_open = !value || strcmp(value, "false") != 0;
		return true;
	case VIEW_HELP:
		wanted->is_help = true;
		return true;
	default:
		return options_take_only(&wanted->path, value, "one trace at a time");
	}
}

static bool read_words(struct wanted *wanted, char **words)
{
	if (!options_read(words, specs, sizeof(specs) / sizeof(specs[0]), take_option, wanted))
		return false;
	if (!wanted->path && !wanted->is_help)
		say("which trace? (namu run --trace=FILE makes one)");
	return wanted->path || wanted->is_help;
}

/* DIR/NAME.namu becomes DIR/NAME.html. */
static char *usual_output(const char *path)
{
	size_t bytes = strlen(path);

	if (bytes > 5 && strcmp(path + bytes - 5, ".namu") == 0)
		bytes -= 5;
	return must_format("%.*s.html", (int)bytes, path);
}

/* The browser goes on when this command has ended. */
static bool open_page(const char *output)
{
	extern char **environ;
	char *program = find_program("xdg-open"), *page = realpath(output, NULL);
	char *arguments[] = {program, page, NULL};
	posix_spawnattr_t apart;
	bool is_open = false;
	pid_t pid;

	if (program && page && posix_spawnattr_init(&apart) == 0) {
		(void)posix_spawnattr_setflags(&apart, POSIX_SPAWN_SETSID);
		is_open = posix_spawn(&pid, program, NULL, &apart, arguments, environ) == 0;
		(void)posix_spawnattr_destroy(&apart);
	}
	if (!is_open)
		say("no program to open the page with (xdg-open is missing): open %s in a browser", output);
	free(program);
	free(page);
	return is_open;
}

int command_view(char **words)
{
	struct wanted wanted = {0};

	if (!read_words(&wanted, words))
		return STATUS_NAMU;
	if (wanted.is_help)
		return command_help_for("view");
	char *template = view_template();

	if (!template)
		return STATUS_NAMU;
	char *own = wanted.output ? NULL : usual_output(wanted.path);
	const char *output = own ? own : wanted.output;
	bool is_good = view_write(wanted.path, template, output);

	if (own && is_good)
		is_good = printf("%s\n", own) > 0 && fflush(stdout) == 0;
	if (wanted.is_open && is_good)
		is_good = open_page(output);
	free(own);
	free(template);
	return is_good ? 0 : STATUS_NAMU;
}
