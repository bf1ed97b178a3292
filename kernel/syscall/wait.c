/* System calls that wait for children. */
#include <linux/fcntl.h>
#include <linux/resource.h>
#include <linux/wait.h>
#include <asm/signal.h>

#include "arch/x86_64/uaccess.h"
#include "lib/string.h"
#include "proc/pidfd.h"
#include "proc/rusage.h"
#include "proc/wait.h"
#include "syscall/calls.h"

#define WAIT4_OPTIONS  (WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)
#define WAITID_OPTIONS (WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)

/* Whom a number means: all, one, a group; *request gets a reference to its pid. */
static void name_target(struct wait_request *request, enum wait_whom whom, int32_t number)
{
	request->whom = whom;
	request->pid = whom == WAIT_FOR_ANY ? NULL : pid_find(number);
}

static int put_usage(user_out_t to, const struct usage *usage)
{
	struct rusage out;

	if (!to)
		return 0;
	usage_to_linux(usage, &out);
	return copy_to_user(to, &out, sizeof(out));
}

int64_t sys_wait4(pid_type_t pid, user_out_t status, int32_t options, user_out_t usage)
{
	struct wait_request request = {.options = (uint32_t)options | WEXITED};
	struct wait_result result;

	if ((uint32_t)options & ~(uint32_t)WAIT4_OPTIONS)
		return -EINVAL;
	if (pid == INT32_MIN)
		return -ESRCH;
	if (pid == 0)
		name_target(&request, WAIT_FOR_GROUP, current_process()->group->number);
	else
		name_target(&request,
			    pid == -1 ? WAIT_FOR_ANY
			    : pid > 0 ? WAIT_FOR_ONE
				      : WAIT_FOR_GROUP,
			    pid > 0 ? pid : -pid);
	int error = process_wait(&request, &result);
	if (request.pid)
		pid_put(request.pid);
	if (error || result.pid == 0)
		return error;
	if (status && put_user_u32(status, result.status))
		return -EFAULT;
	return put_usage(usage, &result.usage) ? -EFAULT : result.pid;
}

/* Checks and target of waitid; *is_nonblocking: a pidfd with O_NONBLOCK. */
static int waitid_target(struct wait_request *request, int32_t which, int32_t id, bool *is_nonblocking)
{
	uint32_t flags = 0;

	switch (which) {
	case P_ALL:
		name_target(request, WAIT_FOR_ANY, 0);
		return 0;
	case P_PID:
		if (id <= 0)
			return -EINVAL;
		name_target(request, WAIT_FOR_ONE, id);
		return 0;
	case P_PGID:
		if (id < 0)
			return -EINVAL;
		name_target(request, WAIT_FOR_GROUP, id ? id : current_process()->group->number);
		return 0;
	case P_PIDFD:
		if (id < 0)
			return -EINVAL;
		struct pid *pid = pidfd_get(id, &flags);
		if (is_err(pid))
			return (int)ptr_err(pid);
		request->whom = WAIT_FOR_ONE;
		request->pid = pid;
		*is_nonblocking = (flags & O_NONBLOCK) != 0;
		return 0;
	default:
		return -EINVAL;
	}
}

/* Linux writes six fields of siginfo_t and leaves the rest alone. */
static int put_info(user_out_t to, const struct wait_result *result)
{
	int32_t head[3] = {result->pid ? SIGCHLD : 0, 0, result->pid ? result->code : 0};
	int32_t child[3] = {result->pid, result->pid ? (int32_t)result->uid : 0, result->pid ? result->value : 0};

	if (!to)
		return 0;
	return copy_to_user(to, head, sizeof(head)) || copy_to_user(to + 16, child, sizeof(child)) ? -EFAULT : 0;
}

int64_t sys_waitid(int32_t which, pid_type_t id, user_out_t info, int32_t options, user_out_t usage)
{
	struct wait_request request = {.options = (uint32_t)options};
	struct wait_result result;
	bool is_nonblocking = false;

	if ((uint32_t)options & ~(uint32_t)WAITID_OPTIONS || !(options & (WEXITED | WSTOPPED | WCONTINUED)))
		return -EINVAL;
	int error = waitid_target(&request, which, id, &is_nonblocking);
	if (error)
		return error;
	if (is_nonblocking)
		request.options |= WNOHANG;
	error = process_wait(&request, &result);
	if (request.pid)
		pid_put(request.pid);
	if (!error && result.pid == 0 && is_nonblocking && !(options & WNOHANG))
		error = -EAGAIN;
	if (error)
		return error;
	if (result.pid && put_usage(usage, &result.usage))
		return -EFAULT;
	return put_info(info, &result);
}
