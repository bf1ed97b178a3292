/* System V message queues: order, types, limits, waiting, ends, permissions, and what /proc says of them. */
#include <limits.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include "guest.h"

#ifndef MSG_STAT_ANY
#define MSG_STAT_ANY 13
#endif
#ifndef MSG_COPY
#define MSG_COPY 040000
#endif
#ifndef MSG_EXCEPT
#define MSG_EXCEPT 020000
#endif
#define MOST 8192

static struct {
	long type;
	char text[MOST + 16];
} buffer;

static int make(void)
{
	int id = msgget(IPC_PRIVATE, IPC_CREAT | 0600);

	must(id >= 0);
	return id;
}

static void remove_it(int id)
{
	must(msgctl(id, IPC_RMID, NULL) == 0);
}

static struct msqid_ds status_of(int id)
{
	struct msqid_ds status;

	memset(&status, 0, sizeof(status));
	must(msgctl(id, IPC_STAT, &status) == 0);
	return status;
}

static int send(int id, long type, const char *text, int flags)
{
	struct {
		long type;
		char text[100];
	} message = {.type = type};

	snprintf(message.text, sizeof(message.text), "%s", text);
	return msgsnd(id, &message, strlen(text), flags) ? errno : 0;
}

/* The text of what was received, or the name of the errno. */
static const char *receive(int id, long type, int flags)
{
	ssize_t got = msgrcv(id, &buffer, MOST, type, flags);

	if (got < 0)
		return errno == ENOMSG ? "ENOMSG" : errno == EIDRM ? "EIDRM" : errno == EINTR ? "EINTR" : "another";
	buffer.text[got] = 0;
	return buffer.text;
}

static void order(void)
{
	int id = make();
	struct msqid_ds status = status_of(id);

	ok(status.msg_qnum == 0 && status.msg_cbytes == 0 && status.msg_lspid == 0 && status.msg_lrpid == 0 &&
		   status.msg_stime == 0 && status.msg_rtime == 0 && status.msg_ctime != 0,
	   "a fresh queue");
	is_int(status.msg_qbytes, 16384, "with the usual limit");
	send(id, 3, "three", 0);
	send(id, 1, "one", 0);
	send(id, 2, "two", 0);
	send(id, 3, "another three", 0);
	status = status_of(id);
	ok(status.msg_qnum == 4 && status.msg_cbytes == 24 && status.msg_lspid == getpid() && status.msg_stime != 0,
	   "four messages, of 24 bytes in all");
	is_str(receive(id, 0, 0), "three", "type 0: the first");
	is_int(buffer.type, 3, "and its type");
	is_str(receive(id, 3, 0), "another three", "a type: the first of it");
	is_str(receive(id, -2, 0), "one", "a negative type: the first of the smallest up to it");
	is_str(receive(id, -1, IPC_NOWAIT), "ENOMSG", "none that small");
	is_str(receive(id, 2, MSG_EXCEPT | IPC_NOWAIT), "ENOMSG", "MSG_EXCEPT: none of another type");
	send(id, 5, "five", 0);
	is_str(receive(id, 2, MSG_EXCEPT), "five", "MSG_EXCEPT: the first of another type");
	is_str(receive(id, LONG_MIN, 0), "two", "the smallest of all");
	is_str(receive(id, 0, IPC_NOWAIT), "ENOMSG", "nothing is left");
	status = status_of(id);
	ok(status.msg_qnum == 0 && status.msg_cbytes == 0 && status.msg_lrpid == getpid() && status.msg_rtime != 0,
	   "and that is told");
	is_int(send(id, 1, "", 0), 0, "a message of no bytes");
	is_int(msgrcv(id, &buffer, 0, 0, 0), 0, "comes as that");
	remove_it(id);
}

static void lengths(void)
{
	int id = make();

	memset(buffer.text, 'x', sizeof(buffer.text));
	buffer.type = 1;
	is_int(msgsnd(id, &buffer, MOST, 0), 0, "the longest message");
	fails(msgsnd(id, &buffer, MOST + 1, 0), EINVAL, "a longer one");
	fails(msgsnd(id, &buffer, (size_t)-1, 0), EINVAL, "a negative length");
	buffer.type = 0;
	fails(msgsnd(id, &buffer, 1, 0), EINVAL, "type 0");
	buffer.type = -1;
	fails(msgsnd(id, &buffer, 1, 0), EINVAL, "a negative type");
	fails(msgsnd(id, NULL, 1, 0), EFAULT, "no message");
	fails(msgrcv(id, &buffer, 100, 0, 0), E2BIG, "too little room");
	is_int(status_of(id).msg_qnum, 1, "leaves it there");
	fails(msgrcv(id, &buffer, (size_t)-1, 0, 0), EINVAL, "negative room");
	is_int(msgrcv(id, &buffer, 100, 0, MSG_NOERROR), 100, "MSG_NOERROR cuts it");
	is_int(status_of(id).msg_qnum, 0, "and the rest is lost");
	send(id, 1, "lost", 0);
	fails(msgrcv(id, NULL, 100, 0, 0), EFAULT, "no room at all");
	is_int(status_of(id).msg_qnum, 0, "loses it too");
	fails(msgsnd(-1, &buffer, 1, 0), EINVAL, "a negative id");
	buffer.type = 1;
	fails(msgsnd(id + 32768, &buffer, 1, 0), EINVAL, "an id that is not there");
	fails(msgrcv(id + 32768, &buffer, 1, 0, IPC_NOWAIT), EINVAL, "nor to receive from");
	remove_it(id);
}

static void copies(void)
{
	int id = make();

	send(id, 4, "first", 0);
	send(id, 2, "second", 0);
	is_str(receive(id, 1, MSG_COPY | IPC_NOWAIT), "second", "MSG_COPY takes an index");
	is_int(buffer.type, 2, "and tells the type");
	is_str(receive(id, 0, MSG_COPY | IPC_NOWAIT), "first", "the first");
	is_str(receive(id, 2, MSG_COPY | IPC_NOWAIT), "ENOMSG", "there is no third");
	is_int(status_of(id).msg_qnum, 2, "they stay");
	fails(msgrcv(id, &buffer, 10, 0, MSG_COPY), EINVAL, "MSG_COPY does not wait");
	fails(msgrcv(id, &buffer, 10, 0, MSG_COPY | IPC_NOWAIT | MSG_EXCEPT), EINVAL, "nor excepts");
	fails(msgrcv(id, &buffer, 2, 0, MSG_COPY | IPC_NOWAIT), E2BIG, "too little room for a copy");
	fails(msgrcv(id, &buffer, 2, 0, MSG_COPY | IPC_NOWAIT | MSG_NOERROR), EINVAL, "a part is not copied");
	remove_it(id);
}

static pid_t child_receives(int id, long type, const char *want)
{
	pid_t child;

	if (in_child(&child))
		_exit(strcmp(receive(id, type, 0), want) != 0);
	return child;
}

static pid_t child_sends(int id, long type, const char *text)
{
	pid_t child;

	if (in_child(&child))
		_exit(send(id, type, text, 0));
	return child;
}

static void waiting(void)
{
	int id = make();
	struct msqid_ds status = status_of(id);
	pid_t one, two, any;

	one = child_receives(id, 1, "for one");
	wait_state(one, 'S');
	two = child_receives(id, 2, "for two");
	wait_state(two, 'S');
	send(id, 2, "for two", 0);
	is_exited(two, 0, "who waits for a type gets it");
	is_int(status_of(id).msg_lrpid, two, "and is the last that received");
	send(id, 1, "for one", 0);
	is_exited(one, 0, "as does the other");
	status.msg_qbytes = 10;
	is_int(msgctl(id, IPC_SET, &status), 0, "a small queue");
	is_int(send(id, 1, "12345678", 0), 0, "eight bytes go in");
	is_int(send(id, 1, "123", IPC_NOWAIT), EAGAIN, "three more do not");
	is_int(send(id, 1, "12", IPC_NOWAIT), 0, "but two");
	one = child_sends(id, 7, "seven..");
	wait_state(one, 'S');
	is_str(receive(id, 0, 0), "12345678", "room is made");
	is_exited(one, 0, "who waited for it has sent");
	is_int(status_of(id).msg_lspid, one, "and was the last to");
	is_str(receive(id, 7, 0), "seven..", "what it had");
	is_str(receive(id, 0, 0), "12", "behind what was there");
	two = child_sends(id, 1, "longer than the queue");
	wait_state(two, 'S');
	status.msg_qbytes = 100;
	must(msgctl(id, IPC_SET, &status) == 0);
	is_exited(two, 0, "a larger limit lets it in");
	is_str(receive(id, 0, 0), "longer than the queue", "whole");
	any = child_receives(id, -5, "4");
	wait_state(any, 'S');
	send(id, 6, "6", 0);
	send(id, 4, "4", 0);
	is_exited(any, 0, "who waits for small types lets others pass");
	is_str(receive(id, 0, 0), "6", "which stay");
	if (in_child(&any)) {
		char little[8 + 2];
		_exit(msgrcv(id, little, 2, 0, 0) == -1 ? errno : 0);
	}
	wait_state(any, 'S');
	send(id, 1, "too long", 0);
	is_exited(any, E2BIG, "who waits with too little room is told");
	is_str(receive(id, 0, IPC_NOWAIT), "too long", "and the message stays");
	for (int i = 0; i < 100; i++)
		must(send(id, 1, "", IPC_NOWAIT) == 0);
	is_int(send(id, 1, "", IPC_NOWAIT), EAGAIN, "as many messages as bytes, if they are empty");
	remove_it(id);
}

static void on_signal(int number)
{
	(void)number;
}

static void ends(void)
{
	int id = make();
	struct msqid_ds status = status_of(id);
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	pid_t receiver, sender;

	sigaction(SIGUSR1, &action, NULL);
	receiver = child_receives(id, 0, "EINTR");
	wait_state(receiver, 'S');
	kill(receiver, SIGUSR1);
	is_exited(receiver, 0, "a signal ends a wait, whatever SA_RESTART says");
	receiver = child_receives(id, 0, "after the stop");
	wait_state(receiver, 'S');
	kill(receiver, SIGSTOP);
	wait_state(receiver, 'T');
	kill(receiver, SIGCONT);
	wait_state(receiver, 'S');
	send(id, 1, "after the stop", 0);
	is_exited(receiver, 0, "a stop does not");
	receiver = child_receives(id, 0, "never");
	wait_state(receiver, 'S');
	kill(receiver, SIGKILL);
	is_killed(receiver, SIGKILL, "death does");
	send(id, 1, "for the living", 0);
	is_str(receive(id, 0, IPC_NOWAIT), "for the living", "and takes nothing with it");
	status.msg_qbytes = 1;
	must(msgctl(id, IPC_SET, &status) == 0);
	must(send(id, 1, "x", 0) == 0);
	sender = child_sends(id, 1, "y");
	wait_state(sender, 'S');
	receiver = child_receives(id, 9, "EIDRM");
	wait_state(receiver, 'S');
	remove_it(id);
	is_exited(sender, EIDRM, "IPC_RMID ends a sender's wait");
	is_exited(receiver, 0, "and a receiver's");
	is_int(send(id, 1, "x", 0), EINVAL, "the id is gone");
}

static int send_as(int id, unsigned user)
{
	pid_t child;

	if (in_child(&child)) {
		become_user(user);
		_exit(send(id, 1, "x", IPC_NOWAIT));
	}
	return reap(child) >> 8;
}

static int receive_as(int id, unsigned user)
{
	pid_t child;

	if (in_child(&child)) {
		become_user(user);
		_exit(msgrcv(id, &buffer, MOST, 0, IPC_NOWAIT) < 0 ? errno : 0);
	}
	return reap(child) >> 8;
}

static int control_as(int id, unsigned user, int command, void *argument)
{
	pid_t child;

	if (in_child(&child)) {
		become_user(user);
		_exit(msgctl(id, command, argument) < 0 ? errno : 0);
	}
	return reap(child) >> 8;
}

/* Effective. */
static int proc_has_cap(unsigned number)
{
	char text[4096], *line;

	must(read_text("/proc/self/status", text, sizeof(text)) > 0);
	line = strstr(text, "CapEff:");
	must(line != NULL);
	return strtoull(line + 7, NULL, 16) >> number & 1;
}

static void access_rules(void)
{
	int id = make();
	struct msqid_ds status = status_of(id);
	pid_t child;

	is_int(send_as(id, 1000), EACCES, "another user may not send");
	is_int(receive_as(id, 1000), EACCES, "nor receive");
	is_int(control_as(id, 1000, IPC_STAT, &status), EACCES, "nor look");
	is_int(control_as(id, 1000, IPC_SET, &status), EPERM, "nor change");
	is_int(control_as(id, 1000, IPC_RMID, NULL), EPERM, "nor remove");
	status.msg_perm.mode = 0602;
	must(msgctl(id, IPC_SET, &status) == 0);
	is_int(send_as(id, 1000), 0, "to write is to send");
	is_int(receive_as(id, 1000), EACCES, "but not to receive");
	status.msg_perm.mode = 0604;
	must(msgctl(id, IPC_SET, &status) == 0);
	is_int(receive_as(id, 1000), 0, "to read is to receive");
	is_int(send_as(id, 1000), EACCES, "but not to send");
	if (in_child(&child)) {
		become_user(1000);
		_exit(msgrcv(id, &buffer, MOST, 0, 0) < 0 ? errno : 0);
	}
	wait_state(child, 'S');
	status.msg_perm.mode = 0600;
	must(msgctl(id, IPC_SET, &status) == 0);
	is_exited(child, EACCES, "who waits is asked again when the rules change");
	status.msg_perm.uid = 1000;
	status.msg_qbytes = 16384;
	must(msgctl(id, IPC_SET, &status) == 0);
	status.msg_qbytes = 16385;
	is_int(control_as(id, 1000, IPC_SET, &status), EPERM, "a limit above msgmnb is root's to give");
	/* 24: CAP_SYS_RESOURCE, which the oracle's root may be without. */
	is_int(msgctl(id, IPC_SET, &status) ? errno : 0, proc_has_cap(24) ? 0 : EPERM, "who gives it");
	is_int(control_as(id, 1000, IPC_RMID, NULL), 0, "the owner removes it");
}

static void keys_and_limits(void)
{
	key_t key = 0x4d530000 + getpid();
	int id = msgget(key, IPC_CREAT | 0600), highest, other;
	struct msginfo info, used;
	struct msqid_ds status;
	char text[50];

	must(id >= 0);
	is_int(msgget(key, 0), id, "found by its key");
	fails(msgget(key, IPC_CREAT | IPC_EXCL), EEXIST, "IPC_EXCL");
	fails(msgget(key + 1, 0), ENOENT, "another key");
	highest = msgctl(0, IPC_INFO, (void *)&info);
	ok(highest >= 0 && info.msgmax == 8192 && info.msgmnb == 16384 && info.msgmni == 32000 && info.msgssz == 16,
	   "IPC_INFO tells the limits");
	is_int(msgctl(0, MSG_INFO, (void *)&info), highest, "MSG_INFO what is in use");
	other = make();
	send(id, 1, "four", 0);
	send(other, 1, "and six", 0);
	must(msgctl(0, MSG_INFO, (void *)&used) >= 0);
	ok(used.msgpool == info.msgpool + 1 && used.msgmap == info.msgmap + 2 && used.msgtql == info.msgtql + 11,
	   "a queue, two messages, eleven bytes more");
	is_int(msgctl(id % 32768, MSG_STAT, &status), id, "MSG_STAT by index");
	is_int(status.msg_qnum, 1, "tells its status");
	is_int(control_as(id % 32768, 1000, MSG_STAT, &status), EACCES, "with the right to read");
	is_int(control_as(id % 32768, 1000, MSG_STAT_ANY, &status), 0, "MSG_STAT_ANY without");
	fails(msgctl(id, IPC_STAT, NULL), EFAULT, "no place for the answer");
	fails(msgctl(id, 99, NULL), EINVAL, "an unknown command");
	must(write_text("/proc/sys/kernel/msgmax", "5\n") == 2);
	is_int(send(id, 1, "123456", IPC_NOWAIT), EINVAL, "a smaller msgmax");
	must(write_text("/proc/sys/kernel/msgmax", "8192\n") == 5);
	must(write_text("/proc/sys/kernel/msgmnb", "100\n") == 4);
	remove_it(other);
	other = make();
	is_int(status_of(other).msg_qbytes, 100, "a smaller msgmnb for fresh queues");
	must(write_text("/proc/sys/kernel/msgmnb", "16384\n") == 6);
	snprintf(text, sizeof(text), "%d", used.msgpool);
	must(write_text("/proc/sys/kernel/msgmni", text) > 0);
	fails(msgget(IPC_PRIVATE, 0600), ENOSPC, "a smaller msgmni");
	must(write_text("/proc/sys/kernel/msgmni", "32000\n") == 6);
	remove_it(other);
	remove_it(id);
}

static void proc_text(void)
{
	static const char heading[] =
		"       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime"
		"      rtime      ctime\n";
	char text[8192], want[200];
	key_t key = 0x4d540000 + getpid();
	int id = msgget(key, IPC_CREAT | 0640);
	struct msqid_ds status;

	send(id, 1, "hello", 0);
	status = status_of(id);
	must(read_text("/proc/sysvipc/msg", text, sizeof(text)) > 0);
	is_int(strncmp(text, heading, strlen(heading)), 0, "/proc/sysvipc/msg has its heading");
	snprintf(want, sizeof(want),
		 "%10d %10d   640           5          1 %5d     0     0     0     0     0 %10ld          0 %10ld\n",
		 key, id, getpid(), status.msg_stime, status.msg_ctime);
	ok(strstr(text, want) != NULL, "and its line");
	remove_it(id);
}

#define MESSAGES 300

/* Producers and consumers of several types through a small queue: each message arrives once, in the order of its
 * sender. */
static void crowd(void)
{
	int id = make();
	struct msqid_ds status = status_of(id);
	pid_t children[6];

	status.msg_qbytes = 40;
	must(msgctl(id, IPC_SET, &status) == 0);
	for (int i = 0; i < 3; i++) {
		if (in_child(&children[i])) {
			for (int n = 0; n < MESSAGES; n++) {
				char text[20];
				snprintf(text, sizeof(text), "%d", n);
				must(send(id, i + 1, text, 0) == 0);
			}
			_exit(0);
		}
		if (in_child(&children[i + 3])) {
			for (int n = 0; n < MESSAGES; n++)
				must(atoi(receive(id, i + 1, 0)) == n);
			_exit(0);
		}
	}
	for (int i = 0; i < 6; i++)
		is_exited(children[i], 0, "%s %d is through", i < 3 ? "producer" : "consumer", i % 3);
	is_int(status_of(id).msg_qnum, 0, "nothing is left");
	remove_it(id);
}

static const struct tap_case cases[] = {
	{"order", order, 0},
	{"lengths", lengths, 0},
	{"copies", copies, 0},
	{"waiting", waiting, 0},
	{"ends", ends, 0},
	{"access_rules", access_rules, 0},
	{"limits", keys_and_limits, 0},
	{"proc_text", proc_text, 0},
	{"crowd", crowd, 0},
};

TAP_MAIN(cases)
