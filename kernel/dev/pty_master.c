/*
 * The master of a pseudo-terminal: what its descriptor reads, writes and controls (pty(7), TIOCPKT of tty_ioctl(4)).
 */
#include <asm/ioctls.h>
#include <linux/fcntl.h>

#include "arch/x86_64/uaccess.h"
#include "dev/devpts.h"
#include "dev/pty.h"
#include "fs/poll.h"
#include "lib/printf.h"

#define CHUNK_BYTES 512
#define PEER_FLAGS  (O_ACCMODE | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

static bool has_output(const struct pty *pty)
{
	return tty_queue_used(&pty->shown) || pty->packet_events;
}

static bool may_read(struct pty *pty)
{
	spin_lock(&pty->tty.lock);
	bool may = has_output(pty) || pty->is_slave_closed;
	spin_unlock(&pty->tty.lock);
	return may;
}

/* One piece of what the slave wrote; in packet mode behind a byte that says what it is, or that byte alone. */
static size_t take_piece(struct pty *pty, uint8_t *to, size_t room, bool is_first)
{
	size_t bytes = 0;

	spin_lock(&pty->tty.lock);
	if (pty->is_packet && pty->packet_events) {
		if (is_first) {
			to[bytes++] = pty->packet_events;
			pty->packet_events = 0;
		}
		spin_unlock(&pty->tty.lock);
		return bytes;
	}
	if (pty->is_packet && is_first && tty_queue_used(&pty->shown))
		to[bytes++] = TIOCPKT_DATA;
	bytes += tty_queue_take(&pty->shown, to + bytes, room - bytes);
	spin_unlock(&pty->tty.lock);
	return bytes;
}

static ssize_t read_pieces(struct pty *pty, struct uio *uio)
{
	uint8_t chunk[CHUNK_BYTES];
	ssize_t done = 0;

	while (uio->left) {
		size_t wanted = MIN(uio->left, sizeof(chunk));
		size_t bytes = take_piece(pty, chunk, wanted, done == 0);
		if (bytes && uio_copy_out(uio, chunk, bytes) < bytes)
			return done ? done : -EFAULT;
		done += (ssize_t)bytes;
		if (bytes < wanted)
			break;
	}
	return done;
}

static ssize_t master_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct pty *pty = file->private_data;

	if (!uio->left)
		return 0;
	for (;;) {
		if (mutex_lock_killable(&pty->master_read_mutex))
			return -EINTR;
		ssize_t done = read_pieces(pty, uio);
		mutex_unlock(&pty->master_read_mutex);
		if (done) {
			pty_master_has_read(pty);
			return done;
		}
		if (pty->is_slave_closed && !has_output(pty))
			return -EIO;
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		int error =
			waitq_wait(&pty->readers, WAIT_TTY_READ, pty, TIME_NEVER, WAIT_INTERRUPTIBLE, may_read(pty));
		if (error)
			return error;
	}
}

static bool may_write(struct pty *pty)
{
	return !pty->is_master_stopped && tty_queue_free(&pty->tty.typed);
}

static int wait_to_write(struct pty *pty, struct file *file)
{
	if (may_write(pty))
		return 0;
	if (file->flags & O_NONBLOCK)
		return -EAGAIN;
	return waitq_wait(&pty->writers, WAIT_TTY_WRITE, pty, TIME_NEVER, WAIT_INTERRUPTIBLE, may_write(pty));
}

static ssize_t write_pieces(struct pty *pty, struct file *file, struct uio *uio)
{
	uint8_t chunk[CHUNK_BYTES];
	ssize_t done = 0;
	int error = 0;

	while (uio->left && !(error = wait_to_write(pty, file))) {
		size_t room = tty_queue_free(&pty->tty.typed);
		size_t bytes = uio_copy_in(uio, chunk, MIN(MIN(uio->left, sizeof(chunk)), room));
		if (!bytes) {
			error = -EFAULT;
			break;
		}
		tty_receive(&pty->tty, chunk, bytes);
		done += (ssize_t)bytes;
	}
	return done ? done : error;
}

static ssize_t master_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct pty *pty = file->private_data;

	if (mutex_lock_killable(&pty->master_write_mutex))
		return -EINTR;
	ssize_t done = write_pieces(pty, file, uio);
	mutex_unlock(&pty->master_write_mutex);
	return done;
}

static uint32_t master_poll(struct file *file, struct poll_table *table)
{
	struct pty *pty = file->private_data;
	uint32_t events = 0;

	poll_wait(table, file, &pty->readers);
	poll_wait(table, file, &pty->writers);
	spin_lock(&pty->tty.lock);
	if (has_output(pty))
		events |= POLL_IN | POLL_RDNORM;
	if (pty->packet_events)
		events |= POLL_PRI;
	if (may_write(pty))
		events |= POLL_OUT | POLL_WRNORM;
	if (pty->is_slave_closed)
		events |= POLL_HUP;
	spin_unlock(&pty->tty.lock);
	return events;
}

/* -- control -- */

static int64_t set_packet(struct pty *pty, uaddr_t from)
{
	uint32_t wanted;

	if (get_user_u32(&wanted, from))
		return -EFAULT;
	spin_lock(&pty->tty.lock);
	if (wanted && !pty->is_packet)
		pty->packet_events = 0;
	pty->is_packet = wanted != 0;
	if (!wanted)
		pty->packet_events = 0;
	spin_unlock(&pty->tty.lock);
	return 0;
}

static int64_t set_lock(struct pty *pty, uaddr_t from)
{
	uint32_t wanted;

	if (get_user_u32(&wanted, from))
		return -EFAULT;
	spin_lock(&pty->tty.lock);
	pty->is_locked = wanted != 0;
	spin_unlock(&pty->tty.lock);
	return 0;
}

/* TIOCSIG: what a typed ^C, ^\ or ^Z would send. */
static int64_t send_signal(struct pty *pty, uint64_t signal)
{
	struct signal_info info;

	if (signal != SIGINT && signal != SIGQUIT && signal != SIGTSTP)
		return -EINVAL;
	signal_info_kernel(&info, (int)signal);
	tty_signal_foreground(&pty->tty, &info);
	return 0;
}

/* The master's input is the slave's output, and the other way round. */
static int64_t flush(struct pty *pty, uint64_t which)
{
	if (which > TCIOFLUSH)
		return -EINVAL;
	spin_lock(&pty->tty.lock);
	if (which != TCOFLUSH)
		tty_queue_clear(&pty->shown);
	if (which != TCIFLUSH)
		tty_queue_clear(&pty->tty.typed);
	spin_unlock(&pty->tty.lock);
	if (which != TCOFLUSH)
		pty_master_has_read(pty);
	if (which != TCIFLUSH)
		waitq_wake_all(&pty->writers);
	return 0;
}

/* Stop and start of the master's own output; and of the slave's by what ^S and ^Q are at the beginning. */
static int64_t flow(struct pty *pty, uint64_t action)
{
	uint8_t byte;

	switch (action) {
	case TCOOFF:
	case TCOON:
		spin_lock(&pty->tty.lock);
		pty->is_master_stopped = action == TCOOFF;
		spin_unlock(&pty->tty.lock);
		waitq_wake_all(&pty->writers);
		return 0;
	case TCIOFF:
	case TCION:
		byte = pty->tty.first_termios.c_cc[action == TCIOFF ? VSTOP : VSTART];
		tty_receive(&pty->tty, &byte, 1);
		return 0;
	default:
		return -EINVAL;
	}
}

static int64_t open_peer(struct file *file, uint64_t flags)
{
	struct file *peer = pty_open_peer(file, (uint32_t)flags & PEER_FLAGS);

	if (is_err(peer))
		return ptr_err(peer);
	return fd_open(peer, flags & O_CLOEXEC);
}

static int64_t readable_bytes(struct pty *pty, uaddr_t to)
{
	spin_lock(&pty->tty.lock);
	uint32_t bytes = tty_queue_used(&pty->shown);
	spin_unlock(&pty->tty.lock);
	return put_user_u32(to, bytes);
}

static int64_t line_ioctl(struct pty *pty, uint32_t command, uint64_t argument)
{
	switch (command) {
	case TCFLSH:
		return flush(pty, argument);
	case TCXONC:
		return flow(pty, argument);
	case TCSBRK:
	case TCSBRKP:
		return 0;
	case FIONREAD:
		return readable_bytes(pty, argument);
	case TIOCOUTQ:
		return put_user_u32(argument, 0);
	case TIOCSTI:
	case TIOCSCTTY:
	case TIOCNOTTY:
		return command == TIOCSTI ? -EIO : -ENOTTY;
	default:
		return tty_common_ioctl(&pty->tty, command, argument, true);
	}
}

static int64_t master_ioctl(struct file *file, uint32_t command, uint64_t argument)
{
	struct pty *pty = file->private_data;

	switch (command) {
	case TIOCGPTN:
		return put_user_u32(argument, pty->index);
	case TIOCSPTLCK:
		return set_lock(pty, argument);
	case TIOCGPTLCK:
		return put_user_u32(argument, pty->is_locked);
	case TIOCGPTPEER:
		return open_peer(file, argument);
	case TIOCPKT:
		return set_packet(pty, argument);
	case TIOCGPKT:
		return put_user_u32(argument, pty->is_packet);
	case TIOCSIG:
		return send_signal(pty, argument);
	default:
		return line_ioctl(pty, command, argument);
	}
}

static size_t master_fdinfo(struct file *file, char *to, size_t room)
{
	const struct pty *pty = file->private_data;

	return (size_t)string_format(to, room, "tty-index:\t%u\n", pty->index);
}

static void master_release(struct file *file)
{
	struct pty *pty = file->private_data;

	tty_end_for_good(&pty->tty);
	devpts_remove(pty->name);
	tty_put(&pty->tty);
}

const struct file_ops pty_master_ops = {
	.name = "ptmx",
	.read = master_read,
	.write = master_write,
	.poll = master_poll,
	.ioctl = master_ioctl,
	.fdinfo = master_fdinfo,
	.release = master_release,
};
