/*
 * A strict reader of command lines: a table of options, long ones with '=' or the next word as value, short ones
 * alone, bundled (-it) or with their value attached (-m64m). "--" ends the options. No abbreviations.
 */
#ifndef HOST_OPTIONS_H
#define HOST_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

enum option_value {
	OPTION_FLAG,     /* no value; "--flag=true" and "--flag=false" are taken as docker takes them */
	OPTION_VALUE,    /* a value must follow */
	OPTION_OPTIONAL, /* a value only as "--name=VALUE" */
};

struct option_spec {
	const char *name; /* long name without dashes, or NULL */
	char letter;      /* short name, or 0 */
	enum option_value takes;
	int id; /* what options_next() returns; above 0 */
};

/* Where a reading stands. Set `words` to the null-ended words after the subcommand and zero the rest. */
struct option_cursor {
	char **words;
	const struct option_spec *specs;
	size_t spec_count;
	const char *bundle; /* rest of a word of short options */
	char *spelled;      /* the option as the user wrote it, for messages; owned by the cursor */
};

enum {
	OPTION_END = 0,         /* no more words */
	OPTION_DASHES = -1,     /* "--": `words` stands behind it */
	OPTION_POSITIONAL = -2, /* a word that is no option, in *value */
	OPTION_BAD = -3,        /* a message was said */
};

/*
 * Goes one step: an option's id, with *value its value (NULL when there is none; for a flag "true" or "false" when
 * written so), or one of the above.
 */
int options_next(struct option_cursor *cursor, const char **value);

/* Gives each option and word to `take`, which may refuse one with a message; "--" is passed over. False: one was wrong.
 */
bool options_read(char **words, const struct option_spec *specs, size_t spec_count,
		  bool (*take)(void *wanted, int id, const char *value), void *wanted);
/* The one word that says what a command is about; a second one is refused as `what`. */
bool options_take_only(const char **place, const char *value, const char *what);

#endif
