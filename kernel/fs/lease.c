/* Leases: taking, breaking, giving up. */
#include "fs/lease.h"

#include <asm-generic/fcntl.h>
#include <linux/capability.h>
#include <linux/stat.h>

#include "choice/choice.h"
#include "fs/async.h"
#include "lib/errno.h"
#include "mem/slab.h"

/* Lock key: (i) immutable; (l) lease_lock. */
struct lease {
	struct list link;     /* (l) */
	struct file *file;    /* (i) no reference: its end ends the lease */
	int fd;               /* (i) for the signal */
	int32_t pid;          /* (i) for /proc/locks */
	int type;             /* (l) F_RDLCK or F_WRLCK */
	int wanted;           /* (l) what the break leaves: equal to type, or F_RDLCK, or F_UNLCK */
	uint64_t deadline_ns; /* (l) of the break */
};

static struct slab_cache lease_cache = SLAB_CACHE("lease", struct lease);
static struct spinlock lease_lock = SPINLOCK_INIT("lease", LOCK_OBJECT);

/* Lock key: (l) lease_lock. */
static struct {
	struct list all; /* (l) */
} leases = {.all = LIST_INIT(leases.all)};

/* All who wait for a lease to change. */
static struct waitq changed = WAITQ_INIT(changed);

_Atomic uint32_t lease_count;
_Atomic uint32_t lease_break_seconds = 45;
_Atomic uint32_t leases_enabled = 1;

static struct lease *find_locked(const struct file *file)
{
	struct lease *lease;

	list_for_each (lease, &leases.all, link) {
		if (lease->file == file)
			return lease;
	}
	return NULL;
}

static void end_locked(struct lease *lease)
{
	list_remove(&lease->link);
	lease_count--;
	slab_free(&lease_cache, lease);
	waitq_wake_all(&changed);
}

/* Is the file open in ways that this type forbids? The description asking does not count. */
static bool is_used_otherwise(const struct file *file, int type)
{
	const struct inode *inode = file->inode;
	int32_t readers = inode->readers, writers = MAX(inode->writers, 0);

	/* A memfd without another opening counts for nobody. */
	if (!file->path.dentry)
		return type == F_WRLCK;
	if (type == F_RDLCK)
		return writers > 0;
	return readers + writers > 1;
}

/* Another lease that keeps a new one of this type off. */
static bool is_leased_otherwise(const struct file *file, int type)
{
	const struct lease *lease;

	list_for_each (lease, &leases.all, link) {
		if (lease->file != file && lease->file->inode == file->inode &&
		    (type == F_WRLCK || lease->wanted == F_UNLCK))
			return true;
	}
	return false;
}

static int give_up(const struct file *file)
{
	struct lease *lease;
	int error = -EAGAIN;

	spin_lock(&lease_lock);
	lease = find_locked(file);
	if (lease) {
		end_locked(lease);
		error = 0;
	}
	spin_unlock(&lease_lock);
	return error;
}

/* `fresh` is used (set to null) when there is none yet. lease_lock is held. */
static int take_locked(struct file *file, int type, struct lease **fresh)
{
	struct lease *lease = find_locked(file);

	/* First: who opens the file counts himself and then looks at this, so that one of the two sees the other. */
	lease_count++;
	if (is_used_otherwise(file, type) || is_leased_otherwise(file, type)) {
		lease_count--;
		return -EAGAIN;
	}
	if (lease) {
		lease_count--;
	} else {
		lease = *fresh;
		*fresh = NULL;
		list_append(&leases.all, &lease->link);
	}
	lease->type = lease->wanted = type;
	waitq_wake_all(&changed);
	return 0;
}

int lease_set(struct file *file, int fd, int type)
{
	struct inode *inode = file_inode(file);
	struct lease *fresh;
	int error;

	if (type != F_RDLCK && type != F_WRLCK && type != F_UNLCK)
		return -EINVAL;
	if (type == F_UNLCK && S_ISREG(inode->mode))
		return give_up(file);
	if (current_cred()->fsuid != inode->uid && !current_has_cap(CAP_LEASE))
		return -EACCES;
	if (!S_ISREG(inode->mode) || !leases_enabled)
		return -EINVAL;
	fresh = slab_alloc(&lease_cache);
	error = fresh ? async_set_default_owner(file) : -ENOMEM;
	if (!error) {
		*fresh = (struct lease){.file = file, .fd = fd, .pid = file_process_hook()};
		list_init(&fresh->link);
		spin_lock(&lease_lock);
		error = take_locked(file, type, &fresh);
		spin_unlock(&lease_lock);
	}
	if (fresh)
		slab_free(&lease_cache, fresh);
	return error;
}

int lease_get(const struct file *file)
{
	const struct lease *lease;
	int type;

	spin_lock(&lease_lock);
	lease = find_locked(file);
	type = lease ? lease->wanted : F_UNLCK;
	spin_unlock(&lease_lock);
	return type;
}

/* Tell the holder, once for each kind of break. */
static void begin_break(struct lease *lease, int wanted)
{
	if (lease->wanted == wanted || lease->wanted == F_UNLCK)
		return;
	if (lease->wanted == lease->type)
		lease->deadline_ns = clock_monotonic_ns() + lease_break_seconds * NS_PER_SEC;
	lease->wanted = wanted;
	async_tell(lease->file, lease->fd);
}

/* Begin what must be broken, end what was given its time: when to look again, or 0 when nothing stands in the way. */
static uint64_t break_all(const struct inode *inode, bool for_write)
{
	struct lease *lease, *following;
	uint64_t now_ns = clock_monotonic_ns(), until_ns = 0;

	spin_lock(&lease_lock);
	list_for_each_safe (lease, following, &leases.all, link) {
		if (lease->file->inode != inode || (!for_write && lease->type != F_WRLCK))
			continue;
		begin_break(lease, for_write ? F_UNLCK : F_RDLCK);
		if (lease->deadline_ns > now_ns) {
			until_ns = until_ns ? MIN(until_ns, lease->deadline_ns) : lease->deadline_ns;
		} else if (lease->wanted == F_UNLCK) {
			end_locked(lease);
		} else {
			lease->type = lease->wanted;
			waitq_wake_all(&changed);
		}
	}
	spin_unlock(&lease_lock);
	return until_ns;
}

int lease_wait(struct inode *inode, uint32_t flags)
{
	bool for_write = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
	struct wait wait = WAIT(WAIT_FILE_LOCK, inode->ino, TIME_NEVER);
	int error = 0;

	wait.entry.is_exclusive = false;
	while (!error) {
		uint64_t until_ns;

		waitq_add(&changed, &wait);
		until_ns = break_all(inode, for_write);
		if (!until_ns)
			break;
		if (flags & O_NONBLOCK) {
			error = -EAGAIN;
			break;
		}
		wait.deadline_ns = until_ns;
		error = wait_block(&wait, WAIT_INTERRUPTIBLE);
		if (error == -ETIMEDOUT)
			error = 0;
		wait_done(&wait);
	}
	wait_done(&wait);
	return error;
}

void lease_file_gone(const struct file *file)
{
	(void)give_up(file);
}

void leases_for_each(void (*visit)(const struct lease_view *view, void *arg), void *arg)
{
	const struct lease *lease;

	spin_lock(&lease_lock);
	list_for_each (lease, &leases.all, link) {
		const struct inode *inode = lease->file->inode;
		const struct lease_view view = {.is_breaking = lease->wanted != lease->type,
						.type = lease->wanted,
						.pid = lease->pid,
						.device = inode->superblock->device,
						.ino = inode->ino};
		visit(&view, arg);
	}
	spin_unlock(&lease_lock);
}
