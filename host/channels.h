/*
 * The descriptors that join the command and the machine: one stream socket pair for each virtio-serial port that talks,
 * files without a name for what only has to be written down. The machine inherits its ends; nothing stands in the file
 * system.
 *
 * In a seeded run the output ports go to files too: a write to a file is done when it returns, so nothing about the
 * host's speed can reach the guest.
 */
#ifndef HOST_CHANNELS_H
#define HOST_CHANNELS_H

#include <stdbool.h>

enum channel_id {
	CHANNEL_IN,
	CHANNEL_OUT,
	CHANNEL_ERR,
	CHANNEL_TTY,
	CHANNEL_CTL,
	CHANNEL_TRACE,
	CHANNEL_LOG, /* COM1, not a port */
	CHANNEL_COUNT,
};

enum channel_kind {
	CHANNEL_ABSENT,
	CHANNEL_SOCKET, /* `host` is this side's end, non-blocking; `machine` the other's */
	CHANNEL_FILE,   /* the machine writes to the file of `host`; `machine` is the same descriptor */
};

struct channel {
	enum channel_kind kind;
	int host;
	int machine;
};

struct channels {
	struct channel of[CHANNEL_COUNT];
};

/* The name of a port without "namu.", also QEMU's id of its character device. */
const char *channel_name(enum channel_id id);

/* Makes one channel. Ends the process when the host has no descriptors left. */
void channel_open(struct channels *channels, enum channel_id id, enum channel_kind kind);

/* Makes a channel of a file that is open already; the channel owns the descriptor. */
void channel_adopt(struct channels *channels, enum channel_id id, int fd);

/* Closes this process's copies of the machine's ends, so that the machine's end is seen as an end of the streams. */
void channels_close_machine_ends(struct channels *channels);

#endif
