/*
 * What the command says on stderr, its own exit statuses, and memory that cannot fail to come.
 *
 * Every message is one line beginning "namu: ", written with one write so that lines of runs side by side do not mix.
 */
#ifndef HOST_SAY_H
#define HOST_SAY_H

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses that are the command's own, not the guest program's. */
enum {
	STATUS_TIMEOUT = 124,
	STATUS_NAMU = 125,
	STATUS_NOT_EXECUTABLE = 126,
	STATUS_NOT_FOUND = 127,
	STATUS_SIGNAL_BASE = 128,
};

/* Makes say_verbose() speak. */
void say_set_verbose(bool is_verbose);
bool say_is_verbose(void);

/*
 * In raw mode a terminal does not turn a line's end into a return to its left edge; the terminal's code asks here for
 * "\r\n" while that lasts.
 */
void say_set_raw(bool is_raw);

/* One line on stderr. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The text of the last line that say() wrote, without "namu: "; empty when there was none. */
const char *say_last(void);

/* One line on stderr under --verbose. */
void say_verbose(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same line as say(), then the end of the process with STATUS_NAMU. */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Allocation; the process ends with a line when the host has no memory left. The caller frees. */
void *must_alloc(size_t bytes);
void *must_grow(void *old, size_t bytes);
char *must_copy(const char *text);
char *must_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes all of it to a descriptor that blocks; false when that fails. */
bool write_fully(int fd, const void *data, size_t bytes);

#endif
