/* Shared by dentry.c and dentry_tree.c alone: entering names into the hash. vfs_lock is held. */
#ifndef NAMU_FS_DENTRY_TREE_H
#define NAMU_FS_DENTRY_TREE_H

#include "fs/dentry.h"

void dentry_hash_locked(struct dentry *dentry);
/* Does nothing when it is not there. */
void dentry_unhash_locked(struct dentry *dentry);

#endif
