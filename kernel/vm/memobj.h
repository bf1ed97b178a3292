/*
 * The memory object: pages by offset. Everything mapped or cached is one: a file's contents, shared anonymous memory,
 * shm, memfd, a message's section. Reading and writing files goes through it too, so a file is in memory once (page
 * cache). Private anonymous memory has no object: its pages are held by the page tables alone (PAGE_ANON) until swap
 * needs more.
 *
 * Where pages come from (struct memobj_ops): nowhere (zeros), the root image in place, or a file system's own source.
 * An object over an image: a page is the image's own until it is first written; then the object owns a copy.
 *
 * Life: refs by inodes, regions, holders. Locks: see the key. A page's content is guarded by nobody (as on Linux, two
 * writers of one file page are ordered by the inode's mutex).
 */
#ifndef NAMU_VM_MEMOBJ_H
#define NAMU_VM_MEMOBJ_H

#include "arch/x86_64/spinlock.h"
#include "lib/list.h"
#include "lib/refcount.h"
#include "lib/types.h"
#include "mem/page.h"

struct memobj;
struct uio;

struct memobj_ops {
	/* Supply page `index`, which the object does not hold: *page with one reference for the caller.
	 * PAGE_IMAGE pages are not entered into the object; others are. May sleep. 0, -EIO, -ENOMEM. */
	int (*fetch)(struct memobj *object, uint64_t index, struct page **page);
	/* For an object that tracks writes (vm/writeback.h). Write `count` pages from `first` on to the source; 0 or
	 * -errno. And: write back what was written in [first, end), called when a mapping goes and by msync. */
	int (*store)(struct memobj *object, uint64_t first, struct page **pages, unsigned count);
	int (*flush)(struct memobj *object, uint64_t first, uint64_t end);
	/* A region with REGION_SEGMENT that maps it was made, or ended: the space's mutex is held. */
	void (*attach)(struct memobj *object);
	void (*detach)(struct memobj *object);
	/* The last reference went; free what `private_data` names. */
	void (*destroy)(struct memobj *object);
};

/* Two-level index of pages, grown as needed; implemented in vm/pageindex.c. */
struct page_index {
	void *root;
	uint32_t height;
	uint64_t count;
};

/*
 * Lock key: (a) atomic; (i) immutable; (l) its lock.
 */
struct memobj {
	struct refcount refs;               /* (a) */
	const struct memobj_ops *ops;       /* (i) null: fresh pages are zeros */
	struct spinlock lock;               /* (i) rank LOCK_MEMOBJ */
	struct page_index pages;            /* (l) one reference on each page */
	_Atomic uint64_t size_bytes;        /* (a) end of the contents; mappings behind it get SIGBUS */
	struct list regions;                /* (l) struct vm_region that map it */
	_Atomic uint64_t *page_limit_used;  /* (i) the file system's count of pages in use, or null */
	const _Atomic uint64_t *page_limit; /* (i) its limit, see memobj_account */
	void *private_data;                 /* (i) of ops */
	bool never_shrinks;                 /* (i) image text and the like: no truncation, no lock to read the size */
	bool tracks_writes;                 /* (i) see vm/writeback.h */
	uint64_t dirty_pages;               /* (l) of them, those written since */
	uint64_t source_pages;   /* (l) pages from this one on do not come from the source: shrinking lowers it */
	paddr_t image_start;     /* (i) see memobj_set_image */
	uint64_t image_pages;    /* (i) */
	_Atomic uint64_t home;   /* (a) where its code stands, or 0: see vm/home.h */
	_Atomic bool holds_code; /* (a) some part was mapped to be executed */
};

/* An object with one reference, or null. */
struct memobj *memobj_create(const struct memobj_ops *ops, uint64_t size_bytes, void *private_data);
void memobj_get(struct memobj *object);
void memobj_put(struct memobj *object);

/*
 * Page `index` with one reference for the caller. for_write: the page is the object's own (copied from the image
 * first, made when it was a hole). Without for_write a hole gives *page == null (reads as zeros) unless ops fetch.
 * 0, -ENOMEM, -ENOSPC (limit of the file system), -EIO. Does not look at size_bytes.
 */
int memobj_page(struct memobj *object, uint64_t index, bool for_write, struct page **page);

/* Bytes to and from a uio at `offset`. Reads stop at size_bytes; writes extend it. Count or negative errno. The
 * caller holds the inode's mutex for writes. */
ssize_t memobj_read(struct memobj *object, struct uio *uio, uint64_t offset);
ssize_t memobj_write(struct memobj *object, struct uio *uio, uint64_t offset);

/* What memobj_read would give first, without a copy: *data, and in *page the page to be put afterwards, or null. Bytes
 * up to the end of a page, at most `most`; 0 at the end; -errno. Who writes to the object meanwhile shows through. */
ssize_t memobj_lend(struct memobj *object, uint64_t offset, size_t most, const void **data, struct page **page);

/* Set the size: pages behind it go, the rest of the last page is zeroed, mappings of what went are removed. 0 or
 * -errno. */
int memobj_resize(struct memobj *object, uint64_t size_bytes);
/* Give back the pages of [offset, offset+bytes) (FALLOC_FL_PUNCH_HOLE); partial pages are zeroed. */
int memobj_punch(struct memobj *object, uint64_t offset, uint64_t bytes);
/* First offset at or after `offset` that is data (or a hole), as SEEK_DATA and SEEK_HOLE; -ENXIO. */
off_t memobj_seek(struct memobj *object, uint64_t offset, bool data);
/* Pages the object owns (st_blocks). */
uint64_t memobj_page_count(struct memobj *object);

/*
 * The first `pages` pages lie in the root image in one run, from physical address `start` on: they are found without
 * asking ops->fetch, and a fault maps their neighbours with them. Set before the object is used.
 */
void memobj_set_image(struct memobj *object, paddr_t start, uint64_t pages);

/* Limit on pages of one file system: `used` and `limit`, which may change, are shared by its objects. Set before the
 * first page. */
void memobj_account(struct memobj *object, _Atomic uint64_t *used, const _Atomic uint64_t *limit);

#endif
