/*
 * How a guest test speaks: TAP lines on stdout, one write a line, so that nothing is lost when the test dies.
 *
 * A test program is a table of cases and TAP_MAIN. Each case runs in a process of its own, in a process group of its
 * own, in an empty directory of its own and under a time limit, so that one missing feature fails one case. A case
 * that ends in any other way than by returning is a failed check. Processes that a case makes speak through their
 * exit status: must() ends them with MUST_STATUS and says what was not so.
 */
#ifndef TAP_H
#define TAP_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUST_STATUS  99
#define CASE_SECONDS 60 /* only a hang reaches it, even under an emulator on a busy host */

struct tap_case {
	const char *name;
	void (*run)(void);
	unsigned seconds; /* 0: CASE_SECONDS */
};

static struct {
	const char *program;
	const char *name;
	int failed;
} tap;

static inline void tap_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline void tap_report(int passed, const char *detail, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static inline void tap_write(const char *line, size_t bytes)
{
	while (bytes > 0) {
		ssize_t n = write(1, line, bytes);
		if (n <= 0 && errno != EINTR)
			_exit(98);
		if (n > 0) {
			line += n;
			bytes -= (size_t)n;
		}
	}
}

/* A remark: shown, never counted. */
static inline void tap_say(const char *format, ...)
{
	char line[600] = "# ";
	va_list args;

	va_start(args, format);
	vsnprintf(line + 2, sizeof(line) - 3, format, args);
	va_end(args);
	strcat(line, "\n");
	tap_write(line, strlen(line));
}

static inline void tap_report(int passed, const char *detail, const char *format, ...)
{
	char what[300], line[1000];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	snprintf(line, sizeof(line), "%sok - %s/%s: %s%s", passed ? "" : "not ", tap.program, tap.name, what,
		 passed ? "" : detail);
	for (char *p = line; *p; p++)
		*p = *p == '\n' ? '|' : *p;
	strcat(line, "\n");
	tap_write(line, strlen(line));
	tap.failed |= !passed;
}

/* A check that has no meaning here; it counts as skipped. */
#define skip(what, reason)                                                                                         \
	do {                                                                                                       \
		char line_[300];                                                                                   \
		snprintf(line_, sizeof(line_), "ok - %s/%s: %s # skip %s\n", tap.program, tap.name, what, reason); \
		tap_write(line_, strlen(line_));                                                                   \
	} while (0)

#define ok(condition, ...) tap_ok(!!(condition), #condition, __LINE__, __VA_ARGS__)
#define tap_ok(passed, text, line, ...)                                                       \
	do {                                                                                  \
		char detail_[200];                                                            \
		int passed_ = (passed);                                                       \
		snprintf(detail_, sizeof(detail_), " [line %d: not so: %.150s]", line, text); \
		tap_report(passed_, detail_, __VA_ARGS__);                                    \
	} while (0)

#define is_int(got, want, ...)                                                                               \
	do {                                                                                                 \
		char detail_[200];                                                                           \
		long got_ = (long)(got), want_ = (long)(want);                                               \
		snprintf(detail_, sizeof(detail_), " [line %d: expected %ld%s, got %ld%s]", __LINE__, want_, \
			 tap_errno_name(want_), got_, tap_errno_name(got_));                                 \
		tap_report(got_ == want_, detail_, __VA_ARGS__);                                             \
	} while (0)

#define is_str(got, want, ...)                                                                                         \
	do {                                                                                                           \
		char detail_[560];                                                                                     \
		const char *got_ = (got), *want_ = (want);                                                             \
		snprintf(detail_, sizeof(detail_), " [line %d: expected \"%.250s\", got \"%.250s\"]", __LINE__, want_, \
			 got_);                                                                                        \
		tap_report(strcmp(got_, want_) == 0, detail_, __VA_ARGS__);                                            \
	} while (0)

/* The call answers -1 with this errno. */
#define fails(call, want_errno, ...)                                                                                  \
	do {                                                                                                          \
		char detail_[200];                                                                                    \
		errno = 0;                                                                                            \
		long got_ = (long)(call);                                                                             \
		int errno_ = errno;                                                                                   \
		snprintf(detail_, sizeof(detail_), " [line %d: expected -1 with errno %d%s, got %ld with %d%s]",      \
			 __LINE__, want_errno, tap_errno_name(-(want_errno)), got_, errno_, tap_errno_name(-errno_)); \
		tap_report(got_ == -1 && errno_ == (want_errno), detail_, __VA_ARGS__);                               \
	} while (0)

/* The call answers anything but -1. */
#define works(call, ...)                                                                                     \
	do {                                                                                                 \
		char detail_[200];                                                                           \
		errno = 0;                                                                                   \
		long got_ = (long)(call);                                                                    \
		snprintf(detail_, sizeof(detail_), " [line %d: %.100s: errno %d%s]", __LINE__, #call, errno, \
			 tap_errno_name(-errno));                                                            \
		tap_report(got_ != -1, detail_, __VA_ARGS__);                                                \
	} while (0)

/* What must hold for the rest to mean anything: ends the process if it does not. */
#define must(condition)                                                                                        \
	do {                                                                                                   \
		errno = 0;                                                                                     \
		if (!(condition)) {                                                                            \
			tap_say("%s/%s line %d: must be so: %s (errno %d%s)", tap.program, tap.name, __LINE__, \
				#condition, errno, tap_errno_name(-errno));                                    \
			_exit(MUST_STATUS);                                                                    \
		}                                                                                              \
	} while (0)

/* " (EINVAL)" and its like for a negative errno, "" for all else. */
static inline const char *tap_errno_name(long value)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {{EPERM, " (EPERM)"},
		     {ENOENT, " (ENOENT)"},
		     {ESRCH, " (ESRCH)"},
		     {EINTR, " (EINTR)"},
		     {EIO, " (EIO)"},
		     {E2BIG, " (E2BIG)"},
		     {ENOEXEC, " (ENOEXEC)"},
		     {EBADF, " (EBADF)"},
		     {ECHILD, " (ECHILD)"},
		     {EAGAIN, " (EAGAIN)"},
		     {ENOMEM, " (ENOMEM)"},
		     {EACCES, " (EACCES)"},
		     {EFAULT, " (EFAULT)"},
		     {EBUSY, " (EBUSY)"},
		     {EEXIST, " (EEXIST)"},
		     {EXDEV, " (EXDEV)"},
		     {ENODEV, " (ENODEV)"},
		     {ENOTDIR, " (ENOTDIR)"},
		     {EISDIR, " (EISDIR)"},
		     {EINVAL, " (EINVAL)"},
		     {ENFILE, " (ENFILE)"},
		     {EMFILE, " (EMFILE)"},
		     {ENOTTY, " (ENOTTY)"},
		     {ETXTBSY, " (ETXTBSY)"},
		     {EFBIG, " (EFBIG)"},
		     {ENOSPC, " (ENOSPC)"},
		     {ESPIPE, " (ESPIPE)"},
		     {EROFS, " (EROFS)"},
		     {EMLINK, " (EMLINK)"},
		     {EPIPE, " (EPIPE)"},
		     {ERANGE, " (ERANGE)"},
		     {EDEADLK, " (EDEADLK)"},
		     {ENAMETOOLONG, " (ENAMETOOLONG)"},
		     {ENOSYS, " (ENOSYS)"},
		     {ENOTEMPTY, " (ENOTEMPTY)"},
		     {ELOOP, " (ELOOP)"},
		     {ETIMEDOUT, " (ETIMEDOUT)"},
		     {ENXIO, " (ENXIO)"},
		     {EOVERFLOW, " (EOVERFLOW)"},
		     {EOPNOTSUPP, " (EOPNOTSUPP)"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (value == -names[i].number)
			return names[i].name;
	}
	return "";
}

static inline void tap_enter_case(const struct tap_case *c)
{
	char dir[200];

	setpgid(0, 0);
	alarm(c->seconds ? c->seconds : CASE_SECONDS);
	umask(0);
	snprintf(dir, sizeof(dir), "/tmp/%s.%s.%d", tap.program, c->name, (int)getpid());
	if (mkdir(dir, 0777) != 0 || chdir(dir) != 0)
		tap_say("no directory %s (errno %d)", dir, errno);
	umask(022);
}

static inline void tap_run_case(const struct tap_case *c)
{
	int status = 0;
	pid_t pid;

	tap.name = c->name;
	pid = fork();
	if (pid == 0) {
		tap_enter_case(c);
		c->run();
		_exit(tap.failed ? 1 : 0);
	}
	if (pid < 0) {
		tap_report(0, "", "the case was started (fork: errno %d)", errno);
		return;
	}
	while (waitpid(pid, &status, 0) != pid) {
		if (errno != EINTR) {
			tap_report(0, "", "the case can be waited for (errno %d)", errno);
			return;
		}
	}
	kill(-pid, SIGKILL);
	if (WIFSIGNALED(status))
		tap_report(0, "", "the case came to its end (signal %d)", WTERMSIG(status));
	else if (WEXITSTATUS(status) > 1)
		tap_report(0, "", "the case came to its end (status %d)", WEXITSTATUS(status));
	else
		tap.failed |= WEXITSTATUS(status);
}

/* All cases, or the one whose name is given. */
static inline int tap_main(const struct tap_case *cases, size_t count, int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/');

	tap.program = slash ? slash + 1 : argv[0];
	for (size_t i = 0; i < count; i++) {
		if (argc < 2 || strcmp(argv[1], cases[i].name) == 0)
			tap_run_case(&cases[i]);
	}
	return tap.failed;
}

#define TAP_MAIN(cases)                                                               \
	int main(int argc, char **argv)                                               \
	{                                                                             \
		return tap_main(cases, sizeof(cases) / sizeof(cases[0]), argc, argv); \
	}

#endif
