/*
 * What the tests of terminals share: a pair with the slave open, its modes, what arrives at either side.
 */
#ifndef GUEST_TTY_H
#define GUEST_TTY_H

#include "guest.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

struct pair {
	int master, slave;
	char name[32];
};

/* Not a controlling terminal; the slave is in its first mode. */
static inline struct pair pair_open(void)
{
	struct pair p;
	unsigned number = 0;
	int unlocked = 0;

	p.master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	must(p.master >= 0);
	must(ioctl(p.master, TIOCSPTLCK, &unlocked) == 0);
	must(ioctl(p.master, TIOCGPTN, &number) == 0);
	snprintf(p.name, sizeof(p.name), "/dev/pts/%u", number);
	p.slave = open(p.name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	must(p.slave >= 0);
	return p;
}

static inline void pair_close(struct pair *p)
{
	close(p->slave);
	close(p->master);
}

static inline void modes(struct pair *p, tcflag_t in_on, tcflag_t out_on, tcflag_t local_on)
{
	struct termios t;

	must(tcgetattr(p->slave, &t) == 0);
	t.c_iflag = in_on;
	t.c_oflag = out_on;
	t.c_lflag = local_on;
	must(tcsetattr(p->slave, TCSANOW, &t) == 0);
}

static inline void special(struct pair *p, unsigned which, unsigned char byte)
{
	struct termios t;

	must(tcgetattr(p->slave, &t) == 0);
	t.c_cc[which] = byte;
	must(tcsetattr(p->slave, TCSANOW, &t) == 0);
}

/* Events of a descriptor now, or within ten seconds when there are none. */
static inline short ready(int fd, short events, int ms)
{
	struct pollfd p = {fd, events, 0};

	return poll(&p, 1, ms) < 0 ? -1 : p.revents;
}

/* Linux hands on what either side writes in a thread of its own, a little later. */
static inline void settle(void)
{
	for (int i = 0; i < 4; i++)
		sleep_ms(5);
}

static inline void type_bytes(struct pair *p, const char *bytes, size_t count)
{
	must(write(p->master, bytes, count) == (ssize_t)count);
	settle();
}

#define type(p, text) type_bytes(p, text, sizeof(text) - 1)

/* All that is there to read, as text; never waits. */
static inline const char *drain(int fd)
{
	static char text[20000];
	size_t bytes = 0;
	int queued;

	while (bytes < sizeof(text) - 1 && (ready(fd, POLLIN, 0) & POLLIN)) {
		ssize_t n = read(fd, text + bytes, sizeof(text) - 1 - bytes);
		if (n <= 0)
			break;
		bytes += (size_t)n;
		queued = 0;
		if (ioctl(fd, FIONREAD, &queued) == 0 && queued == 0)
			settle();
	}
	text[bytes] = 0;
	return text;
}

/* What the slave's side shows on the master: waits until so much is there as is expected, then looks for more. */
static inline const char *shown(struct pair *p, const char *want)
{
	static char text[20000];
	size_t bytes = 0, wanted = strlen(want);

	while (bytes < wanted && (ready(p->master, POLLIN, 10000) & POLLIN)) {
		ssize_t n = read(p->master, text + bytes, sizeof(text) - 1 - bytes);
		if (n <= 0)
			break;
		bytes += (size_t)n;
	}
	settle();
	snprintf(text + bytes, sizeof(text) - bytes, "%s", drain(p->master));
	return text;
}

static inline int queued(int fd)
{
	int bytes = -1;

	return ioctl(fd, FIONREAD, &bytes) ? -errno : bytes;
}

#endif
