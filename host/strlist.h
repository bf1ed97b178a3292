/*
 * A growing list of strings that owns its copies and always ends in a null pointer, so that `items` can be given to
 * execve as it is. A zeroed struct is an empty list.
 */
#ifndef HOST_STRLIST_H
#define HOST_STRLIST_H

#include <stddef.h>

struct strlist {
	char **items;
	size_t count;
	size_t room;
};

/* Adds a copy of the text. */
void strlist_add(struct strlist *list, const char *text);

/* Adds a formatted text. */
void strlist_addf(struct strlist *list, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Frees the strings; the list is empty afterwards. */
void strlist_free(struct strlist *list);

#endif
