/* Directory notices (fcntl(2), F_NOTIFY): a signal when something happens in a directory that is open here. */
#ifndef NAMU_FS_DNOTIFY_H
#define NAMU_FS_DNOTIFY_H

#include "fs/file.h"

extern _Atomic uint32_t dnotify_count;

/* `events`: DN_*; without any the notice ends. 0, -ENOTDIR, -ENOMEM. */
int dnotify_set(struct file *file, int fd, uint32_t events);
/* `table` has closed a descriptor of the file. */
void dnotify_end(const struct file *file, const struct fd_table *table);
static inline void dnotify_closed(const struct file *file, const struct fd_table *table)
{
	if (unlikely(dnotify_count))
		dnotify_end(file, table);
}

#endif
