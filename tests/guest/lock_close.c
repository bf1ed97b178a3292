/*
 * A record lock that is granted after its descriptor was closed by another thread: it must not stay for ever (fcntl(2):
 * locks go when the process closes any descriptor of the file).
 */
#include "guest.h"

static int file;
static volatile long answer;

static int wait_for_lock(void *arg)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10};

	(void)arg;
	answer = raw(SYS_fcntl, file, F_SETLKW, &lock);
	return 0;
}

static int is_locked(int fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	must(fcntl(fd, F_GETLK, &lock) == 0);
	return lock.l_type != F_UNLCK;
}

static void granted_after_close(void)
{
	struct gate held = gate_make(), release = gate_make();
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct thread thread;
	pid_t pid, other;
	int second;

	file = open("locked", O_RDWR | O_CREAT, 0600);
	second = open("locked", O_RDWR);
	must(file >= 0 && second >= 0);
	if (in_child(&pid)) {
		must(fcntl(second, F_SETLK, &lock) == 0);
		gate_open(&held);
		gate_wait(&release);
		_exit(0);
	}
	gate_wait(&held);
	answer = 1;
	must(thread_start(&thread, wait_for_lock, NULL) > 0);
	wait_state(thread.tid, 'S');
	must(close(file) == 0);
	gate_open(&release);
	is_exited(pid, 0, "the holder ends");
	thread_join(&thread);
	is_int(answer, -EBADF, "the lock of a closed descriptor is refused");
	if (in_child(&other))
		_exit(is_locked(second));
	is_exited(other, 0, "nothing is left locked");
	/* The inode itself goes: whoever lists locks must not find one of it. */
	must(close(second) == 0 && unlink("locked") == 0);
	ok(proc_number("/proc/locks", "1") != 0, "/proc/locks can be read");
}

static const struct tap_case cases[] = {
	{"granted_after_close", granted_after_close, 0},
};

TAP_MAIN(cases)
