/*
 * Who may look into whom: files of /proc and their owners, dumpable, hidepid, descriptors of a process that may not be
 * dumped; and the guards against planted links and files.
 */
#include "caps.h"

#include <sys/mount.h>
#include <sys/prctl.h>

/* A child of these ids that waits; `prepare` runs in it at the end. */
static pid_t start(unsigned uid, unsigned gid, void (*prepare)(void))
{
	struct gate ready = gate_make();
	pid_t pid;

	if (in_child(&pid)) {
		must(raw(SYS_setgroups, 0, 0) == 0 && raw(SYS_setresgid, gid, gid, gid) == 0 &&
		     raw(SYS_setresuid, uid, uid, uid) == 0);
		must(prctl(PR_SET_DUMPABLE, 1) == 0);
		if (prepare)
			prepare();
		gate_open(&ready);
		for (;;)
			pause();
	}
	gate_wait(&ready);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	reap(pid);
}

static void hide(void)
{
	must(prctl(PR_SET_DUMPABLE, 0) == 0);
}

/* What a user gets who asks for these files of the process. */
static long as_user(unsigned uid, unsigned gid, long (*act)(pid_t), pid_t pid)
{
	int *result = map_shared(1);
	pid_t child;

	if (in_child(&child)) {
		must(raw(SYS_setgroups, 0, 0) == 0 && raw(SYS_setresgid, gid, gid, gid) == 0 &&
		     raw(SYS_setresuid, uid, uid, uid) == 0);
		*result = (int)act(pid);
		_exit(0);
	}
	reap(child);
	return *result;
}

static long open_of(pid_t pid, const char *name, int flags)
{
	char path[64], byte;
	long fd, got;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = raw(SYS_open, path, flags);
	if (fd < 0 || flags != O_RDONLY)
		return fd < 0 ? fd : 0;
	got = raw(SYS_read, fd, &byte, 1);
	return got < 0 ? got : 0;
}

static long read_environ(pid_t pid)
{
	return open_of(pid, "environ", O_RDONLY);
}

static long read_maps(pid_t pid)
{
	return open_of(pid, "maps", O_RDONLY);
}

static long read_status(pid_t pid)
{
	return open_of(pid, "status", O_RDONLY);
}

static long write_score(pid_t pid)
{
	return open_of(pid, "oom_score_adj", O_WRONLY);
}

static long link_of(pid_t pid, const char *name)
{
	char path[64], text[200];
	long bytes;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	bytes = raw(SYS_readlink, path, text, sizeof(text));
	return bytes < 0 ? bytes : 0;
}

static long read_exe(pid_t pid)
{
	return link_of(pid, "exe");
}

static long read_fd(pid_t pid)
{
	return link_of(pid, "fd/1");
}

static const struct {
	const char *name;
	long (*act)(pid_t);
	long same, hidden, other, same_user_other_group;
} looks[] = {
	{"environ", read_environ, 0, -EACCES, -EACCES, -EACCES},
	{"maps", read_maps, 0, -EACCES, -EACCES, -EACCES},
	{"exe", read_exe, 0, -EACCES, -EACCES, -EACCES},
	{"fd", read_fd, 0, -EACCES, -EACCES, -EACCES},
	{"status", read_status, 0, 0, 0, 0},
	{"oom_score_adj", write_score, 0, -EACCES, -EACCES, 0},
};

static void looking(void)
{
	pid_t open = start(1000, 1000, NULL), closed = start(1000, 1000, hide), roots = start(0, 0, NULL);

	for (size_t i = 0; i < count_of(looks); i++) {
		is_int(as_user(1000, 1000, looks[i].act, open), looks[i].same, "%s of one's own", looks[i].name);
		is_int(as_user(1000, 1000, looks[i].act, closed), looks[i].hidden, "%s of one's own, not dumpable",
		       looks[i].name);
		is_int(as_user(2000, 2000, looks[i].act, open), looks[i].other, "%s of another user", looks[i].name);
		is_int(as_user(1000, 1000, looks[i].act, roots), looks[i].other, "%s of root", looks[i].name);
		is_int(as_user(1000, 50, looks[i].act, open), looks[i].same_user_other_group,
		       "%s of one's own in another group", looks[i].name);
	}
	end(open);
	end(closed);
	end(roots);
}

static long owner_of(pid_t pid, const char *name)
{
	char path[64];
	struct stat s;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	must(stat(path, &s) == 0);
	return (long)s.st_uid * 100000 + s.st_gid;
}

static void owners(void)
{
	pid_t pid = start(1000, 50, NULL);

	is_int(owner_of(pid, "."), 100000050, "the directory is the user's");
	is_int(owner_of(pid, "status"), 100000050, "and what is in it");
	end(pid);
	pid = start(1000, 50, hide);
	is_int(owner_of(pid, "."), 100000050, "the directory of one that may not be dumped");
	is_int(owner_of(pid, "task"), 100000050, "that of its threads");
	is_int(owner_of(pid, "status"), 0, "what is in it is root's");
	is_int(owner_of(pid, "fd"), 0, "its descriptors too");
	end(pid);
	if (in_child(&pid)) {
		must(owner_of(getpid(), "status") == 0);
		become_user(1000);
		must(prctl(PR_GET_DUMPABLE) == 0 && owner_of(getpid(), "status") == 0);
		must(raw(SYS_access, "/proc/self/fd/1", F_OK) == 0 && raw(SYS_open, "/proc/self/fd", O_RDONLY) >= 0);
		must(raw(SYS_open, "/proc/self/environ", O_RDONLY) == -EACCES);
		must(prctl(PR_SET_DUMPABLE, 1) == 0 && owner_of(getpid(), "status") == 100001000);
		must(raw(SYS_open, "/proc/self/environ", O_RDONLY) >= 0);
		must(prctl(PR_SET_DUMPABLE, 2) == -1 && errno == EINVAL);
		_exit(0);
	}
	is_exited(pid, 0, "a process that changed its user: its descriptors stay its own");
}

static int other; /* a process of somebody else */

static long stat_other(void)
{
	char path[64];
	struct stat s;

	snprintf(path, sizeof(path), "p/%d", other);
	return raw(SYS_stat, path, &s);
}

static long enter_other(void)
{
	char path[64];
	struct stat s;

	snprintf(path, sizeof(path), "p/%d/status", other);
	return raw(SYS_stat, path, &s);
}

static long list_other(void)
{
	static char entries[1 << 16];
	long fd = raw(SYS_open, "p", O_RDONLY | O_DIRECTORY), bytes;
	char name[16];

	snprintf(name, sizeof(name), "%d", other);
	while ((bytes = raw(SYS_getdents64, fd, entries, sizeof(entries))) > 0) {
		for (long at = 0; at < bytes; at += *(unsigned short *)(entries + at + 16)) {
			if (strcmp(entries + at + 19, name) == 0)
				return 1;
		}
	}
	return 0;
}

static long seen(long (*act)(void), unsigned gid)
{
	int *result = map_shared(1);
	pid_t pid;

	if (in_child(&pid)) {
		must(raw(SYS_setgroups, 0, 0) == 0 && raw(SYS_setresgid, gid, gid, gid) == 0 &&
		     raw(SYS_setresuid, 1000, 1000, 1000) == 0);
		*result = (int)act();
		_exit(0);
	}
	reap(pid);
	return *result;
}

static void hiding(void)
{
	static const struct {
		const char *options;
		unsigned gid;
		long stat, enter, list;
	} rows[] = {
		{"hidepid=0", 1000, 0, 0, 1},
		{"hidepid=1", 1000, 0, -EPERM, 1},
		{"hidepid=2", 1000, -ENOENT, -ENOENT, 0},
		{"hidepid=invisible", 1000, -ENOENT, -ENOENT, 0},
		{"hidepid=2,gid=50", 50, 0, 0, 1},
		{"hidepid=noaccess,gid=50", 1000, 0, -EPERM, 1},
		{"hidepid=4,gid=50", 50, -ENOENT, -ENOENT, 0},
	};

	must(mkdir("p", 0755) == 0);
	other = start(2000, 2000, NULL);
	for (size_t i = 0; i < count_of(rows); i++) {
		must(mount("proc", "p", "proc", 0, rows[i].options) == 0);
		is_int(seen(stat_other, rows[i].gid), rows[i].stat, "%s: the directory", rows[i].options);
		is_int(seen(enter_other, rows[i].gid), rows[i].enter, "%s: what is in it", rows[i].options);
		is_int(seen(list_other, rows[i].gid), rows[i].list, "%s: its name in the list", rows[i].options);
		is_int(enter_other(), 0, "%s: root sees all", rows[i].options);
		must(umount("p") == 0);
	}
	is_int(raw(SYS_mount, "proc", "p", "proc", 0, "hidepid=3"), -EINVAL, "an unknown value");
	is_int(raw(SYS_mount, "proc", "p", "proc", 0, "hidepid=x"), -EINVAL, "no value");
	is_int(raw(SYS_mount, "proc", "p", "proc", 0, "hide=1"), -EINVAL, "an unknown option");
	end(other);
}

static long try_open(const char *path, int flags)
{
	long fd = raw(SYS_open, path, flags);

	if (fd >= 0)
		close((int)fd);
	return fd < 0 ? fd : 0;
}

/* Of a setting of the kernel the mode holds for root too, whatever root is capable of. */
static void settings(void)
{
	pid_t child;

	is_int(try_open("/proc/sys/kernel/osrelease", O_WRONLY), -EACCES,
	       "root does not write what is not to be written");
	is_int(try_open("/proc/sys/kernel/osrelease", O_RDWR), -EACCES, "nor reads and writes it");
	is_int(try_open("/proc/sys/kernel/osrelease", O_RDONLY), 0, "but reads it");
	is_int(try_open("/proc/sys/vm/drop_caches", O_RDONLY), -EACCES, "nor reads what is only written");
	is_int(try_open("/proc/sys/kernel/hostname", O_RDWR), 0, "and writes a setting");
	is_int(try_open("/proc/version", O_WRONLY), 0, "outside of sys capabilities count");
	is_int(raw(SYS_access, "/proc/sys/kernel", W_OK), -EACCES, "no file can be made there");
	is_int(raw(SYS_access, "/proc/sys/kernel/hostname", R_OK | W_OK), 0, "access says so too");
	if (in_child(&child)) {
		must(raw(SYS_setresuid, 0, 1, 0) == 0);
		_exit(try_open("/proc/sys/kernel/hostname", O_WRONLY) == -EACCES ? 0 : 1);
	}
	is_exited(child, 0, "the effective user counts");
	if (in_child(&child)) {
		must(raw(SYS_setfsuid, 1) == 0);
		_exit(try_open("/proc/sys/kernel/hostname", O_WRONLY) == 0 ? 0 : 1);
	}
	is_exited(child, 0, "and not that for files");
}

static const struct tap_case cases[] = {
	{"looking", looking, 0},
	{"owners", owners, 0},
	{"hiding", hiding, 0},
	{"settings", settings, 0},
};

TAP_MAIN(cases)
