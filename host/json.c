/* The JSON reader. */
#include "json.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "say.h"

#define DEPTH_MOST 64

struct reader {
	const char *at, *end;
	unsigned depth;
};

static struct json *read_value(struct reader *reader);

static void skip_blanks(struct reader *reader)
{
	while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) && *reader->at)
		reader->at++;
}

static bool take(struct reader *reader, char expected)
{
	if (reader->at == reader->end || *reader->at != expected)
		return false;
	reader->at++;
	return true;
}

static bool take_word(struct reader *reader, const char *word)
{
	size_t bytes = strlen(word);

	if ((size_t)(reader->end - reader->at) < bytes || memcmp(reader->at, word, bytes) != 0)
		return false;
	reader->at += bytes;
	return true;
}

/* Four hexadecimal digits; -1 when they are not there. */
static int32_t read_unit(struct reader *reader)
{
	int32_t value = 0;

	if (reader->end - reader->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = *reader->at++;
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
			    : c >= 'A' && c <= 'F' ? c - 'A' + 10
						   : -1;

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

static void add_utf8(struct bytes *text, uint32_t code)
{
	unsigned char bytes[4];
	size_t count = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = count; i > 1; i--, code >>= 6)
		bytes[i - 1] = (unsigned char)(0x80 | (code & 0x3f));
	bytes[0] = (unsigned char)(first[count] | code);
	bytes_add(text, bytes, count);
}

/* What follows "\u". */
static bool read_code(struct reader *reader, struct bytes *text)
{
	int32_t unit = read_unit(reader);

	if (unit >= 0xd800 && unit < 0xdc00) {
		if (!take_word(reader, "\\u"))
			return false;
		int32_t low = read_unit(reader);

		if (low < 0xdc00 || low >= 0xe000)
			return false;
		unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
	} else if (unit >= 0xdc00 && unit < 0xe000) {
		return false;
	}
	if (unit <= 0)
		return false;
	add_utf8(text, (uint32_t)unit);
	return true;
}

static bool read_escape(struct reader *reader, struct bytes *text)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";

	if (take(reader, 'u'))
		return read_code(reader, text);
	const char *found = reader->at < reader->end && *reader->at ? strchr(letters, *reader->at) : NULL;

	if (!found)
		return false;
	reader->at++;
	bytes_add(text, &meanings[found - letters], 1);
	return true;
}

/* A text in quotes; NULL when it is none. The caller frees. */
static char *read_text(struct reader *reader)
{
	struct bytes text = {0};

	if (!take(reader, '"'))
		return NULL;
	while (reader->at < reader->end && *reader->at != '"') {
		unsigned char c = (unsigned char)*reader->at++;
		bool is_good = c >= ' ';

		if (c == '\\')
			is_good = read_escape(reader, &text);
		else
			bytes_add(&text, &c, 1);
		if (!is_good) {
			free(text.data);
			return NULL;
		}
	}
	bytes_add(&text, "", 1);
	if (take(reader, '"'))
		return text.data;
	free(text.data);
	return NULL;
}

static struct json *json_new(enum json_kind kind)
{
	struct json *json = must_alloc(sizeof(*json));

	json->kind = kind;
	return json;
}

static bool read_digits(struct reader *reader)
{
	const char *from = reader->at;

	while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
		reader->at++;
	return reader->at > from;
}

static struct json *read_number(struct reader *reader)
{
	const char *from = reader->at;
	bool is_good;

	(void)take(reader, '-');
	is_good = take(reader, '0') || read_digits(reader);
	if (is_good && take(reader, '.'))
		is_good = read_digits(reader);
	if (is_good && (take(reader, 'e') || take(reader, 'E'))) {
		if (!take(reader, '-'))
			(void)take(reader, '+');
		is_good = read_digits(reader);
	}
	if (!is_good)
		return NULL;
	struct json *json = json_new(JSON_NUMBER);

	json->text = must_format("%.*s", (int)(reader->at - from), from);
	return json;
}

static void add_item(struct json *json, struct json *item)
{
	if (json->count == json->room) {
		json->room = json->room ? json->room * 2 : 4;
		json->items = must_grow(json->items, json->room * sizeof(struct json *));
	}
	json->items[json->count++] = item;
}

/* One member of an object or item of a list. */
static bool read_item(struct reader *reader, struct json *json)
{
	char *name = NULL;

	skip_blanks(reader);
	if (json->kind == JSON_OBJECT) {
		name = read_text(reader);
		skip_blanks(reader);
		if (!name || !take(reader, ':')) {
			free(name);
			return false;
		}
	}
	struct json *item = read_value(reader);

	if (!item) {
		free(name);
		return false;
	}
	item->name = name;
	add_item(json, item);
	skip_blanks(reader);
	return true;
}

static struct json *read_items(struct reader *reader, enum json_kind kind, char end)
{
	struct json *json = json_new(kind);

	reader->at++;
	skip_blanks(reader);
	bool is_good = take(reader, end);

	if (!is_good && ++reader->depth <= DEPTH_MOST) {
		do {
			is_good = read_item(reader, json);
		} while (is_good && take(reader, ','));
		is_good = is_good && take(reader, end);
		reader->depth--;
	}
	if (is_good)
		return json;
	json_free(json);
	return NULL;
}

static struct json *read_value(struct reader *reader)
{
	skip_blanks(reader);
	switch (reader->at < reader->end ? *reader->at : 0) {
	case '{':
		return read_items(reader, JSON_OBJECT, '}');
	case '[':
		return read_items(reader, JSON_LIST, ']');
	case '"': {
		char *text = read_text(reader);
		struct json *json = text ? json_new(JSON_TEXT) : NULL;

		if (json)
			json->text = text;
		return json;
	}
	case 't':
	case 'f': {
		bool is_true = *reader->at == 't';
		struct json *json = take_word(reader, is_true ? "true" : "false") ? json_new(JSON_BOOL) : NULL;

		if (json)
			json->text = must_copy(is_true ? "true" : "false");
		return json;
	}
	case 'n':
		return take_word(reader, "null") ? json_new(JSON_NULL) : NULL;
	default:
		return read_number(reader);
	}
}

struct json *json_read(const char *text, size_t bytes)
{
	struct reader reader = {.at = text, .end = text + bytes};
	struct json *json = bytes ? read_value(&reader) : NULL;

	skip_blanks(&reader);
	if (!json || reader.at == reader.end)
		return json;
	json_free(json);
	return NULL;
}

void json_free(struct json *json)
{
	if (!json)
		return;
	for (size_t i = 0; i < json->count; i++)
		json_free(json->items[i]);
	free(json->items);
	free(json->text);
	free(json->name);
	free(json);
}

const struct json *json_member(const struct json *json, const char *name)
{
	for (size_t i = 0; json && json->kind == JSON_OBJECT && i < json->count; i++) {
		if (strcmp(json->items[i]->name, name) == 0)
			return json->items[i];
	}
	return NULL;
}

const char *json_text(const struct json *json, const char *name)
{
	const struct json *member = json_member(json, name);

	return member && member->kind == JSON_TEXT ? member->text : NULL;
}

const struct json *json_list(const struct json *json, const char *name)
{
	const struct json *member = json_member(json, name);

	return member && member->kind == JSON_LIST ? member : NULL;
}
