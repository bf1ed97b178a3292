/*
 * A look at the kernel's own structures: each floor goes through what it owns, under its locks, and says what does not
 * agree. Findings are kept as lines of a text; those that have no room are counted.
 */
#ifndef NAMU_LIB_CHECK_H
#define NAMU_LIB_CHECK_H

#include "lib/types.h"

#define CHECK_TEXT_BYTES 3072

struct check {
	uint64_t looked;   /* conditions looked at */
	uint64_t findings; /* those that did not hold */
	size_t length;
	char text[CHECK_TEXT_BYTES];
};

void check_fails(struct check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The format and its arguments say which object it is and what was found. */
#define CHECK_THAT(check, condition, ...)                  \
	do {                                               \
		(check)->looked++;                         \
		if (!(condition))                          \
			check_fails((check), __VA_ARGS__); \
	} while (0)

#endif
