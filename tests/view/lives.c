/*
 * Lives to look at: a bounded pipe that is full and then drained, pages written after a fork, a zombie, an orphan, a
 * process that is stopped and goes on, threads that wait for each other, a chain of waiters, a descriptor that is
 * passed in a message, a signal with a handler.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGES     64
#define CHUNK     8192
#define CHUNKS    24
#define PAUSE_MS  4
#define PAGE_SIZE 4096

static void pause_ms(long ms)
{
	struct timespec time = {.tv_nsec = ms * 1000000};

	nanosleep(&time, NULL);
}

static pid_t begin(const char *name)
{
	pid_t pid = fork();

	if (pid == 0)
		(void)prctl(PR_SET_NAME, name);
	return pid;
}

/* Until a process or thread waits, whatever it does before. */
static void until_asleep(pid_t id)
{
	char path[32], text[256];
	const char *end;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)id);
	do {
		pause_ms(1);
		file = fopen(path, "r");
		if (!file || !fgets(text, sizeof(text), file))
			exit(1);
		fclose(file);
		end = strrchr(text, ')');
	} while (!end || end[2] != 'S');
}

/* The producer fills the pipe before the consumer reads. */
static void full_pipe(void)
{
	static char bytes[CHUNK];
	int ends[2];
	pid_t producer;

	if (pipe(ends) < 0)
		exit(1);
	memset(bytes, 'p', sizeof(bytes));
	memcpy(bytes, "item\n", 5);
	producer = begin("producer");
	if (producer == 0) {
		close(ends[0]);
		for (int i = 0; i < CHUNKS; i++) {
			if (write(ends[1], bytes, CHUNK) != CHUNK)
				_exit(1);
		}
		_exit(0);
	}
	if (begin("consumer") == 0) {
		close(ends[1]);
		until_asleep(producer);
		pause_ms(PAUSE_MS);
		while (read(ends[0], bytes, CHUNK) > 0)
			;
		_exit(0);
	}
	close(ends[0]);
	close(ends[1]);
	while (wait(NULL) > 0)
		;
}

/* Every page is shared after the fork; the child writes half of them. */
static void written_pages(void)
{
	char *pages = mmap(NULL, PAGES * PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		exit(1);
	for (int i = 0; i < PAGES; i++)
		pages[i * PAGE_SIZE] = 1;
	if (begin("writer") == 0) {
		pause_ms(PAUSE_MS);
		for (int i = 0; i < PAGES; i += 2)
			pages[i * PAGE_SIZE] = 2;
		pause_ms(PAUSE_MS);
		_exit(7);
	}
	waitid(P_ALL, 0, NULL, WEXITED | WNOWAIT);
	pause_ms(PAUSE_MS);
	wait(NULL);
	munmap(pages, PAGES * PAGE_SIZE);
}

/* The middle one ends first: the last one gets another parent. */
static void orphan(void)
{
	if (begin("middle") == 0) {
		pid_t middle = getpid();
		if (begin("orphan") == 0) {
			while (getppid() == middle)
				pause_ms(PAUSE_MS);
			_exit(0);
		}
		_exit(0);
	}
	wait(NULL);
	pause_ms(PAUSE_MS * 3);
}

static void stopped(void)
{
	pid_t pid = begin("stopped");

	if (pid == 0) {
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, NULL, WUNTRACED);
	pause_ms(PAUSE_MS);
	kill(pid, SIGCONT);
	waitpid(pid, NULL, 0);
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static volatile pid_t holders[3];

static void *holder(void *own)
{
	*(volatile pid_t *)own = gettid();
	/* The thread's name, not the process's. */
	(void)prctl(PR_SET_NAME, "holder");
	pthread_mutex_lock(&mutex);
	pause_ms(PAUSE_MS);
	pthread_mutex_unlock(&mutex);
	return NULL;
}

static void waiting_threads(void)
{
	pthread_t threads[3];

	pthread_mutex_lock(&mutex);
	for (int i = 0; i < 3; i++) {
		pthread_create(&threads[i], NULL, holder, (void *)&holders[i]);
		while (!holders[i])
			pause_ms(1);
		until_asleep(holders[i]);
	}
	pthread_mutex_unlock(&mutex);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

/* A waits for b, which waits for c, which sleeps. */
static void chain(void)
{
	int first[2], second[2];
	char byte = 'x';
	pid_t a, b;

	if (pipe(first) < 0 || pipe(second) < 0)
		exit(1);
	a = begin("chain_a");
	if (a == 0)
		_exit(read(second[0], &byte, 1) != 1);
	b = begin("chain_b");
	if (b == 0)
		_exit(read(first[0], &byte, 1) != 1 || write(second[1], &byte, 1) != 1);
	if (begin("chain_c") == 0) {
		until_asleep(a);
		until_asleep(b);
		pause_ms(PAUSE_MS);
		_exit(write(first[1], &byte, 1) != 1);
	}
	for (int i = 0; i < 2; i++) {
		close(first[i]);
		close(second[i]);
	}
	while (wait(NULL) > 0)
		;
}

/* Passes a descriptor in a message, or takes it. */
static int pass(int socket, int fd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
	char byte = 'f';
	struct iovec piece = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	return fd >= 0 ? sendmsg(socket, &message, 0) != 1 : recvmsg(socket, &message, 0) != 1;
}

static void passed_descriptor(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		exit(1);
	if (begin("giver") == 0) {
		close(ends[1]);
		_exit(pass(ends[0], open("/dev/null", O_RDONLY)));
	}
	if (begin("taker") == 0) {
		close(ends[0]);
		_exit(pass(ends[1], -1));
	}
	close(ends[0]);
	close(ends[1]);
	while (wait(NULL) > 0)
		;
}

static void on_signal(int number)
{
	(void)number;
}

int main(void)
{
	signal(SIGUSR1, on_signal);
	raise(SIGUSR1);
	full_pipe();
	written_pages();
	orphan();
	stopped();
	waiting_threads();
	chain();
	passed_descriptor();
	return 0;
}
