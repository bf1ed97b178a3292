/* System calls of a process's life: unpack, call proc/, return. */
#include <linux/fcntl.h>
#include <linux/sched.h>
#include <asm/signal.h>

#include "arch/x86_64/uaccess.h"
#include "fs/file.h"
#include "proc/clone.h"
#include "proc/exec.h"
#include "proc/namespace.h"
#include "proc/pidfd.h"
#include "proc/prctl.h"
#include "syscall/calls.h"

#define ROBUST_HEAD_BYTES 24

int64_t sys_getpid(void)
{
	return current_process()->pid->number;
}

int64_t sys_gettid(void)
{
	return current_thread()->tid;
}

int64_t sys_getppid(void)
{
	return process_parent_number();
}

int64_t sys_fork(void)
{
	return process_clone(&(struct clone_request){.exit_signal = SIGCHLD});
}

int64_t sys_vfork(void)
{
	return process_clone(&(struct clone_request){.flags = CLONE_VM | CLONE_VFORK, .exit_signal = SIGCHLD});
}

/* The older form has 32 bits of flags, the signal among them, and one address for two purposes. */
int64_t sys_clone(flags64_t flags, address_t stack, user_out_t parent_tid, user_out_t child_tid, uint64_t tls)
{
	return process_clone(&(struct clone_request){
		.flags = (uint32_t)flags & ~(uint32_t)CSIGNAL,
		.stack = stack,
		.parent_tid = parent_tid,
		.child_tid = child_tid,
		.pidfd = parent_tid,
		.tls = tls,
		.exit_signal = (int32_t)(flags & CSIGNAL),
	});
}

int64_t sys_clone3(user_io_t arguments, uint64_t bytes)
{
	struct clone_request request;
	int32_t set_tid;
	int error = clone_args_read(arguments, bytes, &request, &set_tid);

	return error ? error : process_clone(&request);
}

static int64_t execute(int dirfd, user_text_t path, bool may_be_empty, unsigned lookup, user_in_t argv, user_in_t envp)
{
	char *text = path_text_from_user(path, may_be_empty);

	if (is_err(text))
		return ptr_err(text);
	int64_t result = process_exec(dirfd, text, lookup, argv, envp);
	path_text_free(text);
	return result;
}

int64_t sys_execve(user_text_t path, user_in_t argv, user_in_t envp)
{
	return execute(AT_FDCWD, path, false, LOOKUP_FOLLOW, argv, envp);
}

int64_t sys_execveat(fd_t dirfd, user_text_t path, user_in_t argv, user_in_t envp, int32_t flags)
{
	if (flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	unsigned lookup = flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW;
	if (flags & AT_EMPTY_PATH)
		lookup |= LOOKUP_EMPTY;
	return execute(dirfd, path, (flags & AT_EMPTY_PATH) != 0, lookup, argv, envp);
}

int64_t sys_exit(int32_t code)
{
	process_exit_thread(code);
}

int64_t sys_exit_group(int32_t code)
{
	process_exit_group(((uint32_t)code & 0xff) << 8);
}

int64_t sys_personality(uint32_t personality)
{
	return process_personality(personality);
}

int64_t sys_prctl(int32_t option, uint64_t argument2, uint64_t argument3, uint64_t argument4, uint64_t argument5)
{
	return process_control(option, argument2, argument3, argument4, argument5);
}

int64_t sys_arch_prctl(int32_t option, uint64_t argument)
{
	return process_arch_control(option, argument);
}

int64_t sys_set_tid_address(user_out_t word)
{
	current_proc()->clear_child_tid = word;
	return current_thread()->tid;
}

int64_t sys_set_robust_list(user_in_t head, uint64_t bytes)
{
	if (bytes != ROBUST_HEAD_BYTES)
		return -EINVAL;
	current_proc()->robust_list = head;
	current_proc()->robust_list_bytes = bytes;
	return 0;
}

int64_t sys_get_robust_list(pid_type_t tid, user_out_t head, user_out_t bytes)
{
	uint64_t address;
	int error = process_robust_list(tid, &address);

	if (error)
		return error;
	if (put_user_u64(bytes, ROBUST_HEAD_BYTES) || put_user_u64(head, address))
		return -EFAULT;
	return 0;
}

int64_t sys_unshare(uint64_t flags)
{
	return process_unshare(flags);
}

int64_t sys_setns(fd_t fd, int32_t type)
{
	return process_set_namespace(fd, type);
}

int64_t sys_kcmp(pid_type_t pid1, pid_type_t pid2, int32_t type, uint64_t index1, uint64_t index2)
{
	return process_compare(pid1, pid2, type, index1, index2);
}

int64_t sys_pidfd_open(pid_type_t pid, flags_t flags)
{
	return pidfd_open(pid, flags);
}

int64_t sys_pidfd_send_signal(fd_t pidfd, signal_t signal, user_in_t info, flags_t flags)
{
	return pidfd_send_signal(pidfd, signal, info, flags);
}

int64_t sys_pidfd_getfd(fd_t pidfd, fd_t target, flags_t flags)
{
	return pidfd_take_file(pidfd, target, flags);
}
