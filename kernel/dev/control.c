/*
 * The control channel. Lines arrive in the port's interrupt, that is where no lock is held, so they are obeyed there.
 */
#include "dev/control.h"
#include "dev/tty.h"
#include "dev/virtio_serial.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "proc/process.h"

#define LINE_BYTES 400

static struct serial_port *control_port;
static int32_t command_pid;

void control_send_line(const char *format, ...)
{
	char line[LINE_BYTES + 2];
	va_list args;

	if (!control_port)
		return;
	va_start(args, format);
	int length = string_format_v(line, LINE_BYTES, format, args);
	va_end(args);
	length = MIN(length, LINE_BYTES - 1);
	for (int i = 0; i < length; i++) {
		if (line[i] == '\n')
			line[i] = ' ';
	}
	line[length] = '\n';
	serial_port_put(control_port, line, (size_t)length + 1);
}

void control_set_command(int32_t pid)
{
	command_pid = pid;
}

static void obey_signal(int signal)
{
	struct signal_info info;

	if (signal < 1 || signal > SIGNAL_COUNT || !command_pid)
		return;
	signal_info_kernel(&info, signal);
	if (tty_console_signal(&info))
		return;
	struct pid *group = pid_find(command_pid);
	if (group) {
		signal_send_group(group, &info);
		pid_put(group);
	}
}

static void obey_hang_up(const char *stream)
{
	char name[PORT_NAME_BYTES];

	string_format(name, sizeof(name), "namu.%s", stream);
	struct serial_port *port = serial_port_find(name);
	if (!port)
		return;
	serial_port_hang_up(port);
	if (strcmp(stream, "tty") == 0)
		tty_console_hang_up();
}

static void obey(const char *line)
{
	const char *rest = strchr(line, ' ');
	const char *end;

	rest = rest ? rest + 1 : "";
	if (strncmp(line, "signal ", 7) == 0) {
		obey_signal((int)string_to_u64(rest, NULL, 10));
	} else if (strncmp(line, "winsize ", 8) == 0) {
		uint64_t rows = string_to_u64(rest, &end, 10);
		if (*end == ' ')
			tty_console_resize((uint16_t)rows, (uint16_t)string_to_u64(end + 1, NULL, 10));
	} else if (strncmp(line, "eof ", 4) == 0) {
		struct serial_port *in = serial_port_find("namu.in");
		if (in)
			serial_port_set_end(in, string_to_u64(rest, NULL, 10));
	} else if (strncmp(line, "hangup ", 7) == 0) {
		obey_hang_up(rest);
	} else {
		log_line("the host said what is not understood: %s", line);
	}
}

static void received(struct serial_port *port, const uint8_t *data, size_t bytes)
{
	static char line[LINE_BYTES];
	static size_t length;

	for (size_t i = 0; i < bytes; i++) {
		if (data[i] == '\n') {
			line[length] = '\0';
			length = 0;
			obey(line);
		} else if (length < sizeof(line) - 1) {
			line[length++] = (char)data[i];
		}
	}
}

void control_init(void)
{
	control_port = serial_port_find("namu.ctl");
	if (!control_port)
		return;
	control_port->received = received;
	/* What came before anybody listened. */
	cpu_take_interrupts();
}
