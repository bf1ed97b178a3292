/*
 * What each capability is good for: every call below is refused to a user who has all capabilities but the one that it
 * needs, and granted to one who has that one alone.
 */
#include "caps.h"

#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#define USER 1000
#define DAC  (BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH))

static pid_t victim; /* a process of root's */
static int lease_fd, pipe_fd;
static char far_link[64];

static long do_chown(void)
{
	return raw(SYS_chown, "file", 1, 1);
}

static long do_open_write(void)
{
	return raw(SYS_open, "secret", O_RDWR) < 0 ? -EACCES : 0;
}

static long do_open_read(void)
{
	return raw(SYS_open, "secret", O_RDONLY) < 0 ? -EACCES : 0;
}

static long do_search(void)
{
	return raw(SYS_access, "closed/f", F_OK) < 0 ? raw(SYS_faccessat2, AT_FDCWD, "closed/f", F_OK, AT_EACCESS) : 0;
}

static long do_create(void)
{
	return raw(SYS_mkdir, "roots/new", 0700);
}

static long do_chmod(void)
{
	return raw(SYS_chmod, "file", 0600);
}

static long do_set_times(void)
{
	const struct timespec times[2] = {{1, 0}, {1, 0}};

	return raw(SYS_utimensat, AT_FDCWD, "file", times, 0);
}

static long do_unlink_sticky(void)
{
	return raw(SYS_unlink, "sticky/f");
}

static long do_noatime(void)
{
	return raw(SYS_open, "readable", O_RDONLY | O_NOATIME) < 0 ? -EPERM : 0;
}

static long do_set_acl(void)
{
	return raw(SYS_removexattr, "file", "system.posix_acl_access");
}

/* Without it chmod succeeds, but the bit is lost. */
static long do_keep_setgid(void)
{
	struct stat s;

	must(chmod("mine", 02755) == 0 && stat("mine", &s) == 0);
	return s.st_mode & S_ISGID ? 0 : -EPERM;
}

static long do_kill(void)
{
	return raw(SYS_kill, victim, 0);
}

static long do_setuid(void)
{
	return raw(SYS_setuid, 5);
}

static long do_setresuid(void)
{
	return raw(SYS_setresuid, USER, 7, USER);
}

static long do_setgid(void)
{
	return raw(SYS_setgid, 5);
}

static long do_setgroups(void)
{
	return raw(SYS_setgroups, 0, 0);
}

static long do_drop_bounding(void)
{
	return prctl(PR_CAPBSET_DROP, CAP_BPF) < 0 ? -errno : 0;
}

static long do_securebits(void)
{
	return prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) < 0 ? -errno : 0;
}

static long do_mlock(void)
{
	const struct rlimit none = {0, 0};

	must(setrlimit(RLIMIT_MEMLOCK, &none) == 0);
	return raw(SYS_mlock, map_pages(1), PAGE);
}

static long do_chroot(void)
{
	return raw(SYS_chroot, ".");
}

static long do_look_into(void)
{
	char text[100];
	long bytes = raw(SYS_readlink, far_link, text, sizeof(text));

	return bytes < 0 ? bytes : 0;
}

static long do_mount(void)
{
	return raw(SYS_mount, "none", "mount", "tmpfs", 0, 0);
}

static long do_umount(void)
{
	return raw(SYS_umount2, "mounted", 0);
}

static long do_hostname(void)
{
	char name[65] = "";

	must(gethostname(name, sizeof(name) - 1) == 0);
	return raw(SYS_sethostname, name, strlen(name));
}

static long do_trusted(void)
{
	return raw(SYS_setxattr, "mine", "trusted.a", "b", 1, 0);
}

static long do_security(void)
{
	return raw(SYS_setxattr, "mine", "security.namu", "b", 1, 0);
}

/* With wrong numbers: whoever may is told so. */
static long do_reboot(void)
{
	long result = raw(SYS_reboot, 1, 2, 3, 0);

	return result == -EINVAL ? 0 : result;
}

static long do_nice(void)
{
	return raw(SYS_setpriority, PRIO_PROCESS, 0, -5);
}

static long do_nice_of_others(void)
{
	return raw(SYS_setpriority, PRIO_PROCESS, victim, 1);
}

static long do_fifo(void)
{
	const struct sched_param parameter = {.sched_priority = 1};

	return raw(SYS_sched_setscheduler, 0, SCHED_FIFO, &parameter);
}

static long do_affinity_of_others(void)
{
	unsigned long mask = ~0ul;

	return raw(SYS_sched_setaffinity, victim, sizeof(mask), &mask);
}

static long do_raise_limit(void)
{
	const struct rlimit less = {10, 10}, more = {10, 20};

	must(setrlimit(RLIMIT_NPROC, &less) == 0);
	return raw(SYS_setrlimit, RLIMIT_NPROC, &more);
}

static long do_limit_of_others(void)
{
	struct rlimit limit;

	return raw(SYS_prlimit64, victim, RLIMIT_NPROC, 0, &limit);
}

static long do_large_pipe(void)
{
	long result = raw(SYS_fcntl, pipe_fd, F_SETPIPE_SZ, 4 << 20);

	return result < 0 ? result : 0;
}

static long do_mknod(void)
{
	return raw(SYS_mknod, "null", S_IFCHR | 0600, makedev(1, 3));
}

static long do_lease(void)
{
	return raw(SYS_fcntl, lease_fd, F_SETLEASE, F_RDLCK);
}

static long do_file_caps(void)
{
	struct file_caps caps = file_caps_make(FILE_CAPS_2, BIT(CAP_CHOWN), 0);

	return raw(SYS_setxattr, "file", FILE_CAPS, &caps, FILE_CAPS_2_BYTES, 0);
}

static long do_remove_file_caps(void)
{
	return raw(SYS_removexattr, "capable", FILE_CAPS);
}

static long do_syslog(void)
{
	long result = raw(SYS_syslog, 9, 0, 0);

	return result < 0 ? result : 0;
}

static const struct {
	const char *name;
	unsigned capability;
	unsigned long long others; /* that would do as well, or are needed beside it */
	unsigned long long beside;
	long (*act)(void);
	long refusal;
} checks[] = {
	{"chown", CAP_CHOWN, 0, 0, do_chown, -EPERM},
	{"open for writing", CAP_DAC_OVERRIDE, DAC, 0, do_open_write, -EACCES},
	{"open for reading", CAP_DAC_READ_SEARCH, DAC, 0, do_open_read, -EACCES},
	{"open for reading by CAP_DAC_OVERRIDE", CAP_DAC_OVERRIDE, DAC, 0, do_open_read, -EACCES},
	{"search", CAP_DAC_READ_SEARCH, DAC, 0, do_search, -EACCES},
	{"make a name", CAP_DAC_OVERRIDE, DAC, 0, do_create, -EACCES},
	{"chmod", CAP_FOWNER, 0, 0, do_chmod, -EPERM},
	{"utimensat", CAP_FOWNER, 0, 0, do_set_times, -EPERM},
	{"unlink in a sticky directory", CAP_FOWNER, 0, 0, do_unlink_sticky, -EPERM},
	{"O_NOATIME", CAP_FOWNER, 0, 0, do_noatime, -EPERM},
	{"an access control list", CAP_FOWNER, 0, 0, do_set_acl, -EPERM},
	{"set-group-id of a foreign group", CAP_FSETID, 0, 0, do_keep_setgid, -EPERM},
	{"kill", CAP_KILL, 0, 0, do_kill, -EPERM},
	{"setuid", CAP_SETUID, 0, 0, do_setuid, -EPERM},
	{"setresuid", CAP_SETUID, 0, 0, do_setresuid, -EPERM},
	{"setgid", CAP_SETGID, 0, 0, do_setgid, -EPERM},
	{"setgroups", CAP_SETGID, 0, 0, do_setgroups, -EPERM},
	{"PR_CAPBSET_DROP", CAP_SETPCAP, 0, 0, do_drop_bounding, -EPERM},
	{"PR_SET_SECUREBITS", CAP_SETPCAP, 0, 0, do_securebits, -EPERM},
	{"mlock", CAP_IPC_LOCK, 0, 0, do_mlock, -EPERM},
	{"chroot", CAP_SYS_CHROOT, 0, 0, do_chroot, -EPERM},
	{"look into a process", CAP_SYS_PTRACE, 0, 0, do_look_into, -EACCES},
	{"mount", CAP_SYS_ADMIN, 0, 0, do_mount, -EPERM},
	{"umount", CAP_SYS_ADMIN, 0, 0, do_umount, -EPERM},
	{"sethostname", CAP_SYS_ADMIN, 0, 0, do_hostname, -EPERM},
	{"trusted attributes", CAP_SYS_ADMIN, 0, 0, do_trusted, -EPERM},
	{"security attributes", CAP_SYS_ADMIN, 0, 0, do_security, -EPERM},
	{"reboot", CAP_SYS_BOOT, 0, 0, do_reboot, -EPERM},
	{"a better priority", CAP_SYS_NICE, 0, 0, do_nice, -EACCES},
	{"the priority of others", CAP_SYS_NICE, 0, 0, do_nice_of_others, -EPERM},
	{"SCHED_FIFO", CAP_SYS_NICE, 0, 0, do_fifo, -EPERM},
	{"the affinity of others", CAP_SYS_NICE, 0, 0, do_affinity_of_others, -EPERM},
	{"a higher hard limit", CAP_SYS_RESOURCE, 0, 0, do_raise_limit, -EPERM},
	{"the limits of others", CAP_SYS_RESOURCE, 0, 0, do_limit_of_others, -EPERM},
	{"a large pipe", CAP_SYS_RESOURCE, BIT(CAP_SYS_ADMIN), 0, do_large_pipe, -EPERM},
	{"mknod", CAP_MKNOD, 0, BIT(CAP_DAC_OVERRIDE), do_mknod, -EPERM},
	{"a lease", CAP_LEASE, 0, 0, do_lease, -EACCES},
	{"capabilities of files", CAP_SETFCAP, 0, 0, do_file_caps, -EPERM},
	{"taking capabilities from a file", CAP_SETFCAP, 0, 0, do_remove_file_caps, -EPERM},
	{"syslog", CAP_SYSLOG, BIT(CAP_SYS_ADMIN), 0, do_syslog, -EPERM},
};

/* What the checks work on; made anew for each. */
static void prepare(void)
{
	struct file_caps caps = file_caps_make(FILE_CAPS_2, BIT(CAP_CHOWN), 0);
	int fd[2];

	must(write_text("file", "x") == 1 && write_text("secret", "x") == 1 && chmod("secret", 0) == 0);
	must(write_text("readable", "x") == 1 && write_text("mine", "x") == 1 && chown("mine", USER, 1) == 0);
	must(write_text("capable", "x") == 1 && setxattr("capable", FILE_CAPS, &caps, FILE_CAPS_2_BYTES, 0) == 0);
	must(mkdir("closed", 0700) == 0 && write_text("closed/f", "x") == 1 && mkdir("roots", 0755) == 0);
	must(mkdir("sticky", 0777) == 0 && chmod("sticky", 01777) == 0 && write_text("sticky/f", "x") == 1);
	must(mkdir("mount", 0777) == 0 && mkdir("mounted", 0777) == 0 && mount("none", "mounted", "tmpfs", 0, 0) == 0);
	must((lease_fd = open("file", O_RDONLY)) >= 0 && pipe(fd) == 0);
	pipe_fd = fd[1];
}

static void clean(void)
{
	while (umount("mount") == 0 || umount("mounted") == 0)
		;
}

/* A user with just these capabilities, permitted and effective. */
static void become_user_with(unsigned long long set)
{
	must(prctl(PR_SET_KEEPCAPS, 1) == 0);
	become_user(USER);
	must(set_caps(set, set, 0) == 0);
}

static void try(size_t i, unsigned long long set, long expected, const char *how)
{
	int *result = map_shared(1);
	pid_t pid;

	*result = 1;
	if (in_child(&pid)) {
		char dir[32];

		snprintf(dir, sizeof(dir), "%zu.%d", i, (int)getpid());
		must(mkdir(dir, 0755) == 0 && chdir(dir) == 0);
		prepare();
		if (in_child(&pid)) {
			become_user_with(set);
			*result = (int)checks[i].act();
			_exit(0);
		}
		reap(pid);
		clean();
		_exit(0);
	}
	reap(pid);
	is_int(*result, expected, "%s %s", checks[i].name, how);
	munmap(result, PAGE);
}

static void each(void)
{
	unsigned long long all = status_set("CapBnd");

	if (in_child(&victim)) {
		for (;;)
			pause();
	}
	snprintf(far_link, sizeof(far_link), "/proc/%d/exe", (int)victim);
	for (size_t i = 0; i < count_of(checks); i++) {
		unsigned long long own = BIT(checks[i].capability);

		try(i, all & ~(own | checks[i].others), checks[i].refusal, "is refused without its capability");
		/* A host that keeps one from its containers cannot show what it is good for. */
		if (all & own)
			try(i, own | checks[i].beside, 0, "is granted by its capability alone");
		else
			skip(checks[i].name, "this host's root does not have its capability");
	}
	kill(victim, SIGKILL);
	reap(victim);
}

static const struct tap_case cases[] = {
	{"each", each, 0},
};

TAP_MAIN(cases)
