/*
 * System calls on memory: mmap and its relatives.
 */
#include <linux/capability.h>
#include <linux/mman.h>

#include "fs/cred.h"
#include "fs/file.h"
#include "lib/errno.h"
#include "syscall/calls.h"
#include "vm/limits.h"
#include "vm/region.h"
#include "vm/space.h"

static struct vm_space *current_space(void)
{
	return current_thread()->space;
}

/* Let the file behind `fd` say what the request maps. *file with a reference that the caller drops. */
static int request_file(struct vm_map_request *request, int fd, struct file **file)
{
	uint32_t type = request->map_flags & MAP_TYPE;
	bool is_shared = type == MAP_SHARED || type == MAP_SHARED_VALIDATE;
	int error;

	*file = fd_get(fd);
	if (!*file)
		return -EBADF;
	if (!request->bytes || (!is_shared && type != MAP_PRIVATE))
		error = -EINVAL;
	else if (!file_may_read(*file) || (is_shared && (request->prot & PROT_WRITE) && !file_may_write(*file)))
		error = -EACCES;
	else if (request->map_flags & MAP_HUGETLB)
		error = -EINVAL;
	else if (!(*file)->ops->mmap)
		error = -ENODEV;
	else
		error = 0;
	if (error)
		return error;
	if (is_shared && !file_may_write(*file))
		request->max_prot = PROT_READ | PROT_EXEC;
	request->file = *file;
	return (*file)->ops->mmap(*file, request);
}

int64_t sys_mmap(address_t address, uint64_t bytes, uint64_t prot, uint64_t flags, fd_t fd, uint64_t offset)
{
	struct vm_map_request request = {
		.hint = address,
		.bytes = bytes,
		.prot = (uint32_t)prot,
		.map_flags = (uint32_t)flags,
		.object_offset = offset,
	};
	struct file *file = NULL;
	int64_t result = 0;

	if (offset & PAGE_MASK)
		return -EINVAL;
	if (!(flags & MAP_ANONYMOUS))
		result = request_file(&request, fd, &file);
	else if (flags & MAP_HUGETLB)
		result = -ENOMEM; /* no huge pages are set aside */
	if (!result && (flags & MAP_LOCKED) && !limit_allows_any_lock())
		result = -EPERM;
	if (!result && (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) && address < ADDRESS_MIN &&
	    !current_has_cap(CAP_SYS_RAWIO))
		result = -EPERM;
	if (!result)
		result = vm_map(current_space(), &request);
	if (file)
		file_put(file);
	return result;
}

int64_t sys_mprotect(address_t start, uint64_t bytes, uint64_t prot)
{
	return vm_protect(current_space(), start, bytes, (uint32_t)prot);
}

int64_t sys_munmap(address_t start, uint64_t bytes)
{
	return vm_unmap(current_space(), start, bytes);
}

int64_t sys_brk(address_t wanted)
{
	return (int64_t)vm_brk(current_space(), wanted);
}

int64_t sys_mremap(address_t old, uint64_t old_bytes, uint64_t new_bytes, uint64_t flags, address_t new_address)
{
	if (flags > UINT32_MAX)
		return -EINVAL;
	return vm_remap(current_space(), old, old_bytes, new_bytes, (uint32_t)flags, new_address);
}

int64_t sys_remap_file_pages(address_t start, uint64_t bytes, uint64_t prot, uint64_t page, uint64_t flags)
{
	return prot ? -EINVAL : vm_remap_file_pages(current_space(), start, bytes, page, (uint32_t)flags);
}

int64_t sys_msync(address_t start, uint64_t bytes, int32_t flags)
{
	return vm_sync(current_space(), start, bytes, flags);
}

int64_t sys_mincore(address_t start, uint64_t bytes, user_out_t vector)
{
	return vm_mincore(current_space(), start, bytes, vector);
}

int64_t sys_madvise(address_t start, uint64_t bytes, int32_t advice)
{
	return vm_advise(current_space(), start, bytes, advice);
}

int64_t sys_mlock(address_t start, uint64_t bytes)
{
	return vm_lock(current_space(), start, bytes, true);
}

int64_t sys_mlock2(address_t start, uint64_t bytes, int32_t flags)
{
	return flags & ~MLOCK_ONFAULT ? -EINVAL : vm_lock(current_space(), start, bytes, true);
}

int64_t sys_munlock(address_t start, uint64_t bytes)
{
	return vm_lock(current_space(), start, bytes, false);
}

int64_t sys_mlockall(int32_t flags)
{
	if (!flags || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) || flags == MCL_ONFAULT)
		return -EINVAL;
	return vm_lock_all(current_space(), flags & MCL_CURRENT, flags & MCL_FUTURE);
}

int64_t sys_munlockall(void)
{
	return vm_unlock_all(current_space());
}
