/*
 * What debuggers read in the directory of a process: its memory (mem), which pages lie where (pagemap), the call it
 * waits in (syscall), its personality.
 */
#include <linux/capability.h>

#include "arch/x86_64/context.h"
#include "arch/x86_64/trapframe.h"
#include "arch/x86_64/uaccess.h"
#include "lib/string.h"
#include "proc/procfs_private.h"
#include "proc/remote_memory.h"
#include "sched/sched.h"
#include "vm/uio.h"

#define ENTRY_BYTES    sizeof(uint64_t)
#define ENTRIES_A_TURN 64

int proc_show_personality(struct proc_text *text, const struct proc_target *target)
{
	int error = proc_may_inspect(target);

	if (!error)
		proc_print(text, "%08x\n", target->process->personality);
	return error;
}

int proc_show_syscall(struct proc_text *text, const struct proc_target *target)
{
	struct thread *thread = target->thread;
	int error = proc_may_inspect(target);

	if (error)
		return error;
	if (thread->state == THREAD_TERMINATED || target->process->is_kernel)
		return -ESRCH;
	if (thread->state != THREAD_BLOCKED && thread != current_thread()) {
		proc_print(text, "running\n");
		return 0;
	}
	const struct trapframe *frame = context_user_frame((const struct context *)thread);
	if (frame_is_call(frame))
		proc_print(text, "%ld 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx", (int64_t)frame->error, frame->rdi,
			   frame->rsi, frame->rdx, frame->r10, frame->r8, frame->r9);
	else
		proc_print(text, "-1");
	proc_print(text, " 0x%lx 0x%lx\n", frame->rsp, frame->rip);
	return 0;
}

/* The address space as it is at the opening: an exec later does not change what is looked at. */
static int open_space(struct inode *inode, struct file *file)
{
	struct proc_target target;
	int error = proc_target_get(inode->private_data, &target);

	if (error)
		return error;
	/* memory can be changed through it: that is for those who could trace the process */
	bool may = file->ops == &proc_memory_ops ? thread_may_attach(target.thread, INSPECT_BY_FS_IDS)
						 : thread_may_inspect(target.thread, INSPECT_BY_FS_IDS);
	error = may ? 0 : -EACCES;
	if (!error)
		file->private_data = proc_target_space(&target);
	file->is_seekable = true;
	proc_target_put(&target);
	return error;
}

static void release_space(struct file *file)
{
	if (file->private_data)
		vm_space_put(file->private_data);
}

/* Nobody runs in it any more: there is nothing to be seen. */
static bool is_gone(const struct vm_space *space)
{
	return !space || !space->users;
}

static ssize_t move_memory(struct file *file, struct uio *uio, uint64_t *offset, bool is_write)
{
	struct vm_space *space = file->private_data;

	if (is_gone(space) || !uio->left)
		return 0;
	ssize_t done = remote_move(space, uio, *offset, uio->left, is_write, true);
	if (done > 0)
		*offset += (uint64_t)done;
	return done == -EFAULT ? -EIO : done;
}

static ssize_t memory_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	return move_memory(file, uio, offset, false);
}

static ssize_t memory_write(struct file *file, struct uio *uio, uint64_t *offset)
{
	return move_memory(file, uio, offset, true);
}

/* Frame numbers tell of other processes' pages: only the administrator sees them. */
static ssize_t pagemap_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct vm_space *space = file->private_data;
	uint64_t entries[ENTRIES_A_TURN], last = USER_SPACE_END / PAGE_SIZE;
	bool shows_frames = current_has_cap(CAP_SYS_ADMIN);
	ssize_t total = 0;

	if (*offset % ENTRY_BYTES || uio->left % ENTRY_BYTES)
		return -EINVAL;
	while (!is_gone(space) && uio->left && *offset / ENTRY_BYTES < last) {
		uint64_t page = *offset / ENTRY_BYTES;
		size_t count = MIN(MIN(uio->left / ENTRY_BYTES, (size_t)ENTRIES_A_TURN), last - page);
		vm_page_entries(space, page * PAGE_SIZE, entries, count, shows_frames);
		if (uio_copy_out(uio, entries, count * ENTRY_BYTES) != count * ENTRY_BYTES)
			return total ? total : -EFAULT;
		*offset += count * ENTRY_BYTES;
		total += (ssize_t)(count * ENTRY_BYTES);
		preempt_point();
	}
	return total;
}

static off_t inspect_seek(struct file *file, off_t offset, int whence)
{
	return file_seek_within(file, offset, whence, 0);
}

const struct file_ops proc_memory_ops = {
	.name = "mem",
	.open = open_space,
	.release = release_space,
	.read = memory_read,
	.write = memory_write,
	.seek = inspect_seek,
};

const struct file_ops proc_pagemap_ops = {
	.name = "pagemap",
	.open = open_space,
	.release = release_space,
	.read = pagemap_read,
	.seek = inspect_seek,
};
