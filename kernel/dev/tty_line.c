/*
 * The line discipline's input side (termios(3), c_iflag and c_lflag): special characters, lines, what a read gets.
 */
#include <asm/ioctls.h>

#include "dev/tty_device.h"

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

static bool input_flag(const struct tty *tty, tcflag_t flag)
{
	return tty->termios.c_iflag & flag;
}

/* May one more byte be processed? One place is kept free for the end of a line, which PARMRK may double. A line that
 * grows too long takes its last byte back, so that its end is still seen: a reader waits for nothing else. */
static bool make_room(struct tty *tty)
{
	uint32_t used = tty->tail - tty->head;

	if (used + (input_flag(tty, PARMRK) ? 2 : 0) < TTY_INPUT_BYTES - 1)
		return true;
	if (!(tty->termios.c_lflag & ICANON) || tty->lines)
		return false;
	if (used == TTY_INPUT_BYTES)
		tty->tail--;
	return true;
}

static void append(struct tty *tty, uint8_t byte, bool ends_line, bool ends_file)
{
	if (tty->tail - tty->head == TTY_INPUT_BYTES)
		return;
	*tty_input_at(tty, tty->tail) = byte;
	bit_set(tty->line_ends, tty->tail, ends_line);
	bit_set(tty->file_ends, tty->tail, ends_file);
	tty->tail++;
	if (ends_line) {
		tty->line_start = tty->tail;
		tty->lines++;
	}
}

static void finish_line(struct tty *tty, uint8_t byte, bool ends_file)
{
	if (byte == 0xff && input_flag(tty, PARMRK) && tty->tail - tty->head < TTY_INPUT_BYTES - 1)
		append(tty, byte, false, false);
	append(tty, byte, true, ends_file);
	waitq_wake_all(&tty->readers);
}

static void echo_plain(struct tty *tty, uint8_t byte)
{
	if (!tty_local(tty, ECHO))
		return;
	tty_finish_erasing(tty);
	if (tty->tail == tty->line_start)
		tty->echo_column = tty->column;
	tty_echo_typed(tty, byte);
}

static void append_plain(struct tty *tty, uint8_t byte)
{
	/* Doubled, to be told from a mark of a parity error. */
	if (byte == 0xff && input_flag(tty, PARMRK))
		append(tty, byte, false, false);
	append(tty, byte, false, false);
	if (!tty_is_canonical(tty))
		waitq_wake_all(&tty->readers);
}

static void take_plain(struct tty *tty, uint8_t byte)
{
	echo_plain(tty, byte);
	append_plain(tty, byte);
}

static void take_canonical(struct tty *tty, uint8_t byte)
{
	bool is_extended = tty_local(tty, IEXTEN);

	if (tty_edit(tty, byte))
		return;
	if (is_extended && tty_is_special(tty, VLNEXT, byte)) {
		tty->next_is_literal = true;
		if (tty_local(tty, ECHO)) {
			tty_finish_erasing(tty);
			tty_echo_text(tty, tty_local(tty, ECHOCTL) ? "^\b" : "");
		}
	} else if (byte == '\n') {
		if (tty_local(tty, ECHO) || tty_local(tty, ECHONL)) {
			tty_finish_erasing(tty);
			tty_echo(tty, '\n');
		}
		finish_line(tty, byte, false);
	} else if (tty_is_special(tty, VEOF, byte)) {
		finish_line(tty, 0, true);
	} else if (tty_is_special(tty, VEOL, byte) || (is_extended && tty_is_special(tty, VEOL2, byte))) {
		echo_plain(tty, byte);
		finish_line(tty, byte, false);
	} else {
		take_plain(tty, byte);
	}
}

/* The signal that a typed byte asks for; 0: none. */
static int signal_of(const struct tty *tty, uint8_t byte)
{
	if (!tty_local(tty, ISIG))
		return 0;
	if (tty_is_special(tty, VINTR, byte))
		return SIGINT;
	if (tty_is_special(tty, VQUIT, byte))
		return SIGQUIT;
	return tty_is_special(tty, VSUSP, byte) ? SIGTSTP : 0;
}

static void take_signal(struct tty *tty, uint8_t byte)
{
	if (!tty_local(tty, NOFLSH)) {
		tty_flush_output(tty);
		tty_flush_input(tty);
	}
	if (input_flag(tty, IXON))
		tty_start(tty, false);
	if (tty_local(tty, ECHO))
		tty_echo_typed(tty, byte);
}

/* XON and XOFF. True: the byte was one of them. */
static bool flow_control(struct tty *tty, uint8_t byte)
{
	if (!input_flag(tty, IXON))
		return false;
	if (tty_is_special(tty, VSTART, byte))
		tty_start(tty, false);
	else if (tty_is_special(tty, VSTOP, byte))
		tty_stop(tty, false);
	else
		return false;
	return true;
}

/* Seven bits, and lower case. */
static uint8_t narrow(const struct tty *tty, uint8_t byte)
{
	if (input_flag(tty, ISTRIP))
		byte &= 0x7f;
	if (input_flag(tty, IUCLC) && tty_local(tty, IEXTEN) && byte >= 'A' && byte <= 'Z')
		byte = (uint8_t)(byte - 'A' + 'a');
	return byte;
}

/* Mapping of carriage return and newline; false: the byte is dropped. */
static bool map_line_end(const struct tty *tty, uint8_t *byte)
{
	if (*byte == '\r') {
		if (input_flag(tty, IGNCR))
			return false;
		if (input_flag(tty, ICRNL))
			*byte = '\n';
	} else if (*byte == '\n' && input_flag(tty, INLCR)) {
		*byte = '\r';
	}
	return true;
}

/* Returns the signal that the byte causes, or 0. The lock is held. */
static int receive_byte(struct tty *tty, uint8_t byte)
{
	byte = narrow(tty, byte);
	if (tty_local(tty, EXTPROC)) {
		append_plain(tty, byte);
		return 0;
	}
	if (tty->next_is_literal) {
		tty->next_is_literal = false;
		take_plain(tty, byte);
		return 0;
	}
	if (flow_control(tty, byte))
		return 0;
	int signal = signal_of(tty, byte);
	if (signal) {
		take_signal(tty, byte);
		return signal;
	}
	if (input_flag(tty, IXON) && input_flag(tty, IXANY))
		tty_start(tty, false);
	if (!map_line_end(tty, &byte))
		return 0;
	if (tty_local(tty, ICANON))
		take_canonical(tty, byte);
	else
		take_plain(tty, byte);
	return 0;
}

/* As much of what was typed as there is room for, up to a byte that causes a signal, which is returned. */
static int process_some(struct tty *tty)
{
	int signal = 0;
	uint8_t byte;

	while (!signal && tty_queue_used(&tty->typed) && make_room(tty)) {
		tty_queue_take(&tty->typed, &byte, 1);
		signal = receive_byte(tty, byte);
	}
	return signal;
}

void tty_process_typed(struct tty *tty)
{
	int signal;

	do {
		spin_lock(&tty->lock);
		uint32_t before = tty_queue_used(&tty->typed);
		signal = process_some(tty);
		bool has_room = before > tty_queue_used(&tty->typed);
		spin_unlock(&tty->lock);
		if (has_room && tty->backend->input_room)
			tty->backend->input_room(tty);
		if (signal) {
			struct signal_info info;
			signal_info_kernel(&info, signal);
			tty_signal_foreground(tty, &info);
		}
	} while (signal);
}

size_t tty_receive(struct tty *tty, const uint8_t *data, size_t bytes)
{
	spin_lock(&tty->lock);
	size_t count = tty_queue_put(&tty->typed, data, bytes);
	spin_unlock(&tty->lock);
	tty_process_typed(tty);
	return count;
}

/* -- what a read gets -- */

bool tty_has_input(const struct tty *tty, uint32_t least)
{
	return tty_is_canonical(tty) ? tty->lines > 0 : tty->tail - tty->head >= least;
}

uint32_t tty_readable(const struct tty *tty)
{
	if (!tty_is_canonical(tty))
		return tty->tail - tty->head;
	uint32_t count = 0, lines = 0;
	for (uint32_t i = tty->head; lines < tty->lines; i++) {
		count += !bit_get(tty->file_ends, i);
		lines += bit_get(tty->line_ends, i);
	}
	return count;
}

static size_t take_line(struct tty *tty, uint8_t *to, size_t room, bool *line_over)
{
	size_t count = 0;

	while (tty->lines && !*line_over) {
		bool ends_line = bit_get(tty->line_ends, tty->head);
		bool ends_file = bit_get(tty->file_ends, tty->head);
		/* An end of file right behind what just filled the buffer must not become an empty read of its own. */
		if (count == room && !ends_file)
			break;
		uint8_t byte = *tty_input_at(tty, tty->head++);
		if (!ends_file)
			to[count++] = byte;
		if (ends_line)
			tty->lines--;
		*line_over = ends_line;
	}
	return count;
}

size_t tty_take(struct tty *tty, uint8_t *to, size_t room, bool *line_over)
{
	*line_over = false;
	if (tty_is_canonical(tty))
		return take_line(tty, to, room, line_over);
	size_t count = 0;
	while (count < room && tty->head != tty->tail)
		to[count++] = *tty_input_at(tty, tty->head++);
	tty->line_start = tty->head;
	return count;
}

void tty_flush_input(struct tty *tty)
{
	tty->head = tty->tail;
	tty->line_start = tty->tail;
	tty->lines = 0;
	tty->next_is_literal = false;
	tty->is_erasing = false;
	tty_note(tty, TIOCPKT_FLUSHREAD, 0);
}

/* What is there becomes one piece: a line without its end, or bytes without lines. */
static void lines_changed(struct tty *tty)
{
	memset(tty->line_ends, 0, sizeof(tty->line_ends));
	memset(tty->file_ends, 0, sizeof(tty->file_ends));
	tty->lines = 0;
	tty->line_start = tty->head;
	if (tty_local(tty, ICANON) && tty->head != tty->tail) {
		bit_set(tty->line_ends, tty->tail - 1, true);
		tty->line_start = tty->tail;
		tty->lines = 1;
	}
	tty->next_is_literal = false;
	tty->is_erasing = false;
}

/* A master in packet mode wants to know whether its own ^S and ^Q would do. */
static bool stops_at_usual_bytes(const struct ktermios *termios)
{
	return (termios->c_iflag & IXON) && termios->c_cc[VSTOP] == 023 && termios->c_cc[VSTART] == 021;
}

void tty_mode_changed(struct tty *tty, const struct ktermios *old)
{
	bool stops = stops_at_usual_bytes(&tty->termios);

	if ((old->c_lflag ^ tty->termios.c_lflag) & (ICANON | EXTPROC))
		lines_changed(tty);
	if (!input_flag(tty, IXON) && (old->c_iflag & IXON))
		tty_start(tty, false);
	if (stops != stops_at_usual_bytes(old))
		tty_note(tty, stops ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP, TIOCPKT_DOSTOP | TIOCPKT_NOSTOP);
	if ((old->c_lflag | tty->termios.c_lflag) & EXTPROC)
		tty_note(tty, TIOCPKT_IOCTL, 0);
	waitq_wake_all(&tty->readers);
	waitq_wake_all(&tty->writers);
}
