/* Memory that comes from the kernel is zero: nothing of a process that ended, or of the old image, is ever seen. */
#include "guest.h"

#define SECRET 0x5ec2e75ec2e75ec2ul

static void fill(void *at, size_t bytes)
{
	for (unsigned long *p = at; bytes >= sizeof(*p); bytes -= sizeof(*p))
		*p++ = SECRET;
}

/* How many words of it are not zero. */
static long dirt(const void *at, size_t bytes)
{
	long found = 0;

	for (const unsigned long *p = at; bytes >= sizeof(*p); bytes -= sizeof(*p))
		found += *p++ != 0;
	return found;
}

/* A process that fills memory of every kind with a secret, and dies. */
static void secretive(void)
{
	unsigned char stack[32 * PAGE];
	int fd[2];
	pid_t pid;

	if (in_child(&pid)) {
		char *heap = move_break(64 * PAGE);
		fill(map_pages(512), 512 * PAGE);
		fill(map_shared(64), 64 * PAGE);
		must(heap);
		fill(heap, 64 * PAGE);
		fill(stack, sizeof(stack));
		__asm__ volatile("" ::"r"(stack) : "memory");
		must(pipe(fd) == 0 && write(fd[1], stack, 60000) == 60000);
		fd[0] = open("secret", O_RDWR | O_CREAT, 0600);
		must(fd[0] >= 0 && write(fd[0], stack, sizeof(stack)) == (ssize_t)sizeof(stack));
		must(unlink("secret") == 0);
		_exit(0);
	}
	must(reap(pid) == 0);
}

static void fresh_mappings(void)
{
	long found = 0;

	for (int i = 0; i < 10; i++) {
		char *p;
		secretive();
		p = map_pages(512);
		found += dirt(p, 512 * PAGE);
		must(munmap(p, 512 * PAGE) == 0);
		p = map_shared(64);
		found += dirt(p, 64 * PAGE);
		must(munmap(p, 64 * PAGE) == 0);
	}
	is_int(found, 0, "mappings after a process that filled memory and died");
}

static void fresh_heap(void)
{
	long found = 0;

	for (int i = 0; i < 5; i++) {
		char *p;
		secretive();
		p = move_break(64 * PAGE);
		must(p);
		found += dirt(p, 64 * PAGE);
		fill(p, 64 * PAGE);
		must(move_break(-64 * PAGE));
	}
	is_int(found, 0, "the heap, grown, shrunk and grown again");
}

/* How often the secret stands below the stack pointer, within what the stack may grow to. */
static long stack_secrets(void)
{
	volatile unsigned char here;
	uintptr_t low = ((uintptr_t)&here - 200 * PAGE) & ~7ul;
	long found = 0;

	for (const unsigned long *p = (void *)low; p < (unsigned long *)(low + 190 * PAGE); p++)
		found += *p == SECRET;
	return found;
}

static void fresh_stack(void)
{
	pid_t pid;
	long found = 0;

	for (int i = 0; i < 5; i++) {
		secretive();
		if (in_child(&pid)) {
			long n = stack_secrets();
			_exit(n > 255 ? 255 : (int)n);
		}
		found += reap(pid) >> 8;
	}
	is_int(found, 0, "a stack that grows into new pages");
}

static void after_exec(void)
{
	char *argv[] = {"start", NULL}, *envp[] = {NULL};
	char text[8192];
	int fd[2];
	ssize_t n, got = 0;
	pid_t pid;

	must(pipe(fd) == 0);
	if (in_child(&pid)) {
		fill(map_pages(256), 256 * PAGE);
		must(dup2(fd[1], 1) == 1);
		execve("/tests/help/start", argv, envp);
		_exit(1);
	}
	close(fd[1]);
	while ((n = read(fd[0], text + got, sizeof(text) - 1 - (size_t)got)) > 0)
		got += n;
	text[got] = 0;
	is_exited(pid, 7, "exec after filling memory");
	ok(strstr(text, "\nbss 1\n"), "the new program's bss is zero");
}

static void after_exec_whole(void)
{
	pid_t pid;
	char *argv[] = {"process_stale", "look", NULL}, *envp[] = {NULL};

	if (in_child(&pid)) {
		fill(map_pages(2048), 2048 * PAGE);
		execve("/tests/process_stale", argv, envp);
		_exit(9);
	}
	is_exited(pid, 0, "nothing of the old image is anywhere in the new one");
}

/* Run by after_exec_whole: looks for the secret in all of its own memory that can be read. */
static int look(void)
{
	static char maps[16384];
	int found = 0;

	if (read_text("/proc/self/maps", maps, sizeof(maps)) <= 0)
		return 2;
	for (char *line = maps; line && *line; line = strchr(line, '\n'), line += line != NULL) {
		char *end;
		unsigned long from = strtoul(line, &end, 16), to = strtoul(end + 1, &end, 16);
		if (end[1] != 'r' || strstr(line, "[vvar") == strchr(line, '[') || from >> 63)
			continue;
		for (const unsigned long *p = (void *)from; p < (unsigned long *)to; p++)
			found += *p == SECRET;
	}
	/* The constant itself may stand in the text. */
	return found > 8;
}

static void file_holes(void)
{
	char *buffer = malloc(64 * PAGE);
	int fd;

	must(buffer);
	secretive();
	fd = open("hole", O_RDWR | O_CREAT, 0600);
	must(fd >= 0);
	must(pwrite(fd, "x", 1, 64 * PAGE - 1) == 1);
	memset(buffer, 1, 64 * PAGE);
	must(pread(fd, buffer, 64 * PAGE, 0) == 64 * PAGE);
	is_int(dirt(buffer, 64 * PAGE - 8), 0, "a hole in a new file reads as zero");
	must(ftruncate(fd, 10) == 0 && ftruncate(fd, PAGE) == 0);
	must(pread(fd, buffer, PAGE, 0) == PAGE);
	is_int(dirt(buffer, PAGE), 0, "what was cut off and grown again reads as zero");
	must(pwrite(fd, "0123456789abcdef", 16, 0) == 16 && ftruncate(fd, 3) == 0 && ftruncate(fd, 100) == 0);
	must(pread(fd, buffer, 100, 0) == 100);
	ok(memcmp(buffer, "012\0\0\0\0", 7) == 0 && buffer[15] == 0, "to the byte");
}

static void dont_need(void)
{
	char *p = map_pages(32);

	fill(p, 32 * PAGE);
	must(madvise(p, 32 * PAGE, MADV_DONTNEED) == 0);
	is_int(dirt(p, 32 * PAGE), 0, "memory given back by madvise is zero when it is used again");
}

static const struct tap_case cases[] = {
	{"fresh_mappings", fresh_mappings, 0},
	{"fresh_heap", fresh_heap, 0},
	{"fresh_stack", fresh_stack, 0},
	{"after_exec", after_exec, 0},
	{"after_exec_whole", after_exec_whole, 0},
	{"file_holes", file_holes, 0},
	{"dont_need", dont_need, 0},
};

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "look") == 0)
		return look();
	return tap_main(cases, count_of(cases), argc, argv);
}
