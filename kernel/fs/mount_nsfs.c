/* A namespace of mounts as a file: what /proc/PID/ns/mnt leads to. While it is open or bound, the namespace lives. */
#include <linux/nsfs.h>
#include <linux/sched.h>

#include "fs/anon.h"
#include "fs/file.h"
#include "fs/mount.h"
#include "lib/errno.h"
#include "lib/printf.h"

static void evict(struct inode *inode)
{
	mount_namespace_put(inode->private_data);
}

static const struct inode_ops namespace_inode_ops = {.evict = evict};

/* ioctl_ns(2). The namespaces of users and of parents that it could tell of do not exist here. */
static int64_t namespace_ioctl(struct file *file, uint32_t command, uint64_t argument)
{
	switch (command) {
	case NS_GET_USERNS:
		return -EPERM;
	case NS_GET_NSTYPE:
		return CLONE_NEWNS;
	case NS_GET_PARENT:
	case NS_GET_OWNER_UID:
		return -EINVAL;
	}
	return -ENOTTY;
}

static const struct file_ops namespace_file_ops = {.name = "nsfs", .ioctl = namespace_ioctl};

size_t mount_namespace_text(const struct mount_namespace *space, char *to, size_t room)
{
	return (size_t)string_format(to, room, "mnt:[%lu]", space->ino);
}

int mount_namespace_place(struct mount_namespace *space, struct path *path)
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
	mount_namespace_get(space);
	return anon_place(ANON_NAMESPACE, inode, name, mount_namespace_text(space, name, sizeof(name)), path);
}

struct mount_namespace *mount_namespace_of_inode(const struct inode *inode)
{
	return inode->ops == &namespace_inode_ops ? inode->private_data : NULL;
}
