/* Sizes, durations and whole numbers as a user writes them. */
#include "parse.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define FRACTION_DIGITS 9
#define FRACTION_UNIT   1000000000ull

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * Reads DIGITS[.DIGITS] into a whole part and a fraction in units of 10^-9 (further digits are dropped). Gives the
 * first character that is not part of it, or NULL when there is no number or it does not fit.
 */
static const char *parse_decimal(const char *text, uint64_t *whole, uint64_t *fraction)
{
	const char *at = text;
	int places = 0;

	*whole = 0;
	*fraction = 0;
	for (; is_digit(*at); at++) {
		if (__builtin_mul_overflow(*whole, 10u, whole) ||
		    __builtin_add_overflow(*whole, (uint64_t)(*at - '0'), whole))
			return NULL;
	}
	if (at == text)
		return NULL;
	if (*at != '.')
		return at;
	const char *first = ++at;

	for (; is_digit(*at); at++) {
		if (places < FRACTION_DIGITS) {
			*fraction = *fraction * 10 + (uint64_t)(*at - '0');
			places++;
		}
	}
	if (at == first)
		return NULL;
	for (; places < FRACTION_DIGITS; places++)
		*fraction *= 10;
	return at;
}

bool parse_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "bkmgtp";
	uint64_t whole, fraction, scaled;
	unsigned shift = 0;
	const char *at = parse_decimal(text, &whole, &fraction);

	if (!at)
		return false;
	if (*at == ' ' && at[1])
		at++;
	if (*at) {
		const char *unit = strchr(units, *at | 0x20);

		if (!unit)
			return false;
		shift = 10 * (unsigned)(unit - units);
		at++;
		if (*at && shift > 0 && (strcasecmp(at, "b") == 0 || strcasecmp(at, "ib") == 0))
			at += strlen(at);
	}
	if (*at || __builtin_mul_overflow(whole, 1ull << shift, &scaled))
		return false;
	/* 10^9 units times 2^50 would wrap, so the fraction is scaled in two steps. */
	uint64_t part =
		shift > 30 ? (fraction << 30) / FRACTION_UNIT << (shift - 30) : (fraction << shift) / FRACTION_UNIT;

	return !__builtin_add_overflow(scaled, part, bytes);
}

bool parse_seconds(const char *text, uint64_t *ns)
{
	uint64_t whole, fraction;
	const char *at = parse_decimal(text, &whole, &fraction);

	if (!at || *at || whole > 1000000000u)
		return false;
	*ns = whole * 1000000000u + fraction;
	return true;
}

bool parse_number(const char *text, uint64_t most, uint64_t *value)
{
	uint64_t fraction;
	const char *at = parse_decimal(text, value, &fraction);

	return at && !*at && !strchr(text, '.') && *value <= most;
}

bool parse_seed(const char *text, uint64_t *value)
{
	if (text[0] != '0' || (text[1] | 0x20) != 'x')
		return parse_number(text, UINT64_MAX, value);
	*value = 0;
	const char *at = text + 2;

	for (; *at; at++) {
		char c = *at;
		int digit = is_digit(c) ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;

		if (digit < 0 || *value >> 60)
			return false;
		*value = *value << 4 | (uint64_t)digit;
	}
	return at > text + 2;
}

bool parse_bool(const char *text, bool *value)
{
	static const char *const yes[] = {"true", "t", "1"};
	static const char *const no[] = {"false", "f", "0"};

	for (size_t i = 0; i < 3; i++) {
		if (strcasecmp(text, yes[i]) == 0) {
			*value = true;
			return true;
		}
		if (strcasecmp(text, no[i]) == 0) {
			*value = false;
			return true;
		}
	}
	return false;
}
