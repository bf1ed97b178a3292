/* Where core dumps go: kernel.core_pattern with its letters, programs behind it, fs.suid_dumpable. */
#include "guest.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#define PATTERN "/proc/sys/kernel/core_pattern"

/* The pattern is the whole machine's: on Linux it is the host's, which tests leave alone. */
static int may_change(void)
{
	if (is_namu())
		return 1;
	skip("the pattern", "it is the host's own");
	return 0;
}

static void set(const char *path, const char *text)
{
	must(write_text(path, text) == (long)strlen(text));
}

static int dump(int makes_secret)
{
	pid_t child;

	if (in_child(&child)) {
		struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
		must(setrlimit(RLIMIT_CORE, &limit) == 0);
		if (makes_secret)
			become_user(1000);
		raw(SYS_kill, raw(SYS_getpid), SIGQUIT);
	}
	int status = reap(child);
	return status == (SIGQUIT | 0x80) ? child : -status;
}

static int exists(const char *format, int number)
{
	char name[200];
	struct stat s;

	snprintf(name, sizeof(name), format, number);
	return lstat(name, &s) == 0 && s.st_size > 4096;
}

static void letters(void)
{
	char text[200];
	int child;

	if (!may_change())
		return;
	must(read_text(PATTERN, text, sizeof(text)) > 0);
	is_str(text, "core\n", "as it is at first");
	set(PATTERN, "a.%p.%e.%s.%%.%u%g%q%");
	child = dump(0);
	ok(child > 0 && exists("a.%d.core_pattern.3.%%.00", child), "the letters of a name");
	set(PATTERN, "%E.%h");
	must(sethostname("a/b", 3) == 0);
	ok(dump(0) > 0 && exists("!tests!core_pattern.a!b", 0), "slashes of others do not lead elsewhere");
	must(sethostname("localhost", 9) == 0);
	set(PATTERN, "core");
	set("/proc/sys/kernel/core_uses_pid", "1");
	child = dump(0);
	ok(child > 0 && exists("core.%d", child), "with the number behind it");
	set(PATTERN, "with.%p");
	child = dump(0);
	ok(child > 0 && exists("with.%d", child), "which is not said twice");
	set("/proc/sys/kernel/core_uses_pid", "0");
	set(PATTERN, "/nowhere/at/all");
	is_int(dump(0), -SIGQUIT, "a directory that is not there");
	must(mkdir("deep", 0700) == 0);
	set(PATTERN, "deep/%p");
	child = dump(0);
	ok(child > 0 && exists("deep/%d", child), "one that is");
	set(PATTERN, "core");
}

/* This program is the handler: it copies its input into a file. */
static void handler(void)
{
	char pattern[300], text[300], cwd[200];
	int child;

	if (!may_change())
		return;
	must(getcwd(cwd, sizeof(cwd)) == cwd);
	snprintf(pattern, sizeof(pattern), "|/bin/sh /handler %%p %%s");
	must(write_text("/handler", "cat >/dumped.$1.$2; id -u >/handler.uid; pwd >>/handler.uid\n") > 0);
	set(PATTERN, pattern);
	child = dump(0);
	ok(child > 0, "a program takes the dump");
	snprintf(text, sizeof(text), "/dumped.%d.3", child);
	for (int i = 0; i < 2000 && !exists("/handler.uid", 0) && read_text("/handler.uid", pattern, 20) < 4; i++)
		sleep_ms(5);
	struct stat s;
	ok(stat(text, &s) == 0 && s.st_size > 8192, "all of it: %ld", (long)s.st_size);
	unlink(text);
	is_str(pattern, "0\n/\n", "as root, in the first directory");
	unlink("/handler.uid");
	set(PATTERN, "|/no/such/program %p");
	is_int(dump(0), -SIGQUIT, "a program that is not there");
	set(PATTERN, "|");
	is_int(dump(0), -SIGQUIT, "none at all");
	set(PATTERN, "|/bin/true");
	int result = dump(0);
	ok(result > 0 || result == -SIGQUIT, "one that does not read does no harm");
	set(PATTERN, "core");
	unlink("/handler");
}

static void suid(void)
{
	struct stat s;

	if (!may_change())
		return;
	must(chmod(".", 0777) == 0);
	is_int(dump(1), -SIGQUIT, "who changed his ids is not dumped");
	set("/proc/sys/fs/suid_dumpable", "1");
	ok(dump(1) > 0 && stat("core", &s) == 0 && s.st_uid == 1000, "unless it is allowed");
	unlink("core");
	set("/proc/sys/fs/suid_dumpable", "2");
	is_int(dump(1), -SIGQUIT, "for root alone it needs a place of its own");
	set(PATTERN, "/secret.core");
	ok(dump(1) > 0 && stat("/secret.core", &s) == 0 && s.st_uid == 0, "where root owns it");
	is_int(dump(1), -SIGQUIT, "what is there is not replaced");
	unlink("/secret.core");
	set(PATTERN, "core");
	set("/proc/sys/fs/suid_dumpable", "0");
	is_int(write_text("/proc/sys/fs/suid_dumpable", "3"), -EINVAL, "no more than that");
}

/* A dump for which there is no room is none. */
static void no_room(void)
{
	struct stat s;

	must(mkdir("small", 0700) == 0);
	if (raw(SYS_mount, "none", "small", "tmpfs", 0, "size=16k") != 0) {
		skip("a full disk", "mounts are not allowed");
		return;
	}
	must(chdir("small") == 0);
	int result = dump(0);
	if (is_namu())
		ok(result == -SIGQUIT && stat("core", &s) != 0, "nothing is left of it, and nothing told");
	else
		skip("what is left", "Linux keeps half a dump");
	must(chdir("..") == 0);
	raw(SYS_umount2, "small", 2);
}

static const struct tap_case cases[] = {
	{"letters", letters, 0},
	{"handler", handler, 0},
	{"suid", suid, 0},
	{"no_room", no_room, 0},
};

TAP_MAIN(cases)
