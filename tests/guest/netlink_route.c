/*
 * NETLINK_ROUTE: devices, addresses, routes; C libraries that ask for them; changes, and who is told of them.
 */
#include "netlink.h"

struct seen {
	int links, lo_index, mtu, addresses, v4, v6, rules, local;
};

static void see_link(struct nlmsghdr *header, void *arg)
{
	struct seen *seen = arg;
	struct ifinfomsg *link = NLMSG_DATA(header);
	char *name = attribute_of(header, sizeof(*link), IFLA_IFNAME);

	seen->links++;
	if (header->nlmsg_type == RTM_NEWLINK && name && strcmp(name, "lo") == 0) {
		seen->lo_index = link->ifi_index;
		seen->mtu = *(int *)attribute_of(header, sizeof(*link), IFLA_MTU);
	}
}

static void see_address(struct nlmsghdr *header, void *arg)
{
	struct seen *seen = arg;
	struct ifaddrmsg *fixed = NLMSG_DATA(header);
	unsigned char *address = attribute_of(header, sizeof(*fixed), IFA_ADDRESS);

	seen->addresses++;
	must(header->nlmsg_type == RTM_NEWADDR && address);
	if (fixed->ifa_family == AF_INET && fixed->ifa_index == 1 && address[0] == 127)
		seen->v4 += fixed->ifa_prefixlen == 8 && fixed->ifa_scope == RT_SCOPE_HOST;
	if (fixed->ifa_family == AF_INET6 && fixed->ifa_index == 1 && address[15] == 1)
		seen->v6 += fixed->ifa_prefixlen == 128;
}

static void see_route(struct nlmsghdr *header, void *arg)
{
	struct seen *seen = arg;
	struct rtmsg *route = NLMSG_DATA(header);
	unsigned char *to = attribute_of(header, sizeof(*route), RTA_DST);

	if (route->rtm_table == RT_TABLE_LOCAL && route->rtm_type == RTN_LOCAL && route->rtm_dst_len == 8)
		seen->local += to && to[0] == 127;
}

static void dumps(void)
{
	struct rtgenmsg any = {AF_UNSPEC}, v4 = {AF_INET}, v6 = {AF_INET6};
	struct seen seen = {0};
	struct request request;
	int fd;

	own_network(-1);
	fd = make(0);
	own_network(fd);
	begin(&request, RTM_GETLINK, NLM_F_DUMP, &any, sizeof(any));
	ok(dump(fd, &request, see_link, &seen) >= 1, "devices");
	is_int(seen.lo_index, 1, "lo is the first");
	is_int(seen.mtu, 65536, "its MTU");
	begin(&request, RTM_GETADDR, NLM_F_DUMP, &any, sizeof(any));
	ok(dump(fd, &request, see_address, &seen) >= 2, "addresses");
	is_int(seen.v4, 1, "127.0.0.1/8");
	is_int(seen.v6, 1, "::1/128");
	memset(&seen, 0, sizeof(seen));
	begin(&request, RTM_GETADDR, NLM_F_DUMP, &v4, sizeof(v4));
	ok(dump(fd, &request, see_address, &seen) >= 1, "those of IPv4");
	is_int(seen.v4 * 10 + seen.v6, 10, "alone");
	begin(&request, RTM_GETADDR, NLM_F_DUMP, &v6, sizeof(v6));
	ok(dump(fd, &request, see_address, &seen) >= 1, "those of IPv6");
	is_int(seen.v4 * 10 + seen.v6, 11, "alone");
	begin(&request, RTM_GETROUTE, NLM_F_DUMP, &v4, sizeof(v4));
	ok(dump(fd, &request, see_route, &seen) >= 3, "routes");
	is_int(seen.local, 1, "127.0.0.0/8 is local");
	struct rtmsg rule = {.rtm_family = AF_INET};
	begin(&request, RTM_GETRULE, NLM_F_DUMP, &rule, sizeof(rule));
	is_int(dump(fd, &request, NULL, NULL), 3, "rules");
	struct ndmsg neighbour = {.ndm_family = AF_UNSPEC};
	begin(&request, RTM_GETNEIGH, NLM_F_DUMP, &neighbour, sizeof(neighbour));
	ok(dump(fd, &request, NULL, NULL) >= 0, "neighbours");
	close(fd);
}

static void libraries(void)
{
	struct ifaddrs *list, *one;
	int v4 = 0, v6 = 0, links = 0, fd;

	own_network(-1);
	fd = make(0);
	own_network(fd);
	close(fd);
	is_int(getifaddrs(&list), 0, "getifaddrs");
	for (one = list; one; one = one->ifa_next) {
		if (strcmp(one->ifa_name, "lo") != 0 || !one->ifa_addr)
			continue;
		links += one->ifa_addr->sa_family == AF_PACKET;
		v6 += one->ifa_addr->sa_family == AF_INET6;
		if (one->ifa_addr->sa_family == AF_INET)
			v4 += ((struct sockaddr_in *)one->ifa_addr)->sin_addr.s_addr == htonl(INADDR_LOOPBACK);
	}
	is_int(links * 100 + v4 * 10 + v6, 111, "lo: a device, 127.0.0.1, ::1");
	freeifaddrs(list);
	struct if_nameindex *names = if_nameindex();
	ok(names && names[0].if_index == 1 && strcmp(names[0].if_name, "lo") == 0, "if_nameindex");
	if_freenameindex(names);
}

static void one_link(void)
{
	struct ifinfomsg by_index = {.ifi_index = 1}, by_name = {0};
	struct nlmsghdr *header = (void *)answer;
	struct rtmsg way = {.rtm_family = AF_INET, .rtm_dst_len = 32};
	unsigned char to[4] = {127, 0, 0, 5};
	struct request request;
	int fd;

	own_network(-1);
	fd = make(0);
	own_network(fd);
	begin(&request, RTM_GETLINK, 0, &by_index, sizeof(by_index));
	put(fd, &request);
	ok(receive(fd) > 0 && header->nlmsg_type == RTM_NEWLINK, "a device by its index");
	is_int(header->nlmsg_flags & NLM_F_MULTI, 0, "alone");
	is_int(receive(fd), -EAGAIN, "without an acknowledgement");
	begin(&request, RTM_GETLINK, NLM_F_ACK, &by_name, sizeof(by_name));
	add(&request, IFLA_IFNAME, "lo", 3);
	put(fd, &request);
	ok(receive(fd) > 0 && header->nlmsg_type == RTM_NEWLINK, "by its name");
	is_int(acknowledged(fd), 0, "with one");
	begin(&request, RTM_GETLINK, 0, &by_name, sizeof(by_name));
	add(&request, IFLA_IFNAME, "nowhere0", 9);
	is_int(ask(fd, &request), -ENODEV, "a name that nobody has");
	begin(&request, RTM_GETROUTE, 0, &way, sizeof(way));
	add(&request, RTA_DST, to, sizeof(to));
	put(fd, &request);
	ok(receive(fd) > 0 && header->nlmsg_type == RTM_NEWROUTE, "the way to 127.0.0.5");
	is_int(((struct rtmsg *)NLMSG_DATA(header))->rtm_type, RTN_LOCAL, "stays here");
	close(fd);
}

static void changes(void)
{
	struct ifaddrmsg fixed = {.ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = 1};
	struct ifinfomsg link = {.ifi_index = 1, .ifi_change = IFF_UP};
	unsigned char address[4] = {10, 1, 2, 3};
	struct nlmsghdr *header = (void *)answer;
	struct request request;
	int fd, listener;

	own_network(-1);
	fd = make(0);
	listener = make(0);
	own_network(fd);
	must(bind_to(listener, 0, RTMGRP_LINK | RTMGRP_IPV4_IFADDR) == 0);
	begin(&request, RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &fixed, sizeof(fixed));
	add(&request, IFA_LOCAL, address, sizeof(address));
	add(&request, IFA_ADDRESS, address, sizeof(address));
	is_int(ask(fd, &request), 0, "a new address");
	ok(receive(listener) > 0 && header->nlmsg_type == RTM_NEWADDR, "is told");
	is_int((int)header->nlmsg_pid, (int)port_of(fd), "by whom");
	is_int(ask(fd, &request), -EEXIST, "the same again");
	request.header.nlmsg_type = RTM_DELADDR;
	request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO;
	put(fd, &request);
	ok(receive(fd) > 0 && header->nlmsg_type == RTM_DELADDR, "its end, as an echo");
	is_int(acknowledged(fd), 0, "is acknowledged");
	ok(receive(listener) > 0 && header->nlmsg_type == RTM_DELADDR, "and told");
	request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	is_int(ask(fd, &request), -EADDRNOTAVAIL, "it is gone");
	begin(&request, RTM_NEWLINK, NLM_F_ACK, &link, sizeof(link));
	is_int(ask(fd, &request), 0, "lo goes down");
	ok(receive(listener) > 0 && header->nlmsg_type == RTM_NEWLINK, "that is told");
	is_int((int)((struct ifinfomsg *)NLMSG_DATA(header))->ifi_flags & IFF_UP, 0, "with its flags");
	while (receive(listener) > 0)
		;
	link.ifi_flags = IFF_UP;
	begin(&request, RTM_NEWLINK, NLM_F_ACK, &link, sizeof(link));
	is_int(ask(fd, &request), 0, "and up");
	ok(receive(listener) > 0 && header->nlmsg_type == RTM_NEWLINK, "that is told");
	pid_t child;
	if (in_child(&child)) {
		become_user(1000);
		must(ask(fd, &request) == -EPERM);
		_exit(0);
	}
	is_exited(child, 0, "only the privileged may");
	close(fd);
	close(listener);
}

static const struct tap_case cases[] = {
	{"dumps", dumps, 0},
	{"libraries", libraries, 0},
	{"one_link", one_link, 0},
	{"changes", changes, 0},
};

TAP_MAIN(cases)
