/*
 * The start record as the kernel keeps it (its format is the contract of include/namu/start.h), and the ways in which
 * the first process speaks with the machine's floor above.
 *
 * The parser allocates nothing, so that the record can be read before there is memory to give out: texts are views
 * into the record, which stays where it is for as long as the machine runs.
 */
#ifndef NAMU_PROC_START_H
#define NAMU_PROC_START_H

#include "lib/types.h"
#include "net/card.h"

struct file;

/* A view of a string inside the record: no final zero, and none within. */
struct start_text {
	const char *text; /* null: the item was not given */
	uint32_t bytes;
};

/* Made once at boot, read-only afterwards. */
struct start_record {
	const uint8_t *items; /* behind the header; walked by start_next */
	size_t item_bytes;
	uint32_t argc; /* at least 1 */
	uint32_t envc;
	uint32_t tmpfs_count;
	struct start_text cwd, user, hostname;
	bool is_seeded;
	uint64_t seed;
	const uint8_t *entropy; /* 32 bytes, or null */
	bool has_clock;
	uint64_t realtime_ns;
	bool has_tty;
	uint32_t rows, columns;
	const uint8_t *stdin_data; /* null: stdin comes from its port */
	uint32_t stdin_bytes;
	bool has_stdin;
	bool is_readonly;
	bool has_trace; /* which events, and how */
	uint64_t trace_events;
	bool is_trace_lossy;
	bool has_network;
	struct net_card_settings network;
};

/* Check all of `data` and fill `record`. Null when it is good, else a line that says what is wrong (record is then
 * undefined). */
const char *start_parse(const void *data, size_t bytes, struct start_record *record);
/* The next text of `kind` (enum namu_start_kind) behind *cursor, which begins at 0. False when there is none. */
bool start_next(const struct start_record *record, uint32_t kind, size_t *cursor, struct start_text *text);

/* The record of this machine; the boot fills it. */
extern struct start_record start_record;

/* Registered by dev/: how the first process gets its descriptors, and how the host learns of its life. Any may be null.
 */
struct machine_hooks {
	void (*started)(int pid);                    /* the command was executed */
	void (*failed)(int error, const char *what); /* it could not be: positive errno, and a text; ends the machine */
	void (*ended)(uint32_t wait_status);         /* it ended; reports, drains and powers off: does not return */
	int (*open_stdio)(struct file *files[3]);    /* three references; called by the command's process, a session
							leader. 0 or -errno */
};
extern struct machine_hooks machine_hooks;

#endif
