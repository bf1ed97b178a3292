/* Packet mode (TIOCPKT of tty_ioctl(4)): the control bytes, alone and together, and EXTPROC. */
#include "tty.h"

static char text[256];

/* The first byte of the next packet, or a negative errno. */
static int packet(struct pair *p)
{
	ssize_t n;

	settle();
	n = read(p->master, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	return n < 0 ? -errno : n == 0 ? -1 : (unsigned char)text[0];
}

static struct pair packets(void)
{
	struct pair p = pair_open();
	int on = 1;

	must(ioctl(p.master, TIOCPKT, &on) == 0);
	must(fcntl(p.master, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
	return p;
}

static void data(void)
{
	struct pair p = packets();
	int on = 7;

	must(ioctl(p.master, TIOCGPKT, &on) == 0);
	is_int(on, 1, "TIOCGPKT");
	is_int(packet(&p), -EAGAIN, "nothing");
	must(write(p.slave, "hello\n", 6) == 6);
	is_int(packet(&p), TIOCPKT_DATA, "output");
	is_str(text + 1, "hello\r\n", "behind a zero byte");
	must(write(p.slave, "abc", 3) == 3);
	settle();
	is_int(read(p.master, text, 2), 2, "a short read");
	is_int(text[1], 'a', "a zero byte and one of the output");
	is_int(packet(&p), TIOCPKT_DATA, "the rest has its own");
	is_str(text + 1, "bc", "and follows");
	on = 0;
	must(ioctl(p.master, TIOCPKT, &on) == 0 && write(p.slave, "d", 1) == 1);
	is_int(packet(&p), 'd', "switched off");
	pair_close(&p);
}

static void flushes(void)
{
	struct pair p = packets();

	must(tcflush(p.slave, TCIFLUSH) == 0);
	is_int(ready(p.master, POLLIN | POLLPRI, 0), POLLIN | POLLPRI, "an event: POLLPRI");
	is_int(packet(&p), TIOCPKT_FLUSHREAD, "TCIFLUSH");
	must(tcflush(p.slave, TCOFLUSH) == 0);
	is_int(packet(&p), TIOCPKT_FLUSHWRITE, "TCOFLUSH");
	must(tcflush(p.slave, TCIOFLUSH) == 0);
	is_int(packet(&p), TIOCPKT_FLUSHREAD | TIOCPKT_FLUSHWRITE, "TCIOFLUSH: both in one byte");
	is_int(packet(&p), -EAGAIN, "told once");
	must(write(p.slave, "a", 1) == 1 && tcflush(p.slave, TCIFLUSH) == 0);
	is_int(packet(&p), TIOCPKT_FLUSHREAD, "an event comes before output");
	is_int(strlen(text), 1, "and alone");
	is_int(packet(&p), TIOCPKT_DATA, "then the output");
	must(write(p.master, "x\003", 2) == 2);
	is_int(packet(&p), TIOCPKT_FLUSHREAD | TIOCPKT_FLUSHWRITE, "a typed ^C flushes both");
	is_int(packet(&p), TIOCPKT_DATA, "and is shown");
	is_str(strstr(text + 1, "^C") ? "^C" : text + 1, "^C", "as ^C");
	pair_close(&p);
}

static void stops(void)
{
	struct pair p = packets();
	struct termios t;

	must(tcflow(p.slave, TCOOFF) == 0);
	is_int(packet(&p), TIOCPKT_STOP, "TCOOFF");
	must(tcflow(p.slave, TCOON) == 0);
	is_int(packet(&p), TIOCPKT_START, "TCOON");
	must(write(p.master, "\023", 1) == 1);
	is_int(packet(&p), TIOCPKT_STOP, "^S");
	must(write(p.master, "\021", 1) == 1);
	is_int(packet(&p), TIOCPKT_START, "^Q");
	must(tcgetattr(p.slave, &t) == 0);
	t.c_iflag &= ~(tcflag_t)IXON;
	must(tcsetattr(p.slave, TCSANOW, &t) == 0);
	is_int(packet(&p), TIOCPKT_NOSTOP, "without IXON");
	t.c_iflag |= IXON;
	must(tcsetattr(p.slave, TCSANOW, &t) == 0);
	is_int(packet(&p), TIOCPKT_DOSTOP, "with IXON");
	t.c_cc[VSTOP] = 'q';
	must(tcsetattr(p.slave, TCSANOW, &t) == 0);
	is_int(packet(&p), TIOCPKT_NOSTOP, "with another VSTOP");
	must(tcsetattr(p.slave, TCSANOW, &t) == 0);
	is_int(packet(&p), -EAGAIN, "no change, no event");
	pair_close(&p);
}

static void external(void)
{
	struct pair p = packets();
	struct termios t;

	must(tcgetattr(p.slave, &t) == 0);
	t.c_lflag |= EXTPROC;
	must(tcsetattr(p.slave, TCSANOW, &t) == 0);
	is_int(packet(&p), 64 /* TIOCPKT_IOCTL */, "EXTPROC on");
	type(&p, "ab\177\003");
	is_int(packet(&p), -EAGAIN, "no echo");
	is_int(read(p.slave, text, sizeof(text)), 4, "no line is waited for");
	ok(memcmp(text, "ab\177\003", 4) == 0, "and nothing is edited");
	t.c_lflag &= ~(tcflag_t)EXTPROC;
	must(tcsetattr(p.slave, TCSANOW, &t) == 0);
	is_int(packet(&p), 64, "EXTPROC off");
	pair_close(&p);
}

static const struct tap_case cases[] = {
	{"data", data, 0},
	{"flushes", flushes, 0},
	{"stops", stops, 0},
	{"external", external, 0},
};

TAP_MAIN(cases)
