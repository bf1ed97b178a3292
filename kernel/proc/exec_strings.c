/*
 * Collecting a program's arguments and environment, within Linux's limits.
 */
#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "proc/exec_strings.h"

void exec_strings_init(struct exec_strings *strings, uint64_t stack_limit_bytes)
{
	uint64_t limit = MIN(EXEC_TOTAL_MOST, stack_limit_bytes / 4);

	strings->limit_bytes = MAX(limit, (uint64_t)EXEC_TOTAL_LEAST);
	strings->used_bytes = 0;
	strings->text_bytes = 0;
	strings->blocks = strings->inline_blocks;
	strings->block_count = 0;
	strings->block_room = EXEC_BLOCKS_INLINE;
	strings->lengths = strings->inline_lengths;
	strings->length_count = 0;
	strings->length_room = EXEC_LENGTHS_INLINE;
	strings->argc = strings->envc = 0;
	strings->prefix_count = 0;
	strings->is_first_dropped = false;
}

void exec_strings_free(struct exec_strings *strings)
{
	for (uint32_t i = 0; i < strings->block_count; i++)
		kfree(strings->blocks[i]);
	if (strings->blocks != strings->inline_blocks)
		kfree(strings->blocks);
	if (strings->lengths != strings->inline_lengths)
		kfree(strings->lengths);
	for (uint32_t i = 0; i < strings->prefix_count; i++)
		kfree(strings->prefix[i]);
	strings->block_count = 0;
	strings->prefix_count = 0;
	strings->blocks = strings->inline_blocks;
	strings->lengths = strings->inline_lengths;
}

/* Twice the room for an array that began inside the structure. */
static void *grow(void *array, const void *inline_array, uint32_t *room, size_t element_bytes)
{
	void *larger = kmalloc(2 * (size_t)*room * element_bytes);

	if (!larger)
		return NULL;
	memcpy(larger, array, *room * element_bytes);
	if (array != inline_array)
		kfree(array);
	*room *= 2;
	return larger;
}

/* Where the next byte goes, and how many fit there; null: no memory. */
static uint8_t *block_at_end(struct exec_strings *strings, size_t *room)
{
	size_t offset = strings->text_bytes % PAGE_SIZE;

	if (strings->text_bytes / PAGE_SIZE == strings->block_count) {
		if (strings->block_count == strings->block_room) {
			uint8_t **larger =
				grow(strings->blocks, strings->inline_blocks, &strings->block_room, sizeof(*larger));
			if (!larger)
				return NULL;
			strings->blocks = larger;
		}
		uint8_t *block = kmalloc(PAGE_SIZE);
		if (!block)
			return NULL;
		strings->blocks[strings->block_count++] = block;
	}
	*room = PAGE_SIZE - offset;
	return strings->blocks[strings->text_bytes / PAGE_SIZE] + offset;
}

/* Count a finished string: its bytes and its pointer. */
static int finish_string(struct exec_strings *strings, uint64_t bytes)
{
	if (strings->length_count == strings->length_room) {
		uint32_t *larger =
			grow(strings->lengths, strings->inline_lengths, &strings->length_room, sizeof(*larger));
		if (!larger)
			return -ENOMEM;
		strings->lengths = larger;
	}
	strings->lengths[strings->length_count++] = (uint32_t)bytes;
	strings->used_bytes += bytes + sizeof(uint64_t);
	return strings->used_bytes > strings->limit_bytes ? -E2BIG : 0;
}

int exec_strings_add_user(struct exec_strings *strings, uaddr_t text)
{
	uint64_t bytes = 0;

	for (;;) {
		size_t room;
		uint8_t *to = block_at_end(strings, &room);
		if (!to)
			return -ENOMEM;
		ssize_t length = string_from_user((char *)to, text + bytes, room);
		if (length >= 0) {
			bytes += (uint64_t)length + 1;
			strings->text_bytes += (uint64_t)length + 1;
			break;
		}
		if (length != -ENAMETOOLONG)
			return -EFAULT;
		bytes += room;
		strings->text_bytes += room;
		if (bytes >= EXEC_STRING_BYTES)
			return -E2BIG;
	}
	return bytes > EXEC_STRING_BYTES ? -E2BIG : finish_string(strings, bytes);
}

int exec_strings_add(struct exec_strings *strings, const char *text, size_t bytes)
{
	static const char zero = 0;
	size_t left = bytes + 1;

	if (left > EXEC_STRING_BYTES)
		return -E2BIG;
	while (left > 0) {
		size_t room;
		uint8_t *to = block_at_end(strings, &room);
		if (!to)
			return -ENOMEM;
		size_t part = MIN(room, left > 1 ? left - 1 : 1);
		memcpy(to, left > 1 ? text : &zero, part);
		text += part;
		left -= part;
		strings->text_bytes += part;
	}
	return finish_string(strings, bytes + 1);
}

int exec_strings_add_array(struct exec_strings *strings, uaddr_t array, uint32_t *count)
{
	uint64_t text;
	int error = 0;

	*count = 0;
	if (!array)
		return 0;
	while (!error) {
		if (get_user_u64(&text, array))
			return -EFAULT;
		if (!text)
			return 0;
		error = exec_strings_add_user(strings, text);
		array += sizeof(text);
		++*count;
	}
	return error;
}

int exec_strings_prepend(struct exec_strings *strings, char *word)
{
	uint64_t bytes = strlen(word) + 1;

	KERNEL_ASSERT(strings->prefix_count < EXEC_PREFIX_MAX);
	memmove(strings->prefix + 1, strings->prefix, strings->prefix_count * sizeof(*strings->prefix));
	strings->prefix[0] = word;
	strings->prefix_count++;
	strings->used_bytes += bytes + sizeof(uint64_t);
	return strings->used_bytes > strings->limit_bytes ? -E2BIG : 0;
}
