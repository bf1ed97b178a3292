/*
 * Opening a FIFO (fifo(7)): each side waits for the other; O_NONBLOCK does not wait, and fails for a writer without a
 * reader. Opening an anonymous pipe anew through /proc/PID/fd comes here too: that waits for nobody.
 */
#include <asm-generic/fcntl.h>

#include "ipc/pipe.h"
#include "lib/errno.h"

/* The inode's pipe, made when this is the first opening; counted in `files` for the caller. */
static struct pipe *attach(struct inode *inode)
{
	struct pipe *pipe;

	mutex_lock(&inode->mutex);
	if (!inode->pipe)
		inode->pipe = pipe_alloc();
	pipe = inode->pipe;
	if (pipe)
		pipe->files++;
	mutex_unlock(&inode->mutex);
	return pipe;
}

static void detach(struct inode *inode, struct pipe *pipe)
{
	bool is_last;

	mutex_lock(&inode->mutex);
	is_last = --pipe->files == 0;
	if (is_last)
		inode->pipe = NULL;
	mutex_unlock(&inode->mutex);
	if (is_last)
		pipe_free(pipe);
}

/* Wait until somebody opens the other side: `*ever` moves. The mutex is held, and given up while waiting. */
static int wait_for_other_side(struct pipe *pipe, const uint32_t *ever)
{
	uint32_t seen = *ever;
	int error = 0;

	while (!error && *ever == seen) {
		struct wait wait = WAIT(WAIT_FIFO_OPEN, pipe, TIME_NEVER);
		wait.entry.is_exclusive = false;
		waitq_add(&pipe->open_wait, &wait);
		mutex_unlock(&pipe->mutex);
		error = wait_block(&wait, WAIT_INTERRUPTIBLE);
		mutex_lock(&pipe->mutex);
		wait_done(&wait);
	}
	/* The other side may have come at the same moment as the signal: then the opening counts. */
	return *ever == seen ? error : 0;
}

static int open_to_read(struct pipe *pipe, struct file *file)
{
	int error;

	pipe->readers_ever++;
	pipe->readers++;
	waitq_wake_all(&pipe->open_wait);
	if (pipe->writers || pipe->is_anonymous)
		return 0;
	if (file->flags & O_NONBLOCK) {
		file->version = pipe->writers_ever;
		return 0;
	}
	error = wait_for_other_side(pipe, &pipe->writers_ever);
	if (error && --pipe->readers == 0)
		waitq_wake_all(&pipe->write_wait);
	return error;
}

static int open_to_write(struct pipe *pipe, struct file *file)
{
	int error;

	if ((file->flags & O_NONBLOCK) && !pipe->readers && !pipe->is_anonymous)
		return -ENXIO;
	pipe->writers_ever++;
	pipe->writers++;
	waitq_wake_all(&pipe->open_wait);
	if (pipe->readers || pipe->is_anonymous)
		return 0;
	error = wait_for_other_side(pipe, &pipe->readers_ever);
	if (error && --pipe->writers == 0)
		waitq_wake_all(&pipe->read_wait);
	return error;
}

static int open_for_both(struct pipe *pipe)
{
	pipe->readers++;
	pipe->writers++;
	pipe->readers_ever++;
	pipe->writers_ever++;
	waitq_wake_all(&pipe->open_wait);
	return 0;
}

static int fifo_open(struct inode *inode, struct file *file)
{
	struct pipe *pipe = attach(inode);
	int error;

	if (!pipe)
		return -ENOMEM;
	mutex_lock(&pipe->mutex);
	switch (file->flags & O_ACCMODE) {
	case O_RDONLY:
		error = open_to_read(pipe, file);
		break;
	case O_WRONLY:
		error = open_to_write(pipe, file);
		break;
	case O_RDWR:
		error = open_for_both(pipe);
		break;
	default:
		error = -EINVAL;
		break;
	}
	mutex_unlock(&pipe->mutex);
	if (error) {
		detach(inode, pipe);
		return error;
	}
	file->private_data = pipe;
	file->ops = &pipe_file_ops;
	file->is_seekable = false;
	return 0;
}

const struct file_ops fifo_file_ops = {.name = "fifo", .open = fifo_open};
