/*
 * Message queues, see ipc/msgq.h.
 */
#include "ipc/msgq.h"

#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "fs/file.h"
#include "fs/poll.h"
#include "ipc/message_trace.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"

/*
 * Who waits; on its own stack. Lock key: (i) immutable; (q) the queue's lock.
 */
struct msgq_wait {
	struct list link;             /* (q) on senders or receivers */
	const struct msgq_pick *pick; /* (i) of a receiver */
	struct message *message;      /* (q) of a sender: its own; of a receiver that was served: what it got */
	int32_t pid;                  /* (i) */
	bool is_done;                 /* (q) */
	int result;                   /* (q) once done */
	struct waitq queue;           /* (q) it waits here */
};

struct message *message_from_user(uaddr_t from, uint64_t bytes, int64_t type)
{
	struct message *message;

	if (bytes > INT32_MAX)
		return err_ptr(-ENOMEM);
	message = kmalloc(sizeof(*message) + bytes);
	if (!message)
		return err_ptr(-ENOMEM);
	list_init(&message->link);
	message->type = type;
	message->bytes = bytes;
	if (copy_from_user(message->data, from, bytes)) {
		kfree(message);
		return err_ptr(-EFAULT);
	}
	return message;
}

void message_free(struct message *message)
{
	kfree(message);
}

void msgq_init(struct msgq *queue, bool orders_by_type, bool is_rendezvous)
{
	memset(queue, 0, sizeof(*queue));
	spin_init(&queue->lock, "message queue", LOCK_OBJECT);
	queue->orders_by_type = orders_by_type;
	queue->is_rendezvous = is_rendezvous;
	list_init(&queue->messages);
	list_init(&queue->senders);
	list_init(&queue->receivers);
	waitq_init(&queue->pollers);
}

static void free_all(struct list *messages)
{
	struct message *message, *following;

	list_for_each_safe (message, following, messages, link)
		message_free(message);
}

void msgq_destroy(struct msgq *queue)
{
	free_all(&queue->messages);
}

/* -- serving those who wait; the queue's lock is held -- */

/* It may be gone once the queue's lock is. */
static void finish(struct msgq_wait *wait, int result)
{
	list_remove(&wait->link);
	wait->result = result;
	wait->is_done = true;
	waitq_wake_one(&wait->queue);
}

static void finish_all(struct list *waiting, int result)
{
	while (!list_is_empty(waiting))
		finish(list_first(waiting, struct msgq_wait, link), result);
}

static void note(struct msgq_note *to, int32_t pid)
{
	to->pid = pid;
	to->time = timestamp_now().sec;
}

static bool is_wanted(const struct msgq_pick *pick, const struct message *message)
{
	switch (pick->kind) {
	case PICK_TYPE:
		return message->type == pick->type;
	case PICK_OTHER:
		return message->type != pick->type;
	case PICK_SMALLEST:
		return message->type <= pick->type;
	default:
		return true;
	}
}

static bool has_room(const struct msgq *queue, const struct message *message)
{
	return !queue->is_rendezvous && queue->count < queue->count_limit && message->bytes <= queue->bytes_limit &&
	       queue->bytes <= queue->bytes_limit - message->bytes;
}

static void put(struct msgq *queue, struct message *message)
{
	struct list *behind = queue->messages.prev;

	if (queue->orders_by_type) {
		while (behind != &queue->messages && list_entry(behind, struct message, link)->type < message->type)
			behind = behind->prev;
	}
	list_insert_between(&message->link, behind, behind->next);
	queue->count++;
	queue->bytes += message->bytes;
	waitq_wake_key(&queue->pollers, POLL_IN | POLL_RDNORM, UINT32_MAX);
}

static void take(struct msgq *queue, struct message *message)
{
	list_remove(&message->link);
	queue->count--;
	queue->bytes -= message->bytes;
	waitq_wake_key(&queue->pollers, POLL_OUT | POLL_WRNORM, UINT32_MAX);
}

/* The receiver that gets a message: the first that wants it, or the one that the seed chooses; null. */
static struct msgq_wait *choose_receiver(struct msgq *queue, const struct message *message)
{
	struct msgq_wait *wait, *chosen = NULL;
	unsigned possible = 0, index;

	list_for_each (wait, &queue->receivers, link) {
		if (!is_wanted(wait->pick, message))
			continue;
		if (!chosen)
			chosen = wait;
		if (!choice_is_seeded)
			return chosen;
		possible++;
	}
	if (possible < 2)
		return chosen;
	index = choice_pick(CHOICE_RECEIVER, possible, 0);
	list_for_each (wait, &queue->receivers, link) {
		if (is_wanted(wait->pick, message) && index-- == 0)
			return wait;
	}
	return chosen;
}

/* Give it to a receiver that waits for it. Those for whom it is too long are told, and it goes on to the next. */
static bool hand_over(struct msgq *queue, struct message *message, int32_t sender_pid)
{
	struct msgq_wait *receiver;

	while ((receiver = choose_receiver(queue, message)) != NULL) {
		if (message->bytes > receiver->pick->room_bytes) {
			finish(receiver, -E2BIG);
			continue;
		}
		note(&queue->sent, sender_pid);
		note(&queue->received, receiver->pid);
		receiver->message = message;
		finish(receiver, 0);
		return true;
	}
	return false;
}

/* The first waiting sender whose message has room now, or the one that the seed chooses; null. */
static struct msgq_wait *choose_sender(struct msgq *queue)
{
	struct msgq_wait *wait, *chosen = NULL;
	unsigned possible = 0, index;

	list_for_each (wait, &queue->senders, link) {
		if (!has_room(queue, wait->message))
			continue;
		if (!chosen)
			chosen = wait;
		if (!choice_is_seeded)
			return chosen;
		possible++;
	}
	if (possible < 2)
		return chosen;
	index = choice_pick(CHOICE_WAITER, possible, 0);
	list_for_each (wait, &queue->senders, link) {
		if (has_room(queue, wait->message) && index-- == 0)
			return wait;
	}
	return chosen;
}

/* Room was made: whose message fits has sent it. */
static void serve_senders(struct msgq *queue)
{
	struct msgq_wait *sender;

	while ((sender = choose_sender(queue)) != NULL) {
		if (!hand_over(queue, sender->message, sender->pid)) {
			note(&queue->sent, sender->pid);
			put(queue, sender->message);
		}
		finish(sender, 0);
	}
}

/* -- ends and limits -- */

void msgq_close(struct msgq *queue, int error)
{
	struct list messages = LIST_INIT(messages);

	spin_lock(&queue->lock);
	queue->closed = error;
	finish_all(&queue->senders, error);
	finish_all(&queue->receivers, error);
	list_append_all(&messages, &queue->messages);
	queue->count = queue->bytes = 0;
	spin_unlock(&queue->lock);
	free_all(&messages);
}

void msgq_set_limits(struct msgq *queue, uint64_t count_limit, uint64_t bytes_limit)
{
	spin_lock(&queue->lock);
	queue->count_limit = count_limit;
	queue->bytes_limit = bytes_limit;
	finish_all(&queue->senders, MSGQ_LOOK_AGAIN);
	finish_all(&queue->receivers, MSGQ_LOOK_AGAIN);
	spin_unlock(&queue->lock);
}

/* -- sending and receiving -- */

/* Until somebody has served it. The queue's lock is held, and let go meanwhile. */
static int wait_for_turn(struct msgq *queue, struct list *waiting, struct msgq_wait *mine,
			 const struct msgq_patience *patience)
{
	struct wait wait = WAIT(patience->kind, patience->object, patience->deadline_ns);
	int error = 0;

	if (patience->is_nonblocking)
		return -EAGAIN;
	waitq_init(&mine->queue);
	list_append(waiting, &mine->link);
	while (!mine->is_done && !error) {
		waitq_add(&mine->queue, &wait);
		spin_unlock(&queue->lock);
		error = wait_block(&wait, WAIT_INTERRUPTIBLE);
		spin_lock(&queue->lock);
	}
	wait_done(&wait);
	if (mine->is_done)
		return mine->result;
	list_remove(&mine->link);
	return error;
}

/* The object is that which those wait for who find the queue full or empty. */
static void trace_message(enum trace_event event, const struct msgq_patience *patience, uint64_t bytes, uint64_t first)
{
	bool is_posix = patience->kind == WAIT_MQ_SEND || patience->kind == WAIT_MQ_RECEIVE;

	trace(event, patience->object, is_posix ? MESSAGE_POSIX_QUEUE : MESSAGE_QUEUE, bytes, first);
}

/* What the trace shows of a message: its first bytes. */
static uint64_t first_bytes(const struct message *message)
{
	uint64_t first = 0;

	memcpy(&first, message->data, MIN(message->bytes, sizeof(first)));
	return first;
}

/* The queue's lock is held. */
static int send_locked(struct msgq *queue, struct message *message, const struct msgq_patience *patience)
{
	struct msgq_wait mine = {.message = message, .pid = file_process_hook()};
	uint64_t bytes = message->bytes, first = trace_is_on(TRACE_SEND) ? first_bytes(message) : 0;
	bool was_empty = queue->count == 0;

	if (queue->closed)
		return queue->closed;
	bool must_wait = !queue->is_rendezvous && !has_room(queue, message);
	/* Who is handed it needs the lock to see it, so the event comes before that of the receiving. */
	if (!must_wait && hand_over(queue, message, mine.pid)) {
		trace_message(TRACE_SEND, patience, bytes, first);
		return 0;
	}
	if (must_wait || queue->is_rendezvous) {
		int result = wait_for_turn(queue, &queue->senders, &mine, patience);
		if (result == 0)
			trace_message(TRACE_SEND, patience, bytes, first);
		return result;
	}
	trace_message(TRACE_SEND, patience, bytes, first);
	note(&queue->sent, mine.pid);
	put(queue, message);
	return was_empty ? MSGQ_WAS_EMPTY : 0;
}

int msgq_send(struct msgq *queue, struct message *message, const struct msgq_patience *patience)
{
	int result;

	spin_lock(&queue->lock);
	result = send_locked(queue, message, patience);
	spin_unlock(&queue->lock);
	return result;
}

/* The message that is wanted, or null. */
static struct message *find(const struct list *messages, const struct msgq_pick *pick)
{
	struct message *message, *best = NULL;

	list_for_each (message, messages, link) {
		if (!is_wanted(pick, message))
			continue;
		if (pick->kind != PICK_SMALLEST)
			return message;
		if (!best || message->type < best->type)
			best = message;
	}
	return best;
}

/* Of senders that wait to meet a receiver the first whose message is wanted; null. */
static struct msgq_wait *find_sender(struct msgq *queue, const struct msgq_pick *pick)
{
	struct msgq_wait *sender, *best = NULL;

	list_for_each (sender, &queue->senders, link) {
		if (!is_wanted(pick, sender->message))
			continue;
		if (pick->kind != PICK_SMALLEST && !queue->orders_by_type)
			return sender;
		if (!best || (queue->orders_by_type ? sender->message->type > best->message->type
						    : sender->message->type < best->message->type))
			best = sender;
	}
	return best;
}

/* The queue's lock is held. */
static int receive_locked(struct msgq *queue, const struct msgq_pick *pick, const struct msgq_patience *patience,
			  struct message **message)
{
	struct msgq_wait mine = {.pick = pick, .pid = file_process_hook()}, *sender = NULL;
	int result;

	if (queue->closed)
		return queue->closed;
	*message = find(&queue->messages, pick);
	if (!*message && queue->is_rendezvous && (sender = find_sender(queue, pick)))
		*message = sender->message;
	if (!*message) {
		result = wait_for_turn(queue, &queue->receivers, &mine, patience);
		*message = mine.message;
		return result;
	}
	if ((*message)->bytes > pick->room_bytes)
		return -E2BIG;
	note(&queue->received, mine.pid);
	if (sender) {
		note(&queue->sent, sender->pid);
		finish(sender, 0);
	} else {
		take(queue, *message);
		serve_senders(queue);
	}
	return 0;
}

int msgq_receive(struct msgq *queue, const struct msgq_pick *pick, const struct msgq_patience *patience,
		 struct message **message)
{
	int result;

	*message = NULL;
	spin_lock(&queue->lock);
	result = receive_locked(queue, pick, patience, message);
	spin_unlock(&queue->lock);
	if (result == 0)
		trace_message(TRACE_RECEIVE, patience, (*message)->bytes, first_bytes(*message));
	return result;
}

ssize_t msgq_peek(struct msgq *queue, uint64_t index, void *to, uint64_t room_bytes, int64_t *type)
{
	struct message *message;
	ssize_t result;

	spin_lock(&queue->lock);
	result = queue->closed ? queue->closed : -EAGAIN;
	list_for_each (message, &queue->messages, link) {
		if (queue->closed || index-- > 0)
			continue;
		if (message->bytes > room_bytes) {
			result = -E2BIG;
		} else {
			memcpy(to, message->data, message->bytes);
			*type = message->type;
			result = (ssize_t)message->bytes;
		}
		break;
	}
	spin_unlock(&queue->lock);
	return result;
}

uint32_t msgq_events(struct msgq *queue)
{
	uint32_t events = 0;

	spin_lock(&queue->lock);
	if (queue->count > 0)
		events |= POLL_IN | POLL_RDNORM;
	if (!queue->is_rendezvous && queue->count < queue->count_limit)
		events |= POLL_OUT | POLL_WRNORM;
	spin_unlock(&queue->lock);
	return events;
}
