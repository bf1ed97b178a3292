/*
 * Memory of another process, moved through a page of the kernel's: neither side's faults happen under the other's
 * locks.
 */
#include "proc/remote_memory.h"

#include "arch/x86_64/uaccess.h"
#include "mem/slab.h"
#include "proc/inspect.h"
#include "sched/sched.h"

/* Within one page, through `buffer`. */
static ssize_t move_part(struct vm_space *space, struct uio *uio, uint64_t address, char *buffer, size_t bytes,
			 bool is_write, bool force)
{
	size_t part = MIN(bytes, PAGE_SIZE - (address & PAGE_MASK));

	if (is_write) {
		part = uio_copy_in(uio, buffer, part);
		return part ? vm_access(space, address, buffer, part, true, force) : -EFAULT;
	}
	ssize_t done = vm_access(space, address, buffer, part, false, force);
	if (done <= 0)
		return done;
	size_t taken = uio_copy_out(uio, buffer, (size_t)done);
	return taken ? (ssize_t)taken : -EFAULT;
}

ssize_t remote_move(struct vm_space *space, struct uio *uio, uint64_t address, uint64_t bytes, bool is_write,
		    bool force)
{
	ssize_t total = 0, done = 0;
	char *buffer;

	bytes = MIN(bytes, uio->left);
	if (!bytes)
		return 0;
	buffer = kmalloc(PAGE_SIZE);
	if (!buffer)
		return -ENOMEM;
	while (bytes) {
		size_t wanted = MIN(bytes, PAGE_SIZE - (address & PAGE_MASK));

		done = move_part(space, uio, address, buffer, wanted, is_write, force);
		if (done <= 0)
			break;
		address += (uint64_t)done;
		bytes -= (uint64_t)done;
		total += done;
		if ((size_t)done < wanted || thread_has_work(current_thread(), WORK_KILL))
			break;
		preempt_point();
	}
	kfree(buffer);
	return total ? total : done == -EACCES || done == 0 ? -EFAULT : done;
}

/* The other side's segments: any address may stand there, it is looked at when it is touched. */
static int read_remote(const struct remote_request *request, struct uio_segment **segments)
{
	uint64_t bytes = request->remote_count * sizeof(struct uio_segment);
	int error;

	*segments = NULL;
	if (request->remote_count > UIO_MAX_SEGMENTS)
		return -EINVAL;
	if (!bytes)
		return 0;
	*segments = kmalloc(bytes);
	if (!*segments)
		return -ENOMEM;
	error = copy_from_user(*segments, request->remote, bytes) ? -EFAULT : 0;
	for (uint64_t i = 0; i < request->remote_count && !error; i++) {
		if ((int64_t)(*segments)[i].bytes < 0)
			error = -EINVAL;
	}
	if (error)
		kfree(*segments);
	return error;
}

/* The space of the process that a number names, with a reference, where the current thread may look into it. */
static struct vm_space *space_of(int32_t number)
{
	struct thread *thread = thread_find(number);
	struct vm_space *space;

	if (!thread)
		return err_ptr(-ESRCH);
	bool may = thread->process && thread_may_attach(thread, INSPECT_BY_REAL_IDS);
	spin_lock(&tree_lock);
	space = thread->process ? thread->process->space : NULL;
	if (space && (may || space == current_thread()->space))
		vm_space_get(space);
	else
		space = err_ptr(space ? -EPERM : -ESRCH);
	spin_unlock(&tree_lock);
	thread_put(thread);
	return space;
}

static ssize_t move_segments(struct vm_space *space, struct uio *uio, const struct uio_segment *remote, uint64_t count,
			     bool is_write)
{
	ssize_t total = 0, done = 0;

	for (uint64_t i = 0; i < count && uio->left; i++) {
		uint64_t wanted = MIN(remote[i].bytes, uio->left);

		if (!wanted)
			continue;
		done = remote_move(space, uio, remote[i].base, wanted, is_write, false);
		if (done > 0)
			total += done;
		if (done < 0 || (uint64_t)done < wanted)
			break;
	}
	return total ? total : done;
}

ssize_t remote_transfer(const struct remote_request *request)
{
	struct uio_segment *remote;
	struct uio uio;
	uint64_t any = 0;

	int error = uio_init_iovec(&uio, request->local, request->local_count);
	if (error)
		return error;
	if (!uio.left) {
		uio_release(&uio);
		return 0;
	}
	ssize_t result = read_remote(request, &remote);
	if (result) {
		uio_release(&uio);
		return result;
	}
	for (uint64_t i = 0; i < request->remote_count; i++)
		any |= remote[i].bytes;
	if (any) {
		struct vm_space *space = space_of(request->number);
		if (is_err(space)) {
			result = ptr_err(space);
		} else {
			result = move_segments(space, &uio, remote, request->remote_count, request->is_write);
			vm_space_put(space);
		}
	}
	kfree(remote);
	uio_release(&uio);
	return result;
}
