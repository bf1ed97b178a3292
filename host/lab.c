/* `namu lab`: experiments with processes, each a small program, a question and a check of what its trace must say. */
#include "commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab_check.h"
#include "lab_folder.h"
#include "lab_run.h"
#include "options.h"
#include "paths.h"
#include "say.h"

enum { LAB_SEED = 1, LAB_LANGUAGE, LAB_OUTPUT, LAB_HELP };

static const struct option_spec specs[] = {
	{"seed", 0, OPTION_VALUE, LAB_SEED},
	{"lang", 0, OPTION_VALUE, LAB_LANGUAGE},
	{"output", 'o', OPTION_VALUE, LAB_OUTPUT},
	{"help", 0, OPTION_FLAG, LAB_HELP},
};

struct wanted {
	const char *action, *name, *source, *output;
	bool is_korean, is_help, has_seed;
	uint64_t seed;
};

/* The language that the user's surroundings name. */
static bool is_korean_by_locale(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strncmp(value, "ko", 2) == 0;
	}
	return false;
}

static bool take_word(struct wanted *wanted, const char *word)
{
	const char **places[] = {&wanted->action, &wanted->name, &wanted->source};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if (!*places[i]) {
			*places[i] = word;
			return true;
		}
	}
	say("one lab and one source at a time: what is '%s'?", word);
	return false;
}

static bool take_seed(struct wanted *wanted, const char *text)
{
	char *end;

	wanted->seed = strtoull(text, &end, 10);
	wanted->has_seed = *text >= '0' && *text <= '9' && !*end;
	if (!wanted->has_seed)
		say("bad seed '%s': a number", text);
	return wanted->has_seed;
}

static bool take_option(void *arg, int id, const char *value)
{
	struct wanted *wanted = arg;

	switch (id) {
	case LAB_SEED:
		return take_seed(wanted, value);
	case LAB_LANGUAGE:
		wanted->is_korean = strcmp(value, "ko") == 0;
		if (wanted->is_korean || !strcmp(value, "en"))
			return true;
		say("no such language: %s (en or ko)", value);
		return false;
	case LAB_OUTPUT:
		wanted->output = value;
		return true;
	case LAB_HELP:
		wanted->is_help = true;
		return true;
	default:
		return take_word(wanted, value);
	}
}

static bool read_words(struct wanted *wanted, char **words)
{
	wanted->is_korean = is_korean_by_locale();
	return options_read(words, specs, sizeof(specs) / sizeof(specs[0]), take_option, wanted);
}

static const char *text_name(const struct wanted *wanted)
{
	return wanted->is_korean ? "lab.ko.md" : "lab.en.md";
}

static int do_list(const struct wanted *wanted)
{
	struct strlist names = {0};

	if (!labs_list(&names))
		return STATUS_NAMU;
	for (size_t i = 0; i < names.count; i++) {
		struct lab lab;
		char *text = lab_find(&lab, names.items[i]) ? lab_text(&lab, text_name(wanted)) : NULL;

		if (text)
			printf("%-22s %.*s\n", names.items[i], (int)strcspn(text + 2, "\n"), text + 2);
		free(text);
		lab_free(&lab);
	}
	strlist_free(&names);
	return fflush(stdout) ? STATUS_NAMU : 0;
}

static int do_show(const struct wanted *wanted, const struct lab *lab)
{
	char *text = lab_text(lab, text_name(wanted));
	char *source = text ? lab_text(lab, "lab.c") : NULL;

	if (source)
		printf("%s\n\n--- %s/lab.c ---\n%s\n", text, lab->path, source);
	free(source);
	free(text);
	return source && !fflush(stdout) ? 0 : STATUS_NAMU;
}

/* The second at which the program itself begins; what comes before is the machine's start. */
static double start_of(const char *trace)
{
	struct lab_facts facts;
	double start = 0;

	if (!lab_facts_read(&facts, trace))
		return 0;
	for (size_t i = 0; i < facts.count && start == 0; i++) {
		if (facts.items[i].event == LAB_EXEC)
			start = (double)(facts.items[i].time_ns / 1000) / 1e6;
	}
	lab_facts_free(&facts);
	return start;
}

/* Prints the part of the trace that the lab is about, and how to see more of it. */
static int show_trace(const struct wanted *wanted, const struct lab *lab, const char *trace)
{
	char *look = lab_text(lab, "look"), *page;
	struct strlist words = {0};
	char *rest, *word;
	int status;

	if (!look)
		return STATUS_NAMU;
	/* The page is part of an installation only where it could be built. */
	page = find_data("view/template.html");
	printf("\n%s namu trace %s %s\n", wanted->is_korean ? "트레이스에서 볼 곳:" : "Where to look:", look, trace);
	if (page)
		printf("%s namu view --open %s\n\n", wanted->is_korean ? "페이지로 보기:" : "As a page:", trace);
	else
		printf("%s namu export --to svg --lang %s -o %s.svg %s\n\n",
		       wanted->is_korean ? "그림으로 보기:" : "As a picture:", wanted->is_korean ? "ko" : "en",
		       lab->name, trace);
	free(page);
	strlist_add(&words, "namu");
	strlist_add(&words, "trace");
	strlist_add(&words, "--from");
	strlist_addf(&words, "%.6f", start_of(trace));
	for (rest = look; (word = strsep(&rest, " \n")) != NULL;) {
		if (*word)
			strlist_add(&words, word);
	}
	strlist_add(&words, trace);
	status = lab_call(words.items, false);
	strlist_free(&words);
	free(look);
	return status;
}

static int do_run(const struct wanted *wanted, const struct lab *lab, struct lab_check *check)
{
	char *trace = wanted->output ? must_copy(wanted->output) : must_format("%s.namu", lab->name);
	uint64_t seed = wanted->has_seed ? wanted->seed : check->first_seed;
	struct lab_build build;
	int status = STATUS_NAMU;

	if (lab_build_make(&build, lab, wanted->source, check->is_dynamic)) {
		status = lab_build_run(&build, seed, trace, false);
		if (status >= 0 && status != STATUS_NAMU && show_trace(wanted, lab, trace) != 0)
			status = STATUS_NAMU;
		lab_build_remove(&build);
	}
	free(trace);
	return status < 0 ? STATUS_NAMU : status == STATUS_NAMU ? status : 0;
}

/* What did not hold, and how to see the run in which it did not. */
static void print_failure(const struct lab_test *test, const struct wanted *wanted)
{
	for (size_t i = 0; i < test->statement_count; i++) {
		const struct lab_statement *statement = &test->statements[i];

		if (!lab_statement_is_good(statement))
			printf("#   %s\n#   %s: namu lab run %s%s%s --seed %lu\n", statement->text, statement->found,
			       wanted->name, wanted->source ? " " : "", wanted->source ? wanted->source : "",
			       statement->failed_seed);
	}
}

static int print_results(const struct lab_check *check, const struct wanted *wanted)
{
	int status = 0;

	printf("1..%zu\n", check->test_count);
	for (size_t i = 0; i < check->test_count; i++) {
		const struct lab_test *test = &check->tests[i];
		bool is_good = lab_test_is_good(test);

		printf("%s %zu - %s\n", is_good ? "ok" : "not ok", i + 1,
		       wanted->is_korean && test->korean ? test->korean : test->english);
		if (!is_good) {
			status = 1;
			print_failure(test, wanted);
		}
	}
	return fflush(stdout) ? STATUS_NAMU : status;
}

/* Runs it under one seed and holds the check against the trace. */
static bool check_seed(struct lab_check *check, const struct lab_build *build, uint64_t seed)
{
	char *trace = must_format("%s/trace.namu", build->directory);
	int status = lab_build_run(build, seed, trace, true);
	struct lab_facts facts = {0};
	bool is_good = status >= 0 && status != STATUS_NAMU && status != STATUS_TIMEOUT;

	if (is_good)
		is_good = lab_facts_read(&facts, trace);
	if (is_good && facts.lost) {
		say("the trace lost %lu events", facts.lost);
		is_good = false;
	}
	if (is_good)
		lab_check_take(check, &facts, seed);
	lab_facts_free(&facts);
	free(trace);
	return is_good;
}

static int do_check(const struct wanted *wanted, const struct lab *lab, struct lab_check *check)
{
	struct lab_build build;

	if (wanted->has_seed)
		check->first_seed = check->last_seed = wanted->seed;
	if (!lab_build_make(&build, lab, wanted->source, check->is_dynamic))
		return STATUS_NAMU;
	bool is_good = true;

	for (uint64_t seed = check->first_seed; is_good && seed <= check->last_seed; seed++)
		is_good = check_seed(check, &build, seed);
	lab_build_remove(&build);
	return is_good ? print_results(check, wanted) : STATUS_NAMU;
}

static int act(const struct wanted *wanted, const struct lab *lab)
{
	bool is_run = strcmp(wanted->action, "run") == 0;
	char *path = lab_file(lab, "check");
	struct lab_check check;
	int status = STATUS_NAMU;

	if (lab_check_read(&check, path)) {
		status = is_run ? do_run(wanted, lab, &check) : do_check(wanted, lab, &check);
		lab_check_free(&check);
	}
	free(path);
	return status;
}

int command_lab(char **words)
{
	struct wanted wanted = {0};
	struct lab lab;
	int status;

	if (!read_words(&wanted, words))
		return STATUS_NAMU;
	if (wanted.is_help)
		return command_help_for("lab");
	if (!wanted.action) {
		say("what shall it do with a lab: list, show, run or check? (see 'namu help lab')");
		return STATUS_NAMU;
	}
	if (strcmp(wanted.action, "list") == 0)
		return do_list(&wanted);
	bool is_show = strcmp(wanted.action, "show") == 0;

	if (!is_show && strcmp(wanted.action, "run") != 0 && strcmp(wanted.action, "check") != 0) {
		say("namu lab cannot '%s': it can list, show, run and check", wanted.action);
		return STATUS_NAMU;
	}
	if (!wanted.name) {
		say("which lab? (see 'namu lab list')");
		return STATUS_NAMU;
	}
	if (!lab_find(&lab, wanted.name))
		return STATUS_NAMU;
	status = is_show ? do_show(&wanted, &lab) : act(&wanted, &lab);
	lab_free(&lab);
	return status;
}
