/*
 * How credentials change: setuid(2) and its kin, setgroups(2), capset(2), by the rules of credentials(7) and
 * capabilities(7). Each makes a changed copy and publishes it as the current thread's: 0, -EPERM, -EINVAL, -ENOMEM;
 * nothing is changed on failure.
 */
#ifndef NAMU_FS_CRED_CHANGE_H
#define NAMU_FS_CRED_CHANGE_H

#include "fs/cred.h"

#define ID_UNCHANGED UINT32_MAX

int cred_set_uid(uint32_t uid);
int cred_set_reuid(uint32_t real, uint32_t effective);
int cred_set_resuid(uint32_t real, uint32_t effective, uint32_t saved);
int cred_set_gid(uint32_t gid);
int cred_set_regid(uint32_t real, uint32_t effective);
int cred_set_resgid(uint32_t real, uint32_t effective, uint32_t saved);
/* Return the id before, whether it changed or not. */
uint32_t cred_set_fsuid(uint32_t uid);
uint32_t cred_set_fsgid(uint32_t gid);
/* Takes over the list (null: no groups), also on failure. */
int cred_set_groups(struct group_list *groups);
int cred_set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable);

/* What a change of user ids from those of `old` does to the capabilities of `changed` (exec does without it). */
void cred_fix_capabilities(const struct cred *old, struct cred *changed);

/* Called after every change, filled by proc/: a process that changed its ids is not dumpable and loses its parent-death
 * signal. */
extern void (*cred_changed_hook)(const struct cred *old, const struct cred *changed);

#endif
