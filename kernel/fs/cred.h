/*
 * Credentials of a thread: user and group ids, supplementary groups, capabilities. Immutable once published: a change
 * makes a copy and swaps the pointer (thread->cred). Held by reference: threads, open files.
 */
#ifndef NAMU_FS_CRED_H
#define NAMU_FS_CRED_H

#include "lib/refcount.h"
#include "lib/types.h"
#include "sched/thread.h"

#define CAP_FULL_SET 0x1ffffffffffull /* capabilities 0 to 40 */
#define GROUPS_MAX   65536

struct group_list {
	struct refcount refs;
	uint32_t count;
	uint32_t gids[];
};

struct cred {
	struct refcount refs;
	uint32_t uid, euid, suid, fsuid;
	uint32_t gid, egid, sgid, fsgid;
	struct group_list *groups; /* null: none */
	uint64_t cap_effective, cap_permitted, cap_inheritable, cap_bounding, cap_ambient;
	uint32_t securebits;
	bool no_new_privs;
};

extern struct cred cred_root; /* root, all capabilities; the kernel's own */

static inline const struct cred *current_cred(void)
{
	return current_thread()->cred;
}
const struct cred *cred_get(const struct cred *cred);
void cred_put(const struct cred *cred);
/* A private copy to change, with one reference; null when memory is short. */
struct cred *cred_copy(const struct cred *cred);
/* Make `cred` the current thread's; takes over the reference. Others read a thread's credentials under a lock of
 * proc's, which fills in the hook that swaps them. */
extern void (*cred_swap_hook)(struct thread *thread, const struct cred *cred);
void cred_commit(struct cred *cred);
bool cred_has_cap(const struct cred *cred, unsigned capability); /* effective; numbers of linux/capability.h */
bool current_has_cap(unsigned capability);
bool cred_in_group(const struct cred *cred, uint32_t gid);  /* fsgid or supplementary */
bool cred_in_egroup(const struct cred *cred, uint32_t gid); /* egid or supplementary */
/* A sorted list of supplementary groups with one reference, to be filled and then sorted; null: no memory. */
struct group_list *group_list_create(uint32_t count);
void group_list_sort(struct group_list *list);
void group_list_put(struct group_list *list); /* null is let pass */

#endif
