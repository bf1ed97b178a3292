/*
 * Pending signals: a set, and a queue of what is known about each. How many entries a user may have queued is limited
 * (RLIMIT_SIGPENDING); users are counted by real uid over all processes.
 */
#include <asm-generic/resource.h>
#include <asm-generic/siginfo.h>

#include "lib/string.h"
#include "mem/slab.h"
#include "proc/signal_private.h"

#define USER_BUCKETS 32

/* Lock key: (u) users_lock; (i) immutable. */
struct signal_user {
	struct list link; /* (u) */
	uint32_t uid;     /* (i) */
	uint64_t queued;  /* (u) entries that count for it */
};

static struct slab_cache queued_cache = SLAB_CACHE("signal_queued", struct signal_queued);
static struct slab_cache user_cache = SLAB_CACHE("signal_user", struct signal_user);
static struct spinlock users_lock = SPINLOCK_INIT("signal_users", LOCK_OBJECT);
static struct list users[USER_BUCKETS];
/* Root is charged again and again: its entry needs no memory and always stays. */
static struct signal_user root_user;

static struct signal_user *user_find(uint32_t uid)
{
	struct list *bucket = &users[uid % USER_BUCKETS];
	struct signal_user *user;

	if (uid == 0)
		return &root_user;
	if (!bucket->next)
		list_init(bucket);
	list_for_each (user, bucket, link) {
		if (user->uid == uid)
			return user;
	}
	return NULL;
}

/* Count one more entry for `uid`, unless it has `limit` already. */
static bool user_charge(uint32_t uid, uint64_t limit)
{
	bool is_charged = false;

	spin_lock(&users_lock);
	struct signal_user *user = user_find(uid);
	if (!user && limit > 0) {
		user = slab_alloc(&user_cache);
		if (user) {
			user->uid = uid;
			list_push(&users[uid % USER_BUCKETS], &user->link);
		}
	}
	if (user && user->queued < limit) {
		user->queued++;
		is_charged = true;
	}
	spin_unlock(&users_lock);
	return is_charged;
}

static void user_uncharge(uint32_t uid)
{
	spin_lock(&users_lock);
	struct signal_user *user = user_find(uid);
	if (user && --user->queued == 0 && user != &root_user) {
		list_remove(&user->link);
		slab_free(&user_cache, user);
	}
	spin_unlock(&users_lock);
}

uint64_t signal_queued_count(uint32_t uid)
{
	spin_lock(&users_lock);
	struct signal_user *user = user_find(uid);
	uint64_t count = user ? user->queued : 0;
	spin_unlock(&users_lock);
	return count;
}

void sigpending_init(struct sigpending *pending)
{
	pending->set = 0;
	list_init(&pending->queue);
}

static void queued_free(struct signal_queued *queued)
{
	list_remove(&queued->link);
	if (unlikely(queued->is_counted))
		user_uncharge(queued->uid);
	slab_free(&queued_cache, queued);
}

void sigpending_drop(struct sigpending *pending, uint64_t set)
{
	struct signal_queued *queued, *following;

	if (!(pending->set & set))
		return;
	pending->set &= ~set;
	list_for_each_safe (queued, following, &pending->queue, link) {
		if (set & SIGNAL_BIT(queued->info.signal))
			queued_free(queued);
	}
}

void sigpending_flush(struct sigpending *pending)
{
	sigpending_drop(pending, UINT64_MAX);
}

/* No entry can be had: the number alone is kept, where nothing more was promised. */
static int add_without_entry(struct sigpending *pending, const struct signal_info *info)
{
	if (info->signal >= SIGRTMIN && info->code != SI_USER)
		return -EAGAIN;
	pending->set |= SIGNAL_BIT(info->signal);
	return 0;
}

HOT_CODE int sigpending_add(struct sigpending *pending, const struct signal_info *info, struct process *owner)
{
	uint64_t bit = SIGNAL_BIT(info->signal);
	bool is_standard = info->signal < SIGRTMIN;

	if (is_standard && (pending->set & bit))
		return 1;
	/* Standard signals of kill and of the kernel are never lost: the limit is not for them. */
	bool is_counted = !is_standard || info->code < 0;
	uint32_t uid = 0;
	if (is_counted) {
		const struct cred *cred = owner->leader ? owner->leader->cred : NULL;
		uid = cred ? cred->uid : 0;
		if (!user_charge(uid, owner->limits.of[RLIMIT_SIGPENDING].soft))
			return add_without_entry(pending, info);
	}
	struct signal_queued *queued = slab_alloc_raw(&queued_cache);
	if (unlikely(!queued)) {
		if (is_counted)
			user_uncharge(uid);
		return add_without_entry(pending, info);
	}
	queued->info = *info;
	queued->uid = uid;
	queued->is_counted = is_counted;
	list_append(&pending->queue, &queued->link);
	pending->set |= bit;
	return 0;
}

int sigpending_take(struct sigpending *pending, uint64_t set, struct signal_info *info)
{
	uint64_t ready = pending->set & set;

	if (!ready)
		return 0;
	if (ready & SIGNALS_SYNCHRONOUS)
		ready &= SIGNALS_SYNCHRONOUS;
	int signal = __builtin_ctzll(ready) + 1;
	struct signal_queued *queued, *following, *found = NULL;
	bool has_another = false;
	list_for_each_safe (queued, following, &pending->queue, link) {
		if (queued->info.signal != signal)
			continue;
		if (found) {
			has_another = true;
			break;
		}
		found = queued;
	}
	if (!has_another)
		pending->set &= ~SIGNAL_BIT(signal);
	if (found) {
		*info = found->info;
		queued_free(found);
	} else {
		/* Memory was short when it was sent: the number is all that is known. */
		memset(info, 0, sizeof(*info));
		info->signal = signal;
	}
	return signal;
}
