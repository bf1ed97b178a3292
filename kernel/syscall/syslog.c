/* The kernel's log for programs (syslog(2), what dmesg reads). */
#include <linux/capability.h>

#include "arch/x86_64/uaccess.h"
#include "fs/cred.h"
#include "lib/errno.h"
#include "lib/log.h"
#include "syscall/calls.h"

#define CHUNK_BYTES 512

enum log_action {
	ACTION_CLOSE,
	ACTION_OPEN,
	ACTION_READ,
	ACTION_READ_ALL,
	ACTION_READ_CLEAR,
	ACTION_CLEAR,
	ACTION_CONSOLE_OFF,
	ACTION_CONSOLE_ON,
	ACTION_CONSOLE_LEVEL,
	ACTION_SIZE_UNREAD,
	ACTION_SIZE_BUFFER
};

/* How far READ has come, and what CLEAR has hidden from READ_ALL. */
static uint64_t read_position, clear_position;

/* Bytes of the log between *position and its end, at most `bytes`, to user memory. */
static int64_t copy_log(uint64_t *position, user_out_t buffer, uint64_t bytes)
{
	char chunk[CHUNK_BYTES];
	uint64_t done = 0;

	while (done < bytes) {
		size_t part = log_read(position, chunk, MIN(bytes - done, sizeof(chunk)));
		if (!part)
			break;
		if (copy_to_user(buffer + done, chunk, part))
			return -EFAULT;
		done += part;
	}
	return (int64_t)done;
}

/* The end of the log, as a position. */
static uint64_t end_position(void)
{
	char chunk[CHUNK_BYTES];
	uint64_t position = clear_position;

	while (log_read(&position, chunk, sizeof(chunk)))
		;
	return position;
}

static int64_t read_last(user_out_t buffer, uint64_t bytes)
{
	uint64_t end = end_position(), position = clear_position;

	if (end - position > bytes)
		position = end - bytes;
	return copy_log(&position, buffer, bytes);
}

int64_t sys_syslog(int32_t type, user_out_t buffer, int32_t bytes)
{
	bool takes_buffer = type == ACTION_READ || type == ACTION_READ_ALL || type == ACTION_READ_CLEAR;
	int64_t result;

	if (type < ACTION_CLOSE || type > ACTION_SIZE_BUFFER)
		return -EINVAL;
	if (type != ACTION_READ_ALL && type != ACTION_SIZE_BUFFER && !current_has_cap(CAP_SYSLOG) &&
	    !current_has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	if (takes_buffer && (!buffer || bytes < 0))
		return -EINVAL;
	switch (type) {
	case ACTION_READ:
		return copy_log(&read_position, buffer, (uint64_t)bytes);
	case ACTION_READ_ALL:
		return read_last(buffer, (uint64_t)bytes);
	case ACTION_READ_CLEAR:
		result = read_last(buffer, (uint64_t)bytes);
		clear_position = end_position();
		return result;
	case ACTION_CLEAR:
		clear_position = end_position();
		return 0;
	case ACTION_SIZE_UNREAD:
		return (int64_t)(end_position() - MIN(read_position, end_position()));
	case ACTION_SIZE_BUFFER:
		return (int64_t)log_bytes();
	default:
		/* The console is the host's: its level is not ours to set. */
		return 0;
	}
}
