/*
 * One terminal, as its parts see it: line discipline (tty_line.c, tty_output.c), reading and writing (tty_file.c),
 * ioctl (tty_ioctl.c), job control (tty_job.c). A terminal ends where its backend begins: the host's port for the
 * console.
 *
 * Input is processed where it arrives, in the interrupt of its port, with no lock held; the signals it causes are sent
 * after the terminal's lock was let go, since the process tree's lock comes before it.
 */
#ifndef NAMU_DEV_TTY_DEVICE_H
#define NAMU_DEV_TTY_DEVICE_H

#include <asm/signal.h>
#include <asm/termbits.h>
#include <asm/termios.h>

#include "arch/x86_64/spinlock.h"
#include "dev/tty.h"
#include "proc/process.h"
#include "sched/mutex.h"
#include "sched/waitq.h"
#include "vm/uio.h"

/* Device numbers as st_rdev has them: 5,0 is the controlling terminal, 5,1 the console. */
#define OWN_TERMINAL_DEVICE 0x500
#define CONSOLE_DEVICE      0x501

#define TTY_INPUT_BYTES 4096u /* N_TTY_BUF_SIZE: longest line */

/* Where output goes. */
struct tty_backend {
	size_t (*put)(struct tty *tty, const void *data, size_t bytes); /* takes what it can, never waits */
	bool (*has_room)(struct tty *tty);
	void (*want_room)(struct tty *tty); /* call tty_room when there is some */
};

/*
 * Lock key: (i) immutable; (l) its lock; (t) tree_lock; (w) the write mutex.
 */
struct tty {
	const struct tty_backend *backend;        /* (i) */
	void *backend_data;                       /* (i) */
	struct spinlock lock;                     /* (i) rank LOCK_OBJECT */
	struct ktermios termios;                  /* (l) */
	struct winsize size;                      /* (l) */
	uint8_t input[TTY_INPUT_BYTES];           /* (l) ring of what was typed */
	uint64_t line_ends[TTY_INPUT_BYTES / 64]; /* (l) a bit each: the byte ends a line */
	uint64_t file_ends[TTY_INPUT_BYTES / 64]; /* (l) a bit each: the byte stands for end of file, and is not read */
	uint32_t head;                            /* (l) next byte to read, modulo 2^32 */
	uint32_t line_start;                      /* (l) start of the line being edited */
	uint32_t tail;                            /* (l) where the next byte goes */
	uint32_t lines;                           /* (l) complete lines */
	uint32_t column;                          /* (l) of the cursor */
	uint32_t echo_column;                     /* (l) where the line being edited began */
	bool next_is_literal;                     /* (l) VLNEXT was typed */
	bool is_stopped;                          /* (l) by VSTOP */
	bool is_hung_up;                          /* (l) */
	struct mutex write_mutex;                 /* (i) */
	struct mutex read_mutex;                  /* (i) */
	struct waitq readers;                     /* input */
	struct waitq writers;                     /* room, or started again */
	struct pid *session;                      /* (t) whose controlling terminal it is; a reference */
	struct pid *foreground;                   /* (t) process group; a reference */
};

void tty_setup(struct tty *tty, const struct tty_backend *backend, void *backend_data, uint16_t rows, uint16_t columns);

/* tty_line.c: bytes were typed. Called without locks. */
void tty_receive(struct tty *tty, const uint8_t *data, size_t bytes);
/* Bytes that a read would get now. The lock is held. */
uint32_t tty_readable(const struct tty *tty);
/* Take up to `room` bytes for one read in the current mode. The lock is held. *line_over: the read ends here. */
size_t tty_take(struct tty *tty, uint8_t *to, size_t room, bool *line_over);
void tty_flush_input(struct tty *tty);
/* The mode has changed from `old`. The lock is held. */
void tty_mode_changed(struct tty *tty, const struct ktermios *old);
/* Backend has room, or output was started again. */
void tty_room(struct tty *tty);

/* tty_output.c: one byte through output processing, up to 8 bytes at `to`; returns how many. The lock is held. */
#define TTY_EXPANDED_MAX 8
size_t tty_expand(struct tty *tty, uint8_t byte, uint8_t *to);
/* Echo: straight to the backend; what it cannot take is dropped, as on a line that is too slow. The lock is held. */
void tty_echo(struct tty *tty, uint8_t byte);
void tty_echo_text(struct tty *tty, const char *text);
void tty_echo_typed(struct tty *tty, uint8_t byte);

/* tty_job.c */
extern struct tty console_tty;
/* May the current process read (SIGTTIN) or change, write (SIGTTOU) it? 0, -EIO, -ERESTART_CALL after the signal was
 * sent. */
int tty_check_background(struct tty *tty, int signal);
int tty_set_foreground(struct tty *tty, int32_t group);
int64_t tty_foreground(struct tty *tty);
int64_t tty_session(struct tty *tty);
/* Make it the controlling terminal of the current session leader. 0, -EPERM. */
int tty_make_controlling(struct tty *tty, bool steal);
int tty_give_up_controlling(void);
void tty_signal_foreground(struct tty *tty, const struct signal_info *info);
void tty_job_init(void);

/* tty_ioctl.c, tty_file.c */
int64_t tty_ioctl(struct file *file, uint32_t command, uint64_t argument);
extern const struct file_ops tty_file_ops;

#endif
