/*
 * The frame of a table of answers, for a file that has defined
 *   ERRORS_ROWS(ROW)  its rows, each ROW(name, call)
 *   ERRORS_ON         what the calls are tried on, as a parameter: `int fd`
 *   ERRORS_TABLE      the file of the answers, "errors_x.table"
 */
#ifndef ERRORS_FRAME_H
#define ERRORS_FRAME_H

static long attempt(size_t row, ERRORS_ON)
{
	size_t at = 0;

#define ROW(name, call)  \
	if (at++ == row) \
		return call;
	ERRORS_ROWS(ROW)
#undef ROW
	return 0;
}

static const char *const names[] = {
#define ROW(name, call) name,
	ERRORS_ROWS(ROW)
#undef ROW
};

#ifndef ERRORS_WRITE
static const struct errors_row table[] = {
#include ERRORS_TABLE
};
_Static_assert(count_of(table) == count_of(names), "a row of answers for each call");
#else
static const struct errors_row *table;
#endif

/* A part of the rows is a case, so that a failure is near what caused it. */
static void try_rows(size_t part, size_t parts, void (*try_row)(size_t row))
{
	size_t each = count_of(names) / parts + 1;

	for (size_t row = part * each; row < (part + 1) * each && row < count_of(names); row++)
		try_row(row);
}

#endif
