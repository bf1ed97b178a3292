/*
 * The check of a lab: statements about the trace of its program, in a small language of its own (namu-lab(1)).
 *
 * A line at the margin is the text of a test, in English and, behind a bar, in Korean. Indented lines below it are what
 * must hold:
 *     count PATTERN [from PATTERN] [to PATTERN] OP NUMBER      how often (OP: = != < <= > >=; also a second count)
 *     bytes PATTERN ...                                        the same, of the bytes of messages or mappings
 *     order PATTERN, PATTERN, ...                              one after the other
 *     sometimes order ...                                      not with every seed, but with one
 * A pattern is WHO EVENT [WORD [NUMBER]]: "main/1 exit 0", "main return read 0", "any copy".
 */
#ifndef HOST_LAB_CHECK_H
#define HOST_LAB_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab_facts.h"

#define LAB_PATTERNS_MOST 12

struct lab_pattern {
	char who[32]; /* a path, perhaps with a star for its last number; or "any" */
	enum lab_event event;
	bool has_word, has_second, is_text;
	char word[32]; /* a name or another process */
	uint64_t number, second;
};

struct lab_term {
	enum { LAB_NUMBER, LAB_COUNT, LAB_BYTES } kind;
	uint64_t number;
	struct lab_pattern what, from, to;
	bool has_from, has_to;
};

struct lab_statement {
	char *text; /* as it was written */
	bool is_order, is_sometimes;
	struct lab_term left, right;
	char operation[3];
	struct lab_pattern steps[LAB_PATTERNS_MOST];
	size_t step_count;
	/* What came of it. */
	bool has_held, has_failed;
	uint64_t failed_seed;
	char *found; /* when it failed first: what the trace says instead */
};

struct lab_test {
	char *english, *korean; /* korean: NULL when there is none */
	struct lab_statement *statements;
	size_t statement_count;
};

struct lab_check {
	struct lab_test *tests;
	size_t test_count;
	uint64_t first_seed, last_seed;
	bool is_dynamic; /* the program is linked with the C library when it starts */
};

/* Reads a check file; false with a line said that names the line of the file. */
bool lab_check_read(struct lab_check *check, const char *path);
void lab_check_free(struct lab_check *check);

/* Reads one statement; false with what is wrong in *problem (lab_parse.c). */
bool lab_statement_parse(struct lab_statement *statement, const char *line, const char **problem);

/* Holds the statements against the facts of a run under a seed. */
void lab_check_take(struct lab_check *check, const struct lab_facts *facts, uint64_t seed);

/* Whether a statement holds after all runs, and the test with all of its statements. */
bool lab_statement_is_good(const struct lab_statement *statement);
bool lab_test_is_good(const struct lab_test *test);

#endif
