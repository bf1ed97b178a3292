/*
 * Priority inheritance: who owns which PI futex, who waits for it, and the real-time level that waiters lend to owners,
 * along chains of owners that wait themselves. Kernel data alone; the words in user memory are futex_pi.c's.
 *
 * One spin lock, pi_lock, orders all of it: a chain leads anywhere, and waits for PI futexes are rare.
 */
#include "mem/slab.h"
#include "proc/futex_private.h"
#include "proc/process.h"
#include "sched/sched.h"

#define PLACE_BITS  6
#define CHAIN_LIMIT 1024 /* as Linux: a longer chain counts as a deadlock */

static struct spinlock pi_lock = SPINLOCK_INIT("priority inheritance", LOCK_OBJECT);
static struct pi_place places[1u << PLACE_BITS];
static struct slab_cache pi_cache = SLAB_CACHE("pi_lock", struct pi_lock);

static struct pi_place *place_of(const struct futex_key *key)
{
	return &places[futex_hash(key) >> (64 - PLACE_BITS)];
}

struct pi_place *pi_place_lock(const struct futex_key *key)
{
	struct pi_place *place = place_of(key);

	mutex_lock(&place->mutex);
	return place;
}

void pi_place_unlock(struct pi_place *place)
{
	mutex_unlock(&place->mutex);
}

struct pi_lock *pi_find(struct pi_place *place, const struct futex_key *key)
{
	struct pi_lock *lock;

	list_for_each (lock, &place->locks, link) {
		if (futex_key_equal(&lock->key, key))
			return lock;
	}
	return NULL;
}

int pi_create(struct pi_place *place, const struct futex_key *key, struct thread *owner, struct pi_lock **made)
{
	struct pi_lock *lock = slab_alloc(&pi_cache);
	struct thread_proc *proc = thread_proc(owner);

	if (!lock)
		return -ENOMEM;
	lock->key = *key;
	lock->owner = owner;
	list_init(&lock->waiters);
	lock->marker = (struct futex_waiter){.key = *key, .bitset = UINT32_MAX, .is_pi = true};
	spin_lock(&pi_lock);
	bool has_ended = proc->pi_has_ended;
	if (!has_ended)
		list_append(&proc->pi_owned, &lock->owned_link);
	spin_unlock(&pi_lock);
	if (has_ended) {
		slab_free(&pi_cache, lock);
		return -ESRCH;
	}
	thread_get(owner);
	list_append(&place->locks, &lock->link);
	futex_enter(&lock->marker);
	*made = lock;
	return 0;
}

void pi_drop(struct pi_lock *lock)
{
	spin_lock(&pi_lock);
	bool is_used = !list_is_empty(&lock->waiters) || lock->heir;
	if (!is_used)
		list_remove(&lock->owned_link);
	spin_unlock(&pi_lock);
	if (is_used)
		return;
	list_remove(&lock->link);
	futex_leave(&lock->marker);
	thread_put(lock->owner);
	slab_free(&pi_cache, lock);
}

struct pi_waiter *pi_first(struct pi_lock *lock)
{
	return list_is_empty(&lock->waiters) ? NULL : list_first(&lock->waiters, struct pi_waiter, link);
}

/* Behind those of its level. pi_lock is held, as for all that follow. */
static void insert(struct pi_lock *lock, struct pi_waiter *waiter)
{
	struct pi_waiter *other;

	list_for_each (other, &lock->waiters, link) {
		if (other->level < waiter->level)
			break;
	}
	list_insert_between(&waiter->link, other->link.prev, &other->link);
}

static unsigned lent_level(const struct thread *owner)
{
	struct thread_proc *proc = thread_proc(owner);
	unsigned highest = 0;
	struct pi_lock *lock;

	list_for_each (lock, &proc->pi_owned, owned_link) {
		struct pi_waiter *first = pi_first(lock);
		if (first)
			highest = MAX(highest, first->level);
	}
	return highest;
}

/* What is lent to `thread` may have changed: give it its level, and go on with whom it waits for. */
static void adjust(struct thread *thread)
{
	for (unsigned i = 0; i < CHAIN_LIMIT; i++) {
		unsigned level = sched_set_boost(thread, lent_level(thread));
		struct pi_waiter *waiter = thread_proc(thread)->pi_waiting;
		if (!waiter || waiter->level == level)
			return;
		list_remove(&waiter->link);
		waiter->level = level;
		insert(waiter->lock, waiter);
		thread = waiter->lock->owner;
	}
}

/* The owner waits, perhaps through others, for the one that is about to wait for it. */
static bool is_deadlock(const struct pi_lock *lock, const struct thread *thread)
{
	for (unsigned i = 0; i < CHAIN_LIMIT; i++) {
		if (lock->owner == thread)
			return true;
		const struct pi_waiter *waiter = thread_proc(lock->owner)->pi_waiting;
		if (!waiter)
			return false;
		lock = waiter->lock;
	}
	return true;
}

int pi_enqueue(struct pi_lock *lock, struct pi_waiter *waiter)
{
	int error = 0;

	spin_lock(&pi_lock);
	if (is_deadlock(lock, waiter->thread)) {
		error = -EDEADLK;
	} else {
		waiter->lock = lock;
		waiter->level = waiter->thread->level;
		insert(lock, waiter);
		thread_proc(waiter->thread)->pi_waiting = waiter;
		adjust(lock->owner);
	}
	spin_unlock(&pi_lock);
	return error;
}

void pi_dequeue(struct pi_waiter *waiter)
{
	spin_lock(&pi_lock);
	list_remove(&waiter->link);
	thread_proc(waiter->thread)->pi_waiting = NULL;
	adjust(waiter->lock->owner);
	spin_unlock(&pi_lock);
}

void pi_grant(struct pi_waiter *waiter)
{
	__atomic_store_n(&waiter->is_granted, true, __ATOMIC_RELEASE);
	if (waiter->origin)
		__atomic_store_n(&waiter->origin->is_woken, true, __ATOMIC_RELEASE);
	thread_wake(waiter->thread);
}

/* Returns the old owner, whose reference the caller drops. */
static struct thread *hand_over_locked(struct pi_lock *lock)
{
	struct pi_waiter *first = pi_first(lock);
	struct thread *old = lock->owner;

	list_remove(&first->link);
	list_remove(&lock->owned_link);
	thread_get(first->thread);
	lock->owner = first->thread;
	thread_proc(first->thread)->pi_waiting = NULL;
	list_append(&thread_proc(first->thread)->pi_owned, &lock->owned_link);
	adjust(old);
	adjust(first->thread);
	pi_grant(first);
	return old;
}

void pi_hand_over(struct pi_lock *lock)
{
	spin_lock(&pi_lock);
	struct thread *old = hand_over_locked(lock);
	spin_unlock(&pi_lock);
	thread_put(old);
}

/* The first lock of a thread that ends goes to its heir, who writes the word: it may not be in our memory any more. */
static struct thread *bequeath(struct thread_proc *self, const struct pi_place *place)
{
	struct thread *old = NULL;

	spin_lock(&pi_lock);
	if (!list_is_empty(&self->pi_owned)) {
		struct pi_lock *lock = list_first(&self->pi_owned, struct pi_lock, owned_link);
		if (place_of(&lock->key) == place) {
			/* An heir that ends before it could write leaves the word as it is. */
			lock->heir = pi_first(lock);
			if (lock->heir)
				old = hand_over_locked(lock);
		}
	}
	spin_unlock(&pi_lock);
	return old;
}

void futex_pi_exit(struct thread_proc *self, bool is_end)
{
	for (;;) {
		struct pi_place *place = NULL;
		spin_lock(&pi_lock);
		self->pi_has_ended = is_end;
		if (!list_is_empty(&self->pi_owned))
			place = place_of(&list_first(&self->pi_owned, struct pi_lock, owned_link)->key);
		spin_unlock(&pi_lock);
		if (!place)
			return;
		mutex_lock(&place->mutex);
		struct thread *old = bequeath(self, place);
		mutex_unlock(&place->mutex);
		if (old)
			thread_put(old);
	}
}

void futex_pi_level_changed(struct thread *thread)
{
	spin_lock(&pi_lock);
	adjust(thread);
	spin_unlock(&pi_lock);
}

void futex_inherit_init(void)
{
	for (unsigned i = 0; i < ARRAY_LEN(places); i++) {
		mutex_init(&places[i].mutex);
		list_init(&places[i].locks);
	}
}
