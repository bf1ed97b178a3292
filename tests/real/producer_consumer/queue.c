/* Message queues, whose capacity is the buffer's. */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include "means.h"

static int there[2] = {-1, -1}; /* the receiver's descriptor, the sender's */

static void open_mqueue(void)
{
	struct mq_attr attributes = {.mq_maxmsg = CAPACITY, .mq_msgsize = sizeof(struct item)};

	there[1] = mq_open("/producer_consumer", O_CREAT | O_EXCL | O_RDWR | O_NONBLOCK, 0600, &attributes);
	there[0] = mq_open("/producer_consumer", O_RDONLY);
	if (there[0] < 0 || there[1] < 0)
		fail("mq_open");
	mq_unlink("/producer_consumer");
}

static int send_mqueue(const struct item *item, int may_wait)
{
	struct pollfd room = {there[1], POLLOUT, 0};

	while (mq_send(there[1], (const char *)item, sizeof(*item), 0)) {
		if (errno != EAGAIN)
			fail("mq_send");
		if (!may_wait)
			return 0;
		poll(&room, 1, -1);
	}
	return 1;
}

static void receive_mqueue(struct item *item)
{
	if (mq_receive(there[0], (char *)item, sizeof(*item), NULL) != sizeof(*item))
		fail("mq_receive");
}

static int queue = -1;
struct envelope {
	long type;
	struct item item;
};

static void open_msg(void)
{
	struct msqid_ds status;

	queue = msgget(IPC_PRIVATE, IPC_CREAT | 0600);
	if (queue < 0 || msgctl(queue, IPC_STAT, &status))
		fail("msgget");
	status.msg_qbytes = CAPACITY * sizeof(struct item);
	if (msgctl(queue, IPC_SET, &status))
		fail("msgctl");
}

static void close_msg(void)
{
	msgctl(queue, IPC_RMID, NULL);
}

static int send_msg(const struct item *item, int may_wait)
{
	struct envelope envelope = {1, *item};

	if (msgsnd(queue, &envelope, sizeof(*item), may_wait ? 0 : IPC_NOWAIT) == 0)
		return 1;
	if (errno != EAGAIN)
		fail("msgsnd");
	return 0;
}

static void receive_msg(struct item *item)
{
	struct envelope envelope;

	if (msgrcv(queue, &envelope, sizeof(*item), 1, 0) != sizeof(*item))
		fail("msgrcv");
	*item = envelope.item;
}

const struct means mqueue_means = {
	.name = "queue-posix", .open = open_mqueue, .send = send_mqueue, .receive = receive_mqueue};
const struct means msg_means = {
	.name = "queue-sysv", .open = open_msg, .close = close_msg, .send = send_msg, .receive = receive_msg};
