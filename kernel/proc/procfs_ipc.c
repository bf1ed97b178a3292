/*
 * /proc/sysvipc (proc(5)): the System V objects of the reader's namespace, a line each, with Linux's columns.
 */
#include "ipc/msg.h"
#include "ipc/sem.h"
#include "ipc/shm.h"
#include "proc/procfs_private.h"

static int show_segments(struct proc_text *text, const struct proc_target *target)
{
	struct shm_view view = {.bytes = 0};
	int32_t index = 0;

	proc_print(text, "%10s %10s %5s %21s %5s %5s %6s %5s %5s %5s %5s %10s %10s %10s %21s %21s\n", "key", "shmid",
		   "perms", "size", "cpid", "lpid", "nattch", "uid", "gid", "cuid", "cgid", "atime", "dtime", "ctime",
		   "rss", "swap");
	while (shm_view_next(current_ipc(), &index, &view)) {
		const struct ipc_object *object = &view.object;

		proc_print(text, "%10d %10d  %4o %21lu %5u %5u  %5lu ", object->key, object->id, object->mode,
			   view.bytes, (uint32_t)view.creator_pid, (uint32_t)view.last_pid, view.attached);
		proc_print(text, "%5u %5u %5u %5u %10lu %10lu %10lu %21lu %21lu\n", object->uid, object->gid,
			   object->cuid, object->cgid, (uint64_t)view.attach_time, (uint64_t)view.detach_time,
			   (uint64_t)view.change_time, view.resident_bytes, 0ul);
	}
	return 0;
}

static int show_semaphores(struct proc_text *text, const struct proc_target *target)
{
	struct sem_view view = {.count = 0};
	int32_t index = 0;

	proc_print(text, "%10s %10s %5s %10s %5s %5s %5s %5s %10s %10s\n", "key", "semid", "perms", "nsems", "uid",
		   "gid", "cuid", "cgid", "otime", "ctime");
	while (sem_view_next(current_ipc(), &index, &view)) {
		const struct ipc_object *object = &view.object;

		proc_print(text, "%10d %10d  %4o %10u %5u %5u %5u %5u %10lu %10lu\n", object->key, object->id,
			   object->mode, view.count, object->uid, object->gid, object->cuid, object->cgid,
			   (uint64_t)view.operation_time, (uint64_t)view.change_time);
	}
	return 0;
}

static int show_queues(struct proc_text *text, const struct proc_target *target)
{
	struct msg_view view = {.count = 0};
	int32_t index = 0;

	proc_print(text, "%10s %10s %5s %11s %10s %5s %5s %5s %5s %5s %5s %10s %10s %10s\n", "key", "msqid", "perms",
		   "cbytes", "qnum", "lspid", "lrpid", "uid", "gid", "cuid", "cgid", "stime", "rtime", "ctime");
	while (msg_view_next(current_ipc(), &index, &view)) {
		const struct ipc_object *object = &view.object;

		proc_print(text, "%10d %10d  %4o  %10lu %10lu %5d %5d ", object->key, object->id, object->mode,
			   view.bytes, view.count, view.sent.pid, view.received.pid);
		proc_print(text, "%5u %5u %5u %5u %10ld %10ld %10ld\n", object->uid, object->gid, object->cuid,
			   object->cgid, view.sent.time, view.received.time, view.change_time);
	}
	return 0;
}

const struct proc_entry proc_sysvipc_entries[] = {
	{.name = "msg", .mode = S_IFREG | 0444, .show = show_queues},
	{.name = "sem", .mode = S_IFREG | 0444, .show = show_semaphores},
	{.name = "shm", .mode = S_IFREG | 0444, .show = show_segments},
	{.name = NULL},
};
