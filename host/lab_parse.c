/* The language of checks: from lines to tests and statements. */
#include "lab_check.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "trace_tables.h"

#define CALLS_MOST 512

/* The words of a line one by one; `word` is the one looked at, empty at the end. A comma is a word of its own. */
struct reader {
	const char *at;
	char word[64];
	const char *problem;
};

static void next(struct reader *reader)
{
	size_t bytes;

	reader->at += strspn(reader->at, " \t");
	bytes = *reader->at == ',' ? 1 : strcspn(reader->at, " \t,");
	(void)snprintf(reader->word, sizeof(reader->word), "%.*s", (int)bytes, reader->at);
	reader->at += bytes;
}

static bool is_word(const struct reader *reader, const char *word)
{
	return strcmp(reader->word, word) == 0;
}

static bool take(struct reader *reader, const char *word)
{
	if (!is_word(reader, word))
		return false;
	next(reader);
	return true;
}

static bool fail(struct reader *reader, const char *problem)
{
	reader->problem = problem;
	return false;
}

static bool read_number(const char *text, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = (uint64_t)strtoll(text, &end, 0);
	return *text && !*end && !errno;
}

static bool number_of_signal(const char *name, uint64_t *number)
{
	for (uint64_t signal = 1; signal < NSIG && strncmp(name, "SIG", 3) == 0; signal++) {
		if (trace_signal_name(signal) && strcmp(trace_signal_name(signal), name + 3) == 0) {
			*number = signal;
			return true;
		}
	}
	return false;
}

static bool number_of_error(const char *name, uint64_t *number)
{
	for (int error = 1; error < 134; error++) {
		if (strerrorname_np(error) && strcmp(strerrorname_np(error), name) == 0) {
			*number = (uint64_t) - (int64_t)error;
			return true;
		}
	}
	return false;
}

static bool number_of_call(const char *name, uint64_t *number)
{
	for (*number = 0; *number < CALLS_MOST; ++*number) {
		if (trace_call_of(*number) && strcmp(trace_call_of(*number)->name, name) == 0)
			return true;
	}
	return false;
}

static bool number_of_wait(const char *name, uint64_t *number)
{
	for (*number = 0; trace_wait_name(*number); ++*number) {
		if (strcmp(trace_wait_name(*number), name) == 0)
			return true;
	}
	return false;
}

/* Whether some kind of message is called so, or has it in its name. */
static bool is_kind(const char *name)
{
	for (uint64_t kind = 1; trace_message_kind(kind); kind++) {
		if (strstr(trace_message_kind(kind), name))
			return true;
	}
	return false;
}

/* A status as wait() gives it. */
static bool number_of_end(const char *name, uint64_t *number)
{
	if (number_of_signal(name, number))
		return true;
	if (!read_number(name, number) || *number > 255)
		return false;
	*number <<= 8;
	return true;
}

static bool number_of_access(const char *name, uint64_t *number)
{
	*number = strcmp(name, "write") == 0 ? 2 : strcmp(name, "fetch") == 0 ? 16 : 0;
	return *number || strcmp(name, "read") == 0;
}

static bool number_of_leaving(const char *name, uint64_t *number)
{
	*number = strcmp(name, "voluntary") == 0;
	return *number || strcmp(name, "forced") == 0;
}

/* The word behind an event, as the number that stands in the trace. */
static bool read_word(struct lab_pattern *pattern, const char *word)
{
	switch (pattern->event) {
	case LAB_EXIT:
		return number_of_end(word, &pattern->number);
	case LAB_SIGNAL:
	case LAB_HANDLES:
		return number_of_signal(word, &pattern->number);
	case LAB_CALL:
	case LAB_RETURN:
		return number_of_call(word, &pattern->number);
	case LAB_BLOCKED:
		return number_of_wait(word, &pattern->number);
	case LAB_LEAVES:
		return number_of_leaving(word, &pattern->number);
	case LAB_FAULT:
		return number_of_access(word, &pattern->number);
	case LAB_SEND:
	case LAB_RECEIVE:
		(void)snprintf(pattern->word, sizeof(pattern->word), "%.31s", word);
		return is_kind(word);
	case LAB_CLOSE:
		return read_number(word, &pattern->number);
	case LAB_FORK:
	case LAB_EXEC:
	case LAB_STEP:
	case LAB_REAPED:
	case LAB_ADOPTED:
	case LAB_WOKEN:
		pattern->is_text = true;
		(void)snprintf(pattern->word, sizeof(pattern->word), "%.31s", word);
		return true;
	default:
		return false;
	}
}

/* Ends a pattern: what follows it belongs to the statement. */
static bool is_end_of_pattern(const char *word)
{
	static const char *const ends[] = {"", ",", "from", "to", "=", "!=", "<", "<=", ">", ">="};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (strcmp(word, ends[i]) == 0)
			return true;
	}
	return false;
}

static bool read_pattern(struct reader *reader, struct lab_pattern *pattern)
{
	if (strncmp(reader->word, "main", 4) != 0 && !is_word(reader, "any"))
		return fail(reader, "whose event? main, main/1, main/* or any");
	(void)snprintf(pattern->who, sizeof(pattern->who), "%.31s", reader->word);
	next(reader);
	pattern->event = lab_event_of(reader->word);
	if (pattern->event == LAB_NONE)
		return fail(reader, "no such event");
	next(reader);
	if (is_end_of_pattern(reader->word))
		return true;
	if (!read_word(pattern, reader->word))
		return fail(reader, "this event has no such word");
	pattern->has_word = true;
	next(reader);
	if (is_end_of_pattern(reader->word))
		return true;
	if ((pattern->event != LAB_CALL && pattern->event != LAB_RETURN) ||
	    (!read_number(reader->word, &pattern->second) && !number_of_error(reader->word, &pattern->second)))
		return fail(reader, "too many words behind an event");
	pattern->has_second = true;
	next(reader);
	return true;
}

static bool read_term(struct reader *reader, struct lab_term *term)
{
	if (read_number(reader->word, &term->number)) {
		term->kind = LAB_NUMBER;
		next(reader);
		return true;
	}
	term->kind = is_word(reader, "bytes") ? LAB_BYTES : LAB_COUNT;
	if (!take(reader, "count") && !take(reader, "bytes"))
		return fail(reader, "expected count, bytes or a number");
	if (!read_pattern(reader, &term->what))
		return false;
	term->has_from = take(reader, "from");
	if (term->has_from && !read_pattern(reader, &term->from))
		return false;
	term->has_to = take(reader, "to");
	return !term->has_to || read_pattern(reader, &term->to);
}

static bool read_comparison(struct reader *reader, struct lab_statement *statement)
{
	static const char *const operations[] = {"=", "!=", "<", "<=", ">", ">="};

	if (!read_term(reader, &statement->left))
		return false;
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (!is_word(reader, operations[i]))
			continue;
		(void)snprintf(statement->operation, sizeof(statement->operation), "%s", operations[i]);
		next(reader);
		return read_term(reader, &statement->right);
	}
	return fail(reader, "expected =, !=, <, <=, > or >=");
}

static bool read_order(struct reader *reader, struct lab_statement *statement)
{
	statement->is_order = true;
	do {
		if (statement->step_count == LAB_PATTERNS_MOST)
			return fail(reader, "too many events in one order");
		if (!read_pattern(reader, &statement->steps[statement->step_count++]))
			return false;
	} while (take(reader, ","));
	return true;
}

bool lab_statement_parse(struct lab_statement *statement, const char *line, const char **problem)
{
	struct reader reader = {.at = line};

	*statement = (struct lab_statement){0};
	next(&reader);
	statement->is_sometimes = take(&reader, "sometimes");
	bool is_good = take(&reader, "order") ? read_order(&reader, statement) : read_comparison(&reader, statement);

	if (is_good && *reader.word)
		is_good = fail(&reader, "what is the rest of the line?");
	*problem = reader.problem;
	if (is_good)
		statement->text = must_copy(line);
	return is_good;
}

static void add_test(struct lab_check *check, char *line)
{
	char *bar = strstr(line, " | ");
	struct lab_test *test;

	check->tests = must_grow(check->tests, (check->test_count + 1) * sizeof(*check->tests));
	test = &check->tests[check->test_count++];
	*test = (struct lab_test){0};
	if (bar) {
		*bar = 0;
		test->korean = must_copy(bar + 3);
	}
	test->english = must_copy(line);
}

static bool add_statement(struct lab_check *check, const char *line, const char **problem)
{
	struct lab_test *test = check->test_count ? &check->tests[check->test_count - 1] : NULL;

	*problem = "a statement before the first test";
	if (!test)
		return false;
	test->statements = must_grow(test->statements, (test->statement_count + 1) * sizeof(*test->statements));
	if (!lab_statement_parse(&test->statements[test->statement_count], line, problem))
		return false;
	test->statement_count++;
	return true;
}

/* "seeds FIRST-LAST" and "link dynamic" stand before the tests. */
static bool take_setting(struct lab_check *check, const char *line)
{
	char more;

	if (check->test_count)
		return false;
	if (strcmp(line, "link dynamic") == 0) {
		check->is_dynamic = true;
		return true;
	}
	return sscanf(line, "seeds %lu-%lu%c", &check->first_seed, &check->last_seed, &more) == 2 &&
	       check->first_seed <= check->last_seed;
}

static bool take_line(struct lab_check *check, char *line, const char **problem)
{
	char *text = line + strspn(line, " \t");

	line[strcspn(line, "\n")] = 0;
	if (!*text || *text == '#')
		return true;
	if (text != line)
		return add_statement(check, text, problem);
	if (!take_setting(check, line))
		add_test(check, line);
	return true;
}

bool lab_check_read(struct lab_check *check, const char *path)
{
	FILE *file = fopen(path, "re");
	const char *problem = NULL;
	char *line = NULL;
	size_t room = 0;
	unsigned number = 0;
	bool is_good = file != NULL;

	*check = (struct lab_check){0};
	if (!file)
		say("cannot read %s: %s", path, strerror(errno));
	while (is_good && getline(&line, &room, file) > 0) {
		number++;
		is_good = take_line(check, line, &problem);
		if (!is_good)
			say("%s, line %u: %s", path, number, problem);
	}
	for (size_t i = 0; is_good && i < check->test_count; i++) {
		is_good = check->tests[i].statement_count > 0;
		if (!is_good)
			say("%s: the test '%s' says nothing about the trace", path, check->tests[i].english);
	}
	if (is_good && !check->test_count) {
		say("%s: there is no test in it", path);
		is_good = false;
	}
	free(line);
	if (file)
		(void)fclose(file);
	if (!is_good)
		lab_check_free(check);
	return is_good;
}

void lab_check_free(struct lab_check *check)
{
	for (size_t i = 0; i < check->test_count; i++) {
		struct lab_test *test = &check->tests[i];

		for (size_t j = 0; j < test->statement_count; j++) {
			free(test->statements[j].text);
			free(test->statements[j].found);
		}
		free(test->statements);
		free(test->english);
		free(test->korean);
	}
	free(check->tests);
	*check = (struct lab_check){0};
}
