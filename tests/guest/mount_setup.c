/* Trees of files set up step by step: fsopen(2), fsconfig(2), fsmount(2), fspick(2), and the log of what went wrong. */
#include "mount_help.h"

/* The C library of the tests has none of these. */
#define SYS_fsopen_  430
#define SYS_config_  431
#define SYS_fsmount_ 432
#define SYS_fspick_  433
#define SYS_move_    429
#define FROM_EMPTY   4
#define CLOEXEC_     1
#define EMPTY_PATH   8
#define NOFOLLOW     2

enum { SET_FLAG, SET_STRING, SET_BINARY, SET_PATH, SET_PATH_EMPTY, SET_FD, CREATE, RECONFIGURE, CREATE_EXCL };

static int fs_open(const char *type)
{
	return (int)syscall(SYS_fsopen_, type, CLOEXEC_);
}

static long config(int fd, int command, const char *key, const void *value, int aux)
{
	return syscall(SYS_config_, fd, command, key, value, aux);
}

static long set(int fd, const char *key, const char *value)
{
	return config(fd, value ? SET_STRING : SET_FLAG, key, value, 0);
}

static long create(int fd)
{
	return config(fd, CREATE, NULL, NULL, 0);
}

static long change(int fd)
{
	return config(fd, RECONFIGURE, NULL, NULL, 0);
}

static int fs_mount(int fd, unsigned attributes)
{
	return (int)syscall(SYS_fsmount_, fd, CLOEXEC_, attributes);
}

static long put_on(int mounted, const char *where)
{
	return syscall(SYS_move_, mounted, "", AT_FDCWD, where, FROM_EMPTY);
}

/* The oldest line of the log; "" when there is none. */
static const char *said(int fd)
{
	static char text[1024];
	long bytes = read(fd, text, sizeof(text) - 1);

	text[bytes > 0 ? bytes : 0] = 0;
	return text;
}

static void drain(int fd)
{
	while (said(fd)[0])
		;
}

static void new_tmpfs(void)
{
	struct statfs info;
	struct stat st;
	char link[100] = "", name[60];
	int fd, mounted;

	own_mounts();
	must(mkdir("t", 0755) == 0);
	fd = fs_open("tmpfs");
	ok(fd >= 0, "tmpfs is opened");
	ok(fcntl(fd, F_GETFD) & FD_CLOEXEC, "its descriptor ends at an execution");
	is_int(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR, "it is for reading and writing");
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	must(readlink(name, link, sizeof(link) - 1) > 0);
	is_str(link, "anon_inode:[fscontext]", "and called so");
	works(set(fd, "source", "some where"), "a source");
	works(set(fd, "size", "1m"), "a size");
	works(set(fd, "nr_inodes", "50"), "a number of files");
	works(set(fd, "mode", "700"), "a mode");
	works(set(fd, "uid", "5"), "an owner");
	works(set(fd, "size", "2m"), "another size: the last counts");
	fails(fs_mount(fd, 0), EINVAL, "nothing is there to be mounted yet");
	works(create(fd), "it is created");
	fails(create(fd), EBUSY, "once");
	fails(set(fd, "size", "3m"), EBUSY, "from then on it takes no options");
	mounted = fs_mount(fd, MS_NOSUID | MS_NOEXEC);
	ok(mounted >= 0, "it is mounted");
	fails(fs_mount(fd, 0), EBUSY, "once");
	must(fstat(mounted, &st) == 0 && fstatfs(mounted, &info) == 0);
	ok(S_ISDIR(st.st_mode) && (st.st_mode & 07777) == 0700 && st.st_uid == 5, "its root is as it was asked for");
	is_int(info.f_blocks, 512, "so is its size");
	ok(fcntl(mounted, F_GETFL) & O_PATH, "the descriptor names a place");
	must(mkdirat(mounted, "in", 0755) == 0);
	works(put_on(mounted, "t"), "it is put on a directory");
	ok(exists("t/in"), "what was made in it is there");
	is_str(mount_field(here("t"), 5), "rw,nosuid,noexec,relatime", "with the mount's flags");
	is_str(mount_field(here("t"), 7), "tmpfs", "its type");
	is_str(mount_field(here("t"), 8), "some\\040where", "and source");
	ok(strncmp(mount_field(here("t"), 9), "rw,size=2048k,nr_inodes=50,mode=700,uid=5", 40) == 0, "and options (%s)",
	   mount_field(here("t"), 9));
	close(mounted);
	close(fd);
	ok(exists("t/in"), "without the descriptors too");
	works(umount("t"), "it is unmounted");
}

static void attributes(void)
{
	static const struct {
		unsigned attributes;
		const char *text;
	} rows[] = {
		{0, "rw,relatime"},
		{1, "ro,relatime"},
		{4, "rw,nodev,relatime"},
		{0x10, "rw,noatime"},
		{0x20, "rw"},
		{0x80, "rw,nodiratime,relatime"},
		{0x200000, "rw,relatime,nosymfollow"},
	};
	int fd, mounted;

	own_mounts();
	must(mkdir("t", 0755) == 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fd = fs_open("tmpfs");
		must(create(fd) == 0);
		mounted = fs_mount(fd, rows[i].attributes);
		must(mounted >= 0 && put_on(mounted, "t") == 0);
		is_str(mount_field(here("t"), 5), rows[i].text, "attributes %#x", rows[i].attributes);
		is_str(mount_field(here("t"), 8), "none", "a source that nobody named");
		close(mounted);
		close(fd);
		must(umount("t") == 0);
	}
	fd = fs_open("tmpfs");
	must(create(fd) == 0);
	fails(fs_mount(fd, 0x30), EINVAL, "access times of two kinds");
	fails(fs_mount(fd, 0x70), EINVAL, "or of three");
	fails(fs_mount(fd, 0x1000000), EINVAL, "an unknown attribute");
	fails(syscall(SYS_fsmount_, fd, 2, 0), EINVAL, "an unknown flag");
	close(fd);
}

static void messages(void)
{
	char byte;
	int fd = fs_open("tmpfs");

	must(fd >= 0);
	fails(read(fd, &byte, 1), ENODATA, "the log is empty at first");
	fails(set(fd, "color", "blue"), EINVAL, "an unknown option");
	fails(read(fd, &byte, 1), EMSGSIZE, "too little room for the line about it");
	is_str(said(fd), "e tmpfs: Unknown parameter 'color'\n", "which stays to be read");
	fails(read(fd, &byte, 1), ENODATA, "once");
	fails(set(fd, "noatime", NULL), EINVAL, "what belongs to a mount is no option here");
	is_str(said(fd), "e tmpfs: Unknown parameter 'noatime'\n", "as it says");
	fails(set(fd, "size", "bad"), EINVAL, "a bad value");
	is_str(said(fd), "e tmpfs: Bad value for 'size'\n", "is called one");
	fails(set(fd, "size", NULL), EINVAL, "so is none");
	is_str(said(fd), "e tmpfs: Bad value for 'size'\n", "in the same words");
	fails(set(fd, "mode", "9"), EINVAL, "no octal number");
	is_str(said(fd), "e tmpfs: Bad value for 'mode'\n", "here too");
	works(set(fd, "source", "a"), "a source");
	fails(set(fd, "source", "b"), EINVAL, "and another one");
	is_str(said(fd), "e Multiple sources\n", "are too many");
	fails(config(fd, SET_FLAG, "source", NULL, 0), EINVAL, "a source without a name");
	is_str(said(fd), "e Non-string source\n", "is none");
	fails(config(fd, SET_BINARY, "size", "abc", 3), EINVAL, "bytes are no size");
	fails(config(fd, SET_PATH, "size", "/", AT_FDCWD), EINVAL, "nor a path");
	fails(config(fd, SET_FD, "size", NULL, 0), EINVAL, "nor a descriptor");
	drain(fd);
	for (int i = 0; i < 12; i++) {
		char key[20];
		snprintf(key, sizeof(key), "key%d", i);
		must(set(fd, key, NULL) < 0);
	}
	is_str(said(fd), "e tmpfs: Unknown parameter 'key4'\n", "the eldest lines are lost");
	for (int i = 0; i < 6; i++)
		must(said(fd)[0]);
	is_str(said(fd), "e tmpfs: Unknown parameter 'key11'\n", "beyond eight");
	is_str(said(fd), "", "and no more");
	works(create(fd), "all that did no harm");
	close(fd);
}

static void flags_of_trees(void)
{
	int fd, mounted;

	own_mounts();
	must(mkdir("t", 0755) == 0);
	fd = fs_open("tmpfs");
	works(set(fd, "ro", NULL), "ro");
	works(set(fd, "sync", NULL), "sync");
	works(set(fd, "async", NULL), "which async takes back");
	works(set(fd, "lazytime", NULL), "lazytime");
	works(create(fd), "make a tree");
	mounted = fs_mount(fd, 0);
	must(mounted >= 0 && put_on(mounted, "t") == 0);
	is_str(mount_field(here("t"), 5), "rw,relatime", "whose mount may be written to");
	ok(strncmp(mount_field(here("t"), 9), "ro,lazytime", 11) == 0, "but itself not (%s)",
	   mount_field(here("t"), 9));
	fails(mkdir("t/d", 0755), EROFS, "so nothing is made in it");
	works(set(fd, "rw", NULL), "that can be changed");
	works(change(fd), "with the same descriptor");
	works(mkdir("t/d", 0755), "and then it goes");
	ok(strncmp(mount_field(here("t"), 9), "rw,lazytime", 11) != 0, "words that are not said again are forgotten");
	close(mounted);
	close(fd);
	must(umount("t") == 0);
	fd = fs_open("tmpfs");
	works(set(fd, "dirsync", NULL), "dirsync is for the beginning");
	works(create(fd), "only");
	mounted = fs_mount(fd, 0);
	must(mounted >= 0 && put_on(mounted, "t") == 0);
	works(set(fd, "rw", NULL), "so what was begun with it");
	fails(change(fd), EINVAL, "is not changed by the same descriptor");
	is_str(said(fd), "", "without a word");
	must(mount("t", "t", NULL, MS_REMOUNT, NULL) == 0);
	ok(strncmp(mount_field(here("t"), 9), "rw,dirsync", 10) == 0, "nor taken away by a remount");
	close(mounted);
	close(fd);
}

static void pick(void)
{
	struct statfs info;
	int fd, file;

	own_mounts();
	must(mkdir("t", 0755) == 0 && mkdir("u", 0755) == 0 && symlink("t", "l") == 0);
	must(tmpfs_on("t", "size=1m,nr_inodes=50") == 0 && mkdir("t/d", 0755) == 0);
	must(mount("t", "u", NULL, MS_BIND, NULL) == 0);
	fd = (int)syscall(SYS_fspick_, AT_FDCWD, "l", CLOEXEC_);
	ok(fd >= 0, "a mounted tree is picked, through a link");
	fails(fs_mount(fd, 0), EBUSY, "it is not mounted once more");
	fails(create(fd), EBUSY, "nor created");
	works(set(fd, "size", "2m"), "another size");
	must(statfs("t", &info) == 0);
	is_int(info.f_blocks, 256, "does nothing yet");
	works(change(fd), "until it is told");
	must(statfs("t", &info) == 0);
	is_int(info.f_blocks, 512, "and does then");
	is_int(info.f_files, 50, "the rest stays");
	works(set(fd, "ro", NULL), "ro");
	works(change(fd), "again");
	fails(mkdir("u/e", 0755), EROFS, "is for all mounts of it");
	is_str(mount_field(here("u"), 5), "rw,relatime", "whose own flags stay");
	works(set(fd, "rw", NULL), "and back");
	works(change(fd), "again");
	file = open("t/f", O_CREAT | O_WRONLY, 0644);
	must(file >= 0);
	must(set(fd, "ro", NULL) == 0);
	fails(change(fd), EBUSY, "not while a file is written to");
	fails(change(fd), EBUSY, "after a failure the descriptor is spent");
	fails(set(fd, "rw", NULL), EBUSY, "for everything");
	works(write(file, "x", 1) == 1 ? 0 : -1, "the file may still be written to");
	close(file);
	close(fd);
	fd = (int)syscall(SYS_fspick_, AT_FDCWD, "t", 0);
	must(fd >= 0);
	works(umount2("t", MNT_DETACH), "what was picked can be unmounted");
	works(umount("u"), "everywhere");
	works(set(fd, "size", "3m"), "and its tree is still there");
	works(change(fd), "to be changed");
	close(fd);
	fails(syscall(SYS_fspick_, AT_FDCWD, "t", 0), EINVAL, "a directory is no mount");
	fails(syscall(SYS_fspick_, AT_FDCWD, "l", NOFOLLOW), EINVAL, "nor is a link");
	fails(syscall(SYS_fspick_, AT_FDCWD, "none", 0), ENOENT, "nor nothing");
	fails(syscall(SYS_fspick_, AT_FDCWD, "", 0), ENOENT, "an empty path");
	fails(syscall(SYS_fspick_, AT_FDCWD, "t", 16), EINVAL, "an unknown flag");
	must(tmpfs_on("t", NULL) == 0);
	file = open("t", O_PATH);
	fd = (int)syscall(SYS_fspick_, file, "", EMPTY_PATH);
	ok(fd >= 0, "a descriptor of the root will do");
	close(fd);
	close(file);
}

static void other_types(void)
{
	struct statfs info;
	struct stat st;
	int fd, mounted;

	own_mounts();
	must(mkdir("p", 0755) == 0 && mkdir("d", 0755) == 0 && mkdir("s", 0755) == 0);
	fd = fs_open("proc");
	works(set(fd, "hidepid", "invisible"), "proc takes its option");
	fails(set(fd, "size", "1m"), EINVAL, "not those of others");
	is_str(said(fd), "e proc: Unknown parameter 'size'\n", "which it says");
	fails(set(fd, "hidepid", "purple"), EINVAL, "nor a bad value");
	must(create(fd) == 0);
	mounted = fs_mount(fd, MS_NOSUID | MS_NODEV | MS_NOEXEC);
	works(put_on(mounted, "p"), "it is mounted");
	is_str(mount_field(here("p"), 9), "rw,hidepid=invisible", "with its option");
	ok(exists("p/self/status"), "and shows processes");
	close(mounted);
	close(fd);
	fd = fs_open("devpts");
	works(set(fd, "newinstance", NULL), "devpts takes a word");
	works(set(fd, "ptmxmode", "666"), "and a value");
	fails(set(fd, "mode", "9"), EINVAL, "but no bad one");
	is_str(said(fd), "e devpts: Bad value for 'mode'\n", "which it says");
	must(create(fd) == 0);
	mounted = fs_mount(fd, 0);
	works(put_on(mounted, "d"), "it is mounted");
	must(stat("d/ptmx", &st) == 0);
	is_int(st.st_mode & 07777, 0666, "with its option");
	close(mounted);
	close(fd);
	fd = fs_open("sysfs");
	fails(set(fd, "size", "1m"), EINVAL, "sysfs has no options");
	must(create(fd) == 0);
	mounted = fs_mount(fd, MS_RDONLY);
	must(fstatfs(mounted, &info) == 0);
	is_int(info.f_type, 0x62656572, "but is mounted too");
	works(put_on(mounted, "s"), "somewhere");
	ok(exists("s/devices"), "and is there");
	close(mounted);
	close(fd);
}

static void never_put(void)
{
	int fd, mounted;

	own_mounts();
	fd = fs_open("tmpfs");
	must(create(fd) == 0);
	mounted = fs_mount(fd, 0);
	must(mounted >= 0);
	close(fd);
	int file = openat(mounted, "f", O_CREAT | O_RDWR, 0644);
	ok(file >= 0, "a mount that stands nowhere can be used");
	close(mounted);
	works(write(file, "x", 1) == 1 ? 0 : -1, "its open files live on without it");
	fails(openat(file, "..", O_RDONLY), ENOTDIR, "and lead nowhere");
	close(file);
}

static void refused(void)
{
	char name[300];
	int fd = fs_open("tmpfs");

	memset(name, 'a', sizeof(name));
	name[299] = 0;
	must(fd >= 0);
	fails(syscall(SYS_fsopen_, "tmpfs", 2), EINVAL, "an unknown flag");
	fails(syscall(SYS_fsopen_, "none", 0), ENODEV, "an unknown type");
	fails(syscall(SYS_fsopen_, "", 0), ENODEV, "no type");
	fails(syscall(SYS_fsopen_, NULL, 0), EFAULT, "no text");
	fails(config(-1, SET_FLAG, "ro", NULL, 0), EINVAL, "a negative descriptor");
	fails(config(99, SET_FLAG, "ro", NULL, 0), EBADF, "one that is not open");
	fails(config(0, SET_FLAG, "ro", NULL, 0), EINVAL, "one of something else");
	fails(config(fd, 9, NULL, NULL, 0), EOPNOTSUPP, "an unknown command");
	fails(config(fd, SET_FLAG, NULL, NULL, 0), EINVAL, "no key");
	fails(config(fd, SET_FLAG, "ro", "x", 0), EINVAL, "a value that belongs to no flag");
	fails(config(fd, SET_FLAG, "ro", NULL, 1), EINVAL, "a number that belongs to none");
	fails(config(fd, SET_STRING, "size", NULL, 0), EINVAL, "no value");
	fails(config(fd, SET_BINARY, "size", "abc", 0), EINVAL, "no bytes");
	fails(config(fd, SET_BINARY, "size", "abc", (1 << 20) + 1), EINVAL, "too many");
	fails(config(fd, SET_FD, "size", NULL, 99), EBADF, "a value that is no descriptor");
	fails(config(fd, SET_PATH, "size", "/", -5), EINVAL, "a path from nowhere");
	fails(config(fd, CREATE, "x", NULL, 0), EINVAL, "a command with a key");
	fails(config(fd, SET_FLAG, name, NULL, 0), EINVAL, "a key that is too long");
	fails(config(fd, SET_STRING, "size", name, 0), EINVAL, "so is a value");
	fails(config(fd, SET_FLAG, (char *)1, NULL, 0), EFAULT, "a key that is not there");
	fails(config(fd, SET_STRING, "size", (char *)1, 0), EFAULT, "a value that is not there");
	fails(change(fd), EBUSY, "nothing is there to be changed");
	fails(fs_mount(0, 0), EINVAL, "a descriptor of something else");
	fails(fs_mount(99, 0), EBADF, "none");
	fails(write(fd, "x", 1), EINVAL, "nothing is written to it");
	fails(lseek(fd, 0, SEEK_CUR), ESPIPE, "it has no position");
	works(create(fd), "it is as it was");
	become_user(1000);
	fails(syscall(SYS_fsopen_, "none", 9), EPERM, "who may not mount does not open");
	fails(fs_mount(fd, 0), EPERM, "nor mount");
	fails(syscall(SYS_fspick_, AT_FDCWD, "none", 99), EPERM, "nor pick");
	fails(create(fd), EBUSY, "what was opened by others is told of as before");
}

/* Options that were set by who may, a tree made by who may not. */
static void handed_over(void)
{
	int fd = fs_open("tmpfs");

	must(fd >= 0 && set(fd, "size", "1m") == 0);
	become_user(1000);
	works(set(fd, "nr_inodes", "5"), "options are anybody's");
	fails(create(fd), EPERM, "a tree is not");
	fails(create(fd), EPERM, "and that changes nothing");
}

static const struct tap_case cases[] = {
	{"new_tmpfs", new_tmpfs, 0},
	{"attributes", attributes, 0},
	{"messages", messages, 0},
	{"flags", flags_of_trees, 0},
	{"pick", pick, 0},
	{"other_types", other_types, 0},
	{"never_put", never_put, 0},
	{"refused", refused, 0},
	{"handed_over", handed_over, 0},
};

TAP_MAIN(cases)
