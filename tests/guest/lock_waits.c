/*
 * Who waits for record locks: a circle is refused to the one that would close it, and nobody else; one whose way has
 * become free waits for nobody, though it has not run yet.
 */
#include "guest.h"

#include <fcntl.h>

#define PLACES 3
#define STEPS  300

static int file;

static void begin_case(void)
{
	file = open("waits", O_CREAT | O_RDWR, 0600);
	must(file >= 0);
}

static long lock(int command, int at, int type)
{
	struct flock lock = {.l_type = (short)type, .l_start = at, .l_len = 1};

	return raw(SYS_fcntl, file, command, &lock);
}

/* The process sleeps in a call; /proc says so. */
static void wait_until_blocked(pid_t pid)
{
	char name[64], text[64];

	snprintf(name, sizeof(name), "/proc/%d/syscall", (int)pid);
	do {
		sleep_ms(1);
		must(read_text(name, text, sizeof(text)) > 0);
	} while (strtol(text, NULL, 10) != SYS_fcntl);
}

static void circle(void)
{
	struct gate held = gate_make();
	pid_t pid;

	begin_case();
	must(lock(F_SETLK, 0, F_WRLCK) == 0);
	if (in_child(&pid)) {
		must(lock(F_SETLK, 1, F_WRLCK) == 0);
		gate_open(&held);
		_exit(lock(F_SETLKW, 0, F_WRLCK) == 0 ? 7 : 8);
	}
	must(gate_wait(&held));
	wait_until_blocked(pid);
	is_int(lock(F_SETLKW, 1, F_WRLCK), -EDEADLK, "who would close the circle is refused");
	is_int(lock(F_SETLK, 0, F_UNLCK), 0, "and lets the other go on");
	is_exited(pid, 7, "who gets it");
	is_int(lock(F_SETLKW, 1, F_WRLCK), 0, "and leaves its own");
}

/* Each holds a byte and waits for the next, which the other leaves: there is no circle at any time. */
static long go_round(int place)
{
	for (int i = 0; i < STEPS; i++) {
		int next = (place + 1) % PLACES;
		long error = lock(F_SETLKW, next, F_WRLCK);
		if (error)
			return error;
		must(lock(F_SETLK, place, F_UNLCK) == 0);
		place = next;
	}
	return lock(F_SETLK, place, F_UNLCK);
}

static void round_and_round(void)
{
	struct gate held = gate_make();
	pid_t pid;

	begin_case();
	must(lock(F_SETLK, 0, F_WRLCK) == 0);
	if (in_child(&pid)) {
		must(lock(F_SETLK, 1, F_WRLCK) == 0);
		gate_open(&held);
		_exit(go_round(1) == 0 ? 0 : 1);
	}
	must(gate_wait(&held));
	is_int(go_round(0), 0, "one goes round");
	is_exited(pid, 0, "and so does the other");
}

static const struct tap_case cases[] = {
	{"circle", circle, 0},
	{"round_and_round", round_and_round, 0},
};

TAP_MAIN(cases)
