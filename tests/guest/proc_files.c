/* /proc as ps, top and shells read it. */
#include "guest.h"

#include <dirent.h>

static char text[65536];

static long read_proc(const char *name)
{
	char path[100];

	snprintf(path, sizeof(path), "/proc/%s", name);
	return read_text(path, text, sizeof(text));
}

static pid_t sleeper;

static void start_sleeper(void)
{
	char *argv[] = {"sleep", "1000", NULL}, *envp[] = {"COLOUR=blue", "SIZE=7", NULL};
	struct gate gate = gate_make();

	must(fcntl(gate.fd[1], F_SETFD, FD_CLOEXEC) == 0);
	if (in_child(&sleeper)) {
		must(chdir("/bin") == 0);
		execve("/bin/sleep", argv, envp);
		_exit(1);
	}
	close(gate.fd[1]);
	gate_wait(&gate);
	close(gate.fd[0]);
	wait_state(sleeper, 'S');
}

/* Reads /proc/PID/NAME of the sleeper. */
static long of_sleeper(const char *name)
{
	char path[100];

	snprintf(path, sizeof(path), "%d/%s", sleeper, name);
	return read_proc(path);
}

static const char *link_of(const char *name)
{
	static char target[300];
	char path[100];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", sleeper, name);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = 0;
	return target;
}

static void stat_line(void)
{
	char comm[64], state;
	int pid, ppid, pgrp, session, n;
	unsigned long flags, minflt, utime, vsize, start;
	long rss, nice, threads;

	start_sleeper();
	must(of_sleeper("stat") > 0);
	n = sscanf(text,
		   "%d (%60[^)]) %c %d %d %d %*d %*d %lu %lu %*u %*u %*u %lu %*u %*d %*d %*d %ld %ld %*d %lu %lu %ld",
		   &pid, comm, &state, &ppid, &pgrp, &session, &flags, &minflt, &utime, &nice, &threads, &start, &vsize,
		   &rss);
	is_int(n, 14, "stat has its fields");
	is_int(pid, sleeper, "pid");
	is_str(comm, "sleep", "comm");
	is_int(state, 'S', "state");
	is_int(ppid, getpid(), "parent");
	is_int(pgrp, getpgrp(), "group");
	is_int(session, getsid(0), "session");
	is_int(nice, 0, "nice");
	is_int(threads, 1, "threads");
	ok(vsize > 100000 && rss > 0, "sizes (%lu bytes, %ld pages)", vsize, rss);
	n = 0;
	for (char *p = text; *p; p++)
		n += *p == ' ';
	is_int(n, 51, "52 fields in all");
}

static void status_lines(void)
{
	start_sleeper();
	must(of_sleeper("status") > 0);
	ok(strstr(text, "Name:\tsleep\n") == text, "Name");
	ok(strstr(text, "\nState:\tS (sleeping)\n"), "State");
	ok(strstr(text, "\nUid:\t0\t0\t0\t0\n"), "Uid");
	ok(strstr(text, "\nGid:\t0\t0\t0\t0\n"), "Gid");
	ok(strstr(text, "\nThreads:\t1\n"), "Threads");
	ok(strstr(text, "\nVmSize:\t"), "VmSize");
	ok(strstr(text, "\nVmRSS:\t"), "VmRSS");
	ok(strstr(text, "\nSigBlk:\t0000000000000000\n"), "SigBlk");
	ok(strstr(text, "\nvoluntary_ctxt_switches:\t"), "voluntary switches");
	ok(strstr(text, "\nnonvoluntary_ctxt_switches:\t"), "involuntary switches");
	snprintf(text + 30000, 100, "/proc/%d/status", sleeper);
	is_int(proc_number(text + 30000, "Pid"), sleeper, "Pid");
	is_int(proc_number(text + 30000, "PPid"), getpid(), "PPid");
	is_int(proc_number(text + 30000, "Tgid"), sleeper, "Tgid");
}

static void texts(void)
{
	start_sleeper();
	is_int(of_sleeper("cmdline"), 11, "cmdline");
	ok(memcmp(text,
		  "sleep\0"
		  "1000\0",
		  11) == 0,
	   "arguments, each with its end");
	is_int(of_sleeper("comm"), 6, "comm");
	is_str(text, "sleep\n", "with a newline");
	is_int(of_sleeper("environ"), 19, "environ");
	ok(memcmp(text, "COLOUR=blue\0SIZE=7\0", 19) == 0, "each with its end");
	must(of_sleeper("statm") > 0);
	ok(strtol(text, NULL, 10) > 50, "statm: size in pages");
	must(of_sleeper("limits") > 0);
	ok(strstr(text, "Max open files"), "limits: open files");
	ok(strstr(text, "Max stack size            8388608              "), "limits: stack");
	must(of_sleeper("mounts") > 0);
	ok(strstr(text, " / "), "mounts: the root");
	ok(strstr(text, " /proc proc "), "mounts: /proc");
	is_str(link_of("exe"), "/bin/busybox", "exe is the program's file");
	is_str(link_of("cwd"), "/bin", "cwd");
	is_str(link_of("root"), "/", "root");
}

static void maps_lines(void)
{
	unsigned long last = 0;
	int lines = 0, order = 1, stack = 0, executable = 0, both = 0;

	start_sleeper();
	must(of_sleeper("maps") > 0);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		unsigned long from, to;
		char rights[8];
		if (sscanf(line, "%lx-%lx %7s %*x %*x:%*x %*u", &from, &to, rights) != 3)
			continue;
		lines++;
		order &= from >= last && to > from;
		last = to;
		stack += strstr(line, "[stack]") != NULL;
		executable += strstr(line, "/bin/busybox") && rights[2] == 'x';
		both += rights[1] == 'w' && rights[2] == 'x';
	}
	ok(lines >= 5, "maps has lines (%d)", lines);
	ok(order, "in the order of addresses");
	is_int(stack, 1, "one stack");
	ok(executable >= 1, "the program's text");
	is_int(both, 0, "nothing both writable and executable");
}

static void descriptors(void)
{
	char path[64], target[300];
	struct dirent *e;
	DIR *d;
	int found = 0, fd = open("/data/short", O_RDONLY), pipes[2];
	ssize_t n;

	must(fd >= 0 && pipe(pipes) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = 0;
	is_str(target, "/data/short", "fd: the file's path");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", pipes[0]);
	n = readlink(path, target, sizeof(target) - 1);
	target[n > 0 ? n : 0] = 0;
	ok(strncmp(target, "pipe:[", 6) == 0, "of a pipe");
	d = opendir("/proc/self/fd");
	must(d);
	while ((e = readdir(d)))
		found += atoi(e->d_name) == fd || atoi(e->d_name) == pipes[0] || atoi(e->d_name) == pipes[1];
	closedir(d);
	is_int(found, 3, "the directory lists them");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	works(open(path, O_RDONLY), "and opens what they are");
}

static void self(void)
{
	char target[32] = {0}, want[32];

	snprintf(want, sizeof(want), "%d", getpid());
	must(readlink("/proc/self", target, sizeof(target) - 1) > 0);
	is_str(target, want, "/proc/self is the caller");
	fails(open("/proc/999999/stat", O_RDONLY), ENOENT, "nobody's stat");
	fails(open("/proc/none", O_RDONLY), ENOENT, "no such file");
	fails(mkdir("/proc/new", 0700), ENOENT, "nothing can be made in /proc");
	is_int(access("/proc/self/stat", R_OK), 0, "it can be read");
	snprintf(want, sizeof(want), "/proc/self/task/%d/stat", getpid());
	is_int(access(want, R_OK), 0, "task lists the threads");
}

static void listing(void)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	int me = 0, one = 0, numbers = 0;

	must(d);
	while ((e = readdir(d))) {
		int pid = atoi(e->d_name);
		numbers += pid > 0;
		me += pid == getpid();
		one += pid == 1;
	}
	closedir(d);
	is_int(me, 1, "/proc lists the caller");
	is_int(one, 1, "and process 1");
	ok(numbers >= 3, "and others");
}

static void system_files(void)
{
	double up, idle;

	must(read_proc("meminfo") > 0);
	ok(strstr(text, "MemTotal:") == text && strstr(text, "\nMemFree:") && strstr(text, "\nMemAvailable:") &&
		   strstr(text, "\nBuffers:") && strstr(text, "\nCached:") && strstr(text, "\nSwapTotal:"),
	   "meminfo");
	must(read_proc("stat") > 0);
	ok(strncmp(text, "cpu  ", 5) == 0 && strstr(text, "\ncpu0 ") && strstr(text, "\nctxt ") &&
		   strstr(text, "\nbtime ") && strstr(text, "\nprocesses ") && strstr(text, "\nprocs_running "),
	   "stat");
	must(read_proc("uptime") > 0);
	is_int(sscanf(text, "%lf %lf", &up, &idle), 2, "uptime");
	must(read_proc("loadavg") > 0);
	is_int(sscanf(text, "%*f %*f %*f %*d/%*d %lf", &up), 1, "loadavg");
	must(read_proc("version") > 0);
	ok(strstr(text, "version"), "version");
	must(read_proc("cpuinfo") > 0);
	ok(strstr(text, "processor\t: 0\n") && strstr(text, "\nmodel name\t: ") && strstr(text, "\nflags\t\t: "),
	   "cpuinfo");
	must(read_proc("filesystems") > 0);
	ok(strstr(text, "nodev\tproc\n") && strstr(text, "nodev\ttmpfs\n"), "filesystems");
	must(read_proc("mounts") > 0);
	ok(strstr(text, " /proc proc "), "mounts");
	must(read_proc("sys/kernel/pid_max") > 0);
	ok(strtol(text, NULL, 10) >= 32768, "sys/kernel/pid_max");
	must(read_proc("sys/kernel/osrelease") > 0);
	ok(text[0] >= '3', "sys/kernel/osrelease");
}

static void while_dying(void)
{
	/* Somebody lists /proc and reads every stat while processes come and go. */
	pid_t pid;
	int good = 0;

	if (in_child(&pid)) {
		for (int i = 0; i < 400; i++) {
			pid_t child = fork();
			if (child == 0)
				_exit(0);
			if (i % 3)
				waitpid(child, NULL, 0);
		}
		_exit(0);
	}
	while (waitpid(pid, NULL, WNOHANG) == 0) {
		DIR *d = opendir("/proc");
		struct dirent *e;
		must(d);
		while ((e = readdir(d))) {
			char name[300];
			if (atoi(e->d_name) <= 0)
				continue;
			snprintf(name, sizeof(name), "%s/stat", e->d_name);
			read_proc(name);
			snprintf(name, sizeof(name), "%s/status", e->d_name);
			read_proc(name);
			snprintf(name, sizeof(name), "%s/maps", e->d_name);
			read_proc(name);
		}
		closedir(d);
		good++;
	}
	ok(good > 0, "/proc is listed while processes die (%d times)", good);
}

static void pieces(void)
{
	static char whole[65536], again[65536];
	int fd;
	long n, total = 0;

	must(read_proc("self/status") > 0);
	fd = open("/proc/self/maps", O_RDONLY);
	must(fd >= 0);
	while ((n = read(fd, again + total, 7)) > 0)
		total += n;
	must(read_text("/proc/self/maps", whole, sizeof(whole)) > 0);
	again[total] = 0;
	is_int(total, (long)strlen(whole), "maps read seven bytes at a time");
	ok(strcmp(whole, again) == 0, "is the same as read at once");
	is_int(lseek(fd, 0, SEEK_SET), 0, "back to its start");
	is_int(read(fd, again, 10), 10, "it is read again");
	ok(memcmp(again, whole, 10) == 0, "from its start");
}

static const struct tap_case cases[] = {
	{"stat_line", stat_line, 0},   {"status_lines", status_lines, 0}, {"texts", texts, 0},
	{"maps_lines", maps_lines, 0}, {"descriptors", descriptors, 0},   {"self", self, 0},
	{"listing", listing, 0},       {"system_files", system_files, 0}, {"while_dying", while_dying, 0},
	{"pieces", pieces, 0},
};

TAP_MAIN(cases)
