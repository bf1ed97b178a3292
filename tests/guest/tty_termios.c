/* The line discipline: modes of termios(3), seen from both ends of a pseudo-terminal. */
#include "tty.h"

#define COOKED (ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN)

static char text[8192];

/* The next line that the slave reads, never waiting. */
static const char *line(struct pair *p)
{
	ssize_t n = 0;

	settle();
	if (ready(p->slave, POLLIN, 0) & POLLIN)
		n = read(p->slave, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	return text;
}

#define reads(p, keys, want, ...)                   \
	do {                                        \
		type(p, keys);                      \
		is_str(line(p), want, __VA_ARGS__); \
	} while (0)
#define shows(p, keys, want, ...)                          \
	do {                                               \
		drain((p)->master);                        \
		type(p, keys);                             \
		is_str(shown(p, want), want, __VA_ARGS__); \
		ioctl((p)->slave, TCFLSH, TCIFLUSH);       \
	} while (0)

static void first_modes(void)
{
	struct pair p = pair_open();
	struct termios t;

	must(tcgetattr(p.slave, &t) == 0);
	is_int(t.c_iflag, ICRNL | IXON, "c_iflag at first");
	is_int(t.c_oflag, OPOST | ONLCR, "c_oflag");
	is_int(t.c_cflag, B38400 | CS8 | CREAD, "c_cflag");
	is_int(t.c_lflag, COOKED, "c_lflag");
	is_int(t.c_cc[VINTR] + t.c_cc[VQUIT] + t.c_cc[VSUSP], 3 + 28 + 26, "^C, ^\\, ^Z");
	is_int(t.c_cc[VERASE], 127, "VERASE");
	cfsetospeed(&t, B9600);
	t.c_cflag = (t.c_cflag & ~CSIZE) | CS7 | PARENB;
	must(tcsetattr(p.slave, TCSADRAIN, &t) == 0 && tcgetattr(p.master, &t) == 0);
	is_int(cfgetospeed(&t), B9600, "the speed is kept, seen by the master");
	is_int(t.c_cflag & (CSIZE | PARENB), CS8, "eight bits without parity whatever is asked for");
	pair_close(&p);
}

static void editing(void)
{
	struct pair p = pair_open();

	reads(&p, "abx\177c\n", "abc\n", "VERASE");
	reads(&p, "gone\025kept\n", "kept\n", "VKILL");
	reads(&p, "one two  \027three\n", "one three\n", "VWERASE");
	reads(&p, "a_b.c\027\027x\n", "x\n", "VWERASE: underlines are of the word");
	reads(&p, "\026\003\026\177\n", "\003\177\n", "VLNEXT");
	reads(&p, "a\026\rb\n", "a\rb\n", "VLNEXT comes before ICRNL");
	reads(&p, "a\rb\n", "a\n", "ICRNL");
	is_str(line(&p), "b\n", "the rest is a line of its own");
	reads(&p, "half\004", "half", "VEOF in a line gives it out");
	special(&p, VEOL, ';');
	special(&p, VEOL2, '!');
	reads(&p, "a;b!c\n", "a;", "VEOL");
	is_str(line(&p), "b!", "VEOL2");
	is_str(line(&p), "c\n", "newline");
	special(&p, VEOL, 0);
	modes(&p, ICRNL, 0, COOKED & ~(tcflag_t)IEXTEN);
	reads(&p, "a \027\026!\n", "a \027\026!\n", "without IEXTEN no VWERASE, VLNEXT, VEOL2");
	pair_close(&p);
}

static void utf8(void)
{
	struct pair p = pair_open();

	modes(&p, ICRNL | IUTF8, OPOST | ONLCR, COOKED);
	reads(&p, "a\303\244\177b\n", "ab\n", "IUTF8: VERASE takes a character");
	reads(&p, "\342\202\254\177\177x\n", "x\n", "of three bytes");
	shows(&p, "a\303\244\177", "a\303\244\b \b", "and shows one column");
	modes(&p, ICRNL, OPOST | ONLCR, COOKED);
	reads(&p, "a\303\244\177b\n", "a\303b\n", "without IUTF8 it takes a byte");
	pair_close(&p);
}

static void echo_modes(void)
{
	struct pair p = pair_open();

	shows(&p, "a\t\001\177\n", "a\t^A\b \b\b \b\r\n", "ECHOCTL, ECHOE");
	shows(&p, "ab\tc\177\177", "ab\tc\b \b\b\b\b\b\b\b", "erasing a tab goes back over its columns");
	shows(&p, "abc\025", "abc\b \b\b \b\b \b", "ECHOKE");
	shows(&p, "ab\022", "ab^R\r\nab", "VREPRINT");
	shows(&p, "a\026", "a^\b", "VLNEXT");
	shows(&p, "b c\027\004", "b c\b \b", "VWERASE; VEOF is not shown");
	modes(&p, ICRNL, OPOST | ONLCR, (COOKED & ~(tcflag_t)ECHOKE));
	shows(&p, "abc\025", "abc^U\r\n", "ECHOK");
	modes(&p, ICRNL, OPOST | ONLCR, (COOKED & ~(tcflag_t)ECHOE));
	shows(&p, "ab\177", "ab^?", "without ECHOE");
	modes(&p, ICRNL, OPOST | ONLCR, COOKED | ECHOPRT);
	shows(&p, "abc\177\177d\n", "abc\\cb/d\r\n", "ECHOPRT");
	modes(&p, ICRNL, OPOST | ONLCR, ICANON | ECHONL);
	shows(&p, "ab\n", "\r\n", "ECHONL alone");
	modes(&p, ICRNL, OPOST | ONLCR, ICANON | ECHO);
	shows(&p, "\001\n", "\001\r\n", "without ECHOCTL");
	modes(&p, 0, 0, ECHO | ECHOCTL);
	shows(&p, "a\r\n", "a^M^J", "raw with echo");
	pair_close(&p);
}

static void output(void)
{
	struct pair p = pair_open();

#define prints(out, what, want, ...)                                               \
	do {                                                                       \
		modes(&p, ICRNL, out, COOKED);                                     \
		must(write(p.slave, what, strlen(what)) == (ssize_t)strlen(what)); \
		is_str(shown(&p, want), want, __VA_ARGS__);                        \
	} while (0)
	prints(OPOST | ONLCR, "\ra\n", "\ra\r\n", "ONLCR");
	prints(ONLCR, "a\n", "a\n", "nothing without OPOST");
	prints(OPOST | OCRNL, "\ra\r", "\na\n", "OCRNL");
	prints(OPOST | ONLCR, "\r\n", "\r\r\n", "back to the first column");
	prints(OPOST | ONOCR, "\ra\r\r", "a\r", "ONOCR");
	prints(OPOST | OLCUC, "aZ9\n", "AZ9\n", "OLCUC");
	prints(OPOST | ONLCR, "\n", "\r\n", "back again");
	prints(OPOST | XTABS | ONLCR, "a\tb\t\n", "a       b       \r\n", "XTABS");
	prints(OPOST | ONLRET | XTABS, "ab\n\tc\n", "ab\n        c\n", "ONLRET: a newline is at the first column");
	pair_close(&p);
}

static void input(void)
{
	struct pair p = pair_open();

	modes(&p, INLCR | IGNCR, 0, 0);
	reads(&p, "a\r\nb", "a\rb", "IGNCR, INLCR");
	modes(&p, ISTRIP, 0, 0);
	reads(&p, "\301b", "Ab", "ISTRIP");
	modes(&p, IUCLC, 0, IEXTEN);
	reads(&p, "ABc", "abc", "IUCLC with IEXTEN");
	modes(&p, IUCLC, 0, 0);
	reads(&p, "ABc", "ABc", "IUCLC without");
	modes(&p, PARMRK, 0, 0);
	reads(&p, "a\377b", "a\377\377b", "PARMRK doubles \\377");
	modes(&p, IGNBRK | BRKINT | IGNPAR | INPCK | IMAXBEL, 0, 0);
	reads(&p, "a\377b", "a\377b", "the others have nothing to do without a line");
	pair_close(&p);
}

static void flow(void)
{
	struct pair p = pair_open();

	must(fcntl(p.slave, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
	type(&p, "\023");
	fails(write(p.slave, "a", 1), EAGAIN, "VSTOP: no output");
	is_int(ready(p.slave, POLLOUT, 0), 0, "no POLLOUT");
	type(&p, "x");
	is_str(shown(&p, ""), "", "echo waits");
	type(&p, "\021");
	is_str(shown(&p, "x"), "x", "VSTART: the echo comes");
	is_int(write(p.slave, "a", 1), 1, "and output goes");
	type(&p, "\023");
	type(&p, "y");
	fails(write(p.slave, "a", 1), EAGAIN, "another byte does not start it");
	modes(&p, ICRNL | IXON | IXANY, OPOST | ONLCR, COOKED);
	type(&p, "z");
	is_int(write(p.slave, "a", 1), 1, "with IXANY it does");
	type(&p, "\023");
	modes(&p, ICRNL, OPOST | ONLCR, COOKED);
	is_int(write(p.slave, "a", 1), 1, "IXON switched off starts it");
	must(tcflow(p.slave, TCOOFF) == 0);
	fails(write(p.slave, "a", 1), EAGAIN, "TCOOFF");
	modes(&p, ICRNL | IXON, OPOST | ONLCR, COOKED);
	type(&p, "\021");
	fails(write(p.slave, "a", 1), EAGAIN, "VSTART does not undo it");
	must(tcflow(p.slave, TCOON) == 0);
	is_int(write(p.slave, "a", 1), 1, "TCOON does");
	drain(p.master);
	must(tcflow(p.slave, TCIOFF) == 0 && tcflow(p.slave, TCION) == 0);
	is_str(shown(&p, "\023\021"), "\023\021", "TCIOFF and TCION send VSTOP and VSTART");
	pair_close(&p);
}

static void long_lines(void)
{
	struct pair p = pair_open();
	static char block[4000];

	modes(&p, ICRNL, 0, ICANON);
	memset(block, 'x', sizeof(block));
	type_bytes(&p, block, 4000);
	type_bytes(&p, block, 1000);
	type(&p, "\n");
	is_int(queued(p.slave), 4096, "a line has 4095 bytes and its end");
	is_int(read(p.slave, text, sizeof(text)), 4096, "read at once");
	is_int(text[4095], '\n', "ended by a newline");
	type(&p, "ok\n");
	is_int(read(p.slave, text, 2), 2, "a line read in parts");
	is_str(line(&p), "\n", "the rest");
	type(&p, "abc\004");
	is_int(read(p.slave, text, 3), 3, "three of three bytes before VEOF");
	is_int(ready(p.slave, POLLIN, 0), 0, "VEOF itself is not left to read");
	pair_close(&p);
}

static void many_lines(void)
{
	struct pair p = pair_open();

	modes(&p, ICRNL, 0, ICANON);
	type(&p, "one\ntwo\nthr");
	is_int(queued(p.slave), 8, "FIONREAD counts whole lines");
	is_int(read(p.slave, text, sizeof(text)), 4, "a read gets one line");
	modes(&p, 0, 0, 0);
	is_int(queued(p.slave), 7, "raw: everything");
	modes(&p, 0, 0, ICANON);
	is_int(read(p.slave, text, sizeof(text)), 7, "canonical again: all of it is one piece");
	type(&p, "a\nb");
	must(tcflush(p.slave, TCIFLUSH) == 0);
	is_int(ready(p.slave, POLLIN, 0), 0, "TCIFLUSH");
	type(&p, "c\n");
	is_str(line(&p), "c\n", "half of a line went with it");
	pair_close(&p);
}

static void counts(struct pair *p, unsigned char min, unsigned char time)
{
	modes(p, 0, 0, 0);
	special(p, VMIN, min);
	special(p, VTIME, time);
}

static void min_and_time(void)
{
	struct pair p = pair_open();
	int64_t before;
	pid_t pid;

	counts(&p, 0, 0);
	is_int(read(p.slave, text, 10), 0, "0, 0: nothing, at once");
	type(&p, "ab");
	is_int(read(p.slave, text, 10), 2, "0, 0: what is there");
	counts(&p, 0, 1);
	before = now_ns();
	is_int(read(p.slave, text, 10), 0, "0, 1: nothing after a tenth of a second");
	ok(now_ns() - before >= 90000000, "it waited");
	type(&p, "c");
	is_int(read(p.slave, text, 10), 1, "0, 1: what is there");
	counts(&p, 3, 0);
	type(&p, "ab");
	is_int(ready(p.slave, POLLIN, 0), 0, "3, 0: two bytes are not enough for poll");
	if (in_child(&pid))
		_exit((int)read(p.slave, text, 10));
	type(&p, "c");
	is_exited(pid, 3, "3, 0: a read waits for three");
	type(&p, "abc");
	is_int(read(p.slave, text, 2), 2, "3, 0: as many as are wanted");
	is_int(read(p.slave, text, 1), 1, "3, 0: one is wanted, one is there");
	counts(&p, 3, 1);
	type(&p, "a");
	is_int(read(p.slave, text, 10), 1, "3, 1: one byte, then a pause");
	type(&p, "abcd");
	is_int(read(p.slave, text, 10), 4, "3, 1: enough bytes");
	must(fcntl(p.slave, F_SETFL, O_RDWR | O_NONBLOCK) == 0);
	counts(&p, 3, 0);
	fails(read(p.slave, text, 10), EAGAIN, "O_NONBLOCK: nothing there");
	type(&p, "a");
	is_int(read(p.slave, text, 10), 1, "O_NONBLOCK: what is there");
	pair_close(&p);
}

/* struct termios2 of the kernel. */
struct modes2 {
	unsigned iflag, oflag, cflag, lflag;
	unsigned char line, cc[19];
	unsigned ispeed, ospeed;
};

static void other_calls(void)
{
	struct pair p = pair_open();
	struct modes2 m;
	unsigned short old[9];

	must(ioctl(p.slave, _IOR('T', 0x2a, struct modes2), &m) == 0);
	is_int(m.ospeed, 38400, "TCGETS2: speed");
	m.cflag = (m.cflag & ~0x100fu) | 0x1000; /* BOTHER */
	m.ospeed = 12345;
	m.ispeed = 12345;
	is_int(ioctl(p.slave, _IOW('T', 0x2b, struct modes2), &m), 0, "TCSETS2 with BOTHER");
	must(ioctl(p.slave, _IOR('T', 0x2a, struct modes2), &m) == 0);
	is_int(m.ospeed, 12345, "any speed");
	is_int(ioctl(p.slave, 0x5405 /* TCGETA */, old), 0, "TCGETA");
	is_int(old[3], COOKED, "c_lflag in it");
	old[3] &= (unsigned short)~ECHO;
	is_int(ioctl(p.slave, 0x5407 /* TCSETAW */, old), 0, "TCSETAW");
	type(&p, "ab");
	is_str(shown(&p, ""), "", "takes effect");
	must(ioctl(p.slave, _IOW('T', 0x2d, struct modes2), &m) == 0);
	type(&p, "c\n");
	is_str(line(&p), "c\n", "TCSETSF2 throws input away");
	is_int(tcdrain(p.slave), 0, "tcdrain");
	is_int(tcsendbreak(p.slave, 0), 0, "tcsendbreak");
	int number = 9;
	is_int(ioctl(p.slave, TIOCGETD, &number), 0, "TIOCGETD");
	is_int(number, 0, "N_TTY");
	is_int(ioctl(p.slave, TIOCOUTQ, &number), 0, "TIOCOUTQ");
	is_int(number, 0, "nothing on the way");
	pair_close(&p);
}

static const struct tap_case cases[] = {
	{"first_modes", first_modes, 0},
	{"editing", editing, 0},
	{"utf8", utf8, 0},
	{"echo_modes", echo_modes, 0},
	{"output", output, 0},
	{"input", input, 0},
	{"flow", flow, 0},
	{"long_lines", long_lines, 0},
	{"many_lines", many_lines, 0},
	{"min_and_time", min_and_time, 0},
	{"other_calls", other_calls, 0},
};

TAP_MAIN(cases)
