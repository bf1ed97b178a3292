/*
 * A pump carries bytes from one descriptor to another through a bounded buffer, without ever blocking: it takes no more
 * than the buffer holds, so a slow reader holds back a fast writer, all the way into the guest.
 *
 * Owned by the session's loop, which asks pump_prepare() what to wait for and then calls pump_turn().
 */
#ifndef HOST_PUMP_H
#define HOST_PUMP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum pump_source {
	PUMP_FROM_NOTHING, /* an unused pump */
	PUMP_FROM_READER,  /* may block: one read for each time it is ready */
	PUMP_FROM_SOCKET,  /* non-blocking */
	PUMP_FROM_FILE,    /* grows while the machine runs; read by offset, never waited for */
};

enum pump_sink {
	PUMP_TO_SOCKET,   /* non-blocking */
	PUMP_TO_WRITER,   /* non-blocking */
	PUMP_TO_BLOCKING, /* may block: asked before each small write */
	PUMP_TO_FILE,     /* a regular file, takes everything */
};

struct pump {
	enum pump_source source;
	enum pump_sink sink;
	int from;
	int to;
	char *buffer;
	size_t head;        /* first byte that waits */
	size_t count;       /* bytes that wait */
	off_t offset;       /* PUMP_FROM_FILE: next byte to read */
	uint64_t taken;     /* bytes taken from the source in all */
	bool has_ended;     /* the source gives no more */
	bool is_sink_gone;  /* nobody reads any more: bytes are dropped */
	bool adds_returns;  /* "\n" goes out as "\r\n", for a terminal in raw mode */
	bool is_sink_owned; /* `to` was opened by the pump */
	int write_error;    /* errno of a write that failed for another reason than a reader gone, or 0 */
};

/* Makes a pump of a zeroed struct. A sink that is a user's descriptor goes through pump_to_user() afterwards. */
void pump_open(struct pump *pump, enum pump_source source, int from, enum pump_sink sink, int to);

/*
 * Points the pump at a descriptor this process was given. It is shared with other processes, so it is not made
 * non-blocking; a pipe or terminal is opened a second time for that, or else written with care.
 */
void pump_to_user(struct pump *pump, int to);

void pump_close(struct pump *pump);

/* Fills two places with what the pump waits for at this moment. */
void pump_prepare(const struct pump *pump, struct pollfd polls[2]);

/* Moves what can be moved. The two places as poll() left them. */
void pump_turn(struct pump *pump, const struct pollfd polls[2]);

/* After the machine's end: takes what is left of the source, as far as the buffer goes. */
void pump_take_rest(struct pump *pump);

/* Whether every byte was handed on, or nobody is there to take it. */
bool pump_is_done(const struct pump *pump);

/* PUMP_FROM_FILE: bytes written by the machine and not yet taken. */
uint64_t pump_backlog(const struct pump *pump);

#endif
