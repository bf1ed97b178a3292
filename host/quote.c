/* Command lines as a shell reads them. */
#include "quote.h"

#include <stdio.h>
#include <string.h>

void quote_print(char *const *arguments)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";

	for (size_t i = 0; arguments[i]; i++) {
		const char *text = arguments[i];

		if (i > 0)
			putchar(' ');
		if (*text && strspn(text, plain) == strlen(text)) {
			(void)fputs(text, stdout);
			continue;
		}
		putchar('\'');
		for (; *text; text++) {
			if (*text == '\'')
				(void)fputs("'\\''", stdout);
			else
				putchar(*text);
		}
		putchar('\'');
	}
	putchar('\n');
}
