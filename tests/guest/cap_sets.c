/* The calls on capabilities: versions, sets, what changes them, and what who has none may do. */
#include "caps.h"

#include <sys/prctl.h>
#include <sys/sysmacros.h>

#define USER 1000
#define DAC  (BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH))

static long get_caps(unsigned version, int pid, void *data)
{
	struct caps_header header = {version, pid};

	return raw(SYS_capget, &header, data);
}

static void versions(void)
{
	struct caps_header header = {12345, 0};
	struct caps_data data[3];

	memset(data, 0x5a, sizeof(data));
	is_int(raw(SYS_capget, &header, data), -EINVAL, "an unknown version");
	is_int(header.version, CAPS_VERSION_3, "the version that is known is told");
	header.version = 12345;
	is_int(raw(SYS_capget, &header, 0), 0, "asking for the version alone");
	header.version = 12345;
	is_int(raw(SYS_capset, &header, data), -EINVAL, "capset with an unknown version");
	is_int(header.version, CAPS_VERSION_3, "capset tells it as well");
	is_int(get_caps(CAPS_VERSION_1, 0, data), 0, "the first version");
	is_int(data[1].effective, 0x5a5a5a5a, "it has one set of 32");
	is_int(get_caps(CAPS_VERSION_2, 0, data), 0, "the second version");
	is_int(data[2].effective, 0x5a5a5a5a, "it has two");
	ok((((unsigned long long)data[1].effective << 32) | data[0].effective) == status_set("CapEff"),
	   "as /proc says");
	is_int(get_caps(CAPS_VERSION_3, -1, data), -EINVAL, "a negative process");
	is_int(get_caps(CAPS_VERSION_3, 0x3ffffff0, data), -ESRCH, "no such process");
	is_int(get_caps(CAPS_VERSION_3, getppid(), data), 0, "another process");
	is_int(get_caps(CAPS_VERSION_3, 0, (void *)8), -EFAULT, "to nowhere");
	is_int(raw(SYS_capget, 8, data), -EFAULT, "a header from nowhere");
	header = (struct caps_header){CAPS_VERSION_3, getppid()};
	is_int(raw(SYS_capset, &header, data), -EPERM, "capset of another process");
	header.pid = 0;
	is_int(raw(SYS_capset, &header, 8), -EFAULT, "capset from nowhere");
}

static void sets(void)
{
	pid_t pid;

	if (in_child(&pid)) {
		must(set_caps(0, BIT(CAP_CHOWN), 0) == 0);
		must(set_caps(BIT(CAP_KILL), BIT(CAP_CHOWN), 0) == -EPERM);
		must(set_caps(0, BIT(CAP_CHOWN) | BIT(CAP_KILL), 0) == -EPERM);
		must(set_caps(0, BIT(CAP_CHOWN), BIT(CAP_KILL)) == -EPERM);
		must(set_caps(BIT(CAP_CHOWN), BIT(CAP_CHOWN), BIT(CAP_CHOWN)) == 0);
		must(set_caps(0, 0, BIT(CAP_CHOWN)) == 0);
		must(set_caps(0, BIT(CAP_CHOWN), 0) == -EPERM);
		_exit(0);
	}
	is_exited(pid, 0, "sets only shrink; the inheritable one stays within the permitted");
	if (in_child(&pid)) {
		must(prctl(PR_CAPBSET_DROP, CAP_KILL) == 0 && prctl(PR_CAPBSET_READ, CAP_KILL) == 0);
		must(set_caps(BIT(CAP_KILL) | BIT(CAP_SETPCAP), BIT(CAP_KILL) | BIT(CAP_SETPCAP), BIT(CAP_KILL)) ==
		     -EPERM);
		must(prctl(PR_CAPBSET_DROP, CAP_LAST_CAP + 1) == -1 && errno == EINVAL);
		must(prctl(PR_CAPBSET_READ, CAP_LAST_CAP + 1) == -1 && errno == EINVAL);
		_exit(0);
	}
	is_exited(pid, 0, "what the bounding set lacks cannot be added to the inheritable one");
	if (in_child(&pid)) {
		must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0) == -1 && errno == EPERM);
		must(set_caps(BIT(CAP_KILL), BIT(CAP_KILL), BIT(CAP_KILL)) == 0);
		must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0) == 0);
		must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_KILL, 0, 0) == 1);
		must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0) == 0);
		must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_LAST_CAP + 1, 0, 0) == -1 && errno == EINVAL);
		must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 1, 0) == -1 && errno == EINVAL);
		must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 1, 0, 0) == -1 && errno == EINVAL);
		must(prctl(PR_CAP_AMBIENT, 77, CAP_KILL, 0, 0) == -1 && errno == EINVAL);
		must(set_caps(BIT(CAP_KILL), BIT(CAP_KILL), 0) == 0 && status_set("CapAmb") == 0);
		_exit(0);
	}
	is_exited(pid, 0, "the ambient set stays within permitted and inheritable");
}

/* What changes of user ids do to the sets, as capabilities(7) says. */
static void changes(void)
{
	unsigned long long all = status_set("CapBnd");
	pid_t pid;

	if (in_child(&pid)) {
		must(seteuid(USER) == 0 && status_set("CapEff") == 0 && status_set("CapPrm") == all);
		must(seteuid(0) == 0 && status_set("CapEff") == all);
		must(setresuid(USER, USER, USER) == 0 && status_set("CapPrm") == 0);
		_exit(0);
	}
	is_exited(pid, 0, "leaving and entering root");
	if (in_child(&pid)) {
		must(prctl(PR_SET_KEEPCAPS, 1) == 0 && setuid(USER) == 0);
		must(status_set("CapPrm") == all && status_set("CapEff") == 0 && prctl(PR_GET_KEEPCAPS) == 1);
		must(prctl(PR_SET_KEEPCAPS, 2) == -1 && errno == EINVAL);
		_exit(0);
	}
	is_exited(pid, 0, "PR_SET_KEEPCAPS keeps the permitted set");
	if (in_child(&pid)) {
		must(prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) == 0 && setuid(USER) == 0);
		must(status_set("CapPrm") == all && status_set("CapEff") == all);
		_exit(0);
	}
	is_exited(pid, 0, "SECBIT_NO_SETUID_FIXUP keeps all");
	if (in_child(&pid)) {
		must(prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS_LOCKED) == 0);
		must(prctl(PR_SET_KEEPCAPS, 1) == -1 && errno == EPERM);
		must(prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS_LOCKED | SECBIT_KEEP_CAPS) == -1 && errno == EPERM);
		must(prctl(PR_SET_SECUREBITS, 0) == -1 && errno == EPERM);
		must(prctl(PR_SET_SECUREBITS, SECBIT_KEEP_CAPS_LOCKED | 1 << 12) == -1 && errno == EPERM);
		must(prctl(PR_GET_SECUREBITS) == SECBIT_KEEP_CAPS_LOCKED);
		_exit(0);
	}
	is_exited(pid, 0, "locked securebits");
	if (in_child(&pid)) {
		must(raw(SYS_setfsuid, USER) == 0 && raw(SYS_setfsuid, -1) == USER);
		must(!(status_set("CapEff") & (BIT(CAP_CHOWN) | DAC | BIT(CAP_FOWNER) | BIT(CAP_MKNOD))));
		must(status_set("CapEff") & BIT(CAP_KILL));
		must(raw(SYS_setfsuid, 0) == USER && status_set("CapEff") == all);
		must(seteuid(USER) == 0 && raw(SYS_setfsuid, 5) == USER && raw(SYS_setfsuid, -1) == USER);
		must(raw(SYS_setfsgid, 50) == 0 && raw(SYS_setfsgid, -1) == 0);
		_exit(0);
	}
	is_exited(pid, 0, "setfsuid takes the capabilities of files along");
	if (in_child(&pid)) {
		must(prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0) == -1 && errno == EINVAL);
		must(prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0) == -1 && errno == EINVAL);
		must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
		must(proc_number("/proc/self/status", "NoNewPrivs") == 1);
		_exit(0);
	}
	is_exited(pid, 0, "no_new_privs");
}

/* What a user without any capability may do, and may not, at the edges of the rules. */
static void without(void)
{
	const int zone[2] = {0, 0};
	pid_t pid;

	must(chmod(".", 0777) == 0);
	if (in_child(&pid)) {
		become_user(USER);
		must(raw(SYS_settimeofday, 0, zone) == -EPERM && raw(SYS_settimeofday, 0, 0) == -EPERM);
		must(raw(SYS_settimeofday, 0, 8) == -EFAULT);
		_exit(0);
	}
	is_exited(pid, 0, "neither the time nor its zone is set");
	if (in_child(&pid)) {
		become_user(USER);
		must(raw(SYS_mknod, "none", S_IFCHR | 0600, 0) == 0);
		must(raw(SYS_mknod, "some", S_IFCHR | 0600, makedev(0, 1)) == -EPERM);
		must(raw(SYS_mknod, "block", S_IFBLK | 0600, 0) == -EPERM);
		_exit(0);
	}
	is_exited(pid, 0, "the device of number 0 is everybody's to make");
	if (in_child(&pid)) {
		become_user(USER);
		must(prctl(PR_SET_SECUREBITS, 0) == -1 && errno == EPERM);
		must(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT) == -1 && errno == EPERM);
		_exit(0);
	}
	is_exited(pid, 0, "securebits stay as they are");
}

static const struct tap_case cases[] = {
	{"versions", versions, 0},
	{"sets", sets, 0},
	{"changes", changes, 0},
	{"without", without, 0},
};

TAP_MAIN(cases)
