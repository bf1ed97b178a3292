/*
 * System V objects and POSIX queues when the n-th allocation fails (nth_allocation.h).
 */
#include "nth_allocation.h"

#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

#ifndef MSG_COPY
#define MSG_COPY 040000
#endif

static int segment, set, queue, posix_queue;
static struct {
	long type;
	char text[3000];
} message = {.type = 1};

/* -- segments -- */

static long run_shmget(void)
{
	return raw(SYS_shmget, IPC_PRIVATE, 3 * PAGE, 0600);
}

static void remove_segment(long id)
{
	must(shmctl((int)id, IPC_RMID, NULL) == 0);
}

static long attached(void)
{
	struct shmid_ds status;

	must(shmctl(segment, IPC_STAT, &status) == 0);
	return (long)status.shm_nattch;
}

static long run_shmat(void)
{
	return raw(SYS_shmat, segment, 0, 0);
}

static int is_not_attached(void)
{
	return attached() == 0;
}

static void detach(long at)
{
	must(shmdt((void *)at) == 0);
}

static char *place;

static void attach(void)
{
	if (!place)
		place = shmat(segment, NULL, 0);
	must(place != (void *)-1);
	place[0] = place[PAGE] = 1;
}

static long run_remap(void)
{
	return (long)shmat(segment, place, SHM_REMAP) == -1 ? -errno : 0;
}

static int is_attached_once(void)
{
	return attached() == 1 && place[0] == 1;
}

static long run_part(void)
{
	return raw(SYS_mprotect, place + PAGE, PAGE, PROT_READ);
}

static void detach_all(long result)
{
	(void)result;
	must(shmdt(place) == 0 && attached() == 0);
	place = NULL;
}

static long run_fork(void)
{
	long pid = raw(SYS_fork);

	if (pid == 0)
		raw(SYS_exit_group, 0);
	return pid;
}

static void reap_child(long pid)
{
	must(reap((pid_t)pid) == 0 && attached() == 1);
}

/* -- semaphores -- */

static long run_semget(void)
{
	return raw(SYS_semget, IPC_PRIVATE, 100, 0600);
}

static void remove_set(long id)
{
	must(semctl((int)id, 0, IPC_RMID) == 0);
}

static long run_semop(void)
{
	struct sembuf few = {0, 1, SEM_UNDO};

	return raw(SYS_semop, set, &few, 1);
}

static int is_zero(void)
{
	return semctl(set, 0, GETVAL) == 0;
}

/* And so the next attempt has nothing to undo with. */
static void take_back(long result)
{
	(void)result;
	must(raw(SYS_unshare, CLONE_SYSVSEM) == 0 && is_zero());
}

static long run_many(void)
{
	struct sembuf many[20];

	memset(many, 0, sizeof(many));
	for (int i = 0; i < 20; i++)
		many[i].sem_num = (unsigned short)i;
	return raw(SYS_semop, set, many, 20);
}

static long run_getall(void)
{
	unsigned short values[100];

	return raw(SYS_semctl, set, 0, GETALL, values);
}

/* -- queues -- */

static long run_msgget(void)
{
	return raw(SYS_msgget, IPC_PRIVATE, 0600);
}

static void remove_queue(long id)
{
	must(msgctl((int)id, IPC_RMID, NULL) == 0);
}

static long run_msgsnd(void)
{
	return raw(SYS_msgsnd, queue, &message, 3000, 0);
}

static int is_empty(void)
{
	struct msqid_ds status;

	must(msgctl(queue, IPC_STAT, &status) == 0);
	return status.msg_qnum == 0 && status.msg_cbytes == 0;
}

static void take_message(long result)
{
	(void)result;
	must(raw(SYS_msgrcv, queue, &message, 3000, 0, IPC_NOWAIT) == 3000);
}

static void put_message(void)
{
	if (is_empty())
		must(run_msgsnd() == 0);
}

static long run_copy(void)
{
	return raw(SYS_msgrcv, queue, &message, 3000, 0, MSG_COPY | IPC_NOWAIT);
}

static void after_copy(long result)
{
	must(result == 3000);
	take_message(0);
}

static long run_mq_open(void)
{
	return raw(SYS_mq_open, "fresh", O_CREAT | O_EXCL | O_RDWR, 0600, 0);
}

static int has_no_queue(void)
{
	return raw(SYS_mq_unlink, "fresh") == -ENOENT;
}

static void end_mq(long fd)
{
	must(close((int)fd) == 0 && raw(SYS_mq_unlink, "fresh") == 0);
}

static long run_mq_send(void)
{
	return raw(SYS_mq_timedsend, posix_queue, message.text, 3000, 7, 0);
}

static void take_posix(long result)
{
	static char buffer[8192];

	(void)result;
	must(raw(SYS_mq_timedreceive, posix_queue, buffer, sizeof(buffer), 0, 0) == 3000);
}

static int has_no_message(void)
{
	struct mq_attr attributes;

	must(mq_getattr(posix_queue, &attributes) == 0);
	return attributes.mq_curmsgs == 0;
}

static long run_mq_notify(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};

	return raw(SYS_mq_notify, posix_queue, &event);
}

static void forget_notice(long result)
{
	(void)result;
	must(raw(SYS_mq_notify, posix_queue, 0) == 0);
}

static const struct operation operations[] = {
	{.name = "shmget", .run = run_shmget, .undo = remove_segment},
	{.name = "shmat", .run = run_shmat, .is_unchanged = is_not_attached, .undo = detach},
	{.name = "shmat by SHM_REMAP",
	 .prepare = attach,
	 .run = run_remap,
	 .is_unchanged = is_attached_once,
	 .undo = detach_all},
	{.name = "parting an attachment", .prepare = attach, .run = run_part, .undo = detach_all},
	{.name = "fork with an attachment",
	 .prepare = attach,
	 .run = run_fork,
	 .is_unchanged = is_attached_once,
	 .undo = reap_child,
	 .may_do_without = 1},
	{.name = "semget", .run = run_semget, .undo = remove_set},
	{.name = "semop with SEM_UNDO", .run = run_semop, .is_unchanged = is_zero, .undo = take_back},
	{.name = "semop of many", .run = run_many},
	{.name = "GETALL", .run = run_getall},
	{.name = "msgget", .run = run_msgget, .undo = remove_queue},
	{.name = "msgsnd", .run = run_msgsnd, .is_unchanged = is_empty, .undo = take_message},
	{.name = "MSG_COPY", .prepare = put_message, .run = run_copy, .undo = after_copy},
	{.name = "mq_open", .run = run_mq_open, .is_unchanged = has_no_queue, .undo = end_mq},
	{.name = "mq_send", .run = run_mq_send, .is_unchanged = has_no_message, .undo = take_posix},
	{.name = "mq_notify", .run = run_mq_notify, .undo = forget_notice},
};

static void objects(void)
{
	struct mq_attr attributes = {.mq_maxmsg = 4, .mq_msgsize = 8192};

	signal(SIGUSR1, SIG_IGN);
	must((segment = shmget(IPC_PRIVATE, 4 * PAGE, 0600)) >= 0);
	must((set = semget(IPC_PRIVATE, 100, 0600)) >= 0);
	must((queue = msgget(IPC_PRIVATE, 0600)) >= 0);
	must((posix_queue = mq_open("/nth", O_CREAT | O_RDWR | O_NONBLOCK, 0600, &attributes)) >= 0);
	nth_run(operations, count_of(operations));
	if (place)
		detach_all(0);
	remove_segment(segment);
	remove_set(set);
	remove_queue(queue);
	must(mq_unlink("/nth") == 0);
}

static const struct tap_case cases[] = {{"objects", objects, 0}};

TAP_MAIN(cases)
