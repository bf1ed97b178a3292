/* Hang-ups: the master closed, the end of a session's leader, vhangup(2); who is told, and what is dead afterwards. */
#include "tty.h"

static volatile sig_atomic_t hang_ups, continues;

static void note(int signal)
{
	if (signal == SIGHUP)
		hang_ups++;
	else
		continues++;
}

static void listen_to_hang_ups(void)
{
	struct sigaction action = {.sa_handler = note};

	must(sigaction(SIGHUP, &action, NULL) == 0 && sigaction(SIGCONT, &action, NULL) == 0);
}

static void lead(struct pair *p)
{
	must(setsid() > 0);
	must(ioctl(p->slave, TIOCSCTTY, 0) == 0);
}

static void await(volatile sig_atomic_t *count)
{
	while (!*count)
		sleep_ms(1);
}

static void master_closes(void)
{
	struct pair p = pair_open();
	struct gate ready_gate = gate_make(), leader_may_end = gate_make(), leader_told = gate_make();
	pid_t leader, job;
	char text[4];

	if (in_child(&leader)) {
		close(p.master);
		lead(&p);
		listen_to_hang_ups();
		if (in_child(&job)) {
			setpgid(0, 0);
			signal(SIGTTOU, SIG_IGN);
			must(tcsetpgrp(p.slave, getpid()) == 0);
			gate_open(&ready_gate);
			await(&hang_ups);
			_exit(0);
		}
		await(&hang_ups);
		await(&continues);
		must(read(p.slave, text, 1) == 0 && write(p.slave, "x", 1) == -1 && errno == EIO);
		must(open("/dev/tty", O_RDWR) == -1 && errno == ENXIO);
		must(kill(job, 0) == 0);
		gate_open(&leader_told);
		gate_wait(&leader_may_end);
		must(waitpid(job, NULL, WNOHANG) == 0);
		_exit(0);
	}
	close(p.slave);
	must(gate_wait(&ready_gate));
	/* The other copies of the job's writing end tell when it ends. */
	close(p.master);
	must(gate_wait(&leader_told));
	gate_open(&leader_may_end);
	is_exited(leader, 0, "the leader gets SIGHUP and SIGCONT, its terminal is dead, its job lives");
	close(ready_gate.fd[1]);
	is_int(gate_wait(&ready_gate), 0, "when the leader ends the job gets SIGHUP");
}

static void leader_ends(void)
{
	struct pair p = pair_open();
	struct gate told = gate_make();
	pid_t leader, pid;
	char text[8] = "";

	if (in_child(&leader)) {
		lead(&p);
		if (in_child(&pid)) {
			listen_to_hang_ups();
			gate_open(&told);
			await(&hang_ups);
			int lives = write(p.slave, "x", 1) == 1;
			int is_off = open("/dev/tty", O_RDWR) == -1 && errno == ENXIO;
			text[0] = lives && is_off ? 'y' : 'n';
			must(write(told.fd[1], text, 1) == 1);
			_exit(0);
		}
		must(gate_wait(&told));
		_exit(0);
	}
	is_exited(leader, 0, "a leader ends");
	must(read(told.fd[0], text, 1) == 1);
	is_int(text[0], 'y', "its foreground group gets SIGHUP and has no terminal, what is open stays so");
	is_str(shown(&p, "x"), "x", "the master sees what it wrote");
	is_int(ready(p.master, POLLIN, 0), 0, "and is not hung up");
	int fd = open(p.name, O_RDWR | O_NOCTTY);
	ok(fd >= 0, "the slave can be opened again");
	is_int(write(fd, "back", 4), 4, "and written");
	is_str(shown(&p, "back"), "back", "the master sees it");
	if (in_child(&pid)) {
		must(setsid() > 0 && ioctl(fd, TIOCSCTTY, 0) == 0);
		_exit(0);
	}
	is_exited(pid, 0, "and become a controlling terminal");
	close(fd);
	pair_close(&p);
}

static void gives_up(void)
{
	struct pair p = pair_open();
	pid_t pid;

	if (in_child(&pid)) {
		lead(&p);
		listen_to_hang_ups();
		must(ioctl(p.slave, TIOCNOTTY, 0) == 0);
		must(hang_ups == 1 && continues == 1);
		must(write(p.slave, "x", 1) == 1 && open("/dev/tty", O_RDWR) == -1);
		_exit(0);
	}
	is_exited(pid, 0, "TIOCNOTTY of a leader: SIGHUP and SIGCONT to the foreground, the terminal lives");
	pair_close(&p);
}

static void by_call(void)
{
	struct pair p = pair_open();
	struct termios t;
	pid_t pid;

	if (in_child(&pid)) {
		lead(&p);
		listen_to_hang_ups();
		modes(&p, 0, 0, 0);
		must(write(p.master, "typed", 5) == 5);
		must(syscall(SYS_vhangup) == 0);
		must(hang_ups == 1 && continues == 1);
		must(write(p.slave, "x", 1) == -1 && errno == EIO);
		must(open("/dev/tty", O_RDWR) == -1 && errno == ENXIO);
		close(p.slave);
		p.slave = open(p.name, O_RDWR);
		must(p.slave >= 0 && tcgetpgrp(p.slave) == getpgrp());
		must(tcgetattr(p.slave, &t) == 0 && (t.c_lflag & ICANON) && (t.c_iflag & ICRNL));
		must(write(p.slave, "x", 1) == 1);
		_exit(0);
	}
	is_exited(pid, 0, "vhangup: what is open is dead; opened again it is in its first mode");
	if (in_child(&pid)) {
		become_user(1000);
		_exit(syscall(SYS_vhangup) == -1 && errno == EPERM ? 0 : 1);
	}
	is_exited(pid, 0, "a user may not");
	must(setsid() > 0 || errno == EPERM);
	is_int(ioctl(p.slave, TIOCGEXCL, &pid), -1, "the slave of the parent is dead too");
	pair_close(&p);
}

static void exclusive(void)
{
	struct pair p = pair_open();
	pid_t pid;
	int is_so = 0;

	must(ioctl(p.slave, TIOCEXCL) == 0 && ioctl(p.slave, TIOCGEXCL, &is_so) == 0);
	is_int(is_so, 1, "TIOCEXCL");
	must(chmod(p.name, 0666) == 0);
	if (in_child(&pid)) {
		become_user(1000);
		_exit(open(p.name, O_RDWR | O_NOCTTY) == -1 && errno == EBUSY ? 0 : 1);
	}
	is_exited(pid, 0, "nobody else may open it");
	must(ioctl(p.slave, TIOCNXCL) == 0);
	if (in_child(&pid)) {
		become_user(1000);
		_exit(open(p.name, O_RDWR | O_NOCTTY) >= 0 ? 0 : 1);
	}
	is_exited(pid, 0, "TIOCNXCL");
	pair_close(&p);
}

/* Writers and readers that wait, on both sides, while the other side goes. */
static void in_the_middle(void)
{
	static char block[32768];

	for (int round = 0; round < 10; round++) {
		struct pair p = pair_open();
		pid_t writer, reader;
		modes(&p, 0, 0, 0);
		if (in_child(&writer)) {
			close(p.master);
			while (write(p.slave, block, sizeof(block)) > 0)
				continue;
			_exit(errno == EIO ? 0 : 1);
		}
		if (in_child(&reader)) {
			close(p.master);
			ssize_t n = read(p.slave, block, sizeof(block));
			_exit(n == 0 || (n == -1 && errno == EIO) ? 0 : 1);
		}
		close(p.slave);
		if (round % 2)
			wait_state(writer, 'S');
		close(p.master);
		int good = reap(writer) == 0;
		good += reap(reader) == 0;
		ok(good == 2, "round %d: who waits is woken and told", round);
	}
}

static const struct tap_case cases[] = {
	{"master_closes", master_closes, 0}, {"leader_ends", leader_ends, 0},
	{"gives_up", gives_up, 0},           {"by_call", by_call, 0},
	{"exclusive", exclusive, 0},         {"in_the_middle", in_the_middle, 0},
};

TAP_MAIN(cases)
