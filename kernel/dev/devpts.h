/*
 * The file system devpts: a directory of the slaves of pseudo-terminals, named by number, and ptmx, which makes them.
 * Every mount is an instance of its own, with its own numbers.
 */
#ifndef NAMU_DEV_DEVPTS_H
#define NAMU_DEV_DEVPTS_H

#include "fs/vfs.h"

struct devpts;
struct pty;

/* Boot: register it, and mount it on /dev/pts. */
void devpts_init(void);

/* The root of the instance that a ptmx at `ptmx` belongs to: its own, or the one mounted on "pts" beside it. *root with
 * references. 0 or -ENODEV. */
int devpts_find(const struct path *ptmx, struct path *root);
struct devpts *devpts_of(const struct path *root);
void devpts_get(struct devpts *devpts);
void devpts_put(struct devpts *devpts);
/* The smallest free number: >= 0, -ENOSPC. And back. */
int devpts_take_number(struct devpts *devpts);
void devpts_give_number(struct devpts *devpts, uint32_t number);
/* Name the slave of `pty` in the instance at `root`, owned by the current thread's user: *name with a reference, which
 * keeps the tree too. 0, -ENOMEM. */
int devpts_add(const struct path *root, struct pty *pty, uint32_t number, struct dentry **name);
/* The name ends, and the reference. */
void devpts_remove(struct dentry *name);
/* The pair behind an inode; null: it is none of devpts. */
struct pty *devpts_pty(const struct inode *inode);

#endif
