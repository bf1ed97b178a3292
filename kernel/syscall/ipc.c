/* System calls of System V shared memory. */
#include "ipc/shm.h"
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
