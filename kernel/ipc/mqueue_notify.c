/*
 * mq_notify(2): one process is told, once, when a message comes to the empty queue. By a signal; or, for SIGEV_THREAD,
 * by sending the 32 bytes that the C library gave to the netlink socket on which a thread of it waits, the last byte
 * saying whether a message came or the request was taken back.
 */
#include <asm-generic/fcntl.h>
#include <asm-generic/siginfo.h>
#include <linux/stat.h>

#include "arch/x86_64/uaccess.h"
#include "ipc/mqueue.h"
#include "lib/errno.h"

#define SIGNAL_MOST 64

void (*mqueue_signal_hook)(struct pid *process, int signal, uint64_t value);
struct mqueue_socket_hooks mqueue_socket_hooks;

/* What programs hand over: the first members of their struct sigevent. */
struct event {
	uint64_t value;
	int32_t signal; /* SIGEV_THREAD: the socket */
	int32_t how;
};

/* Take the notice out, if it is the current process's or anybody's. Its references are the caller's. */
static bool take_notice(struct mqueue *mqueue, struct mqueue_notice *notice, bool even_others)
{
	struct pid *self = even_others ? NULL : file_owner_hooks.current();
	bool is_taken;

	spin_lock(&mqueue->queue.lock);
	is_taken = mqueue->notice.owner.pid && (even_others || mqueue->notice.owner.pid == self);
	if (is_taken) {
		*notice = mqueue->notice;
		mqueue->notice = (struct mqueue_notice){0};
	}
	spin_unlock(&mqueue->queue.lock);
	if (self)
		file_owner_hooks.put(self);
	return is_taken;
}

/* The notice has done its work, or shall do none. */
static void end_notice(struct mqueue_notice *notice, uint8_t reason)
{
	if (notice->socket) {
		notice->cookie[NOTIFY_COOKIE_LEN - 1] = reason;
		mqueue_socket_hooks.send(notice->socket, notice->cookie, NOTIFY_COOKIE_LEN);
		file_put(notice->socket);
	}
	file_owner_hooks.put(notice->owner.pid);
}

void mqueue_tell(struct mqueue *mqueue)
{
	struct mqueue_notice notice;

	if (!__atomic_load_n(&mqueue->notice.owner.pid, __ATOMIC_RELAXED) || !take_notice(mqueue, &notice, true))
		return;
	if (notice.how == SIGEV_SIGNAL && notice.signal)
		mqueue_signal_hook(notice.owner.pid, notice.signal, notice.value);
	end_notice(&notice, NOTIFY_WOKENUP);
}

void mqueue_forget_notice(struct mqueue *mqueue)
{
	struct mqueue_notice notice;

	if (__atomic_load_n(&mqueue->notice.owner.pid, __ATOMIC_RELAXED) && take_notice(mqueue, &notice, false))
		end_notice(&notice, NOTIFY_REMOVED);
}

/* The socket of SIGEV_THREAD and its cookie: 0 with a reference, -EFAULT, -EBADF, -ENOTSOCK, -EINVAL. */
static int read_thread_event(const struct event *event, struct mqueue_notice *notice)
{
	struct file *file;
	int error = 0;

	if (copy_from_user(notice->cookie, event->value, sizeof(notice->cookie)))
		return -EFAULT;
	file = fd_get(event->signal);
	if (!file)
		return -EBADF;
	if (!S_ISSOCK(file_inode(file)->mode))
		error = -ENOTSOCK;
	else if (!mqueue_socket_hooks.is_netlink || !mqueue_socket_hooks.is_netlink(file))
		error = -EINVAL;
	if (error)
		file_put(file);
	else
		notice->socket = file;
	return error;
}

static int read_event(uaddr_t from, struct mqueue_notice *notice)
{
	struct event event;

	if (copy_from_user(&event, from, sizeof(event)))
		return -EFAULT;
	if (event.how != SIGEV_NONE && event.how != SIGEV_SIGNAL && event.how != SIGEV_THREAD)
		return -EINVAL;
	if (event.how == SIGEV_SIGNAL && (event.signal < 0 || event.signal > SIGNAL_MOST))
		return -EINVAL;
	notice->how = event.how;
	notice->signal = event.signal;
	notice->value = event.value;
	return event.how == SIGEV_THREAD ? read_thread_event(&event, notice) : 0;
}

/* 0, or -EBUSY: somebody is to be told already. */
static int set_notice(struct mqueue *mqueue, struct mqueue_notice *notice)
{
	int error = 0;

	notice->owner.pid = file_owner_hooks.current();
	notice->owner.type = F_OWNER_PID;
	spin_lock(&mqueue->queue.lock);
	if (mqueue->notice.owner.pid)
		error = -EBUSY;
	else
		mqueue->notice = *notice;
	spin_unlock(&mqueue->queue.lock);
	if (error)
		file_owner_hooks.put(notice->owner.pid);
	return error;
}

int64_t mqueue_notify(int fd, uaddr_t event)
{
	struct mqueue_notice notice = {.owner = {.pid = NULL}};
	int error = event ? read_event(event, &notice) : 0;
	struct mqueue *mqueue;
	struct fd_loan loan;

	if (error)
		return error;
	loan = fd_borrow(fd);
	mqueue = loan.file ? mqueue_of(loan.file) : NULL;
	if (!mqueue)
		error = -EBADF;
	else if (event)
		error = set_notice(mqueue, &notice);
	else
		mqueue_forget_notice(mqueue);
	if (!error)
		inode_touch(loan.file->inode, true, false, true);
	fd_give_back(loan);
	if (error && notice.socket)
		file_put(notice.socket);
	return error;
}
