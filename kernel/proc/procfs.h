/*
 * The file system "proc" (proc(5)): what the kernel knows about processes and itself, as text. A file is a row of a
 * table: name, mode, a function that prints it. Text is made when a file is read from its beginning, and kept with the
 * description until then.
 *
 * No name is kept: each look-up asks whether the process is still there. Nobody holds tree_lock while a process is
 * looked at: a reference is taken, the lock let go, then the process is read.
 */
#ifndef NAMU_PROC_PROCFS_H
#define NAMU_PROC_PROCFS_H

#include "lib/types.h"

struct pid;
struct process;

/* Register the type. Boot, before the first mount. */
void procfs_init(void);

/* The process whose directory the descriptor is, with a reference; err_ptr(-EBADF). */
struct pid *procfs_pid(int fd);

/* Supplied by dev/: the controlling terminal's device number as stat(2) shows it, and its foreground group; else 0 and
 * -1. Null: none. */
extern void (*procfs_tty_hook)(struct process *process, uint64_t *device, int32_t *foreground);
/* Supplied by dev/: the text of /proc/tty/drivers; how many pseudo-terminals there are. */
extern const char *procfs_tty_drivers;
extern uint32_t (*procfs_pty_count_hook)(void);
/* How many there may be (kernel.pty.max). */
#define PROCFS_PTY_MOST 4096u

#endif
