/*
 * Terminal control (tty_ioctl(4)), but for the modes, which are in tty_termios.c.
 */
#include <asm/ioctls.h>

#include "arch/x86_64/uaccess.h"
#include "dev/tty_device.h"
#include "lib/string.h"

#define N_TTY          0  /* the only line discipline, that of tty_line.c */
#define CAP_ADMINISTER 21 /* CAP_SYS_ADMIN */

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
	spin_lock(&tty->lock);
	if (which != TCOFLUSH) {
		tty_queue_clear(&tty->typed);
		tty_flush_input(tty);
	}
	if (which != TCIFLUSH)
		tty_flush_output(tty);
	spin_unlock(&tty->lock);
	if (which != TCOFLUSH && tty->backend->input_room)
		tty->backend->input_room(tty);
	return 0;
}

static bool may_send(struct tty *tty)
{
	spin_lock(&tty->lock);
	bool may = tty->is_gone || tty->backend->room(tty);
	spin_unlock(&tty->lock);
	return may;
}

int tty_send_now(struct tty *tty, uint8_t byte)
{
	int error = waitq_wait(&tty->writers, WAIT_TTY_WRITE, tty, TIME_NEVER, WAIT_INTERRUPTIBLE, may_send(tty));

	if (error || !byte)
		return error;
	spin_lock(&tty->lock);
	tty->backend->put(tty, &byte, 1);
	spin_unlock(&tty->lock);
	return 0;
}

static int64_t flow(struct tty *tty, uint64_t action)
{
	int error = tty_check_background(tty, SIGTTOU);

	if (error)
		return error;
	switch (action) {
	case TCOOFF:
		spin_lock(&tty->lock);
		tty_stop(tty, true);
		spin_unlock(&tty->lock);
		return 0;
	case TCOON:
		spin_lock(&tty->lock);
		if (tty->is_stopped_by_call)
			tty_start(tty, true);
		spin_unlock(&tty->lock);
		return 0;
	case TCIOFF:
		return tty_send_now(tty, tty->termios.c_cc[VSTOP]);
	case TCION:
		return tty_send_now(tty, tty->termios.c_cc[VSTART]);
	default:
		return -EINVAL;
	}
}

static int64_t input_bytes(struct tty *tty, uaddr_t to)
{
	spin_lock(&tty->lock);
	uint32_t count = tty_readable(tty);
	spin_unlock(&tty->lock);
	return put_user_u32(to, count);
}

/* Linux with dev.tty.legacy_tiocsti off: input is typed, not forged, but by who may do everything. */
static int64_t fake_input(struct tty *tty, uaddr_t from)
{
	uint8_t byte;

	if (!current_has_cap(CAP_ADMINISTER))
		return -EIO;
	if (copy_from_user(&byte, from, 1))
		return -EFAULT;
	tty_receive(tty, &byte, 1);
	return 0;
}

static int64_t wait_until_sent(struct tty *tty)
{
	int error = tty_check_background(tty, SIGTTOU);

	return error ? error : tty_drain_output(tty);
}

static int64_t vhangup_ioctl(struct tty *tty)
{
	if (!current_has_cap(CAP_ADMINISTER))
		return -EPERM;
	tty_hang_up(tty);
	return 0;
}

static int64_t set_discipline(uaddr_t from)
{
	uint32_t which;

	if (get_user_u32(&which, from))
		return -EFAULT;
	return which == N_TTY ? 0 : -EINVAL;
}

/* CLOCAL has an ioctl of its own. */
static int64_t soft_carrier(struct tty *tty, uint32_t command, uaddr_t argument)
{
	uint32_t wanted;

	if (command == TIOCGSOFTCAR)
		return put_user_u32(argument, tty->termios.c_cflag & CLOCAL ? 1 : 0);
	if (get_user_u32(&wanted, argument))
		return -EFAULT;
	spin_lock(&tty->lock);
	tty->termios.c_cflag = (tty->termios.c_cflag & ~(tcflag_t)CLOCAL) | (wanted ? CLOCAL : 0);
	spin_unlock(&tty->lock);
	return 0;
}

static int64_t set_exclusive(struct tty *tty, bool wanted)
{
	spin_lock(&tty->lock);
	tty->is_exclusive = wanted;
	spin_unlock(&tty->lock);
	return 0;
}

int64_t tty_common_ioctl(struct tty *tty, uint32_t command, uint64_t argument, bool is_master)
{
	int64_t result = tty_termios_ioctl(tty, command, argument);

	if (result != -ENOIOCTL_CALL)
		return result;
	switch (command) {
	case TIOCGWINSZ:
		return get_size(tty, argument);
	case TIOCSWINSZ:
		return set_size(tty, argument);
	case TIOCGPGRP:
		return put_number(argument, tty_foreground(tty, !is_master));
	case TIOCSPGRP:
		return set_foreground(tty, argument);
	case TIOCGSID:
		return put_number(argument, tty_session(tty, !is_master));
	case TIOCGSOFTCAR:
	case TIOCSSOFTCAR:
		return soft_carrier(tty, command, argument);
	case TIOCGETD:
		return put_user_u32(argument, N_TTY);
	case TIOCSETD:
		return set_discipline(argument);
	case TIOCSBRK:
	case TIOCCBRK:
		return 0; /* there is no wire to put it on */
	default:
		return -ENOTTY;
	}
}

static int64_t own_ioctl(struct file *file, struct tty *tty, uint32_t command, uint64_t argument)
{
	switch (command) {
	case TIOCSCTTY:
		if (!file_may_read(file) && !current_has_cap(CAP_ADMINISTER))
			return -EPERM;
		return tty_make_controlling(tty, argument == 1);
	case TIOCNOTTY:
		return current_process()->tty == tty ? tty_give_up_controlling() : -ENOTTY;
	case TIOCSTI:
		return fake_input(tty, argument);
	case TIOCVHANGUP:
		return vhangup_ioctl(tty);
	case TIOCEXCL:
	case TIOCNXCL:
		return set_exclusive(tty, command == TIOCEXCL);
	case TIOCGEXCL:
		return put_user_u32(argument, tty->is_exclusive);
	case TIOCGDEV:
		return put_user_u32(argument, (uint32_t)tty->device);
	default:
		return tty_common_ioctl(tty, command, argument, false);
	}
}

int64_t tty_ioctl(struct file *file, uint32_t command, uint64_t argument)
{
	struct tty *tty = file->private_data;

	if (tty_is_hung_up(tty, file))
		return command == TIOCSPGRP ? -ENOTTY : -EIO;
	switch (command) {
	case TCFLSH:
		return flush(tty, argument);
	case TCXONC:
		return flow(tty, argument);
	case TCSBRK:
	case TCSBRKP:
		return wait_until_sent(tty);
	case FIONREAD:
		return input_bytes(tty, argument);
	case TIOCOUTQ:
		/* What was written is with the other side. */
		return put_user_u32(argument, 0);
	default:
		return own_ioctl(file, tty, command, argument);
	}
}
