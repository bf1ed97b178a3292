/* Where a tmpfs and the limits of a process end: which call says so, what is left of it, and what comes back. */
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/statfs.h>

#include "guest.h"
#include "tap.h"

#define MIB 1048576L

static char block[65536];

static void mount_small(const char *options)
{
	must(mkdir("small", 0755) == 0 && mount("none", "small", "tmpfs", 0, options) == 0);
	must(chdir("small") == 0);
}

static long free_blocks(void)
{
	struct statfs fs;

	must(statfs(".", &fs) == 0);
	return (long)fs.f_bfree;
}

static long free_files(void)
{
	struct statfs fs;

	must(statfs(".", &fs) == 0);
	return (long)fs.f_ffree;
}

static long fill(int fd)
{
	long done = 0, n;

	while ((n = raw(SYS_write, fd, block, sizeof(block))) > 0)
		done += n;
	is_int(n, -ENOSPC, "a write where no room is left");
	return done;
}

static void room(void)
{
	struct stat st;
	int fd, other;

	mount_small("size=1m");
	is_int(free_blocks(), 256, "as many pages as the size says");
	must((fd = open("f", O_RDWR | O_CREAT, 0644)) >= 0);
	is_int(fill(fd), MIB, "all of it can be written");
	is_int(free_blocks(), 0, "then none is left");
	must(fstat(fd, &st) == 0);
	ok(st.st_size == MIB && st.st_blocks == MIB / 512, "the file has it all");
	is_int(pwrite(fd, "x", 1, 5), 1, "what is there can be changed");
	is_int(pread(fd, block, 10, MIB - 5), 5, "and read");
	is_int(raw(SYS_fallocate, fd, 0, MIB, 4096), -ENOSPC, "no page can be set aside");
	must(fstat(fd, &st) == 0);
	is_int(st.st_size, MIB, "which changes nothing");
	is_int(ftruncate(fd, 100 * MIB), 0, "a hole takes no room");
	is_int(raw(SYS_pwrite64, fd, "x", 1, 50 * MIB), -ENOSPC, "until it is written");
	must((other = open("g", O_RDWR | O_CREAT, 0644)) >= 0);
	is_int(raw(SYS_write, other, "x", 1), -ENOSPC, "another file has no room either");
	is_int(sendfile(other, fd, (off_t[1]){0}, 100), -1, "nor by sendfile");
	is_int(raw(326, fd, (long[1]){0}, other, 0, 100, 0), -ENOSPC, "nor by copy_file_range");
	must(fstat(other, &st) == 0);
	is_int(st.st_size, 0, "nothing has come of it");
	is_int(raw(SYS_fallocate, fd, 3, 0, 8192), 0, "a hole gives room back");
	is_int(free_blocks(), 2, "two pages");
	is_int(raw(SYS_write, other, block, 3 * 4096), 8192, "what fits is written");
	is_int(raw(SYS_write, other, block, 1), -ENOSPC, "and no more");
	is_int(raw(SYS_fallocate, other, 0, 0, 10 * 4096), -ENOSPC, "not all that is asked for");
	must(fstat(other, &st) == 0);
	is_int(st.st_blocks, 16, "what was there stays");
	must(unlink("f") == 0);
	is_int(free_blocks(), 0, "an open file keeps its room");
	close(fd);
	is_int(free_blocks(), 254, "until it is closed");
	close(other);
	must(unlink("g") == 0);
	is_int(free_blocks(), 256, "all is back");
	must(chdir("..") == 0 && umount("small") == 0);
}

static void inodes(void)
{
	long before, files = 0;
	char name[32];
	int fd;

	mount_small("nr_inodes=20");
	before = free_files();
	for (;;) {
		snprintf(name, sizeof(name), "%ld", files);
		fd = open(name, O_CREAT | O_WRONLY, 0644);
		if (fd < 0)
			break;
		close(fd);
		files++;
	}
	is_int(errno, ENOSPC, "one file too many");
	is_int(files, before, "as many as statfs said");
	is_int(raw(SYS_mkdir, "d", 0755), -ENOSPC, "nor a directory");
	is_int(raw(SYS_symlink, "to", "s"), -ENOSPC, "nor a link");
	is_int(raw(SYS_mknod, "p", S_IFIFO | 0600, 0), -ENOSPC, "nor a FIFO");
	is_int(raw(SYS_open, ".", O_RDWR | 020200000, 0600), -ENOSPC, "nor a file without a name");
	is_int(raw(SYS_open, "0", O_RDWR | O_CREAT, 0600) >= 0, 1, "what is there opens");
	must(rename("0", "a") == 0);
	must(unlink("1") == 0);
	is_int(raw(SYS_mkdir, "d", 0755), 0, "one comes back");
	must(chdir("..") == 0 && umount2("small", MNT_DETACH) == 0);
}

static void options(void)
{
	mkdir("small", 0755);
	fails(mount("none", "small", "tmpfs", 0, "size=x"), EINVAL, "a size that is none");
	fails(mount("none", "small", "tmpfs", 0, "mode=9"), EINVAL, "a mode that is none");
	fails(mount("none", "small", "tmpfs", 0, "nonsense"), EINVAL, "an unknown option");
}

static void mapped(void)
{
	volatile char *at;
	pid_t child;
	int fd;

	mount_small("size=64k");
	must((fd = open("f", O_RDWR | O_CREAT, 0644)) >= 0 && ftruncate(fd, MIB) == 0);
	at = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	must(at != MAP_FAILED);
	for (int i = 0; i < 16; i++)
		at[i * 4096] = 1;
	if (in_child(&child)) {
		at[16 * 4096] = 1;
		_exit(0);
	}
	is_killed(child, SIGBUS, "a page too many by a mapping is SIGBUS");
	munmap((void *)at, MIB);
	close(fd);
	must(unlink("f") == 0);
	is_int(free_blocks(), 16, "all is back");
	must(chdir("..") == 0 && umount("small") == 0);
}

static volatile int exceeded;

static void on_exceed(int signal)
{
	(void)signal;
	exceeded++;
}

static void size_limit(void)
{
	struct rlimit limit = {10000, RLIM_INFINITY};
	int fd, ends[2];

	signal(SIGXFSZ, on_exceed);
	must(setrlimit(RLIMIT_FSIZE, &limit) == 0);
	must((fd = open("f", O_RDWR | O_CREAT, 0644)) >= 0 && pipe(ends) == 0);
	is_int(raw(SYS_write, fd, block, 20000), 10000, "a write is cut at the limit");
	is_int(exceeded, 0, "without a signal");
	is_int(raw(SYS_write, fd, "x", 1), -EFBIG, "the next one fails");
	is_int(exceeded, 1, "with one");
	is_int(raw(SYS_ftruncate, fd, 10001), -EFBIG, "ftruncate");
	is_int(exceeded, 2, "has one too");
	is_int(raw(SYS_ftruncate, fd, 10000), 0, "up to the limit it may");
	is_int(raw(SYS_fallocate, fd, 0, 0, 10001), -EFBIG, "fallocate");
	is_int(raw(SYS_fallocate, fd, 1, 0, 10001), -EFBIG, "even when the size stays");
	exceeded = 0;
	is_int(raw(SYS_pwrite64, fd, "x", 1, 20000), -EFBIG, "pwrite");
	is_int(raw(SYS_write, ends[1], block, 20000), 20000, "a pipe has no such limit");
	is_int(exceeded, 1, "one signal");
}

static void large(void)
{
	long far = 5L << 30;
	struct stat st;
	char c[4] = "";
	int fd;

	must((fd = open("f", O_RDWR | O_CREAT, 0644)) >= 0);
	is_int(pwrite(fd, "abc", 3, far), 3, "a byte behind 5 GiB");
	must(fstat(fd, &st) == 0);
	ok(st.st_size == far + 3 && st.st_blocks == 8, "takes one page");
	is_int(lseek(fd, 0, 3 /* SEEK_DATA */), far, "the first data");
	is_int(lseek(fd, far, 4 /* SEEK_HOLE */), far + 3, "the hole behind it");
	is_int(lseek(fd, 100, 4), 100, "a hole where one is");
	ok(pread(fd, c, 3, far) == 3 && memcmp(c, "abc", 3) == 0, "it reads back");
	ok(pread(fd, c, 3, far - 10) == 3 && !c[0] && !c[1], "zeros before it");
	is_int(lseek(fd, -3, SEEK_END), far, "from the end");
	is_int(ftruncate(fd, far - 1), 0, "cut");
	must(fstat(fd, &st) == 0);
	is_int(st.st_blocks, 0, "the page is gone");
	is_int(lseek(fd, 0, 3), -1, "and no data is left");
}

/* Names of a directory that is read: how many there are, and whether each comes once. */
static void listing(void)
{
	enum { NAMES = 5000 };
	static unsigned char seen[NAMES];
	char buffer[1024] __attribute__((aligned(8))), name[32];
	int dir, twice = 0, missing = 0;
	long n;

	must(mkdir("d", 0755) == 0 && chdir("d") == 0);
	for (int i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "%d", i);
		must(mknod(name, S_IFREG | 0600, 0) == 0);
	}
	must((dir = open(".", O_RDONLY | O_DIRECTORY)) >= 0);
	while ((n = raw(SYS_getdents64, dir, buffer, sizeof(buffer))) > 0) {
		for (long at = 0; at < n;) {
			const char *entry = buffer + at + 19;
			at += *(unsigned short *)(buffer + at + 16);
			if (entry[0] == '.')
				continue;
			twice += seen[atoi(entry)]++ != 0;
			must(unlink(entry) == 0);
		}
	}
	for (int i = 0; i < NAMES; i++)
		missing += !seen[i];
	ok(!twice && !missing, "each name comes once while they are removed (%d twice, %d missing)", twice, missing);
	must(chdir("..") == 0);
	is_int(raw(SYS_rmdir, "d"), 0, "none is left");
	close(dir);
}

static void positions(void)
{
	char buffer[48] __attribute__((aligned(8))), first[32], name[8] = "a";
	long marks[4];
	int dir;

	must(mkdir("d", 0755) == 0 && chdir("d") == 0);
	for (; name[0] < 'h'; name[0]++)
		must(mknod(name, S_IFREG | 0600, 0) == 0);
	must((dir = open(".", O_RDONLY | O_DIRECTORY)) >= 0);
	must(raw(SYS_getdents64, dir, buffer, 48) > 0);
	for (int i = 0; i < 4; i++) {
		marks[i] = lseek(dir, 0, SEEK_CUR);
		must(raw(SYS_getdents64, dir, buffer, 24) == 24);
		if (i == 1)
			strcpy(first, buffer + 19);
	}
	must(lseek(dir, marks[1], SEEK_SET) == marks[1]);
	must(raw(SYS_getdents64, dir, buffer, 24) == 24);
	is_str(buffer + 19, first, "back at a place, the same name");
	must(unlink(first) == 0);
	must(lseek(dir, marks[1], SEEK_SET) == marks[1]);
	must(raw(SYS_getdents64, dir, buffer, 24) == 24);
	ok(strcmp(buffer + 19, first) != 0, "once it is gone, another");
	must(lseek(dir, 0, SEEK_SET) == 0);
	must(raw(SYS_getdents64, dir, buffer, 24) == 24);
	is_str(buffer + 19, ".", "from the start");
}

static const struct tap_case cases[] = {
	{"room", room, 0},       {"inodes", inodes, 0},         {"options", options, 0},
	{"mapped", mapped, 0},   {"size_limit", size_limit, 0}, {"large", large, 0},
	{"listing", listing, 0}, {"positions", positions, 0},
};

TAP_MAIN(cases)
