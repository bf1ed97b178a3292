/*
 * Strings and memory.
 */
#include "lib/string.h"

#ifndef NAMU_HOST_TEST

#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen

typedef uint64_t word_t __attribute__((may_alias, aligned(1)));

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	char *target = to;
	const char *source = from;

	while (bytes >= 32) {
		uint64_t a = *(const word_t *)source, b = *(const word_t *)(source + 8);
		uint64_t c = *(const word_t *)(source + 16), d = *(const word_t *)(source + 24);
		*(word_t *)target = a;
		*(word_t *)(target + 8) = b;
		*(word_t *)(target + 16) = c;
		*(word_t *)(target + 24) = d;
		target += 32;
		source += 32;
		bytes -= 32;
	}
	while (bytes >= 8) {
		*(word_t *)target = *(const word_t *)source;
		target += 8;
		source += 8;
		bytes -= 8;
	}
	while (bytes--) {
		*target++ = *source++;
		__asm__ volatile(""); /* keep the compiler from seeing memcpy in memcpy */
	}
	return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
	char *target = to;
	const char *source = from;

	if (target <= source || target >= source + bytes)
		return memcpy(to, from, bytes);
	while (bytes >= 8) {
		bytes -= 8;
		*(word_t *)(target + bytes) = *(const word_t *)(source + bytes);
	}
	while (bytes--) {
		target[bytes] = source[bytes];
		__asm__ volatile("");
	}
	return to;
}

void *memset(void *to, int value, size_t bytes)
{
	char *target = to;
	uint64_t pattern = 0x0101010101010101ull * (uint8_t)value;

	while (bytes >= 32) {
		*(word_t *)target = pattern;
		*(word_t *)(target + 8) = pattern;
		*(word_t *)(target + 16) = pattern;
		*(word_t *)(target + 24) = pattern;
		target += 32;
		bytes -= 32;
	}
	while (bytes >= 8) {
		*(word_t *)target = pattern;
		target += 8;
		bytes -= 8;
	}
	while (bytes--) {
		*target++ = (char)value;
		__asm__ volatile("");
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
	const uint8_t *left = a, *right = b;

	for (; bytes >= 8 && *(const word_t *)left == *(const word_t *)right; bytes -= 8) {
		left += 8;
		right += 8;
	}
	for (; bytes; bytes--, left++, right++) {
		if (*left != *right)
			return *left - *right;
	}
	return 0;
}

void *memchr(const void *in, int byte, size_t bytes)
{
	const uint8_t *at = in;

	for (; bytes; bytes--, at++) {
		if (*at == (uint8_t)byte)
			return (void *)at;
	}
	return NULL;
}

size_t strnlen(const char *text, size_t limit)
{
	size_t length = 0;

	while (length < limit && text[length])
		length++;
	return length;
}

size_t strlen(const char *text)
{
	return strnlen(text, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t limit)
{
	for (; limit; limit--, a++, b++) {
		if (*a != *b)
			return (uint8_t)*a - (uint8_t)*b;
		if (!*a)
			break;
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *text, int byte)
{
	for (;; text++) {
		if (*text == (char)byte)
			return (char *)text;
		if (!*text)
			return NULL;
	}
}

char *strrchr(const char *text, int byte)
{
	const char *found = NULL;

	for (;; text++) {
		if (*text == (char)byte)
			found = text;
		if (!*text)
			return (char *)found;
	}
}

#endif

size_t string_copy(char *to, const char *text, size_t room)
{
	size_t length = strlen(text);

	if (room) {
		size_t kept = MIN(length, room - 1);
		memcpy(to, text, kept);
		to[kept] = '\0';
	}
	return length;
}

uint64_t string_to_u64(const char *text, const char **end, unsigned base)
{
	uint64_t value = 0;

	for (;; text++) {
		unsigned digit;
		if (*text >= '0' && *text <= '9')
			digit = (unsigned)(*text - '0');
		else if (*text >= 'a' && *text <= 'f')
			digit = (unsigned)(*text - 'a') + 10;
		else if (*text >= 'A' && *text <= 'F')
			digit = (unsigned)(*text - 'A') + 10;
		else
			break;
		if (digit >= base)
			break;
		value = value * base + digit;
	}
	if (end)
		*end = text;
	return value;
}
