/* Job control: controlling terminals, the foreground group, typed signals, reading and writing from the background. */
#include "tty.h"

static volatile sig_atomic_t seen[65];

static void note(int signal)
{
	seen[signal]++;
}

static void catch (int signal)
{
	struct sigaction action = {.sa_handler = note};

	must(sigaction(signal, &action, NULL) == 0);
}

/* A session of its own with the slave as its terminal. */
static void lead(struct pair *p)
{
	must(setsid() > 0);
	must(ioctl(p->slave, TIOCSCTTY, 0) == 0);
}

/* A child in a group of its own: 1 in the child once the parent has named the group too. */
static int in_job(pid_t *pid)
{
	if (in_child(pid)) {
		setpgid(0, 0);
		return 1;
	}
	setpgid(*pid, *pid);
	return 0;
}

static void set_foreground(struct pair *p, pid_t group)
{
	signal(SIGTTOU, SIG_IGN);
	must(tcsetpgrp(p->slave, group) == 0);
	signal(SIGTTOU, SIG_DFL);
}

/* Runs `body` as leader of a session on a new pair, in a child whose failed must() counts. */
static void with_session(void (*body)(struct pair *p), const char *what)
{
	struct pair p = pair_open();
	pid_t pid;

	if (in_child(&pid)) {
		lead(&p);
		body(&p);
		_exit(0);
	}
	is_exited(pid, 0, "%s", what);
	pair_close(&p);
}

#define expect(condition) must(condition)

/* ---- whose terminal it is ---- */

static void controls(struct pair *p)
{
	pid_t pid, id = -1;
	int fd;

	expect(tcgetpgrp(p->slave) == getpgrp() && tcgetsid(p->slave) == getpid());
	expect(ioctl(p->master, TIOCGSID, &id) == 0 && id == getpid());
	expect(ioctl(p->slave, TIOCSCTTY, 0) == 0);
	fd = open("/dev/tty", O_RDWR);
	expect(fd >= 0 && write(fd, "x", 1) == 1 && strcmp(shown(p, "x"), "x") == 0);
	if (in_child(&pid)) {
		expect(ioctl(p->slave, TIOCSCTTY, 0) == -1 && errno == EPERM);
		expect(tcgetsid(p->slave) == getppid());
		expect(ioctl(p->slave, TIOCNOTTY, 0) == 0);
		expect(open("/dev/tty", O_RDWR) == -1 && errno == ENXIO);
		expect(setsid() > 0 && ioctl(p->slave, TIOCSCTTY, 0) == -1 && errno == EPERM);
		_exit(0);
	}
	expect(reap(pid) == 0);
}

static void steals(struct pair *p)
{
	pid_t pid;

	if (in_child(&pid)) {
		expect(setsid() > 0 && ioctl(p->slave, TIOCSCTTY, 1) == 0 && tcgetsid(p->slave) == getpid());
		signal(SIGHUP, SIG_IGN);
		_exit(0);
	}
	expect(reap(pid) == 0);
	expect(open("/dev/tty", O_RDWR) == -1 && errno == ENXIO);
}

static void opened(void)
{
	struct pair p = pair_open();
	pid_t pid;

	if (in_child(&pid)) {
		must(setsid() > 0);
		must(open(p.name, O_RDWR | O_NOCTTY) >= 0 && open("/dev/tty", O_RDWR) == -1);
		must(open(p.name, O_WRONLY) >= 0 && open("/dev/tty", O_RDWR) == -1);
		must(open(p.name, O_RDWR) >= 0 && open("/dev/tty", O_RDWR) >= 0);
		_exit(0);
	}
	is_exited(pid, 0, "a leader gets the terminal it opens for reading, but with O_NOCTTY");
	pair_close(&p);
}

static void owning(void)
{
	with_session(controls, "TIOCSCTTY, /dev/tty, TIOCGSID, TIOCNOTTY of a child");
	with_session(steals, "TIOCSCTTY 1 takes a terminal away");
	opened();
}

/* The numbers behind the name in /proc/PID/stat: state is the first. */
static long stat_field(const char *path, int field)
{
	char text[1024];
	char *at;

	must(read_text(path, text, sizeof(text)) > 0);
	at = strrchr(text, ')') + 2;
	for (int i = 3; i < field; i++)
		at = strchr(at, ' ') + 1;
	return strtol(at, NULL, 10);
}

static void described(struct pair *p)
{
	unsigned number = 0;

	expect(ioctl(p->master, TIOCGPTN, &number) == 0);
	expect(stat_field("/proc/self/stat", 7) == (long)(136 << 8 | number));
	expect(stat_field("/proc/self/stat", 8) == getpgrp());
	expect(ioctl(p->slave, TIOCNOTTY, 0) == 0 || errno == EINTR);
	expect(stat_field("/proc/self/stat", 7) == 0 && stat_field("/proc/self/stat", 8) == -1);
}

static void in_proc(void)
{
	signal(SIGHUP, SIG_IGN);
	with_session(described, "tty_nr and tpgid of /proc/PID/stat");
}

/* ---- tcsetpgrp ---- */

static void group_rules(struct pair *p)
{
	pid_t pid, other = getppid(), group = -5;

	expect(ioctl(p->slave, TIOCSPGRP, &group) == -1 && errno == EINVAL);
	group = 0x3ffffff;
	expect(ioctl(p->slave, TIOCSPGRP, &group) == -1 && errno == ESRCH);
	group = getpgid(other);
	expect(ioctl(p->slave, TIOCSPGRP, &group) == -1 && (errno == EPERM || errno == ESRCH));
	if (in_job(&pid))
		_exit(0);
	expect(reap(pid) == 0);
	group = pid;
	expect(ioctl(p->slave, TIOCSPGRP, &group) == -1 && errno == ESRCH);
	expect(tcgetpgrp(p->slave) == getpgrp());
}

static void rules(void)
{
	with_session(group_rules, "tcsetpgrp: EINVAL, ESRCH, EPERM");
}

/* ---- from the background ---- */

static void background_read(struct pair *p)
{
	char text[8];
	pid_t pid;
	int status;

	if (in_job(&pid))
		_exit(read(p->slave, text, 4) == 4 ? 0 : 1);
	expect(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTIN);
	set_foreground(p, pid);
	expect(kill(-pid, SIGCONT) == 0);
	type(p, "abc\n");
	expect(reap(pid) == 0);
	set_foreground(p, getpgrp());
	if (in_job(&pid)) {
		signal(SIGTTIN, SIG_IGN);
		_exit(read(p->slave, text, 4) == -1 && errno == EIO ? 0 : 1);
	}
	expect(reap(pid) == 0);
}

static void background_write(struct pair *p)
{
	struct termios t;
	pid_t pid;
	int status;

	if (in_job(&pid))
		_exit(write(p->slave, "x", 1) == 1 ? 0 : 1);
	expect(reap(pid) == 0);
	expect(tcgetattr(p->slave, &t) == 0);
	t.c_lflag |= TOSTOP;
	expect(tcsetattr(p->slave, TCSANOW, &t) == 0);
	if (in_job(&pid))
		_exit(write(p->slave, "x", 1) == 1 ? 0 : 1);
	expect(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTOU);
	set_foreground(p, pid);
	expect(kill(-pid, SIGCONT) == 0 && reap(pid) == 0);
	set_foreground(p, getpgrp());
	if (in_job(&pid)) {
		signal(SIGTTOU, SIG_IGN);
		_exit(write(p->slave, "x", 1) == 1 ? 0 : 1);
	}
	expect(reap(pid) == 0);
}

static void background_change(struct pair *p)
{
	struct termios t;
	pid_t pid;
	int status;

	expect(tcgetattr(p->slave, &t) == 0);
	if (in_job(&pid))
		_exit(tcsetattr(p->slave, TCSANOW, &t) == 0 ? 0 : 1);
	expect(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTOU);
	set_foreground(p, pid);
	expect(kill(-pid, SIGCONT) == 0 && reap(pid) == 0);
	set_foreground(p, getpgrp());
	if (in_job(&pid))
		_exit(tcsetpgrp(p->slave, getpid()) == 0 ? 0 : 1);
	expect(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTOU);
	kill(pid, SIGKILL);
	reap(pid);
	if (in_job(&pid)) {
		sigset_t set;
		sigemptyset(&set);
		sigaddset(&set, SIGTTOU);
		sigprocmask(SIG_BLOCK, &set, NULL);
		_exit(tcsetpgrp(p->slave, getpid()) == 0 && tcgetpgrp(p->slave) == getpid() ? 0 : 1);
	}
	expect(reap(pid) == 0);
}

/* A group none of whose parents is in the session any more is orphaned: nobody could continue it. */
static void orphaned(struct pair *p)
{
	struct gate done = gate_make();
	char result = 'n', text[4];
	pid_t pid, middle;

	if (in_child(&pid)) {
		middle = getpid();
		if (in_job(&pid)) {
			while (getppid() == middle)
				sleep_ms(1);
			result = read(p->slave, text, 1) == -1 && errno == EIO ? 'y' : 'n';
			must(write(done.fd[1], &result, 1) == 1);
		}
		_exit(0);
	}
	expect(reap(pid) == 0);
	expect(read(done.fd[0], &result, 1) == 1 && result == 'y');
}

static void background(void)
{
	with_session(background_read, "SIGTTIN, or EIO when it is ignored");
	with_session(background_write, "TOSTOP: SIGTTOU, unless it is ignored");
	with_session(background_change, "tcsetattr and tcsetpgrp: SIGTTOU, unless it is blocked");
	with_session(orphaned, "an orphaned group gets EIO");
}

/* ---- typed signals ---- */

static void typed(struct pair *p)
{
	struct gate begun = gate_make();
	pid_t pid;
	int status;

	catch (SIGINT);
	if (in_job(&pid)) {
		signal(SIGINT, SIG_DFL);
		gate_open(&begun);
		for (;;)
			pause();
	}
	set_foreground(p, pid);
	expect(gate_wait(&begun));
	type(p, "\032");
	expect(waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status) && WSTOPSIG(status) == SIGTSTP);
	expect(kill(pid, SIGCONT) == 0);
	type(p, "\003");
	expect((reap(pid) & 0x7f) == SIGINT);
	expect(seen[SIGINT] == 0);
	set_foreground(p, getpgrp());
	type(p, "\003");
	expect(seen[SIGINT] == 1);
	catch (SIGQUIT);
	type(p, "\034");
	expect(seen[SIGQUIT] == 1);
	drain(p->master);
	modes(p, ICRNL, 0, ICANON);
	type(p, "\003\n");
	expect(seen[SIGINT] == 1);
}

static void flushing(struct pair *p)
{
	char text[16] = "";

	catch (SIGINT);
	type(p, "lost\003kept\n");
	expect(read(p->slave, text, sizeof(text)) == 5 && memcmp(text, "kept\n", 5) == 0);
	modes(p, ICRNL, 0, ICANON | ISIG | NOFLSH);
	type(p, "not \003lost\n");
	expect(read(p->slave, text, sizeof(text)) == 9 && memcmp(text, "not lost\n", 9) == 0);
	expect(seen[SIGINT] == 2);
}

static void sizes(struct pair *p)
{
	struct winsize size = {.ws_row = 10, .ws_col = 20};

	catch (SIGWINCH);
	expect(ioctl(p->master, TIOCSWINSZ, &size) == 0 && seen[SIGWINCH] == 1);
	expect(ioctl(p->master, TIOCSWINSZ, &size) == 0 && seen[SIGWINCH] == 1);
	size.ws_row++;
	expect(ioctl(p->slave, TIOCSWINSZ, &size) == 0 && seen[SIGWINCH] == 2);
	catch (SIGINT);
	expect(ioctl(p->master, _IOW('T', 0x36, int) /* TIOCSIG */, SIGINT) == 0 && seen[SIGINT] == 1);
	expect(ioctl(p->master, _IOW('T', 0x36, int), SIGHUP) == -1 && errno == EINVAL);
}

static void interrupts_read(struct pair *p)
{
	char text[4];
	pid_t pid;

	catch (SIGINT);
	if (in_child(&pid)) {
		wait_state(getppid(), 'S');
		must(write(p->master, "\003", 1) == 1);
		_exit(0);
	}
	expect(read(p->slave, text, 1) == -1 && errno == EINTR);
	reap(pid);
}

static void signals(void)
{
	with_session(typed, "^Z, ^C, ^\\ go to the foreground group, and nowhere without ISIG");
	with_session(flushing, "they throw away what was typed, but with NOFLSH");
	with_session(sizes, "SIGWINCH when the size changes; TIOCSIG");
	with_session(interrupts_read, "a read is interrupted");
}

static void forged(void)
{
	struct pair p = pair_open();
	pid_t pid;

	if (in_child(&pid)) {
		become_user(1000);
		int result = ioctl(p.slave, TIOCSTI, "x");
		_exit(result == -1 && (errno == EIO || errno == EPERM) ? 0 : 1);
	}
	is_exited(pid, 0, "TIOCSTI is refused to a user");
	pair_close(&p);
}

static const struct tap_case cases[] = {
	{"owning", owning, 0}, {"in_proc", in_proc, 0},       {"rules", rules, 0},
	{"forged", forged, 0}, {"background", background, 0}, {"signals", signals, 0},
};

TAP_MAIN(cases)
