/* Namespaces as files; see fs/nsfs.h. */
#include "fs/nsfs.h"

#include <linux/nsfs.h>

#include "fs/anon.h"
#include "fs/file.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "mem/slab.h"

struct namespace_file {
	const struct namespace_kind *kind; /* (i) */
	void *space;                       /* (i) with a use of it */
};

static struct slab_cache file_cache = SLAB_CACHE("namespace_file", struct namespace_file);

static void evict(struct inode *inode)
{
	struct namespace_file *file = inode->private_data;

	file->kind->put(file->space);
	slab_free(&file_cache, file);
}

static const struct inode_ops namespace_inode_ops = {.evict = evict};

/* ioctl_ns(2). The namespaces of users and of parents that it could tell of do not exist here. */
static int64_t namespace_ioctl(struct file *file, uint32_t command, uint64_t argument)
{
	switch (command) {
	case NS_GET_USERNS:
		return -EPERM;
	case NS_GET_NSTYPE:
		return namespace_kind_of(file_inode(file))->flag;
	case NS_GET_PARENT:
	case NS_GET_OWNER_UID:
		return -EINVAL;
	}
	return -ENOTTY;
}

static const struct file_ops namespace_file_ops = {.name = "nsfs", .ioctl = namespace_ioctl};

size_t namespace_text(const struct namespace_kind *kind, uint64_t ino, char *to, size_t room)
{
	return (size_t)string_format(to, room, "%s:[%lu]", kind->name, ino);
}

int namespace_place(const struct namespace_kind *kind, void *space, uint64_t ino, struct path *path)
{
	struct namespace_file *file = slab_alloc(&file_cache);
	struct inode *inode = file ? anon_inode_create(ANON_NAMESPACE, 0444) : NULL;
	char name[40];

	if (!inode) {
		if (file)
			slab_free(&file_cache, file);
		return -ENOMEM;
	}
	*file = (struct namespace_file){.kind = kind, .space = space};
	kind->get(space);
	inode->uid = inode->gid = 0;
	inode->ops = &namespace_inode_ops;
	inode->file_ops = &namespace_file_ops;
	inode->private_data = file;
	inode->ino = ino;
	return anon_place(ANON_NAMESPACE, inode, name, namespace_text(kind, ino, name, sizeof(name)), path);
}

const struct namespace_kind *namespace_kind_of(const struct inode *inode)
{
	const struct namespace_file *file = inode->private_data;

	return inode->ops == &namespace_inode_ops ? file->kind : NULL;
}

void *namespace_of(const struct inode *inode, const struct namespace_kind *kind)
{
	const struct namespace_file *file = inode->private_data;

	return namespace_kind_of(inode) == kind ? file->space : NULL;
}
