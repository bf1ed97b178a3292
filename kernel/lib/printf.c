/*
 * Formatted print into a buffer.
 */
#include "lib/printf.h"
#include "lib/string.h"

struct output {
	char *to;
	size_t room;
	size_t length; /* the whole text has, cut or not */
};

struct conversion {
	bool left, zero, plus, space, alternate;
	int width;
	int precision; /* -1: none given */
	uint8_t size_bytes;
	char kind;
};

static void put(struct output *out, char c)
{
	if (out->length + 1 < out->room)
		out->to[out->length] = c;
	out->length++;
}

static void put_many(struct output *out, char c, int count)
{
	while (count-- > 0)
		put(out, c);
}

static void put_padded(struct output *out, const struct conversion *conv, const char *text, size_t length)
{
	int padding = conv->width - (int)length;

	if (!conv->left)
		put_many(out, ' ', padding);
	for (size_t i = 0; i < length; i++)
		put(out, text[i]);
	if (conv->left)
		put_many(out, ' ', padding);
}

static const char *prefix_of(const struct conversion *conv, bool negative, uint64_t value)
{
	if (negative)
		return "-";
	if (conv->kind == 'd')
		return conv->plus ? "+" : conv->space ? " " : "";
	if (conv->alternate && value)
		return conv->kind == 'x' ? "0x" : conv->kind == 'X' ? "0X" : conv->kind == 'o' ? "0" : "";
	return "";
}

static void put_number(struct output *out, const struct conversion *conv, uint64_t value, bool negative)
{
	const char *digits = conv->kind == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	unsigned base = conv->kind == 'x' || conv->kind == 'X' ? 16 : conv->kind == 'o' ? 8 : 10;
	const char *prefix = prefix_of(conv, negative, value);
	char text[24];
	int length = 0;

	for (uint64_t rest = value; rest; rest /= base)
		text[length++] = digits[rest % base];
	if (length == 0 && conv->precision != 0)
		text[length++] = '0';
	int zeros = conv->precision > length ? conv->precision - length : 0;
	int padding = conv->width - length - zeros - (int)strlen(prefix);
	if (conv->zero && !conv->left && conv->precision < 0 && padding > 0) {
		zeros = padding;
		padding = 0;
	}
	if (!conv->left)
		put_many(out, ' ', padding);
	while (*prefix)
		put(out, *prefix++);
	put_many(out, '0', zeros);
	while (length)
		put(out, text[--length]);
	if (conv->left)
		put_many(out, ' ', padding);
}

static const char *parse_size(const char *format, struct conversion *conv)
{
	conv->size_bytes = 4;
	for (;; format++) {
		if (*format == 'h')
			conv->size_bytes /= 2;
		else if (*format == 'l' || *format == 'z' || *format == 'j' || *format == 't')
			conv->size_bytes = 8;
		else
			return format;
	}
}

static const char *parse(const char *format, struct conversion *conv, va_list *args)
{
	memset(conv, 0, sizeof(*conv));
	for (;; format++) {
		if (*format == '-')
			conv->left = true;
		else if (*format == '0')
			conv->zero = true;
		else if (*format == '+')
			conv->plus = true;
		else if (*format == ' ')
			conv->space = true;
		else if (*format == '#')
			conv->alternate = true;
		else
			break;
	}
	if (*format == '*') {
		conv->width = va_arg(*args, int);
		if (conv->width < 0) {
			conv->left = true;
			conv->width = -conv->width;
		}
		format++;
	} else {
		conv->width = (int)string_to_u64(format, &format, 10);
	}
	conv->precision = -1;
	if (*format == '.') {
		format++;
		if (*format == '*') {
			conv->precision = va_arg(*args, int);
			format++;
		} else {
			conv->precision = (int)string_to_u64(format, &format, 10);
		}
	}
	format = parse_size(format, conv);
	conv->kind = *format == 'i' ? 'd' : *format;
	return format;
}

static void convert(struct output *out, struct conversion *conv, va_list *args)
{
	switch (conv->kind) {
	case 'd': {
		int64_t value = conv->size_bytes == 8 ? va_arg(*args, int64_t) : va_arg(*args, int);
		if (conv->size_bytes == 2)
			value = (int16_t)value;
		if (conv->size_bytes == 1)
			value = (int8_t)value;
		put_number(out, conv, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0);
		break;
	}
	case 'u':
	case 'x':
	case 'X':
	case 'o': {
		uint64_t value = conv->size_bytes == 8 ? va_arg(*args, uint64_t) : va_arg(*args, unsigned);
		if (conv->size_bytes == 2)
			value = (uint16_t)value;
		if (conv->size_bytes == 1)
			value = (uint8_t)value;
		put_number(out, conv, value, false);
		break;
	}
	case 'p':
		conv->kind = 'x';
		conv->alternate = true;
		put_number(out, conv, (uint64_t)va_arg(*args, void *), false);
		break;
	case 'c': {
		char c = (char)va_arg(*args, int);
		put_padded(out, conv, &c, 1);
		break;
	}
	case 's': {
		const char *text = va_arg(*args, const char *);
		if (!text)
			text = "(null)";
		put_padded(out, conv, text, strnlen(text, conv->precision < 0 ? SIZE_MAX : (size_t)conv->precision));
		break;
	}
	default:
		put(out, conv->kind);
	}
}

int string_format_v(char *to, size_t room, const char *format, va_list args)
{
	struct output out = {.to = to, .room = room};
	va_list rest;

	va_copy(rest, args);
	for (; *format; format++) {
		struct conversion conv;
		if (*format != '%') {
			put(&out, *format);
			continue;
		}
		format = parse(format + 1, &conv, &rest);
		if (!*format)
			break;
		convert(&out, &conv, &rest);
	}
	va_end(rest);
	if (room)
		to[MIN(out.length, room - 1)] = '\0';
	return (int)out.length;
}

int string_format(char *to, size_t room, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int length = string_format_v(to, room, format, args);
	va_end(args);
	return length;
}
