/*
 * What the guest said on the control port about the command, and what that means for whoever ran `namu`.
 * Control lines come from the guest and are not trusted: a line that is no line of the contract is passed over.
 */
#ifndef HOST_OUTCOME_H
#define HOST_OUTCOME_H

#include <stdbool.h>
#include <stddef.h>

enum outcome_kind {
	OUTCOME_NONE,     /* no final line yet */
	OUTCOME_EXITED,   /* value: exit status */
	OUTCOME_SIGNALED, /* value: signal */
	OUTCOME_FAILED,   /* value: errno; text: what */
	OUTCOME_PANIC,    /* text */
	/* The command's own knowledge; no line says these. */
	OUTCOME_TIMEOUT,
	OUTCOME_INTERRUPTED, /* value: the signal that ended the machine */
	OUTCOME_BROKEN,      /* text: why the machine ended without a final line */
};

struct outcome {
	bool has_started;
	int guest_pid;
	enum outcome_kind kind;
	int value;
	char text[1024];
};

/* Reads one line without its end. The first final line stands; true when the line was one of the contract. */
bool outcome_read_line(struct outcome *outcome, const char *line);

/* Sets an end that the command itself knows of, unless the guest's final line is there already. */
void outcome_set(struct outcome *outcome, enum outcome_kind kind, int value, const char *text);

/* The exit status of `namu`. */
int outcome_status(const struct outcome *outcome);

#endif
