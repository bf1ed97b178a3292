/*
 * Pseudo-terminals when the n-th allocation fails (nth_allocation.h).
 */
#include "nth_allocation.h"

#include <sys/ioctl.h>
#include <sys/mount.h>

static int master;

static void close_it(long fd)
{
	must(close((int)fd) == 0);
}

static long run_open(void)
{
	return raw(SYS_open, "/dev/ptmx", O_RDWR | O_NOCTTY, 0);
}

static void prepare_slave(void)
{
	int unlocked = 0;

	if (!master)
		master = (int)run_open();
	must(master > 0 && ioctl(master, TIOCSPTLCK, &unlocked) == 0);
}

static long run_open_slave(void)
{
	char name[32];
	unsigned number = 0;

	must(ioctl(master, TIOCGPTN, &number) == 0);
	snprintf(name, sizeof(name), "/dev/pts/%u", number);
	return raw(SYS_open, name, O_RDWR | O_NOCTTY, 0);
}

static long run_peer(void)
{
	return raw(SYS_ioctl, master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
}

static void prepare_mount(void)
{
	must(mkdir("pts", 0755) == 0 || errno == EEXIST);
}

static long run_mount(void)
{
	return raw(SYS_mount, "devpts", "pts", "devpts", 0, "mode=620");
}

static void unmount(long result)
{
	(void)result;
	must(umount("pts") == 0);
}

static const struct operation operations[] = {
	{.name = "open of ptmx", .run = run_open, .undo = close_it, .other_error = ENFILE},
	{.name = "open of a slave",
	 .prepare = prepare_slave,
	 .run = run_open_slave,
	 .undo = close_it,
	 .other_error = ENFILE},
	{.name = "TIOCGPTPEER", .prepare = prepare_slave, .run = run_peer, .undo = close_it, .other_error = ENFILE},
	{.name = "mount of devpts", .prepare = prepare_mount, .run = run_mount, .undo = unmount},
};

static void each(void)
{
	nth_run(operations, count_of(operations));
}

static const struct tap_case cases[] = {
	{"each", each, 0},
};

TAP_MAIN(cases)
