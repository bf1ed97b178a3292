/*
 * One terminal, as its parts see it: line discipline (tty_line.c, tty_edit.c, tty_output.c), reading and writing
 * (tty_file.c), ioctl (tty_ioctl.c, tty_termios.c), job control (tty_job.c). A terminal ends where its backend begins:
 * the host's port for the console (tty_console.c), the master for a pseudo-terminal (pty.c).
 *
 * Input is put into a queue where it arrives, in the interrupt of its port or by the master's write, and processed from
 * there as far as the line discipline has room, with the lock held; the signals it causes are sent after the lock was
 * let go, since the process tree's lock comes before it.
 *
 * A terminal that is hung up by vhangup(2) is dead for the descriptions opened before (they know the count of hang-ups
 * at their opening, file->version), and may be opened again. One whose other side is gone is dead for all (is_gone).
 */
#ifndef NAMU_DEV_TTY_DEVICE_H
#define NAMU_DEV_TTY_DEVICE_H

#include <asm/signal.h>
#include <asm/termbits.h>
#include <asm/termios.h>

#include "arch/x86_64/spinlock.h"
#include "dev/tty.h"
#include "dev/tty_queue.h"
#include "fs/file.h"
#include "lib/refcount.h"
#include "proc/process.h"
#include "sched/mutex.h"
#include "sched/waitq.h"
#include "vm/uio.h"

/* Device numbers as st_rdev has them: 5,0 is the controlling terminal, 5,1 the console, 5,2 makes a pair. */
#define OWN_TERMINAL_DEVICE 0x500
#define CONSOLE_DEVICE      0x501
#define MAJOR_PTY_SLAVE     136

#define TTY_INPUT_BYTES 4096u /* N_TTY_BUF_SIZE: longest line */
#define TTY_QUEUE_BYTES 8192u /* what lies between the line discipline and the other side */
#define TTY_ECHO_BYTES  512u

/* Where output goes, and who wants to hear of what happens. All but put, room and end may be null. */
struct tty_backend {
	/* The terminal's lock is held. Takes all when there is room for it, never waits. */
	size_t (*put)(struct tty *tty, const void *data, size_t bytes);
	size_t (*room)(struct tty *tty);    /* bytes that put would take */
	void (*want_room)(struct tty *tty); /* call tty_room when there is some; null: always done */
	void (*discard)(struct tty *tty);   /* output that nobody has seen; the lock is held */
	/* TIOCPKT_* events for a master in packet mode; the lock is held. */
	void (*note)(struct tty *tty, uint8_t set, uint8_t clear);
	void (*input_room)(struct tty *tty); /* the queue of typed bytes has room again */
	int (*opened)(struct tty *tty);      /* may refuse */
	void (*closed)(struct tty *tty);
	void (*end)(struct tty *tty); /* the last reference went */
};

/*
 * Lock key: (a) atomic; (i) immutable; (l) its lock; (t) tree_lock; (w) the write mutex.
 */
struct tty {
	const struct tty_backend *backend;        /* (i) */
	void *backend_data;                       /* (i) */
	uint64_t device;                          /* (i) as st_rdev */
	struct refcount refs;                     /* (a) descriptions; the console has one for ever */
	struct spinlock lock;                     /* (i) rank LOCK_OBJECT */
	struct ktermios termios;                  /* (l) */
	struct ktermios first_termios;            /* (i) what a hang-up puts back */
	struct winsize size;                      /* (l) */
	struct tty_queue typed;                   /* (l) input to be processed */
	uint8_t input[TTY_INPUT_BYTES];           /* (l) ring of what a read may get */
	uint64_t line_ends[TTY_INPUT_BYTES / 64]; /* (l) a bit each: the byte ends a line */
	uint64_t file_ends[TTY_INPUT_BYTES / 64]; /* (l) a bit each: the byte stands for end of file, and is not read */
	uint32_t head;                            /* (l) next byte to read, modulo 2^32 */
	uint32_t line_start;                      /* (l) start of the line being edited */
	uint32_t tail;                            /* (l) where the next byte goes */
	uint32_t lines;                           /* (l) complete lines */
	uint32_t column;                          /* (l) of the cursor */
	uint32_t echo_column;                     /* (l) where the line being edited began */
	uint8_t echo_bytes[TTY_ECHO_BYTES];       /* (l) */
	struct tty_queue echo;                    /* (l) echo that could not go out yet */
	bool next_is_literal;                     /* (l) VLNEXT was typed */
	bool is_erasing;                          /* (l) ECHOPRT shows what is being erased */
	bool is_stopped;                          /* (l) by VSTOP, or by TCOOFF */
	bool is_stopped_by_call;                  /* (l) by TCOOFF, which only TCOON undoes */
	bool is_exclusive;                        /* (l) TIOCEXCL */
	bool is_gone;                             /* (l, t for writing) the other side will not come back */
	uint32_t hang_ups;                        /* (l) */
	struct mutex write_mutex;                 /* (i) */
	struct mutex read_mutex;                  /* (i) */
	struct waitq readers;                     /* input */
	struct waitq writers;                     /* room, or started again */
	struct pid *session;                      /* (t) whose controlling terminal it is; a reference */
	struct pid *foreground;                   /* (t) process group; a reference */
};

/* `tty` is filled with zeros but for its typed queue. */
void tty_setup(struct tty *tty, const struct tty_backend *backend, void *backend_data, uint64_t device);
static inline void tty_get(struct tty *tty)
{
	refcount_get(&tty->refs);
}
void tty_put(struct tty *tty);

/* tty_line.c: bytes were typed: as many as there is room for are taken. Called without locks. */
size_t tty_receive(struct tty *tty, const uint8_t *data, size_t bytes);
/* There is more room in the line discipline: go on with what was typed. Called without locks. */
void tty_process_typed(struct tty *tty);
/* Would a read of `least` bytes find what it wants? The lock is held. */
bool tty_has_input(const struct tty *tty, uint32_t least);
/* FIONREAD. The lock is held. */
uint32_t tty_readable(const struct tty *tty);
/* Take up to `room` bytes for one read in the current mode. The lock is held. *line_over: the read ends here. */
size_t tty_take(struct tty *tty, uint8_t *to, size_t room, bool *line_over);
void tty_flush_input(struct tty *tty);
/* The mode has changed from `old`. The lock is held. */
void tty_mode_changed(struct tty *tty, const struct ktermios *old);

/* Read line by line? With EXTPROC the other side edits the lines. */
static inline bool tty_is_canonical(const struct tty *tty)
{
	return (tty->termios.c_lflag & (ICANON | EXTPROC)) == ICANON;
}
static inline bool tty_local(const struct tty *tty, tcflag_t flag)
{
	return tty->termios.c_lflag & flag;
}
static inline bool tty_is_special(const struct tty *tty, unsigned which, uint8_t byte)
{
	return byte != 0 && tty->termios.c_cc[which] == byte; /* 0 is _POSIX_VDISABLE */
}
static inline bool tty_is_continuation(const struct tty *tty, uint8_t byte)
{
	return (tty->termios.c_iflag & IUTF8) && (byte & 0xc0) == 0x80;
}
static inline bool tty_is_control(uint8_t byte)
{
	return byte < ' ' || byte == 0x7f;
}
static inline uint8_t *tty_input_at(struct tty *tty, uint32_t position)
{
	return &tty->input[position % TTY_INPUT_BYTES];
}

/* tty_edit.c: editing of the line (VERASE, VWERASE, VKILL, VREPRINT). True: the byte was one of these. */
bool tty_edit(struct tty *tty, uint8_t byte);
/* ECHOPRT's closing slash. */
void tty_finish_erasing(struct tty *tty);

/* tty_output.c: one byte through output processing, up to 8 bytes at `to`; returns how many. The lock is held. */
#define TTY_EXPANDED_MAX 8
size_t tty_expand(struct tty *tty, uint8_t byte, uint8_t *to);
/* Echo: what cannot go out now waits, up to a limit. The lock is held, here and below. */
void tty_echo(struct tty *tty, uint8_t byte);
void tty_echo_text(struct tty *tty, const char *text);
/* As typed: control characters as ^X when ECHOCTL says so. */
void tty_echo_typed(struct tty *tty, uint8_t byte);
void tty_echo_late(struct tty *tty);
void tty_stop(struct tty *tty, bool by_call);
void tty_start(struct tty *tty, bool by_call);
void tty_flush_output(struct tty *tty);
static inline void tty_note(struct tty *tty, uint8_t set, uint8_t clear)
{
	if (tty->backend->note)
		tty->backend->note(tty, set, clear);
}
static inline void tty_want_room(struct tty *tty)
{
	if (tty->backend->want_room)
		tty->backend->want_room(tty);
}
static inline bool tty_may_write(struct tty *tty)
{
	return !tty->is_stopped && tty->backend->room(tty) >= TTY_EXPANDED_MAX;
}
/* Backend has room. Called without locks. */
void tty_room(struct tty *tty);

/* tty_job.c */
extern struct tty console_tty;
/* May the current process read (SIGTTIN) or change, write (SIGTTOU) it? 0, -EIO, -ERESTART_CALL after the signal was
 * sent. */
int tty_check_background(struct tty *tty, int signal);
int tty_set_foreground(struct tty *tty, int32_t group);
/* Number of the group or session; 0: none. `asker_must_own`: -ENOTTY unless it controls the current process. */
int64_t tty_foreground(struct tty *tty, bool asker_must_own);
int64_t tty_session(struct tty *tty, bool asker_must_own);
/* Make it the controlling terminal of the current session leader. 0, -EPERM, -EIO. */
int tty_make_controlling(struct tty *tty, bool steal);
int tty_give_up_controlling(void);
/* The controlling terminal of the current process, with a reference; null. */
struct tty *tty_own(void);
void tty_signal_foreground(struct tty *tty, const struct signal_info *info);
/* Its session loses it and the session's leader is told, whoever has it open finds it dead. */
void tty_hang_up(struct tty *tty);
/* The other side will not come back. */
void tty_end_for_good(struct tty *tty);
void tty_job_init(void);

/* tty_ioctl.c: what both sides answer; `is_master`: asked by the other side of a pair. */
int64_t tty_common_ioctl(struct tty *tty, uint32_t command, uint64_t argument, bool is_master);
int64_t tty_ioctl(struct file *file, uint32_t command, uint64_t argument);
/* tty_termios.c: -ENOIOCTL_CALL: not one of these. */
#define ENOIOCTL_CALL 515
int64_t tty_termios_ioctl(struct tty *tty, uint32_t command, uint64_t argument);
int tty_drain_output(struct tty *tty);
/* The end of a line in the other direction, VSTOP or VSTART by TCIOFF and TCION; 0 or -ERESTART_CALL. */
int tty_send_now(struct tty *tty, uint8_t byte);

/* tty_file.c */
extern const struct file_ops tty_file_ops;
/* `file` is a description of `tty`, whose reference is taken over on success: 0, -EIO, -EBUSY. */
int tty_open_as(struct tty *tty, struct file *file);
static inline bool tty_is_hung_up(const struct tty *tty, const struct file *file)
{
	return tty->is_gone || tty->hang_ups != (uint32_t)file->version;
}

#endif
