/* System calls of POSIX message queues. */
#include <linux/time.h>

#include "ipc/mqueue.h"
#include "lib/errno.h"
#include "proc/time.h"
#include "syscall/calls.h"

/* Until when, by the monotonic clock; `timeout` is a real time or 0. 0, -EFAULT, -EINVAL. */
static int read_deadline(uaddr_t timeout, uint64_t *deadline_ns)
{
	uint64_t ns;
	int error;

	*deadline_ns = TIME_NEVER;
	if (!timeout)
		return 0;
	error = timespec_from_user(&ns, timeout);
	return error ? error : clock_deadline(CLOCK_REALTIME, ns, deadline_ns);
}

int64_t sys_mq_open(user_text_t name, flags_t flags, mode_bits_t mode, user_in_t attributes)
{
	return mqueue_open(name, (int)flags, mode, attributes);
}

int64_t sys_mq_unlink(user_text_t name)
{
	return mqueue_unlink(name);
}

int64_t sys_mq_timedsend(fd_t queue, user_in_t message, uint64_t bytes, uint32_t priority, user_in_t timeout)
{
	uint64_t deadline_ns;
	int error = read_deadline(timeout, &deadline_ns);

	return error ? error : mqueue_send(queue, message, bytes, priority, deadline_ns);
}

int64_t sys_mq_timedreceive(fd_t queue, user_out_t message, uint64_t bytes, user_out_t priority, user_in_t timeout)
{
	uint64_t deadline_ns;
	int error = read_deadline(timeout, &deadline_ns);

	return error ? error : mqueue_receive(queue, message, bytes, priority, deadline_ns);
}

int64_t sys_mq_notify(fd_t queue, user_in_t event)
{
	return mqueue_notify(queue, event);
}

int64_t sys_mq_getsetattr(fd_t queue, user_in_t fresh, user_out_t old)
{
	return mqueue_attributes(queue, fresh, old);
}
