/*
 * Stdin, stdout and stderr as streams. To a program they look like what they are on the host: pipes.
 */
#include "dev/stdio.h"
#include <asm/stat.h>
#include <linux/fcntl.h>
#include <asm/signal.h>
#include "dev/virtio_serial.h"
#include "fs/anon.h"
#include "fs/poll.h"
#include "lib/printf.h"
#include "proc/start.h"

#define S_IFIFO_TYPE 0010000u

static bool is_nonblocking(const struct file *file)
{
	return file->flags & O_NONBLOCK;
}

static size_t stream_link_text(struct file *file, char *to, size_t room)
{
	return (size_t)string_format(to, room, "pipe:[%lu]", file_inode(file)->ino);
}

static ssize_t port_file_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	return serial_port_read(file->private_data, uio, is_nonblocking(file));
}

static ssize_t port_file_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	ssize_t done = serial_port_write(file->private_data, uio, is_nonblocking(file));

	if (done == -EPIPE)
		file_signal_hook(SIGPIPE);
	return done;
}

static uint32_t port_file_poll(struct file *file, struct poll_table *table)
{
	struct serial_port *port = file->private_data;
	uint32_t events = 0;

	if (file_may_read(file)) {
		poll_wait(table, file, &port->readers);
		if (port->taken >= port->end_at)
			events |= POLL_HUP;
		else if (serial_port_is_readable(port))
			events |= POLL_IN | POLL_RDNORM;
	}
	if (file_may_write(file)) {
		poll_wait(table, file, &port->writers);
		if (port->is_hung_up)
			events |= POLL_ERR;
		if (serial_port_has_room(port))
			events |= POLL_OUT | POLL_WRNORM;
		else
			virtqueue_want_interrupt(&port->output, true);
	}
	return events;
}

/* Opened anew through /proc/PID/fd: the same stream, in its own direction only. */
static int stream_open(struct inode *inode, struct file *file)
{
	struct serial_port *port = inode->private_data;
	bool is_input = !port || port == serial_port_find("namu.in");

	if ((file->flags & O_ACCMODE) != (is_input ? O_RDONLY : O_WRONLY))
		return -ENXIO;
	file->private_data = port;
	return 0;
}

static const struct file_ops port_file_ops = {
	.name = "pipe",
	.open = stream_open,
	.read = port_file_read,
	.write = port_file_write,
	.poll = port_file_poll,
	.link_text = stream_link_text,
};

/* Stdin that was given before the start: bytes in memory, read once, in order. */
static uint32_t record_taken;

static ssize_t record_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	size_t part = MIN((uint64_t)(start_record.stdin_bytes - record_taken), uio->left);
	size_t done = uio_copy_out(uio, start_record.stdin_data + record_taken, part);

	record_taken += (uint32_t)done;
	return part && !done ? -EFAULT : (ssize_t)done;
}

static uint32_t record_poll(struct file *file, struct poll_table *table)
{
	return record_taken < start_record.stdin_bytes ? POLL_IN | POLL_RDNORM : POLL_HUP;
}

static const struct file_ops record_file_ops = {
	.name = "pipe",
	.open = stream_open,
	.read = record_read,
	.poll = record_poll,
	.link_text = stream_link_text,
};

static struct file *stream_create(const struct file_ops *ops, uint32_t flags, void *private_data)
{
	struct inode *inode = anon_inode_create(ANON_PIPE, S_IFIFO_TYPE | 0600);

	if (!inode)
		return NULL;
	struct file *file = file_create(ops, flags, private_data);
	if (!file) {
		inode_put(inode);
		return NULL;
	}
	inode->file_ops = ops;
	inode->private_data = private_data;
	file->inode = inode;
	return file;
}

int stdio_open(struct file *files[3])
{
	struct serial_port *in = serial_port_find("namu.in");

	files[0] = start_record.has_stdin || !in ? stream_create(&record_file_ops, O_RDONLY, NULL)
						 : stream_create(&port_file_ops, O_RDONLY, in);
	files[1] = stream_create(&port_file_ops, O_WRONLY, serial_port_find("namu.out"));
	files[2] = stream_create(&port_file_ops, O_WRONLY, serial_port_find("namu.err"));
	if (files[0] && files[1] && files[2])
		return 0;
	for (unsigned i = 0; i < 3; i++) {
		if (files[i])
			file_put(files[i]);
	}
	return -ENOMEM;
}

int stdio_open_stderr(struct file **file)
{
	struct file *fresh = stream_create(&port_file_ops, O_WRONLY, serial_port_find("namu.err"));

	if (!fresh)
		return -ENOMEM;
	file_put(*file);
	*file = fresh;
	return 0;
}
