/* Lines on stderr and allocation that ends the process instead of failing. */
#include "say.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool verbose;
static bool raw;
static char last[1024];

void say_set_verbose(bool is_verbose)
{
	verbose = is_verbose;
}

bool say_is_verbose(void)
{
	return verbose;
}

void say_set_raw(bool is_raw)
{
	raw = is_raw;
}

bool write_fully(int fd, const void *data, size_t bytes)
{
	const char *at = data;

	while (bytes > 0) {
		ssize_t n = write(fd, at, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		bytes -= (size_t)n;
	}
	return true;
}

static void say_list(const char *format, va_list list)
{
	char line[2048];
	int used = snprintf(line, sizeof(line), "namu: ");
	int more = vsnprintf(line + used, sizeof(line) - (size_t)used - 2, format, list);

	if (more < 0)
		return;
	size_t length = strlen(line);

	/* What a user or a guest named may hold anything; a message stays one line and steers no terminal. */
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
			line[i] = '?';
	}
	if (raw)
		line[length++] = '\r';
	line[length++] = '\n';
	/* Nobody is left to tell when stderr itself is gone. */
	(void)write_fully(STDERR_FILENO, line, length);
}

const char *say_last(void)
{
	return last;
}

void say(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	(void)vsnprintf(last, sizeof(last), format, list);
	va_end(list);
	va_start(list, format);
	say_list(format, list);
	va_end(list);
}

void say_verbose(const char *format, ...)
{
	va_list list;

	if (!verbose)
		return;
	va_start(list, format);
	say_list(format, list);
	va_end(list);
}

void die(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	say_list(format, list);
	va_end(list);
	exit(STATUS_NAMU);
}

void *must_alloc(size_t bytes)
{
	void *memory = calloc(1, bytes ? bytes : 1);

	if (!memory)
		die("no memory left on this host");
	return memory;
}

void *must_grow(void *old, size_t bytes)
{
	void *memory = realloc(old, bytes);

	if (!memory)
		die("no memory left on this host");
	return memory;
}

char *must_copy(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		die("no memory left on this host");
	return copy;
}

char *must_format(const char *format, ...)
{
	char *text = NULL;
	va_list list;

	va_start(list, format);
	int bytes = vasprintf(&text, format, list);

	va_end(list);
	if (bytes < 0)
		die("no memory left on this host");
	return text;
}
