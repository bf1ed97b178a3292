/* Smaller files of /proc: children of threads, timers, timerslack_ns, cgroup, buddyinfo, zoneinfo; drop_caches;
 * ioctl_ns(2). */
#include "guest.h"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>

#define NS_GET_USERNS    0xb701
#define NS_GET_PARENT    0xb702
#define NS_GET_NSTYPE    0xb703
#define NS_GET_OWNER_UID 0xb704

static char text[8192];

static const char *own(const char *format, int number)
{
	char path[100];

	snprintf(path, sizeof(path), format, number);
	must(read_text(path, text, sizeof(text)) >= 0);
	return text;
}

static int make_child(void *p)
{
	pid_t *made = p;
	pid_t pid;

	if (in_child(&pid)) {
		pause();
		_exit(0);
	}
	*made = pid;
	while (*(volatile pid_t *)made == pid)
		usleep(1000);
	return 0;
}

static void children(void)
{
	pid_t pid[2];
	volatile pid_t by_thread = 0;
	struct thread thread;
	char want[40], path[100];

	is_str(own("/proc/self/task/%d/children", getpid()), "", "no children");
	for (int i = 0; i < 2; i++) {
		if (in_child(&pid[i])) {
			pause();
			_exit(0);
		}
	}
	snprintf(want, sizeof(want), "%d %d ", (int)pid[0], (int)pid[1]);
	is_str(own("/proc/self/task/%d/children", getpid()), want, "two, the elder first");
	int tid = thread_start(&thread, make_child, (void *)&by_thread);
	must(tid > 0);
	while (!by_thread)
		usleep(1000);
	is_str(own("/proc/self/task/%d/children", getpid()), want, "a thread's child is no other's");
	snprintf(want, sizeof(want), "%d ", (int)by_thread);
	is_str(own("/proc/self/task/%d/children", tid), want, "but its own");
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid[0], (int)pid[0]);
	is_str(own(path, 0), "", "a child has none");
	pid_t third = by_thread;
	kill(pid[0], SIGKILL);
	reap(pid[0]);
	snprintf(want, sizeof(want), "%d ", (int)pid[1]);
	is_str(own("/proc/self/task/%d/children", getpid()), want, "one is gone");
	by_thread = 0;
	thread_join(&thread);
	kill(pid[1], SIGKILL);
	kill(third, SIGKILL);
	reap(pid[1]);
	reap(third);
}

static void timers(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 60};
	char want[1000];
	int id;

	is_str(own("/proc/self/timers", 0), "", "no timers");
	event.sigev_value.sival_ptr = (void *)0x12345678;
	must(syscall(SYS_timer_create, CLOCK_REALTIME, &event, &id) == 0);
	event = (struct sigevent){.sigev_notify = SIGEV_NONE};
	must(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &id) == 0);
	event = (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
	must(syscall(SYS_timer_create, CLOCK_PROCESS_CPUTIME_ID, &event, &id) == 0);
	event = (struct sigevent){.sigev_notify = 4 /* SIGEV_THREAD_ID */, .sigev_signo = SIGUSR2};
	((int *)&event)[4] = (int)syscall(SYS_gettid);
	must(syscall(SYS_timer_create, CLOCK_THREAD_CPUTIME_ID, &event, &id) == 0);
	snprintf(want, sizeof(want),
		 "ID: 3\nsignal: 12/0000000000000000\nnotify: signal/tid.%1$d\nClockID: -2\n"
		 "ID: 2\nsignal: 10/0000000000000000\nnotify: signal/pid.%1$d\nClockID: -6\n"
		 "ID: 1\nsignal: 0/0000000000000000\nnotify: none/pid.%1$d\nClockID: 1\n"
		 "ID: 0\nsignal: 60/0000000012345678\nnotify: signal/pid.%1$d\nClockID: 0\n",
		 (int)getpid());
	is_str(own("/proc/self/timers", 0), want, "four, the youngest first");
	must(syscall(SYS_timer_delete, 2) == 0 && syscall(SYS_timer_delete, 3) == 0 &&
	     syscall(SYS_timer_delete, 1) == 0);
	is_str(own("/proc/self/timers", 0), strstr(want, "ID: 0"), "one is left");
}

static void slack(void)
{
	pid_t pid;
	char path[60];

	is_str(own("/proc/self/timerslack_ns", 0), "50000\n", "what a process has");
	is_int(write_text("/proc/self/timerslack_ns", "70000\n"), 6, "it takes another");
	is_int(prctl(PR_GET_TIMERSLACK), 70000, "as prctl says");
	is_int(write_text("/proc/self/timerslack_ns", "0"), 1, "0 goes back");
	is_int(prctl(PR_GET_TIMERSLACK), 50000, "to the first");
	is_int(write_text("/proc/self/timerslack_ns", "x"), -EINVAL, "no number");
	snprintf(path, sizeof(path), "/proc/%d/timerslack_ns", (int)getpid());
	if (in_child(&pid)) {
		become_user(1000);
		int fd = open(path, O_RDWR);
		_exit(fd < 0 || read(fd, text, 10) >= 0 || errno != EPERM || write(fd, "1", 1) >= 0 || errno != EPERM);
	}
	is_int(reap(pid), 0, "another's is for who may");
	is_str(own("/proc/self/timerslack_ns", 0), "50000\n", "and unchanged");
}

/* How many numbers stand behind the 22 columns of names; -1: it has another form. */
static int columns(char *line, long *blocks)
{
	char *at = line + 22, *end;
	int count = 0;

	if (strncmp(line, "Node 0, zone ", 13) != 0)
		return -1;
	for (;; count++, at = end) {
		long value = strtol(at, &end, 10);
		if (end == at)
			return count;
		*blocks += value << count;
	}
}

static void pages(void)
{
	char *line, *rest;
	long blocks = 0, free_kib;
	int rows = 0;

	free_kib = proc_number("/proc/meminfo", "MemFree");
	own("/proc/buddyinfo", 0);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest), rows++) {
		if (columns(line, &blocks) != 11)
			break;
	}
	ok(rows > 0 && !line, "buddyinfo has eleven orders");
	/* Memory that a host has lent but not given yet is free on Linux and in no block. */
	ok(blocks * 4 <= free_kib + 8192 && (!is_namu() || blocks * 4 >= free_kib - 8192),
	   "which are the free pages: %ld of %ld KiB", blocks * 4, free_kib);
	must(read_text("/proc/zoneinfo", text, sizeof(text)) > 0);
	ok(strstr(text, "Node 0, zone ") && strstr(text, "\n  pages free ") && strstr(text, "\n        managed "),
	   "zoneinfo has its fields");
}

static void groups(void)
{
	own("/proc/self/cgroup", 0);
	ok(strncmp(text, "0::/", 4) == 0 || strstr(text, "\n0::/"), "the group in the one hierarchy");
	own("/proc/cgroups", 0);
	ok(strncmp(text, "#subsys_name\thierarchy\tnum_cgroups\tenabled\n", 43) == 0, "controllers");
}

static void namespaces(void)
{
	static const struct {
		const char *path;
		int flag;
	} kinds[] = {{"/proc/self/ns/mnt", CLONE_NEWNS}, {"/proc/self/ns/ipc", CLONE_NEWIPC}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int fd = open(kinds[i].path, O_RDONLY), uid, owner;

		must(fd >= 0);
		is_int(ioctl(fd, NS_GET_NSTYPE), kinds[i].flag, kinds[i].path);
		fails(ioctl(fd, NS_GET_PARENT), EINVAL, "it has no parent");
		fails(ioctl(fd, NS_GET_OWNER_UID, &uid), EINVAL, "it is not one of users");
		owner = ioctl(fd, NS_GET_USERNS);
		ok(owner >= 0 || errno == EPERM, "whose it is, unless there are none");
		fails(ioctl(fd, 0xb7ff), ENOTTY, "an unknown question");
		close(fd);
	}
}

static long names_kept(void)
{
	return proc_number("/proc/namu/resources", "dentries");
}

static void drops(void)
{
	char path[40];
	int fd;
	long most;

	fd = open("/proc/sys/vm/drop_caches", O_WRONLY);
	must(fd >= 0);
	fails(write(fd, "0\n", 2), EINVAL, "nothing to drop");
	fails(write(fd, "x\n", 2), EINVAL, "no number");
	if (!is_namu()) {
		skip("dropping names", "the host's other programs want theirs");
		close(fd);
		return;
	}
	is_int(write(fd, "2\n", 2), 2, "names are dropped");
	long before = names_kept();
	for (int i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "/tmp/a name of nobody %d", i);
		must(link("/proc", path) < 0 && errno == EXDEV);
	}
	most = names_kept();
	ok(most >= before + 100, "names that came to nothing are kept: %ld, %ld", before, most);
	is_int(write(fd, "3\n", 2), 2, "once more");
	ok(names_kept() <= before, "they are gone: %ld", names_kept());
	close(fd);
	ok(access("/tmp", W_OK) == 0 && access("/proc/self/stat", R_OK) == 0, "what is there is found again");
}

static const struct tap_case cases[] = {
	{"children", children, 0}, {"timers", timers, 0},         {"slack", slack, 0}, {"pages", pages, 0},
	{"groups", groups, 0},     {"namespaces", namespaces, 0}, {"drops", drops, 0},
};

TAP_MAIN(cases)
