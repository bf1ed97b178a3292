/* name_to_handle_at(2) and open_by_handle_at(2): what a handle finds after renames and removals, and who may. */
#include "mount_help.h"

#include <sys/inotify.h>

#define SYS_name_ 303
#define SYS_open_ 304
#define EMPTY     0x1000
#define FOLLOW    0x400
#define ROOM      128

struct handle {
	unsigned bytes;
	int type;
	unsigned char data[ROOM];
};

static int mount_id;

static long name_at(int dirfd, const char *path, struct handle *handle, int flags)
{
	handle->bytes = ROOM;
	return raw(SYS_name_, dirfd, path, handle, &mount_id, flags);
}

static struct handle handle_of(const char *path)
{
	struct handle handle;

	must(name_at(AT_FDCWD, path, &handle, 0) == 0);
	return handle;
}

/* The file's number, or a negative errno. */
static long open_as(struct handle *handle, int where, int flags, int *kept)
{
	struct stat st;
	long fd = raw(SYS_open_, where, handle, flags);

	if (fd < 0)
		return fd;
	must(fstat((int)fd, &st) == 0);
	if (kept)
		*kept = (int)fd;
	else
		close((int)fd);
	return (long)st.st_ino;
}

static long number_of(const char *path)
{
	struct stat st;

	must(lstat(path, &st) == 0);
	return (long)st.st_ino;
}

static void here_and_back(void)
{
	struct handle file, directory, link, small = {.bytes = 0};
	char text[1000], want[40];
	int kept, where = open(".", O_RDONLY | O_DIRECTORY);

	must(write_text("file", "text") == 4 && mkdir("dir", 0755) == 0 && write_text("dir/in", "in") == 2);
	must(symlink("file", "link") == 0 && where >= 0);
	is_int(raw(SYS_name_, AT_FDCWD, "file", &small, &mount_id, 0), -EOVERFLOW, "too little room");
	ok(small.bytes > 0 && small.bytes <= ROOM, "how much it takes: %u", small.bytes);
	unsigned bytes = small.bytes;
	is_int(name_at(AT_FDCWD, "file", &file, 0), 0, "a handle");
	is_int(file.bytes, bytes, "takes that much");
	snprintf(text, sizeof(text), "/proc/self/fdinfo/%d", where);
	snprintf(want, sizeof(want), "%ld", proc_number(text, "mnt_id"));
	is_int(mount_id, atoi(want), "the mount is that of fdinfo");
	struct handle again = handle_of("file");
	ok(memcmp(&file, &again, 8 + file.bytes) == 0, "the same file, the same handle");
	must(rename("file", "dir/moved") == 0);
	is_int(open_as(&file, where, O_RDWR, &kept), number_of("dir/moved"), "it finds a file that was moved");
	is_int(read(kept, text, 10), 4, "which can be read");
	is_int(write(kept, "more", 4), 4, "and written");
	close(kept);
	must(read_text("dir/moved", text, sizeof(text)) == 8);
	is_str(text, "textmore", "as is seen by its name");
	directory = handle_of("dir");
	must(rename("dir", "other") == 0);
	is_int(open_as(&directory, where, O_RDONLY | O_DIRECTORY, &kept), number_of("other"), "a directory");
	int in = openat(kept, "in", O_RDONLY);
	ok(in >= 0, "with its names");
	close(in);
	in = openat(kept, "..", O_RDONLY);
	struct stat st;
	ok(in >= 0 && fstat(in, &st) == 0 && (long)st.st_ino == number_of("."), "below its parent");
	close(in);
	close(kept);
	link = handle_of("link");
	is_int(open_as(&link, where, O_RDONLY, NULL), -ELOOP, "a link is not opened");
	is_int(open_as(&link, where, O_PATH, NULL), number_of("link"), "but stood on");
	must(rename("other/moved", "file") == 0);
	is_int(name_at(AT_FDCWD, "link", &again, FOLLOW), 0, "a link is followed");
	ok(memcmp(&file, &again, 8 + file.bytes) == 0, "when asked for");
	is_int(name_at(open("file", O_RDONLY), "", &again, EMPTY), 0, "a descriptor");
	ok(memcmp(&file, &again, 8 + file.bytes) == 0, "is as good as a name");
	is_int(open_as(&file, open("file", O_RDONLY), O_RDONLY, NULL), number_of("file"),
	       "a file stands for its mount too");
	is_int(open_as(&file, where, O_RDONLY | O_DIRECTORY, NULL), -ENOTDIR, "a file is no directory");
	is_int(open_as(&directory, where, O_RDWR, NULL), -EISDIR, "a directory is not written");
}

static void gone(void)
{
	struct handle file, directory;
	int where = open(".", O_RDONLY | O_DIRECTORY), other;

	must(write_text("file", "x") == 1 && mkdir("dir", 0755) == 0 && link("file", "second") == 0);
	file = handle_of("file");
	directory = handle_of("dir");
	must(unlink("file") == 0);
	is_int(open_as(&file, where, O_RDONLY, NULL), number_of("second"), "one name of two is gone");
	must(unlink("second") == 0 && rmdir("dir") == 0);
	is_int(open_as(&file, where, O_RDONLY, NULL), -ESTALE, "both");
	is_int(open_as(&directory, where, O_RDONLY, NULL), -ESTALE, "a directory");
	must(write_text("file", "x") == 1 && mkdir("dir", 0755) == 0);
	is_int(open_as(&file, where, O_RDONLY, NULL), -ESTALE, "a new file of that name is another");
	is_int(open_as(&directory, where, O_RDONLY, NULL), -ESTALE, "so is a directory");
	file = handle_of("file");
	own_mounts();
	must(mkdir("t", 0755) == 0 && tmpfs_on("t", NULL) == 0 && write_text("t/f", "x") == 1);
	other = open("t", O_RDONLY);
	is_int(open_as(&file, other, O_RDONLY, NULL), -ESTALE, "in another tree it finds nothing");
	file = handle_of("t/f");
	is_int(open_as(&file, other, O_RDONLY, NULL), number_of("t/f"), "that has its own");
	struct handle forged = file;
	for (unsigned i = 0; i < forged.bytes; i++) {
		forged = file;
		forged.data[i] ^= 0x55;
		long result = open_as(&forged, other, O_RDONLY, NULL);
		if (result != -ESTALE && result != number_of("t/f"))
			ok(0, "forged byte %u: %ld", i, result);
	}
	ok(1, "forged ones find nothing");
}

/* Files of the image: never written, then changed, moved, removed. */
static void of_the_image(void)
{
	struct handle file, directory;
	char name[300];
	int kept, where = open("/", O_RDONLY | O_DIRECTORY);

	file = handle_of("/bin/busybox");
	directory = handle_of("/bin");
	is_int(open_as(&file, where, O_RDONLY, NULL), number_of("/bin/busybox"), "a file of the image");
	is_int(open_as(&directory, where, O_RDONLY, &kept), number_of("/bin"), "a directory of the image");
	ok(faccessat(kept, "busybox", F_OK, 0) == 0, "with its names");
	close(kept);
	must(chmod("/bin/busybox", 0755) == 0);
	is_int(open_as(&file, where, O_RDONLY, NULL), number_of("/bin/busybox"), "when it is changed");
	snprintf(name, sizeof(name), "/bin/moved.%d", (int)getpid());
	must(link("/bin/busybox", name) == 0);
	is_int(open_as(&file, where, O_RDONLY, NULL), number_of("/bin/busybox"), "when it has two names");
	must(unlink(name) == 0);
	is_int(open_as(&file, where, O_RDONLY, NULL), number_of("/bin/busybox"), "and one again");
	close(where);
}

/* What watches a file shows a handle of it, by which it is found wherever it has gone. */
static void watched(void)
{
	int instance = inotify_init1(0), where = open(".", O_RDONLY | O_DIRECTORY);
	static const char *const names[] = {"file", "dir"};
	char text[2000], path[60], hex[300];
	struct handle handle;

	must(instance >= 0 && where >= 0 && write_text("file", "x") == 1 && mkdir("dir", 0755) == 0);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", instance);
	for (int i = 0; i < 2; i++) {
		int watch = inotify_add_watch(instance, names[i], IN_MODIFY);
		must(watch > 0 && rename(names[i], "moved") == 0);
		must(read_text(path, text, sizeof(text)) > 0);
		char *at = strstr(text, "fhandle-bytes:");
		ok(at && sscanf(at, "fhandle-bytes:%x fhandle-type:%x f_handle:%299s", &handle.bytes, &handle.type,
				hex) == 3,
		   "fdinfo shows a handle: %s", text);
		must(at && handle.bytes <= ROOM && strlen(hex) == 2 * handle.bytes);
		for (unsigned j = 0; j < handle.bytes; j++) {
			unsigned byte;
			must(sscanf(hex + 2 * j, "%2x", &byte) == 1);
			handle.data[j] = (unsigned char)byte;
		}
		is_int(open_as(&handle, where, O_RDONLY, NULL), number_of("moved"), "which finds the %s", names[i]);
		must(inotify_rm_watch(instance, watch) == 0 && (i ? rmdir("moved") : unlink("moved")) == 0);
	}
	close(instance);
	close(where);
}

static void refused(void)
{
	struct handle handle, bad;
	int where = open(".", O_RDONLY | O_DIRECTORY);
	pid_t pid;

	must(write_text("file", "x") == 1);
	handle = handle_of("file");
	is_int(name_at(AT_FDCWD, "none", &bad, 0), -ENOENT, "no file");
	is_int(name_at(AT_FDCWD, "", &bad, 0), -ENOENT, "an empty name");
	is_int(name_at(AT_FDCWD, "file", &bad, 0x40000000), -EINVAL, "an unknown flag");
	is_int(name_at(99, "file", &bad, 0), -EBADF, "no descriptor");
	bad.bytes = ROOM + 1;
	is_int(raw(SYS_name_, AT_FDCWD, "file", &bad, &mount_id, 0), -EINVAL, "too much room");
	is_int(raw(SYS_name_, AT_FDCWD, "file", NULL, &mount_id, 0), -EFAULT, "room nowhere");
	is_int(raw(SYS_name_, AT_FDCWD, "file", &handle, NULL, 0), -EFAULT, "a mount for nobody");
	is_int(name_at(AT_FDCWD, "/proc/self/status", &bad, 0), -EOPNOTSUPP, "proc has none");
	bad = handle;
	bad.bytes = 0;
	is_int(open_as(&bad, where, O_RDONLY, NULL), -EINVAL, "an empty handle");
	bad.bytes = ROOM + 1;
	is_int(open_as(&bad, where, O_RDONLY, NULL), -EINVAL, "too long a one");
	bad = handle;
	bad.bytes = 4;
	is_int(open_as(&bad, where, O_RDONLY, NULL), -ESTALE, "a cut one");
	is_int(open_as(&handle, 99, O_RDONLY, NULL), -EBADF, "no mount");
	is_int(raw(SYS_open_, where, NULL, O_RDONLY), -EFAULT, "no handle");
	must(chmod("file", 0600) == 0);
	if (in_child(&pid)) {
		become_user(1000);
		_exit(open_as(&handle, where, O_RDONLY, NULL) != -EPERM || name_at(AT_FDCWD, "file", &bad, 0) != 0);
	}
	is_int(reap(pid), 0, "handles are anybody's, to open them takes a capability");
	close(where);
}

static const struct tap_case cases[] = {
	{"here_and_back", here_and_back, 0},
	{"gone", gone, 0},
	{"of_the_image", of_the_image, 0},
	{"watched", watched, 0},
	{"refused", refused, 0},
};

TAP_MAIN(cases)
