/* Text as JSON. */
#include "json_text.h"

#include <stdio.h>

#include "files.h"

size_t utf8_bytes(const unsigned char *at)
{
	size_t more = at[0] < 0x80                    ? 0
		      : at[0] >= 0xc2 && at[0] < 0xe0 ? 1
		      : at[0] >= 0xe0 && at[0] < 0xf0 ? 2
		      : at[0] >= 0xf0 && at[0] < 0xf5 ? 3
						      : 4;

	if (more == 4)
		return 0;
	for (size_t i = 1; i <= more; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	}
	/* Neither the long forms of short characters nor the halves of UTF-16 are characters. */
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] >= 0xa0) || (at[0] == 0xf0 && at[1] < 0x90) ||
	    (at[0] == 0xf4 && at[1] >= 0x90))
		return 0;
	return more + 1;
}

char *json_string(const char *text)
{
	struct bytes out = {0};
	char escaped[8];

	bytes_add(&out, "\"", 1);
	while (*text) {
		size_t bytes = utf8_bytes((const unsigned char *)text);

		if (bytes == 0) {
			bytes_add(&out, "\\ufffd", 6);
			bytes = 1;
		} else if (*text == '"' || *text == '\\' || (unsigned char)*text < ' ' || *text == 0x7f) {
			(void)snprintf(escaped, sizeof(escaped), "\\u%04x", (unsigned char)*text);
			bytes_add(&out, escaped, 6);
		} else {
			bytes_add(&out, text, bytes);
		}
		text += bytes;
	}
	bytes_add(&out, "\"", 2);
	return out.data;
}
