/*
 * The states of a thread and the legal moves between them: one table, from which the check, the names, the letters of
 * /proc and the diagram in doc/ come. Only thread_set_state (sched/thread.c) writes the field.
 */
#ifndef NAMU_SCHED_STATE_H
#define NAMU_SCHED_STATE_H

/*              name                letter  what */
#define THREAD_STATES(STATE)                                                \
	STATE(NEW, 'R', "made, not yet admitted to a ready queue")          \
	STATE(READY, 'R', "waits for a processor")                          \
	STATE(RUNNING, 'R', "has a processor")                              \
	STATE(BLOCKED, 'S', "waits for an event, see its wait reason")      \
	STATE(READY_SUSPENDED, 'R', "ready, its memory is swapped out")     \
	STATE(BLOCKED_SUSPENDED, 'S', "blocked, its memory is swapped out") \
	STATE(TERMINATED, 'Z', "ended; what remains waits to be collected")

enum thread_state {
#define STATE(name, letter, what) THREAD_##name,
	THREAD_STATES(STATE)
#undef STATE
		THREAD_STATE_COUNT
};

/*              from               to                 when */
#define THREAD_MOVES(MOVE)                                                \
	MOVE(NEW, READY, "admitted")                                      \
	MOVE(NEW, TERMINATED, "its creation failed")                      \
	MOVE(READY, RUNNING, "dispatched")                                \
	MOVE(RUNNING, READY, "quantum over, pre-empted, or yielded")      \
	MOVE(RUNNING, BLOCKED, "waits")                                   \
	MOVE(RUNNING, TERMINATED, "exits")                                \
	MOVE(BLOCKED, READY, "woken: it must be ready before it can run") \
	MOVE(READY, READY_SUSPENDED, "swapped out")                       \
	MOVE(READY_SUSPENDED, READY, "swapped in")                        \
	MOVE(BLOCKED, BLOCKED_SUSPENDED, "swapped out")                   \
	MOVE(BLOCKED_SUSPENDED, BLOCKED, "swapped in")                    \
	MOVE(BLOCKED_SUSPENDED, READY_SUSPENDED, "woken while swapped out")

/* Why a blocked thread waits: kind, name for /proc's wchan and the picture, what the object is. */
#define WAIT_KINDS(KIND)                                                                     \
	KIND(NONE, "0", "does not wait")                                                     \
	KIND(CHILD, "wait4", "a child to end, stop or go on; object: its process")           \
	KIND(PIPE_READ, "pipe_read", "bytes in a pipe")                                      \
	KIND(PIPE_WRITE, "pipe_write", "room in a pipe")                                     \
	KIND(FIFO_OPEN, "fifo_open", "the other side of a FIFO")                             \
	KIND(FUTEX, "futex_wait", "a futex; object: its address")                            \
	KIND(SLEEP, "hrtimer_nanosleep", "a time")                                           \
	KIND(SIGNAL, "sigsuspend", "a signal")                                               \
	KIND(POLL, "poll", "one of several objects")                                         \
	KIND(STOPPED, "do_signal_stop", "SIGCONT")                                           \
	KIND(VFORK, "vfork", "a child to exec or exit")                                      \
	KIND(MUTEX, "mutex", "a lock inside the kernel")                                     \
	KIND(TTY_READ, "tty_read", "a line from a terminal")                                 \
	KIND(TTY_WRITE, "tty_write", "room in a terminal")                                   \
	KIND(STDIN, "stdin_read", "bytes from the host")                                     \
	KIND(STDOUT, "stdout_write", "the host to take bytes")                               \
	KIND(THREADS, "exit_threads", "the other threads of its process to end")             \
	KIND(WORK, "worker", "a kernel thread without work")                                 \
	KIND(FILE_LOCK, "flock", "a file lock")                                              \
	KIND(PORT, "port", "a message")                                                      \
	KIND(SHARE, "p9_client_rpc", "a host folder to answer")                              \
	KIND(SOCKET_READ, "socket_read", "bytes or a message in a socket")                   \
	KIND(SOCKET_WRITE, "socket_write", "room in a socket")                               \
	KIND(SOCKET_ACCEPT, "socket_accept", "a connection to a socket")                     \
	KIND(SOCKET_CONNECT, "socket_connect", "room among waiting connections")             \
	KIND(SEMAPHORE, "do_semtimedop", "System V semaphores; object: the id of their set") \
	KIND(TRACED, "ptrace_stop", "its tracer, in a stop for it; object: its tid")         \
	KIND(MSG_SEND, "do_msgsnd", "room in a System V queue; object: its id")              \
	KIND(MSG_RECEIVE, "do_msgrcv", "a message from a System V queue; object: its id")    \
	KIND(MQ_SEND, "mq_timedsend", "room in a POSIX queue; object: its inode")            \
	KIND(MQ_RECEIVE, "mq_timedreceive", "a message from a POSIX queue; object: its inode")

enum wait_kind {
#define KIND(name, wchan, what) WAIT_##name,
	WAIT_KINDS(KIND)
#undef KIND
		WAIT_KIND_COUNT
};

#endif
