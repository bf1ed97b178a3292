/* The strict reader of command lines. */
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include "say.h"

static void options_spell(struct option_cursor *cursor, const char *prefix, const char *name, size_t bytes)
{
	free(cursor->spelled);
	cursor->spelled = must_format("%s%.*s", prefix, (int)bytes, name);
}

/* Takes the next word as the value of the option just read. */
static int options_take_value(struct option_cursor *cursor, const struct option_spec *spec, const char **value)
{
	*value = *cursor->words;
	if (!*value) {
		say("the option %s needs a value (see 'namu help')", cursor->spelled);
		return OPTION_BAD;
	}
	cursor->words++;
	return spec->id;
}

static int options_long(struct option_cursor *cursor, const char *word, const char **value)
{
	const char *name = word + 2;
	size_t bytes = strcspn(name, "=");

	options_spell(cursor, "--", name, bytes);
	for (size_t i = 0; i < cursor->spec_count; i++) {
		const struct option_spec *spec = &cursor->specs[i];

		if (!spec->name || strlen(spec->name) != bytes || strncmp(spec->name, name, bytes) != 0)
			continue;
		if (name[bytes] == '=') {
			*value = name + bytes + 1;
			return spec->id;
		}
		return spec->takes == OPTION_VALUE ? options_take_value(cursor, spec, value) : spec->id;
	}
	say("unknown option %s (see 'namu help')", cursor->spelled);
	return OPTION_BAD;
}

static int options_short(struct option_cursor *cursor, const char **value)
{
	char letter = *cursor->bundle++;

	options_spell(cursor, "-", &letter, 1);
	for (size_t i = 0; i < cursor->spec_count; i++) {
		const struct option_spec *spec = &cursor->specs[i];

		if (spec->letter != letter)
			continue;
		const char *rest = cursor->bundle;

		if (spec->takes != OPTION_VALUE && *rest != '=')
			return spec->id;
		cursor->bundle = NULL;
		if (!*rest)
			return options_take_value(cursor, spec, value);
		*value = *rest == '=' ? rest + 1 : rest;
		return spec->id;
	}
	say("unknown option %s (see 'namu help')", cursor->spelled);
	return OPTION_BAD;
}

bool options_read(char **words, const struct option_spec *specs, size_t spec_count,
		  bool (*take)(void *wanted, int id, const char *value), void *wanted)
{
	struct option_cursor cursor = {.words = words, .specs = specs, .spec_count = spec_count};
	const char *value;
	int id;

	while ((id = options_next(&cursor, &value)) != OPTION_END) {
		if (id == OPTION_BAD || (id != OPTION_DASHES && !take(wanted, id, value))) {
			free(cursor.spelled);
			return false;
		}
	}
	return true;
}

bool options_take_only(const char **place, const char *value, const char *what)
{
	if (*place) {
		say("%s: what is '%s'?", what, value);
		return false;
	}
	*place = value;
	return true;
}

int options_next(struct option_cursor *cursor, const char **value)
{
	*value = NULL;
	if (cursor->bundle && *cursor->bundle)
		return options_short(cursor, value);
	cursor->bundle = NULL;
	const char *word = *cursor->words;

	if (!word) {
		free(cursor->spelled);
		cursor->spelled = NULL;
		return OPTION_END;
	}
	cursor->words++;
	if (word[0] != '-' || word[1] == 0) {
		*value = word;
		return OPTION_POSITIONAL;
	}
	if (strcmp(word, "--") == 0)
		return OPTION_DASHES;
	if (word[1] == '-')
		return options_long(cursor, word, value);
	cursor->bundle = word + 1;
	return options_short(cursor, value);
}
