/*
 * Output processing (termios(3), c_oflag), echo and flow control, with the column kept so that tabs and erasing come
 * out right.
 */
#include <asm/ioctls.h>

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
		if (!tty_is_control(byte) && !tty_is_continuation(tty, byte))
			tty->column++;
		if (has(tty, OLCUC) && byte >= 'a' && byte <= 'z')
			byte = (uint8_t)(byte - 'a' + 'A');
	}
	to[0] = byte;
	return 1;
}

/* -- echo -- */

void tty_echo_late(struct tty *tty)
{
	uint8_t part[64];

	while (!tty->is_stopped && tty_queue_used(&tty->echo)) {
		size_t room = tty->backend->room(tty);
		uint32_t count = tty_queue_take(&tty->echo, part, MIN(room, sizeof(part)));
		if (!count) {
			tty_want_room(tty);
			return;
		}
		tty->backend->put(tty, part, count);
	}
}

/* On a line that is stopped for long, what goes beyond the queue is lost, as what was typed can still be read. */
static void echo_bytes(struct tty *tty, const uint8_t *bytes, size_t count)
{
	bool is_free = !tty->is_stopped && !tty_queue_used(&tty->echo);

	if (is_free && tty->backend->room(tty) >= count)
		tty->backend->put(tty, bytes, count);
	else if (tty_queue_free(&tty->echo) >= count)
		tty_queue_put(&tty->echo, bytes, count);
}

void tty_echo(struct tty *tty, uint8_t byte)
{
	uint8_t expanded[TTY_EXPANDED_MAX];
	size_t count = tty_expand(tty, byte, expanded);

	echo_bytes(tty, expanded, count);
	if (tty_queue_used(&tty->echo) && !tty->is_stopped)
		tty_echo_late(tty);
}

void tty_echo_text(struct tty *tty, const char *text)
{
	while (*text)
		tty_echo(tty, (uint8_t)*text++);
}

void tty_echo_typed(struct tty *tty, uint8_t byte)
{
	if (tty_is_control(byte) && byte != '\t' && tty_local(tty, ECHOCTL)) {
		tty_echo(tty, '^');
		tty_echo(tty, byte ^ 0x40);
	} else {
		tty_echo(tty, byte);
	}
}

/* -- flow -- */

void tty_stop(struct tty *tty, bool by_call)
{
	if (by_call)
		tty->is_stopped_by_call = true;
	if (tty->is_stopped)
		return;
	tty->is_stopped = true;
	tty_note(tty, TIOCPKT_STOP, TIOCPKT_START);
}

void tty_start(struct tty *tty, bool by_call)
{
	if (by_call)
		tty->is_stopped_by_call = false;
	if (!tty->is_stopped || tty->is_stopped_by_call)
		return;
	tty->is_stopped = false;
	tty_note(tty, TIOCPKT_START, TIOCPKT_STOP);
	tty_echo_late(tty);
	waitq_wake_all(&tty->writers);
}

void tty_flush_output(struct tty *tty)
{
	tty_queue_clear(&tty->echo);
	if (tty->backend->discard)
		tty->backend->discard(tty);
	tty_note(tty, TIOCPKT_FLUSHWRITE, 0);
	waitq_wake_all(&tty->writers);
}

void tty_room(struct tty *tty)
{
	spin_lock(&tty->lock);
	tty_echo_late(tty);
	spin_unlock(&tty->lock);
	waitq_wake_all(&tty->writers);
}
