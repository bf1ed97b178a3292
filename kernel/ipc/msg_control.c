/*
 * msgctl(2), and what /proc shows of System V message queues.
 */
#include <linux/capability.h>
#include <linux/msg.h>

#include "arch/x86_64/uaccess.h"
#include "fs/file.h"
#include "ipc/msg.h"
#include "lib/errno.h"
#include "lib/string.h"

static void add_figures(struct msginfo *info, struct msg_queue *queue)
{
	spin_lock(&queue->queue.lock);
	info->msgmap += (int)queue->queue.count;
	info->msgtql += (int)queue->queue.bytes;
	spin_unlock(&queue->queue.lock);
}

static int64_t limits_to_user(struct ipc_namespace *space, bool in_use, uaddr_t buffer)
{
	struct ipc_object *object;
	struct msginfo info;
	int32_t highest, index = 0;

	memset(&info, 0, sizeof(info));
	info.msgmni = space->msgmni;
	info.msgmax = space->msgmax;
	info.msgmnb = space->msgmnb;
	info.msgssz = MSGSSZ;
	info.msgseg = MSGSEG;
	spin_lock(&space->queues.lock);
	if (in_use) {
		info.msgpool = (int)space->queues.in_use;
		while ((object = ipc_set_next(&space->queues, &index)) != NULL)
			add_figures(&info, msg_of(object));
	} else {
		info.msgmap = MSGMAP;
		info.msgpool = MSGPOOL;
		info.msgtql = MSGTQL;
	}
	highest = ipc_set_highest(&space->queues);
	spin_unlock(&space->queues.lock);
	return copy_to_user(buffer, &info, sizeof(info)) ? -EFAULT : highest;
}

void msg_view_fill(struct msg_view *view, struct msg_queue *queue)
{
	struct msgq *messages = &queue->queue;

	view->object = queue->object;
	spin_lock(&queue->object.lock);
	view->change_time = queue->change_time;
	spin_unlock(&queue->object.lock);
	spin_lock(&messages->lock);
	view->count = messages->count;
	view->bytes = messages->bytes;
	view->bytes_limit = messages->bytes_limit;
	view->sent = messages->sent;
	view->received = messages->received;
	spin_unlock(&messages->lock);
}

bool msg_view_next(struct ipc_namespace *space, int32_t *index, struct msg_view *view)
{
	struct ipc_object *object;

	spin_lock(&space->queues.lock);
	object = ipc_set_next(&space->queues, index);
	if (object)
		msg_view_fill(view, msg_of(object));
	spin_unlock(&space->queues.lock);
	return object != NULL;
}

/* IPC_STAT by id, MSG_STAT and MSG_STAT_ANY by index, which return the id. */
static int64_t status_to_user(struct ipc_namespace *space, int32_t id, int command, uaddr_t buffer)
{
	struct msqid64_ds status;
	struct ipc_object *object;
	struct msg_view view;
	int64_t result = -EINVAL;

	memset(&status, 0, sizeof(status));
	spin_lock(&space->queues.lock);
	object = command == IPC_STAT ? ipc_set_find(&space->queues, id) : ipc_set_at(&space->queues, id);
	if (object)
		result = command == MSG_STAT_ANY ? 0 : ipc_check_access(object, IPC_MAY_READ);
	if (!result) {
		ipc_perm_fill(&status.msg_perm, object);
		msg_view_fill(&view, msg_of(object));
		status.msg_stime = view.sent.time;
		status.msg_rtime = view.received.time;
		status.msg_ctime = view.change_time;
		status.msg_cbytes = view.bytes;
		status.msg_qnum = view.count;
		status.msg_qbytes = view.bytes_limit;
		status.msg_lspid = view.sent.pid;
		status.msg_lrpid = view.received.pid;
		result = command == IPC_STAT ? 0 : object->id;
	}
	spin_unlock(&space->queues.lock);
	if (result >= 0 && copy_to_user(buffer, &status, sizeof(status)))
		return -EFAULT;
	return result;
}

static int64_t set_status(struct ipc_namespace *space, int32_t id, uaddr_t buffer)
{
	struct msqid64_ds status;
	struct ipc_object *object;
	int error = -EINVAL;

	if (copy_from_user(&status, buffer, sizeof(status)))
		return -EFAULT;
	spin_lock(&space->queues.lock);
	object = ipc_set_find(&space->queues, id);
	if (object)
		error = ipc_check_owner(object);
	if (!error && status.msg_qbytes > (uint64_t)space->msgmnb && !current_has_cap(CAP_SYS_RESOURCE))
		error = -EPERM;
	if (!error)
		error = ipc_perm_apply(object, &status.msg_perm);
	if (!error) {
		spin_lock(&object->lock);
		msg_of(object)->change_time = timestamp_now().sec;
		spin_unlock(&object->lock);
		msgq_set_limits(&msg_of(object)->queue, status.msg_qbytes, status.msg_qbytes);
	}
	spin_unlock(&space->queues.lock);
	return error;
}

/* Out of the namespace. Its lock is held; the caller drops the set's reference. */
static void take_out(struct ipc_namespace *space, struct ipc_object *object)
{
	ipc_set_remove(&space->queues, object);
	spin_lock(&object->lock);
	object->is_removed = true;
	spin_unlock(&object->lock);
}

static int64_t remove_queue(struct ipc_namespace *space, int32_t id)
{
	struct ipc_object *object;
	int error = -EINVAL;

	spin_lock(&space->queues.lock);
	object = ipc_set_find(&space->queues, id);
	if (object)
		error = ipc_check_owner(object);
	if (!error)
		take_out(space, object);
	spin_unlock(&space->queues.lock);
	if (error)
		return error;
	msgq_close(&msg_of(object)->queue, -EIDRM);
	ipc_object_put(object);
	return 0;
}

void msg_remove_all(struct ipc_namespace *space)
{
	struct ipc_object *object;

	do {
		spin_lock(&space->queues.lock);
		object = ipc_set_first(&space->queues);
		if (object)
			take_out(space, object);
		spin_unlock(&space->queues.lock);
		if (object)
			ipc_object_put(object);
	} while (object);
}

int64_t msg_control(int32_t id, int command, uaddr_t buffer)
{
	struct ipc_namespace *space = current_ipc();

	if (id < 0)
		return -EINVAL;
	switch (command) {
	case IPC_INFO:
	case MSG_INFO:
		return limits_to_user(space, command == MSG_INFO, buffer);
	case IPC_STAT:
	case MSG_STAT:
	case MSG_STAT_ANY:
		return status_to_user(space, id, command, buffer);
	case IPC_SET:
		return set_status(space, id, buffer);
	case IPC_RMID:
		return remove_queue(space, id);
	default:
		return -EINVAL;
	}
}
