/*
 * The n-th allocation of an operation fails, for n = 1, 2, 3 ... until it gets through without: each time it must say
 * so, leave nothing half done, and hold nothing. Only the checking kernel can do this (/proc/namu/fail); elsewhere each
 * operation runs once and must succeed.
 */
#ifndef NTH_ALLOCATION_H
#define NTH_ALLOCATION_H

#include "guest.h"

struct operation {
	const char *name;
	void (*prepare)(void);     /* or null; before each attempt, nothing fails here */
	long (*run)(void);         /* what is tried: its result, or a negative errno */
	int (*is_unchanged)(void); /* or null; after a refusal */
	void (*undo)(long result); /* or null; after a success */
	int other_error;           /* besides ENOMEM, where Linux documents it */
	int may_do_without;        /* it may get through although an allocation failed */
	int arms_itself;           /* run calls nth_arm(nth_now) in the thread whose allocations shall fail */
};

#define MOST_ALLOCATIONS 2000

static int nth_fd = -1;
static long nth_now; /* which allocation shall fail; 0: none */

struct nth_counts {
	char text[8192];
};
static struct nth_counts nth_before, nth_after;

static inline void nth_read_counts(struct nth_counts *counts)
{
	long n = raw(SYS_open, "/proc/namu/resources", O_RDONLY, 0), got;

	must(n >= 0);
	got = raw(SYS_pread64, n, counts->text, sizeof(counts->text) - 1, 0);
	must(got > 0);
	counts->text[got] = 0;
	raw(SYS_close, n);
}

static inline long nth_value(const char *line)
{
	return strtol(line + strcspn(line, " "), NULL, 10);
}

/*
 * The line of the first count that has grown, or null. One that has shrunk is of somebody else, who has ended
 * meanwhile. Pages and what caches keep are the process's own affair.
 */
static inline const char *nth_difference(void)
{
	const char *a = nth_before.text, *b = nth_after.text;

	while (*a && *b) {
		if (strncmp(b, "kept_", 5) != 0 && strncmp(b, "pages_", 6) != 0 && nth_value(b) > nth_value(a))
			return b;
		a += strcspn(a, "\n") + 1;
		b += strcspn(b, "\n") + 1;
	}
	return NULL;
}

/* What ends later (a thread's last step) is given a moment. */
static inline void nth_check_counts(const struct operation *operation, long n, int *complaints)
{
	const char *line = NULL;

	for (int i = 0; i < 20; i++) {
		nth_read_counts(&nth_after);
		line = nth_difference();
		if (!line)
			return;
		sleep_ms(2);
	}
	tap_say("%s, allocation %ld: not returned: %.*s", operation->name, n, (int)strcspn(line, "\n"), line);
	if (++*complaints == 1) {
		const char *start = nth_after.text;
		for (const char *was = nth_before.text; start < line; was += strcspn(was, "\n") + 1) {
			start += strcspn(start, "\n") + 1;
			if (start == line)
				tap_say("it was %.*s", (int)strcspn(was + strcspn(was, "\n") + 1, "\n"),
					was + strcspn(was, "\n") + 1);
		}
	}
}

static inline void nth_arm(long n)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%ld", n);

	if (n == 0)
		return;
	must(raw(SYS_pwrite64, nth_fd, text, length, 0) == length);
}

/* Has the allocation failed that nth_arm named? */
static inline int nth_has_failed(void)
{
	char text[16];

	must(raw(SYS_pread64, nth_fd, text, sizeof(text), 0) > 0);
	return text[0] == '0';
}

/* Was it an allocation of the operation that failed? Not so when it is this very call's. */
static inline int nth_disarm(void)
{
	return raw(SYS_pwrite64, nth_fd, "0", 1, 0) != -ENOMEM && nth_has_failed();
}

static inline void nth_succeeds(const struct operation *operation)
{
	long result;

	if (operation->prepare)
		operation->prepare();
	result = operation->run();
	ok(result >= 0, "%s succeeds (%ld)", operation->name, result);
	if (result >= 0 && operation->undo)
		operation->undo(result);
}

/* One attempt. 0: it got through, and nothing had failed. */
static inline int nth_attempt(const struct operation *operation, long n, int *complaints)
{
	int has_failed;
	long result;

	if (operation->prepare)
		operation->prepare();
	nth_read_counts(&nth_before);
	nth_now = n;
	if (!operation->arms_itself)
		nth_arm(n);
	result = operation->run();
	has_failed = operation->arms_itself ? nth_has_failed() : nth_disarm();
	nth_now = 0;
	if (result < 0) {
		if (!has_failed || (result != -ENOMEM && result != -operation->other_error)) {
			tap_say("%s, allocation %ld: result %ld", operation->name, n, result);
			++*complaints;
		}
		if (operation->is_unchanged && !operation->is_unchanged()) {
			tap_say("%s, allocation %ld: something is half done", operation->name, n);
			++*complaints;
		}
		nth_check_counts(operation, n, complaints);
	} else {
		if (has_failed && !operation->may_do_without) {
			tap_say("%s, allocation %ld: a failure is not told", operation->name, n);
			++*complaints;
		}
		if (operation->undo)
			operation->undo(result);
	}
	return has_failed || result < 0;
}

static inline void nth_run(const struct operation *operations, size_t count)
{
	nth_fd = open("/proc/namu/fail", O_RDWR | O_CLOEXEC);
	if (nth_fd >= 0)
		(void)nth_has_failed(); /* its text is made once */
	for (size_t i = 0; i < count; i++) {
		int complaints = 0;
		long n = 1;

		/* Also makes what is made on first use. */
		nth_succeeds(&operations[i]);
		if (nth_fd < 0)
			continue;
		nth_succeeds(&operations[i]);
		nth_read_counts(&nth_before);
		while (n < MOST_ALLOCATIONS && complaints < 5 && nth_attempt(&operations[i], n, &complaints))
			n++;
		ok(complaints == 0 && n < MOST_ALLOCATIONS, "%s: each of %ld allocations failed in turn",
		   operations[i].name, n - 1);
	}
}

#endif
