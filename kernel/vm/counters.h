/*
 * What the vm floor counts: pages resident in a space, by kind, and sums for the whole system.
 */
#ifndef NAMU_VM_COUNTERS_H
#define NAMU_VM_COUNTERS_H

#include "trace/trace.h"
#include "vm/space.h"

/* Lock key: (a) atomic. */
struct vm_counters {
	_Atomic uint64_t faults;        /* (a) */
	_Atomic uint64_t major_faults;  /* (a) */
	_Atomic uint64_t pages_copied;  /* (a) by copy-on-write */
	_Atomic uint64_t tables_copied; /* (a) shared page tables unshared by a copy */
	_Atomic int64_t committed;      /* (a) pages promised to private writable mappings */
	_Atomic int64_t mapped;         /* (a) entries of page tables that name pages of objects */
	_Atomic int64_t shared;         /* (a) pages of objects without a source: tmpfs, shared memory */
};
extern struct vm_counters vm_counters;

static inline void count_up(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

static inline void count_add(_Atomic int64_t *counter, int64_t change)
{
	atomic_fetch_add_explicit(counter, change, memory_order_relaxed);
}

static inline uint64_t vm_resident_pages(const struct vm_space *space)
{
	int64_t sum = space->resident_anon + space->resident_file + space->resident_shared;

	return sum > 0 ? (uint64_t)sum : 0;
}

/* More pages are present: `counter` is one of the space's resident_*. The mutex is held. */
static inline void resident_add(struct vm_space *space, _Atomic int64_t *counter, int64_t pages)
{
	uint64_t resident;

	count_add(counter, pages);
	resident = vm_resident_pages(space);
	if (resident > space->resident_peak)
		space->resident_peak = resident;
}

/* What stands for the process in trace records: its pid, or the thread where no pid was given to the space. */
static inline uint64_t vm_trace_owner(const struct vm_space *space)
{
	if (space->owner_pid)
		return (uint64_t)space->owner_pid;
	return current_thread() ? (uint64_t)current_thread()->tid : 0;
}

#endif
