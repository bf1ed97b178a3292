/*
 * A record lock that is granted after its descriptor was closed by another thread: it must not stay for ever (fcntl(2):
 * locks go when the process closes any descriptor of the file).
 */
#include "guest.h"

#include <sys/stat.h>

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

/* How many lines of /proc/locks name the file. */
static int own_locks(int fd)
{
	char text[16384], end[32];
	struct stat st;
	int count = 0;

	must(fstat(fd, &st) == 0 && read_text("/proc/locks", text, sizeof(text)) >= 0);
	snprintf(end, sizeof(end), ":%lu 0 EOF\n", (unsigned long)st.st_ino);
	for (char *at = text; (at = strstr(at, end)) != NULL; at++)
		count++;
	return count;
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
	is_int(own_locks(second), 0, "/proc/locks has none of the file");
	must(fcntl(second, F_SETLK, &lock) == 0);
	is_int(own_locks(second), 1, "and one when it is locked");
}

static const struct tap_case cases[] = {
	{"granted_after_close", granted_after_close, 0},
};

TAP_MAIN(cases)
