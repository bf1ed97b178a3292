/* What the first process needs to start the command of the start record. */
#ifndef NAMU_PROC_INIT_H
#define NAMU_PROC_INIT_H

#include "fs/cred.h"
#include "proc/start.h"

/* The command's thread, from its making to the command's first instruction: descriptors, empty trees, working
 * directory, user, exec. */
_Noreturn void command_main(void *arg);
/* "USER[:GROUP]", names or numbers, by the root's /etc/passwd and /etc/group: change `cred` to it. 0, -ENOENT when a
 * name is not there, -ENOMEM. `home`, of `room` bytes (at least 8), becomes "HOME=DIR" of the user's line. */
int user_choose(const struct start_text *text, struct cred *cred, char *home, size_t room);

#endif
