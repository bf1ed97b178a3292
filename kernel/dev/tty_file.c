/*
 * Reading and writing a terminal.
 */
#include <linux/fcntl.h>

#include "choice/choice.h"
#include "dev/tty_device.h"
#include "fs/poll.h"

#define CHUNK_BYTES 256
#define DECISECOND  (NS_PER_SEC / 10)

static bool hung_up_or_readable(struct tty *tty, uint32_t least)
{
	spin_lock(&tty->lock);
	bool is_canonical = tty->termios.c_lflag & ICANON;
	bool is_ready = tty->is_hung_up || (is_canonical ? tty->lines > 0 : tty->tail - tty->head >= least);
	spin_unlock(&tty->lock);
	return is_ready;
}

/* How long and for how many bytes a read waits: VMIN and VTIME of termios(3). */
struct patience {
	uint32_t least;    /* bytes */
	uint64_t first_ns; /* for the first byte; TIME_NEVER */
	uint64_t next_ns;  /* between bytes; TIME_NEVER */
};

static struct patience patience_of(struct tty *tty, uint64_t wanted)
{
	struct patience patience = {.least = 1, .first_ns = TIME_NEVER, .next_ns = TIME_NEVER};

	spin_lock(&tty->lock);
	if (!(tty->termios.c_lflag & ICANON)) {
		uint64_t time_ns = tty->termios.c_cc[VTIME] * DECISECOND;
		uint32_t min = tty->termios.c_cc[VMIN];
		patience.least = (uint32_t)MIN((uint64_t)min, wanted);
		if (min == 0) {
			patience.least = time_ns ? 1 : 0;
			patience.first_ns = time_ns;
		} else if (time_ns) {
			patience.next_ns = time_ns;
		}
	}
	spin_unlock(&tty->lock);
	return patience;
}

static int wait_for_input(struct tty *tty, const struct patience *patience)
{
	uint64_t deadline = patience->first_ns == TIME_NEVER ? TIME_NEVER : clock_monotonic_ns() + patience->first_ns;
	uint32_t first = patience->next_ns == TIME_NEVER ? patience->least : 1;
	int error = waitq_wait(&tty->readers, WAIT_TTY_READ, tty, deadline, WAIT_INTERRUPTIBLE,
			       hung_up_or_readable(tty, first));

	/* With a time between bytes: each byte gives the next one as long again, until there are enough. */
	for (uint32_t seen = 1; !error && patience->next_ns != TIME_NEVER && seen < patience->least; seen++) {
		deadline = clock_monotonic_ns() + patience->next_ns;
		error = waitq_wait(&tty->readers, WAIT_TTY_READ, tty, deadline, WAIT_INTERRUPTIBLE,
				   hung_up_or_readable(tty, seen + 1));
	}
	return error == -ETIMEDOUT ? 0 : error;
}

static ssize_t copy_input(struct tty *tty, struct uio *uio)
{
	uint8_t chunk[CHUNK_BYTES];
	ssize_t done = 0;
	bool line_over = false;

	while (uio->left && !line_over) {
		spin_lock(&tty->lock);
		size_t count = tty_take(tty, chunk, MIN(uio->left, sizeof(chunk)), &line_over);
		spin_unlock(&tty->lock);
		if (count && uio_copy_out(uio, chunk, count) < count)
			return done ? done : -EFAULT;
		done += (ssize_t)count;
		if (count < sizeof(chunk))
			break;
	}
	return done;
}

static ssize_t tty_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct tty *tty = file->private_data;
	int error = tty_check_background(tty, SIGTTIN);

	if (error)
		return error;
	if (!uio->left)
		return 0;
	struct patience patience = patience_of(tty, uio->left);
	if (!hung_up_or_readable(tty, MAX(patience.least, 1u))) {
		if ((file->flags & O_NONBLOCK) && patience.least)
			return tty->tail != tty->head && !(tty->termios.c_lflag & ICANON) ? copy_input(tty, uio)
											  : -EAGAIN;
		if (patience.least)
			error = wait_for_input(tty, &patience);
	}
	if (error)
		return error;
	if (mutex_lock_killable(&tty->read_mutex))
		return -EINTR;
	ssize_t done = copy_input(tty, uio);
	mutex_unlock(&tty->read_mutex);
	return done;
}

static bool may_write(struct tty *tty)
{
	return tty->is_hung_up || (!tty->is_stopped && tty->backend->has_room(tty));
}

static int wait_for_room(struct tty *tty)
{
	tty->backend->want_room(tty);
	return waitq_wait(&tty->writers, WAIT_TTY_WRITE, tty, TIME_NEVER, WAIT_INTERRUPTIBLE, may_write(tty));
}

/* Put all of `data` out, waiting for room. Bytes that went, or an error when none did. */
static ssize_t put_all(struct tty *tty, const uint8_t *data, size_t bytes, bool nonblocking)
{
	size_t done = 0;

	while (done < bytes) {
		if (tty->is_hung_up)
			return -EIO;
		if (may_write(tty)) {
			done += tty->backend->put(tty, data + done, bytes - done);
			continue;
		}
		/* Half of an expanded chunk is out: the rest must follow, or the caller would send it again. */
		if (nonblocking && done == 0)
			return -EAGAIN;
		int error = wait_for_room(tty);
		if (error && done == 0)
			return error;
		if (error && thread_has_work(current_thread(), WORK_KILL))
			return -EINTR;
	}
	return (ssize_t)done;
}

static ssize_t write_chunks(struct tty *tty, struct uio *uio, bool nonblocking)
{
	uint8_t raw[CHUNK_BYTES], cooked[CHUNK_BYTES * TTY_EXPANDED_MAX];
	ssize_t done = 0, error = 0;

	while (uio->left && !error) {
		if (!may_write(tty) && (error = nonblocking ? -EAGAIN : wait_for_room(tty)))
			break;
		size_t count = uio_copy_in(uio, raw, MIN(uio->left, sizeof(raw)));
		if (!count) {
			error = -EFAULT;
			break;
		}
		size_t length = 0;
		spin_lock(&tty->lock);
		for (size_t i = 0; i < count; i++)
			length += tty_expand(tty, raw[i], cooked + length);
		spin_unlock(&tty->lock);
		ssize_t put = put_all(tty, cooked, length, false);
		if (put < 0)
			error = put;
		else
			done += (ssize_t)count;
	}
	return done ? done : error;
}

static ssize_t tty_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct tty *tty = file->private_data;
	int error = tty->termios.c_lflag & TOSTOP ? tty_check_background(tty, SIGTTOU) : 0;

	if (error)
		return error;
	if (mutex_lock_killable(&tty->write_mutex))
		return -EINTR;
	ssize_t done = write_chunks(tty, uio, file->flags & O_NONBLOCK);
	mutex_unlock(&tty->write_mutex);
	return done;
}

static uint32_t tty_poll(struct file *file, struct poll_table *table)
{
	struct tty *tty = file->private_data;
	uint32_t events = 0;

	poll_wait(table, file, &tty->readers);
	poll_wait(table, file, &tty->writers);
	if (hung_up_or_readable(tty, 1))
		events |= POLL_IN | POLL_RDNORM;
	if (may_write(tty))
		events |= POLL_OUT | POLL_WRNORM;
	else
		tty->backend->want_room(tty);
	if (tty->is_hung_up)
		events |= POLL_HUP;
	return events;
}

static int tty_open(struct inode *inode, struct file *file);

const struct file_ops tty_file_ops = {
	.name = "tty",
	.sends_sigio = true,
	.read = tty_read,
	.write = tty_write,
	.poll = tty_poll,
	.ioctl = tty_ioctl,
	.open = tty_open,
};

/* /dev/tty (5,0) is the controlling terminal, /dev/console (5,1) the console; there is one of the latter. */
static int tty_open(struct inode *inode, struct file *file)
{
	bool is_own = inode->device == OWN_TERMINAL_DEVICE;
	struct process *self = current_process();
	struct tty *tty = is_own ? self->tty : &console_tty;

	if (!tty || !tty->backend)
		return -ENXIO;
	file->private_data = tty;
	/* A session leader without a terminal gets the one it opens. */
	if (!is_own && !(file->flags & O_NOCTTY) && self->is_session_leader && !self->tty)
		tty_make_controlling(tty, false);
	return 0;
}
