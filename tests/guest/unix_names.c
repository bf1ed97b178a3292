/*
 * Names of sockets: paths, abstract names, those the kernel chooses.
 */
#include "unix_name.h"

static const struct name unnamed = {.a.sun_family = AF_UNIX, .bytes = 2};

static void paths(void)
{
	struct name n = path_name("sock"), other = path_name("other"), cut;
	int a = make(SOCK_STREAM), b = make(SOCK_STREAM);
	struct stat st;

	is_name(a, 0, unnamed, "a fresh one has no name");
	umask(027);
	is_int(do_bind(a, n), 0, "bind");
	must(stat("sock", &st) == 0);
	ok(S_ISSOCK(st.st_mode) && (st.st_mode & 07777) == 0750, "a node with the umask's mode (%o)", st.st_mode);
	is_name(a, 0, n, "its name");
	is_int(do_bind(a, other), -EINVAL, "one name is enough");
	is_int(access("other", F_OK), -1, "and nothing was made");
	is_int(do_bind(a, n), -EADDRINUSE, "not even the same");
	is_int(do_bind(b, n), -EADDRINUSE, "the name is in use");
	is_int(raw(SYS_open, "sock", O_RDWR, 0), -ENXIO, "the node cannot be opened");
	is_int(raw(SYS_open, "sock", O_PATH, 0) >= 0, 1, "but for its path");
	is_int(do_connect(b, n), -ECONNREFUSED, "nobody listens");
	must(listen(a, 5) == 0);
	is_int(do_connect(make(SOCK_DGRAM), n), -EPROTOTYPE, "another type");
	is_int(do_connect(b, n), 0, "connect");
	is_name(b, 1, n, "the peer's name");
	must(rename("sock", "moved") == 0);
	is_int(do_connect(make(SOCK_STREAM), path_name("moved")), 0, "a node that was moved leads to the same");
	is_int(do_connect(make(SOCK_STREAM), n), -ENOENT, "the old name leads nowhere");
	is_name(a, 0, n, "but is told");
	must(symlink("moved", "link") == 0 && symlink("nowhere", "dangling") == 0);
	is_int(do_connect(make(SOCK_STREAM), path_name("link")), 0, "through a link");
	is_int(do_bind(make(SOCK_STREAM), path_name("dangling")), -EADDRINUSE, "a link is in use, even to nowhere");
	must(unlink("moved") == 0);
	is_int(do_bind(make(SOCK_STREAM), path_name("moved")), 0, "a name that was removed is free");
	close(a);
	is_int(do_connect(make(SOCK_STREAM), path_name("moved")), -ECONNREFUSED, "and leads to the new one");
	is_int(do_bind(make(SOCK_STREAM), path_name("moved")), -EADDRINUSE, "a node stays when its socket has gone");
	must(write_text("plain", "x") == 1);
	is_int(do_connect(make(SOCK_STREAM), path_name("plain")), -ECONNREFUSED, "a plain file");
	is_int(do_connect(make(SOCK_STREAM), path_name("plain/x")), -ENOTDIR, "a name below it");
	is_int(do_bind(make(SOCK_STREAM), path_name("none/x")), -ENOENT, "a directory that is not there");
	cut = path_name("cut-here-and-not-there");
	cut.bytes = BASE + 8;
	is_int(do_bind(a = make(SOCK_STREAM), cut), 0, "a name without its zero");
	is_name(a, 0, path_name("cut-here"), "is told with one");
}

static void long_names(void)
{
	struct name n = {.a.sun_family = AF_UNIX};
	socklen_t bytes = 5;
	int a = make(SOCK_STREAM);
	struct sockaddr_un got;

	memset(n.a.sun_path, 'l', sizeof(n.a.sun_path));
	n.bytes = sizeof(n.a);
	is_int(do_bind(a, n), 0, "108 bytes without a zero");
	is_int(access("llllllllll", F_OK), -1, "is one name");
	n.bytes++;
	is_int(do_bind(make(SOCK_STREAM), n), -EINVAL, "109 are too many");
	n.bytes = 2;
	n.a.sun_family = AF_INET;
	is_int(do_bind(make(SOCK_STREAM), n), -EINVAL, "another family");
	n.bytes = 50;
	is_int(do_bind(make(SOCK_STREAM), n), -EINVAL, "with a name");
	is_int(raw(SYS_bind, a, &n.a, -1), -EINVAL, "a negative length");
	is_int(raw(SYS_bind, a, &n.a, 129), -EINVAL, "a long one");
	is_int(raw(SYS_bind, a, 8, 20), -EFAULT, "a name nowhere");
	is_int(raw(SYS_getsockname, a, &got, &bytes), 0, "a name that is cut");
	is_int(bytes, 2 + 108 + 1, "tells its length");
	bytes = (socklen_t)-1;
	is_int(raw(SYS_getsockname, a, &got, &bytes), -EINVAL, "a negative room");
	is_int(raw(SYS_getpeername, a, &got, &bytes), -ENOTCONN, "no peer");
}

static void abstract(void)
{
	struct name n = abstract_name("a"), longer = abstract_name("a");
	int a = listening(SOCK_STREAM, n, 5), b = make(SOCK_STREAM);

	is_name(a, 0, n, "the name as it was given");
	is_int(do_bind(b, n), -EADDRINUSE, "is in use");
	longer.bytes++;
	is_int(do_bind(b, longer), 0, "with a zero more it is another");
	is_int(do_bind(b, longer), -EINVAL, "one name is enough");
	is_int(do_bind(make(SOCK_DGRAM), n), 0, "each type has names of its own");
	is_int(do_connect(b, n), 0, "connect");
	is_int(do_connect(make(SOCK_SEQPACKET), n), -ECONNREFUSED, "another type finds nobody");
	close(a);
	is_int(do_connect(make(SOCK_STREAM), n), -ECONNREFUSED, "the name goes with the socket");
	is_int(do_bind(make(SOCK_STREAM), n), 0, "and is free again");
}

static void chosen(void)
{
	struct sockaddr_un got;
	socklen_t bytes = sizeof(got);
	int a = make(SOCK_DGRAM), digits = 0;

	is_int(raw(SYS_bind, a, &unnamed.a, 2), 0, "bind without a name");
	must(getsockname(a, (void *)&got, &bytes) == 0);
	is_int(bytes, 8, "is given one of five digits");
	for (int i = 1; i < 6; i++)
		digits += !!strchr("0123456789abcdef", got.sun_path[i]);
	ok(got.sun_path[0] == 0 && digits == 5, "\"%.5s\"", got.sun_path + 1);
	is_int(raw(SYS_bind, a, &unnamed.a, 2), 0, "a second time does nothing");
}

static void rights(void)
{
	pid_t pid;
	int a = listening(SOCK_STREAM, path_name("sock"), 5);

	(void)a;
	must(chmod("sock", 0600) == 0 && chmod(".", 0755) == 0);
	if (getuid() != 0) {
		skip("rights", "of root alone");
		return;
	}
	if (in_child(&pid)) {
		become_user(1000);
		is_int(do_connect(make(SOCK_STREAM), path_name("sock")), -EACCES, "a node that may not be written");
		is_int(do_bind(make(SOCK_STREAM), path_name("mine")), -EACCES, "a directory that may not");
		_exit(tap.failed);
	}
	is_exited(pid, 0, "as a user");
	must(chmod("sock", 0622) == 0);
	if (in_child(&pid)) {
		become_user(1000);
		is_int(do_connect(make(SOCK_STREAM), path_name("sock")), 0, "one that may");
		_exit(tap.failed);
	}
	is_exited(pid, 0, "as a user");
}

static const struct tap_case cases[] = {
	{"paths", paths, 0},   {"long_names", long_names, 0}, {"abstract", abstract, 0},
	{"chosen", chosen, 0}, {"rights", rights, 0},
};

TAP_MAIN(cases)
