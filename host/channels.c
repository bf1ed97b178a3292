/* The descriptors that join the command and the machine. */
#include "channels.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "files.h"
#include "say.h"

/* Enough for a burst between two turns of the command's loop; the system may give less. */
#define SOCKET_BUFFER_BYTES (1 << 20)

const char *channel_name(enum channel_id id)
{
	static const char *const names[CHANNEL_COUNT] = {
		[CHANNEL_IN] = "in",   [CHANNEL_OUT] = "out",     [CHANNEL_ERR] = "err", [CHANNEL_TTY] = "tty",
		[CHANNEL_CTL] = "ctl", [CHANNEL_TRACE] = "trace", [CHANNEL_LOG] = "log",
	};

	return names[id];
}

static void channel_open_socket(struct channel *channel)
{
	int ends[2];
	int bytes = SOCKET_BUFFER_BYTES;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		die("cannot make a socket: %s", strerror(errno));
	for (int i = 0; i < 2; i++) {
		/* A smaller buffer only costs time. */
		(void)setsockopt(ends[i], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	}
	if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0)
		die("cannot set up a socket: %s", strerror(errno));
	channel->host = ends[0];
	channel->machine = ends[1];
}

void channel_open(struct channels *channels, enum channel_id id, enum channel_kind kind)
{
	struct channel *channel = &channels->of[id];

	if (kind == CHANNEL_FILE)
		channel->host = channel->machine = memory_file(channel_name(id));
	else
		channel_open_socket(channel);
	channel->kind = kind;
}

void channel_adopt(struct channels *channels, enum channel_id id, int fd)
{
	channels->of[id] = (struct channel){.kind = CHANNEL_FILE, .host = fd, .machine = fd};
}

void channels_close_machine_ends(struct channels *channels)
{
	for (int id = 0; id < CHANNEL_COUNT; id++) {
		struct channel *channel = &channels->of[id];

		if (channel->kind == CHANNEL_SOCKET) {
			close(channel->machine);
			channel->machine = -1;
		}
	}
}
