/* User and group ids, capabilities' effect on them, names of the system, random bytes, prctl, arch_prctl. */
#include "guest.h"

#include <sys/prctl.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

static int ids_are(unsigned real, unsigned effective, unsigned saved)
{
	uid_t r, e, s;

	must(getresuid(&r, &e, &s) == 0);
	return r == real && e == effective && s == saved;
}

static void processes(void)
{
	is_int(raw(SYS_getpid), raw(SYS_gettid), "the first thread's id is the process's");
	is_int(raw(SYS_getpgid, 0), raw(SYS_getpgrp), "getpgid(0) is getpgrp()");
	ok(raw(SYS_getppid) > 0 && raw(SYS_getppid) != raw(SYS_getpid), "getppid");
	ok(raw(SYS_getsid, 0) > 0, "getsid");
	is_int(raw(SYS_set_tid_address, 0), raw(SYS_gettid), "set_tid_address returns the thread's id");
}

static void users(void)
{
	pid_t pid;

	ok(ids_are(0, 0, 0), "root at the start");
	if (in_child(&pid)) {
		must(setuid(1000) == 0 && ids_are(1000, 1000, 1000));
		must(setuid(0) == -1 && errno == EPERM);
		must(setuid(1000) == 0);
		must(seteuid(0) == -1 && errno == EPERM);
		_exit(0);
	}
	is_exited(pid, 0, "setuid by root changes all three for good");
	if (in_child(&pid)) {
		must(seteuid(1000) == 0 && ids_are(0, 1000, 0));
		must(seteuid(0) == 0 && ids_are(0, 0, 0));
		_exit(0);
	}
	is_exited(pid, 0, "seteuid goes and comes back");
	if (in_child(&pid)) {
		must(setresuid(1, 2, 3) == 0 && ids_are(1, 2, 3));
		must(setresuid((uid_t)-1, 3, (uid_t)-1) == 0 && ids_are(1, 3, 3));
		must(setresuid(4, (uid_t)-1, (uid_t)-1) == -1 && errno == EPERM);
		must(setuid(1) == 0 && ids_are(1, 1, 3));
		_exit(0);
	}
	is_exited(pid, 0, "setresuid: without root only among one's own three");
	if (in_child(&pid)) {
		must(setreuid(10, 20) == 0 && ids_are(10, 20, 20));
		must(setreuid(20, 10) == 0 && ids_are(20, 10, 10));
		_exit(0);
	}
	is_exited(pid, 0, "setreuid swaps");
	is_int(raw(SYS_setfsuid, -1), 0, "setfsuid tells the old one");
}

static void groups(void)
{
	gid_t list[3] = {5, 3, 9}, got[10];
	gid_t r, e, s;
	pid_t pid;

	is_int(setgroups(3, list), 0, "setgroups");
	is_int(getgroups(0, NULL), 3, "their number");
	is_int(getgroups(10, got), 3, "getgroups");
	is_int((int)(got[0] + got[1] + got[2]), 17, "has them");
	fails(getgroups(2, got), EINVAL, "too small a list");
	if (in_child(&pid)) {
		must(getgroups(10, got) == 3);
		must(setgid(7) == 0 && getresgid(&r, &e, &s) == 0 && r == 7 && e == 7 && s == 7);
		must(setuid(1000) == 0);
		must(setgroups(0, NULL) == -1 && errno == EPERM);
		must(setgid(8) == -1 && errno == EPERM);
		must(getgroups(10, got) == 3);
		_exit(0);
	}
	is_exited(pid, 0, "a child inherits them; a user may not change them");
}

/* What a set-user-id copy of the helper, run by a user, says about its ids. */
static const char *run_set_id(int no_new_privileges, char *text, size_t bytes)
{
	char *argv[] = {"start", NULL}, *envp[] = {NULL};
	int fd[2];
	ssize_t n, got = 0;
	pid_t pid;

	must(pipe(fd) == 0);
	if (in_child(&pid)) {
		must(dup2(fd[1], 1) == 1);
		if (no_new_privileges)
			must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
		become_user(1000);
		execve("program", argv, envp);
		_exit(1);
	}
	close(fd[1]);
	while ((n = read(fd[0], text + got, bytes - 1 - (size_t)got)) > 0)
		got += n;
	text[got] = 0;
	must(reap(pid) == 7 << 8);
	return text;
}

static void set_user_id_program(void)
{
	static char block[1 << 16], text[8192];
	int from = open("/tests/help/start", O_RDONLY), to = open("program", O_WRONLY | O_CREAT, 0755);
	ssize_t n;

	must(from >= 0 && to >= 0);
	while ((n = read(from, block, sizeof(block))) > 0)
		must(write(to, block, (size_t)n) == n);
	close(to);
	must(chown("program", 77, 88) == 0 && chmod("program", 06755) == 0 && chmod(".", 0755) == 0);
	run_set_id(0, text, sizeof(text));
	ok(strstr(text, "\naux12 77\n"), "a set-user-id program has its owner's id");
	ok(strstr(text, "\naux11 1000\n"), "beside the caller's");
	ok(strstr(text, "\naux14 88\n"), "and its group's");
	ok(strstr(text, "\naux23 1\n"), "and is told to be careful (AT_SECURE)");
	run_set_id(1, text, sizeof(text));
	ok(strstr(text, "\naux12 1000\n"), "but not after PR_SET_NO_NEW_PRIVS");
}

static void system_names(void)
{
	struct utsname u;
	struct sysinfo info;

	is_int(uname(&u), 0, "uname");
	is_str(u.sysname, "Linux", "the system calls itself Linux");
	is_str(u.machine, "x86_64", "the machine");
	ok(u.release[0] >= '3' && strchr(u.release, '.'), "the release is a number (%s)", u.release);
	ok(u.nodename[0] != 0, "the host has a name");
	is_int(sysinfo(&info), 0, "sysinfo");
	ok(info.totalram > 0 && info.freeram <= info.totalram, "memory");
	ok(info.procs > 0, "processes");
	is_int(info.mem_unit, 1, "in bytes");
}

static void random_bytes(void)
{
	unsigned char a[256], b[256];
	int count[256] = {0}, distinct = 0;

	is_int(raw(SYS_getrandom, a, 256, 0), 256, "getrandom");
	is_int(raw(SYS_getrandom, b, 256, 1 /* NONBLOCK */), 256, "without waiting");
	ok(memcmp(a, b, 256) != 0, "never the same");
	is_int(raw(SYS_getrandom, a, 16, 2 /* RANDOM */), 16, "from the other source");
	for (int i = 0; i < 256; i++)
		count[b[i]]++;
	for (int i = 0; i < 256; i++)
		distinct += count[i] > 0;
	ok(distinct > 100, "256 bytes have many values (%d)", distinct);
	is_int(raw(SYS_getrandom, a, 0, 0), 0, "no bytes");
}

static void process_controls(void)
{
	char name[16] = {0};
	pid_t pid;

	is_int(prctl(PR_SET_NAME, "a-name-that-is-longer"), 0, "PR_SET_NAME");
	is_int(prctl(PR_GET_NAME, name), 0, "PR_GET_NAME");
	is_str(name, "a-name-that-is-", "fifteen bytes of it");
	is_int(prctl(PR_GET_DUMPABLE), 1, "PR_GET_DUMPABLE");
	is_int(prctl(PR_SET_DUMPABLE, 0), 0, "PR_SET_DUMPABLE");
	is_int(prctl(PR_GET_DUMPABLE), 0, "is told");
	fails(prctl(PR_SET_DUMPABLE, 2), EINVAL, "2 cannot be asked for");
	is_int(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0, "PR_GET_NO_NEW_PRIVS");
	fails(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0), EINVAL, "it can only be set");
	is_int(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0, "to 1");
	if (in_child(&pid))
		_exit(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	is_exited(pid, 1, "and is inherited");
	is_int(prctl(PR_SET_KEEPCAPS, 1), 0, "PR_SET_KEEPCAPS");
	is_int(prctl(PR_GET_KEEPCAPS), 1, "is told");
}

static void segment_bases(void)
{
	unsigned long fs = 0, gs = 1, word;
	static unsigned long block[4] = {11, 22, 33, 44};
	pid_t pid;

	is_int(raw(SYS_arch_prctl, 0x1003, &fs), 0, "ARCH_GET_FS");
	__asm__ volatile("mov %%fs:0, %0" : "=r"(word));
	is_int((long)fs, (long)word, "musl's thread block points at itself");
	is_int(raw(SYS_arch_prctl, 0x1001, block), 0, "ARCH_SET_GS");
	__asm__ volatile("mov %%gs:8, %0" : "=r"(word));
	is_int((long)word, 22, "is used");
	is_int(raw(SYS_arch_prctl, 0x1004, &gs), 0, "ARCH_GET_GS");
	is_int((long)gs, (long)block, "is told");
	if (in_child(&pid)) {
		__asm__ volatile("mov %%gs:16, %0" : "=r"(word));
		_exit((int)word);
	}
	is_exited(pid, 33, "fork keeps it");
	sleep_ms(20);
	sched_yield();
	__asm__ volatile("mov %%gs:24, %0" : "=r"(word));
	is_int((long)word, 44, "a switch keeps it");
}

static const struct tap_case cases[] = {
	{"processes", processes, 0},
	{"users", users, 0},
	{"groups", groups, 0},
	{"set_user_id_program", set_user_id_program, 0},
	{"system_names", system_names, 0},
	{"random_bytes", random_bytes, 0},
	{"process_controls", process_controls, 0},
	{"segment_bases", segment_bases, 0},
};

TAP_MAIN(cases)
