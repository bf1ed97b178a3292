/* Another process's memory: process_vm_readv, process_vm_writev, and /proc/PID/mem by force. */
#include "guest.h"

#include <sys/prctl.h>
#include <sys/uio.h>

static char path[64];
static char *volatile there; /* pages that a child has for itself */

/* A child that sleeps until the gate opens; then it ends with what stands in its memory. */
static pid_t sleeper(struct gate *gate)
{
	pid_t child;

	*gate = gate_make();
	there = map_pages(4);
	strcpy(there, "hello");
	if (in_child(&child)) {
		close(gate->fd[1]);
		gate_wait(gate);
		_exit(there[0]);
	}
	close(gate->fd[0]);
	return child;
}

static int end(pid_t child, struct gate *gate)
{
	close(gate->fd[1]);
	return reap(child);
}

static long readv_of(pid_t pid, void *to, size_t bytes, const void *from, size_t from_bytes)
{
	struct iovec local = {to, bytes}, remote = {(void *)from, from_bytes};

	return raw(SYS_process_vm_readv, pid, &local, 1, &remote, 1, 0);
}

static long writev_of(pid_t pid, const void *from, size_t bytes, void *to, size_t to_bytes)
{
	struct iovec local = {(void *)from, bytes}, remote = {to, to_bytes};

	return raw(SYS_process_vm_writev, pid, &local, 1, &remote, 1, 0);
}

static void plain(void)
{
	struct gate gate;
	pid_t child = sleeper(&gate);
	char got[64] = "";

	is_int(readv_of(child, got, 6, there, 6), 6, "read from the child");
	is_str(got, "hello", "what stands there");
	is_int(writev_of(child, "Jello", 5, there, 5), 5, "written to the child");
	is_int(there[0], 'h', "only there");
	is_int(readv_of(child, got, 64, there, 3), 3, "the remote side's length counts");
	is_int(readv_of(child, got, 2, there, 3), 2, "and the local one's");
	is_int(readv_of(getpid(), got, 6, there, 6), 6, "from ourselves");
	is_int(end(child, &gate), 'J' << 8, "the child sees the change");
}

static void vectors(void)
{
	struct gate gate;
	pid_t child = sleeper(&gate);
	char a[3] = "", b[8] = "";
	struct iovec local[3] = {{a, 2}, {NULL, 0}, {b, 8}};
	struct iovec remote[3] = {{there, 3}, {(void *)1, 0}, {there + 3, 3}};

	is_int(raw(SYS_process_vm_readv, child, local, 3, remote, 3, 0), 6, "pieces of different sizes");
	ok(!memcmp(a, "he", 2) && !memcmp(b, "llo", 4), "in order: %s %s", a, b);
	local[0] = (struct iovec){there, 3 * PAGE};
	remote[0] = (struct iovec){there + PAGE - 2, 2 * PAGE};
	is_int(raw(SYS_process_vm_writev, child, local, 1, remote, 1, 0), 2 * PAGE,
	       "over pages that were never touched");
	char *back = map_pages(2);
	is_int(readv_of(child, back, 2 * PAGE, there + PAGE - 2, 2 * PAGE), 2 * PAGE, "and back");
	ok(!memcmp(back, there, 2 * PAGE), "they are the same bytes");
	munmap(there + PAGE, PAGE);
	is_int(end(child, &gate), 'h' << 8, "the child");
}

static void refusals(void)
{
	struct gate gate;
	pid_t child = sleeper(&gate);
	char got[64] = "";
	struct iovec one = {got, 6}, from = {there, 6};
	struct iovec negative = {got, (size_t)-1};

	is_int(raw(SYS_process_vm_readv, child, &one, 1, &from, 1, 1), -EINVAL, "no flags");
	is_int(raw(SYS_process_vm_readv, child, &one, 1025, &from, 1, 0), -EINVAL, "too many local pieces");
	is_int(raw(SYS_process_vm_readv, child, &one, 1, &from, 1025, 0), -EINVAL, "too many remote pieces");
	is_int(raw(SYS_process_vm_readv, child, &negative, 1, &from, 1, 0), -EINVAL, "a negative length here");
	is_int(raw(SYS_process_vm_readv, child, &one, 1, &negative, 1, 0), -EINVAL, "a negative length there");
	is_int(raw(SYS_process_vm_readv, child, 8, 1, &from, 1, 0), -EFAULT, "no array here");
	is_int(raw(SYS_process_vm_readv, child, &one, 1, 8, 1, 0), -EFAULT, "no array there");
	is_int(raw(SYS_process_vm_readv, 0x3fffff, &one, 1, &from, 1, 0), -ESRCH, "nobody");
	is_int(raw(SYS_process_vm_readv, 0x3fffff, &one, 0, &from, 1, 0), 0, "nobody, but nothing to do");
	is_int(raw(SYS_process_vm_readv, 0x3fffff, &one, 1, &from, 0, 0), 0, "and from nowhere");
	is_int(readv_of(child, got, 6, (void *)4096, 6), -EFAULT, "nothing is mapped there");
	is_int(readv_of(child, got, 6, (void *)-4096, 6), -EFAULT, "the kernel's memory");
	is_int(readv_of(child, (void *)4096, 6, there, 6), -EFAULT, "nothing is mapped here");
	is_int(writev_of(child, (void *)4096, 6, there, 6), -EFAULT, "nor for reading");
	is_int(readv_of(child, got, 0, there, 6), 0, "nothing");
	is_int(end(child, &gate), 'h' << 8, "the child");
	is_int(readv_of(child, got, 6, there, 6), -ESRCH, "it is gone");
}

static void protections(void)
{
	char *none = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *only = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *write_only = mmap(NULL, PAGE, PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct gate gate;
	char got[8] = "";

	must(none != MAP_FAILED && only != MAP_FAILED && write_only != MAP_FAILED);
	pid_t child = sleeper(&gate);
	is_int(readv_of(child, got, 4, none, 4), -EFAULT, "what may not be touched is not read");
	is_int(readv_of(child, got, 4, only, 4), 4, "what may be read is");
	is_int(writev_of(child, got, 4, only, 4), -EFAULT, "and not written");
	is_int(readv_of(child, got, 4, write_only, 4), -EFAULT, "what may only be written is not read");
	is_int(writev_of(child, got, 4, write_only, 4), 4, "but written");
	end(child, &gate);
	must(mprotect(only + PAGE, PAGE, PROT_NONE) == 0);
	child = sleeper(&gate);
	is_int(readv_of(child, there, 2 * PAGE, only, 2 * PAGE), PAGE, "half of it: what was done counts");
	end(child, &gate);
}

static void by_force(void)
{
	char *none = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *shared = mmap(NULL, PAGE, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int file = open("program", O_RDWR | O_CREAT, 0600);
	struct gate gate;
	char got[8] = "";

	must(file >= 0 && write(file, "0123456789", 10) == 10);
	char *mapped = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
	must(none != MAP_FAILED && shared != MAP_FAILED && mapped != MAP_FAILED && mapped[0] == '0');
	pid_t child = sleeper(&gate);
	snprintf(path, sizeof(path), "/proc/%d/mem", child);
	int fd = open(path, O_RDWR);
	must(fd >= 0);
	is_int(pread(fd, got, 4, (off_t)(uintptr_t)none), 4, "a page that may not be touched is read by force");
	is_int(pwrite(fd, "abc", 4, (off_t)(uintptr_t)none), 4, "and written");
	is_int(pread(fd, got, 4, (off_t)(uintptr_t)none), 4, "and read again");
	is_str(got, "abc", "it was kept");
	fails(pwrite(fd, "abc", 4, (off_t)(uintptr_t)shared), EIO, "shared memory that may not be written is not");
	is_int(pwrite(fd, "break", 5, (off_t)(uintptr_t)mapped), 5, "the code of a program is");
	is_int(pread(fd, got, 6, (off_t)(uintptr_t)mapped), 6, "there it stands");
	ok(!memcmp(got, "break5", 6), "changed: %.6s", got);
	ok(!memcmp(mapped, "012345", 6), "we see our own copy as it was");
	is_int(pread(file, got, 6, 0), 6, "and the file");
	ok(!memcmp(got, "012345", 6), "is what it was");
	end(child, &gate);
	close(fd);
	close(file);
}

/* Who may: the same user, unless the process does not want it; root's capability overrides. */
static void who_may(void)
{
	struct gate gate, ready = gate_make();
	char got[8] = "";
	pid_t child;

	there = map_pages(1);
	strcpy(there, "secret");
	gate = gate_make();
	if (in_child(&child)) {
		close(gate.fd[1]);
		become_user(1000);
		must(prctl(PR_SET_DUMPABLE, 1) == 0);
		gate_open(&ready);
		gate_wait(&gate);
		must(prctl(PR_SET_DUMPABLE, 0) == 0);
		gate_open(&ready);
		gate_wait(&gate);
		_exit(0);
	}
	must(gate_wait(&ready));
	is_int(readv_of(child, got, 7, there, 7), 7, "root looks into a user's process");
	pid_t other;
	if (in_child(&other)) {
		become_user(1001);
		_exit(readv_of(child, got, 7, there, 7) == -EPERM ? 0 : 1);
	}
	is_exited(other, 0, "another user does not");
	if (in_child(&other)) {
		become_user(1000);
		_exit(readv_of(child, got, 7, there, 7) == 7 ? 0 : 1);
	}
	is_exited(other, 0, "the same user does");
	gate_open(&gate);
	must(gate_wait(&ready));
	if (in_child(&other)) {
		become_user(1000);
		_exit(readv_of(child, got, 7, there, 7) == -EPERM ? 0 : 1);
	}
	is_exited(other, 0, "but not if it may not be dumped");
	is_int(readv_of(child, got, 7, there, 7), 7, "root does");
	gate_open(&gate);
	close(gate.fd[1]);
	is_exited(child, 0, "the child");
}

static const struct tap_case cases[] = {
	{"plain", plain, 0},       {"vectors", vectors, 0}, {"refusals", refusals, 0}, {"protections", protections, 0},
	{"by_force", by_force, 0}, {"who_may", who_may, 0},
};

TAP_MAIN(cases)
