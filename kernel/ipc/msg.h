/*
 * System V message queues (msgget(2), msgop(2), msgctl(2)): a face of struct msgq with an id, types, and a limit on
 * bytes. Its messages are in the msgq; what the object adds is little.
 */
#ifndef NAMU_IPC_MSG_H
#define NAMU_IPC_MSG_H

#include "ipc/msgq.h"
#include "ipc/namespace.h"

/* Lock key: (o) object.lock; (q) the msgq's own lock. */
struct msg_queue {
	struct ipc_object object; /* (o) */
	struct msgq queue;        /* (q) */
	int64_t change_time;      /* (o) seconds since 1970 */
};

static inline struct msg_queue *msg_of(struct ipc_object *object)
{
	return container_of(object, struct msg_queue, object);
}

void msg_limits_init(struct ipc_namespace *space);
void msg_remove_all(struct ipc_namespace *space);

/* Bodies of the calls; `from` and `to` are the bytes behind the type, which the caller reads and writes. */
int64_t msg_get(int32_t key, int flags);
int64_t msg_send(int32_t id, int64_t type, uaddr_t from, uint64_t bytes, int flags);
int64_t msg_receive(int32_t id, uaddr_t to, uint64_t bytes, int64_t type, int flags);
int64_t msg_control(int32_t id, int command, uaddr_t buffer);

/* Figures of a queue, for msgctl and /proc/sysvipc/msg. */
struct msg_view {
	struct ipc_object object; /* but its links */
	uint64_t count, bytes, bytes_limit;
	struct msgq_note sent, received;
	int64_t change_time;
};
void msg_view_fill(struct msg_view *view, struct msg_queue *queue);
bool msg_view_next(struct ipc_namespace *space, int32_t *index, struct msg_view *view);

#endif
