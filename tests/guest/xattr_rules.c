/* Extended attributes: name spaces, who may, flags, sizes, kinds of files, capabilities' own forms. */
#include "caps.h"

#include <sys/xattr.h>

static long set(const char *path, const char *name, const char *value, int flags)
{
	return raw(SYS_setxattr, path, name, value, strlen(value), flags);
}

static void basics(void)
{
	char value[16];

	must(write_text("f", "x") == 1);
	is_int(set("f", "user.a", "one", 0), 0, "set");
	is_int(raw(SYS_getxattr, "f", "user.a", 0, 0), 3, "how long it is");
	is_int(raw(SYS_getxattr, "f", "user.a", value, sizeof(value)), 3, "get");
	ok(memcmp(value, "one", 3) == 0, "its value");
	is_int(raw(SYS_getxattr, "f", "user.a", value, 2), -ERANGE, "too little room");
	is_int(raw(SYS_getxattr, "f", "user.a", 8, 3), -EFAULT, "to nowhere");
	is_int(raw(SYS_getxattr, "f", "user.b", value, 3), -ENODATA, "another name");
	is_int(set("f", "user.a", "two", XATTR_CREATE), -EEXIST, "XATTR_CREATE of one that is there");
	is_int(set("f", "user.b", "two", XATTR_REPLACE), -ENODATA, "XATTR_REPLACE of none");
	is_int(set("f", "user.a", "longer value", XATTR_REPLACE), 0, "XATTR_REPLACE");
	is_int(set("f", "user.b", "", XATTR_CREATE), 0, "an empty value");
	is_int(raw(SYS_getxattr, "f", "user.b", value, sizeof(value)), 0, "is a value");
	is_int(set("f", "user.c", "", 4), -EINVAL, "an unknown flag");
	is_int(raw(SYS_listxattr, "f", 0, 0), 14, "two names");
	is_int(raw(SYS_listxattr, "f", value, 13), -ERANGE, "no room for both");
	is_int(raw(SYS_listxattr, "f", 8, 14), -EFAULT, "names to nowhere");
	is_int(raw(SYS_removexattr, "f", "user.b"), 0, "remove");
	is_int(raw(SYS_removexattr, "f", "user.b"), -ENODATA, "once");
	must(link("f", "g") == 0);
	is_int(raw(SYS_getxattr, "g", "user.a", 0, 0), 12, "all names of a file have them");
	must(rename("f", "h") == 0);
	is_int(raw(SYS_getxattr, "h", "user.a", 0, 0), 12, "and a name that was moved");
}

static void names(void)
{
	char name[300] = "user.";
	static char large[65536 + 1];

	must(write_text("f", "x") == 1);
	memset(name + 5, 'n', 250);
	is_int(set("f", name, "x", 0), 0, "a name of 255 bytes");
	name[255] = 'n';
	is_int(set("f", name, "x", 0), -ERANGE, "one of 256");
	is_int(raw(SYS_getxattr, "f", name, 0, 0), -ERANGE, "to get");
	is_int(raw(SYS_removexattr, "f", name), -ERANGE, "to remove");
	is_int(set("f", "", "x", 0), -ERANGE, "no name");
	is_int(set("f", "user.", "x", 0), -EINVAL, "a name space alone");
	is_int(raw(SYS_getxattr, "f", "user.", 0, 0), -EINVAL, "to get");
	is_int(set("f", "trusted.", "x", 0), -EINVAL, "the trusted one");
	is_int(set("f", "user", "x", 0), -EOPNOTSUPP, "no name space");
	is_int(set("f", "other.a", "x", 0), -EOPNOTSUPP, "an unknown one");
	is_int(raw(SYS_getxattr, "f", "other.a", 0, 0), -EOPNOTSUPP, "to get");
	is_int(raw(SYS_removexattr, "f", "other.a"), -EOPNOTSUPP, "to remove");
	is_int(raw(SYS_setxattr, "f", 8, "x", 1, 0), -EFAULT, "a name from nowhere");
	is_int(raw(SYS_setxattr, "f", "user.a", 8, 1, 0), -EFAULT, "a value from nowhere");
	is_int(raw(SYS_setxattr, "f", "user.a", large, 65537, 0), -E2BIG, "a value that is too long");
	is_int(raw(SYS_setxattr, "f", "user.a", large, 65536, 0), 0, "the longest one");
	is_int(raw(SYS_getxattr, "f", "user.a", large, sizeof(large)), 65536, "to get");
	is_int(raw(SYS_fsetxattr, 99, "user.a", "x", 1, 0), -EBADF, "no descriptor");
	is_int(raw(SYS_setxattr, "none", "user.a", "x", 1, 0), -ENOENT, "no file");
}

static void kinds(void)
{
	int fd;

	must(write_text("f", "x") == 1 && symlink("f", "l") == 0 && mkdir("d", 0755) == 0 && mkfifo("p", 0644) == 0 &&
	     mknod("c", S_IFCHR | 0644, 0x103) == 0);
	is_int(set("d", "user.a", "x", 0), 0, "user attributes of a directory");
	is_int(set("l", "user.a", "x", 0), 0, "through a link");
	is_int(raw(SYS_getxattr, "f", "user.a", 0, 0), 1, "they are the file's");
	is_int(raw(SYS_lsetxattr, "l", "user.a", "x", 1, 0), -EPERM, "not of a link");
	is_int(raw(SYS_lgetxattr, "l", "user.a", 0, 0), -ENODATA, "to get");
	is_int(raw(SYS_lremovexattr, "l", "user.a"), -EPERM, "to remove");
	is_int(set("p", "user.a", "x", 0), -EPERM, "not of a FIFO");
	is_int(set("c", "user.a", "x", 0), -EPERM, "not of a device");
	is_int(raw(SYS_getxattr, "c", "user.a", 0, 0), -ENODATA, "to get");
	is_int(raw(SYS_lsetxattr, "l", "trusted.a", "x", 1, 0), 0, "trusted ones of a link");
	is_int(set("p", "trusted.a", "x", 0), 0, "of a FIFO");
	is_int(set("c", "security.namu", "x", 0), 0, "security ones of a device");
	fd = open("f", O_RDONLY);
	is_int(raw(SYS_fsetxattr, fd, "user.b", "x", 1, 0), 0, "a descriptor for reading will do");
	is_int(raw(SYS_flistxattr, fd, 0, 0), 14, "its names");
	fd = open("f", O_PATH);
	is_int(raw(SYS_fgetxattr, fd, "user.a", 0, 0), -EBADF, "O_PATH will not");
	is_int(set("/proc/self/status", "trusted.a", "x", 0), -EOPNOTSUPP, "files of proc have none");
	is_int(raw(SYS_listxattr, "/proc/self/status", 0, 0), 0, "and no names");
}

static void rights(void)
{
	static char names[100];
	pid_t pid;

	must(write_text("f", "x") == 1 && chmod("f", 0644) == 0 && write_text("closed", "x") == 1 &&
	     chmod("closed", 0600) == 0 && mkdir("sticky", 0777) == 0 && chmod("sticky", 01777) == 0 &&
	     write_text("open", "x") == 1 && chmod("open", 0666) == 0);
	must(set("f", "user.a", "x", 0) == 0 && set("closed", "user.a", "x", 0) == 0 &&
	     set("f", "trusted.a", "x", 0) == 0 && set("f", "security.namu", "x", 0) == 0);
	is_int(raw(SYS_listxattr, "f", names, sizeof(names)), 7 + 10 + 14, "root sees all names");
	if (in_child(&pid)) {
		become_user(1000);
		must(raw(SYS_getxattr, "f", "user.a", 0, 0) == 1 && set("f", "user.a", "x", 0) == -EACCES);
		must(raw(SYS_removexattr, "f", "user.a") == -EACCES);
		must(raw(SYS_getxattr, "closed", "user.a", 0, 0) == -EACCES);
		must(raw(SYS_listxattr, "closed", names, sizeof(names)) == 7);
		must(raw(SYS_getxattr, "f", "trusted.a", 0, 0) == -ENODATA && set("f", "trusted.a", "x", 0) == -EPERM);
		must(raw(SYS_getxattr, "f", "security.namu", 0, 0) == 1 && set("f", "security.namu", "x", 0) == -EPERM);
		must(raw(SYS_removexattr, "f", "security.namu") == -EPERM);
		must(raw(SYS_listxattr, "f", names, sizeof(names)) == 7 + 14);
		must(set("open", "user.a", "x", 0) == 0 && set("sticky", "user.a", "x", 0) == -EPERM);
		_exit(0);
	}
	is_exited(pid, 0, "somebody else");
}

/* security.capability is no text: its forms are checked and shown as the reader's name space has them. */
static void capabilities(void)
{
	struct file_caps caps = file_caps_make(FILE_CAPS_2 | FILE_CAPS_EFFECTIVE, BIT(CAP_KILL), 0), got;

	must(write_text("f", "x") == 1);
	is_int(raw(SYS_setxattr, "f", FILE_CAPS, &caps, FILE_CAPS_2_BYTES, 0), 0, "the second version");
	is_int(raw(SYS_getxattr, "f", FILE_CAPS, &got, sizeof(got)), FILE_CAPS_2_BYTES, "is got");
	ok(memcmp(&got, &caps, FILE_CAPS_2_BYTES) == 0, "the same");
	is_int(raw(SYS_getxattr, "f", FILE_CAPS, &got, 19), -ERANGE, "too little room");
	is_int(raw(SYS_setxattr, "f", FILE_CAPS, &caps, 19, 0), -EINVAL, "too short");
	is_int(raw(SYS_setxattr, "f", FILE_CAPS, &caps, 24, 0), -EINVAL, "too long");
	is_int(raw(SYS_setxattr, "f", FILE_CAPS, &caps, 3, 0), -EINVAL, "much too short");
	is_int(raw(SYS_setxattr, "f", FILE_CAPS, 0, 0, 0), 0, "nothing");
	is_int(raw(SYS_getxattr, "f", FILE_CAPS, &got, sizeof(got)), -EINVAL, "is no value to get");
	caps.magic = FILE_CAPS_1;
	is_int(raw(SYS_setxattr, "f", FILE_CAPS, &caps, FILE_CAPS_1_BYTES, 0), -EINVAL, "the first version");
	caps.magic = 0x04000000;
	is_int(raw(SYS_setxattr, "f", FILE_CAPS, &caps, FILE_CAPS_2_BYTES, 0), -EINVAL, "an unknown version");
	caps.magic = FILE_CAPS_3 | FILE_CAPS_EFFECTIVE;
	is_int(raw(SYS_setxattr, "f", FILE_CAPS, &caps, FILE_CAPS_3_BYTES, 0), 0, "the third version, of root");
	is_int(raw(SYS_getxattr, "f", FILE_CAPS, &got, sizeof(got)), FILE_CAPS_2_BYTES, "is shown as the second");
	is_int(got.magic, FILE_CAPS_2 | FILE_CAPS_EFFECTIVE, "with its effective bit");
	caps.root = 1000;
	is_int(raw(SYS_setxattr, "f", FILE_CAPS, &caps, FILE_CAPS_3_BYTES, 0), 0, "the third version, of another root");
	is_int(raw(SYS_getxattr, "f", FILE_CAPS, &got, sizeof(got)), FILE_CAPS_3_BYTES, "is shown as it is");
	is_int(got.root, 1000, "with its root");
	is_int(raw(SYS_getxattr, "f", FILE_CAPS, 0, 0), FILE_CAPS_3_BYTES, "and its size");
	is_int(raw(SYS_removexattr, "f", FILE_CAPS), 0, "removed");
	is_int(raw(SYS_removexattr, "f", FILE_CAPS), -ENODATA, "once");
}

static const struct tap_case cases[] = {
	{"basics", basics, 0},
	{"names", names, 0},
	{"kinds", kinds, 0},
	{"rights", rights, 0},
	{"capabilities", capabilities, 0},
};

TAP_MAIN(cases)
