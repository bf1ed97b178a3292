/*
 * Signals for what descriptions tell (fcntl(2): O_ASYNC, F_SETOWN, F_SETSIG): SIGIO when reading or writing becomes
 * possible, when a lease is to be given up, when something happens in a directory.
 *
 * With O_ASYNC a description stands on the queues that its poll operation names. Whoever wakes one of them holds locks
 * under which no signal can be sent, so the description is put on a list, and the thread that did it delivers what is
 * on the list before it waits, ends or goes back to its program.
 */
#ifndef NAMU_FS_ASYNC_H
#define NAMU_FS_ASYNC_H

#include "fs/file.h"

struct pid;

/* Why: the si_code of the signal when F_SETSIG has named one (POLL_IN, POLL_OUT, POLL_MSG of siginfo_t); an urgent byte
 * is SIGURG, whatever F_SETSIG says. */
enum async_reason { ASYNC_IN = 1, ASYNC_OUT = 2, ASYNC_MESSAGE = 3, ASYNC_URGENT = 4 };

/* Who is told, and by whose leave. */
struct file_owner {
	struct pid *pid; /* null: nobody */
	int32_t type;    /* F_OWNER_TID, F_OWNER_PID, F_OWNER_PGRP */
	uint32_t uid, euid;
};

/* Filled by proc/. */
struct file_owner_hooks {
	struct pid *(*find)(int32_t number); /* with a reference; null */
	struct pid *(*current)(void);        /* of the current process, with a reference */
	void (*get)(struct pid *pid);
	void (*put)(struct pid *pid);
	int32_t (*number)(const struct file_owner *owner); /* 0: it is gone */
	void (*send)(const struct file_owner *owner, int signal, enum async_reason reason, int fd);
	struct file *(*open)(struct pid *pid); /* a description of the process (pidfd_open(2)); null: no memory */
};
extern struct file_owner_hooks file_owner_hooks;

/* F_SETOWN_EX; number 0: nobody. 0, -ESRCH, -ENOMEM. */
int async_set_owner(struct file *file, int32_t type, int32_t number);
/* The current process, unless somebody is set: for leases and directory notices. 0 or -ENOMEM. */
int async_set_default_owner(struct file *file);
/* The number (0: nobody) and its type. */
int32_t async_owner(struct file *file, int32_t *type);
/* F_SETSIG (-EINVAL, -ENOMEM), F_GETSIG. */
int async_set_signal(struct file *file, int signal);
int async_signal(struct file *file);

/* O_ASYNC on or off, for descriptor `fd`, where the description can (ops->sends_sigio); sets the flag. 0, -ENOMEM. */
int async_set(struct file *file, int fd, bool is_on);
/* A message (ASYNC_MESSAGE) for the owner, who was set. Under any lock. */
void async_tell(struct file *file, int fd);
/* An urgent byte (ASYNC_URGENT) for the owner, if there is one. Under any lock. */
void async_urgent(struct file *file);
/* Send what is on the list. No lock is held. */
void async_deliver(void);
/* The description ends. */
void async_file_gone(struct file *file);

#endif
