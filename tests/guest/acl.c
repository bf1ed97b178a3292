/*
 * POSIX access control lists: who is let in, what chmod, umask and directories' default lists do to them, and what is
 * no list. Lists are written as getfacl(1) does, in one line: u::rw-,u:1000:r--,g::---,m::r--,o::---
 */
#include "caps.h"

#include <sys/mount.h>
#include <sys/xattr.h>

#define ACCESS     "system.posix_acl_access"
#define DEFAULT    "system.posix_acl_default"
#define LIST_BYTES 400

struct entry {
	unsigned short tag, perm;
	unsigned id;
};

struct list {
	unsigned version;
	struct entry entries[40];
};

static int parse_perm(const char *text)
{
	return (text[0] == 'r') * 4 + (text[1] == 'w') * 2 + (text[2] == 'x');
}

/* The bytes of the attribute. */
static size_t make_list(const char *text, struct list *list)
{
	static const struct {
		char letter;
		unsigned short plain, named;
	} tags[] = {{'u', 1, 2}, {'g', 4, 8}, {'m', 16, 16}, {'o', 32, 32}};
	size_t count = 0;

	list->version = 2;
	while (*text) {
		struct entry *entry = &list->entries[count++];
		char *end;

		entry->tag = 0;
		for (size_t i = 0; i < count_of(tags); i++) {
			if (tags[i].letter == *text)
				entry->tag = text[2] == ':' ? tags[i].plain : tags[i].named;
		}
		entry->id = text[2] == ':' ? 0xffffffff : (unsigned)strtoul(text + 2, &end, 10);
		text = strchr(text + 2, ':') + 1;
		entry->perm = (unsigned short)parse_perm(text);
		text += text[3] ? 4 : 3;
	}
	return 4 + count * sizeof(struct entry);
}

static long set_list(const char *path, const char *name, const char *text)
{
	struct list list;
	size_t bytes = make_list(text, &list);

	return raw(SYS_setxattr, path, name, &list, bytes, 0);
}

/* The list of a file as text, "" for none. */
static const char *list_of(const char *path, const char *name)
{
	static char text[LIST_BYTES];
	struct list list;
	char *to = text;
	long bytes = raw(SYS_getxattr, path, name, &list, sizeof(list));

	*to = 0;
	for (long i = 0; i < (bytes - 4) / (long)sizeof(struct entry); i++) {
		const struct entry *entry = &list.entries[i];
		char letter = entry->tag < 4 ? 'u' : entry->tag < 16 ? 'g' : entry->tag == 16 ? 'm' : 'o';

		to += sprintf(to, "%s%c:", i ? "," : "", letter);
		if (entry->tag == 2 || entry->tag == 8)
			to += sprintf(to, "%u", entry->id);
		to += sprintf(to, ":%c%c%c", entry->perm & 4 ? 'r' : '-', entry->perm & 2 ? 'w' : '-',
			      entry->perm & 1 ? 'x' : '-');
	}
	return text;
}

static void is_list(const char *path, const char *name, const char *want, const char *what)
{
	const char *got = list_of(path, name);

	ok(strcmp(got, want) == 0, "%s: %s", what, got);
}

static unsigned mode_of(const char *path)
{
	struct stat s;

	must(stat(path, &s) == 0);
	return s.st_mode & 07777;
}

static void make_file(const char *path)
{
	unlink(path);
	must(write_text(path, "x") == 1 && chmod(path, 0640) == 0);
}

static void forms(void)
{
	struct list list = {.version = 2};
	pid_t pid;

	make_file("f");
	is_int(raw(SYS_getxattr, "f", ACCESS, 0, 0), -ENODATA, "a file without a list");
	is_int(set_list("f", ACCESS, "u::rw-,u:1000:rwx,g::r--,m::r-x,o::---"), 0, "a list is set");
	is_int(mode_of("f"), 0650, "the mask is what the mode shows of the group");
	is_list("f", ACCESS, "u::rw-,u:1000:rwx,g::r--,m::r-x,o::---", "it is read");
	is_int(raw(SYS_getxattr, "f", ACCESS, 0, 0), 4 + 5 * 8, "its size");
	is_int(raw(SYS_getxattr, "f", ACCESS, &list, 10), -ERANGE, "too little room");
	ok(chmod("f", 0707) == 0, "chmod");
	is_list("f", ACCESS, "u::rwx,u:1000:rwx,g::r--,m::---,o::rwx", "chmod changes owner, mask and others");
	is_int(set_list("f", ACCESS, "u::rw-,g::r--,o::r--"), 0, "one that says no more than the mode");
	is_int(mode_of("f"), 0644, "becomes the mode");
	is_int(raw(SYS_getxattr, "f", ACCESS, 0, 0), -ENODATA, "and is none");
	is_int(set_list("f", ACCESS, "u::rw-,g::rwx,m::r--,o::---"), 0, "a mask without names");
	is_list("f", ACCESS, "u::rw-,g::rwx,m::r--,o::---", "is a list");
	is_int(raw(SYS_removexattr, "f", ACCESS), 0, "it is removed");
	is_int(mode_of("f"), 0640, "the mode stays");
	is_int(raw(SYS_removexattr, "f", ACCESS), 0, "removing none");
	is_int(set_list("f", ACCESS, "u::rw-,u:5:r--,g::r--,m::r--,o::r--"), 0, "another list");
	is_int(raw(SYS_setxattr, "f", ACCESS, 0, 0, 0), 0, "nothing is set");
	is_int(raw(SYS_getxattr, "f", ACCESS, 0, 0), -ENODATA, "which removes it");
	is_int(raw(SYS_setxattr, "f", ACCESS, &list, 4, 0), 0, "a list without entries");
	is_int(raw(SYS_setxattr, "f", ACCESS, &list, 3, 0), -EINVAL, "no whole head");
	is_int(raw(SYS_setxattr, "f", ACCESS, &list, 9, 0), -EINVAL, "no whole entry");
	list.version = 1;
	is_int(raw(SYS_setxattr, "f", ACCESS, &list, 12, 0), -EOPNOTSUPP, "another version");
	make_list("u::rw-,g::r--,o::r--", &list);
	list.entries[1].tag = 3;
	is_int(raw(SYS_setxattr, "f", ACCESS, &list, 28, 0), -EINVAL, "an unknown tag");
	make_list("u::rw-,g::r--,o::r--", &list);
	list.entries[1].perm = 8;
	is_int(raw(SYS_setxattr, "f", ACCESS, &list, 28, 0), -EINVAL, "an unknown permission");
	is_int(raw(SYS_setxattr, "f", ACCESS, &list, 28, 4), -EINVAL, "an unknown flag");
	must(symlink("f", "l") == 0);
	is_int(raw(SYS_lsetxattr, "l", ACCESS, &list, 28, 0), -EOPNOTSUPP, "links have none");
	is_int(raw(SYS_lgetxattr, "l", ACCESS, &list, 28), -EOPNOTSUPP, "to be read either");
	is_int(raw(SYS_getxattr, "/proc/self", ACCESS, &list, 28), -EOPNOTSUPP, "a file system without lists");
	is_int(set_list("f", DEFAULT, "u::rw-,g::r--,o::r--"), -EACCES, "a default list of a file");
	is_int(raw(SYS_removexattr, "f", DEFAULT), 0, "which it has none of");
	if (in_child(&pid)) {
		become_user(1000);
		must(set_list("f", ACCESS, "u::rw-,g::r--,o::r--") == -EPERM);
		must(set_list("f", ACCESS, "o::r--") == -EPERM);
		must(raw(SYS_removexattr, "f", ACCESS) == -EPERM);
		_exit(0);
	}
	is_exited(pid, 0, "another's file");
}

static void orders(void)
{
	static const char *const wrong[] = {
		"u::rw-",
		"u::rw-,g::r--",
		"g::r--,u::rw-,o::r--",
		"u::rw-,o::r--,g::r--",
		"u::rw-,u::rw-,g::r--,o::r--",
		"u::rw-,g::r--,g::r--,o::r--",
		"u::rw-,g::r--,o::r--,o::r--",
		"u::rw-,g::r--,m::r--,m::r--,o::r--",
		"u::rw-,u:5:r--,g::r--,o::r--",
		"u::rw-,g::r--,g:5:r--,o::r--",
		"u::rw-,g::r--,u:5:r--,m::r--,o::r--",
		"u::rw-,g:5:r--,g::r--,m::r--,o::r--",
		"u::rw-,g::r--,m::r--,g:5:r--,o::r--",
		"u:5:rw-,u::rw-,g::r--,m::r--,o::r--",
		"u::rw-,u:4294967295:r--,g::r--,m::r--,o::r--",
	};
	static const char *const right[] = {
		"u::rw-,g::r--,m::r--,o::r--",
		"u::rw-,u:5:r--,u:5:rw-,u:4:---,g::r--,g:9:r--,g:8:rwx,g:9:---,m::r--,o::r--",
	};

	make_file("f");
	for (size_t i = 0; i < count_of(wrong); i++)
		is_int(set_list("f", ACCESS, wrong[i]), -EINVAL, "%s", wrong[i]);
	for (size_t i = 0; i < count_of(right); i++) {
		is_int(set_list("f", ACCESS, right[i]), 0, "%s", right[i]);
		is_list("f", ACCESS, right[i], "the same again");
	}
}

/* What a user of these ids may do by access(2), as its three bits. */
static int allowed(unsigned uid, unsigned gid, unsigned group)
{
	int *bits = map_shared(1), result;
	pid_t pid;

	if (in_child(&pid)) {
		gid_t groups[1] = {group};

		must(raw(SYS_setgroups, group ? 1 : 0, groups) == 0);
		must(raw(SYS_setresgid, gid, gid, gid) == 0 && raw(SYS_setresuid, uid, uid, uid) == 0);
		for (int bit = 1; bit <= 4; bit *= 2)
			*bits |= raw(SYS_access, "f", bit) == 0 ? bit : 0;
		_exit(0);
	}
	reap(pid);
	result = *bits;
	munmap(bits, PAGE);
	return result;
}

static void rules(void)
{
	static const struct {
		const char *list;
		unsigned uid, gid, group;
		int bits;
	} rows[] = {
		{"u::r--,u:1000:rwx,g::---,m::rwx,o::---", 2000, 5, 0, 4},    /* the owner */
		{"u::---,u:2000:rwx,g::rwx,m::rwx,o::rwx", 2000, 3000, 0, 0}, /* the owner, whatever else */
		{"u::---,u:1000:rw-,g::---,m::rwx,o::---", 1000, 5, 0, 6},
		{"u::---,u:1000:rw-,g::---,m::r-x,o::---", 1000, 5, 0, 4},    /* the mask */
		{"u::---,u:1000:---,g::rwx,m::rwx,o::rwx", 1000, 3000, 0, 0}, /* the user before his groups */
		{"u::---,u:999:rwx,g::r--,m::rwx,o::-w-", 1000, 5, 0, 2},
		{"u::---,u:999:rwx,g::r--,m::rwx,o::rwx", 1000, 3000, 0, 4}, /* a member is no other */
		{"u::---,g::r--,g:50:-w-,m::rwx,o::---", 1000, 3000, 50, 6}, /* either group */
		{"u::---,g::---,g:50:rw-,m::-w-,o::rwx", 1000, 50, 0, 2},
		{"u::---,g::---,g:50:---,m::rwx,o::rwx", 1000, 5, 50, 0},
		{"u::---,u:1000:rw-,u:1000:rwx,g::---,m::rwx,o::---", 1000, 5, 0, 6}, /* the first counts */
		{"u::---,u:1000:rwx,g::---,m::---,o::rwx", 1000, 5, 0, 7}, /* an empty mask: lists are not looked at */
		{"u::---,u:1000:rwx,g::---,m::---,o::---", 0, 0, 0, 6},    /* root */
		{"u::---,u:1000:r--,g::---,m::r-x,o::---", 0, 0, 0, 7},
	};

	for (size_t i = 0; i < count_of(rows); i++) {
		make_file("f");
		must(chown("f", 2000, 3000) == 0 && set_list("f", ACCESS, rows[i].list) == 0);
		is_int(allowed(rows[i].uid, rows[i].gid, rows[i].group), rows[i].bits, "%s: user %u, groups %u %u",
		       rows[i].list, rows[i].uid, rows[i].gid, rows[i].group);
	}
}

/* The search of directories knows lists as well. */
static void directories(void)
{
	pid_t pid;

	must(mkdir("d", 0711) == 0 && write_text("d/f", "x") == 1);
	must(set_list("d", ACCESS, "u::rwx,u:1000:---,g::--x,m::--x,o::--x") == 0);
	is_int(mode_of("d"), 0711, "all may search it, by its mode");
	if (in_child(&pid)) {
		become_user(1000);
		must(raw(SYS_access, "d/f", F_OK) == -EACCES && raw(SYS_open, "d/f", O_RDONLY) == -EACCES);
		must(raw(SYS_chdir, "d") == -EACCES && raw(SYS_unlink, "d/f") == -EACCES);
		_exit(0);
	}
	is_exited(pid, 0, "but not he whom the list keeps out");
	must(chmod("d", 0700) == 0 && set_list("d", ACCESS, "u::rwx,u:1000:rwx,g::---,m::rwx,o::---") == 0);
	if (in_child(&pid)) {
		become_user(1000);
		must(raw(SYS_access, "d/f", F_OK) == 0 && raw(SYS_unlink, "d/f") == 0 && raw(SYS_mkdir, "d/e", 0) == 0);
		_exit(0);
	}
	is_exited(pid, 0, "and the other way round");
}

static void inherited(void)
{
	const char *want = "u::rwx,u:1000:rwx,g::r-x,m::rwx,o::---";
	int fd;

	umask(077);
	must(mkdir("d", 0755) == 0 && set_list("d", DEFAULT, want) == 0);
	is_int(raw(SYS_getxattr, "d", ACCESS, 0, 0), -ENODATA, "a default list alone lets nobody in");
	must(close(open("d/f", O_CREAT | O_WRONLY, 0666)) == 0);
	is_list("d/f", ACCESS, "u::rw-,u:1000:rwx,g::r-x,m::rw-,o::---", "a new file, whatever the umask");
	is_int(mode_of("d/f"), 0660, "its mode");
	is_int(raw(SYS_getxattr, "d/f", DEFAULT, 0, 0), -ENODATA, "it has no default list");
	must(close(open("d/g", O_CREAT | O_WRONLY, 0606)) == 0);
	is_list("d/g", ACCESS, "u::rw-,u:1000:rwx,g::r-x,m::---,o::---", "one that asks for less");
	must(mkdir("d/e", 0777) == 0);
	is_list("d/e", ACCESS, want, "a new directory");
	is_list("d/e", DEFAULT, want, "which hands the list on");
	must(mknod("d/fifo", S_IFIFO | 0666, 0) == 0);
	is_list("d/fifo", ACCESS, "u::rw-,u:1000:rwx,g::r-x,m::rw-,o::---", "a FIFO");
	must(symlink("f", "d/l") == 0);
	is_int(raw(SYS_lgetxattr, "d/l", ACCESS, 0, 0), -EOPNOTSUPP, "a link has none");
	fd = open("d", O_TMPFILE | O_RDWR, 0666);
	is_int(raw(SYS_fgetxattr, fd, ACCESS, 0, 0), 4 + 5 * 8, "a file without a name has");
	must(set_list("d", DEFAULT, "u::rwx,g::r-x,o::r-x") == 0);
	is_list("d", DEFAULT, "u::rwx,g::r-x,o::r-x", "a default list may be as short as the mode");
	must(close(open("d/h", O_CREAT | O_WRONLY, 0666)) == 0);
	is_int(mode_of("d/h"), 0644, "then it is the umask");
	is_int(raw(SYS_getxattr, "d/h", ACCESS, 0, 0), -ENODATA, "and no list");
	must(removexattr("d", DEFAULT) == 0);
	must(close(open("d/i", O_CREAT | O_WRONLY, 0666)) == 0);
	is_int(mode_of("d/i"), 0600, "without one the umask counts again");
}

static int has_name(const char *names, long bytes, const char *name)
{
	for (long at = 0; at < bytes; at += (long)strlen(names + at) + 1) {
		if (strcmp(names + at, name) == 0)
			return 1;
	}
	return 0;
}

static void listed(void)
{
	char names[400];
	long bytes;

	must(mkdir("d", 0755) == 0);
	is_int(raw(SYS_listxattr, "d", names, sizeof(names)), 0, "no names at first");
	must(set_list("d", DEFAULT, "u::rwx,g::r-x,o::r-x") == 0);
	must(set_list("d", ACCESS, "u::rwx,u:5:rwx,g::r-x,m::rwx,o::r-x") == 0);
	bytes = raw(SYS_listxattr, "d", names, sizeof(names));
	is_int(bytes, sizeof(ACCESS) + sizeof(DEFAULT), "two lists are two names");
	ok(has_name(names, bytes, ACCESS) && has_name(names, bytes, DEFAULT), "theirs");
	is_int(raw(SYS_listxattr, "d", names, 10), -ERANGE, "too little room");
}

static const struct tap_case cases[] = {
	{"forms", forms, 0},         {"orders", orders, 0}, {"rules", rules, 0}, {"directories", directories, 0},
	{"inherited", inherited, 0}, {"listed", listed, 0},
};

TAP_MAIN(cases)
