/*
 * Pseudo-terminals (pty(7)): a terminal whose other side is a descriptor, the master. The pair is one object, made by
 * opening ptmx and held by the master's description, those of the slave, and the slave's inode in devpts. When the
 * master is closed the slave is dead; while the master is open the slave may be closed and opened again.
 *
 * One lock, the slave's, guards both directions.
 */
#ifndef NAMU_DEV_PTY_H
#define NAMU_DEV_PTY_H

#include "dev/tty_device.h"
#include "proc/procfs.h"

#define PTMX_DEVICE 0x502
#define PTY_NUMBERS (1u << 20)      /* minor numbers */
#define PTY_MOST    PROCFS_PTY_MOST /* kernel.pty.max */

struct devpts;

/*
 * Lock key: (a) atomic; (i) immutable; (l) the lock of `tty`; (m) owner is the master's description.
 */
struct pty {
	struct tty tty;                  /* (l) the slave */
	struct tty_queue shown;          /* (l) what the slave wrote, for the master to read */
	struct waitq readers;            /* of the master: output of the slave, an event, the end */
	struct waitq writers;            /* of the master: the slave reads */
	struct mutex master_write_mutex; /* (i) */
	struct mutex master_read_mutex;  /* (i) */
	struct devpts *devpts;           /* (i) where it has its number; a reference */
	uint32_t index;                  /* (i) */
	struct dentry *name;             /* (m) in devpts, while the master is open */
	bool is_locked;                  /* (l) TIOCSPTLCK: the slave cannot be opened */
	bool is_slave_closed;            /* (l) it was open, and is not */
	bool is_packet;                  /* (l) TIOCPKT */
	bool is_master_stopped;          /* (l) by TCOOFF of the master */
	uint8_t packet_events;           /* (l) TIOCPKT_* not yet told */
	uint32_t slave_opens;            /* (l) */
};

static inline struct pty *pty_of(struct tty *slave)
{
	return container_of(slave, struct pty, tty);
}

/* /dev/ptmx, or the ptmx of a devpts, was opened as `file`: 0, -ENODEV (no devpts there), -ENOSPC, -ENOMEM. */
int pty_open_master(struct file *file);
/* The slave that an inode of devpts stands for, with a reference; null. */
struct tty *pty_slave_of(struct inode *inode);
extern const struct file_ops pty_master_ops;
/* How many pairs there are. */
uint32_t pty_count(void);
/* The slave of `file`, a master, as a new description with these O_* flags (TIOCGPTPEER); or err_ptr. */
struct file *pty_open_peer(struct file *file, uint32_t flags);
/* The slave may have room for output again, and its writers want to know. No lock is held. */
void pty_master_has_read(struct pty *pty);

#endif
