/*
 * Making pages present. vm_fault (vm/space.h) is the trap's way in; the kernel's own are here.
 *
 * Fault-ahead: where a program writes fresh private anonymous memory page after page, one fault brings in as many
 * pages as it has touched in a row before, AHEAD_PAGES_MAX at most, all zero: 1, 1, 2, 4, 8 ... How many, the page
 * table alone says: the entries right below the fault that hold private pages of the region are the row. So there is no
 * state to keep, to fork, or to lose between threads, and each of several rows in a region has its own. Pages come
 * ahead only
 *   - for a write that traps, not for what the kernel brings in itself (mlock, MAP_POPULATE, MADV_POPULATE_WRITE ...),
 *   - within the region and within the 2 MiB of the page table at hand, up to the first entry that is in use,
 *   - in regions of AHEAD_REGION_BYTES and more, as small programs are counted page by page,
 *   - where Linux may use huge pages, of which no page count can be exact either: not after MADV_NOHUGEPAGE, not under
 *     PR_SET_THP_DISABLE, not in stacks,
 *   - while an eighth of memory is free: nobody is refused a page for want of those that nobody asked for.
 * They count as touched (accessed, dirty, resident), as the small pages of a huge one do on Linux, and the record of
 * the fault says how many there were.
 */
#ifndef NAMU_VM_FAULT_H
#define NAMU_VM_FAULT_H

#include "vm/region.h"
#include "vm/table.h"

/*
 * Make the page of `address`, which lies in `region`, present as the region allows (is_write: writable, or at least the
 * space's own copy where the region is read-only). Protections were checked. The mutex is held. Results as vm_fault's.
 */
int fault_resolve(struct vm_space *space, struct vm_region *region, uint64_t address, bool is_write);

/* The region for an access at `address`; a stack is grown towards it. Null: nothing there. The mutex is held. */
struct vm_region *fault_region(struct vm_space *space, uint64_t address);

/* Memory is short: ask for some. 0: try again, -ENOMEM, or -EINTR when the current thread is being killed. No lock is
 * held. */
int fault_wait_for_memory(void);

/*
 * Fault in [start, end) for reading or writing, as the current thread's accesses would. *is_first (may be null) is
 * cleared when the first page is there. 0 or the error of the first page that cannot be had. Takes the mutex.
 */
int vm_fault_in(struct vm_space *space, uint64_t start, uint64_t end, bool is_write, bool *is_first);
/* For MAP_POPULATE and mlock: as each region allows, ignoring what cannot be had. Takes the mutex. */
void vm_populate(struct vm_space *space, uint64_t start, uint64_t end);

/* --- between the files of faults; table_lock is held --- */

#define AHEAD_PAGES_MAX    16u
#define AHEAD_REGION_BYTES (512 * 1024ull)

/* The bits of a fresh entry for `region`, accessed (and dirty when written). */
pte_t fault_entry_bits(const struct vm_region *region, bool is_write);
/* A write to a page that is present read-only: make it this space's own. `entry` is ours to change. 0 or -ENOMEM. */
int fault_copy_on_write(struct vm_region *region, pte_t *entry, uint64_t address);
/* Pages of an object (region->object is not null); no lock but the mutex is held. */
int fault_object(struct vm_space *space, struct vm_region *region, uint64_t address, bool is_write);
/* The page of `entry` was empty and is there now, after a write at `address`: bring in those that will be next. Returns
 * how many. */
unsigned fault_ahead(struct vm_region *region, pte_t *entry, uint64_t address);
/* A page was copied for writing: count it. */
void fault_count_copy(struct vm_space *space, uint64_t address, paddr_t from, paddr_t to);

#endif
