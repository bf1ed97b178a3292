/*
 * The kernel's reading and writing of a space that need not be the current one: through the page tables, not through
 * the processor's translation.
 */
#include <linux/mman.h>

#include "lib/errno.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "vm/fault.h"

/* May the region be read or written? `force` is a debugger's: protections of the moment do not count. */
static bool may_access(const struct vm_region *region, bool is_write, bool force)
{
	if (is_write && !(region->prot & PROT_WRITE))
		return force && !(region->flags & REGION_SHARED);
	return force || is_write || (region->prot & PROT_READ);
}

/* Copy within one page. 0 or the fault's error. The mutex is held. */
static int access_page(struct vm_space *space, uint64_t address, void *buffer, size_t bytes, bool is_write, bool force)
{
	struct vm_region *region = fault_region(space, address);
	uint8_t *there;
	pte_t entry;
	int error;

	if (!region || !may_access(region, is_write, force))
		return -EFAULT;
	error = fault_resolve(space, region, address, is_write);
	if (error)
		return error;
	/* Under the lock, so that the page stays: an object's clearing takes it away under the same. */
	spin_lock(&space->table_lock);
	entry = table_entry_read(space, address);
	if (entry) {
		there = (uint8_t *)page_to_virt(entry_page(entry)) + (address & PAGE_MASK);
		memcpy(is_write ? there : buffer, is_write ? buffer : there, bytes);
	}
	spin_unlock(&space->table_lock);
	return entry ? 0 : -EFAULT;
}

ssize_t vm_access(struct vm_space *space, uint64_t address, void *buffer, size_t bytes, bool is_write, bool force)
{
	uint8_t *at = buffer;
	size_t done = 0;
	int error = 0;

	while (done < bytes && !error) {
		size_t part = MIN(bytes - done, PAGE_SIZE - (address & PAGE_MASK));

		mutex_lock(&space->mutex);
		error = access_page(space, address, at + done, part, is_write, force);
		mutex_unlock(&space->mutex);
		if (error == -ENOMEM) {
			error = fault_wait_for_memory();
			continue;
		}
		if (error)
			break;
		address += part;
		done += part;
		if (done < bytes)
			preempt_point();
	}
	return done ? (ssize_t)done : error;
}
