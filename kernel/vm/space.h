/*
 * An address space: regions (what may be touched, and how) and page tables (what is there now).
 *
 * fork shares: last-level page tables are shared copy-on-write between parent and child (struct page of kind
 * PAGE_TABLE, refs = spaces that name it; the entry above it is read-only while refs > 1), and the pages in them once a
 * table is unshared by the first change within its 2 MiB. Pages copied are counted one by one (thread->pages_copied,
 * space->pages_copied, TRACE copy).
 *
 * Life: `users` counts processes that run in it, who together hold one of the refs; others (/proc readers) hold their
 * own. The last vm_space_leave tears the mappings down and drops the users' reference; the last one frees the
 * structure.
 */
#ifndef NAMU_VM_SPACE_H
#define NAMU_VM_SPACE_H

#include "arch/x86_64/pagetable.h"
#include "arch/x86_64/trapframe.h"
#include "lib/list.h"
#include "lib/rbtree.h"
#include "lib/refcount.h"
#include "sched/mutex.h"
#include "vm/memobj.h"

struct file;

#define DUMP_FILTER_DEFAULT 0x33u /* private and shared anonymous memory, heads of programs */
#define DUMP_FILTER_ALL     0x1ffu

/* Of a region. Protection bits are PROT_READ 1, PROT_WRITE 2, PROT_EXEC 4. */
#define REGION_SHARED     0x01u /* MAP_SHARED */
#define REGION_STACK      0x02u /* grows down */
#define REGION_HEAP       0x04u /* the brk area, for /proc/PID/maps */
#define REGION_VDSO       0x08u
#define REGION_DONTFORK   0x10u /* MADV_DONTFORK */
#define REGION_WIPEONFORK 0x20u
#define REGION_LOCKED     0x40u
#define REGION_NORESERVE  0x80u
#define REGION_VVAR       0x100u
#define REGION_DONTDUMP   0x200u /* MADV_DONTDUMP: core dumps leave it out */
#define REGION_SEGMENT    0x400u /* of System V shared memory: its object counts it, so it is never merged */
#define REGION_NOHUGE     0x800u /* MADV_NOHUGEPAGE: its pages come one by one, see vm/fault.h */

/*
 * Lock key: (m) the space's mutex; (o) the object's lock.
 */
struct vm_region {
	struct rb_node node;    /* (m) by start */
	struct vm_space *space; /* (m) */
	uint64_t start, end;    /* (m) page-aligned */
	uint32_t prot;          /* (m) */
	uint32_t max_prot; /* (m) what mprotect may give: a read-only descriptor's shared mapping never becomes writable
			    */
	uint32_t flags;    /* (m) REGION_* */
	struct memobj *object;   /* (m) null: private anonymous */
	uint64_t object_offset;  /* (m) bytes, of `start` */
	struct file *file;       /* (m) for /proc/PID/maps; null; reference kept through file_hooks */
	struct list object_link; /* (o) on object->regions */
};

/*
 * Lock key: (a) atomic; (m) its mutex; (i) immutable; (t) the page-table lock.
 */
struct vm_space {
	struct refcount refs;                                /* (a) */
	_Atomic uint32_t users;                              /* (a) */
	_Atomic uint64_t loaded_on;                          /* (a) processors whose tables are ours, a bit each */
	struct mutex mutex;                                  /* (i) */
	struct rb_tree regions;                              /* (m) */
	struct vm_region *last_found;                        /* (m) where the last look-up ended */
	uint32_t region_count;                               /* (m) */
	struct spinlock table_lock;                          /* (i) rank LOCK_PAGETABLE */
	paddr_t pml4;                                        /* (i) */
	uint64_t brk_start, brk_end;                         /* (m) */
	uint64_t mmap_top;                                   /* (m) where the search for free room starts, going down */
	uint64_t stack_top;                                  /* (m) */
	uint64_t arg_start, arg_end, env_start, env_end;     /* (m) for /proc */
	uint64_t code_start, code_end, data_start, data_end; /* (m) */
	uint64_t vdso_base;                                  /* (m) */
	uint32_t auxv_bytes;                                 /* (m) */
	struct file *exe_file;                               /* (m) */
	uint64_t total_pages;                                /* (m) mapped by regions: VmSize */
	uint64_t data_pages;                                 /* (m) private writable */
	uint64_t stack_pages;                                /* (m) */
	uint64_t exec_pages;                                 /* (m) */
	uint64_t locked_pages;                               /* (m) */
	uint64_t committed_pages;                            /* (m) private writable, but for REGION_NORESERVE */
	uint64_t total_peak, resident_peak;                  /* (m) VmPeak, VmHWM */
	_Atomic int64_t resident_anon;                       /* (a) pages present, by kind: VmRSS */
	_Atomic int64_t resident_file;                       /* (a) */
	_Atomic int64_t resident_shared;                     /* (a) */
	_Atomic uint64_t table_pages;                        /* (a) page tables: VmPTE */
	_Atomic uint64_t pages_copied;                       /* (a) by copy-on-write */
	_Atomic uint64_t concurrency_ids;                    /* (a) of running threads with rseq(2), a bit each */
	_Atomic uint32_t barriers;                           /* (a) membarrier(2): what it has registered for */
	bool is_randomized;                                  /* (i) ASLR */
	bool keeps_homes;                                    /* (i) but for code, see home.h */
	uint8_t dumpable;                                    /* (m) 0 no, 1 yes, 2 by root only: PR_SET_DUMPABLE */
	uint32_t dump_filter;                                /* (m) what core dumps hold: /proc/PID/coredump_filter */
	bool is_page_exact;                                  /* (m) PR_SET_THP_DISABLE: see vm/fault.h */
	bool locks_future;                                   /* (m) mlockall(MCL_FUTURE): new mappings are locked */
	bool has_fork_rules;        /* (m) some region has, or had, REGION_DONTFORK or REGION_WIPEONFORK */
	int32_t owner_pid;          /* (m) pid it was made for, set by proc/; only for the trace */
	uint64_t room_from;         /* (m) where the search for free room may start: see vm/room.h */
	uint64_t room_above;        /* (m) no gap above room_from is larger than this */
	pte_t *directory;           /* (t) the table that names the leaves of directory_address, or null */
	uint64_t directory_address; /* (t) in units of 1 GiB */
	/* Last, as it is not cleared when a space is made: the first auxv_bytes are valid. */
	uint64_t auxv[64]; /* (m) as given to the program, for /proc/PID/auxv */
};

/* An empty space with one reference and one user, or null. */
struct vm_space *vm_space_create(bool is_randomized, bool keeps_homes);
/* A copy for fork: regions copied, tables shared. 0 and *child, or -ENOMEM with nothing changed. The parent's mutex is
 * taken inside. */
int vm_space_fork(struct vm_space *parent, struct vm_space **child);
void vm_space_get(struct vm_space *space);
void vm_space_put(struct vm_space *space);
/* Another process runs in it (CLONE_VM) / runs in it no more. */
void vm_space_enter(struct vm_space *space);
void vm_space_leave(struct vm_space *space);
void vm_space_init(void);
/* Load its tables on this processor; null: the kernel's. Skipped when they are loaded already. */
void vm_space_activate(struct vm_space *space);

/* System calls' bodies. All return 0, an address, or a negative errno as the man page of the call says. */
struct vm_map_request {
	uint64_t hint; /* address wanted, or 0 */
	uint64_t bytes;
	uint32_t prot;
	uint32_t max_prot;  /* 0: all */
	uint32_t map_flags; /* MAP_* of Linux: SHARED, PRIVATE, FIXED, FIXED_NOREPLACE, ANONYMOUS, GROWSDOWN, POPULATE,
			       NORESERVE ... */
	uint32_t region_flags; /* REGION_* to add */
	struct memobj *object; /* or null; a reference is taken */
	uint64_t object_offset;
	struct file *file; /* or null; a reference is taken by file_hooks */
};
int64_t vm_map(struct vm_space *space, const struct vm_map_request *request);
/* remap_file_pages(2): the shared mapping at `start` shows its object from page `page` on. 0, -EINVAL, -EOVERFLOW,
 * -ENOMEM, -EAGAIN. */
int vm_remap_file_pages(struct vm_space *space, uint64_t start, uint64_t bytes, uint64_t page, uint32_t map_flags);
int vm_unmap(struct vm_space *space, uint64_t start, uint64_t bytes);
/* shmdt(2): unmap what is left of the attachment that began at `address`. 0, -EINVAL, -ENOMEM. */
int vm_unmap_attachment(struct vm_space *space, uint64_t address);
int vm_protect(struct vm_space *space, uint64_t start, uint64_t bytes, uint32_t prot);
int64_t vm_remap(struct vm_space *space, uint64_t old, uint64_t old_bytes, uint64_t new_bytes, uint32_t flags,
		 uint64_t new_address);
int vm_advise(struct vm_space *space, uint64_t start, uint64_t bytes, int advice);
int vm_sync(struct vm_space *space, uint64_t start, uint64_t bytes, int flags);
int vm_mincore(struct vm_space *space, uint64_t start, uint64_t bytes, uaddr_t vector);
int vm_lock(struct vm_space *space, uint64_t start, uint64_t bytes, bool lock);
/* mlockall(2), munlockall(2): everything there is (is_current), what comes later (is_future). */
int vm_lock_all(struct vm_space *space, bool is_current, bool is_future);
int vm_unlock_all(struct vm_space *space);
/* brk(2): returns the break after the call. */
uint64_t vm_brk(struct vm_space *space, uint64_t wanted);

/* The region that holds `address`, or the first one above it; null. The mutex is held. */
struct vm_region *vm_region_at_or_above(struct vm_space *space, uint64_t address);
struct vm_region *vm_region_first(struct vm_space *space);
struct vm_region *vm_region_next(struct vm_region *region);

/*
 * Resolve a fault at `address` of the current thread's space. Takes the mutex. 0: resolved, try again; -EFAULT: nothing
 * there (SIGSEGV SEGV_MAPERR); -EACCES: not allowed (SEGV_ACCERR); -ENXIO: behind the object's end (SIGBUS BUS_ADRERR);
 * -ENOMEM: no page to be had; -EINTR: being killed.
 */
int vm_fault(struct vm_space *space, uint64_t address, uint64_t fault_bits);

/* Read or write another space (ptrace, /proc/PID/mem, exec's argument copy, core dumps). `force` ignores protections
 * but breaks sharing as a private write does. Returns bytes done, or negative errno when none. */
ssize_t vm_access(struct vm_space *space, uint64_t address, void *buffer, size_t bytes, bool is_write, bool force);

/* Pages of a region that are present, by kind, for smaps: call with the mutex held. */
struct vm_region_usage {
	uint64_t resident, shared_clean, shared_dirty, private_clean, private_dirty, anonymous, referenced; /* pages */
	uint64_t proportional_bytes;
};
void vm_region_usage(struct vm_region *region, struct vm_region_usage *usage);

/* Places for a new program, randomised unless the space is not: addresses from choice_layout_below. */
uint64_t vm_pick_stack_top(bool is_randomized);
uint64_t vm_pick_mmap_top(bool is_randomized, uint64_t stack_limit_bytes);
uint64_t vm_pick_pie_base(const struct vm_space *space);
uint64_t vm_pick_brk(bool is_randomized, uint64_t image_end);

/* Supplied by fs/: references to files held by regions. */
struct vm_file_hooks {
	void (*get)(struct file *file);
	void (*put)(struct file *file);
};
extern struct vm_file_hooks vm_file_hooks;
/* Supplied by proc/: memory is gone while a process needs a page; kill somebody. True: try again; false: the current
 * thread is being killed. */
extern bool (*vm_out_of_memory)(void);
/* Supplied by proc/: the current process's limit RLIMIT_x (soft) in bytes. */
extern uint64_t (*vm_limit)(unsigned resource);

/* Supplied by proc/: the current thread may lock memory beyond RLIMIT_MEMLOCK (CAP_IPC_LOCK). Null: it may not. */
extern bool (*vm_may_exceed_memlock)(void);

/* Memory the kernel could still hand to processes, in pages (MemAvailable). */
uint64_t vm_available_pages(void);
/*
 * What is promised beyond what there is (vm.overcommit_memory of proc(5)): GUESS refuses only a single request that all
 * of memory could not hold; ALWAYS refuses nothing; NEVER keeps the sum of private writable memory within
 * vm_commit_limit, which is vm_overcommit_ratio hundredths of memory. Atomic.
 */
#define OVERCOMMIT_GUESS  0
#define OVERCOMMIT_ALWAYS 1
#define OVERCOMMIT_NEVER  2
extern _Atomic uint32_t vm_overcommit, vm_overcommit_ratio;
uint64_t vm_commit_limit(void); /* pages */

/*
 * For /proc/PID/pagemap: a word for each of the `count` pages from `address`, in the format of proc(5); frame numbers
 * only with shows_frames. Takes the mutex.
 */
void vm_page_entries(struct vm_space *space, uint64_t address, uint64_t *entries, size_t count, bool shows_frames);

/* Sums for /proc/meminfo, in pages. */
struct vm_stats {
	uint64_t anon_pages, object_pages, table_pages, mapped_pages, shared_pages, committed_pages;
	uint64_t faults, major_faults, pages_copied, tables_copied;
};
void vm_stats_read(struct vm_stats *stats);

#endif
