/*
 * Terminal control (tty_ioctl(4)).
 */
#include <asm/ioctls.h>

#include "arch/x86_64/uaccess.h"
#include "dev/tty_device.h"
#include "lib/string.h"

/* struct termios of TCGETS is the first part of struct ktermios, which TCGETS2 gives whole. */
#define TERMIOS_BYTES sizeof(struct termios)

static int64_t get_termios(struct tty *tty, uaddr_t to, size_t bytes)
{
	struct ktermios copy;

	spin_lock(&tty->lock);
	copy = tty->termios;
	spin_unlock(&tty->lock);
	return copy_to_user(to, &copy, bytes);
}

/* All output that was written is with the host as soon as the port has taken it, so draining waits for room only. */
static int drain_output(struct tty *tty)
{
	tty->backend->want_room(tty);
	return waitq_wait(&tty->writers, WAIT_TTY_WRITE, tty, TIME_NEVER, WAIT_INTERRUPTIBLE,
			  tty->backend->has_room(tty));
}

static int64_t set_termios(struct tty *tty, uaddr_t from, size_t bytes, bool drain, bool flush)
{
	struct ktermios old, fresh;
	int error = tty_check_background(tty, SIGTTOU);

	if (error)
		return error;
	spin_lock(&tty->lock);
	fresh = tty->termios;
	spin_unlock(&tty->lock);
	if (copy_from_user(&fresh, from, bytes))
		return -EFAULT;
	if (drain && (error = drain_output(tty)))
		return error;
	spin_lock(&tty->lock);
	old = tty->termios;
	tty->termios = fresh;
	if (flush)
		tty_flush_input(tty);
	tty_mode_changed(tty, &old);
	spin_unlock(&tty->lock);
	return 0;
}

static int64_t set_size(struct tty *tty, uaddr_t from)
{
	struct winsize size;

	if (copy_from_user(&size, from, sizeof(size)))
		return -EFAULT;
	spin_lock(&tty->lock);
	bool is_other = memcmp(&size, &tty->size, sizeof(size)) != 0;
	tty->size = size;
	spin_unlock(&tty->lock);
	if (is_other) {
		struct signal_info info;
		signal_info_kernel(&info, SIGWINCH);
		tty_signal_foreground(tty, &info);
	}
	return 0;
}

static int64_t get_size(struct tty *tty, uaddr_t to)
{
	struct winsize size;

	spin_lock(&tty->lock);
	size = tty->size;
	spin_unlock(&tty->lock);
	return copy_to_user(to, &size, sizeof(size));
}

static int64_t put_number(uaddr_t to, int64_t number)
{
	return number < 0 ? number : put_user_u32(to, (uint32_t)number);
}

static int64_t set_foreground(struct tty *tty, uaddr_t from)
{
	uint32_t group;

	if (get_user_u32(&group, from))
		return -EFAULT;
	return tty_set_foreground(tty, (int32_t)group);
}

static int64_t flush(struct tty *tty, uint64_t which)
{
	int error = tty_check_background(tty, SIGTTOU);

	if (error)
		return error;
	if (which > TCIOFLUSH)
		return -EINVAL;
	if (which != TCOFLUSH) {
		spin_lock(&tty->lock);
		tty_flush_input(tty);
		spin_unlock(&tty->lock);
	}
	return 0;
}

static int64_t flow(struct tty *tty, uint64_t action)
{
	int error = tty_check_background(tty, SIGTTOU);

	if (error)
		return error;
	if (action > TCION)
		return -EINVAL;
	if (action == TCOOFF || action == TCOON) {
		spin_lock(&tty->lock);
		tty->is_stopped = action == TCOOFF;
		spin_unlock(&tty->lock);
		tty_room(tty);
	}
	return 0;
}

static int64_t input_bytes(struct tty *tty, uaddr_t to)
{
	spin_lock(&tty->lock);
	uint32_t count = tty_readable(tty);
	spin_unlock(&tty->lock);
	return put_user_u32(to, count);
}

static int64_t job_ioctl(struct tty *tty, uint32_t command, uint64_t argument)
{
	switch (command) {
	case TIOCGPGRP:
		return put_number(argument, tty_foreground(tty));
	case TIOCSPGRP:
		return set_foreground(tty, argument);
	case TIOCGSID:
		return put_number(argument, tty_session(tty));
	case TIOCSCTTY:
		return tty_make_controlling(tty, argument == 1);
	case TIOCNOTTY:
		return current_process()->tty == tty ? tty_give_up_controlling() : -ENOTTY;
	default:
		return -ENOTTY;
	}
}

int64_t tty_ioctl(struct file *file, uint32_t command, uint64_t argument)
{
	struct tty *tty = file->private_data;

	switch (command) {
	case TCGETS:
		return get_termios(tty, argument, TERMIOS_BYTES);
	case TCGETS2:
		return get_termios(tty, argument, sizeof(struct termios2));
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_termios(tty, argument, TERMIOS_BYTES, command != TCSETS, command == TCSETSF);
	case TCSETS2:
	case TCSETSW2:
	case TCSETSF2:
		return set_termios(tty, argument, sizeof(struct termios2), command != TCSETS2, command == TCSETSF2);
	case TIOCGWINSZ:
		return get_size(tty, argument);
	case TIOCSWINSZ:
		return set_size(tty, argument);
	case TCFLSH:
		return flush(tty, argument);
	case TCXONC:
		return flow(tty, argument);
	case TCSBRK:
	case TCSBRKP: {
		int error = tty_check_background(tty, SIGTTOU);
		return error ? error : drain_output(tty);
	}
	case FIONREAD:
		return input_bytes(tty, argument);
	case TIOCOUTQ:
		return put_user_u32(argument, 0);
	case TIOCGETD:
		return put_user_u32(argument, 0 /* N_TTY */);
	case TIOCSTI:
		return -EIO; /* as Linux with dev.tty.legacy_tiocsti off: input is typed, not forged */
	default:
		return job_ioctl(tty, command, argument);
	}
}
