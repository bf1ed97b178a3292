/* POSIX message queues: order, waiting, notices, limits, names, the mqueue file system, poll. */
#include <limits.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/statfs.h>

#include "guest.h"

#define ROOM 8192

static char buffer[ROOM + 1];
static char name[40];

/* A queue of its own for each case. */
static mqd_t make(int flags, long most, long bytes)
{
	struct mq_attr attributes = {.mq_maxmsg = most, .mq_msgsize = bytes};
	mqd_t queue;

	snprintf(name, sizeof(name), "/%s.%d", tap.name, (int)getpid());
	queue = mq_open(name, flags | O_CREAT | O_EXCL, 0600, most ? &attributes : NULL);
	must(queue >= 0);
	return queue;
}

static void end(mqd_t queue)
{
	must(mq_close(queue) == 0);
	must(mq_unlink(name) == 0);
}

static int transmit(mqd_t queue, const char *text, unsigned priority)
{
	return mq_send(queue, text, strlen(text), priority) ? errno : 0;
}

static const char *receive(mqd_t queue, unsigned *priority)
{
	ssize_t got = mq_receive(queue, buffer, ROOM, priority);

	if (got < 0)
		return errno == EAGAIN ? "EAGAIN" : errno == EINTR ? "EINTR" : "another error";
	buffer[got] = 0;
	return buffer;
}

static long count(mqd_t queue)
{
	struct mq_attr attributes;

	must(mq_getattr(queue, &attributes) == 0);
	return attributes.mq_curmsgs;
}

static void order(void)
{
	mqd_t queue = make(O_RDWR | O_NONBLOCK, 0, 0);
	struct mq_attr attributes, old;
	unsigned priority;

	must(mq_getattr(queue, &attributes) == 0);
	ok(attributes.mq_flags == O_NONBLOCK && attributes.mq_maxmsg == 10 && attributes.mq_msgsize == 8192 &&
		   attributes.mq_curmsgs == 0,
	   "the usual attributes");
	transmit(queue, "low", 1);
	transmit(queue, "high", 32767);
	transmit(queue, "middle", 5);
	transmit(queue, "second middle", 5);
	transmit(queue, "", 0);
	is_int(count(queue), 5, "five messages");
	is_str(receive(queue, &priority), "high", "the highest priority first");
	is_int(priority, 32767, "which is told");
	is_str(receive(queue, &priority), "middle", "then the next");
	is_str(receive(queue, &priority), "second middle", "in order of arrival");
	is_str(receive(queue, NULL), "low", "nobody need ask for the priority");
	is_str(receive(queue, &priority), "", "an empty message");
	is_int(priority, 0, "of the lowest");
	is_str(receive(queue, NULL), "EAGAIN", "O_NONBLOCK");
	fails(mq_send(queue, "x", 1, 32768), EINVAL, "too high a priority");
	fails(mq_send(queue, buffer, 8193, 0), EMSGSIZE, "too long a message");
	fails(mq_receive(queue, buffer, 8191, NULL), EMSGSIZE, "too little room");
	attributes.mq_flags = 0;
	attributes.mq_maxmsg = 99;
	is_int(mq_setattr(queue, &attributes, &old), 0, "mq_setattr");
	is_int(old.mq_flags, O_NONBLOCK, "tells the old flag");
	must(mq_getattr(queue, &attributes) == 0);
	ok(attributes.mq_flags == 0 && attributes.mq_maxmsg == 10, "and sets nothing else");
	attributes.mq_flags = O_APPEND;
	fails(mq_setattr(queue, &attributes, NULL), EINVAL, "no other flag");
	is_int(fcntl(queue, F_GETFD), FD_CLOEXEC, "descriptors close at execution");
	end(queue);
	fails(mq_open(name, O_RDWR), ENOENT, "the name is gone");
}

static void modes(void)
{
	mqd_t queue = make(O_RDWR, 3, 20), reader = mq_open(name, O_RDONLY), writer = mq_open(name, O_WRONLY);
	int file;
	pid_t child;

	must(reader >= 0 && writer >= 0);
	fails(mq_send(reader, "x", 1, 0), EBADF, "a reader does not send");
	fails(mq_receive(writer, buffer, 20, NULL), EBADF, "a writer does not receive");
	fails(mq_send(-1, "x", 1, 0), EBADF, "no descriptor");
	fails(mq_send(0, "x", 1, 0), EBADF, "one of something else");
	fails(mq_getattr(0, &(struct mq_attr){0}), EBADF, "has no attributes");
	fails(mq_notify(0, NULL), EBADF, "and no notices");
	fails(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL), EEXIST, "O_EXCL");
	works(file = mq_open(name, O_RDWR | O_CREAT, 0600, NULL), "O_CREAT finds it");
	close(file);
	fails(raw(SYS_mq_open, name + 1, 3, 0, 0) == -EINVAL ? (errno = EINVAL, -1) : 0, EINVAL, "no access mode");
	fails(mq_open("/", O_RDWR | O_CREAT, 0600, NULL), ENOENT, "no name");
	fails(mq_open("/a/b", O_RDWR | O_CREAT, 0600, NULL), EACCES, "two names");
	fails(mq_open("/..", O_RDWR), EACCES, "no name but a place");
	memset(buffer, 'n', 300);
	buffer[0] = '/';
	buffer[257] = 0;
	fails(mq_open(buffer, O_RDWR | O_CREAT, 0600, NULL), ENAMETOOLONG, "too long a name");
	buffer[256] = 0;
	works(file = mq_open(buffer, O_RDWR | O_CREAT, 0600, NULL), "as long as it may be");
	close(file);
	must(mq_unlink(buffer) == 0);
	if (in_child(&child)) {
		become_user(1000);
		must(mq_open(name, O_RDONLY) < 0 && errno == EACCES);
		must(raw(SYS_mq_unlink, name + 1) == -EPERM);
		must((file = mq_open("/theirs", O_RDWR | O_CREAT, 0666, NULL)) >= 0);
		struct stat st;
		must(fstat(file, &st) == 0 && st.st_uid == 1000 && (st.st_mode & 07777) == 0644);
		must(mq_unlink("/theirs") == 0);
		_exit(0);
	}
	is_exited(child, 0, "another user has his own");
	must(mq_unlink(name) == 0);
	is_int(transmit(writer, "still here", 0), 0, "a queue without a name");
	is_int(mq_receive(reader, buffer, 20, NULL), 10, "works on");
	fails(mq_unlink(name), ENOENT, "the name is gone");
	close(queue);
	close(reader);
	close(writer);
}

static struct timespec in_ms(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void on_signal(int number)
{
	(void)number;
}

static pid_t child_receives(mqd_t queue, const char *want)
{
	pid_t child;

	if (in_child(&child))
		_exit(strcmp(receive(queue, NULL), want) != 0);
	wait_state(child, 'S');
	return child;
}

static void waiting(void)
{
	mqd_t queue = make(O_RDWR, 2, 20);
	struct timespec soon = in_ms(20), past = {1, 0}, bad = {0, 1000000000};
	struct sigaction action = {.sa_handler = on_signal};
	pid_t a, b;

	a = child_receives(queue, "a");
	b = child_receives(queue, "b");
	transmit(queue, "a", 0);
	is_exited(a, 0, "the first that waits gets the first message");
	transmit(queue, "b", 0);
	is_exited(b, 0, "the second the second");
	fails(mq_timedreceive(queue, buffer, ROOM, NULL, &soon), ETIMEDOUT, "no longer than this");
	fails(mq_timedreceive(queue, buffer, ROOM, NULL, &past), ETIMEDOUT, "a time that has passed");
	fails(mq_timedreceive(queue, buffer, ROOM, NULL, &bad), EINVAL, "a bad time");
	must(transmit(queue, "1", 0) == 0 && transmit(queue, "2", 0) == 0);
	soon = in_ms(20);
	fails(mq_timedsend(queue, "3", 1, 0, &soon), ETIMEDOUT, "a full queue");
	fails(mq_timedsend(queue, "3", 1, 0, &bad), EINVAL, "and a bad time");
	if (in_child(&a))
		_exit(transmit(queue, "3", 9));
	wait_state(a, 'S');
	is_str(receive(queue, NULL), "1", "room is made");
	is_exited(a, 0, "who waited for it has sent");
	is_str(receive(queue, NULL), "3", "which goes before lower ones");
	is_str(receive(queue, NULL), "2", "that were there");
	fails(raw(SYS_mq_timedreceive, queue, buffer, ROOM, 0, &bad) == -EINVAL ? (errno = EINVAL, -1) : 0, EINVAL,
	      "a bad time counts though nothing is waited for");
	sigaction(SIGUSR1, &action, NULL);
	a = child_receives(queue, "EINTR");
	kill(a, SIGUSR1);
	is_exited(a, 0, "a signal ends a wait");
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR1, &action, NULL);
	a = child_receives(queue, "after the signal");
	kill(a, SIGUSR1);
	sleep_ms(10);
	wait_state(a, 'S');
	transmit(queue, "after the signal", 0);
	is_exited(a, 0, "but SA_RESTART goes on");
	a = child_receives(queue, "never");
	kill(a, SIGKILL);
	is_killed(a, SIGKILL, "death ends one");
	transmit(queue, "kept", 0);
	is_str(receive(queue, NULL), "kept", "and takes nothing along");
	end(queue);
}

static volatile sig_atomic_t told;
static siginfo_t told_what;

static void on_message(int number, siginfo_t *what, void *context)
{
	(void)number;
	(void)context;
	told_what = *what;
	told++;
}

static void by_signal(void)
{
	mqd_t queue = make(O_RDWR | O_NONBLOCK, 4, 20);
	struct sigaction action = {.sa_sigaction = on_message, .sa_flags = SA_SIGINFO};
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2, .sigev_value.sival_int = 77};
	pid_t child;

	sigaction(SIGUSR2, &action, NULL);
	is_int(mq_notify(queue, &event), 0, "a notice is asked for");
	fails(mq_notify(queue, &event), EBUSY, "once");
	if (in_child(&child)) {
		must(mq_notify(queue, &event) < 0 && errno == EBUSY);
		must(mq_notify(queue, NULL) == 0);
		_exit(transmit(queue, "hello", 0));
	}
	is_exited(child, 0, "a child has none, takes none back, and sends");
	ok(told == 1 && told_what.si_code == SI_MESGQ && told_what.si_pid == child && told_what.si_uid == 0 &&
		   told_what.si_value.sival_int == 77,
	   "the signal says who sent");
	transmit(queue, "again", 0);
	is_int(told, 1, "one notice is one signal");
	is_int(mq_notify(queue, &event), 0, "asked for anew");
	transmit(queue, "third", 0);
	is_int(told, 1, "nothing is told while the queue was not empty");
	for (int i = 0; i < 3; i++)
		must(receive(queue, NULL)[0] != 'E');
	transmit(queue, "x", 0);
	is_int(told, 2, "but when it was");
	receive(queue, NULL);
	must(mq_notify(queue, &event) == 0);
	must(mq_notify(queue, NULL) == 0);
	transmit(queue, "x", 0);
	is_int(told, 2, "one taken back is not told");
	receive(queue, NULL);
	must(mq_notify(queue, &event) == 0);
	must(fcntl(queue, F_SETFL, 0) == 0);
	child = child_receives(queue, "direct");
	transmit(queue, "direct", 0);
	is_exited(child, 0, "who waits gets the message");
	is_int(told, 2, "without a notice");
	mqd_t other = mq_open(name, O_RDWR);
	close(other);
	is_int(mq_notify(queue, &event), 0, "closing any descriptor of the queue takes the notice back");
	event.sigev_notify = SIGEV_NONE;
	must(mq_notify(queue, NULL) == 0);
	is_int(mq_notify(queue, &event), 0, "SIGEV_NONE");
	transmit(queue, "x", 0);
	is_int(mq_notify(queue, &event), 0, "is used up too");
	must(mq_notify(queue, NULL) == 0);
	event.sigev_notify = 77;
	fails(raw(SYS_mq_notify, queue, &event) == -EINVAL ? (errno = EINVAL, -1) : 0, EINVAL, "an unknown way");
	event.sigev_notify = SIGEV_SIGNAL;
	event.sigev_signo = 65;
	fails(mq_notify(queue, &event), EINVAL, "an unknown signal");
	end(queue);
}

/* What SIGEV_THREAD asks of the kernel: a cookie, and a netlink socket to send it to. */
static void thread_arguments(void)
{
	mqd_t queue = make(O_RDWR | O_NONBLOCK, 4, 20);
	char cookie[32] = "cookie";
	struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_signo = -1, .sigev_value.sival_ptr = cookie};

	is_int(raw(SYS_mq_notify, queue, &event), -EBADF, "no socket");
	event.sigev_signo = queue;
	is_int(raw(SYS_mq_notify, queue, &event), -ENOTSOCK, "not a socket");
	int sockets[2];
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
	event.sigev_signo = sockets[0];
	is_int(raw(SYS_mq_notify, queue, &event), -EINVAL, "a socket of another kind");
	event.sigev_value.sival_ptr = NULL;
	is_int(raw(SYS_mq_notify, queue, &event), -EFAULT, "no cookie");
	end(queue);
}

static void limits(void)
{
	struct mq_attr attributes = {.mq_maxmsg = 0, .mq_msgsize = 1};
	struct rlimit limit = {20000, 20000};
	mqd_t queue;
	pid_t child;

	fails(mq_open("/l", O_RDWR | O_CREAT, 0600, &attributes), EINVAL, "no messages");
	attributes = (struct mq_attr){.mq_maxmsg = 1, .mq_msgsize = 0};
	fails(mq_open("/l", O_RDWR | O_CREAT, 0600, &attributes), EINVAL, "no bytes");
	attributes.mq_msgsize = 16777217;
	fails(mq_open("/l", O_RDWR | O_CREAT, 0600, &attributes), EINVAL, "more bytes than anybody may");
	if (in_child(&child)) {
		become_user(1000);
		attributes = (struct mq_attr){.mq_maxmsg = 11, .mq_msgsize = 1};
		must(mq_open("/l", O_RDWR | O_CREAT, 0600, &attributes) < 0 && errno == EINVAL);
		attributes = (struct mq_attr){.mq_maxmsg = 1, .mq_msgsize = 8193};
		must(mq_open("/l", O_RDWR | O_CREAT, 0600, &attributes) < 0 && errno == EINVAL);
		must(setrlimit(RLIMIT_MSGQUEUE, &limit) == 0);
		/* 10 * (952 + 48) + 10 * 48 = 10480 */
		attributes = (struct mq_attr){.mq_maxmsg = 10, .mq_msgsize = 952};
		must((queue = mq_open("/l1", O_RDWR | O_CREAT, 0600, &attributes)) >= 0);
		must(mq_open("/l2", O_RDWR | O_CREAT, 0600, &attributes) < 0 && errno == EMFILE);
		attributes.mq_msgsize = 856; /* 9520: just so */
		must(mq_open("/l2", O_RDWR | O_CREAT, 0600, &attributes) >= 0);
		attributes = (struct mq_attr){.mq_maxmsg = 1, .mq_msgsize = 1};
		must(mq_open("/l3", O_RDWR | O_CREAT, 0600, &attributes) < 0 && errno == EMFILE);
		must(mq_unlink("/l1") == 0);
		must(mq_open("/l3", O_RDWR | O_CREAT, 0600, &attributes) < 0 && errno == EMFILE);
		close(queue);
		must((queue = mq_open("/l3", O_RDWR | O_CREAT, 0600, &attributes)) >= 0);
		must(mq_unlink("/l2") == 0 && mq_unlink("/l3") == 0);
		_exit(0);
	}
	is_exited(child, 0, "msg_max, msgsize_max and RLIMIT_MSGQUEUE");
	must(write_text("/proc/sys/fs/mqueue/msg_default", "3\n") == 2);
	must(write_text("/proc/sys/fs/mqueue/msgsize_default", "200\n") == 4);
	queue = make(O_RDWR, 0, 0);
	must(mq_getattr(queue, &attributes) == 0);
	ok(attributes.mq_maxmsg == 3 && attributes.mq_msgsize == 200, "other defaults");
	end(queue);
	must(write_text("/proc/sys/fs/mqueue/msg_default", "10\n") == 3);
	must(write_text("/proc/sys/fs/mqueue/msgsize_default", "8192\n") == 5);
	must(write_text("/proc/sys/fs/mqueue/queues_max", "1\n") == 2);
	queue = make(O_RDWR, 1, 1);
	if (in_child(&child)) {
		become_user(1000);
		_exit(mq_open("/second", O_RDWR | O_CREAT, 0600, NULL) < 0 ? errno : 0);
	}
	is_exited(child, ENOSPC, "queues_max");
	must(write_text("/proc/sys/fs/mqueue/queues_max", "256\n") == 4);
	end(queue);
	is_int(write_text("/proc/sys/fs/mqueue/msgsize_max", "127\n"), -EINVAL, "msgsize_max is at least 128");
	is_int(write_text("/proc/sys/fs/mqueue/msg_max", "65537\n"), -EINVAL, "msg_max at most 65536");
}

static void files(void)
{
	mqd_t queue = make(O_RDWR, 4, 20);
	struct statfs system;
	struct stat st;
	char path[100], text[200], want[200];
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	int file;

	must(mkdir("m", 0755) == 0);
	is_int(mount("none", "m", "mqueue", 0, NULL), 0, "the file system is mounted");
	snprintf(path, sizeof(path), "m%s", name);
	is_int(stat(path, &st), 0, "the queue has its name there");
	ok(S_ISREG(st.st_mode) && (st.st_mode & 07777) == 0600 && st.st_size == 80, "as a small regular file");
	must(stat("m", &st) == 0);
	ok(st.st_mode == (S_IFDIR | 01777) && st.st_uid == 0, "in a directory for all");
	must(statfs("m", &system) == 0);
	is_int(system.f_type, 0x19800202, "of its own type");
	transmit(queue, "hello", 3);
	must(mq_notify(queue, &event) == 0);
	must(read_text(path, text, sizeof(text)) > 0);
	snprintf(want, sizeof(want), "QSIZE:5          NOTIFY:0     SIGNO:%-5d NOTIFY_PID:%-6d\n", SIGUSR1, getpid());
	is_str(text, want, "its text says what is in it and who is told");
	must((file = open(path, O_RDWR)) >= 0);
	is_int(mq_send(file, "by open", 7, 0), 0, "open gives a descriptor of the queue");
	is_int(write(file, "x", 1), -1, "which cannot be written to");
	close(file);
	is_int(mq_notify(queue, &event), 0, "its closing has taken the notice back");
	must(mq_notify(queue, NULL) == 0);
	must((file = open("m/made", O_CREAT | O_RDWR, 0640)) >= 0);
	mqd_t made = mq_open("/made", O_RDONLY);
	ok(made >= 0, "O_CREAT makes a queue");
	close(file);
	close(made);
	is_int(mkdir("m/dir", 0700), -1, "there are no directories");
	is_int(symlink("x", "m/link"), -1, "and no links");
	is_int(unlink("m/made"), 0, "unlink removes it");
	fails(mq_open("/made", O_RDONLY), ENOENT, "for mq_open too");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", (int)queue);
	must((file = (int)readlink(path, text, sizeof(text) - 1)) > 0);
	text[file] = 0;
	ok(strstr(text, name) != NULL, "the descriptor's link says its name: %s", text);
	must(umount("m") == 0);
	is_int(count(queue), 2, "the queue does not need the mount");
	end(queue);
}

static void polls(void)
{
	mqd_t queue = make(O_RDWR | O_NONBLOCK, 2, 20);
	struct pollfd wanted = {queue, POLLIN | POLLOUT, 0};
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};
	int epoll = epoll_create1(0);
	pid_t child;

	must(poll(&wanted, 1, 0) == 1);
	is_int(wanted.revents, POLLOUT, "an empty queue can be sent to");
	must(epoll_ctl(epoll, EPOLL_CTL_ADD, queue, &event) == 0);
	is_int(epoll_wait(epoll, &event, 1, 0), 0, "and not received from");
	transmit(queue, "x", 0);
	must(poll(&wanted, 1, 0) == 1);
	is_int(wanted.revents, POLLIN | POLLOUT, "a message can be received");
	is_int(epoll_wait(epoll, &event, 1, 0), 1, "epoll says so");
	is_int(epoll_wait(epoll, &event, 1, 0), 0, "once, by edges");
	transmit(queue, "y", 0);
	must(poll(&wanted, 1, 0) == 1);
	is_int(wanted.revents, POLLIN, "a full queue cannot be sent to");
	wanted.events = POLLOUT;
	if (in_child(&child))
		_exit(poll(&wanted, 1, -1) != 1 || wanted.revents != POLLOUT);
	wait_state(child, 'S');
	receive(queue, NULL);
	is_exited(child, 0, "until room is made");
	receive(queue, NULL);
	wanted.events = POLLIN;
	if (in_child(&child))
		_exit(poll(&wanted, 1, -1) != 1 || wanted.revents != POLLIN);
	wait_state(child, 'S');
	transmit(queue, "z", 0);
	is_exited(child, 0, "who polls is woken by a message");
	end(queue);
}

#define MESSAGES 200

/* Several senders and receivers through a small queue: each message arrives once. */
static void crowd(void)
{
	mqd_t queue = make(O_RDWR, 3, 20);
	unsigned char *seen = map_shared(1);
	pid_t children[6];

	for (int i = 0; i < 3; i++) {
		if (in_child(&children[i])) {
			for (int n = 0; n < MESSAGES; n++) {
				int number = i * MESSAGES + n;
				must(mq_send(queue, (char *)&number, sizeof(number), (unsigned)n % 3) == 0);
			}
			_exit(0);
		}
		if (in_child(&children[i + 3])) {
			for (int n = 0; n < MESSAGES; n++) {
				int number;
				must(mq_receive(queue, buffer, ROOM, NULL) == sizeof(number));
				memcpy(&number, buffer, sizeof(number));
				__atomic_fetch_add(&seen[number], 1, __ATOMIC_SEQ_CST);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < 6; i++)
		is_exited(children[i], 0, "%s %d is through", i < 3 ? "sender" : "receiver", i % 3);
	int wrong = 0;
	for (int i = 0; i < 3 * MESSAGES; i++)
		wrong += seen[i] != 1;
	is_int(wrong, 0, "each message has arrived once");
	end(queue);
}

static const struct tap_case cases[] = {
	{"order", order, 0},
	{"modes", modes, 0},
	{"waiting", waiting, 0},
	{"by_signal", by_signal, 0},
	{"thread_arguments", thread_arguments, 0},
	{"limits", limits, 0},
	{"files", files, 0},
	{"polls", polls, 0},
	{"crowd", crowd, 0},
};

TAP_MAIN(cases)
