/* The first process's stdin, stdout and stderr where they are no terminal: streams to and from the host. */
#ifndef NAMU_DEV_STDIO_H
#define NAMU_DEV_STDIO_H

#include "fs/file.h"

/* Three open descriptions. Stdin comes from the start record where it holds one, else from its port. 0 or -ENOMEM. */
int stdio_open(struct file *files[3]);
/* Replace *file by stderr on its port; the old reference is dropped. 0 or -ENOMEM, then all is as before. */
int stdio_open_stderr(struct file **file);

#endif
