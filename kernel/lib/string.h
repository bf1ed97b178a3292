/*
 * Strings and memory. The names and the results are those of C11 and POSIX; copies are loops of 8-byte moves,
 * which are the fastest under emulation and good on hardware (see doc/architecture.md, Speed).
 */
#ifndef NAMU_LIB_STRING_H
#define NAMU_LIB_STRING_H

#include "lib/types.h"

#ifdef NAMU_HOST_TEST
#include <string.h>
#else
void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
void *memchr(const void *in, int byte, size_t bytes);
size_t strlen(const char *text);
size_t strnlen(const char *text, size_t limit);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t limit);
char *strchr(const char *text, int byte);
char *strrchr(const char *text, int byte);
/* A freestanding compiler knows these by their builtin names only; with them small copies become plain moves. */
#define memcpy(to, from, bytes)  __builtin_memcpy(to, from, bytes)
#define memmove(to, from, bytes) __builtin_memmove(to, from, bytes)
#define memset(to, value, bytes) __builtin_memset(to, value, bytes)
#define memcmp(a, b, bytes)      __builtin_memcmp(a, b, bytes)
#define strlen(text)             __builtin_strlen(text)
#endif

/* Copy `text` into `to` of `room` bytes, cut if need be, always ended by a zero byte. Returns the length of `text`. */
size_t string_copy(char *to, const char *text, size_t room);
/* A number at the start of `text` in `base` 10, 16 or 8; *end is set behind it. No digits: 0 and *end == text. */
uint64_t string_to_u64(const char *text, const char **end, unsigned base);

#endif
