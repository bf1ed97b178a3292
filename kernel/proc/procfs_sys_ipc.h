/* The rows of /proc/sys/kernel that procfs_sys_ipc.c shows and takes. */
#ifndef NAMU_PROC_PROCFS_SYS_IPC_H
#define NAMU_PROC_PROCFS_SYS_IPC_H

#include "proc/procfs_private.h"

#define PROC_SYS_IPC(ROW) \
	ROW(auto_msgmni)  \
	ROW(msgmax)       \
	ROW(msgmnb)       \
	ROW(msgmni)       \
	ROW(msg_next_id)  \
	ROW(sem) ROW(sem_next_id) ROW(shmall) ROW(shmmax) ROW(shmmni) ROW(shm_next_id) ROW(shm_rmid_forced)

/* The same for /proc/sys/fs/mqueue. */
#define PROC_SYS_MQUEUE(ROW) ROW(msg_default) ROW(msg_max) ROW(msgsize_default) ROW(msgsize_max) ROW(queues_max)

#define PROC_SYS_IPC_PROTOTYPES(name)                                                   \
	int proc_show_##name(struct proc_text *text, const struct proc_target *target); \
	int proc_write_##name(const struct proc_target *target, const char *text, size_t bytes);
PROC_SYS_IPC(PROC_SYS_IPC_PROTOTYPES)
PROC_SYS_MQUEUE(PROC_SYS_IPC_PROTOTYPES)

extern const struct proc_entry proc_sys_mqueue_entries[]; /* fs/mqueue */

#endif
