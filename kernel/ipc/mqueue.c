/*
 * POSIX message queues: made and paid for, sent to, received from. See ipc/mqueue.h.
 */
#include "ipc/mqueue.h"

#include <asm-generic/fcntl.h>
#include <linux/capability.h>

#include "arch/x86_64/uaccess.h"
#include "fs/poll.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "trace/trace.h"
#include "vm/limits.h"
#include "vm/uio.h"

/* The greatest limits, for who has CAP_SYS_RESOURCE (mq_overview(7)). */
#define HARD_MESSAGES      65536
#define HARD_MESSAGE_BYTES 16777216
#define PRIORITIES         32768 /* MQ_PRIO_MAX */
/* What RLIMIT_MSGQUEUE counts for a message, and for each priority there may be, beside the bytes (getrlimit(2)). */
#define MESSAGE_OVERHEAD  48u
#define PRIORITY_OVERHEAD 48u

static struct slab_cache mqueue_cache = SLAB_CACHE("mqueue", struct mqueue);
/* All queues there are, for the accounts of users. Lock key: list_lock. */
static struct spinlock list_lock = SPINLOCK_INIT("message queues", LOCK_INODE);
static struct list all_queues = LIST_INIT(all_queues);

void mqueue_limits_init(struct ipc_namespace *space)
{
	space->queues_max = 256;
	space->msg_max = 10;
	space->msg_default = 10;
	space->msgsize_max = 8192;
	space->msgsize_default = 8192;
}

/* -- a queue -- */

static int check_attributes(const struct ipc_namespace *space, const struct mq_attr *attributes, uint64_t *charge)
{
	bool may_exceed = current_has_cap(CAP_SYS_RESOURCE);
	int64_t most = may_exceed ? HARD_MESSAGES : space->msg_max;
	int64_t most_bytes = may_exceed ? HARD_MESSAGE_BYTES : space->msgsize_max;

	if (attributes->mq_maxmsg <= 0 || attributes->mq_msgsize <= 0 || attributes->mq_maxmsg > most ||
	    attributes->mq_msgsize > most_bytes)
		return -EINVAL;
	*charge = (uint64_t)attributes->mq_maxmsg * ((uint64_t)attributes->mq_msgsize + MESSAGE_OVERHEAD) +
		  MIN((uint64_t)attributes->mq_maxmsg, (uint64_t)PRIORITIES) * PRIORITY_OVERHEAD;
	return 0;
}

static int enter_accounts(struct mqueue *mqueue)
{
	struct ipc_namespace *space = mqueue->space;
	uint64_t sum = mqueue->charge_bytes, limit = limit_of(RLIMIT_MSGQUEUE);
	struct mqueue *other;
	int error = 0;

	spin_lock(&list_lock);
	list_for_each (other, &all_queues, link) {
		if (other->uid == mqueue->uid)
			sum += other->charge_bytes;
	}
	if (sum > limit)
		error = -EMFILE;
	else if (space->mqueue_count >= space->queues_max && !current_has_cap(CAP_SYS_RESOURCE))
		error = -ENOSPC;
	if (!error) {
		space->mqueue_count++;
		list_append(&all_queues, &mqueue->link);
	}
	spin_unlock(&list_lock);
	return error;
}

struct mqueue *mqueue_create(struct ipc_namespace *space, const struct mq_attr *attributes)
{
	struct mq_attr usual = {0};
	struct mqueue *mqueue;
	uint64_t charge;
	int error;

	usual.mq_maxmsg = (int64_t)MIN(space->msg_max, space->msg_default);
	usual.mq_msgsize = (int64_t)MIN(space->msgsize_max, space->msgsize_default);
	if (!attributes)
		attributes = &usual;
	if (space->mqueue_count >= space->queues_max && !current_has_cap(CAP_SYS_RESOURCE))
		return err_ptr(-ENOSPC);
	error = check_attributes(space, attributes, &charge);
	if (error)
		return err_ptr(error);
	mqueue = slab_alloc(&mqueue_cache);
	if (!mqueue)
		return err_ptr(-ENOMEM);
	msgq_init(&mqueue->queue, true, false);
	mqueue->queue.count_limit = (uint64_t)attributes->mq_maxmsg;
	mqueue->queue.bytes_limit = MSGQ_UNBOUNDED;
	mqueue->message_bytes = (uint64_t)attributes->mq_msgsize;
	mqueue->space = space;
	mqueue->uid = current_cred()->uid;
	mqueue->charge_bytes = charge;
	error = enter_accounts(mqueue);
	if (error) {
		slab_free(&mqueue_cache, mqueue);
		return err_ptr(error);
	}
	ipc_namespace_get(space);
	return mqueue;
}

void mqueue_destroy(struct mqueue *mqueue)
{
	spin_lock(&list_lock);
	list_remove(&mqueue->link);
	mqueue->space->mqueue_count--;
	spin_unlock(&list_lock);
	msgq_destroy(&mqueue->queue);
	ipc_namespace_put(mqueue->space);
	slab_free(&mqueue_cache, mqueue);
}

/* -- its descriptions -- */

struct mqueue *mqueue_of(struct file *file)
{
	return file->ops == &mqueue_file_ops ? file->inode->pipe : NULL;
}

static ssize_t mqueue_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct mqueue *mqueue = mqueue_of(file);
	struct mqueue_notice *notice = &mqueue->notice;
	size_t length, done;
	char text[100];

	spin_lock(&mqueue->queue.lock);
	bool is_set = notice->owner.pid != NULL;
	struct mqueue_notice copy = *notice;
	uint64_t bytes = mqueue->queue.bytes;
	if (is_set)
		file_owner_hooks.get(copy.owner.pid);
	spin_unlock(&mqueue->queue.lock);
	length = (size_t)string_format(text, sizeof(text), "QSIZE:%-10lu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n",
				       bytes, is_set ? copy.how : 0,
				       is_set && copy.how == 0 /* SIGEV_SIGNAL */ ? copy.signal : 0,
				       is_set ? file_owner_hooks.number(&copy.owner) : 0);
	if (is_set)
		file_owner_hooks.put(copy.owner.pid);
	if (*offset >= length)
		return 0;
	done = uio_copy_out(uio, text + *offset, MIN(uio->left, length - *offset));
	*offset += done;
	inode_touch(file->inode, true, false, true);
	return done ? (ssize_t)done : -EFAULT;
}

static off_t mqueue_seek(struct file *file, off_t offset, int whence)
{
	return file_seek_within(file, offset, whence, file->inode->size);
}

static uint32_t mqueue_poll(struct file *file, struct poll_table *table)
{
	struct mqueue *mqueue = mqueue_of(file);

	poll_wait(table, file, &mqueue->queue.pollers);
	return msgq_events(&mqueue->queue);
}

static void mqueue_flush(struct file *file)
{
	mqueue_forget_notice(mqueue_of(file));
}

const struct file_ops mqueue_file_ops = {
	.name = "mqueue",
	.message_kind = MESSAGE_POSIX_QUEUE,
	.read = mqueue_read,
	.seek = mqueue_seek,
	.poll = mqueue_poll,
	.flush = mqueue_flush,
	.no_splice_write = true,
};

/* -- the calls -- */

int64_t mqueue_open(uaddr_t name, int flags, uint32_t mode, uaddr_t attributes)
{
	struct mq_attr wanted;
	struct file *file;
	char *text;
	int fd;

	if (attributes && copy_from_user(&wanted, attributes, sizeof(wanted)))
		return -EFAULT;
	text = path_text_from_user(name, false);
	if (is_err(text))
		return ptr_err(text);
	fd = fd_reserve(0);
	if (fd >= 0) {
		file = mqueue_open_name(current_ipc(), text, (uint32_t)flags, mode, attributes ? &wanted : NULL);
		if (is_err(file)) {
			fd_unreserve(fd);
			fd = (int)ptr_err(file);
		} else {
			fd_install(fd, file, true);
		}
	}
	path_text_free(text);
	return fd;
}

int64_t mqueue_unlink(uaddr_t name)
{
	char *text = path_text_from_user(name, false);
	int error;

	if (is_err(text))
		return ptr_err(text);
	error = mqueue_remove_name(current_ipc(), text);
	path_text_free(text);
	return error;
}

/* The queue behind a borrowed descriptor that may be used so: 0 or -EBADF. */
static int check_descriptor(struct fd_loan loan, bool for_writing, struct mqueue **mqueue)
{
	*mqueue = loan.file ? mqueue_of(loan.file) : NULL;
	if (!*mqueue || !(for_writing ? file_may_write(loan.file) : file_may_read(loan.file)))
		return -EBADF;
	return 0;
}

static int64_t send_to(struct file *file, struct mqueue *mqueue, uaddr_t from, uint64_t bytes, uint32_t priority,
		       uint64_t deadline_ns)
{
	struct msgq_patience patience = {
		.deadline_ns = deadline_ns,
		.is_nonblocking = file->flags & O_NONBLOCK,
		.kind = WAIT_MQ_SEND,
		.object = file->inode->ino,
	};
	struct message *message;
	int result;

	if (bytes > mqueue->message_bytes)
		return -EMSGSIZE;
	message = message_from_user(from, bytes, priority);
	if (is_err(message))
		return ptr_err(message);
	result = msgq_send(&mqueue->queue, message, &patience);
	if (result == MSGQ_WAS_EMPTY)
		mqueue_tell(mqueue);
	if (result == 0 || result == MSGQ_WAS_EMPTY) {
		inode_touch(file->inode, true, true, true);
		return 0;
	}
	message_free(message);
	return result;
}

int64_t mqueue_send(int fd, uaddr_t from, uint64_t bytes, uint32_t priority, uint64_t deadline_ns)
{
	struct fd_loan loan;
	struct mqueue *mqueue;
	int64_t result;

	if (priority >= PRIORITIES)
		return -EINVAL;
	loan = fd_borrow(fd);
	result = check_descriptor(loan, true, &mqueue);
	if (!result)
		result = send_to(loan.file, mqueue, from, bytes, priority, deadline_ns);
	fd_give_back(loan);
	return result;
}

static int64_t receive_from(struct file *file, struct mqueue *mqueue, uaddr_t to, uint64_t bytes, uaddr_t priority,
			    uint64_t deadline_ns)
{
	struct msgq_pick pick = {.kind = PICK_FIRST, .room_bytes = UINT64_MAX};
	struct msgq_patience patience = {
		.deadline_ns = deadline_ns,
		.is_nonblocking = file->flags & O_NONBLOCK,
		.kind = WAIT_MQ_RECEIVE,
		.object = file->inode->ino,
	};
	struct message *message;
	int64_t result;

	if (bytes < mqueue->message_bytes)
		return -EMSGSIZE;
	result = msgq_receive(&mqueue->queue, &pick, &patience, &message);
	if (result)
		return result;
	inode_touch(file->inode, true, true, true);
	result = (int64_t)message->bytes;
	if ((priority && put_user_u32(priority, (uint32_t)message->type)) ||
	    copy_to_user(to, message->data, message->bytes))
		result = -EFAULT;
	message_free(message);
	return result;
}

int64_t mqueue_receive(int fd, uaddr_t to, uint64_t bytes, uaddr_t priority, uint64_t deadline_ns)
{
	struct fd_loan loan = fd_borrow(fd);
	struct mqueue *mqueue;
	int64_t result = check_descriptor(loan, false, &mqueue);

	if (!result)
		result = receive_from(loan.file, mqueue, to, bytes, priority, deadline_ns);
	fd_give_back(loan);
	return result;
}

int64_t mqueue_attributes(int fd, uaddr_t fresh, uaddr_t old)
{
	struct mq_attr wanted, now;
	struct mqueue *mqueue;
	struct fd_loan loan;

	if (fresh && copy_from_user(&wanted, fresh, sizeof(wanted)))
		return -EFAULT;
	if (fresh && (wanted.mq_flags & ~(long)O_NONBLOCK))
		return -EINVAL;
	loan = fd_borrow(fd);
	mqueue = loan.file ? mqueue_of(loan.file) : NULL;
	if (mqueue) {
		memset(&now, 0, sizeof(now));
		now.mq_flags = loan.file->flags & O_NONBLOCK;
		now.mq_msgsize = (long)mqueue->message_bytes;
		spin_lock(&mqueue->queue.lock);
		now.mq_maxmsg = (long)mqueue->queue.count_limit;
		now.mq_curmsgs = (long)mqueue->queue.count;
		spin_unlock(&mqueue->queue.lock);
	}
	if (mqueue && fresh) {
		if (wanted.mq_flags & O_NONBLOCK)
			atomic_fetch_or(&loan.file->flags, O_NONBLOCK);
		else
			atomic_fetch_and(&loan.file->flags, ~(uint32_t)O_NONBLOCK);
		inode_touch(loan.file->inode, true, false, true);
	}
	fd_give_back(loan);
	if (!mqueue)
		return -EBADF;
	return old && copy_to_user(old, &now, sizeof(now)) ? -EFAULT : 0;
}
