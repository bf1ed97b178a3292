/* The options of `namu run`. */
#include "run_options.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "env.h"
#include "namu/start.h"
#include "options.h"
#include "parse.h"
#include "say.h"
#include "trace_kinds.h"

enum {
	RUN_MEMORY = 1,
	RUN_CPUS,
	RUN_ENV,
	RUN_ENV_FILE,
	RUN_WORKDIR,
	RUN_ENTRYPOINT,
	RUN_USER,
	RUN_HOSTNAME,
	RUN_TMPFS,
	RUN_VOLUME,
	RUN_MOUNT,
	RUN_NETWORK,
	RUN_PUBLISH,
	RUN_DNS,
	RUN_TIMEOUT,
	RUN_STATUS_FD,
	RUN_MACHINE,
	RUN_ACCEL,
	RUN_SEED,
	RUN_KERNEL,
	RUN_APPEND,
	RUN_GDB,
	RUN_TRACE,
	RUN_TRACE_FILTER,
	RUN_VIEW,
	RUN_HELP,
	/* Flags only from here on. */
	RUN_DRY_RUN,
	RUN_VERBOSE,
	RUN_READ_ONLY,
	RUN_RW,
	RUN_LIVE,
	RUN_TRACE_FULL,
	RUN_TRACE_LOSSY,
	RUN_HARMLESS,
};

static const struct option_spec run_specs[] = {
	{"memory", 'm', OPTION_VALUE, RUN_MEMORY},
	{"cpus", 0, OPTION_VALUE, RUN_CPUS},
	{"env", 'e', OPTION_VALUE, RUN_ENV},
	{"env-file", 0, OPTION_VALUE, RUN_ENV_FILE},
	{"workdir", 'w', OPTION_VALUE, RUN_WORKDIR},
	{"entrypoint", 0, OPTION_VALUE, RUN_ENTRYPOINT},
	{"user", 'u', OPTION_VALUE, RUN_USER},
	{"hostname", 'h', OPTION_VALUE, RUN_HOSTNAME},
	{"volume", 'v', OPTION_VALUE, RUN_VOLUME},
	{"mount", 0, OPTION_VALUE, RUN_MOUNT},
	{"network", 0, OPTION_VALUE, RUN_NETWORK},
	{"net", 0, OPTION_VALUE, RUN_NETWORK},
	{"publish", 'p', OPTION_VALUE, RUN_PUBLISH},
	{"dns", 0, OPTION_VALUE, RUN_DNS},
	{"rw", 0, OPTION_FLAG, RUN_RW},
	{"live", 0, OPTION_FLAG, RUN_LIVE},
	{"tmpfs", 0, OPTION_VALUE, RUN_TMPFS},
	{"timeout", 0, OPTION_VALUE, RUN_TIMEOUT},
	{"status-fd", 0, OPTION_VALUE, RUN_STATUS_FD},
	{"machine", 0, OPTION_VALUE, RUN_MACHINE},
	{"accel", 0, OPTION_VALUE, RUN_ACCEL},
	{"seed", 0, OPTION_VALUE, RUN_SEED},
	{"kernel", 0, OPTION_VALUE, RUN_KERNEL},
	{"append", 0, OPTION_VALUE, RUN_APPEND},
	{"trace", 0, OPTION_VALUE, RUN_TRACE},
	{"trace-filter", 0, OPTION_VALUE, RUN_TRACE_FILTER},
	{"trace-full", 0, OPTION_FLAG, RUN_TRACE_FULL},
	{"trace-lossy", 0, OPTION_FLAG, RUN_TRACE_LOSSY},
	{"view", 0, OPTION_OPTIONAL, RUN_VIEW},
	{"gdb", 0, OPTION_OPTIONAL, RUN_GDB},
	{"help", 0, OPTION_FLAG, RUN_HELP},
	{"dry-run", 0, OPTION_FLAG, RUN_DRY_RUN},
	{"verbose", 0, OPTION_FLAG, RUN_VERBOSE},
	{"read-only", 0, OPTION_FLAG, RUN_READ_ONLY},
	{"interactive", 'i', OPTION_FLAG, RUN_HARMLESS},
	{"tty", 't', OPTION_FLAG, RUN_HARMLESS},
	{"rm", 0, OPTION_FLAG, RUN_HARMLESS},
	{"init", 0, OPTION_FLAG, RUN_HARMLESS},
};

/* Settings are kept by source until the end, because -e wins over --env-file in whatever order they stand. */
struct run_reading {
	struct run_options *options;
	struct strlist given; /* of -e */
};

static bool read_memory(struct run_options *options, const char *value)
{
	if (!parse_size(value, &options->memory_bytes)) {
		say("bad memory size '%s': a number and b, k, m or g, such as 256m", value);
		return false;
	}
	if (options->memory_bytes < MEMORY_LEAST_BYTES) {
		say("too little memory: %s (at least 8m; a bare number counts bytes)", value);
		return false;
	}
	return true;
}

static bool read_cpus(struct run_options *options, const char *value)
{
	uint64_t ns;

	/* docker writes whole processors as 2 or 2.0. */
	if (!parse_seconds(value, &ns) || ns % 1000000000u != 0 || ns == 0 || ns / 1000000000u > NAMU_CPUS_MOST) {
		say("bad number of processors '%s': a whole number from 1 to %d", value, NAMU_CPUS_MOST);
		return false;
	}
	options->cpus = ns / 1000000000u;
	return true;
}

/* As many as this process may use, but never many: more only wait for each other where the host has not so many. */
static uint64_t usual_cpus(void)
{
	cpu_set_t set;
	int count = 1;

	if (!sched_getaffinity(0, sizeof(set), &set))
		count = CPU_COUNT(&set);
	return count < 1 ? 1 : count > CPUS_USUAL_MOST ? CPUS_USUAL_MOST : (uint64_t)count;
}

static bool read_hostname(struct run_options *options, const char *value)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	size_t bytes = strlen(value);

	if (bytes == 0 || bytes > 64 || strspn(value, letters) != bytes || value[0] == '-') {
		say("bad host name '%s': 1 to 64 letters, digits, dots and dashes", value);
		return false;
	}
	options->hostname = value;
	return true;
}

static bool read_accel(struct run_options *options, const char *value)
{
	if (strcmp(value, "auto") == 0)
		options->accel = ACCEL_AUTO;
	else if (strcmp(value, "tcg") == 0)
		options->accel = ACCEL_TCG;
	else if (strcmp(value, "kvm") == 0)
		options->accel = ACCEL_KVM;
	else {
		say("bad accelerator '%s': auto, tcg or kvm", value);
		return false;
	}
	return true;
}

static bool read_machine(struct run_options *options, const char *value)
{
	options->machine = machine_kind_find(value);
	if (!options->machine)
		say("bad machine '%s': microvm or q35", value);
	return options->machine != NULL;
}

static bool read_status_fd(struct run_options *options, const char *value)
{
	uint64_t fd;

	if (!parse_number(value, 1u << 20, &fd)) {
		say("bad descriptor '%s' for --status-fd", value);
		return false;
	}
	int flags = fcntl((int)fd, F_GETFL);

	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
		say("descriptor %s for --status-fd is not open for writing", value);
		return false;
	}
	options->status_fd = (int)fd;
	return true;
}

static bool read_gdb(struct run_options *options, const char *value)
{
	uint64_t port = 1234;

	if (value && (!parse_number(value, 65535, &port) || port == 0)) {
		say("bad port '%s' for --gdb: 1 to 65535", value);
		return false;
	}
	options->gdb_port = (int)port;
	return true;
}

static bool read_absolute(const char **field, const char *what, const char *value)
{
	if (value[0] != '/') {
		say("the %s '%s' must begin with a slash", what, value);
		return false;
	}
	*field = value;
	return true;
}

static bool read_nonempty(const char **field, const char *what, const char *value)
{
	if (!*value) {
		say("an empty %s", what);
		return false;
	}
	*field = value;
	return true;
}

static bool read_env(struct run_reading *reading, const char *value)
{
	if (*value == 0 || *value == '=') {
		say("bad setting '%s' for -e: NAME=VALUE or NAME", value);
		return false;
	}
	strlist_add(&reading->given, value);
	return true;
}

static void read_append(struct run_options *options, const char *value)
{
	char *joined = options->append ? must_format("%s %s", options->append, value) : must_copy(value);

	free(options->append);
	options->append = joined;
}

static bool read_option(struct run_reading *reading, int id, const char *value)
{
	struct run_options *options = reading->options;
	const char *ignored;

	switch (id) {
	case RUN_MEMORY:
		return read_memory(options, value);
	case RUN_CPUS:
		return read_cpus(options, value);
	case RUN_ENV:
		return read_env(reading, value);
	case RUN_ENV_FILE:
		return env_read_file(&options->settings, value);
	case RUN_WORKDIR:
		return read_absolute(&options->workdir, "working directory", value);
	case RUN_ENTRYPOINT:
		options->entrypoint = value;
		return true;
	case RUN_USER:
		return read_nonempty(&options->user, "user", value);
	case RUN_HOSTNAME:
		return read_hostname(options, value);
	case RUN_TMPFS:
		strlist_add(&options->tmpfs, value);
		return read_absolute(&ignored, "tmpfs directory", value);
	case RUN_VOLUME:
		return shares_add_volume(&options->shares, value);
	case RUN_MOUNT:
		return shares_add_mount(&options->shares, &options->tmpfs, value);
	case RUN_NETWORK:
		return network_read_kind(&options->network, value);
	case RUN_PUBLISH:
		return network_publish(&options->network, value);
	case RUN_DNS:
		return network_add_resolver(&options->network, value);
	case RUN_TIMEOUT:
		if (parse_seconds(value, &options->timeout_ns))
			return true;
		say("bad time limit '%s': seconds, such as 10 or 0.5", value);
		return false;
	case RUN_STATUS_FD:
		return read_status_fd(options, value);
	case RUN_MACHINE:
		return read_machine(options, value);
	case RUN_ACCEL:
		return read_accel(options, value);
	case RUN_SEED:
		options->has_seed = true;
		if (parse_seed(value, &options->seed))
			return true;
		say("bad seed '%s': a whole number below 2^64", value);
		return false;
	case RUN_KERNEL:
		return read_nonempty(&options->kernel, "name of a kernel", value);
	case RUN_APPEND:
		read_append(options, value);
		return true;
	case RUN_TRACE:
		return read_nonempty(&options->trace, "name of a trace file", value);
	case RUN_TRACE_FILTER:
		options->trace_events |= trace_kinds_always();
		return trace_kinds_read(value, &options->trace_events);
	case RUN_VIEW:
		return read_nonempty(&options->view, "name of a page", value ? value : "namu.html");
	case RUN_GDB:
		return read_gdb(options, value);
	}
	return false;
}

static bool read_flag(struct run_options *options, int id, const char *spelled, const char *value)
{
	bool is_on = true;

	if (value && !parse_bool(value, &is_on)) {
		say("bad value '%s' for %s: true or false", value, spelled);
		return false;
	}
	switch (id) {
	case RUN_DRY_RUN:
		options->is_dry_run = is_on;
		break;
	case RUN_VERBOSE:
		options->is_verbose = is_on;
		break;
	case RUN_READ_ONLY:
		options->is_read_only = is_on;
		break;
	case RUN_RW:
		options->is_rw = is_on;
		break;
	case RUN_LIVE:
		options->is_live = is_on;
		break;
	case RUN_TRACE_FULL:
		options->is_trace_lossy = !is_on;
		break;
	case RUN_TRACE_LOSSY:
		options->is_trace_lossy = is_on;
		break;
	}
	return true;
}

static bool check_shared_root(struct run_options *options)
{
	const char *name = options->is_rw ? "--rw" : "--live";

	if (options->is_rw && (options->is_live || options->is_read_only)) {
		say("--rw cannot go with %s", options->is_live ? "--live" : "--read-only");
		return false;
	}
	if (!options->root) {
		say("%s needs ROOT, a directory", name);
		return false;
	}
	shares_add_root(&options->shares, options->root, options->is_live);
	return true;
}

/* What cannot go together, and the order in which settings win. */
static bool run_options_finish(struct run_reading *reading)
{
	struct run_options *options = reading->options;

	for (size_t i = 0; i < reading->given.count; i++)
		(void)env_set(&options->settings, reading->given.items[i]);
	strlist_free(&reading->given);
	if (options->has_seed && options->accel == ACCEL_KVM) {
		say("--seed counts instructions, which needs --accel tcg");
		return false;
	}
	if ((options->is_rw || options->is_live) && !check_shared_root(options))
		return false;
	if (options->has_seed && options->shares.count) {
		say("--seed repeats a run exactly, but others may change a host folder: leave -v out, or make it part "
		    "of "
		    "the root");
		return false;
	}
	if (!options->trace && !options->view && (options->trace_events || options->is_trace_lossy)) {
		say("%s needs --trace=FILE or --view", options->trace_events ? "--trace-filter" : "--trace-lossy");
		return false;
	}
	if (options->has_seed && options->cpus > 1) {
		say("--seed runs on one processor: leave --cpus out");
		return false;
	}
	if (!options->cpus)
		options->cpus = options->has_seed ? 1 : usual_cpus();
	return network_finish(&options->network, options->has_seed);
}

/* One word that is no option: ROOT, once. */
static bool read_root(struct run_options *options, const char *word)
{
	if (options->root) {
		say("the command needs '--' before it: namu run %s -- %s", options->root, word);
		return false;
	}
	options->root = word;
	return true;
}

int run_options_read(struct run_options *options, char **words)
{
	static char *const no_command[] = {NULL};
	struct run_reading reading = {.options = options};
	struct option_cursor cursor = {
		.words = words, .specs = run_specs, .spec_count = sizeof(run_specs) / sizeof(run_specs[0])};
	const char *value;
	int id;

	*options = (struct run_options){.command = no_command, .machine = machine_kind_usual(), .status_fd = -1};
	while ((id = options_next(&cursor, &value)) != OPTION_END && id != OPTION_DASHES) {
		bool is_good = id != OPTION_BAD;

		if (id == RUN_HELP)
			return 1;
		if (id == OPTION_POSITIONAL)
			is_good = read_root(options, value);
		else if (id >= RUN_DRY_RUN)
			is_good = read_flag(options, id, cursor.spelled, value);
		else if (is_good)
			is_good = read_option(&reading, id, value);
		if (!is_good)
			return -1;
	}
	if (id == OPTION_DASHES)
		options->command = cursor.words;
	free(cursor.spelled);
	return run_options_finish(&reading) ? 0 : -1;
}
