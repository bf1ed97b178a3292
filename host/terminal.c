/* The host's terminal: raw mode and the ways back from it. */
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "say.h"

static struct {
	int fd;
	bool is_raw;
	struct termios before;
	struct termios raw;
	int guardian_fd; /* its other end is read by the guardian: end of file means that this process is gone */
} terminal = {.fd = -1, .guardian_fd = -1};

static bool is_same_mode(const struct termios *a, const struct termios *b)
{
	/* A driver may take other line settings (c_cflag) than it was asked for; the rest it keeps as it is given. */
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag && a->c_lflag == b->c_lflag;
}

/*
 * Waits until the process it guards is gone, then gives the terminal back unless someone else has set it meanwhile.
 * In a session of its own neither the terminal's signals nor its job control reach it.
 */
static _Noreturn void guardian(int fd)
{
	struct termios now;
	char byte;
	ssize_t n;

	(void)setsid();
	for (int number = 1; number < 32; number++)
		(void)signal(number, SIG_IGN);
	do
		n = read(fd, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n == 0 && tcgetattr(terminal.fd, &now) == 0 && is_same_mode(&now, &terminal.raw))
		(void)tcsetattr(terminal.fd, TCSANOW, &terminal.before);
	_exit(0);
}

static bool guardian_start(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	/* Two forks, so that the guardian is nobody's child here and leaves no zombie. */
	pid_t pid = fork();

	if (pid == 0) {
		/*
		 * The guardian keeps the terminal and its pipe and nothing else: an end of a stream left open in it
		 * would hide the stream's end from everyone.
		 */
		if (dup2(terminal.fd, 0) < 0 || dup2(ends[0], 1) < 0 || close_range(2, ~0u, 0) < 0)
			_exit(STATUS_NAMU);
		terminal.fd = 0;
		if (fork() == 0)
			guardian(1);
		_exit(0);
	}
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		return false;
	}
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	terminal.guardian_fd = ends[1];
	return true;
}

bool terminal_enter(int fd)
{
	terminal.fd = fd;
	if (tcgetattr(fd, &terminal.before) < 0) {
		say("cannot read the terminal's mode: %s", strerror(errno));
		return false;
	}
	terminal.raw = terminal.before;
	cfmakeraw(&terminal.raw);
	terminal.raw.c_cc[VMIN] = 1;
	terminal.raw.c_cc[VTIME] = 0;
	if (!guardian_start()) {
		say("cannot start the terminal's guardian: %s", strerror(errno));
		return false;
	}
	(void)atexit(terminal_leave);
	terminal.is_raw = true;
	terminal_reenter();
	return true;
}

void terminal_reenter(void)
{
	if (!terminal.is_raw)
		return;
	(void)tcsetattr(terminal.fd, TCSADRAIN, &terminal.raw);
	say_set_raw(true);
}

void terminal_leave(void)
{
	if (!terminal.is_raw)
		return;
	terminal.is_raw = false;
	(void)tcsetattr(terminal.fd, TCSADRAIN, &terminal.before);
	say_set_raw(false);
	/* A byte, not an end: the guardian need do nothing. */
	(void)write_fully(terminal.guardian_fd, "", 1);
	close(terminal.guardian_fd);
}

struct terminal_size terminal_size(int fd)
{
	struct winsize size = {0};

	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0)
		return (struct terminal_size){.rows = 24, .columns = 80};
	return (struct terminal_size){.rows = size.ws_row, .columns = size.ws_col};
}
