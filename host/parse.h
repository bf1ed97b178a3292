/*
 * Readers of the numbers a user writes: sizes, durations, whole numbers. They take the whole text or nothing, know no
 * locale, and never wrap.
 */
#ifndef HOST_PARSE_H
#define HOST_PARSE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A size in bytes as docker writes it: a decimal number, fractions allowed, then at most one of b, k, m, g, t, p in
 * either case, then at most "b" or "ib" ("256m", "1.5GiB", "65536"). A bare number counts bytes.
 */
bool parse_size(const char *text, uint64_t *bytes);

/* Seconds as a decimal number, fractions to the nanosecond, at most 10^9 seconds. */
bool parse_seconds(const char *text, uint64_t *ns);

/* A whole decimal number from 0 to `most`. */
bool parse_number(const char *text, uint64_t most, uint64_t *value);

/* As parse_number(), but "0x" and hexadecimal digits are taken too: what a seed may be written as. */
bool parse_seed(const char *text, uint64_t *value);

/* "true", "false", "1", "0", "t", "f" in any case, as docker takes for --flag=VALUE. */
bool parse_bool(const char *text, bool *value);

#endif
