/* System calls of process groups and sessions. */
#include "dev/tty.h"
#include "proc/group.h"
#include "syscall/calls.h"

int64_t sys_setpgid(pid_type_t pid, pid_type_t group)
{
	return process_set_group_of(pid, group);
}

int64_t sys_getpgid(pid_type_t pid)
{
	return process_group_of(pid);
}

int64_t sys_getpgrp(void)
{
	return process_group_of(0);
}

int64_t sys_setsid(void)
{
	return process_new_session();
}

int64_t sys_getsid(pid_type_t pid)
{
	return process_session_of(pid);
}

int64_t sys_vhangup(void)
{
	return tty_hang_up_own();
}
