/* The folders of labs. */
#include "lab_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "paths.h"
#include "say.h"

#define TEXT_MOST_BYTES (1u << 20)

static int is_lab(const struct dirent *entry)
{
	return entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && strchr(entry->d_name, '-') != NULL;
}

bool labs_list(struct strlist *names)
{
	char *path = find_data("labs");
	struct dirent **entries = NULL;
	int count = path ? scandir(path, &entries, is_lab, alphasort) : 0;

	for (int i = 0; i < count; i++) {
		strlist_add(names, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	free(path);
	if (count <= 0)
		say("the labs are not there: they are in share/namu/labs of an installation, or $NAMU_DATA/labs");
	return count > 0;
}

static bool is_named(const char *folder, const char *name)
{
	const char *rest = strchr(folder, '-') + 1;
	char *end;
	long number = strtol(name, &end, 10);

	return strcmp(folder, name) == 0 || strcmp(rest, name) == 0 ||
	       (*name && !*end && number == strtol(folder, NULL, 10));
}

bool lab_find(struct lab *lab, const char *name)
{
	struct strlist names = {0};

	*lab = (struct lab){0};
	if (!labs_list(&names))
		return false;
	for (size_t i = 0; i < names.count && !lab->path; i++) {
		if (!is_named(names.items[i], name))
			continue;
		char *labs = find_data("labs");

		lab->path = must_format("%s/%s", labs ? labs : "", names.items[i]);
		lab->name = must_copy(strchr(names.items[i], '-') + 1);
		free(labs);
	}
	strlist_free(&names);
	if (!lab->path)
		say("no such lab: %s (see 'namu lab list')", name);
	return lab->path != NULL;
}

void lab_free(struct lab *lab)
{
	free(lab->path);
	free(lab->name);
	*lab = (struct lab){0};
}

char *lab_file(const struct lab *lab, const char *name)
{
	return must_format("%s/%s", lab->path, name);
}

char *lab_text(const struct lab *lab, const char *name)
{
	char *path = lab_file(lab, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct bytes text = {0};
	int error = fd < 0 ? -errno : bytes_read_fd(&text, fd, TEXT_MOST_BYTES);

	if (fd >= 0)
		close(fd);
	if (error < 0) {
		say("cannot read %s: %s", path, strerror(-error));
		free(text.data);
		text.data = NULL;
	} else {
		while (text.count && text.data[text.count - 1] == '\n')
			text.count--;
		bytes_add(&text, "", 1);
		text.data[text.count - 1] = 0;
	}
	free(path);
	return text.data;
}
