/*
 * Rows that measure the other ways by which processes talk: FIFOs, eventfd, message queues, semaphores, a bounded
 * buffer in shared memory, locks of a file, and files that go into a socket without passing through the program.
 */
#define _GNU_SOURCE
#include "talk.h"

#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define SLOTS 16

/* ---- FIFOs, eventfd ---- */

static int open_fifo(const char *name, int *in, int *out)
{
	unlink(name);
	if (mkfifo(name, 0600) != 0) {
		return -1;
	}
	/* For both at first, as one end would wait for the other. */
	*in = open(name, O_RDWR);
	*out = open(name, O_WRONLY);
	return *in < 0 || *out < 0 ? -1 : unlink(name);
}

static int open_fifos(const struct bench_row *row)
{
	(void)row;
	if (open_fifo("/tmp/bench.there", &talk_far.in, &talk_near.out) != 0 ||
	    open_fifo("/tmp/bench.back", &talk_near.in, &talk_far.out) != 0) {
		return -1;
	}
	return talk_start(talk_echo);
}

static int open_eventfds(const struct bench_row *row)
{
	(void)row;
	talk_far.in = talk_near.out = eventfd(0, 0);
	talk_near.in = talk_far.out = eventfd(0, 0);
	if (talk_far.in < 0 || talk_near.in < 0) {
		return -1;
	}
	/* Both ends are needed by both. */
	talk_near.out = dup(talk_near.out);
	talk_near.in = dup(talk_near.in);
	return talk_start(talk_echo);
}

static int run_events(const struct bench_row *row, long count)
{
	uint64_t one = 1;

	(void)row;
	for (long i = 0; i < count; i++) {
		if (write(talk_near.out, &one, sizeof one) != sizeof one ||
		    read(talk_near.in, &one, sizeof one) != sizeof one) {
			return -1;
		}
	}
	return 0;
}

/* ---- message queues ---- */

static mqd_t queues[2];

static void echo_queue(void *argument)
{
	char token[16];

	(void)argument;
	while (mq_receive(queues[0], token, sizeof token, NULL) == 1 && mq_send(queues[1], token, 1, 0) == 0) {
	}
}

static int open_queues(const struct bench_row *row)
{
	struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = 16};

	(void)row;
	for (int i = 0; i < 2; i++) {
		mq_unlink("/bench");
		queues[i] = mq_open("/bench", O_CREAT | O_RDWR, 0600, &attributes);
		if (queues[i] < 0) {
			return -1;
		}
	}
	mq_unlink("/bench");
	return talk_start(echo_queue);
}

static int run_queues(const struct bench_row *row, long count)
{
	char token[16] = "x";

	(void)row;
	for (long i = 0; i < count; i++) {
		if (mq_send(queues[0], token, 1, 0) != 0 || mq_receive(queues[1], token, sizeof token, NULL) != 1) {
			return -1;
		}
	}
	return 0;
}

static int id;

static struct {
	long type;
	char token;
} message;

static void echo_messages(void *argument)
{
	(void)argument;
	while (msgrcv(id, &message, 1, 1, 0) == 1) {
		message.type = 2;
		if (msgsnd(id, &message, 1, 0) != 0) {
			return;
		}
	}
}

static int open_messages(const struct bench_row *row)
{
	(void)row;
	id = msgget(IPC_PRIVATE, 0600);
	return id < 0 ? -1 : talk_start(echo_messages);
}

static int run_messages(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		message.type = 1;
		if (msgsnd(id, &message, 1, 0) != 0 || msgrcv(id, &message, 1, 2, 0) != 1) {
			return -1;
		}
	}
	return 0;
}

static void end_messages(const struct bench_row *row)
{
	msgctl(id, IPC_RMID, NULL);
	talk_end(row);
}

/* ---- semaphores ---- */

static int change(unsigned short which, short by)
{
	struct sembuf operation = {which, by, 0};

	return semop(id, &operation, 1);
}

static void take_turns(void *argument)
{
	(void)argument;
	while (change(0, -1) == 0 && change(1, 1) == 0) {
	}
}

static int open_semaphores(const struct bench_row *row)
{
	(void)row;
	id = semget(IPC_PRIVATE, 2, 0600);
	return id < 0 ? -1 : talk_start(take_turns);
}

static int run_semaphores(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		if (change(0, 1) != 0 || change(1, -1) != 0) {
			return -1;
		}
	}
	return 0;
}

static void end_semaphores(const struct bench_row *row)
{
	semctl(id, 0, IPC_RMID);
	talk_end(row);
}

/* ---- a bounded buffer in shared memory ---- */

static struct buffer {
	sem_t used, room;
	uint64_t items[SLOTS];
} * buffer;

static void produce(void *argument)
{
	(void)argument;
	for (uint64_t i = 0;; i++) {
		sem_wait(&buffer->room);
		buffer->items[i % SLOTS] = i;
		sem_post(&buffer->used);
	}
}

static int open_buffer(const struct bench_row *row)
{
	(void)row;
	buffer = mmap(NULL, BENCH_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (buffer == MAP_FAILED || sem_init(&buffer->used, 1, 0) != 0 || sem_init(&buffer->room, 1, SLOTS) != 0) {
		return -1;
	}
	return talk_start(produce);
}

static int run_buffer(const struct bench_row *row, long count)
{
	static uint64_t next;

	(void)row;
	for (long i = 0; i < count; i++, next++) {
		sem_wait(&buffer->used);
		if (buffer->items[next % SLOTS] != next) {
			return -1;
		}
		sem_post(&buffer->room);
	}
	return 0;
}

/* ---- locks of a file ---- */

#define PLACES 3

/* Two go round three bytes, each with a lock on one and waiting for the next. */
static int locked, place;

static int lock_byte(int at, int type)
{
	struct flock lock = {.l_type = (short)type, .l_start = at, .l_len = 1};

	return fcntl(locked, F_SETLKW, &lock);
}

static int step_on(void)
{
	int next = (place + 1) % PLACES;

	if (lock_byte(next, F_WRLCK) != 0 || lock_byte(place, F_UNLCK) != 0) {
		return -1;
	}
	place = next;
	return 0;
}

static void go_round(void *argument)
{
	(void)argument;
	place = 1;
	if (lock_byte(1, F_WRLCK) != 0 || write(talk_far.out, "r", 1) != 1) {
		return;
	}
	while (step_on() == 0) {
	}
}

static int open_locks(const struct bench_row *row)
{
	char ready;
	int ends[2];

	(void)row;
	locked = open("/tmp/bench.locks", O_CREAT | O_RDWR, 0600);
	if (locked < 0 || pipe(ends) != 0 || lock_byte(0, F_WRLCK) != 0) {
		return -1;
	}
	talk_near = (struct talk_end){ends[0], -1};
	talk_far = (struct talk_end){-1, ends[1]};
	if (talk_start(go_round) != 0) {
		return -1;
	}
	return read(talk_near.in, &ready, 1) == 1 ? 0 : -1;
}

static int run_locks(const struct bench_row *row, long count)
{
	(void)row;
	for (long i = 0; i < count; i++) {
		if (step_on() != 0) {
			return -1;
		}
	}
	return 0;
}

/* ---- a file into a socket ---- */

static void send_file(void *argument)
{
	int file = open(BENCH_DATA_FILE, O_RDONLY);
	off_t at = 0;
	ssize_t sent;

	(void)argument;
	while ((sent = sendfile(talk_far.out, file, &at, TALK_CHUNK_BYTES)) > 0) {
		at %= BENCH_DATA_BYTES;
	}
}

/* Through a pipe. */
static void splice_file(void *argument)
{
	int file = open(BENCH_DATA_FILE, O_RDONLY), ends[2];
	loff_t at = 0;
	ssize_t moved;

	(void)argument;
	if (pipe(ends) != 0) {
		return;
	}
	while ((moved = splice(file, &at, ends[1], NULL, TALK_CHUNK_BYTES, 0)) > 0) {
		at %= BENCH_DATA_BYTES;
		while (moved > 0) {
			ssize_t sent = splice(ends[0], NULL, talk_far.out, NULL, moved, 0);
			if (sent <= 0) {
				return;
			}
			moved -= sent;
		}
	}
}

static int open_file_sender(void (*body)(void *))
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
		return -1;
	}
	talk_near = (struct talk_end){ends[0], ends[0]};
	talk_far = (struct talk_end){ends[1], ends[1]};
	return talk_start(body);
}

static int open_sendfile(const struct bench_row *row)
{
	(void)row;
	return open_file_sender(send_file);
}

static int open_splice(const struct bench_row *row)
{
	(void)row;
	return open_file_sender(splice_file);
}

#define ROW(label, runner, opener, closer)                                                              \
	{                                                                                               \
		.name = (label), .unit = "us", .run = (runner), .setup = (opener), .teardown = (closer) \
	}

const struct bench_row rows_queue[] = {
	TALK_ROW("fifo_rtt", rtt, open_fifos),
	ROW("eventfd_rtt", run_events, open_eventfds, talk_end),
	ROW("mq_rtt", run_queues, open_queues, talk_end),
	ROW("msg_rtt", run_messages, open_messages, end_messages),
	ROW("sem_rtt", run_semaphores, open_semaphores, end_semaphores),
	ROW("buffer_item", run_buffer, open_buffer, talk_end),
	ROW("lock_handover", run_locks, open_locks, talk_end),
	TALK_STREAM_ROW("sendfile_bw", open_sendfile),
	TALK_STREAM_ROW("splice_bw", open_splice),
	{.name = NULL},
};
