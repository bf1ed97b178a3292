/* References. */
#include "reference.h"

#include <stdlib.h>
#include <string.h>

#include "say.h"

#define LOWER_AND_DIGITS "abcdefghijklmnopqrstuvwxyz0123456789"
#define ALL_LETTERS      LOWER_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGEST_MARK      "@sha256:"
#define DIGEST_HEX       64
#define NAME_MOST        255
#define TAG_MOST         128
#define HUB              "docker.io/"
#define HUB_LIBRARY      "library/"

static const char *without_prefix(const char *text)
{
	size_t bytes = strlen(REFERENCE_PREFIX);

	return strncmp(text, REFERENCE_PREFIX, bytes) == 0 ? text + bytes : text;
}

/* How long the registry's host at the start is, with its slash; 0 when there is none. */
static size_t host_bytes(const char *text)
{
	size_t bytes = strcspn(text, "/");

	if (!text[bytes] || strspn(text, ALL_LETTERS ".-:") < bytes || !strchr(ALL_LETTERS, text[0]))
		return 0;
	bool is_host = memchr(text, '.', bytes) || memchr(text, ':', bytes) ||
		       (bytes == strlen("localhost") && strncmp(text, "localhost", bytes) == 0);

	return is_host ? bytes + 1 : 0;
}

/* Parts of small letters and digits, joined by single slashes; within them dots, dashes and low lines. */
static bool is_name(const char *text, size_t bytes)
{
	if (bytes == 0 || bytes > NAME_MOST || strspn(text, LOWER_AND_DIGITS "._-/") < bytes)
		return false;
	for (size_t i = 0; i < bytes; i++) {
		bool is_edge = i == 0 || i + 1 == bytes || text[i - 1] == '/' || text[i + 1] == '/';

		if (is_edge && text[i] != '/' && !strchr(LOWER_AND_DIGITS, text[i]))
			return false;
		if (text[i] == '/' && (i == 0 || i + 1 == bytes || text[i + 1] == '/'))
			return false;
	}
	return true;
}

static bool is_tag(const char *text, size_t bytes)
{
	return bytes > 0 && bytes <= TAG_MOST && strspn(text, ALL_LETTERS "._-") >= bytes && text[0] != '.' &&
	       text[0] != '-';
}

char *reference_full(const char *text)
{
	text = without_prefix(text);
	size_t host = host_bytes(text);
	const char *name = text + host;
	const char *digest = strstr(name, DIGEST_MARK);
	size_t name_bytes = strcspn(name, ":@");
	const char *tag = name[name_bytes] == ':' ? name + name_bytes + 1 : NULL;
	size_t tag_bytes = tag ? strcspn(tag, "@") : 0;

	if (!is_name(name, name_bytes) || (tag && !is_tag(tag, tag_bytes)))
		return NULL;
	if (strchr(name, '@') && !digest)
		return NULL;
	if (digest && (strspn(digest + strlen(DIGEST_MARK), "0123456789abcdef") != DIGEST_HEX ||
		       digest[strlen(DIGEST_MARK) + DIGEST_HEX]))
		return NULL;
	const char *library = host || memchr(name, '/', name_bytes) ? "" : HUB_LIBRARY;
	int host_room = host ? (int)host : (int)strlen(HUB);

	/* A digest says more than the tag beside it. */
	if (digest)
		return must_format("%.*s%s%.*s%s", host_room, host ? text : HUB, library, (int)name_bytes, name,
				   digest);
	return must_format("%.*s%s%.*s:%.*s", host_room, host ? text : HUB, library, (int)name_bytes, name,
			   tag ? (int)tag_bytes : (int)strlen("latest"), tag ? tag : "latest");
}

const char *reference_short(const char *full)
{
	if (strncmp(full, HUB, strlen(HUB)) != 0)
		return full;
	full += strlen(HUB);
	return strncmp(full, HUB_LIBRARY, strlen(HUB_LIBRARY)) == 0 ? full + strlen(HUB_LIBRARY) : full;
}

bool reference_is_clear(const char *text)
{
	const char *rest = without_prefix(text);
	size_t host = host_bytes(rest);
	char *full = reference_full(text);
	bool is_clear = full && (rest != text || host || strpbrk(rest, ":@"));

	free(full);
	return is_clear;
}

bool reference_is_local(const char *full)
{
	size_t bytes = strcspn(full, ":/");

	return (bytes == strlen("localhost") && strncmp(full, "localhost", bytes) == 0) ||
	       strncmp(full, "127.", strlen("127.")) == 0;
}
