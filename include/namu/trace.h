/*
 * The trace: the stream that the kernel sends on port namu.trace, and the records that its readers make of it. Both are
 * little-endian. The meaning of a record's words is in kernel/trace/events.h, from which the decoders are made.
 *
 * The stream is a header, then pieces. A piece is what one processor recorded in a row: a head, then items of whole 8
 * bytes, in the order of time. The pieces of a processor follow each other in order; what several processors did is in
 * order when their items are sorted by `ticks`.
 *
 * An item says as little as will do: the thread is that which runs on the piece's processor (the piece's head says who
 * does first, ITEM_SWITCH and ITEM_THREAD say who does next), and what happens often has a form of its own.
 */
#ifndef NAMU_TRACE_STREAM_H
#define NAMU_TRACE_STREAM_H

#include <stdint.h>

#define NAMU_TRACE_MAGIC   0x43415254554d414eull /* "NAMUTRAC" in memory */
#define NAMU_TRACE_VERSION 2u
#define NAMU_TRACE_TEXT    0 /* event number of a record that continues the one before with text */

struct namu_trace_header {
	uint64_t magic;
	uint32_t version;
	uint32_t record_bytes; /* of the smallest item */
	uint64_t realtime_ns;  /* of time 0 */
};

#define NAMU_TRACE_PIECE_MAGIC 0x45434550u /* "PECE" in memory */

struct namu_trace_piece {
	uint32_t magic;
	uint32_t bytes; /* of items that follow */
	uint32_t cpu;
	uint32_t thread;  /* that runs at the beginning (tid), 0: the idle thread */
	uint64_t ticks;   /* when it was begun */
	uint64_t lost;    /* events that were dropped before it */
	uint64_t events;  /* a bit for each event that is wanted */
	uint64_t base_ns; /* ns since the boot = base_ns + ((ticks - base_ticks) * mult >> 32) ... */
	uint64_t base_ticks;
	uint64_t mult; /* ... in every piece of the stream; 0: not known yet */
};

struct namu_trace_item {
	uint32_t ticks[2]; /* of the processor's clock, the low half first */
	uint32_t first;
	uint16_t second;
	uint8_t form; /* the number of an event (words: its four, then its text), or one of these */
	uint8_t size; /* in units of 8 bytes */
	uint64_t words[];
};

/* What is not said is 0. */
enum namu_trace_form {
	NAMU_ITEM_ENTER = 128, /* SYSCALL_ENTER: first is the number, words the arguments */
	NAMU_ITEM_EXIT,        /* SYSCALL_EXIT of the call that the thread entered last: the word is the result */
	NAMU_ITEM_SWITCH,      /* SWITCH to the thread `first`, second: is_voluntary; before it STATE, that one runs */
	NAMU_ITEM_WAKE,    /* WAKE of `first`, second the kind of its wait, the word its object; then STATE, ready */
	NAMU_ITEM_BLOCK,   /* STATE, blocked, of this thread: second the kind of its wait, the word the object */
	NAMU_ITEM_SEND,    /* SEND: words object, first_bytes; first is bytes, second the kind */
	NAMU_ITEM_RECEIVE, /* RECEIVE, likewise */
	NAMU_ITEM_THREAD,  /* no event: the thread that runs has the number `first` from now on */
};

/* What readers make of it, and what trace files hold. */
struct namu_trace_record {
	uint64_t time_ns; /* since the boot */
	uint16_t event;
	uint8_t cpu;
	uint8_t text_records; /* how many NAMU_TRACE_TEXT records follow that belong to this one */
	uint32_t thread;      /* that did it (tid), 0 for the idle thread */
	uint64_t words[4];    /* or 32 bytes of text in a NAMU_TRACE_TEXT record */
};

#endif
