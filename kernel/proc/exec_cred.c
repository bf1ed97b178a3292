/*
 * Credentials across execve: set-user-id, set-group-id, and what root and capabilities become (credentials(7),
 * capabilities(7)).
 */
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/securebits.h>
#include <linux/stat.h>
#include <linux/xattr.h>

#include "fs/filecap.h"
#include "proc/exec.h"
#include "proc/ptrace.h"

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

/* Capabilities that the file gives: those it demands must be had when they are to be effective at once. */
static int take_file_caps(struct exec *exec, bool *is_effective, bool *has_caps)
{
	struct inode *inode = exec->file->inode;
	const struct mount *mount = exec->file->path.mount;
	uint8_t value[FILECAP_BYTES_MOST];
	struct cred *cred = exec->cred;
	struct filecap filecap;

	cred->cap_permitted = 0;
	if (likely(!inode->has_file_caps) || (mount && (mount->flags & MS_NOSUID)))
		return 0;
	mutex_lock(&inode->mutex);
	int64_t bytes = inode->ops->getxattr(inode, XATTR_NAME_CAPS, value, sizeof(value));
	mutex_unlock(&inode->mutex);
	if (bytes == -ENODATA)
		return 0;
	if (bytes < 0)
		return bytes == -ERANGE ? -EINVAL : (int)bytes;
	int error = filecap_parse(value, (size_t)bytes, &filecap);
	if (error)
		return error == -ENODATA ? 0 : error;
	*is_effective = filecap.is_effective;
	*has_caps = true;
	cred->cap_permitted = (cred->cap_bounding & filecap.permitted) | (cred->cap_inheritable & filecap.inheritable);
	return *is_effective && (filecap.permitted & ~cred->cap_permitted) ? -EPERM : 0;
}

/* Root is a matter of capabilities: a file that root runs has them all, unless that was switched off. */
static void take_root_caps(struct cred *cred, bool *is_effective, bool has_caps)
{
	if (cred->securebits & SECBIT_NOROOT)
		return;
	/* a program of root's with capabilities of its own has just those, for other users */
	if (has_caps && cred->uid != 0 && cred->euid == 0)
		return;
	if (cred->euid == 0 || cred->uid == 0)
		cred->cap_permitted = cred->cap_bounding | cred->cap_inheritable;
	if (cred->euid == 0)
		*is_effective = true;
}

static bool ids_change(const struct cred *cred, const struct cred *old)
{
	return cred->euid != old->euid || !cred_in_group(old, cred->egid);
}

/* AT_SECURE: the program must not trust its environment. */
static bool must_be_careful(const struct cred *cred, const struct cred *old, bool is_effective)
{
	bool has_grown = (cred->cap_permitted & ~cred->cap_ambient) != 0;

	return cred->euid != old->uid || cred->egid != old->gid || (cred->uid != 0 && (is_effective || has_grown));
}

/* Another process sees the same root and working directory: it could lead a privileged program astray. */
static bool shares_fs_with_others(void)
{
	return refcount_read(&current_thread()->fs->refs) > current_process()->thread_count;
}

/* A tracer could make a program with more rights than its own do anything. */
static bool is_traced_by_weak(void)
{
	const struct thread_proc *self = current_proc();

	return self->tracee && thread_is_traced(self) && !self->tracee->tracer_is_capable;
}

/* What was gained is given up again where somebody could misuse it; what was there before stays. */
static void give_up_gains(struct cred *cred, const struct cred *old)
{
	if (!cred_has_cap(old, CAP_SETUID) || cred->no_new_privs) {
		cred->euid = old->euid;
		cred->egid = old->egid;
	}
	cred->cap_permitted &= old->cap_permitted;
}

int exec_prepare_cred(struct exec *exec)
{
	const struct cred *old = current_cred();
	struct cred *cred = cred_copy(old);
	bool is_effective = false, has_caps = false;

	if (!cred)
		return -ENOMEM;
	exec->cred = cred;
	take_ids(exec);
	int error = take_file_caps(exec, &is_effective, &has_caps);
	if (error)
		return error;
	take_root_caps(cred, &is_effective, has_caps);
	bool has_new_ids = ids_change(cred, old);
	if ((has_new_ids || (cred->cap_permitted & ~old->cap_permitted)) &&
	    (cred->no_new_privs || shares_fs_with_others() || is_traced_by_weak()))
		give_up_gains(cred, old);
	cred->suid = cred->fsuid = cred->euid;
	cred->sgid = cred->fsgid = cred->egid;
	if (has_caps || has_new_ids)
		cred->cap_ambient = 0;
	cred->cap_permitted |= cred->cap_ambient;
	cred->cap_effective = is_effective ? cred->cap_permitted : cred->cap_ambient;
	cred->securebits &= ~(uint32_t)SECBIT_KEEP_CAPS;
	exec->is_secure = has_new_ids || must_be_careful(cred, old, is_effective);
	return 0;
}
