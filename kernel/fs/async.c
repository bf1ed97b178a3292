/* O_ASYNC and the owners of descriptions. */
#include "fs/async.h"

#include <asm-generic/fcntl.h>

#include "fs/poll.h"
#include "lib/errno.h"
#include "mem/slab.h"
#include "sched/sched.h"

#define QUEUES_MAX 4

/* A place on one queue. Lock key: (i) set before it is added. */
struct async_entry {
	struct wait_entry entry;  /* (i) */
	struct file_async *async; /* (i) */
	uint32_t usual;           /* (i) what a wake-up without a key means here: the first queue is that of readers */
};

/* What hangs on file->async. Lock key: (i) immutable; (l) async_lock; (f) the mutex of those who change O_ASYNC. */
struct file_async {
	struct list pending_link;               /* (l) */
	uint32_t pending;                       /* (l) bits 1 << enum async_reason */
	struct file_owner owner;                /* (l) */
	int signal;                             /* (l) F_SETSIG; 0: SIGIO */
	int fd;                                 /* (l) where O_ASYNC was set */
	int message_fd;                         /* (l) where the lease or notice was asked for */
	unsigned count;                         /* (f) entries in place */
	struct poll_table table;                /* (f) */
	struct async_entry entries[QUEUES_MAX]; /* (f) */
};

static struct slab_cache async_cache = SLAB_CACHE("file_async", struct file_async);
static struct spinlock async_lock = SPINLOCK_INIT("async", LOCK_ASYNC);
static struct mutex change_mutex = MUTEX_INIT(change_mutex);

/* Lock key: (l) async_lock. */
static struct {
	struct list list; /* (l) struct file_async with something to tell */
} waiting = {.list = LIST_INIT(waiting.list)};

struct file_owner_hooks file_owner_hooks;

/* Made when it is first needed; stays as long as the description. Null: no memory. */
static struct file_async *async_of(struct file *file)
{
	struct file_async *fresh, *none = NULL, *async = __atomic_load_n(&file->async, __ATOMIC_ACQUIRE);

	if (async)
		return async;
	fresh = slab_alloc(&async_cache);
	if (!fresh)
		return NULL;
	list_init(&fresh->pending_link);
	fresh->owner.type = F_OWNER_PID;
	if (__atomic_compare_exchange_n(&file->async, &none, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return fresh;
	slab_free(&async_cache, fresh);
	return none;
}

/* -- owner and signal -- */

static void replace_owner(struct file_async *async, struct pid *pid, int32_t type)
{
	const struct cred *cred = current_cred();
	struct pid *before;

	spin_lock(&async_lock);
	before = async->owner.pid;
	async->owner = (struct file_owner){.pid = pid, .type = type, .uid = cred->uid, .euid = cred->euid};
	spin_unlock(&async_lock);
	if (before)
		file_owner_hooks.put(before);
}

int async_set_owner(struct file *file, int32_t type, int32_t number)
{
	struct pid *pid = number ? file_owner_hooks.find(number) : NULL;
	struct file_async *async;

	if (number && !pid)
		return -ESRCH;
	async = async_of(file);
	if (!async) {
		if (pid)
			file_owner_hooks.put(pid);
		return -ENOMEM;
	}
	replace_owner(async, pid, type);
	return 0;
}

int async_set_default_owner(struct file *file)
{
	struct file_async *async = async_of(file);

	if (!async)
		return -ENOMEM;
	if (!async->owner.pid)
		replace_owner(async, file_owner_hooks.current(), F_OWNER_PID);
	return 0;
}

/* A copy with a reference. */
static void owner_copy_locked(const struct file_async *async, struct file_owner *owner)
{
	*owner = async->owner;
	if (owner->pid)
		file_owner_hooks.get(owner->pid);
}

int32_t async_owner(struct file *file, int32_t *type)
{
	struct file_async *async = __atomic_load_n(&file->async, __ATOMIC_ACQUIRE);
	struct file_owner owner = {.type = F_OWNER_TID};
	int32_t number = 0;

	if (async) {
		spin_lock(&async_lock);
		owner_copy_locked(async, &owner);
		spin_unlock(&async_lock);
	}
	if (owner.pid) {
		number = file_owner_hooks.number(&owner);
		file_owner_hooks.put(owner.pid);
	}
	*type = owner.type;
	return number;
}

int async_set_signal(struct file *file, int signal)
{
	struct file_async *async;

	if (signal < 0 || signal > 64)
		return -EINVAL;
	async = async_of(file);
	if (!async)
		return -ENOMEM;
	spin_lock(&async_lock);
	async->signal = signal;
	spin_unlock(&async_lock);
	return 0;
}

int async_signal(struct file *file)
{
	const struct file_async *async = __atomic_load_n(&file->async, __ATOMIC_ACQUIRE);

	return async ? async->signal : 0;
}

/* -- telling -- */

static void post(struct file_async *async, uint32_t reasons)
{
	spin_lock(&async_lock);
	async->pending |= reasons;
	if (list_is_empty(&async->pending_link))
		list_append(&waiting.list, &async->pending_link);
	spin_unlock(&async_lock);
	atomic_fetch_or_explicit(&current_thread()->work, WORK_ASYNC, memory_order_relaxed);
}

void async_tell(struct file *file, int fd)
{
	spin_lock(&async_lock);
	file->async->message_fd = fd;
	spin_unlock(&async_lock);
	post(file->async, 1u << ASYNC_MESSAGE);
}

void async_urgent(struct file *file)
{
	struct file_async *async = __atomic_load_n(&file->async, __ATOMIC_ACQUIRE);

	if (async)
		post(async, 1u << ASYNC_URGENT);
}

static bool take_next(struct file_async *told)
{
	struct file_async *async = NULL;

	spin_lock(&async_lock);
	if (!list_is_empty(&waiting.list)) {
		async = list_first(&waiting.list, struct file_async, pending_link);
		list_remove(&async->pending_link);
		told->pending = async->pending;
		told->signal = async->signal;
		told->fd = async->fd;
		told->message_fd = async->message_fd;
		owner_copy_locked(async, &told->owner);
		async->pending = 0;
	}
	spin_unlock(&async_lock);
	return async != NULL;
}

void async_deliver(void)
{
	struct file_async told;

	atomic_fetch_and_explicit(&current_thread()->work, ~WORK_ASYNC, memory_order_relaxed);
	while (take_next(&told)) {
		if (!told.owner.pid)
			continue;
		for (int reason = ASYNC_IN; reason <= ASYNC_URGENT; reason++) {
			if (told.pending & 1u << reason)
				file_owner_hooks.send(&told.owner, told.signal, (enum async_reason)reason,
						      reason == ASYNC_MESSAGE ? told.message_fd : told.fd);
		}
		file_owner_hooks.put(told.owner.pid);
	}
}

/* -- O_ASYNC -- */

/* Under the queue's lock, in whatever thread or interrupt has woken it. */
static bool notify(struct wait_entry *wait, uint64_t key)
{
	struct async_entry *entry = container_of(wait, struct async_entry, entry);
	uint32_t reasons = 0;

	if (key & (POLL_IN | POLL_RDNORM))
		reasons |= 1u << ASYNC_IN;
	if (key & (POLL_OUT | POLL_WRNORM))
		reasons |= 1u << ASYNC_OUT;
	post(entry->async, reasons ? reasons : entry->usual);
	return false;
}

static void add_queue(struct poll_table *table, struct file *file, struct waitq *queue)
{
	struct file_async *async = container_of(table, struct file_async, table);
	struct async_entry *entry;

	if (async->count == QUEUES_MAX)
		return;
	entry = &async->entries[async->count];
	*entry = (struct async_entry){.async = async, .usual = 1u << (async->count ? ASYNC_OUT : ASYNC_IN)};
	entry->entry.notify = notify;
	async->count++;
	waitq_add_entry(queue, &entry->entry);
}

static void leave_queues(struct file_async *async)
{
	while (async->count)
		wait_entry_remove(&async->entries[--async->count].entry);
}

int async_set(struct file *file, int fd, bool is_on)
{
	struct file_async *async;

	if (!file->ops->sends_sigio || !file->ops->poll || is_on == ((file->flags & FASYNC) != 0))
		return 0;
	async = async_of(file);
	if (!async)
		return -ENOMEM;
	mutex_lock(&change_mutex);
	leave_queues(async);
	if (is_on) {
		async->fd = fd;
		async->table.add = add_queue;
		(void)file->ops->poll(file, &async->table);
		atomic_fetch_or(&file->flags, FASYNC);
	} else {
		atomic_fetch_and(&file->flags, ~(uint32_t)FASYNC);
	}
	mutex_unlock(&change_mutex);
	return 0;
}

void async_file_gone(struct file *file)
{
	struct file_async *async = file->async;

	leave_queues(async);
	spin_lock(&async_lock);
	list_remove(&async->pending_link);
	spin_unlock(&async_lock);
	if (async->owner.pid)
		file_owner_hooks.put(async->owner.pid);
	slab_free(&async_cache, async);
}
