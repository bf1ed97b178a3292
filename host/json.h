/*
 * A reader of JSON (RFC 8259) for the descriptions of images: foreign data, read whole into a tree. Strict: one value,
 * valid UTF-8 is not asked for, zero bytes within texts are refused, as no text here may hold one.
 */
#ifndef HOST_JSON_H
#define HOST_JSON_H

#include <stddef.h>

enum json_kind {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_TEXT,
	JSON_LIST,
	JSON_OBJECT,
};

struct json {
	enum json_kind kind;
	char *text; /* of a text; of a number and a bool as they were written */
	char *name; /* of an object's member */
	struct json **items;
	size_t count, room;
};

/* Reads a text. The owner calls json_free(); NULL when it is no JSON. */
struct json *json_read(const char *text, size_t bytes);
void json_free(struct json *json);

/* A member by its name; NULL when there is none, or when `json` is NULL or no object. */
const struct json *json_member(const struct json *json, const char *name);
/* The text of a member that is a text; NULL otherwise. */
const char *json_text(const struct json *json, const char *name);
/* A member that is a list, or NULL. */
const struct json *json_list(const struct json *json, const char *name);

#endif
