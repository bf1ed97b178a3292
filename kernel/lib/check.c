/* What a look at the kernel's own structures has found. */
#include "lib/check.h"

#include "lib/printf.h"

void check_fails(struct check *check, const char *format, ...)
{
	size_t room = sizeof(check->text) - check->length;
	va_list args;

	check->findings++;
	va_start(args, format);
	int bytes = string_format_v(check->text + check->length, room, format, args);
	va_end(args);
	/* A line that does not fit is left out; one byte is for its end. */
	if (bytes > 0 && (size_t)bytes + 1 < room) {
		check->length += (size_t)bytes;
		check->text[check->length++] = '\n';
	}
}
