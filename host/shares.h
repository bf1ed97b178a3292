/*
 * Host folders that the machine sees (-v, --mount): from the command line to QEMU's options and the start record.
 *
 * Each is a directory of the host, exported by a 9p server in QEMU under a tag, and mounted in the guest.
 */
#ifndef HOST_SHARES_H
#define HOST_SHARES_H

#include <stdbool.h>
#include <stddef.h>

#include "files.h"
#include "strlist.h"

/* As many as the machine has places for devices, but for the one of its streams. */
#define SHARES_MOST 7

struct share {
	char *host;  /* owned; absolute once shares_check() has seen it */
	char *guest; /* owned; absolute */
	bool is_readonly;
};

struct shares {
	struct share items[SHARES_MOST]; /* the root first, if there is one among them */
	size_t count;
};

/* -v HOST:GUEST[:OPTIONS]; false with a line said. */
bool shares_add_volume(struct shares *shares, const char *value);
/* --mount type=bind,src=HOST,dst=GUEST[,readonly]; of type=tmpfs the words for --tmpfs go to `tmpfs`. */
bool shares_add_mount(struct shares *shares, struct strlist *tmpfs, const char *value);
bool shares_add(struct shares *shares, const char *host, size_t host_bytes, const char *guest, size_t guest_bytes,
		bool is_readonly);

/* The directory becomes the machine's root (--rw, --live). Before shares_check(). */
void shares_add_root(struct shares *shares, const char *directory, bool is_readonly);

/* They are directories, and their names become absolute: 0, or -1 with a line said. */
int shares_check(struct shares *shares);

/* QEMU's options, by that device of its, and the items of the start record. */
void shares_arguments(const struct shares *shares, const char *device, struct strlist *arguments);
void shares_record(const struct shares *shares, struct bytes *record);

#endif
