/*
 * Address spaces: made, forked, loaded, taken down.
 *
 * A fork costs a copy of the regions and one step for each 2 MiB that has pages (tables_share); an end costs one step
 * for each page that is the space's alone. Both are on the path of every small process, so they touch nothing twice.
 */
#include "vm/space.h"

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/shootdown.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "sched/sched.h"
#include "vm/counters.h"
#include "vm/home.h"
#include "vm/limits.h"
#include "vm/range.h"
#include "vm/region.h"
#include "vm/room.h"
#include "vm/table.h"

struct vm_file_hooks vm_file_hooks;

static struct slab_cache space_cache = SLAB_CACHE("vm_space", struct vm_space);

struct vm_space *vm_space_create(bool is_randomized, bool keeps_homes)
{
	struct vm_space *space = slab_alloc_raw(&space_cache);

	if (!space)
		return NULL;
	memset(space, 0, offsetof(struct vm_space, auxv));
	space->pml4 = table_top_alloc();
	if (!space->pml4) {
		slab_free(&space_cache, space);
		return NULL;
	}
	refcount_init(&space->refs, 1);
	atomic_init(&space->users, 1);
	mutex_init(&space->mutex);
	spin_init(&space->table_lock, "page tables", LOCK_PAGETABLE);
	space->room_from = UINT64_MAX;
	space->is_randomized = is_randomized;
	space->keeps_homes = keeps_homes;
	space->dumpable = 1;
	space->dump_filter = DUMP_FILTER_DEFAULT;
	return space;
}

void vm_space_get(struct vm_space *space)
{
	refcount_get(&space->refs);
}

void vm_space_put(struct vm_space *space)
{
	if (!refcount_put(&space->refs))
		return;
	KERNEL_ASSERT(space->users == 0 && this_cpu()->active_space != space);
	if (space->exe_file)
		vm_file_hooks.put(space->exe_file);
	table_top_free(space->pml4);
	slab_free(&space_cache, space);
}

void vm_space_enter(struct vm_space *space)
{
	atomic_fetch_add_explicit(&space->users, 1, memory_order_relaxed);
}

void vm_space_activate(struct vm_space *space)
{
	struct cpu *cpu = this_cpu();

	struct vm_space *before = cpu->active_space;

	if (before == space)
		return;
	/* Who changes the tables from now on sees the bit; what was changed before, the new tables show. */
	if (space)
		atomic_fetch_or(&space->loaded_on, 1ull << cpu->id);
	cpu->active_space = space;
	pagetable_load(space ? space->pml4 : virt_to_phys(kernel_pml4));
	if (before)
		atomic_fetch_and(&before->loaded_on, ~(1ull << cpu->id));
}

static void leave_active(void)
{
	vm_space_activate(NULL);
}

void vm_space_init(void)
{
	home_init();
	sched_space_hook = vm_space_activate;
	shootdown_leave_hook = leave_active;
}

void vm_space_leave(struct vm_space *space)
{
	if (atomic_fetch_sub_explicit(&space->users, 1, memory_order_acq_rel) != 1)
		return;
	/* One change of tables here spares every flush below. */
	if (this_cpu()->active_space == space)
		vm_space_activate(NULL);
	if (cpu_count > 1)
		shootdown_range(atomic_load(&space->loaded_on), 0, 0, space);
	mutex_lock(&space->mutex);
	regions_destroy(space);
	tables_destroy(space);
	atomic_store_explicit(&space->resident_anon, 0, memory_order_relaxed);
	atomic_store_explicit(&space->resident_file, 0, memory_order_relaxed);
	atomic_store_explicit(&space->resident_shared, 0, memory_order_relaxed);
	mutex_unlock(&space->mutex);
	vm_space_put(space); /* the reference that all its users had together */
}

/* What a child takes over besides regions and pages. */
static void copy_description(struct vm_space *child, const struct vm_space *parent)
{
	child->brk_start = parent->brk_start;
	child->brk_end = parent->brk_end;
	child->mmap_top = parent->mmap_top;
	child->stack_top = parent->stack_top;
	child->arg_start = parent->arg_start;
	child->arg_end = parent->arg_end;
	child->env_start = parent->env_start;
	child->env_end = parent->env_end;
	child->code_start = parent->code_start;
	child->code_end = parent->code_end;
	child->data_start = parent->data_start;
	child->data_end = parent->data_end;
	child->vdso_base = parent->vdso_base;
	memcpy(child->auxv, parent->auxv, parent->auxv_bytes);
	child->auxv_bytes = parent->auxv_bytes;
	child->exe_file = parent->exe_file;
	if (child->exe_file)
		vm_file_hooks.get(child->exe_file);
	child->dumpable = parent->dumpable;
	child->dump_filter = parent->dump_filter;
	child->is_page_exact = parent->is_page_exact;
	child->has_fork_rules = parent->has_fork_rules;
	child->room_from = parent->room_from;
	child->room_above = parent->room_above;
	child->resident_anon = parent->resident_anon;
	child->resident_file = parent->resident_file;
	child->resident_shared = parent->resident_shared;
}

static int copy_regions(struct vm_space *parent, struct vm_space *child)
{
	struct vm_region *region = vm_region_first(parent);
	struct vm_region *last = NULL;

	regions_account_fork(child, parent);
	for (; region; region = vm_region_next(region)) {
		struct vm_region *copy;

		if (region->flags & REGION_DONTFORK) {
			room_note_gap(child, vm_region_next(region));
			region_account(child, region, -(int64_t)region_pages(region));
			continue;
		}
		copy = region_copy(region);
		if (!copy)
			return -ENOMEM;
		copy->flags &= ~REGION_LOCKED; /* mlock(2): not inherited */
		region_append(child, copy, last);
		last = copy;
	}
	child->total_peak = child->total_pages;
	child->locked_pages = 0; /* left out regions may have been locked */
	return 0;
}

/* The child's part of MADV_DONTFORK and MADV_WIPEONFORK: it shares these pages like all others, and lets them go again.
 */
static int apply_fork_rules(struct vm_space *parent, struct vm_space *child)
{
	struct vm_region *region = vm_region_first(parent);
	int error = 0;

	for (; region && !error; region = vm_region_next(region)) {
		if (!(region->flags & (REGION_DONTFORK | REGION_WIPEONFORK)))
			continue;
		error = range_prepare(child, region->start, region->end);
		if (!error)
			range_clear(child, region->start, region->end,
				    region_is_shmem(region) ? CLEAR_SHMEM : CLEAR_ALL);
	}
	return error;
}

int vm_space_fork(struct vm_space *parent, struct vm_space **child)
{
	struct vm_space *space = vm_space_create(parent->is_randomized, parent->keeps_homes);
	int error;

	if (!space)
		return -ENOMEM;
	mutex_lock(&parent->mutex);
	copy_description(space, parent);
	error = memory_can_hold_copy(parent) ? 0 : -ENOMEM;
	/* Regions first: see region.h on the order in which an object's clearing meets parent and child. */
	if (!error)
		error = copy_regions(parent, space);
	if (!error)
		error = tables_share(parent, space);
	if (!error && parent->has_fork_rules)
		error = apply_fork_rules(parent, space);
	space->resident_peak = vm_resident_pages(space);
	mutex_unlock(&parent->mutex);
	if (error) {
		vm_space_leave(space);
		return error;
	}
	*child = space;
	return 0;
}
