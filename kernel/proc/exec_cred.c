/*
 * Credentials across execve: set-user-id, set-group-id, and what root and capabilities become (credentials(7),
 * capabilities(7)).
 */
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/securebits.h>
#include <linux/stat.h>

#include "proc/exec.h"

/* Set-user-id does not work where no_new_privs, the mount or a shared view of the file tree forbids it. */
static bool may_gain(const struct exec *exec)
{
	const struct mount *mount = exec->file->path.mount;

	return !exec->cred->no_new_privs && !(mount && (mount->flags & MS_NOSUID));
}

static void take_ids(struct exec *exec)
{
	const struct inode *inode = exec->file->inode;
	struct cred *cred = exec->cred;

	if (!may_gain(exec))
		return;
	if (inode->mode & S_ISUID)
		cred->euid = inode->uid;
	/* without group execute permission the bit means mandatory locking */
	if ((inode->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		cred->egid = inode->gid;
}

/* Another process sees the same root and working directory: it could lead a privileged program astray. */
static bool shares_fs_with_others(void)
{
	return refcount_read(&current_thread()->fs->refs) > current_process()->thread_count;
}

int exec_prepare_cred(struct exec *exec)
{
	const struct cred *old = current_cred();
	struct cred *cred = cred_copy(old);

	if (!cred)
		return -ENOMEM;
	exec->cred = cred;
	take_ids(exec);
	bool is_changed = cred->euid != old->uid || cred->egid != old->gid;
	if (is_changed && (cred->euid != old->euid || cred->egid != old->egid) && shares_fs_with_others() &&
	    !cred_has_cap(old, CAP_SETUID)) {
		cred->euid = old->uid;
		cred->egid = old->gid;
		is_changed = false;
	}
	cred->suid = cred->fsuid = cred->euid;
	cred->sgid = cred->fsgid = cred->egid;
	/* root is a matter of capabilities: a file that root runs has them all, unless that was switched off */
	bool has_root_rules = !(cred->securebits & SECBIT_NOROOT);
	bool is_effective = has_root_rules && cred->euid == 0;
	uint64_t permitted = 0;
	if (has_root_rules && (cred->euid == 0 || cred->uid == 0))
		permitted = cred->cap_bounding | cred->cap_inheritable;
	if (cred->euid != old->uid || cred->egid != old->gid)
		cred->cap_ambient = 0;
	permitted |= cred->cap_ambient;
	bool has_grown = (permitted & ~cred->cap_ambient) != 0;
	cred->cap_permitted = permitted;
	cred->cap_effective = is_effective ? permitted : cred->cap_ambient;
	cred->securebits &= ~(uint32_t)SECBIT_KEEP_CAPS;
	exec->is_secure = is_changed || (cred->uid != 0 && (is_effective || has_grown));
	return 0;
}
