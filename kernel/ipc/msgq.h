/*
 * The message queue: what passes whole messages from senders to receivers. System V and POSIX queues are faces of it.
 *
 * Capacity: as many messages and bytes as its limits say (MSGQ_UNBOUNDED: any number), or none at all (is_rendezvous):
 * then a sender waits until its message is taken. Receivers say which messages they want (struct msgq_pick).
 *
 * Who has to wait stands in the queue, a sender with its message. Whoever sends hands the message to the first waiting
 * receiver that wants it; whoever takes one puts in those of waiting senders for which there is room now. So a woken
 * thread has what it waited for. Which of several is served passes through choice/.
 *
 * Lock: its own (LOCK_OBJECT), for all of it. Life: that of the object it is part of.
 */
#ifndef NAMU_IPC_MSGQ_H
#define NAMU_IPC_MSGQ_H

#include "lib/list.h"
#include "sched/waitq.h"

#define MSGQ_UNBOUNDED UINT64_MAX

/* Lock key: (i) immutable; (q) the queue's lock. */
struct message {
	struct list link; /* (q) */
	int64_t type;     /* (i) of System V; the priority of POSIX */
	uint64_t bytes;   /* (i) */
	uint8_t data[];   /* (i) */
};

/* Which message a receiver wants: the first, the first of a type, the first of any other type, or the first of the
 * smallest type up to one. */
enum msgq_pick_kind { PICK_FIRST, PICK_TYPE, PICK_OTHER, PICK_SMALLEST };
struct msgq_pick {
	enum msgq_pick_kind kind;
	int64_t type;
	uint64_t room_bytes; /* a longer message gives -E2BIG, and stays */
};

/* How long, and as what, somebody waits. */
struct msgq_patience {
	uint64_t deadline_ns; /* TIME_NEVER */
	bool is_nonblocking;  /* -EAGAIN instead of waiting */
	enum wait_kind kind;
	uint64_t object; /* of the wait reason */
};

/* Who did something last. */
struct msgq_note {
	int32_t pid;
	int64_t time; /* seconds since 1970; 0: never */
};

/* Lock key: (i) immutable; (l) its lock; (q) a wait queue's own lock. */
struct msgq {
	struct spinlock lock;  /* (l) */
	bool orders_by_type;   /* (i) greater types first; among equals, and without it, in order of arrival */
	bool is_rendezvous;    /* (i) it holds no messages */
	struct list messages;  /* (l) */
	uint64_t count, bytes; /* (l) of messages */
	uint64_t count_limit, bytes_limit; /* (l) */
	struct list senders, receivers;    /* (l) struct msgq_wait, in order of arrival */
	int closed;                        /* (l) what everybody is told from now on; 0: it is open */
	struct msgq_note sent, received;   /* (l) */
	struct waitq pollers;              /* (q) */
};

/* A message of `bytes`, read from user memory; err_ptr -ENOMEM, -EFAULT. */
struct message *message_from_user(uaddr_t from, uint64_t bytes, int64_t type);
void message_free(struct message *message);

/* Limits come after it. */
void msgq_init(struct msgq *queue, bool orders_by_type, bool is_rendezvous);
/* Nobody uses it any more: the messages in it go. */
void msgq_destroy(struct msgq *queue);
/* It is over: who waits, and who comes, is told `error`. Its messages go. */
void msgq_close(struct msgq *queue, int error);
/* Other limits; who waits looks again whether it still may. */
void msgq_set_limits(struct msgq *queue, uint64_t count_limit, uint64_t bytes_limit);

/* Results of both below besides their own: -EAGAIN, -ETIMEDOUT, -ERESTART_CALL, the error it was closed with. */
#define MSGQ_LOOK_AGAIN 1 /* msgq_set_limits came: check anew, try again */
#define MSGQ_WAS_EMPTY  2 /* sent; nothing was in it and nobody waited */
/* Send: 0, or MSGQ_WAS_EMPTY; else the message is the caller's again. */
int msgq_send(struct msgq *queue, struct message *message, const struct msgq_patience *patience);
/* Take a message, which is the caller's then: 0, -E2BIG. */
int msgq_receive(struct msgq *queue, const struct msgq_pick *pick, const struct msgq_patience *patience,
		 struct message **message);
/* Copy the message at `index` in order, with its type, into kernel memory: its length; -EAGAIN: there is none; -E2BIG.
 */
ssize_t msgq_peek(struct msgq *queue, uint64_t index, void *to, uint64_t room_bytes, int64_t *type);

/* What can be done now, in the words of poll(2). */
uint32_t msgq_events(struct msgq *queue);

#endif
