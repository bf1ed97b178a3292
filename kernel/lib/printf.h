/*
 * Formatted print into a buffer: %d %i %u %x %X %o %c %s %p %% with flags (- 0 + space #), width, precision, * and
 * the sizes hh h l ll z j t. No floating point.
 */
#ifndef NAMU_LIB_PRINTF_H
#define NAMU_LIB_PRINTF_H

#include <stdarg.h>
#include "lib/types.h"

/* Both return the length the whole text has, as C11's snprintf; the text is cut to `room` - 1 and ended by zero. */
int string_format_v(char *to, size_t room, const char *format, va_list args) __attribute__((format(printf, 3, 0)));
int string_format(char *to, size_t room, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
