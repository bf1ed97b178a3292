/*
 * What a socket tells of the process at its other end: SO_PEERCRED, SO_PEERGROUPS, SO_PEERPIDFD.
 */
#include <asm-generic/socket.h>

#include "arch/x86_64/uaccess.h"
#include "fs/async.h"
#include "fs/cred.h"
#include "lib/errno.h"
#include "net/unix.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

static void identity_of_peer(struct unix_socket *self, struct unix_identity *identity)
{
	spin_lock(&unix_lock);
	unix_identity_copy(identity, &self->peer_identity);
	spin_unlock(&unix_lock);
}

static int get_credentials(const struct unix_identity *identity, uaddr_t value, int32_t *bytes)
{
	struct unix_credentials credentials = {.pid = 0, .uid = UINT32_MAX, .gid = UINT32_MAX};

	if (identity->cred)
		credentials = (struct unix_credentials){
			.pid = identity->number, .uid = identity->cred->euid, .gid = identity->cred->egid};
	return socket_option_to_user(value, bytes, &credentials, sizeof(credentials));
}

static int get_groups(const struct unix_identity *identity, uaddr_t value, int32_t *bytes)
{
	const struct group_list *groups = identity->cred ? identity->cred->groups : NULL;
	int32_t wanted = groups ? (int32_t)(groups->count * sizeof(uint32_t)) : 0, room = *bytes;

	if (!identity->cred)
		return -ENODATA;
	*bytes = wanted;
	if (room < wanted)
		return -ERANGE;
	return wanted ? copy_to_user(value, groups->gids, (size_t)wanted) : 0;
}

static int get_pidfd(const struct unix_identity *identity, uaddr_t value, int32_t *bytes)
{
	struct file *file;
	int fd, error;

	if (!identity->pid)
		return -ENODATA;
	file = file_owner_hooks.open(identity->pid);
	if (!file)
		return -ENOMEM;
	fd = fd_reserve(0);
	error = fd < 0 ? fd : socket_option_to_user(value, bytes, &fd, sizeof(fd));
	if (!error) {
		fd_install(fd, file, true);
		return 0;
	}
	if (fd >= 0)
		fd_unreserve(fd);
	file_put(file);
	return error;
}

int unix_get_option(struct socket *socket, int level, int name, uaddr_t value, int32_t *bytes)
{
	struct unix_identity identity;
	int error = -ENOPROTOOPT;

	if (level != SOL_SOCKET)
		return -EOPNOTSUPP;
	identity_of_peer(unix_of(socket), &identity);
	if (name == SO_PEERCRED)
		error = get_credentials(&identity, value, bytes);
	else if (name == SO_PEERGROUPS)
		error = get_groups(&identity, value, bytes);
	else if (name == SO_PEERPIDFD)
		error = get_pidfd(&identity, value, bytes);
	unix_identity_put(&identity);
	return error;
}

bool unix_is_listening(const struct socket *socket)
{
	return unix_state(container_of(socket, struct unix_socket, socket)) == UNIX_LISTENING;
}
