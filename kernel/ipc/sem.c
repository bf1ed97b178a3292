/*
 * Semaphore sets: made, operated on, waited for. See ipc/sem.h.
 */
#include "ipc/sem.h"

#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "fs/file.h"
#include "lib/errno.h"
#include "mem/slab.h"
#include "trace/trace.h"

#define ADJUST_LEAST     (-SEM_VALUE_MOST - 1)
#define OPERATIONS_STACK 8 /* as many need no memory */

void sem_limits_init(struct ipc_namespace *space)
{
	space->semmsl = SEMMSL;
	space->semmns = SEMMNS;
	space->semopm = SEMOPM;
	space->semmni = SEMMNI;
}

/* -- semget -- */

static void sem_destroy(struct ipc_object *object)
{
	kfree(sem_of(object));
}

static int check_found(const struct ipc_making *making, const struct ipc_object *object)
{
	return making->size > container_of(object, struct sem_set, object)->count ? -EINVAL : 0;
}

static int check_new(const struct ipc_making *making)
{
	const struct ipc_namespace *space = making->space;

	if (!making->size)
		return -EINVAL;
	return (int64_t)(space->semaphores_in_use + making->size) > space->semmns ? -ENOSPC : 0;
}

static struct ipc_object *create_set(const struct ipc_making *making)
{
	struct sem_set *set = kzalloc(sizeof(*set) + making->size * sizeof(set->semaphores[0]));

	if (!set)
		return NULL;
	ipc_object_init(&set->object, making->key, making->flags, sem_destroy);
	set->count = (uint32_t)making->size;
	set->change_time = timestamp_now().sec;
	list_init(&set->waiting);
	list_init(&set->undos);
	return &set->object;
}

static void set_added(const struct ipc_making *making, struct ipc_object *object)
{
	making->space->semaphores_in_use += sem_of(object)->count;
}

static const struct ipc_maker sem_maker = {
	.check_found = check_found,
	.check_new = check_new,
	.create = create_set,
	.added = set_added,
	.discard = ipc_object_put,
};

int64_t sem_get(int32_t key, int32_t count, int flags)
{
	struct ipc_namespace *space = current_ipc();
	struct ipc_making making = {
		.maker = &sem_maker,
		.space = space,
		.set = &space->semaphores,
		.most = (uint32_t)space->semmni,
		.key = key,
		.flags = flags,
		.size = (uint64_t)count,
	};

	if (count < 0 || count > space->semmsl)
		return -EINVAL;
	return ipc_make(&making);
}

struct sem_set *sem_find(struct ipc_namespace *space, int32_t id, uint32_t wanted)
{
	struct ipc_object *object = ipc_get_object(&space->semaphores, id, wanted);

	return is_err(object) ? (void *)object : sem_of(object);
}

/* -- operations -- */

/* Take back the first `count` operations. */
static void revert(struct sem_set *set, const struct sem_wait *wait, uint32_t count)
{
	while (count-- > 0) {
		const struct sembuf *operation = &wait->operations[count];

		set->semaphores[operation->sem_num].value -= operation->sem_op;
		if (operation->sem_flg & SEM_UNDO)
			wait->undo->adjust[operation->sem_num] =
				(int16_t)(wait->undo->adjust[operation->sem_num] + operation->sem_op);
	}
}

/* One of them: as try. */
static int try_one(struct sem_set *set, struct sem_wait *wait, const struct sembuf *operation)
{
	struct semaphore *semaphore = &set->semaphores[operation->sem_num];
	int32_t value = semaphore->value + operation->sem_op;

	if ((operation->sem_op == 0 && value != 0) || value < 0) {
		wait->blocking = operation;
		return operation->sem_flg & IPC_NOWAIT ? -EAGAIN : 1;
	}
	if (value > SEM_VALUE_MOST)
		return -ERANGE;
	if (operation->sem_flg & SEM_UNDO) {
		int32_t adjust = wait->undo->adjust[operation->sem_num] - operation->sem_op;

		if (adjust < ADJUST_LEAST || adjust > SEM_VALUE_MOST)
			return -ERANGE;
		wait->undo->adjust[operation->sem_num] = (int16_t)adjust;
	}
	semaphore->value = value;
	return 0;
}

/* All or none: as try, but who did it and when is not noted. */
static int attempt(struct sem_set *set, struct sem_wait *wait)
{
	int result = 0;

	KERNEL_ASSERT(spin_is_held(&set->object.lock));
	for (uint32_t i = 0; i < wait->count; i++) {
		result = try_one(set, wait, &wait->operations[i]);
		if (result) {
			revert(set, wait, i);
			return result;
		}
	}
	return 0;
}

static void note(struct sem_set *set, const struct sem_wait *wait)
{
	for (uint32_t i = 0; i < wait->count; i++)
		set->semaphores[wait->operations[i].sem_num].last_pid = wait->pid;
	set->operation_time = timestamp_now().sec;
}

/* Try: 0 done, 1 it would have to wait, -EAGAIN, -ERANGE. The set's lock is held. */
static int try(struct sem_set *set, struct sem_wait *wait)
{
	int result = attempt(set, wait);

	if (result == 0)
		note(set, wait);
	return result;
}

void sem_finish(struct sem_wait *wait, int result)
{
	list_remove(&wait->link);
	wait->result = result;
	wait->is_done = true;
	waitq_wake_one(&wait->queue);
}

/* Those that only wait for zeros take nothing from each other. */
static void serve_watchers(struct sem_set *set)
{
	struct sem_wait *wait, *following;

	list_for_each_safe (wait, following, &set->waiting, link) {
		int result = wait->alters ? 1 : try(set, wait);

		if (result <= 0)
			sem_finish(wait, result);
	}
}

/* Of those whose operations are possible the first, or the one that the seed chooses. */
static unsigned choose(struct sem_set *set)
{
	struct sem_wait *wait;
	unsigned possible = 0;

	if (!choice_is_seeded)
		return 0;
	list_for_each (wait, &set->waiting, link) {
		if (wait->alters && attempt(set, wait) == 0) {
			revert(set, wait, wait->count);
			possible++;
		}
	}
	return possible > 1 ? choice_pick(CHOICE_WAITER, possible, 0) : 0;
}

/* Do the operations of one waiter that change something. False: those of nobody are possible. */
static bool serve_one(struct sem_set *set)
{
	struct sem_wait *wait, *following;
	unsigned chosen = choose(set);

	list_for_each_safe (wait, following, &set->waiting, link) {
		int result = wait->alters ? attempt(set, wait) : 1;

		if (result == 0 && chosen > 0) {
			revert(set, wait, wait->count);
			chosen--;
			continue;
		}
		if (result == 0)
			note(set, wait);
		if (result <= 0)
			sem_finish(wait, result);
		if (result == 0)
			return true;
	}
	return false;
}

void sem_serve(struct sem_set *set)
{
	do {
		serve_watchers(set);
	} while (serve_one(set));
}

/* In the set's queue until somebody has finished it. The set's lock is held, and let go meanwhile. */
static int wait_for_turn(struct sem_set *set, struct sem_wait *mine, uint64_t deadline_ns)
{
	struct wait wait = WAIT(WAIT_SEMAPHORE, set->object.id, deadline_ns);
	int error = 0;

	waitq_init(&mine->queue);
	list_append(&set->waiting, &mine->link);
	while (!mine->is_done && !error) {
		waitq_add(&mine->queue, &wait);
		spin_unlock(&set->object.lock);
		error = wait_block(&wait, WAIT_INTERRUPTIBLE);
		spin_lock(&set->object.lock);
	}
	wait_done(&wait);
	if (mine->is_done)
		return mine->result;
	list_remove(&mine->link);
	return error == -ETIMEDOUT ? -EAGAIN : -EINTR;
}

/* What was done, operation by operation: the number of the semaphore and by how much. */
static void trace_operations(const struct sem_set *set, const struct sem_wait *wait)
{
	for (uint32_t i = 0; i < wait->count && (trace_is_on(TRACE_SEND) || trace_is_on(TRACE_RECEIVE)); i++) {
		const struct sembuf *operation = &wait->operations[i];
		int32_t by = operation->sem_op;

		if (by)
			trace(by > 0 ? TRACE_SEND : TRACE_RECEIVE, set->object.id, MESSAGE_SEMAPHORE, 0,
			      (uint64_t)operation->sem_num << 32 | (uint32_t)(by < 0 ? -by : by));
	}
}

static int operate_locked(struct sem_set *set, struct sem_wait *mine, uint64_t deadline_ns)
{
	int result;

	if (set->object.is_removed)
		return -EIDRM;
	result = try(set, mine);
	if (result == 0)
		trace_operations(set, mine);
	if (result == 0 && mine->alters)
		sem_serve(set);
	if (result <= 0)
		return result;
	result = wait_for_turn(set, mine, deadline_ns);
	if (result == 0)
		trace_operations(set, mine);
	return result;
}

/* Look through what is asked for: the largest number of a semaphore. */
static uint32_t survey(struct sem_wait *mine, bool *has_undo)
{
	uint32_t largest = 0;

	*has_undo = false;
	for (uint32_t i = 0; i < mine->count; i++) {
		const struct sembuf *operation = &mine->operations[i];

		largest = MAX(largest, (uint32_t)operation->sem_num);
		mine->alters |= operation->sem_op != 0;
		*has_undo |= (operation->sem_flg & SEM_UNDO) != 0;
	}
	return largest;
}

static int64_t operate(int32_t id, struct sem_wait *mine, uint64_t deadline_ns)
{
	bool has_undo;
	uint32_t largest = survey(mine, &has_undo);
	struct sem_set *set = sem_find(current_ipc(), id, 0);
	int result = 0;

	if (is_err(set))
		return ptr_err(set);
	if (largest >= set->count)
		result = -EFBIG;
	else
		result = ipc_may_use(&current_ipc()->semaphores, &set->object,
				     mine->alters ? IPC_MAY_WRITE : IPC_MAY_READ);
	if (!result && has_undo) {
		mine->undo = sem_undo_for(set);
		if (is_err(mine->undo))
			result = (int)ptr_err(mine->undo);
	}
	if (!result) {
		spin_lock(&set->object.lock);
		result = operate_locked(set, mine, deadline_ns);
		spin_unlock(&set->object.lock);
	}
	ipc_object_put(&set->object);
	return result;
}

int64_t sem_operate(int32_t id, uaddr_t operations, uint32_t count, uint64_t deadline_ns, int timeout_error)
{
	struct sembuf few[OPERATIONS_STACK], *copy = few;
	struct sem_wait mine = {.count = count, .pid = file_process_hook()};
	int64_t result;

	if (count > (uint32_t)MAX(current_ipc()->semopm, 0))
		return -E2BIG;
	if (count < 1)
		return -EINVAL;
	if (count > OPERATIONS_STACK) {
		copy = kmalloc(count * sizeof(*copy));
		if (!copy)
			return -ENOMEM;
	}
	mine.operations = copy;
	if (copy_from_user(copy, operations, count * sizeof(*copy)))
		result = -EFAULT;
	else
		result = timeout_error ? timeout_error : operate(id, &mine, deadline_ns);
	if (copy != few)
		kfree(copy);
	return result;
}
