/* Shared by the files of the walk alone. */
#ifndef NAMU_FS_WALK_STEPS_H
#define NAMU_FS_WALK_STEPS_H

#include "fs/walk.h"
#include "lib/errno.h"

/* After walk_sleep: take the lock again; the walk stands where it stood. */
void walk_wake(struct walk *walk);

/*
 * Go on with the text of a symbolic link in the directory where the walk stands. The first is called without the lock
 * and with a reference on `link`, the second with the lock. Both return with the lock held when they succeed.
 */
int walk_push_link(struct walk *walk, struct dentry *link);
int walk_push_link_locked(struct walk *walk, struct dentry *link);
/* No component comes behind `text`, neither in it nor in what the links interrupted. */
bool walk_is_at_end(const struct walk *walk, const char *text);
/* The innermost link's text is used up. */
void walk_pop_link(struct walk *walk);

#endif
