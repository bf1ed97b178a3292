/*
 * The guest program's environment: what every program gets, then the variables of files, then those of -e; a later
 * value of a name takes the place of an earlier one.
 */
#ifndef HOST_ENV_H
#define HOST_ENV_H

#include <stdbool.h>

#include "strlist.h"

/*
 * Sets "NAME=VALUE". "NAME" alone takes the value from the host's environment, or does nothing when the host has none.
 * False when the name is empty.
 */
bool env_set(struct strlist *env, const char *setting);

/*
 * Reads a file of settings, one a line, as docker does: blanks before the name are dropped, empty lines and lines that
 * begin with '#' are passed over, the value is taken as it stands, without quotes or expansion. A mark of UTF-8 at the
 * start is passed over. False, with a line said, when the file cannot be read or a line is no setting.
 */
bool env_read_file(struct strlist *env, const char *path);

/* The reader beneath env_read_file(); `name` is for messages. */
bool env_read_text(struct strlist *env, const char *name, const char *text, size_t bytes);

#endif
