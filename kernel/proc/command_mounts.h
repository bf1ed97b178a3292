/* Mounts that the start record asks for; called by the command's process before it executes the command. */
#ifndef NAMU_PROC_COMMAND_MOUNTS_H
#define NAMU_PROC_COMMAND_MOUNTS_H

#include "proc/start.h"

/* A text of the record with its zero; free by kfree. Null: no memory. */
char *command_text_copy(const char *text, size_t bytes);
/* Every directory of a path that is missing. `path` is changed on the way and restored. 0 or -errno. */
int command_make_directories(char *path);

/* The items NAMU_START_SHARE and NAMU_START_TMPFS: 0 or -errno. */
int command_mount_share(const struct start_text *text);
int command_mount_tmpfs(const struct start_text *text);
/* The items NAMU_START_RESOLVER: a file is made of them, if there is none. */
void command_write_resolver(void);

#endif
