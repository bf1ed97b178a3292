/*
 * poll(2) and select(2): look at every description; when none is ready, stand on all their queues at once and block.
 *
 * The first look registers nowhere, as something is ready more often than not; only the second makes entries.
 */
#include "fs/poll.h"

#include <asm-generic/poll.h>
#include <asm-generic/resource.h>

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "vm/space.h"

static int no_mask(uaddr_t mask, uint64_t size)
{
	return 0;
}

static void no_restore(bool interrupted)
{
}

struct poll_mask_hooks poll_mask_hooks = {.set = no_mask, .restore = no_restore};

uint32_t file_poll(struct file *file, struct poll_table *table)
{
	if (unlikely(!file->ops->poll))
		return POLL_IN | POLL_OUT | POLL_RDNORM | POLL_WRNORM;
	return file->ops->poll(file, table);
}

/* One registration; it holds the description, so that the queue stays. */
struct poll_entry {
	struct wait_entry entry;
	struct waitq *queue;
	struct file *file;
};

#define ENTRIES_INLINE 6
#define ENTRIES_CHUNK  40

struct poll_chunk {
	struct poll_chunk *next;
	uint32_t count;
	struct poll_entry entries[ENTRIES_CHUNK];
};

/* What a blocked poll or select has on its stack. */
struct poll_waiter {
	struct poll_table table;
	uint32_t count;            /* of the entries in place */
	bool is_out_of_memory;     /* an entry could not be made: the call fails */
	struct poll_chunk *chunks; /* further entries, the last chunk first */
	struct poll_entry entries[ENTRIES_INLINE];
};

static struct poll_entry *waiter_new_entry(struct poll_waiter *waiter)
{
	struct poll_chunk *chunk = waiter->chunks;

	if (waiter->count < ENTRIES_INLINE)
		return &waiter->entries[waiter->count++];
	if (!chunk || chunk->count == ENTRIES_CHUNK) {
		chunk = kmalloc(sizeof(*chunk));
		if (!chunk)
			return NULL;
		chunk->next = waiter->chunks;
		chunk->count = 0;
		waiter->chunks = chunk;
	}
	return &chunk->entries[chunk->count++];
}

static void waiter_add(struct poll_table *table, struct file *file, struct waitq *queue)
{
	struct poll_waiter *waiter = container_of(table, struct poll_waiter, table);
	struct poll_entry *entry = waiter_new_entry(waiter);

	if (!entry) {
		waiter->is_out_of_memory = true;
		return;
	}
	memset(entry, 0, sizeof(*entry));
	entry->entry.thread = current_thread();
	entry->entry.key_mask = table->events;
	entry->queue = queue;
	entry->file = file;
	file_get(file);
	waitq_add_entry(queue, &entry->entry);
}

static void waiter_init(struct poll_waiter *waiter)
{
	waiter->table.add = waiter_add;
	waiter->table.events = 0;
	waiter->count = 0;
	waiter->is_out_of_memory = false;
	waiter->chunks = NULL;
}

/* Some wake-ups take the entry off its queue: put it back before the next wait. */
static void entries_renew(struct poll_entry *entries, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		entries[i].entry.is_fired = false;
		if (!entries[i].entry.queue)
			waitq_add_entry(entries[i].queue, &entries[i].entry);
	}
}

static void entries_end(struct poll_entry *entries, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		wait_entry_remove(&entries[i].entry);
		file_put(entries[i].file);
	}
}

static void waiter_renew(struct poll_waiter *waiter)
{
	entries_renew(waiter->entries, waiter->count);
	for (struct poll_chunk *chunk = waiter->chunks; chunk; chunk = chunk->next)
		entries_renew(chunk->entries, chunk->count);
}

static void waiter_end(struct poll_waiter *waiter)
{
	entries_end(waiter->entries, waiter->count);
	while (waiter->chunks) {
		struct poll_chunk *chunk = waiter->chunks;
		waiter->chunks = chunk->next;
		entries_end(chunk->entries, chunk->count);
		kfree(chunk);
	}
}

/* A look at everything: how many are ready, or -errno. Registers where `waiter` is not null and nothing was ready so
 * far. */
typedef int64_t (*poll_scan)(void *what, struct poll_waiter *waiter);

/* Nothing was ready: block until something is, the deadline, or a signal. */
static int64_t wait_until_ready(poll_scan scan, void *what, uint64_t deadline_ns)
{
	struct wait_reason reason = {.kind = WAIT_POLL};
	struct poll_waiter waiter;
	int64_t ready;
	int error = 0;

	waiter_init(&waiter);
	thread_clear_permit();
	ready = scan(what, &waiter);
	while (ready == 0) {
		if (waiter.is_out_of_memory) {
			ready = -ENOMEM;
			break;
		}
		if (error) {
			ready = error == -ETIMEDOUT ? 0 : -ERESTART_NOHANDLER;
			break;
		}
		error = thread_block(reason, deadline_ns, WAIT_INTERRUPTIBLE);
		waiter_renew(&waiter);
		thread_clear_permit();
		ready = scan(what, NULL);
	}
	waiter_end(&waiter);
	return ready;
}

static int64_t scan_and_wait(poll_scan scan, void *what, uint64_t deadline_ns)
{
	int64_t ready = scan(what, NULL);

	if (ready || deadline_ns == 0)
		return ready;
	return wait_until_ready(scan, what, deadline_ns);
}

/* Events of one descriptor, filtered by those wanted; *bad when it is none. */
static inline uint32_t poll_descriptor(int fd, uint32_t wanted, struct poll_waiter *waiter, bool *bad)
{
	struct fd_loan loan = fd_borrow(fd);
	struct poll_table *table = NULL;
	uint32_t events;

	*bad = !loan.file;
	if (unlikely(!loan.file))
		return 0;
	wanted |= POLL_ERR | POLL_HUP;
	if (waiter) {
		waiter->table.events = wanted;
		table = &waiter->table;
	}
	events = file_poll(loan.file, table) & wanted;
	fd_give_back(loan);
	return events;
}

#define POLL_INLINE 64

struct poll_list {
	struct pollfd *fds;
	uint32_t count;
};

HOT_CODE static int64_t poll_scan_list(void *what, struct poll_waiter *waiter)
{
	const struct poll_list *list = what;
	int64_t ready = 0;

	for (uint32_t i = 0; i < list->count; i++) {
		struct pollfd *at = &list->fds[i];
		uint32_t events;
		bool bad;
		at->revents = 0;
		if (at->fd < 0)
			continue;
		events = poll_descriptor(at->fd, (uint16_t)at->events, ready ? NULL : waiter, &bad);
		if (unlikely(bad))
			events = POLL_NVAL;
		at->revents = (short)events;
		ready += events != 0;
	}
	return ready;
}

HOT_CODE int64_t poll_wait_user(uaddr_t fds, uint32_t count, uint64_t deadline_ns)
{
	struct pollfd few[POLL_INLINE];
	struct poll_list list = {.fds = few, .count = count};
	uint64_t bytes = (uint64_t)count * sizeof(struct pollfd);
	int64_t ready;

	if (unlikely(count > vm_limit(RLIMIT_NOFILE)))
		return -EINVAL;
	if (count > POLL_INLINE) {
		list.fds = kmalloc(bytes);
		if (!list.fds)
			return -ENOMEM;
	}
	ready = bytes ? copy_from_user(list.fds, fds, bytes) : 0;
	if (!ready)
		ready = scan_and_wait(poll_scan_list, &list, deadline_ns);
	if (ready >= 0 && bytes && copy_to_user(fds, list.fds, bytes) != 0)
		ready = -EFAULT;
	if (list.fds != few)
		kfree(list.fds);
	return ready;
}

#define SELECT_IN     (POLL_IN | POLL_RDNORM | POLL_RDBAND | POLL_HUP | POLL_ERR)
#define SELECT_OUT    (POLL_OUT | POLL_WRNORM | POLL_WRBAND | POLL_ERR)
#define SELECT_EXCEPT POLL_PRI

#define SELECT_INLINE_WORDS 16 /* FD_SETSIZE bits */

struct select_sets {
	uint32_t words;
	uint64_t *wanted[3]; /* in, out, except */
	uint64_t *ready[3];
};

/* The three answers for one descriptor. */
static int64_t select_descriptor(struct select_sets *sets, uint32_t word, uint64_t bit, struct poll_waiter *waiter)
{
	static const uint32_t meaning[3] = {SELECT_IN, SELECT_OUT, SELECT_EXCEPT};
	uint32_t wanted = 0, events;
	int64_t count = 0;
	bool bad;

	for (unsigned i = 0; i < 3; i++)
		wanted |= sets->wanted[i][word] & bit ? meaning[i] : 0;
	events = poll_descriptor((int)(word * 64 + (uint32_t)__builtin_ctzll(bit)), wanted, waiter, &bad);
	if (bad)
		return -EBADF;
	for (unsigned i = 0; i < 3; i++) {
		if ((sets->wanted[i][word] & bit) && (events & meaning[i])) {
			sets->ready[i][word] |= bit;
			count++;
		}
	}
	return count;
}

static int64_t select_scan(void *what, struct poll_waiter *waiter)
{
	struct select_sets *sets = what;
	int64_t ready = 0;

	for (uint32_t word = 0; word < sets->words; word++) {
		uint64_t any = sets->wanted[0][word] | sets->wanted[1][word] | sets->wanted[2][word];
		for (unsigned i = 0; i < 3; i++)
			sets->ready[i][word] = 0;
		while (any) {
			uint64_t bit = any & -any;
			int64_t count = select_descriptor(sets, word, bit, ready ? NULL : waiter);
			if (count < 0)
				return count;
			ready += count;
			any &= any - 1;
		}
	}
	return ready;
}

static int select_copy_in(struct select_sets *sets, const uaddr_t *user, int count)
{
	uint64_t bytes = (uint64_t)sets->words * sizeof(uint64_t);
	uint64_t last = count % 64 ? (1ull << (count % 64)) - 1 : ~0ull;

	for (unsigned i = 0; i < 3; i++) {
		if (!user[i])
			memset(sets->wanted[i], 0, bytes);
		else if (copy_from_user(sets->wanted[i], user[i], bytes) != 0)
			return -EFAULT;
		if (sets->words)
			sets->wanted[i][sets->words - 1] &= last;
	}
	return 0;
}

static int select_copy_out(const struct select_sets *sets, const uaddr_t *user)
{
	for (unsigned i = 0; i < 3; i++) {
		if (user[i] && copy_to_user(user[i], sets->ready[i], (uint64_t)sets->words * sizeof(uint64_t)) != 0)
			return -EFAULT;
	}
	return 0;
}

int64_t select_wait_user(int count, uaddr_t in, uaddr_t out, uaddr_t except, uint64_t deadline_ns)
{
	uint64_t few[6 * SELECT_INLINE_WORDS], *storage = few;
	uaddr_t user[3] = {in, out, except};
	struct select_sets sets;
	int64_t ready;

	if (count < 0)
		return -EINVAL;
	/* Bits that no descriptor of the table can have are not looked at. */
	if ((uint32_t)count > current_thread()->files->capacity)
		count = (int)current_thread()->files->capacity;
	sets.words = ((uint32_t)count + 63) / 64;
	if (sets.words > SELECT_INLINE_WORDS) {
		storage = kmalloc((uint64_t)sets.words * 6 * sizeof(uint64_t));
		if (!storage)
			return -ENOMEM;
	}
	for (unsigned i = 0; i < 3; i++) {
		sets.wanted[i] = storage + (uint64_t)i * sets.words;
		sets.ready[i] = storage + (uint64_t)(i + 3) * sets.words;
	}
	ready = select_copy_in(&sets, user, count);
	if (!ready)
		ready = scan_and_wait(select_scan, &sets, deadline_ns);
	if (ready >= 0 && select_copy_out(&sets, user) != 0)
		ready = -EFAULT;
	if (storage != few)
		kfree(storage);
	return ready;
}
