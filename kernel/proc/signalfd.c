/*
 * Signals read from a descriptor (signalfd(2)). Whoever reads or polls it meets his own pending signals: the
 * description holds a set only.
 */
#include <linux/signalfd.h>

#include "fs/anon.h"
#include "fs/poll.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "proc/signal_private.h"
#include "vm/uio.h"

struct signalfd {
	_Atomic uint64_t set;
};

static struct slab_cache signalfd_cache = SLAB_CACHE("signalfd", struct signalfd);

static void fill(struct signalfd_siginfo *to, const struct signal_info *info)
{
	memset(to, 0, sizeof(*to));
	to->ssi_signo = (uint32_t)info->signal;
	to->ssi_errno = info->error;
	to->ssi_code = info->code;
	to->ssi_pid = (uint32_t)info->pid;
	to->ssi_uid = info->uid;
	to->ssi_status = info->status;
	to->ssi_int = (int32_t)info->value;
	to->ssi_ptr = info->value;
	to->ssi_addr = info->address;
	to->ssi_band = (uint32_t)info->band;
	to->ssi_fd = info->fd;
	to->ssi_utime = info->user_ns / (NS_PER_SEC / 100);
	to->ssi_stime = info->kernel_ns / (NS_PER_SEC / 100);
	if (info->code == -2) { /* SI_TIMER */
		to->ssi_tid = (uint32_t)info->pid;
		to->ssi_overrun = (uint32_t)info->status;
		to->ssi_pid = 0;
		to->ssi_status = 0;
	}
}

static ssize_t signalfd_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct signalfd *signalfd = file->private_data;
	struct signalfd_siginfo record;
	struct signal_info info;
	ssize_t done = 0;

	if (uio->left < sizeof(record))
		return -EINVAL;
	while (uio->left >= sizeof(record)) {
		int signal = signal_take(signalfd->set, &info);
		if (!signal && !done && !(file->flags & SFD_NONBLOCK)) {
			signal = signal_wait(signalfd->set, TIME_NEVER, &info);
			if (signal < 0)
				return -ERESTART_CALL;
		}
		if (!signal)
			break;
		fill(&record, &info);
		if (uio_copy_out(uio, &record, sizeof(record)) != sizeof(record))
			return done ? done : -EFAULT;
		done += (ssize_t)sizeof(record);
	}
	return done ? done : -EAGAIN;
}

static uint32_t signalfd_poll(struct file *file, struct poll_table *table)
{
	struct signalfd *signalfd = file->private_data;
	struct process *process = current_process();
	struct thread_proc *self = current_proc();

	poll_wait(table, file, &process->signal_waiters);
	spin_lock(&process->signal_lock);
	uint64_t set = (self->pending.set | process->pending.set) & signalfd->set;
	spin_unlock(&process->signal_lock);
	return set ? POLL_IN | POLL_RDNORM : 0;
}

static void signalfd_release(struct file *file)
{
	slab_free(&signalfd_cache, file->private_data);
}

static size_t signalfd_fdinfo(struct file *file, char *to, size_t room)
{
	struct signalfd *signalfd = file->private_data;

	return (size_t)string_format(to, room, "sigmask:\t%016lx\n", (unsigned long)signalfd->set);
}

static const struct file_ops signalfd_ops = {
	.name = "[signalfd]",
	.ignores_seek = true,
	.no_splice_read = true,
	.read = signalfd_read,
	.poll = signalfd_poll,
	.release = signalfd_release,
	.fdinfo = signalfd_fdinfo,
};

static int64_t signalfd_change(int fd, uint64_t set)
{
	struct file *file = fd_get(fd);

	if (!file)
		return -EBADF;
	int64_t result = -EINVAL;
	if (file->ops == &signalfd_ops) {
		struct signalfd *signalfd = file->private_data;
		signalfd->set = set;
		/* What is pending may match now. */
		waitq_wake_all(&current_process()->signal_waiters);
		result = fd;
	}
	file_put(file);
	return result;
}

int64_t signalfd_open(int fd, uint64_t set, uint32_t flags)
{
	if (flags & ~(uint32_t)(SFD_CLOEXEC | SFD_NONBLOCK))
		return -EINVAL;
	set &= ~SIGNALS_UNBLOCKABLE;
	if (fd != -1)
		return signalfd_change(fd, set);
	struct signalfd *signalfd = slab_alloc(&signalfd_cache);
	if (!signalfd)
		return -ENOMEM;
	atomic_init(&signalfd->set, set);
	struct file *file = anon_file_create(&signalfd_ops, O_RDWR | (flags & SFD_NONBLOCK), signalfd);
	if (!file) {
		slab_free(&signalfd_cache, signalfd);
		return -ENOMEM;
	}
	return fd_open(file, (flags & SFD_CLOEXEC) != 0);
}
