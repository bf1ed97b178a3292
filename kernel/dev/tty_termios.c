/*
 * Reading and setting a terminal's modes (termios(3), the TCGETS and TCSETS families of tty_ioctl(4)).
 */
#include <asm/ioctls.h>

#include "arch/x86_64/uaccess.h"
#include "dev/tty_device.h"
#include "lib/string.h"

/* struct termios of TCGETS is the first part of struct ktermios, which TCGETS2 gives whole. */
#define TERMIOS_BYTES  sizeof(struct termios)
#define TERMIOS2_BYTES sizeof(struct termios2)

static const uint32_t low_rates[] = {0,   50,   75,   110,  134,  150,  200,   300,
				     600, 1200, 1800, 2400, 4800, 9600, 19200, 38400};
static const uint32_t high_rates[] = {0,       57600,   115200,  230400,  460800,  500000,  576000,  921600,
				      1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000};

/* Bits per second of the code in c_cflag; `other` for BOTHER. */
static uint32_t rate_of(tcflag_t code, uint32_t other)
{
	if (code == BOTHER)
		return other;
	return code & CBAUDEX ? high_rates[code & 15] : low_rates[code & 15];
}

static void settle_rates(struct ktermios *termios)
{
	tcflag_t input = termios->c_cflag >> IBSHIFT & CBAUD;

	termios->c_ospeed = rate_of(termios->c_cflag & CBAUD, termios->c_ospeed);
	termios->c_ispeed = input == B0 ? termios->c_ospeed : rate_of(input, termios->c_ispeed);
}

static int64_t get_termios(struct tty *tty, uaddr_t to, size_t bytes)
{
	struct ktermios copy;

	spin_lock(&tty->lock);
	copy = tty->termios;
	spin_unlock(&tty->lock);
	return copy_to_user(to, &copy, bytes);
}

static bool has_room(struct tty *tty)
{
	spin_lock(&tty->lock);
	bool is_so = tty->is_gone || tty->backend->room(tty);
	spin_unlock(&tty->lock);
	return is_so;
}

/* All output that was written is with the other side as soon as the backend has taken it, so draining waits for room
 * of the console only. */
int tty_drain_output(struct tty *tty)
{
	if (!tty->backend->want_room)
		return 0;
	tty->backend->want_room(tty);
	return waitq_wait(&tty->writers, WAIT_TTY_WRITE, tty, TIME_NEVER, WAIT_INTERRUPTIBLE, has_room(tty));
}

static int64_t change(struct tty *tty, struct ktermios *fresh, bool drain, bool flush)
{
	int error = drain ? tty_drain_output(tty) : 0;

	if (error)
		return error;
	settle_rates(fresh);
	/* There is no wire whose bits could be set otherwise. */
	fresh->c_cflag = (fresh->c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8 | CREAD;
	spin_lock(&tty->lock);
	struct ktermios old = tty->termios;
	tty->termios = *fresh;
	if (flush)
		tty_flush_input(tty);
	tty_mode_changed(tty, &old);
	spin_unlock(&tty->lock);
	tty_process_typed(tty);
	return 0;
}

static struct ktermios now(struct tty *tty)
{
	spin_lock(&tty->lock);
	struct ktermios copy = tty->termios;
	spin_unlock(&tty->lock);
	return copy;
}

static int64_t set_termios(struct tty *tty, uaddr_t from, size_t bytes, bool drain, bool flush)
{
	struct ktermios fresh;
	int error = tty_check_background(tty, SIGTTOU);

	if (error)
		return error;
	fresh = now(tty);
	if (copy_from_user(&fresh, from, bytes))
		return -EFAULT;
	return change(tty, &fresh, drain, flush);
}

/* struct termio of System V: half as wide, eight control characters. */
static int64_t get_termio(struct tty *tty, uaddr_t to)
{
	struct ktermios termios = now(tty);
	struct termio old;

	memset(&old, 0, sizeof(old));
	old.c_iflag = (uint16_t)termios.c_iflag;
	old.c_oflag = (uint16_t)termios.c_oflag;
	old.c_cflag = (uint16_t)termios.c_cflag;
	old.c_lflag = (uint16_t)termios.c_lflag;
	memcpy(old.c_cc, termios.c_cc, NCC);
	return copy_to_user(to, &old, sizeof(old));
}

static tcflag_t low_half(tcflag_t whole, uint16_t low)
{
	return (whole & 0xffff0000u) | low;
}

static int64_t set_termio(struct tty *tty, uaddr_t from, bool drain, bool flush)
{
	struct ktermios fresh;
	struct termio old;
	int error = tty_check_background(tty, SIGTTOU);

	if (error)
		return error;
	if (copy_from_user(&old, from, sizeof(old)))
		return -EFAULT;
	fresh = now(tty);
	fresh.c_iflag = low_half(fresh.c_iflag, old.c_iflag);
	fresh.c_oflag = low_half(fresh.c_oflag, old.c_oflag);
	fresh.c_cflag = low_half(fresh.c_cflag, old.c_cflag);
	fresh.c_lflag = low_half(fresh.c_lflag, old.c_lflag);
	memcpy(fresh.c_cc, old.c_cc, NCC);
	return change(tty, &fresh, drain, flush);
}

int64_t tty_termios_ioctl(struct tty *tty, uint32_t command, uint64_t argument)
{
	switch (command) {
	case TCGETS:
		return get_termios(tty, argument, TERMIOS_BYTES);
	case TCGETS2:
		return get_termios(tty, argument, TERMIOS2_BYTES);
	case TCGETA:
		return get_termio(tty, argument);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_termios(tty, argument, TERMIOS_BYTES, command != TCSETS, command == TCSETSF);
	case TCSETS2:
	case TCSETSW2:
	case TCSETSF2:
		return set_termios(tty, argument, TERMIOS2_BYTES, command != TCSETS2, command == TCSETSF2);
	case TCSETA:
	case TCSETAW:
	case TCSETAF:
		return set_termio(tty, argument, command != TCSETA, command == TCSETAF);
	default:
		return -ENOIOCTL_CALL;
	}
}
