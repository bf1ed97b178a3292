/*
 * The registry of character devices.
 */
#include "fs/chardev.h"

#include "lib/errno.h"
#include "lib/list.h"
#include "mem/slab.h"

/* Lock key: (i) immutable once registered; (l) chardev_lock. */
struct chardev {
	struct list link;            /* (l) */
	uint32_t major;              /* (i) */
	uint32_t minor, minor_count; /* (i) */
	const struct file_ops *ops;  /* (i) */
	const char *name;            /* (i) */
};

static struct slab_cache chardev_cache = SLAB_CACHE("chardev", struct chardev);
static struct spinlock chardev_lock = SPINLOCK_INIT("chardev", LOCK_INODE);
static struct list chardevs = LIST_INIT(chardevs);

static bool overlaps(const struct chardev *device, uint32_t major, uint32_t minor, uint32_t minor_count)
{
	return device->major == major && minor < device->minor + device->minor_count &&
	       device->minor < minor + minor_count;
}

/* The first registered range that meets this one; the lock is held. Drivers never go, so the answer stays good. */
static struct chardev *find_locked(uint32_t major, uint32_t minor, uint32_t minor_count)
{
	struct chardev *device;

	list_for_each (device, &chardevs, link) {
		if (overlaps(device, major, minor, minor_count))
			return device;
	}
	return NULL;
}

int chardev_register(uint32_t major, uint32_t minor, uint32_t minor_count, const struct file_ops *ops, const char *name)
{
	struct chardev *device = slab_alloc(&chardev_cache);
	bool is_taken;

	if (!device)
		return -ENOMEM;
	device->major = major;
	device->minor = minor;
	device->minor_count = minor_count;
	device->ops = ops;
	device->name = name;
	spin_lock(&chardev_lock);
	is_taken = find_locked(major, minor, minor_count) != NULL;
	if (!is_taken)
		list_append(&chardevs, &device->link);
	spin_unlock(&chardev_lock);
	if (is_taken) {
		slab_free(&chardev_cache, device);
		return -EBUSY;
	}
	return 0;
}

void chardev_for_each(void (*visit)(uint32_t major, const char *name, void *arg), void *arg)
{
	struct chardev *device;

	list_for_each (device, &chardevs, link)
		visit(device->major, device->name, arg);
}

static int chardev_open(struct inode *inode, struct file *file)
{
	const struct file_ops *before = file->ops;
	struct chardev *device;
	int error = 0;

	spin_lock(&chardev_lock);
	device = find_locked(device_major(inode->device), device_minor(inode->device), 1);
	spin_unlock(&chardev_lock);
	if (!device)
		return -ENXIO;
	file->ops = device->ops;
	file->is_seekable = device->ops->seek != NULL;
	if (device->ops->open)
		error = device->ops->open(inode, file);
	if (error)
		file->ops = before;
	return error;
}

const struct file_ops chardev_file_ops = {.name = "chardev", .open = chardev_open};
