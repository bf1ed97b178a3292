/* NETLINK_CONNECTOR: who may ask for events of processes, and what each of them says. */
#include "netlink_process.h"

static void asking(void)
{
	const struct cb_id wrong = {CN_IDX_PROC, 7};
	struct sockaddr_nl from = {.nl_family = 0};
	socklen_t bytes = sizeof(from);
	struct told told;
	int fd = hearing(), outside = make(NETLINK_CONNECTOR);

	is_int(answered(fd), -1, "nothing at first");
	if (is_silent())
		return;
	while (answered(fd) >= 0)
		;
	send_wish(fd, processes, 4, PROC_CN_MCAST_LISTEN, 0);
	do {
		is_int(recvfrom(fd, &told, sizeof(told), MSG_DONTWAIT, (void *)&from, &bytes), 76, "an answer");
	} while (told.event.what != PROC_EVENT_NONE);
	is_int(told.header.nlmsg_len, 76, "its length");
	is_int(told.header.nlmsg_type, NLMSG_DONE, "its type");
	is_int(told.header.nlmsg_flags, 0, "its flags");
	is_int((int)told.header.nlmsg_pid, 0, "from the kernel");
	is_int((int)(told.header.nlmsg_seq - told.message.seq), 0, "one sequence number");
	is_int((int)from.nl_groups, CN_IDX_PROC, "to the group");
	is_int((int)from.nl_pid, 0, "from the kernel's port");
	is_int((int)told.message.id.idx, CN_IDX_PROC, "about processes");
	is_int((int)told.message.id.val, CN_VAL_PROC, "about processes");
	is_int((int)told.message.ack, 42, "it acknowledges");
	is_int(told.message.len, 40, "an event");
	is_int(told.message.flags, 0, "without flags");
	is_int((int)told.event.event_data.ack.err, 0, "granted");
	ok((int)told.event.cpu >= 0 && told.event.cpu < CPUS, "by a processor");
	is_int(wish(fd, 9), EINVAL, "an operation that is not known");
	is_int(wish(fd, PROC_CN_MCAST_LISTEN), 0, "and again");
	send_wish(fd, wrong, 4, PROC_CN_MCAST_LISTEN, 0);
	is_int(answered(fd), -1, "to nobody");
	send_wish(fd, processes, 5, PROC_CN_MCAST_LISTEN, 0);
	is_int(answered(fd), -1, "of no known length");
	send_wish(fd, processes, 0, 0, 0);
	is_int(answered(fd), -1, "nothing");
	is_int(send(fd, "short", 5, 0), 5, "less than a message");
	is_int(answered(fd), -1, "is passed over");
	is_int(wish(outside, PROC_CN_MCAST_LISTEN), -1, "outside of the group nothing is heard");
	is_int(wish(outside, PROC_CN_MCAST_IGNORE), -1, "nor then");
	is_int(answered(fd), 0, "whose members hear each other's answers");
	is_int(answered(fd), 0, "both");
	is_int(wish(fd, PROC_CN_MCAST_IGNORE), -1, "who ignores hears no more");
	close(outside);
	close(fd);
}

static void makings(void)
{
	int fd, me = getpid();
	pid_t pid;

	if (is_silent())
		return;
	fd = listening();
	begin_family();
	int64_t before = now_ns();
	if (in_child(&pid))
		_exit(3);
	is_exited(pid, 3, "a child");
	hear_ends(fd, 1);
	const struct proc_event *made = find(PROC_EVENT_FORK, pid);
	is_int(made->event_data.fork.parent_pid, me, "made by this thread");
	is_int(made->event_data.fork.parent_tgid, me, "of this process");
	is_int(made->event_data.fork.child_tgid, pid, "a process");
	ok((int64_t)made->timestamp_ns >= before && (int64_t)made->timestamp_ns <= now_ns(), "at this time");
	is_end(pid, pid, 3 << 8, SIGCHLD, me);
	is_int(times(PROC_EVENT_COMM, 0) + times(PROC_EVENT_EXEC, 0), 0, "nothing else");
	begin_family();
	if (in_child(&pid)) {
		raise(SIGKILL);
		_exit(1);
	}
	is_killed(pid, SIGKILL, "a child that is killed");
	hear_ends(fd, 1);
	is_end(pid, pid, SIGKILL, SIGCHLD, me);
	is_int(times(PROC_EVENT_COREDUMP, 0), 0, "no core");
	begin_family();
	if (in_child(&pid)) {
		raise(SIGSEGV);
		_exit(1);
	}
	is_killed(pid, SIGSEGV, "a child that crashes");
	hear_ends(fd, 1);
	is_end(pid, pid, SIGSEGV, SIGCHLD, me);
	is_int(times(PROC_EVENT_COREDUMP, pid), 1, "that is told, whether or not a core is kept");
	is_int(find(PROC_EVENT_COREDUMP, pid)->event_data.coredump.parent_tgid, me, "with the parent");
	is_int(find(PROC_EVENT_COREDUMP, pid)->event_data.coredump.parent_pid, me, "and its thread");
	begin_family();
	signal(SIGCHLD, SIG_IGN);
	if (in_child(&pid))
		_exit(0);
	hear_ends(fd, 1);
	is_end(pid, pid, 0, SIGCHLD, 0);
	leave(fd);
}

static int thread_tid;

static int short_thread(void *unused)
{
	(void)unused;
	thread_tid = (int)raw(SYS_gettid);
	raw(SYS_exit, 6);
	return 0;
}

static int exec_thread(void *unused)
{
	static char *const argv[] = {"sh", "-c", "exit 5", NULL}, *const no_env[] = {NULL};

	(void)unused;
	raw(SYS_execve, "/bin/sh", argv, no_env);
	raw(SYS_exit, 1);
	return 0;
}

static void threads(void)
{
	int fd, me = getpid();
	struct thread thread;
	pid_t pid;

	if (is_silent())
		return;
	fd = listening();
	begin_family();
	if (in_child(&pid)) {
		must(thread_start(&thread, short_thread, NULL) > 0);
		thread_join(&thread);
		_exit(0);
	}
	is_exited(pid, 0, "a process of two threads");
	hear_ends(fd, 2);
	is_int(times(PROC_EVENT_FORK, 0), 2, "two are made");
	for (int i = 0; i < count; i++) {
		if (events[i].what != PROC_EVENT_FORK || tid_of(&events[i]) == pid)
			continue;
		is_int(events[i].event_data.fork.child_tgid, pid, "a thread of the child");
		is_int(events[i].event_data.fork.parent_tgid, me, "has the child's parent");
		is_end(tid_of(&events[i]), pid, 6 << 8, -1u, 0);
	}
	begin_family();
	if (in_child(&pid)) {
		must(thread_start(&thread, exec_thread, NULL) > 0);
		for (;;)
			pause();
	}
	is_exited(pid, 5, "a program in a thread");
	hear_ends(fd, 2);
	is_int(times(PROC_EVENT_EXEC, pid), 1, "is executed by the process");
	is_int(find(PROC_EVENT_EXEC, pid)->event_data.exec.process_tgid, pid, "itself");
	is_int(times(PROC_EVENT_COMM, 0), 0, "which is no change of its name");
	leave(fd);
}

static void identities(void)
{
	int fd;
	pid_t pid;
	const struct proc_event *event;

	if (is_silent())
		return;
	fd = listening();
	begin_family();
	if (in_child(&pid)) {
		must(setsid() == getpid());
		must(prctl(PR_SET_NAME, "a name of many words") == 0);
		must(write_text("/proc/self/comm", "other") == 5);
		become_user(1000);
		must(raw(SYS_setresuid, 1000, 1000, 1000) == 0);
		raw(SYS_setsid);
		_exit(0);
	}
	is_exited(pid, 0, "a child");
	hear_ends(fd, 1);
	is_int(times(PROC_EVENT_SID, pid), 1, "a session");
	is_int(find(PROC_EVENT_SID, pid)->event_data.sid.process_tgid, pid, "of the process");
	is_int(times(PROC_EVENT_COMM, pid), 2, "two names");
	event = find(PROC_EVENT_COMM, pid);
	is_str(event->event_data.comm.comm, "a name of many ", "the first");
	is_int(event->event_data.comm.process_tgid, pid, "of the process");
	is_int(times(PROC_EVENT_GID, pid), 1, "one change of the group");
	event = find(PROC_EVENT_GID, pid);
	is_int((int)event->event_data.id.r.rgid, 1000, "real");
	is_int((int)event->event_data.id.e.egid, 1000, "effective");
	is_int(times(PROC_EVENT_UID, pid), 1, "one change of the user");
	event = find(PROC_EVENT_UID, pid);
	is_int((int)event->event_data.id.r.ruid, 1000, "real");
	is_int((int)event->event_data.id.e.euid, 1000, "effective");
	is_int(event->event_data.id.process_tgid, pid, "of the process");
	begin_family();
	if (in_child(&pid)) {
		raw(SYS_setfsuid, 7);
		raw(SYS_setresgid, -1, -1, 8);
		_exit(0);
	}
	is_exited(pid, 0, "another child");
	hear_ends(fd, 1);
	is_int(times(PROC_EVENT_UID, pid), 1, "the user for files");
	is_int(times(PROC_EVENT_GID, pid), 1, "the saved group");
	leave(fd);
}

static void tracing(void)
{
	int fd, me = getpid(), status;
	pid_t pid;

	if (is_silent())
		return;
	fd = listening();
	begin_family();
	if (in_child(&pid)) {
		for (;;)
			pause();
	}
	must(ptrace(PTRACE_ATTACH, pid, 0, 0) == 0);
	must(waitpid(pid, &status, 0) == pid);
	must(ptrace(PTRACE_DETACH, pid, 0, 0) == 0);
	must(ptrace(PTRACE_SEIZE, pid, 0, 0) == 0);
	must(kill(pid, SIGKILL) == 0);
	is_killed(pid, SIGKILL, "a child that was traced");
	hear_ends(fd, 1);
	is_int(times(PROC_EVENT_PTRACE, pid), 3, "three events");
	for (int i = 0, seen = 0; i < count; i++) {
		if (events[i].what != PROC_EVENT_PTRACE)
			continue;
		is_int(events[i].event_data.ptrace.tracer_pid, seen == 1 ? 0 : me, "the tracer's thread in event %d",
		       seen);
		is_int(events[i].event_data.ptrace.tracer_tgid, seen == 1 ? 0 : me, "the tracer in event %d", seen);
		is_int(events[i].event_data.ptrace.process_tgid, pid, "the one that is traced in event %d", seen);
		seen++;
	}
	begin_family();
	if (in_child(&pid)) {
		must(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0);
		_exit(0);
	}
	is_exited(pid, 0, "one that asks to be traced");
	hear_ends(fd, 1);
	is_int(times(PROC_EVENT_PTRACE, pid), 0, "is not told of");
	leave(fd);
}

static void some_events(void)
{
	int all, failures, ends;
	pid_t pids[2];

	if (is_silent())
		return;
	all = listening();
	failures = hearing();
	is_int(wish_some(failures, PROC_EVENT_EXEC | NONZERO_EXIT), -1, "an answer is no event that was asked for");
	ends = hearing();
	is_int(wish_some(ends, PROC_EVENT_EXIT), -1, "nor here");
	begin_family();
	for (int i = 0; i < 2; i++) {
		if (in_child(&pids[i]))
			_exit(i);
		is_exited(pids[i], i, "a child");
	}
	hear_ends(all, 2);
	count = 0;
	hear_ends(ends, 2);
	is_int(count, 2, "ends alone");
	count = 0;
	hear_ends(failures, 1);
	is_int(count, 1, "failures alone");
	is_int(tid_of(&events[0]), pids[1], "the second child");
	is_int(wish_some(failures, 0), 0, "none stands for all");
	is_int(wish_some(ends, 0x400), 0, "and so does one that is not known");
	leave(failures);
	leave(ends);
	leave(all);
}

/* A socket in the group that has asked for nothing hears what others have asked for. */
static void by_the_way(void)
{
	int fd, other;
	struct told told;
	pid_t pid;

	if (is_silent())
		return;
	other = hearing();
	fd = listening();
	begin_family();
	if (in_child(&pid))
		_exit(0);
	is_exited(pid, 0, "a child");
	hear_ends(fd, 1);
	count = 0;
	hear_ends(other, 1);
	is_int(count, 2, "both events");
	leave(fd);
	if (!is_namu()) {
		skip("nobody listens", "others of the host may");
		return;
	}
	while (take(other, &told, MSG_DONTWAIT) > 0)
		;
	if (in_child(&pid))
		_exit(0);
	is_exited(pid, 0, "a child that nobody asks for");
	is_int(take(other, &told, MSG_DONTWAIT), -EAGAIN, "is not told");
	fd = listening();
	close(fd);
	while (take(other, &told, MSG_DONTWAIT) > 0)
		;
	if (in_child(&pid))
		_exit(0);
	is_exited(pid, 0, "one after the listener's end");
	is_int(take(other, &told, MSG_DONTWAIT), -EAGAIN, "is not told either");
	close(other);
}

static void overrun(void)
{
	int fd, room = 1, got = 0;
	struct pollfd poll_fd = {.events = POLLIN};
	struct told told;

	if (is_silent())
		return;
	fd = listening();
	must(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)) == 0);
	for (int i = 0; i < 300; i++)
		must(prctl(PR_SET_NAME, "busy") == 0);
	poll_fd.fd = fd;
	is_int(poll(&poll_fd, 1, 0), 1, "there is something");
	is_int(poll_fd.revents, POLLIN | POLLERR, "and something is lost");
	is_int(take(fd, &told, MSG_DONTWAIT), -ENOBUFS, "that is said first");
	while (take(fd, &told, MSG_DONTWAIT) == (int)sizeof(told))
		got++;
	ok(got > 0 && got < 300, "then comes what found room");
	for (int i = 0; i < 300; i++)
		must(prctl(PR_SET_NAME, "busy") == 0);
	is_int(take(fd, &told, MSG_DONTWAIT), -ENOBUFS, "and again");
	is_int(take(fd, &told, MSG_DONTWAIT), sizeof(told), "one is read");
	must(prctl(PR_SET_NAME, "late") == 0);
	for (got = 0; take(fd, &told, MSG_DONTWAIT) == (int)sizeof(told);)
		got += told.event.what == PROC_EVENT_COMM && !strcmp(told.event.event_data.comm.comm, "late");
	is_int(got, 0, "until all is read nothing more is taken");
	must(prctl(PR_SET_NAME, "later") == 0);
	do {
		got = take(fd, &told, MSG_DONTWAIT);
	} while (got > 0 && !(told.event.what == PROC_EVENT_COMM && !strcmp(told.event.event_data.comm.comm, "later")));
	is_int(got, sizeof(told), "then it is");
	set(fd, NETLINK_NO_ENOBUFS, 1);
	for (int i = 0; i < 300; i++)
		must(prctl(PR_SET_NAME, "busy") == 0);
	is_int(take(fd, &told, MSG_DONTWAIT), sizeof(told), "not said to who does not want to hear it");
	set(fd, NETLINK_NO_ENOBUFS, 0);
	leave(fd);
}

#define MAKERS   4
#define CHILDREN 25

static void make_children(void)
{
	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = fork();
		must(pid >= 0);
		if (!pid)
			_exit(i);
		must(reap(pid) == i << 8);
	}
	_exit(0);
}

static void crowd(void)
{
	pid_t makers[MAKERS];
	int fd, made = 0, orphans = 0;

	if (is_silent())
		return;
	fd = listening();
	begin_family();
	gaps = 0;
	memset(has_sequence, 0, sizeof(has_sequence));
	for (int i = 0; i < MAKERS; i++) {
		if (in_child(&makers[i]))
			make_children();
	}
	for (int i = 0; i < MAKERS; i++)
		is_exited(makers[i], 0, "one that makes children");
	hear_ends(fd, MAKERS * (CHILDREN + 1));
	for (int i = 0; i < count; i++) {
		made += events[i].what == PROC_EVENT_FORK;
		if (events[i].what != PROC_EVENT_EXIT)
			continue;
		/* it was made before it ended */
		int at = 0;
		while (at < i && (events[at].what != PROC_EVENT_FORK || tid_of(&events[at]) != tid_of(&events[i])))
			at++;
		orphans += at == i;
	}
	is_int(made, MAKERS * (CHILDREN + 1), "all makings were heard");
	is_int(orphans, 0, "each before its end");
	is_int((int)gaps, 0, "no number of any processor is left out");
	leave(fd);
}

static void users(void)
{
	int is_mute = is_silent();
	pid_t pid;

	if (in_child(&pid)) {
		become_user(1000);
		int fd = make(NETLINK_CONNECTOR), group = CN_IDX_PROC;
		fails(bind_to(fd, 0, 2), EPERM, "a user does not hear another group");
		fails(bind_to(fd, 0, 2 | CN_IDX_PROC), EPERM, "nor together with that of processes");
		is_int(bind_to(fd, 0, 0), 0, "a port");
		is_int(setsockopt(fd, SOL_NETLINK_, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)), 0,
		       "a user joins that of processes");
		group = 2;
		fails(setsockopt(fd, SOL_NETLINK_, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)), EPERM,
		      "not another");
		group = 33;
		fails(setsockopt(fd, SOL_NETLINK_, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)), EINVAL, "nor none");
		struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
		fails(sendto(fd, "12345678901234567890", 20, 0, (void *)&to, sizeof(to)), EPERM, "nor speaks to it");
		if (!is_mute) {
			is_int(wish(fd, PROC_CN_MCAST_LISTEN), 0, "but listens");
			leave(fd);
		}
		_exit(tap.failed);
	}
	is_exited(pid, 0, "a user");
}

static const struct tap_case cases[] = {
	{"asking", asking, 0},         {"makings", makings, 0}, {"threads", threads, 0},
	{"identities", identities, 0}, {"tracing", tracing, 0}, {"some_events", some_events, 0},
	{"by_the_way", by_the_way, 0}, {"overrun", overrun, 0}, {"crowd", crowd, 0},
	{"users", users, 0},
};

TAP_MAIN(cases)
