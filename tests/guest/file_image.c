/* Files that come with the image: the tree over it can be changed, removed, renamed and made again in every way. */
#include "guest.h"

#include <dirent.h>

/* /data as tests/run/root makes it: lines (2000 lines of 24 bytes), short, hard (its second name), link, sub/... */

static void as_built(void)
{
	static char text[50000];
	struct stat st;

	is_int(read_text("/data/lines", text, sizeof(text)), 48000, "a file of the image is read");
	ok(memcmp(text, "line 00000 of the image\n", 24) == 0, "from its first line");
	ok(memcmp(text + 1999 * 24, "line 01999 of the image\n", 24) == 0, "to its last");
	must(stat("/data/lines", &st) == 0);
	is_int(st.st_mode, S_IFREG | 0640, "its mode");
	is_int(st.st_size, 48000, "its size");
	ok(st.st_mtim.tv_sec > 1500000000, "its time");
	must(stat("/data/short", &st) == 0);
	is_int(st.st_nlink, 2, "hard links are counted");
	must(lstat("/data/link", &st) == 0 && S_ISLNK(st.st_mode));
	is_int(readlink("/data/link", text, 100), 5, "a symbolic link");
	is_int(read_text("/data/empty", text, 10), 0, "an empty file");
	must(stat("/data", &st) == 0);
	is_int(st.st_nlink, 3, "a directory's links");
	must(stat("/tmp", &st) == 0);
	is_int(st.st_mode & 07777, 01777, "/tmp is sticky");
}

static void reads_in_pieces(void)
{
	char text[30] = {0};
	int fd = open("/data/lines", O_RDONLY), good = 1;

	must(fd >= 0);
	for (int i = 0; i < 2000; i++) {
		char want[30];
		snprintf(want, sizeof(want), "line %05d of the image\n", i);
		good &= read(fd, text, 24) == 24 && strcmp(text, want) == 0;
	}
	ok(good, "two thousand reads of a line");
	is_int(read(fd, text, 24), 0, "then the end");
	is_int(pread(fd, text, 24, 47990), 10, "a short read at the end");
}

static void change_bytes(void)
{
	char text[64] = {0};
	int fd = open("/data/lines", O_RDWR), reader = open("/data/lines", O_RDONLY);

	must(fd >= 0 && reader >= 0);
	is_int(pwrite(fd, "LINE", 4, 24 * 1000), 4, "a write into the middle");
	must(pread(reader, text, 24, 24 * 1000) == 24);
	is_str(text, "LINE 01000 of the image\n", "is seen by one who had it open");
	must(pread(fd, text, 24, 24 * 999) == 24);
	is_str(text, "line 00999 of the image\n", "the rest is as it was");
	must(pread(fd, text, 24, 24 * 1999) == 24);
	is_str(text, "line 01999 of the image\n", "to the end");
	must(pwrite(fd, "line", 4, 24 * 1000) == 4);
	is_int(lseek(fd, 0, SEEK_END), 48000, "the size is as it was");
	must(pwrite(fd, "more", 4, 48000) == 4);
	is_int(lseek(fd, 0, SEEK_END), 48004, "until something is added");
	must(ftruncate(fd, 48000) == 0);
}

static void change_hard_link(void)
{
	char text[16];

	must(write_text("/data/hard", "changed\n") == 8);
	must(read_text("/data/short", text, sizeof(text)) == 8);
	is_str(text, "changed\n", "a change by one name is seen by the other");
	must(read_text("/data/link", text, sizeof(text)) == 8);
	is_str(text, "changed\n", "and through a symbolic link");
	must(write_text("/data/short", "short\n") == 6);
}

static void change_attributes(void)
{
	struct stat st;
	struct timespec t[2] = {{1, 2}, {3, 4}};

	is_int(chmod("/data/sub/file", 0600), 0, "chmod");
	is_int(chown("/data/sub/file", 12, 34), 0, "chown");
	is_int(utimensat(AT_FDCWD, "/data/sub/file", t, 0), 0, "utimensat");
	must(stat("/data/sub/file", &st) == 0);
	is_int(st.st_mode & 07777, 0600, "the mode is kept");
	is_int(st.st_uid * 100 + st.st_gid, 1234, "the owner");
	is_int(st.st_mtim.tv_sec, 3, "the time");
	must(chown("/data/sub/file", 0, 0) == 0 && chmod("/data/sub/file", 0644) == 0);
}

static void remove_and_make(void)
{
	char text[16];
	int fd = open("/data/sub/entry-7", O_RDONLY);

	must(fd >= 0);
	is_int(unlink("/data/sub/entry-7"), 0, "unlink");
	fails(open("/data/sub/entry-7", O_RDONLY), ENOENT, "it is gone");
	is_int(read(fd, text, 1), 0, "who has it open keeps it");
	fails(unlink("/data/sub/entry-7"), ENOENT, "twice");
	is_int(write_text("/data/sub/entry-7", "again"), 5, "made again");
	must(read_text("/data/sub/entry-7", text, sizeof(text)) == 5);
	is_str(text, "again", "with its own content");
	is_int(mkdir("/data/sub/entry-8", 0700), -1, "a directory over a file of the image");
	must(unlink("/data/sub/entry-8") == 0);
	is_int(mkdir("/data/sub/entry-8", 0700), 0, "in place of a removed one");
	is_int(rmdir("/data/sub/entry-8"), 0, "and away");
	fails(access("/data/sub/entry-8", F_OK), ENOENT, "the image's does not come back");
}

static void rename_over(void)
{
	char text[16];

	is_int(rename("/data/sub/entry-20", "/data/sub/entry-21"), 0, "rename over another of the image");
	fails(access("/data/sub/entry-20", F_OK), ENOENT, "the old name is gone");
	is_int(rename("/data/sub/entry-21", "/tmp/from-image"), 0, "out of its directory");
	must(write_text("new", "new") == 3);
	is_int(rename("new", "/data/sub/entry-22"), 0, "a new file over one of the image");
	must(read_text("/data/sub/entry-22", text, sizeof(text)) == 3);
	is_str(text, "new", "replaces it");
	must(unlink("/tmp/from-image") == 0);
}

static int count(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	must(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void listing(void)
{
	int before = count("/data/sub");

	ok(before > 250, "a large directory of the image is listed (%d)", before);
	must(unlink("/data/sub/entry-100") == 0);
	is_int(count("/data/sub"), before - 1, "one less after a removal");
	must(write_text("/data/sub/added", "x") == 1);
	is_int(count("/data/sub"), before, "one more after an addition");
	must(unlink("/data/sub/added") == 0);
	must(write_text("/data/sub/entry-100", "") == 0);
	is_int(count("/data/sub"), before, "and a name that was removed comes back");
}

static void rename_directory(void)
{
	struct stat before, after;

	must(stat("/data/sub/file", &before) == 0);
	is_int(rename("/data/sub", "/data/moved"), 0, "a directory of the image is renamed");
	must(stat("/data/moved/file", &after) == 0);
	is_int((long)after.st_ino, (long)before.st_ino, "with its files");
	fails(access("/data/sub/file", F_OK), ENOENT, "the old path is gone");
	is_int(mkdir("/data/sub", 0755), 0, "and free");
	is_int(count("/data/sub"), 2, "an empty one takes its place");
	must(rmdir("/data/sub") == 0 && rename("/data/moved", "/data/sub") == 0);
	fails(rmdir("/data/sub"), ENOTEMPTY, "it is not empty");
}

static void truncate_image(void)
{
	char text[40] = {0};
	int fd = open("/data/lines", O_RDWR);

	must(fd >= 0);
	is_int(ftruncate(fd, 30), 0, "a file of the image is cut");
	is_int(pread(fd, text, 40, 0), 30, "to the byte");
	is_int(ftruncate(fd, 48000), 0, "and grown");
	must(pread(fd, text, 20, 28) == 20);
	ok(text[0] == ' ' && text[1] == '0', "what was left is there");
	is_int(text[2] | text[19], 0, "what was cut off is zero");
	for (int i = 0; i < 2000; i++) {
		char line[30];
		snprintf(line, sizeof(line), "line %05d of the image\n", i);
		must(pwrite(fd, line, 24, i * 24) == 24);
	}
	is_int(lseek(fd, 0, SEEK_END), 48000, "written anew");
}

static void programs(void)
{
	char *argv[] = {"copy", NULL}, *envp[] = {NULL};
	static char block[65536];
	int from = open("/bin/true", O_RDONLY), to = open("copy", O_WRONLY | O_CREAT, 0755);
	ssize_t n;
	pid_t pid;

	must(from >= 0 && to >= 0);
	while ((n = read(from, block, sizeof(block))) > 0)
		must(write(to, block, (size_t)n) == n);
	close(to);
	if (in_child(&pid)) {
		argv[0] = "true";
		execve("copy", argv, envp);
		_exit(1);
	}
	is_exited(pid, 0, "a copy of a program of the image runs");
}

static const struct tap_case cases[] = {
	{"as_built", as_built, 0},
	{"reads_in_pieces", reads_in_pieces, 0},
	{"change_bytes", change_bytes, 0},
	{"change_hard_link", change_hard_link, 0},
	{"change_attributes", change_attributes, 0},
	{"remove_and_make", remove_and_make, 0},
	{"rename_over", rename_over, 0},
	{"listing", listing, 0},
	{"rename_directory", rename_directory, 0},
	{"truncate_image", truncate_image, 0},
	{"programs", programs, 0},
};

TAP_MAIN(cases)
