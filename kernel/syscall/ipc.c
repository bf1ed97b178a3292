/* System calls of System V shared memory, semaphores and message queues. */
#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "ipc/msg.h"
#include "ipc/sem.h"
#include "ipc/shm.h"
#include "lib/errno.h"
#include "proc/time.h"
#include "syscall/calls.h"

int64_t sys_shmget(int32_t key, uint64_t bytes, int32_t flags)
{
	return shm_get(key, bytes, flags);
}

int64_t sys_shmat(int32_t id, address_t address, int32_t flags)
{
	return shm_attach(id, address, flags);
}

int64_t sys_shmctl(int32_t id, int32_t command, user_io_t buffer)
{
	return shm_control(id, command, buffer);
}

int64_t sys_shmdt(address_t address)
{
	return shm_detach(address);
}

int64_t sys_semget(int32_t key, int32_t count, int32_t flags)
{
	return sem_get(key, count, flags);
}

int64_t sys_semop(int32_t id, user_in_t operations, uint32_t count)
{
	return sem_operate(id, operations, count, TIME_NEVER, 0);
}

int64_t sys_semctl(int32_t id, int32_t number, int32_t command, uint64_t argument)
{
	return sem_control(id, number, command, argument);
}

int64_t sys_semtimedop(int32_t id, user_in_t operations, uint32_t count, user_in_t timeout)
{
	uint64_t ns, deadline_ns = TIME_NEVER;
	int error = timeout ? timespec_from_user(&ns, timeout) : 0;

	if (error == -EFAULT)
		return error;
	if (timeout && !error && __builtin_add_overflow(clock_monotonic_ns(), ns, &deadline_ns))
		deadline_ns = TIME_NEVER;
	return sem_operate(id, operations, count, deadline_ns, error);
}

/* A message of programs is its type and behind it its bytes. */
int64_t sys_msgsnd(int32_t id, user_in_t message, uint64_t bytes, int32_t flags)
{
	uint64_t type;

	if (get_user_u64(&type, message))
		return -EFAULT;
	return msg_send(id, (int64_t)type, message + sizeof(type), bytes, flags);
}

int64_t sys_msgrcv(int32_t id, user_out_t message, uint64_t bytes, int64_t type, int32_t flags)
{
	return msg_receive(id, message, bytes, type, flags);
}

int64_t sys_msgget(int32_t key, int32_t flags)
{
	return msg_get(key, flags);
}

int64_t sys_msgctl(int32_t id, int32_t command, user_io_t buffer)
{
	return msg_control(id, command, buffer);
}
