/* What `namu run` was asked for, read from its command line. */
#ifndef HOST_RUN_OPTIONS_H
#define HOST_RUN_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "machine.h"
#include "network.h"
#include "shares.h"
#include "strlist.h"

enum accel {
	ACCEL_AUTO,
	ACCEL_TCG,
	ACCEL_KVM,
};

#define MEMORY_DEFAULT_BYTES (256ull << 20)
#define MEMORY_LEAST_BYTES   (8ull << 20)
#define CPUS_USUAL_MOST      4

struct run_options {
	const char *root;      /* NULL: the built-in one */
	char *const *command;  /* null-ended; empty: the root's shell */
	uint64_t memory_bytes; /* 0: not asked for */
	uint64_t cpus;         /* once read: the host's, up to CPUS_USUAL_MOST, where none was asked for */
	const struct machine_kind *machine;
	struct strlist settings; /* of --env-file, then of -e */
	struct strlist tmpfs;
	struct shares shares;
	struct network network;
	const char *entrypoint; /* NULL: the image's */
	const char *workdir;
	const char *user;
	const char *hostname;
	const char *kernel;
	const char *trace;
	uint64_t trace_events; /* 0: all */
	bool is_trace_lossy;
	const char *view;    /* NULL or the page that is made of the trace */
	char *append;        /* NULL or the words for the kernel's command line */
	uint64_t timeout_ns; /* 0: none */
	int status_fd;       /* -1: none */
	int gdb_port;        /* 0: none */
	enum accel accel;
	bool has_seed;
	uint64_t seed;
	bool is_dry_run;
	bool is_verbose;
	bool is_read_only;
	bool is_rw;   /* ROOT is the host's directory itself */
	bool is_live; /* the same, for reading only */
};

/* Reads the words after "run". 0, 1 when help was asked for, or -1 with a line said. */
int run_options_read(struct run_options *options, char **words);

#endif
