/* Signals about files (fcntl(2)): O_ASYNC and its owners, leases, directory notices. */
#include <sys/inotify.h>
#include <sys/ioctl.h>

#include "guest.h"
#include "tap.h"

#define SETSIG   10
#define GETSIG   11
#define SETOWNEX 15
#define GETOWNEX 16
#define SETLEASE 1024
#define GETLEASE 1025
#define NOTIFY   1026
#define ASYNC    020000

#define DN_ACCESS_    0x01
#define DN_MODIFY_    0x02
#define DN_CREATE_    0x04
#define DN_DELETE_    0x08
#define DN_RENAME_    0x10
#define DN_MULTISHOT_ 0x80000000

static volatile int count, last_code, last_fd, last_band;

static void handler(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	count++;
	last_code = info->si_code;
	last_fd = info->si_fd;
	last_band = (int)info->si_band;
}

static void catch (int signal)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};

	must(sigaction(signal, &action, NULL) == 0);
}

static int taken(void)
{
	int was = count;

	count = 0;
	return was;
}

static void io(void)
{
	int ends[2], flags;
	char buffer[8];

	catch (SIGIO);
	catch (SIGRTMIN + 1);
	must(pipe(ends) == 0);
	must(fcntl(ends[0], F_SETOWN, getpid()) == 0);
	flags = fcntl(ends[0], F_GETFL);
	must(fcntl(ends[0], F_SETFL, flags | ASYNC) == 0);
	is_int(fcntl(ends[0], F_GETFL), flags | ASYNC, "the flag is kept");
	must(write(ends[1], "a", 1) == 1);
	is_int(taken(), 1, "SIGIO has come when the write returns");
	is_int(last_code, SI_KERNEL, "without F_SETSIG it tells nothing");
	must(write(ends[1], "a", 1) == 1);
	is_int(taken(), 1, "and for the next write");
	must(fcntl(ends[0], SETSIG, SIGRTMIN + 1) == 0);
	is_int(fcntl(ends[0], GETSIG), SIGRTMIN + 1, "F_GETSIG");
	must(write(ends[1], "a", 1) == 1);
	is_int(taken(), 1, "the signal of F_SETSIG");
	is_int(last_code, 1, "says POLL_IN");
	is_int(last_fd, ends[0], "and which descriptor");
	is_int(last_band, 0x41, "and which events");
	must(fcntl(ends[0], SETSIG, SIGIO) == 0);
	must(write(ends[1], "a", 1) == 1);
	is_int(taken(), 1, "SIGIO asked for by name");
	is_int(last_code, 1, "tells too");
	must(read(ends[0], buffer, 8) == 4);
	is_int(taken(), 0, "reading is no news to the reader");
	must(fcntl(ends[0], F_SETFL, flags) == 0);
	must(write(ends[1], "a", 1) == 1);
	is_int(taken(), 0, "O_ASYNC off");
	flags = 1;
	must(ioctl(ends[0], FIOASYNC, &flags) == 0);
	close(ends[1]);
	is_int(taken(), 1, "FIOASYNC; the last writer goes");
}

static void others(void)
{
	int fd, flags = 1, file;

	catch (SIGIO);
	must((fd = inotify_init()) >= 0);
	must(inotify_add_watch(fd, ".", IN_CREATE) == 1);
	must(fcntl(fd, F_SETOWN, getpid()) == 0);
	must(ioctl(fd, FIOASYNC, &flags) == 0);
	must(mkdir("d", 0755) == 0);
	is_int(taken(), 1, "inotify");
	must(write_text("f", "x") == 1);
	must((file = open("f", O_RDWR)) >= 0);
	must(fcntl(file, F_SETFL, ASYNC) == 0);
	is_int(fcntl(file, F_GETFL) & ASYNC, 0, "a file has no O_ASYNC");
	fails(ioctl(file, FIOASYNC, &flags), ENOTTY, "nor FIOASYNC");
	flags = 0;
	works(ioctl(file, FIOASYNC, &flags), "but it can be off");
}

static void owners(void)
{
	int ends[2], pair[2];
	pid_t child;

	catch (SIGIO);
	must(pipe(ends) == 0);
	is_int(fcntl(ends[0], F_GETOWN), 0, "nobody first");
	must(fcntl(ends[0], F_SETOWN, -getpgrp()) == 0);
	is_int(raw(SYS_fcntl, ends[0], F_GETOWN), -getpgrp(), "a group");
	must(raw(SYS_fcntl, ends[0], GETOWNEX, pair) == 0);
	ok(pair[0] == 2 && pair[1] == getpgrp(), "F_GETOWN_EX tells the same");
	must(fcntl(ends[0], F_SETFL, ASYNC) == 0);
	must(write(ends[1], "a", 1) == 1);
	is_int(taken(), 1, "the group is told");
	pair[0] = 0;
	pair[1] = (int)raw(SYS_gettid);
	must(raw(SYS_fcntl, ends[0], SETOWNEX, pair) == 0);
	is_int(fcntl(ends[0], F_GETOWN), getpid(), "a thread");
	must(write(ends[1], "a", 1) == 1);
	is_int(taken(), 1, "the thread is told");
	if (in_child(&child)) {
		must(fcntl(ends[0], F_SETOWN, getpid()) == 0);
		_exit(0);
	}
	is_exited(child, 0, "a child makes itself the owner");
	is_int(fcntl(ends[0], F_GETOWN), 0, "and ends");
	must(write(ends[1], "a", 1) == 1);
	is_int(taken(), 0, "nobody is told");
	must(fcntl(ends[0], F_SETOWN, getpid()) == 0);
	must(fcntl(ends[0], F_SETOWN, 0) == 0);
	must(write(ends[1], "a", 1) == 1);
	is_int(taken(), 0, "nobody wants to be told");
}

static void by_others(void)
{
	int ends[2];
	pid_t child;

	catch (SIGIO);
	must(pipe(ends) == 0);
	must(fcntl(ends[0], F_SETOWN, getpid()) == 0 && fcntl(ends[0], F_SETFL, ASYNC) == 0);
	if (in_child(&child)) {
		close(ends[0]);
		must(write(ends[1], "a", 1) == 1);
		_exit(0);
	}
	is_exited(child, 0, "another process writes");
	is_int(taken(), 1, "the owner is told");
	if (in_child(&child)) {
		close(ends[0]);
		become_user(3000);
		must(write(ends[1], "a", 1) == 1);
		_exit(0);
	}
	is_exited(child, 0, "a process that may not send signals writes");
	is_int(taken(), 1, "the owner asked for it himself");
	close(ends[1]);
	is_int(taken(), 1, "its end");
}

static void leases(void)
{
	int file, other;

	catch (SIGIO);
	must(write_text("f", "x") == 1);
	must((file = open("f", O_RDONLY)) >= 0);
	is_int(fcntl(file, GETLEASE), F_UNLCK, "none");
	is_int(fcntl(file, SETLEASE, F_RDLCK), 0, "a lease to read");
	is_int(fcntl(file, GETLEASE), F_RDLCK, "is held");
	must((other = open("f", O_RDONLY)) >= 0);
	is_int(taken(), 0, "readers do not break it");
	fails(open("f", O_WRONLY | O_NONBLOCK), EAGAIN, "a writer who does not wait");
	is_int(taken(), 1, "the holder is told");
	is_int(fcntl(file, GETLEASE), F_UNLCK, "and shall give it up");
	fails(open("f", O_WRONLY | O_NONBLOCK), EAGAIN, "still");
	is_int(taken(), 0, "it is told once");
	is_int(fcntl(file, SETLEASE, F_UNLCK), 0, "given up");
	must(close(open("f", O_WRONLY | O_NONBLOCK)) == 0);
	fails(fcntl(file, SETLEASE, F_WRLCK), EAGAIN, "none to write while others read");
	close(other);
	is_int(fcntl(file, SETLEASE, F_WRLCK), 0, "one to write");
	fails(open("f", O_RDONLY | O_NONBLOCK), EAGAIN, "breaks for readers");
	is_int(taken(), 1, "the holder is told");
	is_int(fcntl(file, GETLEASE), F_RDLCK, "it may stay as one to read");
	close(file);
	must((file = open("f", O_RDWR | O_NONBLOCK)) >= 0);
	fails(fcntl(file, SETLEASE, F_RDLCK), EAGAIN, "none to read with a writer");
	close(file);
	must((file = open("/", O_RDONLY)) >= 0);
	fails(fcntl(file, SETLEASE, F_RDLCK), EINVAL, "none on directories");
}

static void lease_waits(void)
{
	char text[4000], wanted[60];
	int file, status;
	pid_t child;

	catch (SIGIO);
	must(write_text("f", "x") == 1);
	must((file = open("f", O_RDONLY)) >= 0);
	must(fcntl(file, SETLEASE, F_RDLCK) == 0);
	must(read_text("/proc/locks", text, sizeof(text)) > 0);
	snprintf(wanted, sizeof(wanted), "LEASE  ACTIVE    READ %d ", getpid());
	ok(strstr(text, wanted), "/proc/locks shows it");
	if (in_child(&child)) {
		close(file);
		_exit(truncate("f", 0) != 0);
	}
	while (!count)
		sleep_ms(5);
	is_int(waitpid(child, &status, WNOHANG), 0, "truncate waits");
	must(read_text("/proc/locks", text, sizeof(text)) > 0);
	snprintf(wanted, sizeof(wanted), "LEASE  BREAKING  UNLCK %d ", getpid());
	ok(strstr(text, wanted), "/proc/locks shows the break");
	must(fcntl(file, SETLEASE, F_UNLCK) == 0);
	is_exited(child, 0, "and goes on when the lease is given up");
}

/* Whoever opens the file while another takes a lease of it is found by that one, or finds the lease. */
static void lease_races(void)
{
	struct {
		int is_leased, is_open, is_over, wrong;
	} *both = map_shared(1);
	int taken_count = 0, fd;
	int64_t end = now_ns() + 1500000000;
	pid_t pid;

	must(write_text("shared", "x") == 1 && signal(SIGIO, SIG_IGN) != SIG_ERR);
	if (in_child(&pid)) {
		while (!__atomic_load_n(&both->is_over, __ATOMIC_SEQ_CST)) {
			fd = open("shared", O_RDONLY | O_NONBLOCK);
			if (fd < 0)
				continue;
			__atomic_store_n(&both->is_open, 1, __ATOMIC_SEQ_CST);
			if (__atomic_load_n(&both->is_leased, __ATOMIC_SEQ_CST))
				both->wrong = 1;
			__atomic_store_n(&both->is_open, 0, __ATOMIC_SEQ_CST);
			close(fd);
		}
		_exit(0);
	}
	fd = open("shared", O_RDONLY);
	must(fd >= 0);
	while (now_ns() < end) {
		if (fcntl(fd, F_SETLEASE, F_WRLCK) != 0)
			continue;
		taken_count++;
		__atomic_store_n(&both->is_leased, 1, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&both->is_open, __ATOMIC_SEQ_CST))
			both->wrong = 1;
		__atomic_store_n(&both->is_leased, 0, __ATOMIC_SEQ_CST);
		must(fcntl(fd, F_SETLEASE, F_UNLCK) == 0);
	}
	both->is_over = 1;
	is_exited(pid, 0, "one opens, another takes leases");
	is_int(both->wrong, 0, "never is the file open under a lease that forbids it");
	ok(taken_count > 0, "leases were had (%d)", taken_count);
}

static void notices(void)
{
	int dir, extra;

	catch (SIGIO);
	catch (SIGRTMIN);
	must(mkdir("d", 0755) == 0);
	must((dir = open("d", O_RDONLY | O_DIRECTORY)) >= 0);
	must(fcntl(dir, NOTIFY, DN_CREATE_) == 0);
	must(mkdir("d/a", 0755) == 0);
	is_int(taken(), 1, "a name is made");
	must(mkdir("d/b", 0755) == 0);
	is_int(taken(), 0, "once only");
	must(fcntl(dir, SETSIG, SIGRTMIN) == 0);
	must(fcntl(dir, NOTIFY, DN_CREATE_ | DN_MULTISHOT_) == 0);
	must(fcntl(dir, NOTIFY, DN_DELETE_ | DN_MODIFY_ | DN_MULTISHOT_) == 0);
	must(mkdir("d/c", 0755) == 0);
	is_int(taken(), 1, "again, with a signal of one's own");
	is_int(last_fd, dir, "which names the descriptor");
	is_int(last_code, 3, "and says POLL_MSG");
	must(rmdir("d/c") == 0);
	is_int(taken(), 1, "a name goes");
	must(write_text("d/f", "x") == 1);
	is_int(taken(), 2, "a file is made and written");
	must(rename("d/f", "f") == 0);
	is_int(taken(), 1, "moved away");
	must((extra = dup(dir)) >= 0);
	close(extra);
	must(mkdir("d/e", 0755) == 0);
	is_int(taken(), 0, "closing any descriptor of it ends the notice");
	must(fcntl(dir, NOTIFY, DN_ACCESS_ | DN_MULTISHOT_) == 0);
	must(fcntl(dir, NOTIFY, 0) == 0);
	must(write_text("d/g", "x") == 1 && read_text("d/g", (char[8]){0}, 8) == 1);
	is_int(taken(), 0, "given up");
}

static const struct tap_case cases[] = {
	{"io", io, 0},
	{"others", others, 0},
	{"owners", owners, 0},
	{"by_others", by_others, 0},
	{"leases", leases, 0},
	{"lease_waits", lease_waits, 0},
	{"lease_races", lease_races, 0},
	{"notices", notices, 0},
};

TAP_MAIN(cases)
