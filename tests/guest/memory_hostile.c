/*
 * Arguments of the memory calls that a hostile program chooses: ranges that wrap around, moves next to oneself, every
 * bit of the flags. What was mapped beside must be there afterwards, whole.
 */
#include "guest.h"

#include <sys/mount.h>

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

static long remap(char *old, long old_bytes, long new_bytes, int flags, char *to)
{
	return raw(SYS_mremap, old, old_bytes, new_bytes, flags, to);
}

static char *filled(long pages)
{
	char *p = map_pages(pages);

	for (long i = 0; i < pages; i++)
		p[i * PAGE] = (char)(i + 1);
	return p;
}

static int is_whole(const char *p, long from, long pages)
{
	for (long i = from; i < pages; i++) {
		if (p[i * PAGE] != (char)(i + 1))
			return 0;
	}
	return 1;
}

/* How many mappings begin in [start, end), in order and without overlap; -1 if not so. */
static int mappings_in(const char *start, const char *end)
{
	char text[32768];
	unsigned long low, high, last = 0;
	int count = 0;

	must(read_text("/proc/self/maps", text, sizeof(text)) > 0);
	for (char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		must(sscanf(line, "%lx-%lx", &low, &high) == 2);
		if (high <= low || low < last)
			return -1;
		last = high;
		count += low >= (unsigned long)start && low < (unsigned long)end;
	}
	return count;
}

/* The length of what is there reaches round the end of the address space to just below its start. */
static void lengths_wrap(void)
{
	char *p = filled(16);
	long wrapping = -8 * PAGE;

	is_int(remap(p + 10 * PAGE, wrapping, PAGE, MREMAP_MAYMOVE, 0), -EINVAL, "a shrink by a length that wraps");
	is_int(remap(p + 10 * PAGE, wrapping, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + 14 * PAGE), -EINVAL,
	       "a move by a length that wraps");
	ok(mappings_in(p, p + 16 * PAGE) >= 0, "the mappings are in order");
	ok(is_whole(p, 0, 11), "the pages are where they were");
	is_int(raw(SYS_munmap, p, 16 * PAGE), 0, "all goes");
	is_int(mappings_in(p, p + 16 * PAGE), 0, "and is gone");
}

/* What moves away with MREMAP_DONTUNMAP becomes the neighbour of what it leaves behind. */
static void neighbour_of_itself(void)
{
	char *p = filled(8);

	must(raw(SYS_munmap, p + 4 * PAGE, 4 * PAGE) == 0);
	if (remap(p, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, p + 4 * PAGE) < 0) {
		ok(0, "a move that leaves the mapping");
		return;
	}
	ok(is_whole(p + 4 * PAGE, 0, 4), "the pages have moved");
	ok(p[0] == 0 && p[3 * PAGE] == 0, "the old place is empty");
	ok(mappings_in(p, p + 8 * PAGE) >= 1, "the mappings are in order");
	/* Down again, onto the place just below. */
	must(raw(SYS_munmap, p, 4 * PAGE) == 0);
	is_int(remap(p + 4 * PAGE, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, p) == (long)p,
	       1, "and back");
	ok(is_whole(p, 0, 4) && p[4 * PAGE] == 0, "with the pages");
	is_int(raw(SYS_munmap, p, 8 * PAGE), 0, "all goes");
	is_int(mappings_in(p, p + 8 * PAGE), 0, "and is gone");
}

static void every_flag(void)
{
	int mapped = 0;

	for (int bit = 0; bit < 32; bit++) {
		long p = raw(SYS_mmap, 0, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | (1u << bit), -1, 0);
		if (p > 0) {
			mapped++;
			must(raw(SYS_munmap, p, PAGE) == 0);
		}
	}
	ok(mapped > 16, "most flags of mmap are let pass (%d)", mapped);
	for (int bit = 0; bit < 32; bit++) {
		int fd = open("mapped", O_RDWR | O_CREAT, 0600);
		long p = raw(SYS_mmap, 0, PAGE, PROT_READ, MAP_SHARED_VALIDATE | (1u << bit), fd, 0);
		if (p > 0)
			must(raw(SYS_munmap, p, PAGE) == 0);
		close(fd);
	}
	ok(1, "each bit of a validated mapping was answered");
}

static void lock_everything(void)
{
	char *p = map_pages(8);

	is_int(raw(SYS_mlockall, MCL_CURRENT), 0, "mlockall returns");
	is_int(raw(SYS_munlockall), 0, "munlockall too");
	must(raw(SYS_munmap, p, 8 * PAGE) == 0);
}

/* The description that outlives its mount: nothing of the tree may be touched once it is gone. */
static void mount_goes_first(void)
{
	static const char *const types[] = {"tmpfs", "proc"};
	char path[32];

	must(mkdir("place", 0755) == 0);
	for (size_t i = 0; i < count_of(types); i++) {
		int made = 0;
		for (int round = 0; round < 4; round++) {
			must(mount("none", "place", types[i], 0, NULL) == 0);
			snprintf(path, sizeof(path), "place/%s", i ? "self/stat" : "a");
			int fd = open(path, i ? O_RDONLY : O_RDWR | O_CREAT, 0600);
			must(fd >= 0 && umount2("place", MNT_DETACH) == 0);
			char *mapped = i ? NULL : mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
			must(close(fd) == 0);
			if (mapped)
				must(munmap(mapped, PAGE) == 0);
			made++;
		}
		is_int(made, 4, "files of %s outlive their mount", types[i]);
	}
}

/* On a tree that is mounted nowhere any more nothing can be mounted: nobody could ever take it off. */
static void mount_on_the_lost(void)
{
	int fd;

	must(mkdir("place", 0755) == 0 && mount("none", "place", "tmpfs", 0, NULL) == 0);
	must(mkdir("place/in", 0755) == 0);
	fd = open("place", O_RDONLY | O_DIRECTORY);
	must(fd >= 0 && umount2("place", MNT_DETACH) == 0 && fchdir(fd) == 0);
	ok(mount("none", "in", "tmpfs", 0, NULL) < 0 && errno == ENOENT, "mount on a detached tree");
	ok(mount("/", "in", NULL, MS_BIND, NULL) < 0 && errno == ENOENT, "bind on a detached tree");
	must(chdir("/") == 0 && close(fd) == 0);
}

static const struct tap_case cases[] = {
	{"lengths_wrap", lengths_wrap, 0},
	{"neighbour_of_itself", neighbour_of_itself, 0},
	{"every_flag", every_flag, 0},
	{"lock_everything", lock_everything, 0},
	{"mount_goes_first", mount_goes_first, 0},
	{"mount_on_the_lost", mount_on_the_lost, 0},
};

TAP_MAIN(cases)
