/* The loop that joins a machine and the host. */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "machine.h"
#include "report.h"
#include "say.h"
#include "terminal.h"

#define NS_PER_S           1000000000ull
#define NS_PER_MS          1000000ull
#define LOG_KEPT_BYTES     (64 << 10)
#define LOG_CHECK_BYTES    (1l << 20)
#define BACKLOG_STOP_BYTES (64ull << 20)
#define BACKLOG_GO_BYTES   (16ull << 20)
#define SAID_MOST_BYTES    (64u << 10)

/* Places in the poll set: signals, QEMU's messages, control, growth of files, then two for each pump. */
enum {
	POLL_SIGNALS,
	POLL_SAID,
	POLL_CONTROL,
	POLL_NOTIFY,
	POLL_PUMPS,
	POLL_COUNT = POLL_PUMPS + 2 * SESSION_PUMPS,
};

static const int ending_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

static uint64_t now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static void session_signal_set(sigset_t *set)
{
	sigemptyset(set);
	for (size_t i = 0; i < sizeof(ending_signals) / sizeof(ending_signals[0]); i++) {
		struct sigaction action;

		/* Who started this with a signal ignored (nohup, a job in the background) means it. */
		if (sigaction(ending_signals[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			continue;
		sigaddset(set, ending_signals[i]);
	}
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGWINCH);
	sigaddset(set, SIGCONT);
}

void session_block_signals(void)
{
	sigset_t set;

	session_signal_set(&set);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	/* A child that is ignored would not be waited for. */
	(void)signal(SIGCHLD, SIG_DFL);
}

static void session_kill(struct session *session, enum outcome_kind why, int value)
{
	outcome_set(&session->outcome, why, value, "");
	session->give_up_ns = now_ns() + NS_PER_S;
	if (!session->is_machine_gone)
		(void)kill(session->machine_pid, SIGKILL);
}

/* A signal that comes during the boot waits for the program that it is for. */
static void session_pass_signal(struct session *session)
{
	if (!session->waiting_signal || !session->outcome.has_started)
		return;
	control_send(&session->control, "signal %d", session->waiting_signal);
	session->waiting_signal = 0;
}

/* The first signal is the guest's; the second one, or one that no guest is left for, ends the session. */
static void session_ending_signal(struct session *session, int number)
{
	if (session->ending_signals++ > 0 || session->is_machine_gone) {
		session_kill(session, OUTCOME_INTERRUPTED, number);
		return;
	}
	session->waiting_signal = number;
	session_pass_signal(session);
}

static void session_reap(struct session *session)
{
	int status;

	if (session->is_machine_gone || waitpid(session->machine_pid, &status, WNOHANG) != session->machine_pid)
		return;
	session->is_machine_gone = true;
	session->machine_status = status;
}

static void session_window_size(struct session *session)
{
	struct terminal_size size = terminal_size(STDIN_FILENO);

	if (session->has_terminal)
		control_send(&session->control, "winsize %u %u", size.rows, size.columns);
}

static void session_signals(struct session *session)
{
	struct signalfd_siginfo info;

	while (read(session->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGCHLD:
			session_reap(session);
			break;
		case SIGWINCH:
			session_window_size(session);
			break;
		case SIGCONT:
			if (session->has_terminal)
				terminal_reenter();
			break;
		default:
			session_ending_signal(session, (int)info.ssi_signo);
		}
	}
}

/* QEMU's messages; only the first of them matter. */
static void session_said(struct session *session)
{
	char data[4096];
	ssize_t n;

	if (session->machine_said_fd < 0)
		return;
	while ((n = read(session->machine_said_fd, data, sizeof(data))) > 0) {
		if (session->machine_said.count < SAID_MOST_BYTES)
			bytes_add(&session->machine_said, data, (size_t)n);
	}
	if (n == 0) {
		close(session->machine_said_fd);
		session->machine_said_fd = -1;
	}
}

/* What the streams' ends mean to the guest. */
static void session_tell_ends(struct session *session)
{
	static const char *const names[SESSION_PUMPS] = {[SESSION_OUT] = "out", [SESSION_ERR] = "err"};
	const struct pump *in = &session->pumps[SESSION_IN];

	if (in->has_ended && !session->has_said_eof) {
		session->has_said_eof = true;
		if (session->has_terminal)
			control_send(&session->control, "hangup tty");
		else
			control_send(&session->control, "eof %llu", (unsigned long long)in->taken);
	}
	for (int i = SESSION_OUT; i <= SESSION_ERR; i++) {
		if (!session->pumps[i].is_sink_gone || session->has_said_hangup[i])
			continue;
		session->has_said_hangup[i] = true;
		control_send(&session->control, "hangup %s",
			     session->has_terminal && i == SESSION_OUT ? "tty" : names[i]);
	}
}

/*
 * A seeded machine cannot be held back through its ports; the whole machine stands still while too much waits to be
 * read. It does not notice: its clock counts instructions.
 */
static void session_hold_back(struct session *session)
{
	uint64_t backlog = 0;

	for (int i = 0; i < SESSION_PUMPS; i++) {
		if (!session->pumps[i].is_sink_gone)
			backlog += pump_backlog(&session->pumps[i]);
	}
	bool is_too_much = backlog > (session->is_machine_stopped ? BACKLOG_GO_BYTES : BACKLOG_STOP_BYTES);

	if (is_too_much != session->is_machine_stopped && !session->is_machine_gone) {
		(void)kill(session->machine_pid, is_too_much ? SIGSTOP : SIGCONT);
		session->is_machine_stopped = is_too_much;
	}
}

/* Gives back the space of the log but for its last part, when nobody reads it. */
static void session_trim_log(struct session *session)
{
	struct stat status;
	int fd = session->channels.of[CHANNEL_LOG].host;

	if (session->pumps[SESSION_LOG].source != PUMP_FROM_NOTHING || fstat(fd, &status) < 0)
		return;
	if (status.st_blocks * 512 > 2 * LOG_CHECK_BYTES)
		(void)fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, status.st_size - LOG_CHECK_BYTES);
}

static bool session_has_files(const struct session *session)
{
	for (int i = 0; i < SESSION_PUMPS; i++) {
		if (session->pumps[i].source == PUMP_FROM_FILE)
			return true;
	}
	return false;
}

/* How long to wait: to the next limit, and at most a second, in which a log may grow. */
static int session_wait_ms(const struct session *session)
{
	uint64_t now = now_ns();
	uint64_t until = now + NS_PER_S;

	if (session->deadline_ns && session->deadline_ns < until)
		until = session->deadline_ns;
	if (session->give_up_ns && session->give_up_ns < until)
		until = session->give_up_ns;
	for (int i = 0; i < SESSION_PUMPS; i++) {
		/* Bytes that wait in a file wake nobody. */
		if (session->pumps[i].count == 0 && pump_backlog(&session->pumps[i]) > 0)
			return 0;
	}
	if (session->notify_fd < 0 && session_has_files(session) && !session->is_machine_gone)
		until = now + 5 * NS_PER_MS;
	return until <= now ? 0 : (int)((until - now + NS_PER_MS - 1) / NS_PER_MS);
}

static void session_wait(struct session *session, struct pollfd polls[POLL_COUNT])
{
	short control_events = POLLIN;

	if (control_is_waiting(&session->control))
		control_events |= POLLOUT;
	polls[POLL_SIGNALS] = (struct pollfd){.fd = session->signal_fd, .events = POLLIN};
	polls[POLL_SAID] = (struct pollfd){.fd = session->machine_said_fd, .events = POLLIN};
	polls[POLL_CONTROL] =
		(struct pollfd){.fd = session->control.has_ended ? -1 : session->control.fd, .events = control_events};
	polls[POLL_NOTIFY] = (struct pollfd){.fd = session->notify_fd, .events = POLLIN};
	for (int i = 0; i < SESSION_PUMPS; i++) {
		struct pollfd *of_pump = &polls[POLL_PUMPS + 2 * i];

		pump_prepare(&session->pumps[i], of_pump);
		/* Input is of no use to a machine that has ended. */
		if (i == SESSION_IN && session->is_machine_gone)
			of_pump[0].fd = of_pump[1].fd = -1;
	}
	if (poll(polls, POLL_COUNT, session_wait_ms(session)) < 0) {
		for (int i = 0; i < POLL_COUNT; i++)
			polls[i].revents = 0;
	}
}

static void session_turn(struct session *session)
{
	struct pollfd polls[POLL_COUNT];
	char events[4096];

	session_wait(session, polls);
	if (polls[POLL_NOTIFY].revents)
		(void)!read(session->notify_fd, events, sizeof(events));
	session_signals(session);
	session_said(session);
	control_flush(&session->control);
	control_receive(&session->control, &session->outcome);
	session_pass_signal(session);
	for (int i = 0; i < SESSION_PUMPS; i++) {
		if (session->is_machine_gone && i != SESSION_IN)
			pump_take_rest(&session->pumps[i]);
		else
			pump_turn(&session->pumps[i], &polls[POLL_PUMPS + 2 * i]);
	}
	session_tell_ends(session);
	session_hold_back(session);
	session_trim_log(session);
	if (session->outcome.has_started && !session->has_reported_start) {
		session->has_reported_start = true;
		report_published(session->status_fd, session->network);
		report_started(session->status_fd, session->outcome.guest_pid);
	}
	if (session->deadline_ns && now_ns() >= session->deadline_ns) {
		session->deadline_ns = 0;
		session_kill(session, OUTCOME_TIMEOUT, 0);
	}
}

static bool session_is_over(const struct session *session)
{
	if (!session->is_machine_gone)
		return false;
	if (session->give_up_ns && now_ns() >= session->give_up_ns)
		return true;
	for (int i = SESSION_OUT; i < SESSION_PUMPS; i++) {
		if (!pump_is_done(&session->pumps[i]))
			return false;
	}
	return session->control.has_ended;
}

/* The output side of a port, to a descriptor of the user's. */
static void session_open_output(struct session *session, enum session_pump which, enum channel_id id, int to)
{
	const struct channel *channel = &session->channels.of[id];
	struct pump *pump = &session->pumps[which];

	if (channel->kind == CHANNEL_ABSENT)
		return;
	pump_open(pump, channel->kind == CHANNEL_FILE ? PUMP_FROM_FILE : PUMP_FROM_SOCKET, channel->host, PUMP_TO_FILE,
		  to);
	pump_to_user(pump, to);
	if (channel->kind != CHANNEL_FILE)
		return;
	if (session->notify_fd < 0)
		session->notify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	char *path = descriptor_path(channel->host);

	if (session->notify_fd >= 0 && inotify_add_watch(session->notify_fd, path, IN_MODIFY) < 0) {
		close(session->notify_fd);
		session->notify_fd = -1;
	}
	free(path);
}

static void session_open(struct session *session)
{
	enum channel_id in = session->has_terminal ? CHANNEL_TTY : CHANNEL_IN;
	sigset_t set;

	session->notify_fd = -1;
	session_signal_set(&set);
	session->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (session->signal_fd < 0)
		die("cannot listen to signals: %s", strerror(errno));
	session->control.fd = session->channels.of[CHANNEL_CTL].host;
	if (session->channels.of[in].kind != CHANNEL_ABSENT)
		pump_open(&session->pumps[SESSION_IN], PUMP_FROM_READER, STDIN_FILENO, PUMP_TO_SOCKET,
			  session->channels.of[in].host);
	session_open_output(session, SESSION_OUT, session->has_terminal ? CHANNEL_TTY : CHANNEL_OUT, STDOUT_FILENO);
	session_open_output(session, SESSION_ERR, CHANNEL_ERR, STDERR_FILENO);
	if (say_is_verbose())
		session_open_output(session, SESSION_LOG, CHANNEL_LOG, STDERR_FILENO);
	session->pumps[SESSION_LOG].adds_returns = session->has_terminal;
	if (session->timeout_ns)
		session->deadline_ns = now_ns() + session->timeout_ns;
}

void session_run(struct session *session, char *const *arguments, const int *inherited, size_t inherited_count)
{
	session_open(session);
	session->machine_pid = machine_start(arguments, inherited, inherited_count, &session->machine_said_fd);
	channels_close_machine_ends(&session->channels);
	while (!session_is_over(session))
		session_turn(session);
	session_said(session);
	/* A text for those who read it as one. */
	bytes_add(&session->machine_said, "", 1);
	session->machine_said.count--;
}

void session_close(struct session *session)
{
	for (int i = 0; i < SESSION_PUMPS; i++)
		pump_close(&session->pumps[i]);
	control_close(&session->control);
	free(session->machine_said.data);
	session->machine_said = (struct bytes){0};
}

void session_read_log(const struct session *session, struct bytes *log)
{
	int fd = session->channels.of[CHANNEL_LOG].host;
	char data[4096];
	struct stat status;
	ssize_t n;

	if (fstat(fd, &status) < 0)
		return;
	off_t at = status.st_size > LOG_KEPT_BYTES ? status.st_size - LOG_KEPT_BYTES : 0;

	while ((n = pread(fd, data, sizeof(data), at)) > 0) {
		bytes_add(log, data, (size_t)n);
		at += n;
	}
}
