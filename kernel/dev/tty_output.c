/*
 * Output processing (termios(3), c_oflag) and echo, with the column kept so that tabs and erasing come out right.
 */
#include "dev/tty_device.h"
#include "lib/string.h"

#define TAB_STOP 8

static bool has(const struct tty *tty, tcflag_t flag)
{
	return tty->termios.c_oflag & flag;
}

static size_t expand_tab(struct tty *tty, uint8_t *to)
{
	uint32_t spaces = TAB_STOP - tty->column % TAB_STOP;

	tty->column += spaces;
	if ((tty->termios.c_oflag & TABDLY) != XTABS) {
		to[0] = '\t';
		return 1;
	}
	memset(to, ' ', spaces);
	return spaces;
}

static size_t expand_newline(struct tty *tty, uint8_t *to)
{
	size_t count = 0;

	if (has(tty, ONLCR)) {
		to[count++] = '\r';
		tty->column = 0;
	}
	if (has(tty, ONLRET))
		tty->column = 0;
	to[count++] = '\n';
	return count;
}

static size_t expand_return(struct tty *tty, uint8_t *to)
{
	if (has(tty, ONOCR) && tty->column == 0)
		return 0;
	if (has(tty, OCRNL)) {
		to[0] = '\n';
		if (has(tty, ONLRET))
			tty->column = 0;
		return 1;
	}
	tty->column = 0;
	to[0] = '\r';
	return 1;
}

size_t tty_expand(struct tty *tty, uint8_t byte, uint8_t *to)
{
	if (!has(tty, OPOST)) {
		to[0] = byte;
		return 1;
	}
	switch (byte) {
	case '\n':
		return expand_newline(tty, to);
	case '\r':
		return expand_return(tty, to);
	case '\t':
		return expand_tab(tty, to);
	case '\b':
		if (tty->column)
			tty->column--;
		break;
	default:
		/* A continuation byte of UTF-8 takes no column. */
		if (byte >= ' ' && byte != 0x7f && !((tty->termios.c_iflag & IUTF8) && (byte & 0xc0) == 0x80))
			tty->column++;
		if (has(tty, OLCUC) && byte >= 'a' && byte <= 'z')
			byte = (uint8_t)(byte - 'a' + 'A');
	}
	to[0] = byte;
	return 1;
}

void tty_echo(struct tty *tty, uint8_t byte)
{
	uint8_t expanded[TTY_EXPANDED_MAX];
	size_t count = tty_expand(tty, byte, expanded);

	tty->backend->put(tty, expanded, count);
}

void tty_echo_text(struct tty *tty, const char *text)
{
	while (*text)
		tty_echo(tty, (uint8_t)*text++);
}

void tty_echo_typed(struct tty *tty, uint8_t byte)
{
	bool is_control = (byte < ' ' && byte != '\t' && byte != '\n') || byte == 0x7f;

	if (is_control && (tty->termios.c_lflag & ECHOCTL)) {
		tty_echo(tty, '^');
		tty_echo(tty, byte ^ 0x40);
	} else {
		tty_echo(tty, byte);
	}
}
