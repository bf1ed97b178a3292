/*
 * Spin lock: guards data that several processors touch for a short time. Interrupts are off in the kernel anyway
 * (arch/x86_64/cpu.h), so one kind is enough. The holder may not sleep, and may not touch user memory.
 * Debug builds check the owner and the order: a lock may be taken only while every lock held has a smaller rank.
 * The ranks are listed in enum lock_rank, which is the lock order of the whole kernel.
 */
#ifndef NAMU_ARCH_SPINLOCK_H
#define NAMU_ARCH_SPINLOCK_H

#include "arch/x86_64/cpu.h"
#include "lib/log.h"
#include "lib/types.h"

/* The order in which spin locks may be taken, outermost first. Two locks of one rank are never held together,
 * but for those whose header says in which order (by address). */
enum lock_rank {
	LOCK_TREE,      /* process tree, process groups, sessions, pid table (proc) */
	LOCK_SIGNAL,    /* signal handlers and pending signals of a process (proc) */
	LOCK_FILES,     /* a descriptor table (fs) */
	LOCK_DENTRY,    /* names: directory entries, mounts (fs) */
	LOCK_INODE,     /* small inode data (fs) */
	LOCK_OBJECT,    /* contents of one kernel object: pipe, tty, queue (ipc, dev) */
	LOCK_DEVICE,    /* queues of a device, under the object that it serves (dev) */
	LOCK_MEMOBJ,    /* pages of a memory object (vm) */
	LOCK_PAGETABLE, /* page tables of an address space, shared leaf tables (vm) */
	LOCK_MUTEX,     /* inside of a sleeping lock */
	LOCK_WAITQ,     /* a wait queue */
	LOCK_ASYNC,     /* descriptions with signals to send (fs) */
	LOCK_TIMER,     /* a processor's timers */
	LOCK_SCHED,     /* a processor's ready queues and the states of its threads */
	LOCK_SLAB,      /* a slab cache */
	LOCK_PAGES,     /* the page allocator */
	LOCK_TRACE,     /* the port that the trace goes to (dev) */
	LOCK_LOG,       /* the log's sink */
	LOCK_RANKS
};

struct spinlock {
	_Atomic uint32_t is_locked;
	uint8_t rank; /* enum lock_rank */
#ifdef NAMU_DEBUG
	struct cpu *owner;
	const char *name;
	struct spinlock *held_before; /* the lock this processor took before, a stack */
#endif
};

#ifdef NAMU_DEBUG
#define SPINLOCK_INIT(lock_name, lock_rank)              \
	{                                                \
		.rank = (lock_rank), .name = (lock_name) \
	}
#else
#define SPINLOCK_INIT(lock_name, lock_rank) \
	{                                   \
		.rank = (lock_rank)         \
	}
#endif

static inline void spin_init(struct spinlock *lock, const char *name, enum lock_rank rank)
{
	atomic_init(&lock->is_locked, 0);
	lock->rank = (uint8_t)rank;
#ifdef NAMU_DEBUG
	lock->owner = NULL;
	lock->name = name;
	lock->held_before = NULL;
#else
	(void)name;
#endif
}

#ifdef NAMU_DEBUG
void spin_debug_before_lock(struct spinlock *lock, bool may_equal);
void spin_debug_locked(struct spinlock *lock);
void spin_debug_unlock(struct spinlock *lock);
bool spin_is_held(const struct spinlock *lock);
#else
static inline void spin_debug_before_lock(struct spinlock *lock, bool may_equal)
{
	(void)lock;
	(void)may_equal;
}
static inline void spin_debug_locked(struct spinlock *lock)
{
	(void)lock;
}
static inline void spin_debug_unlock(struct spinlock *lock)
{
	(void)lock;
}
static inline bool spin_is_held(const struct spinlock *lock)
{
	return atomic_load_explicit(&lock->is_locked, memory_order_relaxed) != 0;
}
#endif

/* Wait until the lock looks free. Another processor may hold it and wait for this one to forget translations. */
void spin_wait(struct spinlock *lock);

static inline void spin_acquire(struct spinlock *lock)
{
	while (unlikely(atomic_exchange_explicit(&lock->is_locked, 1, memory_order_acquire)))
		spin_wait(lock);
	this_cpu()->spin_depth++;
	spin_debug_locked(lock);
}

static inline void spin_lock(struct spinlock *lock)
{
	spin_debug_before_lock(lock, false);
	spin_acquire(lock);
}

/* A second lock of the same rank as one held; the caller keeps the order that the rank's header gives. */
static inline void spin_lock_second(struct spinlock *lock)
{
	spin_debug_before_lock(lock, true);
	spin_acquire(lock);
}

static inline void spin_unlock(struct spinlock *lock)
{
	spin_debug_unlock(lock);
	this_cpu()->spin_depth--;
	atomic_store_explicit(&lock->is_locked, 0, memory_order_release);
}

#endif
