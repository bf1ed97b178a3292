/* The calls of errors_ipc.c: a kind of object, a name and an expression each. */
#ifndef ERRORS_IPC_ROWS_H
#define ERRORS_IPC_ROWS_H

/* clang-format off */
#define ROWS(ROW)                                                                                                  \
	ROW(SHM, "shmat", map(raw(SYS_shmat, id, 0, 0)))                                                           \
	ROW(SHM, "shmat for reading", map(raw(SYS_shmat, id, 0, SHM_RDONLY)))                                      \
	ROW(SHM, "shmat for executing", map(raw(SYS_shmat, id, 0, SHM_EXEC)))                                      \
	ROW(SHM, "shmat at an odd address", map(raw(SYS_shmat, id, 0x500000001, 0)))                               \
	ROW(SHM, "shmat at an odd address, rounded", map(raw(SYS_shmat, id, 0x500000001, SHM_RND)))                \
	ROW(SHM, "shmat at the lowest address", map(raw(SYS_shmat, id, 1, SHM_RND | SHM_REMAP)))                   \
	ROW(SHM, "shmat over nothing", map(raw(SYS_shmat, id, 0, SHM_REMAP)))                                      \
	ROW(SHM, "shmat where something is", map(raw(SYS_shmat, id, in_the_way, 0)))                               \
	ROW(SHM, "shmat over something", map(raw(SYS_shmat, id, in_the_way, SHM_REMAP)))                           \
	ROW(SHM, "shmat in the kernel", map(raw(SYS_shmat, id, KERNEL, 0)))                                        \
	ROW(SHM, "shmat with unknown flags", map(raw(SYS_shmat, id, 0, 1)))                                        \
	ROW(SHM, "shmdt of nothing", raw(SYS_shmdt, 0x500000000))                                                  \
	ROW(SHM, "shmdt of an odd address", raw(SYS_shmdt, 0x500000001))                                           \
	ROW(SHM, "shmctl IPC_STAT", raw(SYS_shmctl, id, IPC_STAT, buffer))                                         \
	ROW(SHM, "shmctl IPC_STAT to nowhere", raw(SYS_shmctl, id, IPC_STAT, BAD))                                 \
	ROW(SHM, "shmctl IPC_SET", change_shm(id, 0))                                                              \
	ROW(SHM, "shmctl IPC_SET to nobody", change_shm(id, -1))                                                   \
	ROW(SHM, "shmctl IPC_SET from nowhere", raw(SYS_shmctl, id, IPC_SET, BAD))                                 \
	ROW(SHM, "shmctl IPC_RMID", raw(SYS_shmctl, id, IPC_RMID, BAD))                                            \
	ROW(SHM, "shmctl IPC_INFO", one(raw(SYS_shmctl, id, IPC_INFO, buffer)))                                    \
	ROW(SHM, "shmctl IPC_INFO to nowhere", one(raw(SYS_shmctl, id, IPC_INFO, BAD)))                            \
	ROW(SHM, "shmctl SHM_INFO", one(raw(SYS_shmctl, id, SHM_INFO, buffer)))                                    \
	ROW(SHM, "shmctl SHM_STAT", one(raw(SYS_shmctl, index_of(id), SHM_STAT, buffer)))                          \
	ROW(SHM, "shmctl SHM_STAT_ANY", one(raw(SYS_shmctl, index_of(id), 15, buffer)))                            \
	ROW(SHM, "shmctl SHM_LOCK", raw(SYS_shmctl, id, SHM_LOCK, BAD))                                            \
	ROW(SHM, "shmctl SHM_UNLOCK", raw(SYS_shmctl, id, SHM_UNLOCK, BAD))                                        \
	ROW(SHM, "shmctl of an unknown command", raw(SYS_shmctl, id, 77, buffer))                                  \
	ROW(SHM, "shmctl of a negative command", raw(SYS_shmctl, id, -1, buffer))                                  \
	ROW(SEM, "semop", one_operation(id, 0, 1, 0))                                                              \
	ROW(SEM, "semop for zero", one_operation(id, 0, 0, IPC_NOWAIT))                                            \
	ROW(SEM, "semop that would wait", one_operation(id, 0, -1, IPC_NOWAIT))                                    \
	ROW(SEM, "semop beyond the largest value", one_operation(id, 1, 32767, 0))                                 \
	ROW(SEM, "semop with SEM_UNDO", one_operation(id, 0, 1, SEM_UNDO))                                         \
	ROW(SEM, "semop on a semaphore that is not there", one_operation(id, 2, 0, 0))                             \
	ROW(SEM, "semop of none", raw(SYS_semop, id, buffer, 0))                                                   \
	ROW(SEM, "semop of too many", raw(SYS_semop, id, buffer, 501))                                             \
	ROW(SEM, "semop of a negative number", raw(SYS_semop, id, buffer, -1))                                     \
	ROW(SEM, "semop from nowhere", raw(SYS_semop, id, BAD, 1))                                                 \
	ROW(SEM, "semtimedop", timed(id, 0, 1000000, 0))                                                           \
	ROW(SEM, "semtimedop of a bad time", timed(id, 0, 1000000000, 0))                                          \
	ROW(SEM, "semtimedop of a negative time", timed(id, -1, 0, 0))                                             \
	ROW(SEM, "semtimedop of a time nowhere", raw(SYS_semtimedop, id, buffer, 1, BAD))                          \
	ROW(SEM, "semtimedop of a bad time, from nowhere", timed(id, -1, 0, BAD))                                  \
	ROW(SEM, "semctl GETVAL", one(raw(SYS_semctl, id, 0, GETVAL)))                                             \
	ROW(SEM, "semctl GETVAL of one that is not there", raw(SYS_semctl, id, 2, GETVAL))                         \
	ROW(SEM, "semctl GETVAL of a negative one", raw(SYS_semctl, id, -1, GETVAL))                               \
	ROW(SEM, "semctl GETPID", one(raw(SYS_semctl, id, 0, GETPID)))                                             \
	ROW(SEM, "semctl GETNCNT", raw(SYS_semctl, id, 0, GETNCNT))                                                \
	ROW(SEM, "semctl GETZCNT", raw(SYS_semctl, id, 0, GETZCNT))                                                \
	ROW(SEM, "semctl SETVAL", raw(SYS_semctl, id, 0, SETVAL, 1))                                               \
	ROW(SEM, "semctl SETVAL too large", raw(SYS_semctl, id, 0, SETVAL, 32768))                                 \
	ROW(SEM, "semctl SETVAL negative", raw(SYS_semctl, id, 0, SETVAL, -1))                                     \
	ROW(SEM, "semctl SETVAL of one that is not there", raw(SYS_semctl, id, 2, SETVAL, 1))                      \
	ROW(SEM, "semctl GETALL", raw(SYS_semctl, id, 0, GETALL, buffer))                                          \
	ROW(SEM, "semctl GETALL to nowhere", raw(SYS_semctl, id, 0, GETALL, BAD))                                  \
	ROW(SEM, "semctl SETALL", raw(SYS_semctl, id, 0, SETALL, buffer))                                          \
	ROW(SEM, "semctl SETALL from nowhere", raw(SYS_semctl, id, 0, SETALL, BAD))                                \
	ROW(SEM, "semctl IPC_STAT", raw(SYS_semctl, id, 0, IPC_STAT, buffer))                                      \
	ROW(SEM, "semctl IPC_STAT to nowhere", raw(SYS_semctl, id, 0, IPC_STAT, BAD))                              \
	ROW(SEM, "semctl IPC_SET", change_sem(id, 0))                                                              \
	ROW(SEM, "semctl IPC_SET to nobody", change_sem(id, -1))                                                   \
	ROW(SEM, "semctl IPC_SET from nowhere", raw(SYS_semctl, id, 0, IPC_SET, BAD))                              \
	ROW(SEM, "semctl IPC_INFO", one(raw(SYS_semctl, id, 0, IPC_INFO, buffer)))                                 \
	ROW(SEM, "semctl SEM_INFO to nowhere", one(raw(SYS_semctl, id, 0, SEM_INFO, BAD)))                         \
	ROW(SEM, "semctl SEM_STAT", one(raw(SYS_semctl, index_of(id), 0, SEM_STAT, buffer)))                       \
	ROW(SEM, "semctl SEM_STAT_ANY", one(raw(SYS_semctl, index_of(id), 0, 20, buffer)))                         \
	ROW(SEM, "semctl IPC_RMID", raw(SYS_semctl, id, 0, IPC_RMID))                                              \
	ROW(SEM, "semctl of an unknown command", raw(SYS_semctl, id, 0, 77, buffer))                               \
	ROW(MSG, "msgsnd", raw(SYS_msgsnd, id, message, 8, IPC_NOWAIT))                                            \
	ROW(MSG, "msgsnd of nothing", raw(SYS_msgsnd, id, message, 0, IPC_NOWAIT))                                 \
	ROW(MSG, "msgsnd of type 0", raw(SYS_msgsnd, id, zeros, 8, IPC_NOWAIT))                                    \
	ROW(MSG, "msgsnd of too much", raw(SYS_msgsnd, id, message, 8193, IPC_NOWAIT))                             \
	ROW(MSG, "msgsnd of a negative length", raw(SYS_msgsnd, id, message, -1, IPC_NOWAIT))                      \
	ROW(MSG, "msgsnd from nowhere", raw(SYS_msgsnd, id, BAD, 8, IPC_NOWAIT))                                   \
	ROW(MSG, "msgrcv", one(raw(SYS_msgrcv, id, buffer, 8, 0, IPC_NOWAIT)))                                     \
	ROW(MSG, "msgrcv of a type that is not there", raw(SYS_msgrcv, id, buffer, 8, 9, IPC_NOWAIT))              \
	ROW(MSG, "msgrcv of other types", one(raw(SYS_msgrcv, id, buffer, 8, 9, IPC_NOWAIT | MSG_EXCEPT)))         \
	ROW(MSG, "msgrcv of small types", one(raw(SYS_msgrcv, id, buffer, 8, -9, IPC_NOWAIT)))                     \
	ROW(MSG, "msgrcv of too small a room", raw(SYS_msgrcv, id, buffer, 3, 0, IPC_NOWAIT))                      \
	ROW(MSG, "msgrcv of a part", one(raw(SYS_msgrcv, id, buffer, 3, 0, IPC_NOWAIT | MSG_NOERROR)))             \
	ROW(MSG, "msgrcv to nowhere", raw(SYS_msgrcv, id, BAD, 8, 0, IPC_NOWAIT))                                  \
	ROW(MSG, "msgrcv of a negative length", raw(SYS_msgrcv, id, buffer, -1, 0, IPC_NOWAIT))                    \
	ROW(MSG, "msgrcv of a copy", one(raw(SYS_msgrcv, id, buffer, 8, 0, IPC_NOWAIT | MSG_COPY)))                \
	ROW(MSG, "msgrcv of a copy that is not there", raw(SYS_msgrcv, id, buffer, 8, 5, IPC_NOWAIT | MSG_COPY))   \
	ROW(MSG, "msgrcv of a copy, waiting", raw(SYS_msgrcv, id, buffer, 8, 0, MSG_COPY))                         \
	ROW(MSG, "msgrcv of a copy of others", raw(SYS_msgrcv, id, buffer, 8, 0, IPC_NOWAIT | MSG_COPY | MSG_EXCEPT)) \
	ROW(MSG, "msgctl IPC_STAT", raw(SYS_msgctl, id, IPC_STAT, buffer))                                         \
	ROW(MSG, "msgctl IPC_STAT to nowhere", raw(SYS_msgctl, id, IPC_STAT, BAD))                                 \
	ROW(MSG, "msgctl IPC_SET", change_msg(id, 0))                                                              \
	ROW(MSG, "msgctl IPC_SET to nobody", change_msg(id, -1))                                                   \
	ROW(MSG, "msgctl IPC_SET from nowhere", raw(SYS_msgctl, id, IPC_SET, BAD))                                 \
	ROW(MSG, "msgctl IPC_INFO", one(raw(SYS_msgctl, id, IPC_INFO, buffer)))                                    \
	ROW(MSG, "msgctl MSG_INFO to nowhere", one(raw(SYS_msgctl, id, MSG_INFO, BAD)))                            \
	ROW(MSG, "msgctl MSG_STAT", one(raw(SYS_msgctl, index_of(id), MSG_STAT, buffer)))                          \
	ROW(MSG, "msgctl MSG_STAT_ANY", one(raw(SYS_msgctl, index_of(id), 13, buffer)))                            \
	ROW(MSG, "msgctl IPC_RMID", raw(SYS_msgctl, id, IPC_RMID, BAD))                                            \
	ROW(MSG, "msgctl of an unknown command", raw(SYS_msgctl, id, 77, buffer))                                  \
	ROW(MQ, "mq_timedsend", raw(SYS_mq_timedsend, id, buffer, 8, 1, 0))                                        \
	ROW(MQ, "mq_timedsend of too much", raw(SYS_mq_timedsend, id, buffer, 9, 1, 0))                            \
	ROW(MQ, "mq_timedsend of a negative length", raw(SYS_mq_timedsend, id, buffer, -1, 1, 0))                  \
	ROW(MQ, "mq_timedsend from nowhere", raw(SYS_mq_timedsend, id, BAD, 8, 1, 0))                              \
	ROW(MQ, "mq_timedsend of too high a priority", raw(SYS_mq_timedsend, id, buffer, 8, 32768, 0))             \
	ROW(MQ, "mq_timedsend until nowhere", raw(SYS_mq_timedsend, id, buffer, 8, 1, BAD))                        \
	ROW(MQ, "mq_timedsend until a bad time", raw(SYS_mq_timedsend, id, buffer, 8, 1, bad_time))                \
	ROW(MQ, "mq_timedreceive", one(raw(SYS_mq_timedreceive, id, buffer, 8, 0, 0)))                             \
	ROW(MQ, "mq_timedreceive to too little", raw(SYS_mq_timedreceive, id, buffer, 7, 0, 0))                    \
	ROW(MQ, "mq_timedreceive to nowhere", raw(SYS_mq_timedreceive, id, BAD, 8, 0, 0))                          \
	ROW(MQ, "mq_timedreceive until a bad time", raw(SYS_mq_timedreceive, id, buffer, 8, 0, bad_time))          \
	ROW(MQ, "mq_timedreceive until nowhere", raw(SYS_mq_timedreceive, id, buffer, 8, 0, BAD))                  \
	ROW(MQ, "mq_notify of nothing", raw(SYS_mq_notify, id, 0))                                                 \
	ROW(MQ, "mq_notify from nowhere", raw(SYS_mq_notify, id, BAD))                                             \
	ROW(MQ, "mq_getsetattr", raw(SYS_mq_getsetattr, id, 0, buffer))                                            \
	ROW(MQ, "mq_getsetattr to nowhere", raw(SYS_mq_getsetattr, id, 0, BAD))                                    \
	ROW(MQ, "mq_getsetattr from nowhere", raw(SYS_mq_getsetattr, id, BAD, 0))                                  \
	ROW(MQ, "mq_getsetattr of nothing", raw(SYS_mq_getsetattr, id, 0, 0))                                      \
	ROW(MQ, "mq_getsetattr of unknown flags", raw(SYS_mq_getsetattr, id, ones, 0))                             \
	ROW(MQ, "write", raw(SYS_write, id, buffer, 8))                                                            \
	ROW(MQ, "read", one(raw(SYS_read, id, buffer, 8)))                                                         \
	ROW(MQ, "read to nowhere", raw(SYS_read, id, BAD, 8))                                                      \
	ROW(MQ, "pread", one(raw(SYS_pread64, id, buffer, 8, 2)))                                                  \
	ROW(MQ, "lseek", raw(SYS_lseek, id, 3, SEEK_SET))                                                          \
	ROW(MQ, "ftruncate", raw(SYS_ftruncate, id, 8))                                                            \
	ROW(MQ, "mmap", map(raw(SYS_mmap, 0, 4096, PROT_READ, MAP_SHARED, id, 0)))                                 \
	ROW(MQ, "fsync", raw(SYS_fsync, id))                                                                       \
	ROW(MQ, "flock", raw(SYS_flock, id, LOCK_SH | LOCK_NB))                                                    \
	ROW(MQ, "fchmod", raw(SYS_fchmod, id, 0600))
/* clang-format on */

#endif
