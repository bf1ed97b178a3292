/*
 * What goes with a message beside its bytes: descriptions (SCM_RIGHTS), and who wrote it (SCM_CREDENTIALS, SCM_PIDFD).
 */
#include <asm-generic/fcntl.h>
#include <asm-generic/socket.h>
#include <linux/capability.h>

#include "arch/x86_64/uaccess.h"
#include "fs/async.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "net/unix.h"
#include "trace/trace.h"

#define SCM_RIGHTS      1
#define SCM_CREDENTIALS 2
#define SCM_PIDFD       4

#define RIGHTS_MOST 253u
#define ID_OVERFLOW 65534u /* of a message without a writer */
#define WRITER_BITS (SOCKET_PASSCRED | SOCKET_PASSPIDFD)

/* -- writers -- */

void unix_writer_put(struct unix_writer *writer)
{
	if (writer->pid)
		file_owner_hooks.put(writer->pid);
	*writer = (struct unix_writer){0};
}

void unix_writer_copy(struct unix_writer *to, const struct unix_writer *from)
{
	*to = *from;
	if (to->pid)
		file_owner_hooks.get(to->pid);
}

bool unix_writer_is(const struct unix_writer *a, const struct unix_writer *b)
{
	return a->pid == b->pid && a->uid == b->uid && a->gid == b->gid;
}

/* Somebody at one of the ends wants to know, or might when he has accepted the connection. */
bool unix_wants_writer(const struct unix_socket *self, const struct unix_socket *to)
{
	return socket_has(&self->socket, WRITER_BITS) || socket_has(&to->socket, WRITER_BITS) || !to->socket.file;
}

void unix_ancillary_writer(struct unix_ancillary *ancillary)
{
	const struct cred *cred = current_cred();

	if (ancillary->writer.pid)
		return;
	ancillary->writer = (struct unix_writer){
		.pid = file_owner_hooks.current(), .number = file_process_hook(), .uid = cred->uid, .gid = cred->gid};
}

void unix_ancillary_put(struct unix_ancillary *ancillary)
{
	unix_writer_put(&ancillary->writer);
	if (ancillary->rights)
		unix_rights_put(ancillary->rights);
	ancillary->rights = NULL;
}

/* -- sending -- */

/* `room`: more cannot stand in all control messages. */
static int add_rights(struct unix_ancillary *ancillary, const struct socket_control *control, uint32_t room)
{
	uint32_t count = control->bytes / sizeof(int32_t);
	struct unix_rights *rights = ancillary->rights;

	if (!count)
		return 0;
	if (count > RIGHTS_MOST)
		return -EINVAL;
	if (!rights) {
		rights = unix_rights_create(MIN(room, RIGHTS_MOST));
		if (!rights)
			return -ENOMEM;
		ancillary->rights = rights;
	}
	if (rights->count + count > RIGHTS_MOST)
		return -EINVAL;
	for (uint32_t i = 0; i < count; i++) {
		struct file *file;
		int32_t fd;
		memcpy(&fd, control->data + i * sizeof(fd), sizeof(fd));
		file = fd_get_path(fd);
		if (!file)
			return -EBADF;
		rights->files[rights->count++] = file;
		trace(TRACE_FD_PASS, (uint64_t)file_process_hook(), (uint64_t)fd, (uint64_t)file, 0);
	}
	return 0;
}

/* A process says of itself what is true; only the privileged may say it of others. */
static int check_credentials(const struct unix_credentials *said)
{
	const struct cred *cred = current_cred();

	if (said->pid != file_process_hook() && !current_has_cap(CAP_SYS_ADMIN))
		return -EPERM;
	if (said->uid != cred->uid && said->uid != cred->euid && said->uid != cred->suid &&
	    !current_has_cap(CAP_SETUID))
		return -EPERM;
	if (said->gid != cred->gid && said->gid != cred->egid && said->gid != cred->sgid &&
	    !current_has_cap(CAP_SETGID))
		return -EPERM;
	return said->uid == UINT32_MAX || said->gid == UINT32_MAX ? -EINVAL : 0;
}

static int set_credentials(struct unix_ancillary *ancillary, const struct socket_control *control)
{
	struct unix_credentials said;
	struct pid *pid;
	int error;

	if (control->bytes != sizeof(said))
		return -EINVAL;
	memcpy(&said, control->data, sizeof(said));
	error = check_credentials(&said);
	if (error)
		return error;
	pid = file_owner_hooks.find(said.pid);
	if (!pid)
		return -ESRCH;
	unix_writer_put(&ancillary->writer);
	ancillary->writer = (struct unix_writer){.pid = pid, .number = said.pid, .uid = said.uid, .gid = said.gid};
	return 0;
}

int unix_ancillary_read(const struct socket_message *message, struct unix_ancillary *ancillary)
{
	struct socket_control control;
	uint32_t offset = 0;
	int error = 0, more;

	while (!error && (more = socket_control_next(message, &offset, &control)) != 0) {
		if (more < 0)
			error = more;
		else if (control.level != SOL_SOCKET)
			continue;
		else if (control.type == SCM_RIGHTS)
			error = add_rights(ancillary, &control, message->control_bytes / (uint32_t)sizeof(int32_t));
		else if (control.type == SCM_CREDENTIALS)
			error = set_credentials(ancillary, &control);
		else
			error = -EINVAL;
	}
	if (!error && ancillary->rights)
		error = unix_rights_fly(ancillary->rights);
	if (error)
		unix_ancillary_put(ancillary);
	return error;
}

/* -- receiving -- */

static void tell_credentials(struct socket_message *message, const struct unix_writer *writer)
{
	struct unix_credentials said = {.pid = writer->number, .uid = writer->uid, .gid = writer->gid};

	if (!writer->pid)
		said.uid = said.gid = ID_OVERFLOW;
	(void)socket_control_put(message, SOL_SOCKET, SCM_CREDENTIALS, &said, sizeof(said));
}

static void tell_pidfd(struct socket_message *message, const struct unix_writer *writer)
{
	struct file *file;
	int32_t fd;

	if (!writer->pid)
		return;
	if (socket_control_room(message) < sizeof(fd)) {
		message->result_flags |= MSG_CTRUNC;
		return;
	}
	file = file_owner_hooks.open(writer->pid);
	fd = file ? fd_reserve(0) : -ENOMEM;
	if (socket_control_put(message, SOL_SOCKET, SCM_PIDFD, &fd, sizeof(fd)) == 0 && fd >= 0) {
		fd_install(fd, file, true);
		return;
	}
	if (fd >= 0)
		fd_unreserve(fd);
	if (file)
		file_put(file);
}

/* A descriptor for `file`, whose reference is taken over; its number goes to user memory first. */
static int give_file(struct file *file, uaddr_t to, bool close_on_exec)
{
	int fd = fd_reserve(0);

	if (fd >= 0 && put_user_u32(to, (uint32_t)fd) == 0) {
		fd_install(fd, file, close_on_exec);
		return 0;
	}
	if (fd >= 0)
		fd_unreserve(fd);
	file_put(file);
	return fd < 0 ? fd : -EFAULT;
}

static void give_rights(struct socket_message *message, struct unix_rights *rights, bool stays)
{
	uint32_t room = (uint32_t)MIN(socket_control_room(message) / sizeof(int32_t), (uint64_t)rights->count);
	bool close_on_exec = message->flags & MSG_CMSG_CLOEXEC;
	uint32_t given = 0, i;

	unix_rights_land(rights, stays);
	for (i = 0; i < room; i++) {
		if (give_file(rights->files[i], socket_control_data(message) + i * sizeof(int32_t), close_on_exec) !=
		    0) {
			i++;
			break;
		}
		given++;
	}
	for (; i < rights->count; i++)
		file_put(rights->files[i]);
	if (given && socket_control_begin(message, SOL_SOCKET, SCM_RIGHTS, given * sizeof(int32_t)) == 0)
		socket_control_end(message, given * sizeof(int32_t));
	if (given < rights->count)
		message->result_flags |= MSG_CTRUNC;
}

void unix_ancillary_give(struct unix_socket *self, struct socket_message *message, struct unix_ancillary *ancillary)
{
	bool is_wanted = message->control_to && message->has_control;

	if (unlikely(ancillary->rights || socket_has(&self->socket, WRITER_BITS))) {
		if (!is_wanted) {
			message->result_flags |= MSG_CTRUNC;
		} else {
			if (socket_has(&self->socket, SOCKET_PASSCRED))
				tell_credentials(message, &ancillary->writer);
			if (ancillary->rights)
				give_rights(message, ancillary->rights, message->flags & MSG_PEEK);
			if (socket_has(&self->socket, SOCKET_PASSPIDFD))
				tell_pidfd(message, &ancillary->writer);
		}
		unix_ancillary_put(ancillary);
	}
}
