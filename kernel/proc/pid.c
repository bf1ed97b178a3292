/*
 * Ids by number. 1,024 chains keep a look-up at a few steps for thousands of processes, and the table within four
 * pages.
 */
#include "proc/pid.h"
#include "mem/slab.h"

#define HASH_SIZE 1024

static struct slab_cache pid_cache = SLAB_CACHE("pid", struct pid);
static struct list hash[HASH_SIZE]; /* tree_lock; a chain is made when it is first needed */
static int32_t last_number;         /* tree_lock */
static uint64_t numbers_taken;      /* tree_lock */

struct pid *pid_find_locked(int32_t number)
{
	struct list *chain = &hash[(uint32_t)number % HASH_SIZE];
	struct pid *pid;

	if (!chain->next)
		return NULL;
	list_for_each (pid, chain, hash_link) {
		if (pid->number == number)
			return pid;
	}
	return NULL;
}

/* The next free number behind the last one given out; 0 when all are taken. */
static int32_t next_free_number(void)
{
	int32_t number = last_number;

	for (int32_t tries = 0; tries < PID_LIMIT; tries++) {
		if (++number >= PID_LIMIT)
			number = PID_RESERVED;
		if (!pid_find_locked(number))
			return number;
	}
	return 0;
}

static void hash_insert(struct pid *pid)
{
	struct list *chain = &hash[(uint32_t)pid->number % HASH_SIZE];

	if (!chain->next)
		list_init(chain);
	list_push(chain, &pid->hash_link);
	numbers_taken++;
}

struct pid *pid_alloc(int32_t wanted)
{
	struct pid *pid = slab_alloc(&pid_cache);

	if (!pid)
		return err_ptr(-ENOMEM);
	refcount_init(&pid->refs, 1);
	list_init(&pid->group);
	list_init(&pid->session);
	waitq_init(&pid->exit_waiters);
	spin_lock(&tree_lock);
	int error = 0;
	if (wanted && pid_find_locked(wanted))
		error = -EEXIST;
	else if (wanted)
		pid->number = wanted;
	else if ((pid->number = next_free_number()) != 0)
		last_number = pid->number;
	else
		error = -EAGAIN;
	if (!error)
		hash_insert(pid);
	spin_unlock(&tree_lock);
	if (error) {
		slab_free(&pid_cache, pid);
		return err_ptr(error);
	}
	return pid;
}

void pid_release_number(struct pid *pid)
{
	if (pid->thread || pid->process || !list_is_empty(&pid->group) || !list_is_empty(&pid->session))
		return;
	if (list_is_empty(&pid->hash_link))
		return;
	list_remove(&pid->hash_link);
	numbers_taken--;
}

void pid_discard(struct pid *pid)
{
	spin_lock(&tree_lock);
	pid_release_number(pid);
	spin_unlock(&tree_lock);
	pid_put(pid);
}

struct pid *pid_find(int32_t number)
{
	spin_lock(&tree_lock);
	struct pid *pid = pid_find_locked(number);
	if (pid)
		pid_get(pid);
	spin_unlock(&tree_lock);
	return pid;
}

void pid_get(struct pid *pid)
{
	refcount_get(&pid->refs);
}

void pid_put(struct pid *pid)
{
	if (!refcount_put(&pid->refs))
		return;
	KERNEL_ASSERT(list_is_empty(&pid->hash_link));
	slab_free(&pid_cache, pid);
}

uint64_t pid_count(void)
{
	return numbers_taken;
}

int32_t pid_last(void)
{
	return last_number;
}

void pid_check(struct check *check)
{
	uint64_t found = 0;

	for (unsigned i = 0; i < HASH_SIZE; i++) {
		const struct pid *pid;
		if (!hash[i].next)
			continue;
		list_for_each (pid, &hash[i], hash_link) {
			CHECK_THAT(check, (uint32_t)pid->number % HASH_SIZE == i && refcount_read(&pid->refs) > 0,
				   "number %d: in chain %u with %u refs", pid->number, i, refcount_read(&pid->refs));
			CHECK_THAT(check, !pid->thread || thread_proc(pid->thread)->pid == pid,
				   "number %d: its thread has another", pid->number);
			found++;
		}
	}
	CHECK_THAT(check, found == numbers_taken, "%lu numbers are taken, counted %lu", found, numbers_taken);
}
