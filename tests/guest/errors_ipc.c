/* What each call on System V objects and POSIX queues answers for each kind of id or descriptor, and for arguments that
 * no call takes. */
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#include "errors.h"

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif
#ifndef MSG_EXCEPT
#define MSG_EXCEPT 020000
#endif

enum kind { SHM, SEM, MSG, MQ };

/* -- what the calls need beside -- */

static char buffer[65536] __attribute__((aligned(4096)));
static long message[2000] = {1}, zeros[10], ones[8] = {-1}, bad_time[2] = {0, 1000000000};
static char *in_the_way;

/* Results that are not always the same, but no errors. */
static long one(long result)
{
	return result < 0 ? result : 0;
}

static long map(long at)
{
	return at < 0 && at > -4096 ? at : 0;
}

static long index_of(long id)
{
	return id < 0 ? id : id % 32768;
}

static long change_shm(long id, int uid)
{
	struct shmid_ds status;

	memset(&status, 0, sizeof(status));
	status.shm_perm.uid = (uid_t)uid;
	return raw(SYS_shmctl, id, IPC_SET, &status);
}

static long change_sem(long id, int uid)
{
	struct semid_ds status;

	memset(&status, 0, sizeof(status));
	status.sem_perm.uid = (uid_t)uid;
	return raw(SYS_semctl, id, 0, IPC_SET, &status);
}

static long change_msg(long id, int uid)
{
	struct msqid_ds status;

	memset(&status, 0, sizeof(status));
	status.msg_perm.uid = (uid_t)uid;
	return raw(SYS_msgctl, id, IPC_SET, &status);
}

static long one_operation(long id, int number, int by, int flags)
{
	struct sembuf operation = {(unsigned short)number, (short)by, (short)flags};

	return raw(SYS_semop, id, &operation, 1);
}

/* A decrement that is not possible, for so long; or operations that are nowhere. */
static long timed(long id, long sec, long nsec, void *operations)
{
	struct sembuf operation = {0, -1, 0};
	struct timespec time = {sec, nsec};

	return raw(SYS_semtimedop, id, operations ? operations : &operation, 1, &time);
}

/* -- kinds of ids and descriptors -- */

#define COLUMNS 5
static const char *const columns[2][COLUMNS] = {
	{"its own", "another user's", "a negative one", "a removed one", "one that never was"},
	{"one for both", "one for reading", "one for writing", "a closed one", "a file"},
};

static int make_object(enum kind kind)
{
	int id;

	if (kind == SHM) {
		id = shmget(IPC_PRIVATE, 4096, 0600);
	} else if (kind == SEM) {
		id = semget(IPC_PRIVATE, 2, 0600);
		must(one_operation(id, 1, 1, 0) == 0);
	} else {
		id = msgget(IPC_PRIVATE, 0600);
		must(raw(SYS_msgsnd, id, message, 8, 0) == 0);
	}
	must(id >= 0);
	return id;
}

static void remove_object(enum kind kind, int id)
{
	if (kind == SHM)
		raw(SYS_shmctl, id, IPC_RMID, 0);
	else if (kind == SEM)
		raw(SYS_semctl, id, 0, IPC_RMID);
	else
		raw(SYS_msgctl, id, IPC_RMID, 0);
}

static int open_queue(size_t column)
{
	static const int flags[] = {O_RDWR, O_RDONLY, O_WRONLY};
	long attributes[8] = {0, 4, 8};
	long fd;

	if (column == 3)
		return 500;
	if (column == 4) {
		must(write_text("file", "contents") > 0);
		return open("file", O_RDWR);
	}
	raw(SYS_mq_unlink, "errors");
	must((fd = raw(SYS_mq_open, "errors", O_CREAT | O_RDWR, 0600, attributes)) >= 0);
	must(raw(SYS_mq_timedsend, fd, buffer, 4, 1, 0) == 0);
	close((int)fd);
	must((fd = raw(SYS_mq_open, "errors", flags[column] | O_NONBLOCK, 0, 0)) >= 0);
	raw(SYS_mq_unlink, "errors");
	return (int)fd;
}

static int id_of(enum kind kind, size_t column)
{
	int id;

	if (kind == MQ)
		return open_queue(column);
	if (column == 2)
		return -1;
	if (column == 4)
		return 32768 * 60000 + 3000;
	id = make_object(kind);
	if (column == 3)
		remove_object(kind, id);
	return id;
}

/* -- the rows -- */

#include "errors_ipc_rows.h"

static long attempt(size_t row, int id)
{
	size_t at = 0;

#define ROW(kind, name, call) \
	if (at++ == row)      \
		return call;
	ROWS(ROW)
#undef ROW
	return 0;
}

static const struct {
	enum kind kind;
	const char *name;
} rows[] = {
#define ROW(kind, name, call) {kind, name},
	ROWS(ROW)
#undef ROW
};

#ifndef ERRORS_WRITE
static const struct errors_row table[] = {
#include "errors_ipc.table"
};
_Static_assert(count_of(table) == count_of(rows), "a row of answers for each call");
#else
static const struct errors_row *table;
#endif

/* In a child, which may be another user and may leave things attached. */
static long try_apart(size_t row, size_t column, int id)
{
	pid_t child;
	long result;

	if (in_child(&child)) {
		if (rows[row].kind != MQ && column == 1)
			become_user(1000);
		result = attempt(row, id);
		_exit(result < 0 ? (int)-result : 0);
	}
	result = reap(child);
	return result & 0x7f ? -999 : -(result >> 8);
}

static void try_row(size_t row)
{
	enum kind kind = rows[row].kind;

	errors_begin_row(rows[row].name);
	for (size_t column = 0; column < COLUMNS; column++) {
		int id = id_of(kind, column);

		errors_check(table, row, column, rows[row].name, columns[kind == MQ][column],
			     try_apart(row, column, id));
		if (kind != MQ && id >= 0)
			remove_object(kind, id);
		else if (kind == MQ && id != 500)
			close(id);
	}
	errors_end_row();
}

static void try_kind(enum kind kind)
{
	in_the_way = map_pages(4);
	for (size_t row = 0; row < count_of(rows); row++) {
		if (rows[row].kind == kind)
			try_row(row);
	}
}

static void segments(void)
{
	try_kind(SHM);
}
static void semaphores(void)
{
	try_kind(SEM);
}
static void queues(void)
{
	try_kind(MSG);
}
static void posix_queues(void)
{
	try_kind(MQ);
}

static const struct tap_case cases[] = {{"segments", segments, 0},
					{"semaphores", semaphores, 0},
					{"queues", queues, 0},
					{"posix_queues", posix_queues, 0}};

TAP_MAIN(cases)
