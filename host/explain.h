/* Why a machine ended, when the guest did not say it, or ended in another way than it said. */
#ifndef HOST_EXPLAIN_H
#define HOST_EXPLAIN_H

#include "files.h"
#include "outcome.h"

/* Completes the outcome from QEMU's end as wait gives it, from what QEMU said and from the machine's log. */
void explain_end(struct outcome *outcome, int machine_status, const struct bytes *said, const struct bytes *log);

/*
 * A start that failed because of something else than the command itself, such as its user or its working directory, is
 * no matter of "not found" and "not executable": it becomes an error with a text of its own.
 */
void explain_failure(struct outcome *outcome, const char *command);

#endif
