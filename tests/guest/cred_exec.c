/*
 * What execve does to credentials: set-user-id and set-group-id files, capabilities of files, no_new_privs, nosuid
 * mounts, securebits, the ambient set. A row says what the file is, who runs it and what it then sees of itself. The
 * program executes a copy of itself, which reports.
 */
#include "caps.h"

#include <sys/auxv.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/xattr.h>

#define ALL       (~0ull)
#define RAW_NET   BIT(CAP_NET_RAW)
#define REPORT_FD 9

/* The capabilities a child knows of itself, by /proc. */
struct report {
	unsigned uid[4], gid[4];
	unsigned long long inheritable, permitted, effective, bounding, ambient;
	int is_secure, is_dumpable, securebits;
	unsigned long long stack_limit;
};

static void read_ids(const char *name, unsigned ids[4])
{
	char text[4096];
	const char *line;

	must(read_text("/proc/self/status", text, sizeof(text)) > 0);
	line = strstr(text, name);
	must(line && sscanf(line + strlen(name), "%u %u %u %u", &ids[0], &ids[1], &ids[2], &ids[3]) == 4);
}

static int report(void)
{
	struct rlimit stack;
	struct report r;

	memset(&r, 0, sizeof(r));
	must(getrlimit(RLIMIT_STACK, &stack) == 0);
	r.stack_limit = stack.rlim_cur;
	r.is_dumpable = prctl(PR_GET_DUMPABLE);
	r.is_secure = (int)getauxval(AT_SECURE);
	r.securebits = prctl(PR_GET_SECUREBITS);
	read_ids("\nUid:", r.uid);
	read_ids("\nGid:", r.gid);
	r.inheritable = status_set("CapInh");
	r.permitted = status_set("CapPrm");
	r.effective = status_set("CapEff");
	r.bounding = status_set("CapBnd");
	r.ambient = status_set("CapAmb");
	return write(REPORT_FD, &r, sizeof(r)) == sizeof(r) ? 0 : 1;
}

struct row {
	const char *name;
	/* the file */
	unsigned owner, group, mode;
	int version; /* of its capabilities; 0: it has none */
	int is_effective;
	unsigned long long file_permitted, file_inheritable;
	/* who runs it */
	unsigned uid, gid;
	unsigned long long inheritable, ambient, dropped; /* dropped: from the bounding set */
	int securebits, no_new_privs, nosuid;
	/* what comes of it: an errno, or these */
	int error;
	unsigned euid, egid;
	unsigned long long permitted, effective, ambient_after;
	int is_secure, is_dumpable;
};

#define PLAIN 0, 0, 0755
#define SUID  0, 0, 04755

static const struct row rows[] = {
	{"root runs a plain file", PLAIN, .permitted = ALL, .effective = ALL, .is_dumpable = 1},
	{"a user runs a plain file", PLAIN, .uid = 1000, .gid = 1000, .euid = 1000, .egid = 1000, .is_dumpable = 1},
	{"a user runs root's set-user-id file", SUID, .uid = 1000, .gid = 1000, .egid = 1000, .permitted = ALL,
	 .effective = ALL, .is_secure = 1},
	{"a user runs another's set-user-id file", 2000, 0, 04755, .uid = 1000, .gid = 1000, .euid = 2000, .egid = 1000,
	 .is_secure = 1},
	{"a user runs his own set-user-id file", 1000, 0, 04755, .uid = 1000, .gid = 1000, .euid = 1000, .egid = 1000,
	 .is_dumpable = 1},
	{"root runs a user's set-user-id file", 2000, 0, 04755, .euid = 2000, .permitted = ALL, .is_secure = 1},
	{"set-group-id", 0, 50, 02755, .uid = 1000, .gid = 1000, .euid = 1000, .egid = 50, .is_secure = 1},
	{"set-group-id without execution by the group", 0, 50, 02745, .uid = 1000, .gid = 1000, .euid = 1000,
	 .egid = 1000, .is_dumpable = 1},
	{"both", 2000, 50, 06755, .uid = 1000, .gid = 1000, .euid = 2000, .egid = 50, .is_secure = 1},
	{"set-user-id with no_new_privs", SUID, .no_new_privs = 1, .uid = 1000, .gid = 1000, .euid = 1000, .egid = 1000,
	 .is_dumpable = 1},
	{"set-user-id on a nosuid mount", SUID, .nosuid = 1, .uid = 1000, .gid = 1000, .euid = 1000, .egid = 1000,
	 .is_dumpable = 1},
	{"a file that nobody may read", 0, 0, 0711, .uid = 1000, .gid = 1000, .euid = 1000, .egid = 1000},
	{"root, with SECBIT_NOROOT", PLAIN, .securebits = SECBIT_NOROOT, .is_dumpable = 1},
	{"set-user-id, with SECBIT_NOROOT", SUID, .securebits = SECBIT_NOROOT, .uid = 1000, .gid = 1000, .egid = 1000,
	 .is_secure = 1},
	{"file capabilities, effective", PLAIN, 2, 1, RAW_NET, 0, .uid = 1000, .gid = 1000, .euid = 1000, .egid = 1000,
	 .permitted = RAW_NET, .effective = RAW_NET, .is_secure = 1},
	{"file capabilities, not effective", PLAIN, 2, 0, RAW_NET, 0, .uid = 1000, .gid = 1000, .euid = 1000,
	 .egid = 1000, .permitted = RAW_NET, .is_secure = 1},
	{"file capabilities of the third version", PLAIN, 3, 1, RAW_NET, 0, .uid = 1000, .gid = 1000, .euid = 1000,
	 .egid = 1000, .permitted = RAW_NET, .effective = RAW_NET, .is_secure = 1},
	{"a capability above 31", PLAIN, 2, 1, BIT(CAP_BPF), 0, .uid = 1000, .gid = 1000, .euid = 1000, .egid = 1000,
	 .permitted = BIT(CAP_BPF), .effective = BIT(CAP_BPF), .is_secure = 1},
	{"inheritable of both", PLAIN, 2, 1, 0, RAW_NET, .uid = 1000, .gid = 1000, .inheritable = RAW_NET, .euid = 1000,
	 .egid = 1000, .permitted = RAW_NET, .effective = RAW_NET, .is_secure = 1, .is_dumpable = 1},
	{"inheritable of the file alone", PLAIN, 2, 1, 0, RAW_NET, .uid = 1000, .gid = 1000, .euid = 1000, .egid = 1000,
	 .is_secure = 1, .is_dumpable = 1},
	{"inheritable of the process alone", PLAIN, .uid = 1000, .gid = 1000, .inheritable = RAW_NET, .euid = 1000,
	 .egid = 1000, .is_dumpable = 1},
	{"file capabilities with no_new_privs", PLAIN, 2, 1, RAW_NET, 0, .no_new_privs = 1, .uid = 1000, .gid = 1000,
	 .euid = 1000, .egid = 1000, .is_secure = 1, .is_dumpable = 1},
	{"file capabilities on a nosuid mount", PLAIN, 2, 1, RAW_NET, 0, .nosuid = 1, .uid = 1000, .gid = 1000,
	 .euid = 1000, .egid = 1000, .is_dumpable = 1},
	{"one that the bounding set lacks, effective", PLAIN, 2, 1, RAW_NET, 0, .dropped = RAW_NET, .uid = 1000,
	 .gid = 1000, .error = EPERM},
	{"one that the bounding set lacks, not effective", PLAIN, 2, 0, RAW_NET | BIT(CAP_CHOWN), 0, .dropped = RAW_NET,
	 .uid = 1000, .gid = 1000, .euid = 1000, .egid = 1000, .permitted = BIT(CAP_CHOWN), .is_secure = 1},
	{"root runs a file with capabilities", PLAIN, 2, 1, RAW_NET, 0, .permitted = ALL, .effective = ALL,
	 .is_dumpable = 1},
	{"root with SECBIT_NOROOT runs a file with capabilities", PLAIN, 2, 1, RAW_NET, 0, .securebits = SECBIT_NOROOT,
	 .permitted = RAW_NET, .effective = RAW_NET, .is_dumpable = 1},
	{"set-user-id and capabilities: only those", SUID, 2, 1, RAW_NET, 0, .uid = 1000, .gid = 1000, .egid = 1000,
	 .permitted = RAW_NET, .effective = RAW_NET, .is_secure = 1},
	{"an empty set of file capabilities", SUID, 2, 0, 0, 0, .uid = 1000, .gid = 1000, .egid = 1000, .is_secure = 1},
	{"ambient", PLAIN, .uid = 1000, .gid = 1000, .inheritable = RAW_NET, .ambient = RAW_NET, .euid = 1000,
	 .egid = 1000, .permitted = RAW_NET, .effective = RAW_NET, .ambient_after = RAW_NET, .is_dumpable = 1},
	{"ambient, and a set-user-id file", 2000, 0, 04755, .uid = 1000, .gid = 1000, .inheritable = RAW_NET,
	 .ambient = RAW_NET, .euid = 2000, .egid = 1000, .is_secure = 1},
	{"ambient, and a file with capabilities", PLAIN, 2, 0, 0, 0, .uid = 1000, .gid = 1000, .inheritable = RAW_NET,
	 .ambient = RAW_NET, .euid = 1000, .egid = 1000, .is_dumpable = 1},
	{"ambient, with no_new_privs", PLAIN, .no_new_privs = 1, .uid = 1000, .gid = 1000, .inheritable = RAW_NET,
	 .ambient = RAW_NET, .euid = 1000, .egid = 1000, .permitted = RAW_NET, .effective = RAW_NET,
	 .ambient_after = RAW_NET, .is_dumpable = 1},
};

static void copy_self(const char *to)
{
	static char piece[1 << 16];
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC),
	    fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	ssize_t n;

	must(from >= 0 && fd >= 0);
	while ((n = read(from, piece, sizeof(piece))) > 0)
		must(write(fd, piece, (size_t)n) == n);
	must(n == 0 && close(fd) == 0 && close(from) == 0);
}

static void give_caps(const char *path, const struct row *row)
{
	struct file_caps caps = file_caps_make((row->version == 3 ? FILE_CAPS_3 : FILE_CAPS_2) |
						       (row->is_effective ? FILE_CAPS_EFFECTIVE : 0),
					       row->file_permitted, row->file_inheritable);

	if (row->version)
		must(setxattr(path, FILE_CAPS, &caps, row->version == 3 ? FILE_CAPS_3_BYTES : FILE_CAPS_2_BYTES, 0) ==
		     0);
}

static void become(const struct row *row)
{
	const struct rlimit stack = {64ul << 20, RLIM_INFINITY};
	unsigned long long keep = row->inheritable | row->ambient;

	must(setrlimit(RLIMIT_STACK, &stack) == 0);
	for (int i = 0; i <= CAP_LAST_CAP; i++)
		must(!(row->dropped & BIT(i)) || prctl(PR_CAPBSET_DROP, i) == 0);
	must(prctl(PR_SET_SECUREBITS, row->securebits | SECBIT_KEEP_CAPS) == 0);
	become_user(row->uid);
	must(raw(SYS_setresgid, row->gid, row->gid, row->gid) == 0 || row->uid);
	if (row->uid) {
		must(set_caps(keep, keep, keep) == 0);
		for (int i = 0; i <= CAP_LAST_CAP; i++)
			must(!(row->ambient & BIT(i)) || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0) == 0);
	}
	if (row->no_new_privs)
		must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
}

static unsigned long long all_known(unsigned long long set)
{
	return set == ALL ? status_set("CapBnd") : set;
}

static void check_report(const struct row *row, const struct report *r)
{
	ok(r->uid[0] == row->uid && r->uid[1] == row->euid && r->uid[2] == row->euid && r->uid[3] == row->euid,
	   "%s: user ids %u %u %u %u, expected %u %u", row->name, r->uid[0], r->uid[1], r->uid[2], r->uid[3], row->uid,
	   row->euid);
	ok(r->gid[0] == row->gid && r->gid[1] == row->egid && r->gid[2] == row->egid && r->gid[3] == row->egid,
	   "%s: group ids %u %u %u %u, expected %u %u", row->name, r->gid[0], r->gid[1], r->gid[2], r->gid[3], row->gid,
	   row->egid);
	ok(r->permitted == all_known(row->permitted), "%s: permitted %llx", row->name, r->permitted);
	ok(r->effective == all_known(row->effective), "%s: effective %llx", row->name, r->effective);
	ok(r->inheritable == row->inheritable, "%s: inheritable %llx", row->name, r->inheritable);
	ok(r->ambient == row->ambient_after, "%s: ambient %llx", row->name, r->ambient);
	ok(r->bounding == (status_set("CapBnd") & ~row->dropped), "%s: bounding %llx", row->name, r->bounding);
	is_int(r->is_secure, row->is_secure, "%s: AT_SECURE", row->name);
	ok(r->stack_limit == (row->is_secure ? 8ull : 64ull) << 20, "%s: the limit of the stack", row->name);
	is_int(r->is_dumpable, row->is_dumpable, "%s: dumpable", row->name);
	is_int(r->securebits, row->securebits, "%s: KEEP_CAPS goes, the other securebits stay", row->name);
}

static void run_row(const struct row *row)
{
	struct report r;
	int fd[2], status;
	pid_t pid;

	copy_self("m/program");
	must(chown("m/program", row->owner, row->group) == 0 && chmod("m/program", row->mode) == 0);
	give_caps("m/program", row);
	must(mount(NULL, "m", NULL, MS_REMOUNT | (row->nosuid ? MS_NOSUID : 0), NULL) == 0);
	must(pipe2(fd, O_CLOEXEC) == 0);
	if (in_child(&pid)) {
		must(dup2(fd[1], REPORT_FD) == REPORT_FD);
		become(row);
		execl("m/program", "program", "--report", NULL);
		_exit(errno);
	}
	close(fd[1]);
	status = read(fd[0], &r, sizeof(r)) == sizeof(r);
	close(fd[0]);
	is_exited(pid, row->error, "%s: execve", row->name);
	ok(status == !row->error, "%s: it reports", row->name);
	if (status)
		check_report(row, &r);
	must(unlink("m/program") == 0);
}

static void table(void)
{
	must(mkdir("m", 0755) == 0 && mount("cred", "m", "tmpfs", 0, "mode=755") == 0);
	for (size_t i = 0; i < count_of(rows); i++)
		run_row(&rows[i]);
	must(umount("m") == 0);
}

/* The interpreter's bits count, the script's do not. */
static void scripts(void)
{
	static const struct row row = {.uid = 1000, .gid = 1000};
	struct report r;
	char text[200], dir[100];
	int fd[2];
	pid_t pid;

	copy_self("interpreter");
	must(getcwd(dir, sizeof(dir)) && chmod("interpreter", 0755) == 0);
	snprintf(text, sizeof(text), "#!%s/interpreter --report\n", dir);
	must(write_text("script", text) > 0 && chmod("script", 04755) == 0 && pipe2(fd, O_CLOEXEC) == 0);
	if (in_child(&pid)) {
		must(dup2(fd[1], REPORT_FD) == REPORT_FD);
		become(&row);
		execl("./script", "script", NULL);
		_exit(errno);
	}
	close(fd[1]);
	ok(read(fd[0], &r, sizeof(r)) == sizeof(r) && r.uid[1] == 1000 && !r.is_secure,
	   "a script's own bit is ignored");
	reap(pid);
}

/* Bits and capabilities go when the file is no longer what was trusted. */
static unsigned mode_after(const char *path)
{
	struct stat s;

	must(stat(path, &s) == 0);
	return s.st_mode & 07777;
}

static int has_caps(const char *path)
{
	return getxattr(path, FILE_CAPS, NULL, 0) > 0;
}

static void make_privileged(const char *path)
{
	static const struct row row = {.version = 2, .file_permitted = RAW_NET};

	unlink(path);
	must(write_text(path, "text") > 0 && chown(path, 1000, 1000) == 0 && chmod(path, 06777) == 0);
	give_caps(path, &row);
}

static void write_as_user(void)
{
	int fd = open("f", O_WRONLY);

	must(write(fd, "x", 1) == 1);
}

static void write_nothing(void)
{
	int fd = open("f", O_WRONLY);

	must(write(fd, "", 0) == 0);
}

static void cut_short(void)
{
	must(truncate("f", 1) == 0);
}

static void open_cut(void)
{
	must(open("f", O_WRONLY | O_TRUNC) >= 0);
}

static void give_away(void)
{
	must(chown("f", (uid_t)-1, 1000) == 0);
}

static void ask_nothing(void)
{
	must(chown("f", (uid_t)-1, (gid_t)-1) == 0);
}

static void read_only(void)
{
	char c;
	int fd = open("f", O_RDONLY);

	must(read(fd, &c, 1) == 1);
}

static void touch(void)
{
	must(utimensat(AT_FDCWD, "f", NULL, 0) == 0);
}

static void cleared(void)
{
	static const struct {
		const char *name;
		void (*act)(void);
		int by_root, bits_stay, caps_stay;
	} acts[] = {
		{"write by its owner", write_as_user, 0, 0, 0},
		{"write by root", write_as_user, 1, 1, 0},
		{"write of nothing", write_nothing, 0, 1, 1},
		{"truncate", cut_short, 0, 0, 0},
		{"truncate by root", cut_short, 1, 1, 0},
		{"O_TRUNC", open_cut, 0, 0, 0},
		{"chown", give_away, 0, 0, 0},
		{"chown by root", give_away, 1, 0, 0},
		{"chown of nothing", ask_nothing, 0, 0, 0},
		{"read", read_only, 0, 1, 1},
		{"utimensat", touch, 0, 1, 1},
	};

	for (size_t i = 0; i < count_of(acts); i++) {
		pid_t pid;

		make_privileged("f");
		if (in_child(&pid)) {
			if (!acts[i].by_root)
				become_user(1000);
			acts[i].act();
			_exit(0);
		}
		is_exited(pid, 0, "%s", acts[i].name);
		is_int(mode_after("f"), acts[i].bits_stay ? 06777 : 0777, "%s: set-user-id and set-group-id",
		       acts[i].name);
		is_int(has_caps("f"), acts[i].caps_stay, "%s: capabilities", acts[i].name);
	}
}

static const struct tap_case cases[] = {
	{"table", table, 0},
	{"scripts", scripts, 0},
	{"cleared", cleared, 0},
};

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "--report") == 0)
		return report();
	return tap_main(cases, count_of(cases), argc, argv);
}
