/*
 * Peers that are killed while they share queues, semaphores, memory, locks: what was undone for the dead one on Linux
 * is undone, who waits hears of it (EOWNERDEAD, EIDRM) or gets what the dead one held, and nothing is left.
 */
#include "peer_kills.h"

#include <linux/futex.h>
#include <mqueue.h>
#include <semaphore.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#define ROUNDS 3

/* ---- queues: the end is told by a message, or the queue is removed ---- */

#define THERE "/peer_kills.there"
#define BACK  "/peer_kills.back"
#define BYTES 16

static void make_mqueues(void)
{
	struct mq_attr attributes = {.mq_maxmsg = 8, .mq_msgsize = BYTES};

	mq_unlink(THERE);
	mq_unlink(BACK);
	give(PARTNER, mq_open(THERE, O_CREAT | O_RDWR, 0600, &attributes));
	give(PARTNER, mq_open(BACK, O_CREAT | O_RDWR, 0600, &attributes));
}

static int mqueue_victim(void)
{
	mqd_t out = mq_open(THERE, O_WRONLY), in = mq_open(BACK, O_RDONLY);
	char text[BYTES];

	for (int i = 0; i < ROUNDS; i++) {
		if (mq_send(out, "hello", 5, 1) != 0 || mq_receive(in, text, BYTES, NULL) != 1)
			return 1;
	}
	return 0;
}

static int mqueue_partner(void)
{
	char text[BYTES];

	for (;;) {
		ssize_t n = mq_receive(ends.fds[PARTNER][0], text, BYTES, NULL);
		if (n == 1)
			return 0;
		if (n != 5 || mq_send(ends.fds[PARTNER][1], "a", 1, 0) != 0)
			return 2;
	}
}

static void end_mqueue(void)
{
	mqd_t queue = mq_open(THERE, O_WRONLY | O_NONBLOCK);

	mq_send(queue, "q", 1, 0);
	mq_close(queue);
}

static int mqueues_gone(void)
{
	return mq_unlink(THERE) | mq_unlink(BACK);
}

static const struct channel mqueue = {
	"POSIX queue", make_mqueues, mqueue_victim, mqueue_partner, end_mqueue, mqueues_gone, 0};

static struct {
	long type;
	char text[BYTES];
} message = {1, "hello"};

static int id;

static void make_msg(void)
{
	id = msgget(IPC_PRIVATE, 0600);
	must(id >= 0);
}

static int msg_victim(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		message.type = 1;
		if (msgsnd(id, &message, 5, 0) != 0 || msgrcv(id, &message, BYTES, 2, 0) != 1)
			return 1;
	}
	return 0;
}

/* Answers until the queue is no more. */
static int msg_partner(void)
{
	for (;;) {
		long n = raw(SYS_msgrcv, id, &message, BYTES, 1, 0);
		if (n == -EIDRM || n == -EINVAL)
			return 0;
		if (n != 5)
			return 2;
		message.type = 2;
		n = raw(SYS_msgsnd, id, &message, 1, 0);
		if (n != 0)
			return n == -EIDRM || n == -EINVAL ? 0 : 3;
	}
}

static void remove_msg(void)
{
	msgctl(id, IPC_RMID, NULL);
}

static int msg_gone(void)
{
	return msgctl(id, IPC_RMID, NULL) == 0;
}

static const struct channel msg = {"System V queue", make_msg, msg_victim, msg_partner, remove_msg, msg_gone, 0};

/* ---- semaphores ---- */

static void make_sem(void)
{
	id = semget(IPC_PRIVATE, 1, 0600);
	must(id >= 0 && semctl(id, 0, SETVAL, 1) == 0);
}

/* -EIDRM, -EINVAL: it is no more. */
static long hold(int flags)
{
	struct sembuf down = {0, -1, (short)flags}, up = {0, 1, (short)flags};
	long n = 0;

	for (int i = 0; i < ROUNDS && !n; i++) {
		n = raw(SYS_semop, id, &down, 1);
		raw(SYS_getppid);
		if (!n)
			n = raw(SYS_semop, id, &up, 1);
	}
	return n;
}

static int undo_either(void)
{
	return hold(SEM_UNDO) != 0;
}

/* What the dead one held was given back. */
static int sem_is_whole(void)
{
	int value = semctl(id, 0, GETVAL), waiters = semctl(id, 0, GETNCNT);

	return semctl(id, 0, IPC_RMID) != 0 || value != 1 || waiters != 0;
}

static const struct channel sem_undo = {
	"System V semaphore with undo", make_sem, undo_either, undo_either, NULL, sem_is_whole, 1};

static int sem_victim(void)
{
	return hold(0) != 0;
}

static int sem_partner(void)
{
	long n = hold(0);

	return n != 0 && n != -EIDRM && n != -EINVAL;
}

static void remove_sem(void)
{
	semctl(id, 0, IPC_RMID);
}

/* Where both were through before, it is there still. */
static int sem_gone(void)
{
	remove_sem();
	return semctl(id, 0, GETVAL) >= 0;
}

static const struct channel sem_removed = {
	"System V semaphore that is removed", make_sem, sem_victim, sem_partner, remove_sem, sem_gone, 1};

static sem_t *posix_sem;

static void make_posix_sem(void)
{
	if (!posix_sem)
		posix_sem = map_shared(1);
	must(sem_init(posix_sem, 1, 1) == 0);
}

static int posix_sem_either(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (sem_wait(posix_sem) != 0)
			return 1;
		raw(SYS_getppid);
		sem_post(posix_sem);
	}
	return 0;
}

/* Nobody gives back what the dead one held. */
static void post(void)
{
	sem_post(posix_sem);
}

static const struct channel posix_semaphore = {
	"POSIX semaphore", make_posix_sem, posix_sem_either, posix_sem_either, post, NULL, 1};

/* ---- shared memory ---- */

static void make_shm(void)
{
	id = shmget(IPC_PRIVATE, 2 * PAGE, 0600);
	must(id >= 0);
}

static int shm_either(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		char *at = shmat(id, NULL, 0);
		if (at == (void *)-1)
			return 1;
		at[PAGE]++;
		if (shmdt(at) != 0)
			return 2;
	}
	return 0;
}

static int shm_is_left(void)
{
	struct shmid_ds ds;
	int result = shmctl(id, IPC_STAT, &ds);

	return shmctl(id, IPC_RMID, NULL) | result || ds.shm_nattch != 0;
}

static const struct channel shm = {"System V shared memory", make_shm, shm_either, shm_either, NULL, shm_is_left, 0};

/*
 * ---- robust futexes ----
 *
 * By system calls alone: musl's mutexes forget who waits before they wake them, so that one that dies between leaves
 * the other asleep.
 */

static struct shared {
	struct robust_list node;
	uint32_t word;
	volatile int count;
} * shared;

static struct robust_list_head list = {.list = {&list.list},
				       .futex_offset = offsetof(struct shared, word) - offsetof(struct shared, node)};
static int is_inheriting; /* a PI futex */

static void make_robust(void)
{
	if (!shared)
		shared = map_shared(1);
	shared->word = 0;
	shared->count = 0;
	is_inheriting = 0;
}

static void make_inheriting(void)
{
	make_robust();
	is_inheriting = 1;
}

static int set_word(uint32_t from, uint32_t to)
{
	return __atomic_compare_exchange_n(&shared->word, &from, to, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static struct robust_list *listed(void)
{
	return (void *)((char *)&shared->node + is_inheriting);
}

/* What the word was before. */
static uint32_t take_plain(void)
{
	uint32_t tid = (uint32_t)raw(SYS_gettid), waited = 0, old;

	for (;;) {
		old = __atomic_load_n(&shared->word, __ATOMIC_SEQ_CST);
		if (!(old & FUTEX_TID_MASK)) {
			if (set_word(old, tid | waited))
				return old;
		} else if ((old & FUTEX_WAITERS) || set_word(old, old | FUTEX_WAITERS)) {
			waited = FUTEX_WAITERS;
			raw(SYS_futex, &shared->word, FUTEX_WAIT, old | FUTEX_WAITERS, 0);
		}
	}
}

static uint32_t take_inheriting(void)
{
	if (!set_word(0, (uint32_t)raw(SYS_gettid)))
		must(raw(SYS_futex, &shared->word, FUTEX_LOCK_PI, 0, 0) == 0);
	return __atomic_fetch_and(&shared->word, ~(uint32_t)FUTEX_OWNER_DIED, __ATOMIC_SEQ_CST);
}

static int take(void)
{
	uint32_t old;

	list.list_op_pending = listed();
	old = is_inheriting ? take_inheriting() : take_plain();
	shared->node.next = &list.list;
	list.list.next = listed();
	list.list_op_pending = NULL;
	return old & FUTEX_OWNER_DIED ? EOWNERDEAD : 0;
}

static void let_go(void)
{
	list.list_op_pending = listed();
	list.list.next = &list.list;
	if (is_inheriting) {
		if (!set_word((uint32_t)raw(SYS_gettid), 0))
			raw(SYS_futex, &shared->word, FUTEX_UNLOCK_PI);
	} else {
		__atomic_store_n(&shared->word, 0, __ATOMIC_SEQ_CST);
		raw(SYS_futex, &shared->word, FUTEX_WAKE, 1);
	}
	list.list_op_pending = NULL;
}

/* While it is held the count is odd: whoever takes it over from a dead one makes it even again. */
static int futex_either(void)
{
	must(raw(SYS_set_robust_list, &list, sizeof(list)) == 0);
	for (int i = 0; i < ROUNDS; i++) {
		if (take() == EOWNERDEAD)
			shared->count += shared->count % 2;
		if (shared->count % 2)
			return 1;
		shared->count++;
		raw(SYS_getppid);
		raw(SYS_sched_yield);
		shared->count++;
		let_go();
	}
	return 0;
}

/* Nobody holds it. */
static int futex_is_free(void)
{
	return (shared->word & FUTEX_TID_MASK) != 0;
}

static const struct channel robust = {"robust futex", make_robust, futex_either, futex_either, NULL, futex_is_free, 1};
static const struct channel inheriting = {
	"robust PI futex", make_inheriting, futex_either, futex_either, NULL, futex_is_free, 1};

/* ---- locks of a file ---- */

#define FILE_NAME "/tmp/peer_kills.file"

static int file;

static void make_file(void)
{
	file = open(FILE_NAME, O_CREAT | O_RDWR | O_TRUNC, 0600);
	must(file >= 0 && write(file, "x", 1) == 1);
}

static int hold_flock(int fd, int is_on)
{
	return flock(fd, is_on ? LOCK_EX : LOCK_UN);
}

static int hold_record(int fd, int is_on)
{
	struct flock lock = {.l_type = is_on ? F_WRLCK : F_UNLCK, .l_len = 1};

	return fcntl(fd, F_SETLKW, &lock);
}

static int hold_description(int fd, int is_on)
{
	struct flock lock = {.l_type = is_on ? F_WRLCK : F_UNLCK, .l_len = 1};

	return fcntl(fd, F_OFD_SETLKW, &lock);
}

/* The byte is marked while it is locked. A dead one leaves its mark, not its lock. */
static int lock_rounds(int (*lock)(int fd, int is_on))
{
	int fd = open(FILE_NAME, O_RDWR);

	for (int i = 0; i < ROUNDS; i++) {
		if (lock(fd, 1) != 0)
			return 1;
		if (pwrite(fd, "y", 1, 0) != 1 || pwrite(fd, "x", 1, 0) != 1)
			return 2;
		if (lock(fd, 0) != 0)
			return 3;
	}
	return 0;
}

static int flock_either(void)
{
	return lock_rounds(hold_flock);
}

static int record_either(void)
{
	return lock_rounds(hold_record);
}

static int description_either(void)
{
	return lock_rounds(hold_description);
}

static int file_is_free(void)
{
	struct flock all = {.l_type = F_WRLCK};
	int is_held = fcntl(file, F_GETLK, &all) != 0 || all.l_type != F_UNLCK || flock(file, LOCK_EX | LOCK_NB) != 0;

	close(file);
	return is_held | unlink(FILE_NAME);
}

static const struct channel flocks = {"flock", make_file, flock_either, flock_either, NULL, file_is_free, 1};
static const struct channel records = {"record lock", make_file, record_either, record_either, NULL, file_is_free, 1};
static const struct channel descriptions = {
	"lock of a description", make_file, description_either, description_either, NULL, file_is_free, 1};

#define CASE(run, channel)                 \
	static void run(void)              \
	{                                  \
		kill_everywhere(&channel); \
	}
CASE(run_mqueue, mqueue)
CASE(run_msg, msg)
CASE(run_sem_undo, sem_undo)
CASE(run_sem_removed, sem_removed)
CASE(run_posix_semaphore, posix_semaphore)
CASE(run_shm, shm)
CASE(run_robust, robust)
CASE(run_inheriting, inheriting)
CASE(run_flocks, flocks)
CASE(run_records, records)
CASE(run_descriptions, descriptions)

static const struct tap_case cases[] = {
	{"mqueue", run_mqueue, 120},
	{"msg", run_msg, 120},
	{"sem_undo", run_sem_undo, 120},
	{"sem_removed", run_sem_removed, 120},
	{"posix_semaphore", run_posix_semaphore, 120},
	{"shm", run_shm, 120},
	{"robust", run_robust, 120},
	{"inheriting", run_inheriting, 120},
	{"flocks", run_flocks, 120},
	{"records", run_records, 120},
	{"descriptions", run_descriptions, 120},
};

TAP_MAIN(cases)
