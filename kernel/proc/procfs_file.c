/*
 * Open files of procfs, and whom they are about.
 */
#include <linux/capability.h>

#include "fs/mount.h"
#include "fs/poll.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "proc/pid.h"
#include "proc/procfs_file.h"
#include "vm/uio.h"

/* Of one description. Lock key: (a) atomic; (i) immutable; (m) its mutex. */
struct proc_open {
	struct mutex mutex;
	struct proc_text text;          /* (m) */
	bool is_made;                   /* (m) */
	_Atomic uint64_t events_seen;   /* (a) of `mounts` */
	struct mount_namespace *mounts; /* (i) whose changes poll tells of, or null */
};

static struct slab_cache open_cache = SLAB_CACHE("proc_open", struct proc_open);

int proc_target_get(const struct proc_node *node, struct proc_target *target)
{
	*target = (struct proc_target){.node = node};
	if (!node->pid)
		return 0;
	spin_lock(&tree_lock);
	struct thread *thread = node->pid->thread;
	struct process *process = node->pid->process;
	if (!process && thread)
		process = thread->process;
	if (!node->is_task && process && node->pid->process)
		thread = process->leader;
	if (process && thread) {
		process_get(process);
		thread_get(thread);
		target->process = process;
		target->thread = thread;
	}
	spin_unlock(&tree_lock);
	return target->process ? 0 : -ESRCH;
}

void proc_target_put(struct proc_target *target)
{
	if (target->thread)
		thread_put(target->thread);
	if (target->process)
		process_put(target->process);
}

struct vm_space *proc_target_space(const struct proc_target *target)
{
	spin_lock(&tree_lock);
	struct vm_space *space = target->process->space;
	if (space)
		vm_space_get(space);
	spin_unlock(&tree_lock);
	return space;
}

struct fd_table *proc_target_files(const struct proc_target *target)
{
	spin_lock(&tree_lock);
	struct fd_table *files = target->thread->files;
	if (files)
		fd_table_get(files);
	spin_unlock(&tree_lock);
	return files;
}

const struct cred *proc_target_cred(const struct proc_target *target)
{
	spin_lock(&tree_lock);
	const struct cred *cred = target->thread->cred;
	if (cred)
		cred_get(cred);
	spin_unlock(&tree_lock);
	return cred;
}

int proc_may_inspect(const struct proc_target *target)
{
	return thread_may_inspect(target->thread, INSPECT_BY_FS_IDS) ? 0 : -EACCES;
}

static int proc_open(struct inode *inode, struct file *file)
{
	struct proc_open *open = slab_alloc(&open_cache);

	if (!open)
		return -ENOMEM;
	mutex_init(&open->mutex);
	if (((const struct proc_node *)inode->private_data)->entry->ops == &proc_mounts_file_ops) {
		open->mounts = proc_target_mounts(inode->private_data);
		if (!open->mounts) {
			slab_free(&open_cache, open);
			return -EINVAL;
		}
		open->events_seen = open->mounts->events;
	}
	file->private_data = open;
	file->is_seekable = true;
	return 0;
}

static void proc_release(struct file *file)
{
	struct proc_open *open = file->private_data;

	if (!open)
		return;
	if (open->mounts)
		mount_namespace_put(open->mounts);
	kfree(open->text.data);
	slab_free(&open_cache, open);
}

/* Print the text anew. */
static int make_text(struct proc_open *open, const struct proc_node *node)
{
	struct proc_target target;

	open->text.length = 0;
	open->text.is_cut = false;
	open->is_made = false;
	if (!node->entry->show)
		return -EINVAL;
	int error = proc_target_get(node, &target);
	if (error)
		return error;
	error = node->entry->show(&open->text, &target);
	proc_target_put(&target);
	if (!error && open->text.is_cut)
		error = -ENOMEM;
	open->is_made = !error;
	return error;
}

static ssize_t proc_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct proc_open *open = file->private_data;
	ssize_t result = 0;

	mutex_lock(&open->mutex);
	if (*offset == 0 || !open->is_made)
		result = make_text(open, file->inode->private_data);
	if (!result && *offset < open->text.length) {
		size_t wanted = MIN(uio->left, open->text.length - *offset);
		size_t done = uio_copy_out(uio, open->text.data + *offset, wanted);
		result = done || !wanted ? (ssize_t)done : -EFAULT;
		*offset += done;
	}
	mutex_unlock(&open->mutex);
	return result;
}

static ssize_t proc_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	const struct proc_node *node = file->inode->private_data;
	size_t bytes = MIN(uio->left, PAGE_SIZE - 1);
	struct proc_target target;

	if (!node->entry->write)
		return -EIO;
	char *text = kmalloc(bytes + 1);
	if (!text)
		return -ENOMEM;
	int error = uio_copy_in(uio, text, bytes) == bytes ? 0 : -EFAULT;
	text[bytes] = 0;
	if (!error)
		error = proc_target_get(node, &target);
	if (!error) {
		error = node->entry->write(&target, text, bytes);
		proc_target_put(&target);
	}
	kfree(text);
	if (error)
		return error;
	*offset += bytes;
	return (ssize_t)bytes;
}

static off_t proc_seek(struct file *file, off_t offset, int whence)
{
	return file_seek_within(file, offset, whence, 0);
}

/* proc(5): a change of the table since the last look is an exceptional condition. */
static uint32_t poll_mounts(struct file *file, struct poll_table *table)
{
	struct proc_open *open = file->private_data;
	uint64_t events;
	bool is_changed;

	poll_wait(table, file, &open->mounts->watchers);
	events = open->mounts->events;
	is_changed = events != open->events_seen;
	open->events_seen = events;
	return POLL_IN | POLL_RDNORM | (is_changed ? POLL_ERR | POLL_PRI : 0);
}

const struct file_ops proc_mounts_file_ops = {
	.name = "proc",
	.open = proc_open,
	.release = proc_release,
	.read = proc_read,
	.seek = proc_seek,
	.poll = poll_mounts,
};

const struct file_ops proc_file_ops = {
	.name = "proc",
	.open = proc_open,
	.release = proc_release,
	.read = proc_read,
	.write = proc_write,
	.seek = proc_seek,
};
