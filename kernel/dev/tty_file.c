/*
 * Reading and writing a terminal.
 */
#include <linux/fcntl.h>

#include "choice/choice.h"
#include "dev/pty.h"
#include "dev/tty_device.h"
#include "fs/chardev.h"
#include "fs/poll.h"

#define CHUNK_BYTES 256
#define DECISECOND  (NS_PER_SEC / 10)

static bool hung_up_or_readable(struct tty *tty, struct file *file, uint32_t least)
{
	spin_lock(&tty->lock);
	bool is_ready = tty_is_hung_up(tty, file) || tty_has_input(tty, least);
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
	if (!tty_is_canonical(tty)) {
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

/* 0, -ETIMEDOUT, -ERESTART_CALL. */
static int wait_for_input(struct tty *tty, struct file *file, const struct patience *patience)
{
	uint64_t deadline = patience->first_ns == TIME_NEVER ? TIME_NEVER : clock_monotonic_ns() + patience->first_ns;
	uint32_t first = patience->next_ns == TIME_NEVER ? patience->least : 1;
	int error = waitq_wait(&tty->readers, WAIT_TTY_READ, tty, deadline, WAIT_INTERRUPTIBLE,
			       hung_up_or_readable(tty, file, first));

	/* With a time between bytes: each byte gives the next one as long again, until there are enough. */
	for (uint32_t seen = 1; !error && patience->next_ns != TIME_NEVER && seen < patience->least; seen++) {
		deadline = clock_monotonic_ns() + patience->next_ns;
		error = waitq_wait(&tty->readers, WAIT_TTY_READ, tty, deadline, WAIT_INTERRUPTIBLE,
				   hung_up_or_readable(tty, file, seen + 1));
	}
	return error;
}

static ssize_t copy_input(struct tty *tty, struct uio *uio, bool *line_over)
{
	uint8_t chunk[CHUNK_BYTES];
	ssize_t done = 0;

	*line_over = false;
	while (uio->left && !*line_over) {
		spin_lock(&tty->lock);
		size_t count = tty_take(tty, chunk, MIN(uio->left, sizeof(chunk)), line_over);
		spin_unlock(&tty->lock);
		if (count && uio_copy_out(uio, chunk, count) < count)
			return done ? done : -EFAULT;
		done += (ssize_t)count;
		if (count < sizeof(chunk))
			break;
	}
	return done;
}

/* What is there for one read; *line_over: a line ended, be it an empty one. */
static ssize_t read_once(struct tty *tty, struct uio *uio, bool *line_over)
{
	if (mutex_lock_killable(&tty->read_mutex))
		return -EINTR;
	ssize_t done = copy_input(tty, uio, line_over);
	mutex_unlock(&tty->read_mutex);
	if (tty_queue_used(&tty->typed))
		tty_process_typed(tty);
	return done;
}

static ssize_t tty_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct tty *tty = file->private_data;
	int error = tty_is_hung_up(tty, file) ? 0 : tty_check_background(tty, SIGTTIN);
	bool line_over;

	if (error || !uio->left)
		return error;
	for (;;) {
		struct patience patience = patience_of(tty, uio->left);
		if (tty_is_hung_up(tty, file))
			return 0;
		if (!hung_up_or_readable(tty, file, MAX(patience.least, 1u)))
			error = (file->flags & O_NONBLOCK) ? -EAGAIN : 0;
		if (!error && patience.least)
			error = wait_for_input(tty, file, &patience);
		/* As on Linux, who waits for a master that goes is told so; later reads just end. */
		if (tty_is_hung_up(tty, file))
			return tty->is_gone && tty != &console_tty ? -EIO : 0;
		/* What came before the time was over, or a signal came, is given out. */
		ssize_t done = read_once(tty, uio, &line_over);
		if (done || line_over)
			return done;
		if (error)
			return error == -ETIMEDOUT ? 0 : error;
		if (!patience.least)
			return 0;
	}
}

static bool hung_up_or_writable(struct tty *tty, struct file *file)
{
	spin_lock(&tty->lock);
	bool is_ready = tty_is_hung_up(tty, file) || tty_may_write(tty);
	spin_unlock(&tty->lock);
	return is_ready;
}

static int wait_for_room(struct tty *tty, struct file *file)
{
	tty_want_room(tty);
	return waitq_wait(&tty->writers, WAIT_TTY_WRITE, tty, TIME_NEVER, WAIT_INTERRUPTIBLE,
			  hung_up_or_writable(tty, file));
}

/* Process and put out as much of `raw` as there is room for. */
static size_t put_some(struct tty *tty, struct file *file, const uint8_t *raw, size_t count)
{
	uint8_t cooked[CHUNK_BYTES];
	size_t done = 0;

	spin_lock(&tty->lock);
	tty_echo_late(tty);
	while (done < count && !tty_is_hung_up(tty, file) && tty_may_write(tty)) {
		size_t room = MIN(tty->backend->room(tty), sizeof(cooked)), length = 0;
		while (done < count && length + TTY_EXPANDED_MAX <= room)
			length += tty_expand(tty, raw[done++], cooked + length);
		tty->backend->put(tty, cooked, length);
	}
	spin_unlock(&tty->lock);
	return done;
}

/* All of a chunk, waiting for room. How many bytes went; *error says why not all. */
static size_t put_all(struct tty *tty, struct file *file, const uint8_t *raw, size_t count, int *error)
{
	size_t done = 0;

	for (;;) {
		done += put_some(tty, file, raw + done, count - done);
		if (done == count)
			return done;
		if (tty_is_hung_up(tty, file))
			*error = -EIO;
		else if (file->flags & O_NONBLOCK)
			*error = -EAGAIN;
		else
			*error = wait_for_room(tty, file);
		if (*error)
			return done;
	}
}

static ssize_t write_chunks(struct tty *tty, struct file *file, struct uio *uio)
{
	uint8_t raw[CHUNK_BYTES];
	ssize_t done = 0;
	int error = tty_is_hung_up(tty, file) ? -EIO : 0;

	while (uio->left && !error) {
		/* Nothing is taken from the caller before there is room, so that nothing must be given back. */
		if (!hung_up_or_writable(tty, file)) {
			error = (file->flags & O_NONBLOCK) ? -EAGAIN : wait_for_room(tty, file);
			if (error)
				break;
		}
		size_t count = uio_copy_in(uio, raw, MIN(uio->left, sizeof(raw)));
		if (!count)
			error = -EFAULT;
		done += (ssize_t)put_all(tty, file, raw, count, &error);
	}
	return done ? done : error;
}

static ssize_t tty_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct tty *tty = file->private_data;
	int error = tty_is_hung_up(tty, file) ? -EIO : 0;

	if (!error && (tty->termios.c_lflag & TOSTOP))
		error = tty_check_background(tty, SIGTTOU);
	if (error)
		return error;
	if (mutex_lock_killable(&tty->write_mutex))
		return -EINTR;
	ssize_t done = write_chunks(tty, file, uio);
	mutex_unlock(&tty->write_mutex);
	return done;
}

static uint32_t tty_poll(struct file *file, struct poll_table *table)
{
	struct tty *tty = file->private_data;
	uint32_t events = 0;

	poll_wait(table, file, &tty->readers);
	poll_wait(table, file, &tty->writers);
	spin_lock(&tty->lock);
	if (tty_is_hung_up(tty, file)) {
		spin_unlock(&tty->lock);
		return POLL_IN | POLL_RDNORM | POLL_OUT | POLL_WRNORM | POLL_ERR | POLL_HUP;
	}
	uint8_t min = tty->termios.c_cc[VTIME] ? 0 : tty->termios.c_cc[VMIN];
	if (tty_has_input(tty, MAX(min, 1)))
		events |= POLL_IN | POLL_RDNORM;
	if (tty_may_write(tty))
		events |= POLL_OUT | POLL_WRNORM;
	else
		tty_want_room(tty);
	spin_unlock(&tty->lock);
	return events;
}

static void tty_release(struct file *file)
{
	struct tty *tty = file->private_data;

	if (tty->backend->closed)
		tty->backend->closed(tty);
	tty_put(tty);
}

int tty_open_as(struct tty *tty, struct file *file)
{
	if (tty->is_gone)
		return -EIO;
	if (tty->is_exclusive && !current_has_cap(21 /* CAP_SYS_ADMIN */))
		return -EBUSY;
	int error = tty->backend->opened ? tty->backend->opened(tty) : 0;
	if (error)
		return error;
	file->private_data = tty;
	file->version = tty->hang_ups;
	file->ops = &tty_file_ops;
	return 0;
}

/* /dev/tty (5,0) is the controlling terminal, /dev/console (5,1) the console, /dev/ptmx (5,2) makes a pair. */
static int tty_open(struct inode *inode, struct file *file)
{
	bool is_own = inode->device == OWN_TERMINAL_DEVICE;
	struct process *self = current_process();
	struct tty *tty;

	if (inode->device == PTMX_DEVICE)
		return pty_open_master(file);
	if (is_own) {
		tty = tty_own();
	} else if (device_major(inode->device) == MAJOR_PTY_SLAVE) {
		tty = pty_slave_of(inode);
		if (!tty)
			return -EIO;
	} else {
		tty = console_tty.backend ? &console_tty : NULL;
		if (tty)
			tty_get(tty);
	}
	if (!tty)
		return -ENXIO;
	int error = tty_open_as(tty, file);
	if (error) {
		tty_put(tty);
		return error;
	}
	/* A session leader without a terminal gets the one it opens to read. */
	if (!is_own && !(file->flags & O_NOCTTY) && file_may_read(file) && self->is_session_leader && !self->tty)
		(void)tty_make_controlling(tty, false);
	return 0;
}

const struct file_ops tty_file_ops = {
	.name = "tty",
	.sends_sigio = true,
	.read = tty_read,
	.write = tty_write,
	.poll = tty_poll,
	.ioctl = tty_ioctl,
	.open = tty_open,
	.release = tty_release,
};
