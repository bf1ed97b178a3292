/* The control channel (namu.ctl): lines from the host, and what the host is told (include/namu/start.h). */
#ifndef NAMU_DEV_CONTROL_H
#define NAMU_DEV_CONTROL_H

#include "lib/types.h"

/* Listen. The ports are up. */
void control_init(void);
/* Send one line (the format has no '\n'); cut at 400 bytes. */
void control_send_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The process group that the host's signals go to while there is no terminal: that of the command. */
void control_set_command(int32_t pid);

#endif
