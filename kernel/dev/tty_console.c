/*
 * The console: the host's terminal behind the port namu.tty. And what all terminals begin with.
 */
#include <linux/fcntl.h>

#include "dev/devpts.h"
#include "dev/pty.h"
#include "dev/tty_device.h"
#include "dev/virtio_serial.h"
#include "fs/chardev.h"
#include "lib/string.h"

#define MAJOR_TTY_AUX 5

struct tty console_tty;

static size_t console_put(struct tty *tty, const void *data, size_t bytes)
{
	return serial_port_put(tty->backend_data, data, bytes);
}

static size_t console_room(struct tty *tty)
{
	struct serial_port *port = tty->backend_data;

	return serial_port_has_room(port) ? port->output.slot_bytes : 0;
}

static void console_want_room(struct tty *tty)
{
	struct serial_port *port = tty->backend_data;

	virtqueue_want_interrupt(&port->output, true);
}

/* What was left in the port's queue, as there was no room. */
static void console_input_room(struct tty *tty)
{
	serial_port_resume(tty->backend_data);
}

static const struct tty_backend console_backend = {
	.put = console_put,
	.room = console_room,
	.want_room = console_want_room,
	.input_room = console_input_room,
};

static void console_received(struct serial_port *port, const uint8_t *data, size_t bytes)
{
	tty_receive(&console_tty, data, bytes);
}

static bool console_may_receive(struct serial_port *port, size_t bytes)
{
	return tty_queue_free(&console_tty.typed) >= bytes;
}

static void console_has_room(struct serial_port *port)
{
	tty_room(&console_tty);
}

/* As a fresh terminal is on Linux (stty sane): cooked, echoing, signals on. */
void tty_setup(struct tty *tty, const struct tty_backend *backend, void *backend_data, uint64_t device)
{
	static const cc_t control_characters[NCCS] = {
		[VINTR] = 003,    [VQUIT] = 034,   [VERASE] = 0177, [VKILL] = 025, [VEOF] = 004,
		[VMIN] = 1,       [VSTART] = 021,  [VSTOP] = 023,   [VSUSP] = 032, [VREPRINT] = 022,
		[VDISCARD] = 017, [VWERASE] = 027, [VLNEXT] = 026,
	};

	refcount_init(&tty->refs, 1);
	spin_init(&tty->lock, "tty", LOCK_OBJECT);
	mutex_init(&tty->write_mutex);
	mutex_init(&tty->read_mutex);
	waitq_init(&tty->readers);
	waitq_init(&tty->writers);
	tty->termios.c_iflag = ICRNL | IXON;
	tty->termios.c_oflag = OPOST | ONLCR;
	tty->termios.c_cflag = B38400 | CS8 | CREAD;
	tty->termios.c_lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN;
	tty->termios.c_ispeed = 38400;
	tty->termios.c_ospeed = 38400;
	memcpy(tty->termios.c_cc, control_characters, sizeof(control_characters));
	tty->first_termios = tty->termios;
	tty->echo = (struct tty_queue){.bytes = tty->echo_bytes, .room = TTY_ECHO_BYTES};
	tty->device = device;
	tty->backend_data = backend_data;
	tty->backend = backend;
}

void tty_put(struct tty *tty)
{
	if (refcount_put(&tty->refs))
		tty->backend->end(tty);
}

void tty_console_init(uint16_t rows, uint16_t columns)
{
	static uint8_t typed[TTY_QUEUE_BYTES];
	struct serial_port *port = serial_port_find("namu.tty");

	if (!port)
		panic("the start record asks for a terminal, but there is no port namu.tty");
	console_tty.typed = (struct tty_queue){.bytes = typed, .room = TTY_QUEUE_BYTES};
	tty_setup(&console_tty, &console_backend, port, CONSOLE_DEVICE);
	/* The host's terminal speaks UTF-8. */
	console_tty.termios.c_iflag |= IUTF8;
	console_tty.termios.c_cflag |= HUPCL;
	console_tty.first_termios = console_tty.termios;
	console_tty.size.ws_row = rows;
	console_tty.size.ws_col = columns;
	port->room = console_has_room;
	port->may_receive = console_may_receive;
	port->received = console_received;
	/* What was typed before anybody listened: its interrupt may have been taken already, and no other need come. */
	serial_port_resume(port);
}

int tty_console_open(struct file *files[3])
{
	struct file *file = file_open_kernel("/dev/console", O_RDWR | O_NOCTTY, 0);

	if (is_err(file))
		return (int)ptr_err(file);
	tty_make_controlling(&console_tty, false);
	for (unsigned i = 0; i < 3; i++) {
		files[i] = file;
		if (i)
			file_get(file);
	}
	return 0;
}

void tty_console_resize(uint16_t rows, uint16_t columns)
{
	struct signal_info info;

	if (!console_tty.backend)
		return;
	spin_lock(&console_tty.lock);
	console_tty.size.ws_row = rows;
	console_tty.size.ws_col = columns;
	spin_unlock(&console_tty.lock);
	signal_info_kernel(&info, SIGWINCH);
	tty_signal_foreground(&console_tty, &info);
}

void tty_console_hang_up(void)
{
	struct signal_info info;

	if (!console_tty.backend)
		return;
	signal_info_kernel(&info, SIGHUP);
	tty_signal_foreground(&console_tty, &info);
	tty_end_for_good(&console_tty);
}

bool tty_console_signal(const struct signal_info *info)
{
	if (!console_tty.backend || !console_tty.foreground)
		return false;
	tty_signal_foreground(&console_tty, info);
	return true;
}

void tty_init(void)
{
	tty_job_init();
	if (chardev_register(MAJOR_TTY_AUX, 0, 1, &tty_file_ops, "/dev/tty") ||
	    chardev_register(MAJOR_TTY_AUX, 1, 1, &tty_file_ops, "/dev/console") ||
	    chardev_register(MAJOR_TTY_AUX, 2, 1, &tty_file_ops, "/dev/ptmx") ||
	    chardev_register(MAJOR_PTY_SLAVE, 0, PTY_NUMBERS, &tty_file_ops, "pts"))
		panic("the terminal devices' numbers are taken");
	devpts_init();
}
