/*
 * System V message queues: made, sent to, received from. See ipc/msg.h; msgctl(2) is in msg_control.c.
 */
#include "ipc/msg.h"

#include <linux/msg.h>

#include "arch/x86_64/uaccess.h"
#include "fs/file.h"
#include "lib/errno.h"
#include "mem/slab.h"

static struct slab_cache queue_cache = SLAB_CACHE("msg_queue", struct msg_queue);

void msg_limits_init(struct ipc_namespace *space)
{
	space->msgmax = MSGMAX;
	space->msgmnb = MSGMNB;
	space->msgmni = MSGMNI;
}

/* -- msgget -- */

static void queue_destroy(struct ipc_object *object)
{
	msgq_destroy(&msg_of(object)->queue);
	slab_free(&queue_cache, msg_of(object));
}

static struct ipc_object *create_queue(const struct ipc_making *making)
{
	struct msg_queue *queue = slab_alloc(&queue_cache);

	if (!queue)
		return NULL;
	ipc_object_init(&queue->object, making->key, making->flags, queue_destroy);
	msgq_init(&queue->queue, false, false);
	queue->queue.count_limit = queue->queue.bytes_limit = (uint64_t)making->space->msgmnb;
	queue->change_time = timestamp_now().sec;
	return &queue->object;
}

static const struct ipc_maker msg_maker = {.create = create_queue, .discard = ipc_object_put};

int64_t msg_get(int32_t key, int flags)
{
	struct ipc_namespace *space = current_ipc();
	struct ipc_making making = {
		.maker = &msg_maker,
		.space = space,
		.set = &space->queues,
		.most = (uint32_t)space->msgmni,
		.key = key,
		.flags = flags,
	};

	return ipc_make(&making);
}

/* -- msgsnd -- */

int64_t msg_send(int32_t id, int64_t type, uaddr_t from, uint64_t bytes, int flags)
{
	struct ipc_namespace *space = current_ipc();
	struct msgq_patience patience = {
		.deadline_ns = TIME_NEVER,
		.is_nonblocking = flags & IPC_NOWAIT,
		.kind = WAIT_MSG_SEND,
		.object = (uint64_t)id,
	};
	struct ipc_object *object;
	struct message *message;
	int result;

	if (bytes > (uint64_t)space->msgmax || id < 0 || type < 1)
		return -EINVAL;
	message = message_from_user(from, bytes, type);
	if (is_err(message))
		return ptr_err(message);
	object = ipc_get_object(&space->queues, id, IPC_MAY_WRITE);
	if (is_err(object)) {
		message_free(message);
		return ptr_err(object);
	}
	do {
		result = ipc_may_use(&space->queues, object, IPC_MAY_WRITE);
		if (!result)
			result = msgq_send(&msg_of(object)->queue, message, &patience);
	} while (result == MSGQ_LOOK_AGAIN);
	ipc_object_put(object);
	if (result == 0 || result == MSGQ_WAS_EMPTY)
		return 0;
	message_free(message);
	return result == -ERESTART_CALL ? -ERESTART_NOHANDLER : result;
}

/* -- msgrcv -- */

static void choose_pick(struct msgq_pick *pick, int64_t type, int flags)
{
	pick->kind = PICK_FIRST;
	pick->type = type;
	if (type < 0) {
		pick->kind = PICK_SMALLEST;
		pick->type = type == INT64_MIN ? INT64_MAX : -type;
	} else if (type > 0) {
		pick->kind = flags & MSG_EXCEPT ? PICK_OTHER : PICK_TYPE;
	}
}

/* The type goes before the bytes. */
static int64_t give_to_user(uaddr_t to, const void *data, uint64_t bytes, int64_t type)
{
	if (put_user_u64(to, (uint64_t)type) || copy_to_user(to + sizeof(type), data, bytes))
		return -EFAULT;
	return (int64_t)bytes;
}

/* MSG_COPY: the message at `index` stays in the queue. */
static int64_t copy_message(struct ipc_namespace *space, struct ipc_object *object, uaddr_t to, uint64_t bytes,
			    int64_t index, int flags)
{
	uint64_t room = MIN(bytes, (uint64_t)space->msgmax);
	uint8_t *data = kmalloc(MAX(room, 1ul));
	int64_t type = 0, result;

	if (!data)
		return -ENOMEM;
	result = msgq_peek(&msg_of(object)->queue, (uint64_t)index, data, room, &type);
	if (result == -EAGAIN)
		result = -ENOMSG;
	else if (result == -E2BIG && (flags & MSG_NOERROR))
		result = -EINVAL; /* a part is not copied */
	else if (result >= 0)
		result = give_to_user(to, data, (uint64_t)result, type);
	kfree(data);
	return result;
}

static int64_t take_message(struct ipc_namespace *space, struct ipc_object *object, uaddr_t to, uint64_t bytes,
			    int64_t type, int flags)
{
	struct msgq_pick pick = {.room_bytes = flags & MSG_NOERROR ? UINT64_MAX : bytes};
	struct msgq_patience patience = {
		.deadline_ns = TIME_NEVER,
		.is_nonblocking = flags & IPC_NOWAIT,
		.kind = WAIT_MSG_RECEIVE,
		.object = (uint64_t)object->id,
	};
	struct message *message = NULL;
	int64_t result;

	choose_pick(&pick, type, flags);
	do {
		result = ipc_may_use(&space->queues, object, IPC_MAY_READ);
		if (!result)
			result = msgq_receive(&msg_of(object)->queue, &pick, &patience, &message);
	} while (result == MSGQ_LOOK_AGAIN);
	if (result == -EAGAIN)
		return -ENOMSG;
	if (result)
		return result == -ERESTART_CALL ? -ERESTART_NOHANDLER : result;
	result = give_to_user(to, message->data, MIN(bytes, message->bytes), message->type);
	message_free(message);
	return result;
}

int64_t msg_receive(int32_t id, uaddr_t to, uint64_t bytes, int64_t type, int flags)
{
	struct ipc_namespace *space = current_ipc();
	struct ipc_object *object;
	int64_t result;

	if (id < 0 || bytes > INT64_MAX)
		return -EINVAL;
	if ((flags & MSG_COPY) && ((flags & MSG_EXCEPT) || !(flags & IPC_NOWAIT)))
		return -EINVAL;
	object = ipc_get_object(&space->queues, id, IPC_MAY_READ);
	if (is_err(object))
		return ptr_err(object);
	if (flags & MSG_COPY)
		result = copy_message(space, object, to, bytes, type, flags);
	else
		result = take_message(space, object, to, bytes, type, flags);
	ipc_object_put(object);
	return result;
}
