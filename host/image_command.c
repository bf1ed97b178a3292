/* `namu image`: a root made once, used many times. */
#include "commands.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "image.h"
#include "options.h"
#include "say.h"
#include "tree.h"

enum {
	IMAGE_OUTPUT = 1,
	IMAGE_HELP,
};

static const struct option_spec image_specs[] = {
	{"output", 'o', OPTION_VALUE, IMAGE_OUTPUT},
	{"help", 0, OPTION_FLAG, IMAGE_HELP},
};

static int image_words(char **words, const char **directory, const char **output)
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
		} else if (id == OPTION_POSITIONAL && !*directory) {
			*directory = value;
		} else if (id == OPTION_POSITIONAL) {
			say("one directory makes one image; what is '%s'?", value);
			return -1;
		}
	}
	free(cursor.spelled);
	if (*directory && *output && **output)
		return 0;
	say("a directory and a file are needed: namu image DIR -o FILE.erofs");
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

int command_image(char **words)
{
	const char *directory = NULL;
	const char *output = NULL;
	struct stat status;
	struct tree tree;
	int read = image_words(words, &directory, &output);

	if (read > 0)
		return command_help_for("image");
	if (read < 0)
		return STATUS_NAMU;
	if (stat(directory, &status) < 0) {
		say("cannot read %s: %s", directory, strerror(errno));
		return STATUS_NAMU;
	}
	if (!S_ISDIR(status.st_mode)) {
		say("%s is not a directory", directory);
		return STATUS_NAMU;
	}
	if (is_in_tree(output, directory)) {
		say("%s lies inside %s; write the image to another place", output, directory);
		return STATUS_NAMU;
	}
	/* The new image takes the place of the file of that name, which must not be a device. */
	if (stat(output, &status) == 0 && !S_ISREG(status.st_mode)) {
		say("%s is not a regular file", output);
		return STATUS_NAMU;
	}
	/* Read once to say clearly what cannot be read. */
	if (tree_read(&tree, directory) < 0)
		return STATUS_NAMU;
	return image_make(directory, output) < 0 ? STATUS_NAMU : 0;
}
