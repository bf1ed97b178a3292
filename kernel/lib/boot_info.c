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

const char *boot_image_option(void)
{
	char value[48];
	const char *at = value;
	uint64_t start, bytes;

	if (boot_info.image_bytes || !boot_option("image", 0, value, sizeof(value)))
		return NULL;
	start = string_to_u64(at, &at, 16);
	if (at == value || *at != '+')
		return "it is not START+BYTES";
	bytes = string_to_u64(at + 1, &at, 16);
	if (*at || !bytes)
		return "it is not START+BYTES";
	if (!IS_ALIGNED(start | bytes, PAGE_SIZE) || start + bytes < start)
		return "it does not lie on whole pages";
	boot_info.image = start;
	boot_info.image_bytes = bytes;
	return NULL;
}
