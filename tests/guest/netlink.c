/*
 * AF_NETLINK: ports, requests and their answers, lists that are full, programs among themselves, what sockets there
 * are.
 */
#include "netlink.h"

#include <mqueue.h>
#include <stddef.h>

static void kinds(void)
{
	fails(socket(AF_NETLINK, SOCK_STREAM, 0), ESOCKTNOSUPPORT, "a stream");
	fails(socket(AF_NETLINK, SOCK_SEQPACKET, 0), ESOCKTNOSUPPORT, "packets");
	fails(socket(AF_NETLINK, SOCK_RAW, -1), EPROTONOSUPPORT, "protocol -1");
	fails(socket(AF_NETLINK, SOCK_RAW, 32), EPROTONOSUPPORT, "protocol 32");
	fails(socket(AF_NETLINK, SOCK_RAW, 1), EPROTONOSUPPORT, "one that nobody has");
	int fd = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE), two[2], value = -1;
	socklen_t bytes = sizeof(value);
	ok(fd >= 0, "datagrams");
	fails(listen(fd, 1), EOPNOTSUPP, "listen");
	fails(shutdown(fd, SHUT_RDWR), EOPNOTSUPP, "shutdown");
	fails(accept(fd, NULL, NULL), EOPNOTSUPP, "accept");
	fails(socketpair(AF_NETLINK, SOCK_RAW, 0, two), EOPNOTSUPP, "a pair");
	fails(send(fd, "", 0, 0), ENODATA, "nothing");
	must(getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &value, &bytes) == 0);
	is_int(value, AF_NETLINK, "SO_DOMAIN");
	close(fd);
	fd = make(NETLINK_KOBJECT_UEVENT);
	is_int(bind_to(fd, 0, 1), 0, "events of devices are heard");
	is_int(receive(fd), -EAGAIN, "and there are none");
	close(fd);
}

static void ports(void)
{
	int first = make(0), second = make(0), third = make(0);
	struct sockaddr_nl name = {.nl_family = AF_NETLINK};
	socklen_t bytes = sizeof(name);

	is_int((int)port_of(first), 0, "none at first");
	is_int(bind_to(first, 0, 0), 0, "bind");
	is_int((int)port_of(first), getpid(), "the process's number");
	is_int(bind_to(second, 0, 0), 0, "bind another");
	ok((int)port_of(second) < 0, "a number from the end");
	fails(bind_to(third, getpid(), 0), EADDRINUSE, "one that is taken");
	is_int(bind_to(third, 12345, 0), 0, "one of our choice");
	is_int((int)port_of(third), 12345, "is it");
	fails(bind_to(third, 12346, 0), EINVAL, "another");
	is_int(bind_to(third, 12345, 3), 0, "the same again, with groups");
	must(getsockname(third, (struct sockaddr *)&name, &bytes) == 0);
	is_int((int)name.nl_groups, 3, "the groups");
	name.nl_family = AF_UNIX;
	fails(bind(third, (struct sockaddr *)&name, sizeof(name)), EINVAL, "another family");
	name.nl_family = AF_NETLINK;
	fails(bind(third, (struct sockaddr *)&name, sizeof(name) - 1), EINVAL, "a short address");
	bytes = sizeof(name);
	is_int(getpeername(first, (struct sockaddr *)&name, &bytes), 0, "the peer");
	is_int((int)name.nl_pid, 0, "is the kernel");
	close(first);
	close(second);
	close(third);
	first = make(0);
	is_int(bind_to(first, 12345, 0), 0, "a port is free after its socket");
	close(first);
}

static void settings(void)
{
	int fd = make(0), value;
	unsigned groups[4] = {0, 0, 0, 0};
	socklen_t bytes;

	for (int option = NETLINK_PKTINFO; option <= NETLINK_GET_STRICT_CHK; option++) {
		if (option == NETLINK_RX_RING || option == NETLINK_TX_RING || option == NETLINK_LIST_MEMBERSHIPS)
			continue;
		bytes = sizeof(value);
		set(fd, option, 5);
		must(getsockopt(fd, SOL_NETLINK_, option, &value, &bytes) == 0);
		is_int(value, 1, "option %d", option);
	}
	value = 1;
	fails(setsockopt(fd, SOL_NETLINK_, 99, &value, sizeof(value)), ENOPROTOOPT, "an unknown one");
	fails(setsockopt(fd, 6, 1, &value, sizeof(value)), ENOPROTOOPT, "of another level");
	set(fd, NETLINK_ADD_MEMBERSHIP, RTNLGRP_LINK);
	set(fd, NETLINK_ADD_MEMBERSHIP, 33);
	value = 0;
	fails(setsockopt(fd, SOL_NETLINK_, NETLINK_ADD_MEMBERSHIP, &value, sizeof(value)), EINVAL, "group 0");
	value = 1000;
	fails(setsockopt(fd, SOL_NETLINK_, NETLINK_ADD_MEMBERSHIP, &value, sizeof(value)), EINVAL, "group 1000");
	bytes = sizeof(groups);
	is_int(getsockopt(fd, SOL_NETLINK_, NETLINK_LIST_MEMBERSHIPS, groups, &bytes), 0, "the list of groups");
	is_int((int)groups[0], 1, "the first");
	is_int((int)groups[1], 1, "the thirty-third");
	set(fd, NETLINK_DROP_MEMBERSHIP, RTNLGRP_LINK);
	bytes = 4;
	is_int(getsockopt(fd, SOL_NETLINK_, NETLINK_LIST_MEMBERSHIPS, groups, &bytes), 0, "a short list");
	is_int((int)groups[0], 0, "one was left");
	ok(bytes >= 8, "its length tells of the rest");
	close(fd);
}

static void acknowledgements(void)
{
	struct rtgenmsg general = {AF_UNSPEC};
	struct ifinfomsg link = {.ifi_index = 9999};
	struct nlmsghdr *header = (void *)answer;
	struct request request;
	char several[1024];
	int fd = make(0);

	begin(&request, 7777, 0, &general, sizeof(general));
	is_int(ask(fd, &request), -EOPNOTSUPP, "an unknown type");
	is_int((int)header->nlmsg_len, (int)NLMSG_LENGTH(4 + NLMSG_ALIGN(request.header.nlmsg_len)),
	       "with the request");
	is_int((int)header->nlmsg_pid, getpid(), "for this port");
	is_int((int)header->nlmsg_seq, 77, "with its number");
	begin(&request, RTM_GETLINK, 0, &link, sizeof(link));
	is_int(ask(fd, &request), -ENODEV, "a device that is not there");
	set(fd, NETLINK_CAP_ACK, 1);
	is_int(ask(fd, &request), -ENODEV, "the same");
	is_int((int)header->nlmsg_len, NLMSG_LENGTH(sizeof(struct nlmsgerr)), "with a short answer");
	is_int(header->nlmsg_flags, NLM_F_CAPPED, "which says so");
	begin(&request, RTM_GETLINK, 0, &general, sizeof(general));
	is_int(ask(fd, &request), -EINVAL, "a short request");
	request.header.nlmsg_flags = NLM_F_ACK;
	is_int(ask(fd, &request), 0, "no request at all, but an answer is wanted");
	request.header.nlmsg_flags = 0;
	put(fd, &request);
	is_int(receive(fd), -EAGAIN, "nor that");
	request.header.nlmsg_type = NLMSG_NOOP;
	request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	is_int(ask(fd, &request), 0, "a message of no kind");
	is_int((int)send(fd, "garbage", 7, 0), 7, "less than a header is let pass");
	is_int(receive(fd), -EAGAIN, "without an answer");
	/* Two requests in one message. */
	begin(&request, 7777, 0, &general, sizeof(general));
	memcpy(several, &request, NLMSG_ALIGN(request.header.nlmsg_len));
	memcpy(several + NLMSG_ALIGN(request.header.nlmsg_len), &request, request.header.nlmsg_len);
	must(send(fd, several, 2 * NLMSG_ALIGN(request.header.nlmsg_len), 0) > 0);
	is_int(acknowledged(fd), -EOPNOTSUPP, "the first of two");
	is_int(acknowledged(fd), -EOPNOTSUPP, "the second of two");
	/* Why. */
	set(fd, NETLINK_EXT_ACK, 1);
	set(fd, NETLINK_GET_STRICT_CHK, 1);
	link.ifi_index = 1;
	begin(&request, RTM_GETLINK, NLM_F_DUMP, &link, sizeof(link));
	is_int(dump(fd, &request, NULL, NULL), -EINVAL, "a strict look at a header");
	ok(header->nlmsg_flags & NLM_F_ACK_TLVS, "says why");
	close(fd);
}

static void reading(void)
{
	struct ifinfomsg link = {.ifi_index = 1};
	struct request request;
	struct sockaddr_nl from;
	struct iovec vector = {answer, 16};
	struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_name = &from, .msg_namelen = sizeof(from)};
	int fd = make(0);
	struct pollfd poller = {.fd = fd, .events = POLLIN | POLLOUT};
	ssize_t whole;

	is_int(poll(&poller, 1, 0), 1, "writable");
	is_int(poller.revents, POLLOUT, "alone");
	begin(&request, RTM_GETLINK, 0, &link, sizeof(link));
	put(fd, &request);
	is_int(poll(&poller, 1, 0), 1, "readable");
	is_int(poller.revents, POLLIN | POLLOUT, "and writable");
	whole = recv(fd, answer, 1, MSG_PEEK | MSG_TRUNC);
	ok(whole > 200, "a look tells its length");
	memset(&from, 0xff, sizeof(from));
	is_int((int)recvmsg(fd, &message, MSG_PEEK), 16, "a look at the beginning");
	is_int(message.msg_flags, MSG_TRUNC, "there is more");
	is_int((int)message.msg_namelen, sizeof(from), "a name comes with it");
	is_int((int)(from.nl_family * 100 + from.nl_pid + from.nl_groups), AF_NETLINK * 100, "the kernel's");
	is_int((int)recv(fd, answer, 16, 0), 16, "reading the beginning");
	is_int((int)receive(fd), -EAGAIN, "takes it all");
	put(fd, &request);
	is_int((int)recv(fd, answer, 16, MSG_TRUNC), (int)whole, "the length, when it is asked for");
	is_int((int)raw(SYS_recvfrom, fd, answer, 1, MSG_OOB, 0, 0), -EOPNOTSUPP, "MSG_OOB");
	close(fd);
}

/* A socket whose list is full loses what comes, and hears of it once. */
static void overrun(void)
{
	struct ifinfomsg link = {.ifi_index = 1};
	struct request request;
	int fd = make(0), size = 1, messages = 0;
	long result = 0;

	must(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) == 0);
	begin(&request, RTM_GETLINK, 0, &link, sizeof(link));
	for (int i = 0; i < 100; i++)
		put(fd, &request);
	is_int(receive(fd), -ENOBUFS, "it was lost");
	while ((result = receive(fd)) > 0)
		messages++;
	is_int((int)result, -EAGAIN, "told once");
	ok(messages > 0 && messages < 100, "%d of 100 are there", messages);
	put(fd, &request);
	ok(receive(fd) > 0, "and there is room again");
	close(fd);
}

static ssize_t send_to(int fd, unsigned port, unsigned groups, const char *text)
{
	struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_pid = port, .nl_groups = groups};

	return sendto(fd, text, strlen(text), MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to));
}

static void programs(void)
{
	int first = make(NETLINK_USERSOCK), second = make(NETLINK_USERSOCK), on = 1;
	char control[128];
	struct sockaddr_nl from;
	struct iovec vector = {answer, 100};
	struct msghdr message = {.msg_iov = &vector,
				 .msg_iovlen = 1,
				 .msg_name = &from,
				 .msg_namelen = sizeof(from),
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	pid_t child;

	must(bind_to(first, 100, 0) == 0 && bind_to(second, 200, 2) == 0);
	fails(send_to(first, 300, 0, "x"), ECONNREFUSED, "nobody has that port");
	fails(send_to(first, 0, 0, "x"), ECONNREFUSED, "nor does the kernel listen here");
	must(setsockopt(second, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0);
	if (in_child(&child)) {
		must(send_to(first, 200, 0, "hello") == 5);
		_exit(0);
	}
	is_exited(child, 0, "a child sends");
	is_int((int)recvmsg(second, &message, MSG_DONTWAIT), 5, "it comes");
	ok(memcmp(answer, "hello", 5) == 0, "as it was");
	is_int((int)from.nl_pid, 100, "from its port");
	struct cmsghdr *first_control = CMSG_FIRSTHDR(&message);
	ok(first_control && first_control->cmsg_type == SCM_CREDENTIALS, "with a writer");
	is_int(first_control ? *(int *)CMSG_DATA(first_control) : 0, child, "who is the child");
	send_to(first, 0, 2, "all");
	is_int((int)receive(second), 3, "a message for a group");
	/* A list that is full. */
	int size = 1;
	long result = 0;
	must(setsockopt(second, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) == 0);
	for (int i = 0; i < 1000 && result >= 0; i++)
		result = send_to(first, 200, 0, "again") < 0 ? -errno : 0;
	is_int((int)result, -EAGAIN, "there is an end to its room");
	if (in_child(&child)) {
		struct sockaddr_nl to = {.nl_family = AF_NETLINK, .nl_pid = 200};
		must(sendto(first, "late", 4, 0, (struct sockaddr *)&to, sizeof(to)) == 4);
		_exit(0);
	}
	while (receive(second) == 5)
		;
	is_exited(child, 0, "who waits for room gets it");
	int connected = connect(first, (struct sockaddr *)&(struct sockaddr_nl){.nl_family = AF_NETLINK, .nl_pid = 200},
				sizeof(struct sockaddr_nl));
	is_int(connected, 0, "connect");
	while (receive(second) > 0)
		;
	is_int((int)send(first, "peer", 4, 0), 4, "to the peer");
	is_int((int)receive(second), 4, "who gets it");
	close(second);
	fails(send(first, "peer", 4, 0), ECONNREFUSED, "who is gone");
	close(first);
}

/* ---- sockets ---- */

struct diag {
	unsigned listener, client;
	int listeners, named, pending, peers;
};

static void see_socket(struct nlmsghdr *header, void *arg)
{
	struct diag *diag = arg;
	struct unix_diag_msg *one = NLMSG_DATA(header);
	struct unix_diag_rqlen *lengths = attribute_of(header, sizeof(*one), UNIX_DIAG_RQLEN);
	char *name = attribute_of(header, sizeof(*one), UNIX_DIAG_NAME);

	must(header->nlmsg_type == SOCK_DIAG_BY_FAMILY && one->udiag_family == AF_UNIX);
	if (one->udiag_ino == diag->listener) {
		diag->listeners += one->udiag_state == 10 && one->udiag_type == SOCK_STREAM;
		diag->named += name && memcmp(name, "\0diag", 5) == 0;
		diag->pending = lengths ? (int)lengths->udiag_rqueue : -1;
	}
	if (one->udiag_ino == diag->client)
		diag->peers += one->udiag_state == 1;
}

static unsigned number_of(int fd)
{
	struct stat status;

	must(fstat(fd, &status) == 0);
	return (unsigned)status.st_ino;
}

static void sockets(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0diag"};
	socklen_t bytes = offsetof(struct sockaddr_un, sun_path) + 5;
	struct unix_diag_req asked = {.sdiag_family = AF_UNIX,
				      .udiag_states = ~0u,
				      .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN};
	struct nlmsghdr *header = (void *)answer;
	struct request request;
	struct diag diag = {0};
	int fd = make(NETLINK_SOCK_DIAG), pair[2];

	own_network(-1);
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
	must(bind(listener, (struct sockaddr *)&name, bytes) == 0 && listen(listener, 5) == 0);
	must(connect(client, (struct sockaddr *)&name, bytes) == 0);
	fd = make(NETLINK_SOCK_DIAG);
	diag.listener = number_of(listener);
	diag.client = number_of(client);
	begin(&request, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &asked, sizeof(asked));
	ok(dump(fd, &request, see_socket, &diag) >= 2, "sockets");
	is_int(diag.listeners, 1, "one listens");
	is_int(diag.named, 1, "with its name");
	is_int(diag.pending, 1, "one has come");
	is_int(diag.peers, 1, "and is connected");
	/* More than a piece of a dump takes. */
	for (int i = 0; i < 100; i++)
		must(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
	memset(&diag, 0, sizeof(diag));
	ok(dump(fd, &request, see_socket, &diag) >= 202, "many sockets");
	asked.udiag_states = 1u << 10;
	begin(&request, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, &asked, sizeof(asked));
	ok(dump(fd, &request, see_socket, &diag) < 200, "those in one state");
	asked.udiag_ino = number_of(pair[0]);
	asked.udiag_cookie[0] = asked.udiag_cookie[1] = ~0u;
	begin(&request, SOCK_DIAG_BY_FAMILY, 0, &asked, sizeof(asked));
	put(fd, &request);
	ok(receive(fd) > 0 && header->nlmsg_type == SOCK_DIAG_BY_FAMILY, "one by its number");
	unsigned *peer = attribute_of(header, sizeof(struct unix_diag_msg), UNIX_DIAG_PEER);
	is_int(peer ? (int)*peer : -1, (int)number_of(pair[1]), "with its peer");
	asked.udiag_cookie[0] = 4000000000u;
	begin(&request, SOCK_DIAG_BY_FAMILY, 0, &asked, sizeof(asked));
	is_int(ask(fd, &request), -ESTALE, "by another cookie");
	asked.udiag_ino = 0;
	begin(&request, SOCK_DIAG_BY_FAMILY, 0, &asked, sizeof(asked));
	is_int(ask(fd, &request), -EINVAL, "without a number");
	asked.sdiag_family = AF_NETLINK + 20;
	begin(&request, SOCK_DIAG_BY_FAMILY, 0, &asked, sizeof(asked));
	is_int(ask(fd, &request), -ENOENT, "a family that tells nothing");
	asked.sdiag_family = 200;
	begin(&request, SOCK_DIAG_BY_FAMILY, 0, &asked, sizeof(asked));
	is_int(ask(fd, &request), -EINVAL, "a family that there is not");
}

/* ---- message queues ---- */

static int told_pipe[2];

static void told(union sigval value)
{
	must(write(told_pipe[1], value.sival_ptr, 4) == 4);
}

/* A thread of the C library is told: it waits on a socket to which the kernel sends the cookie. */
static void by_thread(void)
{
	struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = 20};
	mqd_t queue = mq_open("/netlink", O_RDWR | O_NONBLOCK | O_CREAT, 0600, &attributes);
	struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_value.sival_ptr = "told"};
	char text[4];

	must(queue >= 0 && pipe(told_pipe) == 0);
	event.sigev_notify_function = told;
	is_int(mq_notify(queue, &event), 0, "ask for a thread");
	fails(mq_notify(queue, &event), EBUSY, "and again");
	must(mq_send(queue, "m", 1, 0) == 0);
	is_int((int)read(told_pipe[0], text, 4), 4, "it runs");
	ok(memcmp(text, "told", 4) == 0, "with its value");
	is_int(mq_notify(queue, &event), 0, "once: it may be asked for anew");
	is_int(mq_notify(queue, NULL), 0, "and taken back");
	is_int(mq_notify(queue, &event), 0, "and asked for");
	must(mq_receive(queue, (char[20]){0}, 20, NULL) == 1);
	must(mq_send(queue, "m", 1, 0) == 0);
	is_int((int)read(told_pipe[0], text, 4), 4, "it runs again");
	must(mq_unlink("/netlink") == 0);
}

static const struct tap_case cases[] = {
	{"kinds", kinds, 0},         {"ports", ports, 0},
	{"settings", settings, 0},   {"acknowledgements", acknowledgements, 0},
	{"reading", reading, 0},     {"overrun", overrun, 0},
	{"programs", programs, 0},   {"sockets", sockets, 0},
	{"by_thread", by_thread, 0},
};

TAP_MAIN(cases)
