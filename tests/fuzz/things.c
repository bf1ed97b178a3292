/*
 * What a fuzzing process holds: an arena of pages of every kind, and descriptors of every kind.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>

static void on_signal(int signo)
{
	(void)signo;
}

__attribute__((naked)) static void restorer(void)
{
	__asm__("mov $15, %eax\n\tsyscall");
}

struct kernel_action {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask;
};

static void arena_page(struct self *self, long page, long pages, int prot, int flags, long fd, long offset)
{
	raw(SYS_mmap, self->arena + page * PAGE, pages * PAGE, prot, flags | MAP_FIXED, fd, offset);
}

/* Pointers, small numbers, paths: whatever structure a call reads, some of it makes sense. */
static void fill_page(struct self *self, char *page)
{
	uint64_t *words = (uint64_t *)page;

	for (unsigned i = 0; i < PAGE / 8; i++) {
		switch (below(self, 6)) {
		case 0:
			words[i] = 0;
			break;
		case 1:
			words[i] = (uint64_t)self->arena + below(self, 16 * PAGE);
			break;
		case 2:
			words[i] = below(self, 40);
			break;
		case 3:
			words[i] = below(self, 40) << 32 | below(self, 40);
			break;
		case 4:
			words[i] = below(self, 5000000);
			break;
		default:
			words[i] = next(self);
		}
	}
	/* Sometimes a signal action with a handler that returns. */
	if (one_in(self, 2)) {
		struct kernel_action action = {on_signal, 0x04000000 | (next(self) & 0x58000004), restorer, 0};
		for (unsigned i = 0; i < 8; i++)
			memcpy(page + below(self, PAGE / 64 - 1) * 64, &action, sizeof(action));
	}
}

static void arena_lay(struct self *self)
{
	long file = raw(SYS_open, "mapped", O_RDWR | O_CREAT, 0666);

	raw(SYS_ftruncate, file, 40 * PAGE);
	arena_page(self, 0, 32, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	arena_page(self, 12, 4, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	arena_page(self, 16, 4, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 2 * PAGE);
	arena_page(self, 20, 2, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	arena_page(self, 23, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	raw(SYS_munmap, self->arena + 25 * PAGE, PAGE);
	arena_page(self, 27, 3, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	arena_page(self, 32, 512, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	arena_page(self, 544, 64, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	for (int i = 0; i < 12; i++)
		fill_page(self, self->arena + i * PAGE);
	raw(SYS_close, file);
}

/* Pairs, some of them in each other's queues, and a name that listens. */
static void open_sockets(struct self *self)
{
	static const int types[] = {1, 2, 5};
	struct {
		uint64_t bytes;
		int32_t level, type, fds[2];
	} control = {24, 1, 1, {0, 0}};
	struct {
		void *name;
		uint64_t name_bytes, *part, parts;
		void *control;
		uint64_t control_bytes, flags;
	} message = {0};
	uint64_t part[2] = {(uint64_t) "some bytes", 10};
	char name[] = "\1\0\0fuzz";
	int pair[3][2];
	long listener;

	for (size_t i = 0; i < 3; i++)
		raw(SYS_socketpair, 1, types[i] | (one_in(self, 4) ? 0 : 04000), 0, pair[i]);
	message.part = part;
	message.parts = 1;
	message.control = &control;
	message.control_bytes = sizeof(control);
	for (size_t i = 0; i < 3; i++) {
		control.fds[0] = pair[i][0];
		control.fds[1] = pair[(i + 1) % 3][1];
		raw(SYS_sendmsg, pair[i][0], &message, 0x4040);
	}
	listener = raw(SYS_socket, 1, 1 | 04000, 0);
	raw(SYS_bind, listener, name, 7);
	raw(SYS_listen, listener, 3);
	raw(SYS_connect, raw(SYS_socket, 1, 1 | 04000, 0), name, 7);
}

static void descriptors_open(struct self *self)
{
	static const struct {
		const char *path;
		int flags;
	} files[] = {{"a", O_RDWR | O_CREAT},
		     {"b", O_RDWR | O_CREAT},
		     {"dir", O_RDONLY},
		     {".", O_RDONLY},
		     {"fifo", O_RDWR | O_NONBLOCK},
		     {"/proc/self/maps", O_RDONLY},
		     {"/proc/self/mem", O_RDWR},
		     {"/proc/self", O_RDONLY},
		     {"/dev/zero", O_RDWR},
		     {"/proc/self/stat", O_RDONLY},
		     {"/dev/tty", O_RDWR},
		     {"a", 010000000},
		     {"mapped", O_RDWR | O_APPEND}};
	uint64_t set = 0x7ffbfeff;
	int fd[2];
	long epoll, event;
	struct epoll_event wanted = {.events = EPOLLIN | EPOLLOUT};

	for (size_t i = 0; i < count_of(files); i++)
		raw(SYS_open, files[i].path, files[i].flags, 0666);
	raw(SYS_pipe2, fd, O_NONBLOCK);
	raw(SYS_pipe2, fd, O_NONBLOCK);
	raw(SYS_pipe2, fd, one_in(self, 3) ? 0 : O_NONBLOCK);
	open_sockets(self);
	event = raw(SYS_eventfd2, 3, 04000);
	epoll = raw(SYS_epoll_create1, 0);
	raw(SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, event, &wanted);
	raw(SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, fd[0], &wanted);
	raw(SYS_epoll_create1, 0);
	raw(SYS_timerfd_create, 1, 04000);
	raw(SYS_signalfd4, -1, &set, 8, 04000);
	raw(SYS_memfd_create, "m", 2);
	raw(SYS_pidfd_open, raw(SYS_getpid), 0);
	raw(SYS_pidfd_open, raw(SYS_getppid), 0);
}

void things_prepare(struct self *self)
{
	struct kernel_action action = {on_signal, 0x04000000, restorer, 0};

	self->arena = (char *)raw(SYS_mmap, 0, (2 * ARENA_PAGES) * PAGE, PROT_NONE,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	/* On the same 2 MiB as nothing else, so that whole page tables come and go. */
	self->arena = (char *)(((uint64_t)self->arena + 0x1fffff) & ~0x1ffffful);
	self->stacks = (char *)raw(SYS_mmap, 0, 64 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	arena_lay(self);
	descriptors_open(self);
	raw(SYS_rt_sigaction, 14, &action, 0, 8);
	raw(SYS_rt_sigaction, 10, &action, 0, 8);
	raw(SYS_rt_sigaction, 17, &action, 0, 8);
	action.handler = (void (*)(int))1;
	raw(SYS_rt_sigaction, 13, &action, 0, 8);
	raw(SYS_rt_sigaction, 25, &action, 0, 8);
	raw(SYS_rt_sigaction, 21, &action, 0, 8);
	raw(SYS_rt_sigaction, 22, &action, 0, 8);
}

void things_disturb(struct self *self)
{
	static const uint64_t tick[4] = {0, 3000, 0, 3000};
	static const uint64_t none;
	long fd, page;

	switch (below(self, 8)) {
	case 0:
		raw(SYS_truncate, "mapped", below(self, 48) * PAGE + (one_in(self, 2) ? below(self, PAGE) : 0));
		break;
	case 1:
		page = (long)below(self, 512);
		if (raw(SYS_mprotect, self->arena + (32 + page) * PAGE, PAGE, PROT_READ | PROT_WRITE) == 0)
			raw(SYS_getrandom, self->arena + (32 + page) * PAGE, 16, 0);
		break;
	case 2:
		if (raw(SYS_mincore, self->arena, PAGE, self->arena + PAGE) == 0 &&
		    raw(SYS_mprotect, self->arena, 12 * PAGE, PROT_READ | PROT_WRITE) == 0)
			fill_page(self, self->arena + below(self, 12) * PAGE);
		break;
	case 3:
		arena_lay(self);
		break;
	case 4:
		fd = raw(SYS_open, "mapped", O_RDWR, 0);
		raw(SYS_pwrite64, fd, self->arena + below(self, ARENA_PAGES) * PAGE, below(self, 9 * PAGE),
		    below(self, 40 * PAGE));
		raw(SYS_close, fd);
		break;
	case 5:
		raw(SYS_pread64, below(self, 30), self->arena + below(self, ARENA_PAGES) * PAGE, below(self, 32 * PAGE),
		    0);
		break;
	case 6:
		if (raw(SYS_fcntl, 20, F_GETFD) < 0)
			descriptors_open(self);
		break;
	default:
		raw(SYS_setitimer, 0, tick, 0);
		raw(SYS_rt_sigprocmask, 2, &none, 0, 8);
	}
}
