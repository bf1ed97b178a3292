/*
 * The line discipline's input side (termios(3), c_iflag and c_lflag): editing, special characters, what a read gets.
 */
#include "dev/tty_device.h"
#include "lib/string.h"

#define DISABLED 0 /* _POSIX_VDISABLE */

static bool local(const struct tty *tty, tcflag_t flag)
{
	return tty->termios.c_lflag & flag;
}

static bool is_special(const struct tty *tty, unsigned which, uint8_t byte)
{
	return tty->termios.c_cc[which] != DISABLED && tty->termios.c_cc[which] == byte;
}

static uint8_t *at(struct tty *tty, uint32_t position)
{
	return &tty->input[position % TTY_INPUT_BYTES];
}

static void bit_set(uint64_t *bits, uint32_t position, bool value)
{
	uint32_t index = position % TTY_INPUT_BYTES;

	if (value)
		bits[index / 64] |= 1ull << (index % 64);
	else
		bits[index / 64] &= ~(1ull << (index % 64));
}

static bool bit_get(const uint64_t *bits, uint32_t position)
{
	uint32_t index = position % TTY_INPUT_BYTES;

	return bits[index / 64] >> (index % 64) & 1;
}

static bool is_full(const struct tty *tty)
{
	/* One place is kept for the end of a line. */
	return tty->tail - tty->head >= TTY_INPUT_BYTES - 1;
}

static void append(struct tty *tty, uint8_t byte, bool ends_line, bool ends_file)
{
	*at(tty, tty->tail) = byte;
	bit_set(tty->line_ends, tty->tail, ends_line);
	bit_set(tty->file_ends, tty->tail, ends_file);
	tty->tail++;
	if (ends_line) {
		tty->line_start = tty->tail;
		tty->lines++;
	}
}

static void line_finish(struct tty *tty, uint8_t byte, bool ends_file)
{
	append(tty, byte, true, ends_file);
	waitq_wake_all(&tty->readers);
}

/* -- editing -- */

/* Columns that the line being edited takes up to position `end`, for erasing a tab. */
static uint32_t columns_until(struct tty *tty, uint32_t end)
{
	uint32_t column = tty->echo_column;

	for (uint32_t i = tty->line_start; i != end; i++) {
		uint8_t byte = *at(tty, i);
		if (byte == '\t')
			column += 8 - column % 8;
		else if (byte < ' ' || byte == 0x7f)
			column += local(tty, ECHOCTL) ? 2 : 0;
		else if (!((tty->termios.c_iflag & IUTF8) && (byte & 0xc0) == 0x80))
			column++;
	}
	return column;
}

static void erase_shown(struct tty *tty, uint32_t from)
{
	uint32_t after = columns_until(tty, tty->tail);
	uint32_t before = columns_until(tty, from);

	while (after-- > before)
		tty_echo_text(tty, "\b \b");
}

/* Where the character before `end` starts: more than a byte back in UTF-8. */
static uint32_t character_start(struct tty *tty, uint32_t end)
{
	uint32_t start = end - 1;

	if (tty->termios.c_iflag & IUTF8) {
		while (start != tty->line_start && (*at(tty, start) & 0xc0) == 0x80)
			start--;
	}
	return start;
}

static void erase_to(struct tty *tty, uint32_t start, uint8_t typed)
{
	if (local(tty, ECHO)) {
		if (local(tty, ECHOE))
			erase_shown(tty, start);
		else
			tty_echo_typed(tty, typed);
	}
	tty->tail = start;
}

static bool is_word_byte(uint8_t byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       byte == '_' || byte >= 0x80;
}

static void erase_word(struct tty *tty, uint8_t typed)
{
	uint32_t start = tty->tail;

	while (start != tty->line_start && !is_word_byte(*at(tty, start - 1)))
		start--;
	while (start != tty->line_start && is_word_byte(*at(tty, start - 1)))
		start--;
	erase_to(tty, start, typed);
}

static void kill_line(struct tty *tty, uint8_t typed)
{
	if (local(tty, ECHO) && local(tty, ECHOK) && !local(tty, ECHOKE)) {
		tty_echo_typed(tty, typed);
		tty_echo(tty, '\n');
		tty->tail = tty->line_start;
		return;
	}
	erase_to(tty, tty->line_start, typed);
}

static void reprint(struct tty *tty, uint8_t typed)
{
	tty_echo_typed(tty, typed);
	tty_echo(tty, '\n');
	tty->echo_column = tty->column;
	for (uint32_t i = tty->line_start; i != tty->tail; i++)
		tty_echo_typed(tty, *at(tty, i));
}

/* -- one byte -- */

/* The signal that a typed byte asks for; 0: none. */
static int signal_of(const struct tty *tty, uint8_t byte)
{
	if (!local(tty, ISIG))
		return 0;
	if (is_special(tty, VINTR, byte))
		return SIGINT;
	if (is_special(tty, VQUIT, byte))
		return SIGQUIT;
	return is_special(tty, VSUSP, byte) ? SIGTSTP : 0;
}

static void echo_plain(struct tty *tty, uint8_t byte)
{
	if (!local(tty, ECHO))
		return;
	if (tty->tail == tty->line_start)
		tty->echo_column = tty->column;
	tty_echo_typed(tty, byte);
}

static void take_plain(struct tty *tty, uint8_t byte)
{
	if (is_full(tty)) {
		if (tty->termios.c_iflag & IMAXBEL)
			tty->backend->put(tty, "\a", 1);
		return;
	}
	echo_plain(tty, byte);
	append(tty, byte, false, false);
	if (!local(tty, ICANON))
		waitq_wake_all(&tty->readers);
}

static bool edit(struct tty *tty, uint8_t byte)
{
	bool has_text = tty->tail != tty->line_start;

	if (is_special(tty, VERASE, byte)) {
		if (has_text)
			erase_to(tty, character_start(tty, tty->tail), byte);
	} else if (local(tty, IEXTEN) && is_special(tty, VWERASE, byte)) {
		if (has_text)
			erase_word(tty, byte);
	} else if (is_special(tty, VKILL, byte)) {
		kill_line(tty, byte);
	} else if (local(tty, IEXTEN) && local(tty, ECHO) && is_special(tty, VREPRINT, byte)) {
		reprint(tty, byte);
	} else {
		return false;
	}
	return true;
}

static void take_canonical(struct tty *tty, uint8_t byte)
{
	if (edit(tty, byte))
		return;
	if (byte == '\n') {
		if (local(tty, ECHO) || local(tty, ECHONL))
			tty_echo(tty, '\n');
		line_finish(tty, byte, false);
	} else if (is_special(tty, VEOF, byte)) {
		line_finish(tty, 0, true);
	} else if (is_special(tty, VEOL, byte) || (local(tty, IEXTEN) && is_special(tty, VEOL2, byte))) {
		echo_plain(tty, byte);
		line_finish(tty, byte, false);
	} else {
		take_plain(tty, byte);
	}
}

/* XON and XOFF. True: the byte was one of them. */
static bool flow_control(struct tty *tty, uint8_t byte)
{
	bool was_stopped = tty->is_stopped;

	if (!(tty->termios.c_iflag & IXON))
		return false;
	if (is_special(tty, VSTOP, byte) && !(was_stopped && is_special(tty, VSTART, byte))) {
		tty->is_stopped = true;
		return true;
	}
	if (is_special(tty, VSTART, byte)) {
		tty->is_stopped = false;
		waitq_wake_all(&tty->writers);
		return true;
	}
	if (was_stopped && (tty->termios.c_iflag & IXANY)) {
		tty->is_stopped = false;
		waitq_wake_all(&tty->writers);
	}
	return false;
}

/* Mapping of carriage return and newline; false: the byte is dropped. */
static bool map_input(const struct tty *tty, uint8_t *byte)
{
	tcflag_t flags = tty->termios.c_iflag;

	if (flags & ISTRIP)
		*byte &= 0x7f;
	if (*byte == '\r') {
		if (flags & IGNCR)
			return false;
		if (flags & ICRNL)
			*byte = '\n';
	} else if (*byte == '\n' && (flags & INLCR)) {
		*byte = '\r';
	}
	if ((flags & IUCLC) && (tty->termios.c_lflag & IEXTEN) && *byte >= 'A' && *byte <= 'Z')
		*byte = (uint8_t)(*byte - 'A' + 'a');
	return true;
}

/* Returns the signal that the byte causes, or 0. The lock is held. */
static int receive_byte(struct tty *tty, uint8_t byte)
{
	if (!map_input(tty, &byte))
		return 0;
	if (tty->next_is_literal) {
		tty->next_is_literal = false;
		take_plain(tty, byte);
		return 0;
	}
	if (flow_control(tty, byte))
		return 0;
	int signal = signal_of(tty, byte);
	if (signal) {
		tty->is_stopped = false;
		if (local(tty, ECHO))
			tty_echo_typed(tty, byte);
		if (!local(tty, NOFLSH)) {
			tty_flush_input(tty);
			waitq_wake_all(&tty->writers);
		}
		return signal;
	}
	if (local(tty, ICANON) && local(tty, IEXTEN) && is_special(tty, VLNEXT, byte)) {
		tty->next_is_literal = true;
		if (local(tty, ECHO) && local(tty, ECHOCTL))
			tty->backend->put(tty, "^\b", 2);
		return 0;
	}
	if (local(tty, ICANON))
		take_canonical(tty, byte);
	else
		take_plain(tty, byte);
	return 0;
}

void tty_receive(struct tty *tty, const uint8_t *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		spin_lock(&tty->lock);
		int signal = receive_byte(tty, data[i]);
		spin_unlock(&tty->lock);
		if (signal) {
			struct signal_info info;
			signal_info_kernel(&info, signal);
			tty_signal_foreground(tty, &info);
		}
	}
}

/* -- what a read gets -- */

uint32_t tty_readable(const struct tty *tty)
{
	if (tty->termios.c_lflag & ICANON) {
		if (!tty->lines)
			return 0;
		uint32_t count = 0;
		for (uint32_t i = tty->head; i != tty->tail; i++) {
			count++;
			if (bit_get(tty->line_ends, i))
				break;
		}
		return count;
	}
	return tty->tail - tty->head;
}

size_t tty_take(struct tty *tty, uint8_t *to, size_t room, bool *line_over)
{
	bool is_canonical = local(tty, ICANON);
	size_t count = 0;

	*line_over = false;
	if (is_canonical && !tty->lines)
		return 0;
	while (count < room && tty->head != tty->tail) {
		bool ends_line = bit_get(tty->line_ends, tty->head);
		bool ends_file = bit_get(tty->file_ends, tty->head);
		uint8_t byte = *at(tty, tty->head++);
		if (ends_line)
			tty->lines--;
		if (!ends_file || !is_canonical)
			to[count++] = byte;
		if (ends_line && is_canonical) {
			*line_over = true;
			break;
		}
	}
	/* A line whose text just filled the buffer: an end of file behind it must not become an empty read of its own.
	 */
	if (is_canonical && !*line_over && tty->head != tty->tail && bit_get(tty->file_ends, tty->head)) {
		tty->head++;
		tty->lines--;
		*line_over = true;
	}
	if ((int32_t)(tty->line_start - tty->head) < 0)
		tty->line_start = tty->head;
	return count;
}

void tty_flush_input(struct tty *tty)
{
	tty->head = tty->tail;
	tty->line_start = tty->tail;
	tty->lines = 0;
	tty->next_is_literal = false;
}

void tty_mode_changed(struct tty *tty, const struct ktermios *old)
{
	bool was_canonical = old->c_lflag & ICANON;
	bool is_canonical = local(tty, ICANON);

	if (!was_canonical && is_canonical) {
		/* What was typed before is one line, without its end. */
		tty->line_start = tty->tail;
		if (tty->head != tty->tail && !bit_get(tty->line_ends, tty->tail - 1)) {
			bit_set(tty->line_ends, tty->tail - 1, true);
			tty->lines++;
		}
	}
	if (!(tty->termios.c_iflag & IXON) && tty->is_stopped)
		tty->is_stopped = false;
	if (was_canonical != is_canonical)
		waitq_wake_all(&tty->readers);
	waitq_wake_all(&tty->writers);
}

void tty_room(struct tty *tty)
{
	waitq_wake_all(&tty->writers);
}
