/* Running a program of the host's to its end, quietly: what it says is kept, its last line is its complaint. */
#ifndef HOST_PROGRAM_H
#define HOST_PROGRAM_H

#include <stdbool.h>

struct program_end {
	bool is_good;
	char *said;            /* owned by the caller */
	const char *complaint; /* of a bad end, never empty then: part of `said`, or a text of its own */
	char text[96];
};

/*
 * Runs `arguments`, the first of which is a path, with nothing on its stdin. It dies with this process. When `stop` is
 * not NULL and *stop becomes true by a signal, it is ended.
 */
void program_run(struct program_end *end, char *const *arguments, const volatile bool *stop);

#endif
