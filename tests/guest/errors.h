/*
 * Tables of answers: rows are calls, columns are what they are tried on; a cell is 0 for success or the name of the
 * errno; - where Linux itself has changed its mind between versions. The tables were written by running the program on
 * Linux with -DERRORS_WRITE; nobody typed an errno.
 */
#ifndef ERRORS_H
#define ERRORS_H

#include "guest.h"
#include "tap.h"

struct errors_row {
	const char *name;
	const char *answers; /* a word a column */
};

/* Addresses that no program has. */
#define BAD    ((void *)8)
#define KERNEL ((void *)0xffffffff80100000)

static inline const char *errors_word(long result)
{
	static char number[24];
	const char *name = tap_errno_name(result);
	size_t bytes = strlen(name);

	if (result >= 0)
		return "0";
	if (bytes > 3)
		snprintf(number, sizeof(number), "%.*s", (int)bytes - 3, name + 2);
	else
		snprintf(number, sizeof(number), "E%ld", -result);
	return number;
}

#ifdef ERRORS_WRITE
static inline void errors_begin_row(const char *name)
{
	printf("\t{\"%s\", \"", name);
}

static inline void errors_check_word(const struct errors_row *table, size_t row, size_t column, const char *name,
				     const char *column_name, const char *got)
{
	(void)table;
	(void)row;
	(void)name;
	(void)column_name;
	printf("%s%s", column ? " " : "", got);
}

static inline void errors_end_row(void)
{
	printf("\"},\n");
	fflush(stdout);
}
#else
static inline void errors_begin_row(const char *name)
{
	(void)name;
}

static inline void errors_check_word(const struct errors_row *table, size_t row, size_t column, const char *name,
				     const char *column_name, const char *got)
{
	const char *at = table[row].answers;
	char detail[100], want[24];
	size_t bytes;

	while (column--)
		at += strcspn(at, " ") + 1;
	bytes = strcspn(at, " ");
	if (*at == '-')
		return;
	snprintf(want, sizeof(want), "%.*s", (int)bytes, at);
	snprintf(detail, sizeof(detail), " [expected %s, got %s]", want, got);
	tap_report(strcmp(got, want) == 0, detail, "%s on %s", name, column_name);
}

static inline void errors_end_row(void)
{
}
#endif

static inline void errors_check(const struct errors_row *table, size_t row, size_t column, const char *name,
				const char *column_name, long result)
{
	errors_check_word(table, row, column, name, column_name, errors_word(result));
}

#endif
