/*
 * A session: one machine from its start to its end, and everything that passes between it and the host meanwhile.
 *
 * Owned by run.c: fill in the channels, the outcome's reader and the limits, call session_run(), look at `outcome`.
 * A session is one loop around poll(); nothing in it blocks, so signals and the time limit are always heard.
 */
#ifndef HOST_SESSION_H
#define HOST_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "channels.h"
#include "control.h"
#include "files.h"
#include "network.h"
#include "outcome.h"
#include "pump.h"

enum session_pump {
	SESSION_IN,
	SESSION_OUT,
	SESSION_ERR,
	SESSION_LOG, /* under --verbose */
	SESSION_PUMPS,
};

struct session {
	struct channels channels;
	struct outcome outcome;
	uint64_t timeout_ns; /* 0: none */
	int status_fd;       /* -1: none */
	const struct network *network;
	bool has_terminal;

	/* From here on the session's own. */
	pid_t machine_pid;
	bool is_machine_gone;
	bool is_machine_stopped; /* a seeded machine that writes faster than is read */
	int machine_status;      /* as wait gives it */
	int machine_said_fd;
	struct bytes machine_said; /* QEMU's own messages */
	struct control control;
	struct pump pumps[SESSION_PUMPS];
	bool has_said_eof;
	bool has_said_hangup[SESSION_PUMPS];
	bool has_reported_start;
	int signal_fd;
	int notify_fd;           /* tells that a file of a channel has grown; -1: none */
	unsigned ending_signals; /* so far */
	int waiting_signal;      /* to be passed on once the program has started; 0: none */
	uint64_t deadline_ns;    /* 0: none */
	uint64_t give_up_ns;     /* after it output that nobody takes is dropped; 0: never */
};

/* Blocks the signals that a session listens to. Call before anything is started. */
void session_block_signals(void);

/* Starts the machine and stays until it has ended and its output is handed on. Sets the outcome. */
void session_run(struct session *session, char *const *arguments, const int *inherited, size_t inherited_count);

/* Frees what session_run() left open for its caller (the machine's log and messages). */
void session_close(struct session *session);

/* The last part of the machine's log, at most 64 KiB. The owner frees `log->data`. */
void session_read_log(const struct session *session, struct bytes *log);

#endif
