/* Holding the statements of a check against what a trace says. */
#include "lab_check.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "say.h"
#include "trace_tables.h"

#define NOT_FOUND SIZE_MAX

static bool is_who(const char *who, const char *wanted)
{
	if (strcmp(wanted, "any") == 0)
		return strcmp(who, "init") != 0;
	/* A star stands for one number: the children, not theirs. */
	return strchr(wanted, '*') ? fnmatch(wanted, who, FNM_PATHNAME) == 0 : strcmp(who, wanted) == 0;
}

static bool is_number(const struct lab_fact *fact, const struct lab_pattern *pattern)
{
	int status = (int)fact->number;
	const char *kind;

	switch (pattern->event) {
	case LAB_EXIT:
		return WIFSIGNALED(status)
			       ? (uint64_t)WTERMSIG(status) == pattern->number
			       : fact->number == pattern->number && (!pattern->number || pattern->number > 255);
	case LAB_SEND:
	case LAB_RECEIVE:
		/* "unix" is every socket of that family, "queue" a message queue of either kind. */
		kind = trace_message_kind(fact->number);
		return kind && strstr(kind, pattern->word);
	case LAB_FAULT:
		return pattern->number ? (fact->number & pattern->number) != 0 : (fact->number & (2 | 16)) == 0;
	default:
		return fact->number == pattern->number;
	}
}

static bool is_match(const struct lab_fact *fact, const struct lab_pattern *pattern)
{
	if (fact->event != pattern->event || !is_who(fact->who, pattern->who))
		return false;
	if (pattern->is_text)
		return strcmp(*fact->text ? fact->text : fact->other, pattern->word) == 0;
	if (pattern->has_word && !is_number(fact, pattern))
		return false;
	return !pattern->has_second || fact->second == pattern->second;
}

/* The first fact from `at` on that matches. */
static size_t find(const struct lab_facts *facts, size_t at, const struct lab_pattern *pattern)
{
	for (; at < facts->count; at++) {
		if (is_match(&facts->items[at], pattern))
			return at;
	}
	return NOT_FOUND;
}

/* The value of a term, or false when its span has no beginning or no end. */
static bool evaluate(const struct lab_facts *facts, const struct lab_term *term, uint64_t *value)
{
	size_t at = 0, end = facts->count;

	*value = term->number;
	if (term->kind == LAB_NUMBER)
		return true;
	*value = 0;
	if (term->has_from)
		at = find(facts, 0, &term->from);
	if (at != NOT_FOUND && term->has_to)
		end = find(facts, at, &term->to);
	if (at == NOT_FOUND || end == NOT_FOUND)
		return false;
	for (; at < end; at++) {
		if (is_match(&facts->items[at], &term->what))
			*value += term->kind == LAB_BYTES ? facts->items[at].second : 1;
	}
	return true;
}

static bool compare(uint64_t left, const char *operation, uint64_t right)
{
	switch (operation[0]) {
	case '=':
		return left == right;
	case '!':
		return left != right;
	case '<':
		return left < right || (operation[1] && left == right);
	default:
		return left > right || (operation[1] && left == right);
	}
}

/* Whether the comparison holds; else *found is what stands in its place. */
static bool holds_comparison(const struct lab_statement *statement, const struct lab_facts *facts, char **found)
{
	uint64_t left, right;

	if (!evaluate(facts, &statement->left, &left) || !evaluate(facts, &statement->right, &right)) {
		*found = must_copy("what the count goes from or to does not happen");
		return false;
	}
	if (compare(left, statement->operation, right))
		return true;
	*found = statement->right.kind == LAB_NUMBER ? must_format("it is %lu", left)
						     : must_format("it is %lu against %lu", left, right);
	return false;
}

static bool holds_order(const struct lab_statement *statement, const struct lab_facts *facts, char **found)
{
	size_t at = 0;

	for (size_t i = 0; i < statement->step_count; i++) {
		const struct lab_pattern *step = &statement->steps[i];
		size_t where = find(facts, at, step);

		if (where == NOT_FOUND) {
			*found = must_format("event %zu of %zu does not come%s", i + 1, statement->step_count,
					     i ? " after the ones before it" : "");
			return false;
		}
		at = where + 1;
	}
	return true;
}

void lab_check_take(struct lab_check *check, const struct lab_facts *facts, uint64_t seed)
{
	for (size_t i = 0; i < check->test_count; i++) {
		struct lab_test *test = &check->tests[i];

		for (size_t j = 0; j < test->statement_count; j++) {
			struct lab_statement *statement = &test->statements[j];
			char *found = NULL;
			bool is_held = statement->is_order ? holds_order(statement, facts, &found)
							   : holds_comparison(statement, facts, &found);

			statement->has_held = statement->has_held || is_held;
			if (is_held || statement->has_failed) {
				free(found);
				continue;
			}
			statement->has_failed = true;
			statement->failed_seed = seed;
			statement->found = found;
		}
	}
}

bool lab_statement_is_good(const struct lab_statement *statement)
{
	return statement->is_sometimes ? statement->has_held : statement->has_held && !statement->has_failed;
}

bool lab_test_is_good(const struct lab_test *test)
{
	for (size_t i = 0; i < test->statement_count; i++) {
		if (!lab_statement_is_good(&test->statements[i]))
			return false;
	}
	return true;
}
