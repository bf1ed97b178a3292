/* kernel.core_pattern, and the name that it makes (core(5), "Naming of core dump files"). */
#include <linux/resource.h>

#include "choice/choice.h"
#include "fs/cred.h"
#include "fs/path_text.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "proc/core_private.h"
#include "proc/limits.h"
#include "proc/time.h"
#include "proc/uts.h"

static struct mutex pattern_mutex = MUTEX_INIT(pattern_mutex);
static char pattern[CORE_PATTERN_BYTES] = "core";

struct name {
	char *text;
	size_t count;
};

void core_pattern_read(char to[CORE_PATTERN_BYTES])
{
	mutex_lock(&pattern_mutex);
	memcpy(to, pattern, sizeof(pattern));
	mutex_unlock(&pattern_mutex);
}

void core_pattern_write(const char *text, size_t bytes)
{
	bytes = MIN(bytes, (size_t)CORE_PATTERN_BYTES - 1);
	mutex_lock(&pattern_mutex);
	memset(pattern, 0, sizeof(pattern));
	memcpy(pattern, text, bytes);
	mutex_unlock(&pattern_mutex);
}

static void add_char(struct name *name, char c)
{
	if (name->count < CORE_NAME_BYTES - 2)
		name->text[name->count++] = c;
}

static void add(struct name *name, const char *text)
{
	while (*text)
		add_char(name, *text++);
}

/* What others have named must not lead elsewhere: no slashes, no name that is empty, "." or "..". */
static void add_safe(struct name *name, const char *text)
{
	size_t bytes = strlen(text);

	if (bytes == 0 || strcmp(text, ".") == 0) {
		add_char(name, '!');
		return;
	}
	for (size_t i = 0; i < bytes; i++)
		add_char(name, text[i] == '/' || (i == 0 && strcmp(text, "..") == 0) ? '!' : text[i]);
}

static void add_number(struct name *name, const char *format, uint64_t number)
{
	char text[24];

	string_format(text, sizeof(text), format, number);
	add(name, text);
}

/* The program's path (%E), or its last component (%f). */
static void add_program(struct name *name, bool is_whole)
{
	const struct file *file = current_process()->space->exe_file;
	char *buffer = file ? path_buffer_get() : NULL;

	if (!buffer) {
		add_safe(name, current_thread()->name);
		return;
	}
	const char *text = path_text(&file->path, buffer, PATH_MAX_BYTES);
	const char *slash = is_err(text) ? NULL : strrchr(text, '/');
	add_safe(name, is_err(text) ? current_thread()->name : slash && !is_whole ? slash + 1 : text);
	path_text_free(buffer);
}

static void add_letter(struct name *name, char letter, int signal)
{
	const struct process *process = current_process();
	char host[UTS_FIELD];

	switch (letter) {
	case '%':
		add_char(name, '%');
		break;
	case 'p':
	case 'P':
		add_number(name, "%lu", (uint64_t)process->pid->number);
		break;
	case 'i':
	case 'I':
		add_number(name, "%lu", (uint64_t)current_thread()->tid);
		break;
	case 'u':
		add_number(name, "%lu", current_cred()->uid);
		break;
	case 'g':
		add_number(name, "%lu", current_cred()->gid);
		break;
	case 'd':
		add_number(name, "%lu", process->space->dumpable);
		break;
	case 's':
		add_number(name, "%lu", (uint64_t)signal);
		break;
	case 't':
		add_number(name, "%lu", clock_realtime_ns() / NS_PER_SEC);
		break;
	case 'h':
		uts_host_name(host);
		add_safe(name, host);
		break;
	case 'e':
		add_safe(name, current_thread()->name);
		break;
	case 'f':
	case 'E':
		add_program(name, letter == 'E');
		break;
	case 'c':
		add_number(name, "%lu", limit_of_current(RLIMIT_CORE));
		break;
	case 'C':
		add_number(name, "%lu", current_thread()->cpu);
		break;
	default:
		break;
	}
}

bool core_name(char text[CORE_NAME_BYTES], int signal)
{
	struct name name = {.text = text};
	char wanted[CORE_PATTERN_BYTES];
	bool names_pid = false;

	core_pattern_read(wanted);
	bool is_program = wanted[0] == '|';
	for (const char *at = wanted + is_program; *at; at++) {
		if (is_program && *at == ' ') {
			/* arguments end here, whatever the letters stand for */
			if (name.count && text[name.count - 1])
				add_char(&name, 0);
		} else if (*at != '%') {
			add_char(&name, *at);
		} else {
			if (!*++at)
				break;
			names_pid = names_pid || *at == 'p';
			add_letter(&name, *at, signal);
		}
	}
	if (!is_program && !names_pid && core_uses_pid)
		add_number(&name, ".%lu", (uint64_t)current_process()->pid->number);
	text[name.count] = 0;
	text[name.count + 1] = 0;
	return is_program;
}
