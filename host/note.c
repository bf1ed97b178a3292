/* Notes behind images. */
#include "note.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "say.h"

/* The last bytes of a file with a note. */
struct note_end {
	char magic[8];
	uint64_t bytes; /* of the note before it, little-endian */
};

static const char note_magic[8] = {'N', 'A', 'M', 'U', 'N', 'O', 'T', 'E'};

/* A list of texts, or nothing. */
static const char *read_list(const struct json *config, const char *name, struct strlist *to, const char *complaint)
{
	const struct json *member = json_member(config, name);

	if (!member || member->kind == JSON_NULL)
		return NULL;
	if (member->kind != JSON_LIST)
		return complaint;
	for (size_t i = 0; i < member->count; i++) {
		if (member->items[i]->kind != JSON_TEXT)
			return complaint;
		strlist_add(to, member->items[i]->text);
	}
	return NULL;
}

static char *read_text(const struct json *config, const char *name)
{
	const char *text = json_text(config, name);

	return text && *text ? must_copy(text) : NULL;
}

const char *note_parse(struct note *note, const char *text, size_t bytes)
{
	struct json *json = json_read(text, bytes);
	const struct json *config = json_member(json, "config");
	const char *wrong = NULL;

	*note = (struct note){0};
	if (!json || json->kind != JSON_OBJECT)
		wrong = "its configuration is no JSON object";
	if (!wrong)
		wrong = read_list(config, "Entrypoint", &note->entrypoint, "its Entrypoint is no list of texts");
	if (!wrong)
		wrong = read_list(config, "Cmd", &note->command, "its Cmd is no list of texts");
	if (!wrong)
		wrong = read_list(config, "Env", &note->env, "its Env is no list of texts");
	for (size_t i = 0; !wrong && i < note->env.count; i++) {
		if (note->env.items[i][0] == '=' || !strchr(note->env.items[i], '='))
			wrong = "its Env holds what is no NAME=VALUE";
	}
	note->workdir = read_text(config, "WorkingDir");
	note->user = read_text(config, "User");
	if (!wrong && note->workdir && note->workdir[0] != '/')
		wrong = "its WorkingDir does not begin with a slash";
	json_free(json);
	if (wrong)
		note_free(note);
	return wrong;
}

void note_free(struct note *note)
{
	strlist_free(&note->entrypoint);
	strlist_free(&note->command);
	strlist_free(&note->env);
	free(note->workdir);
	free(note->user);
	*note = (struct note){0};
}

int note_write(int fd, uint64_t blocks_end, const struct bytes *text)
{
	struct note_end end = {.bytes = htole64(text->count)};

	memcpy(end.magic, note_magic, sizeof(end.magic));
	if (lseek(fd, (off_t)blocks_end, SEEK_SET) < 0 || !write_fully(fd, text->data, text->count) ||
	    !write_fully(fd, &end, sizeof(end)))
		return -errno;
	return 0;
}

int note_read(int fd, uint64_t file_bytes, struct bytes *text)
{
	struct note_end end;

	if (file_bytes < sizeof(end) ||
	    pread(fd, &end, sizeof(end), (off_t)(file_bytes - sizeof(end))) != (ssize_t)sizeof(end) ||
	    memcmp(end.magic, note_magic, sizeof(end.magic)) != 0)
		return 0;
	uint64_t bytes = le64toh(end.bytes);

	if (bytes > NOTE_MOST_BYTES || bytes > file_bytes - sizeof(end))
		return -1;
	text->data = must_alloc(bytes + 1);
	text->room = bytes + 1;
	if (pread(fd, text->data, bytes, (off_t)(file_bytes - sizeof(end) - bytes)) != (ssize_t)bytes)
		return -1;
	text->count = bytes;
	return 0;
}
