/*
 * The virtual machine: QEMU's command line, its start and its end.
 *
 * Life: machine_arguments() while everything is still only described; machine_start() forks; the process is reaped by
 * whoever waits for `pid`. The machine dies with the thread that started it, however that ends.
 */
#ifndef HOST_MACHINE_H
#define HOST_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "channels.h"
#include "layout.h"
#include "network.h"
#include "shares.h"
#include "strlist.h"

/* A kind of machine that QEMU plays, and what hangs on its bus. */
struct machine_kind {
	const char *name;
	const char *options;       /* of -M */
	const char *firmware;      /* NULL: the machine's own */
	const char *serial_device; /* the one that carries the streams */
	const char *share_device;
	const char *network_device;
	const char *settings[3]; /* -global, always; ended by NULL */
	const char *seeded;      /* -global: the device is told of a queue's buffers before the processor goes on */
	uint64_t low_end;        /* memory goes on above 4 GiB from here on (layout.h) */
};

/* By its name; NULL: there is none. The first is the usual one. */
const struct machine_kind *machine_kind_find(const char *name);
const struct machine_kind *machine_kind_usual(void);

struct machine_plan {
	const struct machine_kind *kind;
	const char *qemu;
	const char *kernel;
	const char *image;  /* path to open, may be one of /proc/self/fd */
	const char *record; /* path of the start record */
	const char *append; /* NULL: none */
	struct layout layout;
	unsigned cpus;
	bool is_kvm;
	bool is_seeded;
	uint64_t seed;
	int gdb_port;
	struct channels *channels;
	const struct shares *shares;
	const struct network *network;
};

/* The seeded machine's clock begins here: 2026-01-01 00:00:00 UTC. */
#define MACHINE_SEEDED_CLOCK_S    1767225600ull
#define MACHINE_SEEDED_CLOCK_TEXT "2026-01-01T00:00:00"

/* Writes QEMU's whole command line. */
void machine_arguments(struct strlist *arguments, const struct machine_plan *plan);

/*
 * Starts QEMU with exactly the `inherited` descriptors and standard input from nowhere; what it says comes out of
 * *said, a non-blocking pipe. Returns the process id; ends the process when there can be no child.
 */
pid_t machine_start(char *const *arguments, const int *inherited, size_t inherited_count, int *said);

#endif
