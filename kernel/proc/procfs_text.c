/* Texts that grow while they are printed. */
#include "lib/printf.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "proc/procfs_private.h"

#define FIRST_ROOM 1024
#define MOST_ROOM  (4ul << 20)

char *proc_room(struct proc_text *text, size_t count)
{
	size_t wanted = text->length + count;

	if (text->is_cut)
		return NULL;
	if (wanted > text->room) {
		size_t room = MAX(text->room * 2, (size_t)FIRST_ROOM);
		while (room < wanted)
			room *= 2;
		char *larger = room <= MOST_ROOM ? kmalloc(room) : NULL;
		if (!larger) {
			text->is_cut = true;
			return NULL;
		}
		if (text->length)
			memcpy(larger, text->data, text->length);
		kfree(text->data);
		text->data = larger;
		text->room = room;
	}
	return text->data + text->length;
}

void proc_append(struct proc_text *text, const char *bytes, size_t count)
{
	char *to = proc_room(text, count);

	if (!to)
		return;
	memcpy(to, bytes, count);
	text->length += count;
}

void proc_print(struct proc_text *text, const char *format, ...)
{
	va_list args;
	size_t free_bytes = text->room - text->length;

	va_start(args, format);
	int count = string_format_v(text->data ? text->data + text->length : NULL, free_bytes, format, args);
	va_end(args);
	if (count < 0)
		return;
	if ((size_t)count >= free_bytes) {
		char *to = proc_room(text, (size_t)count + 1);
		if (!to)
			return;
		va_start(args, format);
		string_format_v(to, (size_t)count + 1, format, args);
		va_end(args);
	}
	text->length += (size_t)count;
}

void proc_pad(struct proc_text *text, size_t line_start, size_t column)
{
	while (text->length - line_start < column && !text->is_cut)
		proc_append(text, " ", 1);
}

void proc_append_escaped(struct proc_text *text, const char *name)
{
	for (; *name; name++) {
		if (*name == ' ' || *name == '\t' || *name == '\n' || *name == '\\')
			proc_print(text, "\\%03o", (unsigned)(uint8_t)*name);
		else
			proc_append(text, name, 1);
	}
}
