/* `namu image`: roots made once and used many times, and images pulled from registries. */
#include "commands.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "directory.h"
#include "image.h"
#include "options.h"
#include "pack.h"
#include "reference.h"
#include "say.h"
#include "store.h"
#include "tree.h"

enum {
	IMAGE_OUTPUT = 1,
	IMAGE_HELP,
};

static const struct option_spec image_specs[] = {
	{"output", 'o', OPTION_VALUE, IMAGE_OUTPUT},
	{"help", 0, OPTION_FLAG, IMAGE_HELP},
};

static int image_words(char **words, const char **source, const char **output)
{
	struct option_cursor cursor = {
		.words = words, .specs = image_specs, .spec_count = sizeof(image_specs) / sizeof(image_specs[0])};
	const char *value;
	int id;

	while ((id = options_next(&cursor, &value)) != OPTION_END) {
		if (id == IMAGE_HELP)
			return 1;
		if (id == OPTION_BAD)
			return -1;
		if (id == IMAGE_OUTPUT) {
			*output = value;
		} else if (id == OPTION_POSITIONAL && !*source) {
			*source = value;
		} else if (id == OPTION_POSITIONAL) {
			say("one source makes one image; what is '%s'?", value);
			return -1;
		}
	}
	free(cursor.spelled);
	if (*source && *output && **output)
		return 0;
	say("a source and a file are needed: namu image SOURCE -o FILE.erofs (or pull, ls, rm)");
	return -1;
}

/* The image must not be written into the tree that it is made of. */
static bool is_in_tree(const char *output, const char *directory)
{
	char *place = must_copy(output);
	char *slash = strrchr(place, '/');
	bool result = false;

	if (slash)
		*(slash == place ? slash + 1 : slash) = 0;
	char *outer = realpath(directory, NULL);
	char *inner = realpath(slash ? place : ".", NULL);

	if (outer && inner) {
		size_t bytes = strlen(outer);

		result = bytes == 1 || (strncmp(inner, outer, bytes) == 0 && (!inner[bytes] || inner[bytes] == '/'));
	}
	free(inner);
	free(outer);
	free(place);
	return result;
}

/* From a reference: pulled if need be, and copied out of the store. */
static int image_from_store(const char *reference, const char *output)
{
	char *path = store_find(reference);

	if (!path && !reference_is_clear(reference)) {
		say("cannot read %s: %s", reference, strerror(ENOENT));
		return -1;
	}
	if (!path)
		path = store_obtain(reference);
	int result = path ? image_copy(path, output) : -1;

	free(path);
	return result;
}

static int image_from_directory(const char *directory, const char *output)
{
	struct tree tree;

	if (is_in_tree(output, directory)) {
		say("%s lies inside %s; write the image to another place", output, directory);
		return -1;
	}
	/* Read once to say clearly what cannot be read. */
	if (tree_read(&tree, directory) < 0)
		return -1;
	return directory_image(directory, output);
}

static int image_from(const char *source, const char *output)
{
	struct stat status;

	if (pack_is_named(source))
		return pack_image_at(source, output);
	if (stat(source, &status) < 0) {
		if (errno == ENOENT && source[0] != '/' && source[0] != '.')
			return image_from_store(source, output);
		say("cannot read %s: %s", source, strerror(errno));
		return -1;
	}
	if (S_ISDIR(status.st_mode))
		return image_from_directory(source, output);
	if (S_ISREG(status.st_mode))
		return pack_image_at(source, output);
	say("%s is neither a directory nor an archive", source);
	return -1;
}

static int image_make_command(char **words)
{
	const char *source = NULL;
	const char *output = NULL;
	struct stat status;
	int read = image_words(words, &source, &output);

	if (read > 0)
		return command_help_for("image");
	if (read < 0)
		return STATUS_NAMU;
	/* The new image takes the place of the file of that name, which must not be a device. */
	if (stat(output, &status) == 0 && !S_ISREG(status.st_mode)) {
		say("%s is not a regular file", output);
		return STATUS_NAMU;
	}
	return image_from(source, output) < 0 ? STATUS_NAMU : 0;
}

/* Every word is an image's name. */
static int image_each(char **words, const char *command, int (*run)(const char *name))
{
	int status = 0;

	if (!words[0]) {
		say("which image? namu image %s NAME", command);
		return STATUS_NAMU;
	}
	for (char **word = words; *word; word++) {
		if ((*word)[0] == '-') {
			say("unknown option %s (see 'namu help image')", *word);
			return STATUS_NAMU;
		}
	}
	for (; *words; words++)
		status = run(*words) < 0 ? STATUS_NAMU : status;
	return status;
}

int command_image(char **words)
{
	const char *first = words[0] ? words[0] : "";
	bool is_help = words[0] && words[1] && strcmp(words[1], "--help") == 0;

	if (strcmp(first, "pull") != 0 && strcmp(first, "ls") != 0 && strcmp(first, "rm") != 0)
		return image_make_command(words);
	if (is_help)
		return command_help_for("image");
	if (strcmp(first, "pull") == 0)
		return image_each(words + 1, "pull", store_pull);
	if (strcmp(first, "rm") == 0)
		return image_each(words + 1, "rm", store_remove);
	if (words[1]) {
		say("'namu image ls' takes no words");
		return STATUS_NAMU;
	}
	return store_list() < 0 ? STATUS_NAMU : 0;
}
