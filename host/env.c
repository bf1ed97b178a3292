/* The guest program's environment. */
#include "env.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "say.h"

#define ENV_FILE_MAX_BYTES (4u << 20)

static void env_put(struct strlist *env, const char *setting, size_t name_bytes)
{
	for (size_t i = 0; i < env->count; i++) {
		if (strncmp(env->items[i], setting, name_bytes) == 0 && env->items[i][name_bytes] == '=') {
			free(env->items[i]);
			env->items[i] = must_copy(setting);
			return;
		}
	}
	strlist_add(env, setting);
}

bool env_set(struct strlist *env, const char *setting)
{
	size_t name_bytes = strcspn(setting, "=");

	if (name_bytes == 0)
		return false;
	if (setting[name_bytes] == '=') {
		env_put(env, setting, name_bytes);
		return true;
	}
	const char *value = getenv(setting);

	if (value) {
		char *full = must_format("%s=%s", setting, value);

		env_put(env, full, name_bytes);
		free(full);
	}
	return true;
}

static bool env_read_line(struct strlist *env, const char *name, size_t number, const char *line, size_t bytes)
{
	while (bytes > 0 && (*line == ' ' || *line == '\t')) {
		line++;
		bytes--;
	}
	if (bytes > 0 && line[bytes - 1] == '\r')
		bytes--;
	if (bytes == 0 || *line == '#')
		return true;
	if (memchr(line, 0, bytes)) {
		say("%s, line %zu: a zero byte is no part of a setting", name, number);
		return false;
	}
	char *setting = must_format("%.*s", (int)bytes, line);
	size_t name_bytes = strcspn(setting, "=");
	bool is_good = name_bytes > 0 && strcspn(setting, " \t") >= name_bytes && env_set(env, setting);

	if (!is_good)
		say("%s, line %zu: not NAME or NAME=VALUE: %.60s", name, number, setting);
	free(setting);
	return is_good;
}

bool env_read_text(struct strlist *env, const char *name, const char *text, size_t bytes)
{
	size_t number = 0;

	if (bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		bytes -= 3;
	}
	while (bytes > 0) {
		const char *end = memchr(text, '\n', bytes);
		size_t line_bytes = end ? (size_t)(end - text) : bytes;

		if (!env_read_line(env, name, ++number, text, line_bytes))
			return false;
		line_bytes += end != NULL;
		text += line_bytes;
		bytes -= line_bytes;
	}
	return true;
}

bool env_read_file(struct strlist *env, const char *path)
{
	struct bytes text = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		say("cannot read the environment file %s: %s", path, strerror(errno));
		return false;
	}
	int error = bytes_read_fd(&text, fd, ENV_FILE_MAX_BYTES);

	close(fd);
	bool is_good = error == 0;

	if (error == -EFBIG)
		say("the environment file %s is larger than 4 MiB", path);
	else if (error)
		say("cannot read the environment file %s: %s", path, strerror(-error));
	else
		is_good = env_read_text(env, path, text.data, text.count);
	free(text.data);
	return is_good;
}
