/* `namu run`: from the command line to a machine, and from its end to an exit status. */
#include "commands.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "env.h"
#include "explain.h"
#include "machine.h"
#include "namu/start.h"
#include "paths.h"
#include "quote.h"
#include "record.h"
#include "report.h"
#include "root.h"
#include "run_options.h"
#include "run_trace.h"
#include "say.h"
#include "session.h"
#include "terminal.h"

#define ENTROPY_BYTES  32
#define GUEST_PATH     "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define GUEST_HOSTNAME "namu"
/* The start record holds, beside the input, arguments and environment. */
#define STDIN_MOST_BYTES (NAMU_START_MAX_BYTES - (16u << 20))

struct run {
	struct run_options options;
	struct root root;
	struct session session;
	struct machine_plan plan;
	struct strlist command;
	bool has_terminal;
	struct bytes input; /* of a seeded run */
	int record_fd;
	struct run_trace trace;
};

/*
 * The command: the image's entry point, which --entrypoint replaces, and the words given or else the image's own. When
 * that is nothing, the root's shell: one that reads its profile when someone sits before it.
 */
static void run_choose_command(struct run *run)
{
	const struct run_options *options = &run->options;
	const struct note *note = &run->root.note;
	struct strlist *command = &run->command;

	if (options->entrypoint && *options->entrypoint)
		strlist_add(command, options->entrypoint);
	for (size_t i = 0; !options->entrypoint && i < note->entrypoint.count; i++)
		strlist_add(command, note->entrypoint.items[i]);
	for (char *const *word = options->command; *word; word++)
		strlist_add(command, *word);
	/* The image's words are meant for the image's entry point. */
	for (size_t i = 0; !options->command[0] && !options->entrypoint && i < note->command.count; i++)
		strlist_add(command, note->command.items[i]);
	if (command->count == 0) {
		strlist_add(command, "/bin/sh");
		if (run->has_terminal)
			strlist_add(command, "-l");
	}
}

static const char *run_user(const struct run *run)
{
	return run->options.user ? run->options.user : run->root.note.user;
}

static bool is_root_user(const char *user)
{
	return !user || strcmp(user, "0") == 0 || strcmp(user, "root") == 0 || strncmp(user, "0:", 2) == 0 ||
	       strncmp(user, "root:", 5) == 0;
}

static void run_environment(const struct run *run, struct strlist *env)
{
	const struct run_options *options = &run->options;
	const char *term = getenv("TERM");

	strlist_add(env, "PATH=" GUEST_PATH);
	strlist_addf(env, "HOSTNAME=%s", options->hostname ? options->hostname : GUEST_HOSTNAME);
	if (run->has_terminal)
		strlist_addf(env, "TERM=%s", term && *term ? term : "xterm");
	/* Others' homes stand in the root's own list of users, which the kernel reads. */
	if (is_root_user(run_user(run)))
		strlist_add(env, "HOME=/root");
	for (size_t i = 0; i < run->root.note.env.count; i++)
		(void)env_set(env, run->root.note.env.items[i]);
	for (size_t i = 0; i < options->settings.count; i++)
		(void)env_set(env, options->settings.items[i]);
}

static int run_add_choices(const struct run *run, struct bytes *record)
{
	unsigned char entropy[ENTROPY_BYTES];
	struct timespec now;

	if (run->options.has_seed) {
		record_add_u64(record, NAMU_START_SEED, run->options.seed);
		record_add_u64(record, NAMU_START_CLOCK, MACHINE_SEEDED_CLOCK_S * 1000000000u);
		record_add(record, NAMU_START_STDIN, run->input.data, run->input.count);
		return 0;
	}
	if (getrandom(entropy, sizeof(entropy), 0) != (ssize_t)sizeof(entropy)) {
		say("no random bytes from this host: %s", strerror(errno));
		return -1;
	}
	record_add(record, NAMU_START_ENTROPY, entropy, sizeof(entropy));
	(void)clock_gettime(CLOCK_REALTIME, &now);
	record_add_u64(record, NAMU_START_CLOCK, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
	return 0;
}

/* A live root cannot be written: what programs need for themselves lies in memory. */
static void run_add_live_places(const char *root, struct bytes *record)
{
	static const char *const places[] = {"/tmp:mode=1777", "/run:mode=755", "/var/tmp:mode=1777"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char *path = must_format("%s%.*s", root, (int)strcspn(places[i], ":"), places[i]);
		struct stat status;

		if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode))
			record_add_text(record, NAMU_START_TMPFS, places[i]);
		free(path);
	}
}

static int run_make_record(struct run *run)
{
	const struct run_options *options = &run->options;
	struct bytes record = {0};
	struct strlist env = {0};
	int result = -1;

	record_begin(&record);
	for (char *const *argument = run->command.items; *argument; argument++)
		record_add_text(&record, NAMU_START_ARG, *argument);
	run_environment(run, &env);
	for (size_t i = 0; i < env.count; i++)
		record_add_text(&record, NAMU_START_ENV, env.items[i]);
	strlist_free(&env);
	if (options->workdir || run->root.note.workdir)
		record_add_text(&record, NAMU_START_CWD, options->workdir ? options->workdir : run->root.note.workdir);
	if (run_user(run))
		record_add_text(&record, NAMU_START_USER, run_user(run));
	record_add_text(&record, NAMU_START_HOSTNAME, options->hostname ? options->hostname : GUEST_HOSTNAME);
	for (size_t i = 0; i < options->tmpfs.count; i++)
		record_add_text(&record, NAMU_START_TMPFS, options->tmpfs.items[i]);
	shares_record(&options->shares, &record);
	network_record(&options->network, &record);
	if (options->is_live)
		run_add_live_places(options->shares.items[0].host, &record);
	if (options->is_read_only)
		record_add(&record, NAMU_START_READONLY, NULL, 0);
	run_trace_record(options, &record);
	if (run->has_terminal) {
		struct terminal_size size = terminal_size(STDIN_FILENO);

		record_add(&record, NAMU_START_TTY, &size, sizeof(size));
	}
	if (run_add_choices(run, &record) < 0)
		goto done;
	if (!record_end(&record)) {
		say("the command, its environment and its input are larger than %u MiB", NAMU_START_MAX_BYTES >> 20);
		goto done;
	}
	run->record_fd = memory_file("start");
	if (!write_fully(run->record_fd, record.data, record.count)) {
		say("cannot write the start record: %s", strerror(errno));
		goto done;
	}
	result = 0;
done:
	free(record.data);
	return result;
}

/* A seeded run's input is part of its start: nothing arrives later. */
static int run_read_input(struct run *run)
{
	if (!run->options.has_seed || run->options.is_dry_run)
		return 0;
	if (isatty(STDIN_FILENO)) {
		say_verbose("a seeded run takes no input from a terminal: its stdin is empty");
		return 0;
	}
	int error = bytes_read_fd(&run->input, STDIN_FILENO, STDIN_MOST_BYTES);

	if (error == -EFBIG)
		say("the input of a seeded run is limited to %u MiB", STDIN_MOST_BYTES >> 20);
	else if (error)
		say("cannot read stdin: %s", strerror(-error));
	return error ? -1 : 0;
}

static int run_choose_accel(struct run *run)
{
	const char *why;
	enum accel asked = run->options.accel;

	if (asked == ACCEL_TCG || run->options.has_seed)
		return 0;
	run->plan.is_kvm = kvm_is_usable(&why);
	if (!run->plan.is_kvm && asked == ACCEL_KVM) {
		say("KVM cannot be used: %s (leave --accel out to run without it)", why);
		return -1;
	}
	if (!run->plan.is_kvm)
		say_verbose("running without KVM: %s", why);
	return 0;
}

static int run_find_kernel(struct run *run)
{
	char magic[4] = "";
	char *found = run->options.kernel ? NULL : find_data("namu.elf");
	const char *kernel = found ? found : run->options.kernel;

	if (!kernel) {
		say("the kernel is missing: no namu.elf beside the command (run 'make', or set NAMU_DATA)");
		return -1;
	}
	int fd = open(kernel, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		say("cannot read the kernel %s: %s", kernel, strerror(errno));
		return -1;
	}
	bool is_elf = read(fd, magic, sizeof(magic)) == (ssize_t)sizeof(magic) && memcmp(magic, "\177ELF", 4) == 0;

	close(fd);
	if (!is_elf) {
		say("the kernel %s is not an ELF file", kernel);
		return -1;
	}
	run->plan.kernel = kernel;
	return 0;
}

static int run_find_qemu(struct run *run)
{
	run->plan.qemu = find_qemu();
	if (!run->plan.qemu && run->options.is_dry_run)
		run->plan.qemu = "qemu-system-x86_64";
	const char *chosen = getenv("NAMU_QEMU");

	if (!run->plan.qemu && chosen && *chosen) {
		say("QEMU is missing: NAMU_QEMU names no program: %s", chosen);
		return -1;
	}
	if (!run->plan.qemu) {
		say("QEMU is missing: no qemu-system-x86_64 in PATH (Debian: apt-get install qemu-system-x86)");
		return -1;
	}
	return 0;
}

static void run_open_channels(struct run *run)
{
	struct channels *channels = &run->session.channels;
	enum channel_kind output = run->options.has_seed ? CHANNEL_FILE : CHANNEL_SOCKET;

	if (run->has_terminal) {
		channel_open(channels, CHANNEL_TTY, CHANNEL_SOCKET);
		/* A kernel that knows this port gives the program's stderr to it and not to the terminal. */
		if (!isatty(STDERR_FILENO))
			channel_open(channels, CHANNEL_ERR, CHANNEL_SOCKET);
	} else {
		if (!run->options.has_seed)
			channel_open(channels, CHANNEL_IN, CHANNEL_SOCKET);
		channel_open(channels, CHANNEL_OUT, output);
		channel_open(channels, CHANNEL_ERR, output);
	}
	channel_open(channels, CHANNEL_CTL, CHANNEL_SOCKET);
	/* One write for each byte of the log is cheaper to a file than to someone who wakes for it. */
	channel_open(channels, CHANNEL_LOG, CHANNEL_FILE);
}

/* Output that could not be written is a failure of this command's when the program's own result hides it. */
static void run_check_output(struct run *run)
{
	for (int i = SESSION_OUT; i <= SESSION_ERR; i++) {
		int error = run->session.pumps[i].write_error;
		char text[128];

		if (!error)
			continue;
		(void)snprintf(text, sizeof(text), "cannot write the program's output: %s", strerror(error));
		say("%s", text);
	}
}

static bool run_has_write_error(const struct run *run)
{
	return run->session.pumps[SESSION_OUT].write_error || run->session.pumps[SESSION_ERR].write_error;
}

static int run_machine(struct run *run, const struct strlist *arguments)
{
	struct session *session = &run->session;
	int inherited[CHANNEL_COUNT + 2];
	size_t count = 0;
	struct bytes log = {0};

	inherited[count++] = run->root.fd;
	inherited[count++] = run->record_fd;
	for (int id = 0; id < CHANNEL_COUNT; id++) {
		if (session->channels.of[id].kind != CHANNEL_ABSENT)
			inherited[count++] = session->channels.of[id].machine;
	}
	session_block_signals();
	if (run->options.gdb_port)
		say("the machine waits for gdb on port %d: target remote :%d", run->options.gdb_port,
		    run->options.gdb_port);
	if (run->has_terminal && !terminal_enter(STDIN_FILENO))
		return STATUS_NAMU;
	session_run(session, arguments->items, inherited, count);
	terminal_leave();
	session_read_log(session, &log);
	explain_end(&session->outcome, session->machine_status, &session->machine_said, &log);
	explain_failure(&session->outcome, run->command.items[0]);
	report_say(&session->outcome, run->command.items[0], &log);
	run_check_output(run);
	report_ended(session->status_fd, &session->outcome);
	int status = outcome_status(&session->outcome);

	if (status == 0 && run_has_write_error(run))
		status = STATUS_NAMU;
	if (!run_trace_keep(&run->options, &run->trace, run->command.items, status) && status == 0)
		status = STATUS_NAMU;
	free(log.data);
	session_close(session);
	return status;
}

/* A shared root needs none of its own: the machine boots with the built-in one and leaves it. */
static const char *run_image(const struct run_options *options)
{
	return options->is_rw || options->is_live ? NULL : options->root;
}

/* Everything up to the machine's start; 0, or -1 with a line said. */
static int run_prepare(struct run *run, struct strlist *arguments)
{
	const struct run_options *options = &run->options;
	struct machine_plan *plan = &run->plan;

	run->has_terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !options->has_seed;
	if (run_find_kernel(run) < 0 || run_choose_accel(run) < 0 || run_find_qemu(run) < 0 ||
	    shares_check(&run->options.shares) < 0 || root_open(&run->root, run_image(options)) < 0 ||
	    layout_choose(&plan->layout, run->root.fd, run->root.bytes, options->memory_bytes,
			  options->machine->low_end) < 0 ||
	    run_read_input(run) < 0 ||
	    (!options->is_dry_run && !run_trace_open(&run->options, &run->trace, &run->session.channels)))
		return -1;
	run_choose_command(run);
	run_open_channels(run);
	if (run_make_record(run) < 0)
		return -1;
	plan->kind = options->machine;
	plan->image = options->is_dry_run ? run->root.path : descriptor_path(run->root.fd);
	plan->record = descriptor_path(run->record_fd);
	plan->append = options->append;
	plan->cpus = (unsigned)options->cpus;
	plan->is_seeded = options->has_seed;
	plan->seed = options->seed;
	plan->gdb_port = options->gdb_port;
	plan->channels = &run->session.channels;
	plan->shares = &options->shares;
	plan->network = &options->network;
	machine_arguments(arguments, plan);
	return 0;
}

/* Reports an end before the beginning. */
static int run_fail(const struct run_options *options)
{
	struct outcome outcome = {0};

	outcome_set(&outcome, OUTCOME_BROKEN, 0, say_last());
	report_ended(options->status_fd, &outcome);
	return STATUS_NAMU;
}

int command_run(char **words)
{
	static struct run run;
	struct strlist arguments = {0};

	/* Whoever reads what this writes may go; that is an error of a write and not the end. */
	(void)signal(SIGPIPE, SIG_IGN);
	int read = run_options_read(&run.options, words);

	if (read < 0)
		return run_fail(&run.options);
	if (read > 0)
		return command_help_for("run");
	say_set_verbose(run.options.is_verbose);
	if (run_prepare(&run, &arguments) < 0)
		return run_fail(&run.options);
	if (run.options.is_dry_run) {
		quote_print(arguments.items);
		return fflush(stdout) == 0 ? 0 : STATUS_NAMU;
	}
	run.session.status_fd = run.options.status_fd;
	run.session.network = &run.options.network;
	run.session.timeout_ns = run.options.timeout_ns;
	run.session.has_terminal = run.has_terminal;
	return run_machine(&run, &arguments);
}
