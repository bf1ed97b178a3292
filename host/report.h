/*
 * How the end of a run is told: JSON lines on --status-fd, one clear line on stderr when it was not the program's own
 * doing.
 */
#ifndef HOST_REPORT_H
#define HOST_REPORT_H

#include "files.h"
#include "network.h"
#include "outcome.h"

/*
 * {"event":"published","address":A,"host":P,"guest":P,"protocol":"tcp" or "udp"} for each port, and under --verbose a
 * line on stderr.
 */
void report_published(int status_fd, const struct network *network);

/* {"event":"started","pid":N} */
void report_started(int status_fd, int guest_pid);

/*
 * {"event":"ended","status":S,"signal":N or null,"reason":R,"message":TEXT}. R is "exited", "signaled",
 * "not-found", "not-executable", "timeout", "interrupted", "panic" or "error".
 */
void report_ended(int status_fd, const struct outcome *outcome);

/* The lines on stderr. `command` is the program's name, `log` the machine's log. */
void report_say(const struct outcome *outcome, const char *command, const struct bytes *log);

#endif
