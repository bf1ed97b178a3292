/* remap_file_pages(2), as Linux does it since 4.0: the place is mapped anew, from another page of the same object. */
#include "guest.h"

#define PAGES 8

static long remap(void *start, long bytes, int prot, long page, int flags)
{
	return raw(SYS_remap_file_pages, start, bytes, prot, page, flags);
}

static int make_file(void)
{
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char block[PAGE];

	must(fd >= 0);
	for (int i = 0; i < PAGES; i++) {
		memset(block, 'a' + i, sizeof(block));
		must(write(fd, block, sizeof(block)) == PAGE);
	}
	return fd;
}

static void is_text(const char *p, const char *want, const char *what)
{
	char got[PAGES + 1] = {0};

	for (size_t i = 0; i < strlen(want); i++)
		got[i] = p[(long)i * PAGE];
	is_str(got, want, "%s", what);
}

static void order(void)
{
	int fd = make_file();
	char *p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char byte;

	must(p != MAP_FAILED);
	is_text(p, "abcdefgh", "at first");
	is_int(remap(p + PAGE, PAGE, 0, 6, 0), 0, "one page");
	is_text(p, "agcdefgh", "shows another");
	is_int(remap(p + 2 * PAGE, 2 * PAGE, 0, 0, 0), 0, "two pages");
	is_text(p, "agabefgh", "show two others");
	p[2 * PAGE] = 'Z';
	is_int(p[0], 'Z', "twice mapped is the same page");
	must(pread(fd, &byte, 1, 0) == 1);
	is_int(byte, 'Z', "and the file's");
	is_int(remap(p, PAGES * PAGE, 0, 0, 0), 0, "all of it, of several pieces");
	is_text(p, "Zbcdefgh", "as at first");
	is_int(remap(p + 100, PAGE + 200, 0, 3, 0), 0, "an address and a size that are not of pages are cut");
	is_text(p, "dbcdefgh", "to pages");
	is_int(remap(p, PAGE, 0, PAGES, 0x10000 /* MAP_NONBLOCK */), 0, "behind the end");
	is_int(remap(p, PAGE, 0, 0, 0x10000), 0, "and back");
	is_text(p, "Zbcdefgh", "as at first");
}

static void refused(void)
{
	int fd = make_file(), other = open("file", O_RDWR);
	char *p = mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	char *own = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

	must(p != MAP_FAILED && own != MAP_FAILED && other >= 0);
	is_int(remap(p, PAGE, PROT_READ, 1, 0), -EINVAL, "protections");
	is_int(remap(own, PAGE, 0, 1, 0), -EINVAL, "a private mapping");
	is_int(remap(map_pages(1), PAGE, 0, 0, 0), -EINVAL, "anonymous memory");
	is_int(remap(p, 0, 0, 1, 0), -EINVAL, "no page");
	is_int(remap(p, -PAGE, 0, 1, 0), -EINVAL, "too many");
	is_int(remap(p, PAGE, 0, -1, 0), -EINVAL, "the last page there could be");
	is_int(remap(p, PAGE, 0, 1L << 51, 0), -EOVERFLOW, "a page no file has");
	must(munmap(p + PAGE, PAGE) == 0);
	is_int(remap(p, 3 * PAGE, 0, 0, 0), -EINVAL, "a hole");
	is_int(remap(p + PAGE, PAGE, 0, 0, 0), -EINVAL, "nothing");
	must(mmap(p + PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, other, PAGE) != MAP_FAILED);
	is_int(remap(p, 3 * PAGE, 0, 0, 0), -EINVAL, "pieces of two descriptions");
	must(mmap(p + PAGE, PAGE, PROT_NONE, MAP_SHARED | MAP_FIXED, fd, PAGE) != MAP_FAILED);
	is_int(remap(p, 3 * PAGE, 0, 0, 0), -EINVAL, "pieces of two protections");
	is_int(remap(p, PAGE, 0, 2, 0), 0, "one of them");
	is_int(p[0], 'c', "shows the page");
	is_int(mprotect(p, PAGE, PROT_READ | PROT_WRITE), 0, "which may be written, as before");
}

static void rights(void)
{
	int fd = make_file();
	char *p;

	close(fd);
	fd = open("file", O_RDONLY);
	p = mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	must(p != MAP_FAILED);
	is_int(remap(p, PAGE, 0, 2, 0), -EINVAL, "of a file that is open for reading alone");
}

static void without_file(void)
{
	char *p = map_shared(4);

	for (int i = 0; i < 4; i++)
		p[i * PAGE] = (char)('a' + i);
	is_int(remap(p, 2 * PAGE, 0, 2, 0), 0, "shared memory without a file");
	is_text(p, "cdcd", "as well");
	is_int(remap(p, 4 * PAGE, 0, 0, 0), 0, "and back");
	is_text(p, "abcd", "as at first");
}

static const struct tap_case cases[] = {
	{"order", order, 0},
	{"refused", refused, 0},
	{"rights", rights, 0},
	{"without_file", without_file, 0},
};

TAP_MAIN(cases)
