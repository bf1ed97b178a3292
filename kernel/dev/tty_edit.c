/*
 * Editing of the line being typed (termios(3): VERASE, VWERASE, VKILL, VREPRINT) and what of it is shown.
 */
#include "dev/tty_device.h"

enum erase_kind { ERASE_CHARACTER, ERASE_WORD, ERASE_LINE };

void tty_finish_erasing(struct tty *tty)
{
	if (tty->is_erasing) {
		tty->is_erasing = false;
		tty_echo(tty, '/');
	}
}

/* Columns that the line being edited takes up to position `end`, for erasing a tab. */
static uint32_t columns_until(struct tty *tty, uint32_t end)
{
	uint32_t column = tty->echo_column;

	for (uint32_t i = tty->line_start; i != end; i++) {
		uint8_t byte = *tty_input_at(tty, i);
		if (byte == '\t')
			column += 8 - column % 8;
		else if (tty_is_control(byte))
			column += tty_local(tty, ECHOCTL) ? 2 : 0;
		else if (!tty_is_continuation(tty, byte))
			column++;
	}
	return column;
}

/* ECHOPRT, for terminals on paper: what is erased is printed again, backwards, between \ and /. */
static void print_erased(struct tty *tty, uint32_t start, uint32_t end)
{
	if (!tty->is_erasing) {
		tty->is_erasing = true;
		tty_echo(tty, '\\');
	}
	tty_echo_typed(tty, *tty_input_at(tty, start));
	for (uint32_t i = start + 1; i != end; i++)
		tty_echo(tty, *tty_input_at(tty, i));
}

/* The character from `start` to `end` goes. */
static void show_erased(struct tty *tty, uint32_t start, uint32_t end, enum erase_kind kind)
{
	uint8_t byte = *tty_input_at(tty, start);

	if (tty_local(tty, ECHOPRT)) {
		print_erased(tty, start, end);
	} else if (kind == ERASE_CHARACTER && !tty_local(tty, ECHOE)) {
		tty_echo_typed(tty, tty->termios.c_cc[VERASE]);
	} else if (byte == '\t') {
		for (uint32_t back = columns_until(tty, end) - columns_until(tty, start); back; back--)
			tty_echo(tty, '\b');
	} else if (tty_is_control(byte)) {
		tty_echo_text(tty, tty_local(tty, ECHOCTL) ? "\b \b\b \b" : "");
	} else {
		tty_echo_text(tty, "\b \b");
	}
}

/* Letters, digits and _, with what ISO 8859-1 has as letters: so the first byte of a character in UTF-8 counts. */
static bool is_word_byte(uint8_t byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
	       byte == '_' || (byte >= 0xc0 && byte != 0xd7 && byte != 0xf7);
}

/* Where the character before `end` starts: more than a byte back in UTF-8. `end` when that is not whole. */
static uint32_t character_start(struct tty *tty, uint32_t end)
{
	uint32_t start = end - 1;

	while (start != tty->line_start && tty_is_continuation(tty, *tty_input_at(tty, start)))
		start--;
	return tty_is_continuation(tty, *tty_input_at(tty, start)) ? end : start;
}

static void erase(struct tty *tty, enum erase_kind kind)
{
	bool in_word = false;

	while (tty->tail != tty->line_start) {
		uint32_t end = tty->tail, start = character_start(tty, end);
		bool is_word = is_word_byte(*tty_input_at(tty, start));
		if (start == end || (kind == ERASE_WORD && in_word && !is_word))
			break;
		in_word |= is_word;
		if (tty_local(tty, ECHO))
			show_erased(tty, start, end, kind);
		tty->tail = start;
		if (kind == ERASE_CHARACTER)
			break;
	}
	if (tty->tail == tty->line_start && tty_local(tty, ECHO))
		tty_finish_erasing(tty);
}

static void kill_line(struct tty *tty)
{
	if (tty_local(tty, ECHO) && tty_local(tty, ECHOK) && tty_local(tty, ECHOKE) && tty_local(tty, ECHOE)) {
		erase(tty, ERASE_LINE);
		return;
	}
	tty->tail = tty->line_start;
	if (!tty_local(tty, ECHO))
		return;
	tty_finish_erasing(tty);
	tty_echo_typed(tty, tty->termios.c_cc[VKILL]);
	if (tty_local(tty, ECHOK))
		tty_echo(tty, '\n');
}

static void reprint(struct tty *tty, uint8_t typed)
{
	tty_finish_erasing(tty);
	tty_echo_typed(tty, typed);
	tty_echo(tty, '\n');
	tty->echo_column = tty->column;
	for (uint32_t i = tty->line_start; i != tty->tail; i++)
		tty_echo_typed(tty, *tty_input_at(tty, i));
}

bool tty_edit(struct tty *tty, uint8_t byte)
{
	bool has_text = tty->tail != tty->line_start;
	bool is_extended = tty_local(tty, IEXTEN);

	if (tty_is_special(tty, VERASE, byte)) {
		if (has_text)
			erase(tty, ERASE_CHARACTER);
	} else if (tty_is_special(tty, VKILL, byte)) {
		if (has_text)
			kill_line(tty);
	} else if (is_extended && tty_is_special(tty, VWERASE, byte)) {
		if (has_text)
			erase(tty, ERASE_WORD);
	} else if (is_extended && tty_local(tty, ECHO) && tty_is_special(tty, VREPRINT, byte)) {
		reprint(tty, byte);
	} else {
		return false;
	}
	return true;
}
