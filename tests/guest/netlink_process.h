/*
 * What tests of events of processes share (NETLINK_CONNECTOR). Linux answers those in the first pid namespace alone, so
 * the oracle runs them in it, among all others of the host: only events of the test's own family are looked at.
 */
#ifndef NETLINK_PROCESS_H
#define NETLINK_PROCESS_H

#include "netlink.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#define NONZERO_EXIT 0x20000000u
#define EVENTS       2000
#define FAMILY       400
#define CPUS         256

struct told {
	struct nlmsghdr header;
	struct cn_msg message;
	struct proc_event event;
} __attribute__((packed));

static struct proc_event events[EVENTS];
static int count;
static int family[FAMILY], family_count;
static unsigned last_sequence[CPUS], gaps;
static int has_sequence[CPUS];

/* -- asking -- */

static inline int hearing(void)
{
	int fd = make(NETLINK_CONNECTOR), room = 8 << 20;
	struct timeval limit = {.tv_sec = 20};

	must(setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) == 0 ||
	     setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)) == 0);
	must(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0);
	must(bind_to(fd, 0, CN_IDX_PROC) == 0);
	return fd;
}

/* As stress-ng and others do: the parts of the message from where they lie. */
static inline long try_wish(int fd, struct cb_id id, unsigned bytes, unsigned operation, unsigned wanted)
{
	unsigned wish[2] = {operation, wanted};
	struct cn_msg message = {.id = id, .seq = 5, .ack = 41, .len = (unsigned short)bytes};
	struct nlmsghdr header = {.nlmsg_len = NLMSG_LENGTH(sizeof(message) + bytes), .nlmsg_type = NLMSG_DONE};
	struct iovec parts[3] = {{&header, sizeof(header)}, {&message, sizeof(message)}, {wish, bytes}};

	long sent = raw(SYS_writev, fd, parts, 3);
	return sent == (long)header.nlmsg_len ? 0 : sent;
}

static inline void send_wish(int fd, struct cb_id id, unsigned bytes, unsigned operation, unsigned wanted)
{
	must(try_wish(fd, id, bytes, operation, wanted) == 0);
}

static const struct cb_id processes = {CN_IDX_PROC, CN_VAL_PROC};

static inline int take(int fd, struct told *told, int flags)
{
	return (int)raw(SYS_recvfrom, fd, told, sizeof(*told), flags, 0, 0);
}

/* The error in the answer to what was sent, which is there at once; -1: none. */
static inline int answered(int fd)
{
	struct told told;

	while (take(fd, &told, MSG_DONTWAIT) > 0) {
		if (told.event.what == PROC_EVENT_NONE)
			return (int)told.event.event_data.ack.err;
	}
	return -1;
}

static inline int wish(int fd, unsigned operation)
{
	send_wish(fd, processes, 4, operation, 0);
	return answered(fd);
}

static inline int wish_some(int fd, unsigned wanted)
{
	send_wish(fd, processes, 8, PROC_CN_MCAST_LISTEN, wanted);
	return answered(fd);
}

static inline int listening(void)
{
	int fd = hearing();

	must(wish(fd, PROC_CN_MCAST_LISTEN) == 0);
	return fd;
}

/* Linux goes on making events for a socket that was closed without a word. */
static inline void leave(int fd)
{
	wish(fd, PROC_CN_MCAST_IGNORE);
	close(fd);
}

/* In a container of the host nobody is answered, or nobody is there. */
static inline int is_silent(void)
{
	int fd = hearing();
	int is_so = try_wish(fd, processes, 4, PROC_CN_MCAST_LISTEN, 0) == -ECONNREFUSED || answered(fd) < 0;

	if (is_so)
		skip("events", "the namespaces of pids or of the network are not the first ones");
	else
		leave(fd);
	return is_so;
}

/* -- what is heard -- */

static inline int is_ours(int pid)
{
	for (int i = 0; i < family_count; i++) {
		if (family[i] == pid)
			return 1;
	}
	return 0;
}

static inline int tgid_of(const struct proc_event *event)
{
	return event->what == PROC_EVENT_FORK ? event->event_data.fork.child_tgid : event->event_data.exec.process_tgid;
}

static inline int tid_of(const struct proc_event *event)
{
	return event->what == PROC_EVENT_FORK ? event->event_data.fork.child_pid : event->event_data.exec.process_pid;
}

static inline void look_at_sequence(const struct told *told)
{
	unsigned cpu = told->event.cpu % CPUS;

	gaps += has_sequence[cpu] && told->message.seq != last_sequence[cpu] + 1;
	has_sequence[cpu] = 1;
	last_sequence[cpu] = told->message.seq;
}

static inline void begin_family(void)
{
	count = 0;
	family_count = 1;
	family[0] = getpid();
}

/* The next event of the family, kept; null: none has come for long. */
static inline const struct proc_event *hear(int fd)
{
	struct proc_event event;
	struct told told;

	while (take(fd, &told, 0) == (int)sizeof(told)) {
		look_at_sequence(&told);
		event = told.event;
		if (event.what == PROC_EVENT_NONE)
			continue;
		if (event.what == PROC_EVENT_FORK && is_ours(event.event_data.fork.parent_tgid) &&
		    !is_ours(event.event_data.fork.child_tgid))
			family[family_count++ % FAMILY] = event.event_data.fork.child_tgid;
		if (!is_ours(tgid_of(&event)))
			continue;
		must(count < EVENTS && family_count < FAMILY);
		events[count] = event;
		return &events[count++];
	}
	return NULL;
}

/* Until all that were made have ended, as many as said. */
static inline void hear_ends(int fd, int ends)
{
	const struct proc_event *event;

	while (ends > 0 && (event = hear(fd)))
		ends -= event->what == PROC_EVENT_EXIT;
	is_int(ends, 0, "all ends were heard");
}

/* The first event of this kind about this thread. */
static inline const struct proc_event *find(unsigned what, int tid)
{
	static const struct proc_event none;

	for (int i = 0; i < count; i++) {
		if (events[i].what == what && tid_of(&events[i]) == tid)
			return &events[i];
	}
	return &none;
}

static inline int times(unsigned what, int tid)
{
	int found = 0;

	for (int i = 0; i < count; i++)
		found += events[i].what == what && (!tid || tid_of(&events[i]) == tid);
	return found;
}

static inline void is_end(int tid, int tgid, unsigned code, unsigned signal, int parent)
{
	const struct exit_proc_event *end = &find(PROC_EVENT_EXIT, tid)->event_data.exit;

	is_int(end->process_tgid, tgid, "the end of a thread of this process");
	is_int(end->exit_code & ~0x80u, code, "its code");
	is_int((int)end->exit_signal, (int)signal, "the signal for the parent");
	is_int(end->parent_tgid, parent, "the parent");
	is_int(end->parent_pid, parent, "the parent's thread");
}

#endif
