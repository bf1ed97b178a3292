/*
 * What /proc/net tells of sockets of AF_INET and AF_INET6.
 */
#include "inet.h"

#include <net/if.h>

static char text[1 << 20];

/* The line of `file` that begins, behind its number, with these ends; null: none. Its end is cut off. */
static char *line_of(const char *file, const char *ends)
{
	char *at, *end;

	must(read_text(file, text, sizeof(text)) > 0);
	at = strstr(text, ends);
	if (!at)
		return NULL;
	end = strchr(at, '\n');
	must(end);
	*end = 0;
	return at + strlen(ends);
}

static unsigned long inode_of(int fd)
{
	struct stat st;

	must(fstat(fd, &st) == 0);
	return st.st_ino;
}

/* State, queues, user, inode. */
static void tells(const char *file, const char *ends, unsigned state, unsigned long tx, unsigned long rx, int fd)
{
	unsigned got_state, uid;
	unsigned long got_tx, got_rx, ino;
	char *line = line_of(file, ends);

	is_int(line != NULL, 1, "%s has %s", file, ends);
	if (!line)
		return;
	is_int(sscanf(line, " %2x %8lx:%8lx %*x:%*x %*x %u %*d %lu", &got_state, &got_tx, &got_rx, &uid, &ino), 5,
	       "%s: %s", ends, line);
	is_int(got_state, state, "its state");
	is_int(got_tx, tx, "what is to be sent");
	is_int(got_rx, rx, "what is to be read");
	is_int(ino, fd < 0 ? 0 : inode_of(fd), "its inode");
}

static void streams(void)
{
	int listener = listener_of(AF_INET, 5), s[2];
	char ends[80], c;

	snprintf(ends, sizeof(ends), ": 0100007F:%04X 00000000:0000", port_of(listener));
	tells("/proc/net/tcp", ends, 10, 0, 0, listener);
	must(connect_to(s[0] = socket(AF_INET, SOCK_STREAM, 0), loop_of(AF_INET, port_of(listener))) == 0);
	wait_events(listener, POLLIN);
	tells("/proc/net/tcp", ends, 10, 0, 1, listener);
	s[1] = accept(listener, NULL, NULL);
	must(write(s[0], "1234567", 7) == 7);
	wait_events(s[1], POLLIN);
	snprintf(ends, sizeof(ends), ": 0100007F:%04X 0100007F:%04X", port_of(s[1]), port_of(s[0]));
	tells("/proc/net/tcp", ends, 1, 0, 7, s[1]);
	must(read(s[1], text, 7) == 7);
	close(s[1]);
	must(read(s[0], &c, 1) == 0);
	close(s[0]);
	while (!line_of("/proc/net/tcp", ends))
		sleep_ms(1);
	tells("/proc/net/tcp", ends, 6, 0, 0, -1);
	listener = listener_of(AF_INET6, 5);
	snprintf(ends, sizeof(ends), ": 00000000000000000000000001000000:%04X 00000000000000000000000000000000:0000",
		 port_of(listener));
	tells("/proc/net/tcp6", ends, 10, 0, 0, listener);
	is_int(line_of("/proc/net/tcp", ends) == NULL, 1, "IPv4's file has none of IPv6");
	close(listener);
	is_int(line_of("/proc/net/tcp6", ends) == NULL, 1, "nor any when it is closed");
}

static void datagrams(void)
{
	int fd = bound_socket(AF_INET, SOCK_DGRAM), fd6 = bound_socket(AF_INET6, SOCK_DGRAM);
	char ends[80];

	snprintf(ends, sizeof(ends), ": 0100007F:%04X 00000000:0000", port_of(fd));
	tells("/proc/net/udp", ends, 7, 0, 0, fd);
	snprintf(ends, sizeof(ends), ": 00000000000000000000000001000000:%04X 00000000000000000000000000000000:0000",
		 port_of(fd6));
	tells("/proc/net/udp6", ends, 7, 0, 0, fd6);
	must(connect_to(fd, loop_of(AF_INET, 9)) == 0);
	snprintf(ends, sizeof(ends), ": 0100007F:%04X 0100007F:0009", port_of(fd));
	tells("/proc/net/udp", ends, 1, 0, 0, fd);
	must(read_text("/proc/net/tcp", text, sizeof(text)) >= 150);
	is_int(text[149], '\n', "lines of 149 columns");
	must(read_text("/proc/net/udp", text, sizeof(text)) >= 128);
	is_int(text[127], '\n', "lines of 127 columns");
	must(read_text("/proc/net/sockstat", text, sizeof(text)) > 0);
	is_int(strncmp(text, "sockets: used ", 14), 0, "sockstat");
	is_int(strstr(text, "\nUDP: inuse ") != NULL, 1, "tells of UDP");
	must(read_text("/proc/net/protocols", text, sizeof(text)) > 0);
	is_int(strstr(text, "\nTCP ") != NULL, 1, "protocols");
}

static void settings(void)
{
	int first, last;

	must(read_text("/proc/sys/net/ipv4/ip_local_port_range", text, sizeof(text)) > 0);
	is_int(sscanf(text, "%d\t%d\n", &first, &last), 2, "ip_local_port_range");
	is_int(first > 0 && first <= last, 1, "is a range");
	is_int(write_text("/proc/sys/net/ipv4/ip_local_port_range", "2000 1000"), -EINVAL, "not one that is none");
	is_int(write_text("/proc/sys/net/ipv4/ip_local_port_range", "x"), -EINVAL, "nor a word");
	is_int(write_text("/proc/sys/net/ipv4/ip_local_port_range", text), strlen(text), "what it was it may be");
	must(read_text("/proc/sys/net/ipv4/tcp_keepalive_time", text, sizeof(text)) > 0);
	is_int(atoi(text), get_int(socket(AF_INET, SOCK_STREAM, 0), IPPROTO_TCP, TCP_KEEPIDLE), "tcp_keepalive_time");
	must(read_text("/proc/sys/net/ipv4/tcp_rmem", text, sizeof(text)) > 0);
	is_int(sscanf(text, "%*d %d", &first), 1, "tcp_rmem");
	is_int(get_int(socket(AF_INET, SOCK_STREAM, 0), SOL_SOCKET, SO_RCVBUF), first, "is what a socket has");
}

/* lo, by the older way of asking. */
static void devices(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq request = {.ifr_name = "lo"};
	struct ifconf list = {.ifc_len = sizeof(text), .ifc_buf = text};
	int found = 0;

	is_int(ioctl(fd, SIOCGIFINDEX, &request), 0, "SIOCGIFINDEX");
	is_int(request.ifr_ifindex, 1, "lo is the first");
	is_int(ioctl(fd, SIOCGIFFLAGS, &request), 0, "SIOCGIFFLAGS");
	is_int(request.ifr_flags & (IFF_UP | IFF_LOOPBACK), IFF_UP | IFF_LOOPBACK, "up, and a loopback");
	is_int(ioctl(fd, SIOCGIFADDR, &request), 0, "SIOCGIFADDR");
	is_int(ntohl(((struct sockaddr_in *)(void *)&request.ifr_addr)->sin_addr.s_addr), INADDR_LOOPBACK, "127.0.0.1");
	is_int(ioctl(fd, SIOCGIFNETMASK, &request), 0, "SIOCGIFNETMASK");
	is_int(ntohl(((struct sockaddr_in *)(void *)&request.ifr_addr)->sin_addr.s_addr), 0xff000000, "255.0.0.0");
	is_int(ioctl(fd, SIOCGIFMTU, &request), 0, "SIOCGIFMTU");
	is_int(request.ifr_mtu, 65536, "of lo");
	is_int(ioctl(fd, SIOCGIFHWADDR, &request), 0, "SIOCGIFHWADDR");
	is_int(request.ifr_hwaddr.sa_family, 772, "ARPHRD_LOOPBACK");
	request.ifr_ifindex = 1;
	is_int(ioctl(fd, SIOCGIFNAME, &request), 0, "SIOCGIFNAME");
	is_str(request.ifr_name, "lo", "of index 1");
	is_int(raw(SYS_ioctl, fd, SIOCGIFCONF, &list), 0, "SIOCGIFCONF");
	for (unsigned i = 0; i < (unsigned)list.ifc_len / sizeof(struct ifreq); i++)
		found |= strcmp(list.ifc_req[i].ifr_name, "lo") == 0;
	is_int(found, 1, "has lo");
	strcpy(request.ifr_name, "none0");
	is_int(raw(SYS_ioctl, fd, SIOCGIFFLAGS, &request), -ENODEV, "a device that is not there");
	is_int(raw(SYS_ioctl, fd, SIOCGIFFLAGS, (void *)1), -EFAULT, "asked from nowhere");
	must(read_text("/proc/net/dev", text, sizeof(text)) > 0);
	is_int(strstr(text, "\n    lo: ") != NULL, 1, "/proc/net/dev has lo");
	is_int(line_of("/proc/net/if_inet6", "00000000000000000000000000000001 01 80 10 80       lo") != NULL, 1,
	       "/proc/net/if_inet6 has ::1");
	is_int(if_nametoindex("lo"), 1, "if_nametoindex");
}

static const struct tap_case cases[] = {
	{"streams", streams, 0}, {"datagrams", datagrams, 0}, {"settings", settings, 0}, {"devices", devices, 0}};

TAP_MAIN(cases)
