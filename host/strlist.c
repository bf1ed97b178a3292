/* The growing list of strings. */
#include "strlist.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "say.h"

static void strlist_take(struct strlist *list, char *text)
{
	if (list->count + 2 > list->room) {
		list->room = list->room ? list->room * 2 : 16;
		list->items = must_grow(list->items, list->room * sizeof(list->items[0]));
	}
	list->items[list->count++] = text;
	list->items[list->count] = NULL;
}

void strlist_add(struct strlist *list, const char *text)
{
	strlist_take(list, must_copy(text));
}

void strlist_addf(struct strlist *list, const char *format, ...)
{
	char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	int bytes = vasprintf(&text, format, arguments);

	va_end(arguments);
	if (bytes < 0)
		die("no memory left on this host");
	strlist_take(list, text);
}

void strlist_free(struct strlist *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct strlist){0};
}
