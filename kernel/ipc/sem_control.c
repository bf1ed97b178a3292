/*
 * semctl(2), and what /proc shows of semaphore sets.
 */
#include "arch/x86_64/uaccess.h"
#include "fs/file.h"
#include "ipc/sem.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"

static int64_t limits_to_user(struct ipc_namespace *space, bool in_use, uaddr_t buffer)
{
	struct seminfo info;
	int32_t highest;

	memset(&info, 0, sizeof(info));
	info.semmni = space->semmni;
	info.semmns = space->semmns;
	info.semmsl = space->semmsl;
	info.semopm = space->semopm;
	info.semvmx = SEM_VALUE_MOST;
	info.semmap = SEMMAP;
	info.semmnu = SEMMNU;
	info.semume = SEMUME;
	info.semusz = SEMUSZ;
	info.semaem = SEM_VALUE_MOST;
	spin_lock(&space->semaphores.lock);
	if (in_use) {
		info.semusz = (int)space->semaphores.in_use;
		info.semaem = (int)space->semaphores_in_use;
	}
	highest = ipc_set_highest(&space->semaphores);
	spin_unlock(&space->semaphores.lock);
	return copy_to_user(buffer, &info, sizeof(info)) ? -EFAULT : highest;
}

/* IPC_STAT by id, SEM_STAT and SEM_STAT_ANY by index, which return the id. */
static int64_t status_to_user(struct ipc_namespace *space, int32_t id, int command, uaddr_t buffer)
{
	struct semid64_ds status;
	struct ipc_object *object;
	int64_t result = -EINVAL;

	memset(&status, 0, sizeof(status));
	spin_lock(&space->semaphores.lock);
	object = command == IPC_STAT ? ipc_set_find(&space->semaphores, id) : ipc_set_at(&space->semaphores, id);
	if (object)
		result = command == SEM_STAT_ANY ? 0 : ipc_check_access(object, IPC_MAY_READ);
	if (!result) {
		ipc_perm_fill(&status.sem_perm, object);
		spin_lock(&object->lock);
		status.sem_otime = sem_of(object)->operation_time;
		status.sem_ctime = sem_of(object)->change_time;
		spin_unlock(&object->lock);
		status.sem_nsems = sem_of(object)->count;
		result = command == IPC_STAT ? 0 : object->id;
	}
	spin_unlock(&space->semaphores.lock);
	if (result >= 0 && copy_to_user(buffer, &status, sizeof(status)))
		return -EFAULT;
	return result;
}

static int64_t set_status(struct ipc_namespace *space, int32_t id, uaddr_t buffer)
{
	struct semid64_ds status;
	struct ipc_object *object;
	int error = -EINVAL;

	if (copy_from_user(&status, buffer, sizeof(status)))
		return -EFAULT;
	spin_lock(&space->semaphores.lock);
	object = ipc_set_find(&space->semaphores, id);
	if (object)
		error = ipc_check_owner(object);
	if (!error)
		error = ipc_perm_apply(object, &status.sem_perm);
	if (!error) {
		spin_lock(&object->lock);
		sem_of(object)->change_time = timestamp_now().sec;
		spin_unlock(&object->lock);
	}
	spin_unlock(&space->semaphores.lock);
	return error;
}

/* Out of the namespace: who waits is told. The namespace's lock is held; the caller drops the set's reference. */
static void take_out(struct ipc_namespace *space, struct sem_set *set)
{
	struct sem_wait *wait, *following;

	ipc_set_remove(&space->semaphores, &set->object);
	space->semaphores_in_use -= set->count;
	spin_lock(&set->object.lock);
	set->object.is_removed = true;
	sem_undo_forget(set);
	list_for_each_safe (wait, following, &set->waiting, link)
		sem_finish(wait, -EIDRM);
	spin_unlock(&set->object.lock);
}

static int64_t remove_set(struct ipc_namespace *space, int32_t id)
{
	struct ipc_object *object;
	int error = -EINVAL;

	spin_lock(&space->semaphores.lock);
	object = ipc_set_find(&space->semaphores, id);
	if (object)
		error = ipc_check_owner(object);
	if (!error)
		take_out(space, sem_of(object));
	spin_unlock(&space->semaphores.lock);
	if (!error)
		ipc_object_put(object);
	return error;
}

void sem_remove_all(struct ipc_namespace *space)
{
	struct ipc_object *object;

	do {
		spin_lock(&space->semaphores.lock);
		object = ipc_set_first(&space->semaphores);
		if (object)
			take_out(space, sem_of(object));
		spin_unlock(&space->semaphores.lock);
		if (object)
			ipc_object_put(object);
	} while (object);
}

/* A counter was set: nothing is to be taken back from it any more. The set's lock is held. */
static void forget_adjustments(struct sem_set *set, uint32_t number)
{
	struct sem_undo *undo;

	list_for_each (undo, &set->undos, set_link)
		undo->adjust[number] = 0;
}

static void set_value(struct sem_set *set, uint32_t number, int32_t value)
{
	set->semaphores[number].value = value;
	set->semaphores[number].last_pid = file_process_hook();
	forget_adjustments(set, number);
	set->change_time = timestamp_now().sec;
}

static int64_t set_one(struct ipc_namespace *space, int32_t id, uint32_t number, int32_t value)
{
	struct sem_set *set;
	int64_t result = 0;

	if (value < 0 || value > SEM_VALUE_MOST)
		return -ERANGE;
	set = sem_find(space, id, 0);
	if (is_err(set))
		return ptr_err(set);
	if (number >= set->count)
		result = -EINVAL;
	else
		result = ipc_may_use(&space->semaphores, &set->object, IPC_MAY_WRITE);
	spin_lock(&set->object.lock);
	if (!result && set->object.is_removed)
		result = -EIDRM;
	if (!result) {
		set_value(set, number, value);
		sem_serve(set);
	}
	spin_unlock(&set->object.lock);
	ipc_object_put(&set->object);
	return result;
}

/* SETALL: `values` are in kernel memory. */
static int64_t set_all(struct sem_set *set, const uint16_t *values)
{
	int64_t result = 0;

	for (uint32_t i = 0; i < set->count; i++) {
		if (values[i] > SEM_VALUE_MOST)
			return -ERANGE;
	}
	spin_lock(&set->object.lock);
	if (set->object.is_removed)
		result = -EIDRM;
	for (uint32_t i = 0; i < set->count && !result; i++)
		set_value(set, i, values[i]);
	if (!result)
		sem_serve(set);
	spin_unlock(&set->object.lock);
	return result;
}

static int64_t get_all(struct sem_set *set, uint16_t *values)
{
	int64_t result = 0;

	spin_lock(&set->object.lock);
	if (set->object.is_removed)
		result = -EIDRM;
	for (uint32_t i = 0; i < set->count; i++)
		values[i] = (uint16_t)set->semaphores[i].value;
	spin_unlock(&set->object.lock);
	return result;
}

static int64_t transfer_all(struct ipc_namespace *space, int32_t id, int command, uaddr_t buffer)
{
	struct sem_set *set = sem_find(space, id, command == SETALL ? IPC_MAY_WRITE : IPC_MAY_READ);
	uint16_t *values;
	int64_t result;

	if (is_err(set))
		return ptr_err(set);
	values = kzalloc(set->count * sizeof(*values));
	if (!values)
		result = -ENOMEM;
	else if (command == GETALL)
		result = get_all(set, values);
	else
		result = copy_from_user(values, buffer, set->count * sizeof(*values));
	if (!result && command == GETALL)
		result = copy_to_user(buffer, values, set->count * sizeof(*values));
	else if (!result)
		result = set_all(set, values);
	kfree(values);
	ipc_object_put(&set->object);
	return result;
}

/* How many wait for this one: to become zero, or to grow. The set's lock is held. */
static int64_t count_waiting(const struct sem_set *set, uint32_t number, bool for_zero)
{
	struct sem_wait *wait;
	int64_t count = 0;

	list_for_each (wait, &set->waiting, link) {
		if (wait->blocking->sem_num == number && (wait->blocking->sem_op == 0) == for_zero)
			count++;
	}
	return count;
}

static int64_t look_at_one(struct ipc_namespace *space, int32_t id, uint32_t number, int command)
{
	struct sem_set *set = sem_find(space, id, IPC_MAY_READ);
	int64_t result = -EINVAL;

	if (is_err(set))
		return ptr_err(set);
	spin_lock(&set->object.lock);
	if (set->object.is_removed)
		result = -EIDRM;
	else if (number >= set->count)
		result = -EINVAL;
	else if (command == GETVAL)
		result = set->semaphores[number].value;
	else if (command == GETPID)
		result = set->semaphores[number].last_pid;
	else
		result = count_waiting(set, number, command == GETZCNT);
	spin_unlock(&set->object.lock);
	ipc_object_put(&set->object);
	return result;
}

int64_t sem_control(int32_t id, int32_t number, int command, uint64_t argument)
{
	struct ipc_namespace *space = current_ipc();

	if (id < 0)
		return -EINVAL;
	switch (command) {
	case IPC_INFO:
	case SEM_INFO:
		return limits_to_user(space, command == SEM_INFO, argument);
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY:
		return status_to_user(space, id, command, argument);
	case GETALL:
	case SETALL:
		return transfer_all(space, id, command, argument);
	case GETVAL:
	case GETPID:
	case GETNCNT:
	case GETZCNT:
		return look_at_one(space, id, (uint32_t)number, command);
	case SETVAL:
		return set_one(space, id, (uint32_t)number, (int32_t)argument);
	case IPC_SET:
		return set_status(space, id, argument);
	case IPC_RMID:
		return remove_set(space, id);
	default:
		return -EINVAL;
	}
}

bool sem_view_next(struct ipc_namespace *space, int32_t *index, struct sem_view *view)
{
	struct ipc_object *object;

	spin_lock(&space->semaphores.lock);
	object = ipc_set_next(&space->semaphores, index);
	if (object) {
		spin_lock(&object->lock);
		*view = (struct sem_view){
			.object = *object,
			.count = sem_of(object)->count,
			.operation_time = sem_of(object)->operation_time,
			.change_time = sem_of(object)->change_time,
		};
		spin_unlock(&object->lock);
	}
	spin_unlock(&space->semaphores.lock);
	return object != NULL;
}
