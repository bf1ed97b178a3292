/* Kinds of events by name. */
#include "trace_kinds.h"

#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "trace_tables.h"

bool trace_kinds_read(const char *list, uint64_t *events)
{
	char *copy = must_copy(list), *rest = copy, *name;
	bool is_good = true;

	while (is_good && (name = strsep(&rest, ",")) != NULL) {
		unsigned number = trace_event_number(name);

		if (number)
			*events |= 1ull << number;
		else
			say("no such kind of event: '%s' (see 'namu help trace')", name);
		is_good = number != 0;
	}
	free(copy);
	return is_good;
}

/* Without them nobody could tell whose the other events are. */
uint64_t trace_kinds_always(void)
{
	return 1ull << TRACE_FORK | 1ull << TRACE_EXEC | 1ull << TRACE_NAME | 1ull << TRACE_EXIT | 1ull << TRACE_REAP |
	       1ull << TRACE_REPARENT | 1ull << TRACE_LOST;
}
