/* A namespace of interprocess communication as a file: what /proc/PID/ns/ipc leads to. While it is open or bound, the
 * namespace lives. */
#include "fs/anon.h"
#include "ipc/namespace.h"
#include "lib/errno.h"
#include "lib/printf.h"

static void evict(struct inode *inode)
{
	ipc_namespace_leave(inode->private_data);
}

static const struct inode_ops namespace_inode_ops = {.evict = evict};
static const struct file_ops namespace_file_ops = {.name = "nsfs"};

size_t ipc_namespace_text(const struct ipc_namespace *space, char *to, size_t room)
{
	return (size_t)string_format(to, room, "ipc:[%lu]", space->ino);
}

int ipc_namespace_place(struct ipc_namespace *space, struct path *path)
{
	struct inode *inode = anon_inode_create(ANON_NAMESPACE, 0444);
	char name[40];

	if (!inode)
		return -ENOMEM;
	inode->uid = inode->gid = 0;
	inode->ops = &namespace_inode_ops;
	inode->file_ops = &namespace_file_ops;
	inode->private_data = space;
	inode->ino = space->ino;
	ipc_namespace_enter(space);
	return anon_place(ANON_NAMESPACE, inode, name, ipc_namespace_text(space, name, sizeof(name)), path);
}

struct ipc_namespace *ipc_namespace_of_inode(const struct inode *inode)
{
	return inode->ops == &namespace_inode_ops ? inode->private_data : NULL;
}
