/* The kernel's command line, word by word. */
#include "lib/boot_info.h"
#include "lib/string.h"

struct boot_info boot_info = {.command_line = ""};

bool boot_option(const char *name, unsigned nth, char *to, size_t room)
{
	size_t name_bytes = strlen(name);

	for (const char *at = boot_info.command_line; *at;) {
		while (*at == ' ')
			at++;
		size_t bytes = 0;
		while (at[bytes] && at[bytes] != ' ')
			bytes++;
		bool matches = bytes >= name_bytes && strncmp(at, name, name_bytes) == 0;
		if (matches && (bytes == name_bytes || at[name_bytes] == '=') && nth-- == 0) {
			const char *value = at + name_bytes + (bytes > name_bytes);
			size_t value_bytes = MIN((size_t)(at + bytes - value), room - 1);
			memcpy(to, value, value_bytes);
			to[value_bytes] = '\0';
			return true;
		}
		at += bytes;
	}
	return false;
}
