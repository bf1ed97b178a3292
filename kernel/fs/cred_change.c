/* Changes of credentials. */
#include "fs/cred_change.h"

#include <linux/capability.h>

#include "lib/errno.h"

/* Bits of securebits, capabilities(7). */
#define SECURE_NO_FIXUP  (1u << 2)
#define SECURE_KEEP_CAPS (1u << 4)

#define BIT_OF(capability) (1ull << (capability))
/* Those that come and go with the file system user id. */
#define FILE_CAPABILITIES                                                                                  \
	(BIT_OF(CAP_CHOWN) | BIT_OF(CAP_DAC_OVERRIDE) | BIT_OF(CAP_DAC_READ_SEARCH) | BIT_OF(CAP_FOWNER) | \
	 BIT_OF(CAP_FSETID) | BIT_OF(CAP_LINUX_IMMUTABLE) | BIT_OF(CAP_MKNOD) | BIT_OF(CAP_MAC_OVERRIDE))

static void ignore_change(const struct cred *old, const struct cred *changed)
{
}

void (*cred_changed_hook)(const struct cred *old, const struct cred *changed) = ignore_change;

static bool has_root_id(const struct cred *cred)
{
	return cred->uid == 0 || cred->euid == 0 || cred->suid == 0;
}

void cred_fix_capabilities(const struct cred *old, struct cred *changed)
{
	if (changed->securebits & SECURE_NO_FIXUP)
		return;
	if (has_root_id(old) && !has_root_id(changed)) {
		if (!(changed->securebits & SECURE_KEEP_CAPS)) {
			changed->cap_permitted = 0;
			changed->cap_effective = 0;
		}
		changed->cap_ambient = 0;
	}
	if (old->euid == 0 && changed->euid != 0)
		changed->cap_effective = 0;
	if (old->euid != 0 && changed->euid == 0)
		changed->cap_effective = changed->cap_permitted;
}

static void fix_file_capabilities(const struct cred *old, struct cred *changed)
{
	if (changed->securebits & SECURE_NO_FIXUP)
		return;
	if (old->fsuid == 0 && changed->fsuid != 0)
		changed->cap_effective &= ~FILE_CAPABILITIES;
	if (old->fsuid != 0 && changed->fsuid == 0)
		changed->cap_effective |= changed->cap_permitted & FILE_CAPABILITIES;
}

/* Publish, or give up, a changed copy. The old one is kept until the hook has seen both. */
static int publish(struct cred *changed)
{
	const struct cred *old = cred_get(current_cred());

	cred_commit(changed);
	cred_changed_hook(old, changed);
	cred_put(old);
	return 0;
}

static int refuse(struct cred *changed, int error)
{
	cred_put(changed);
	return error;
}

int cred_set_uid(uint32_t uid)
{
	const struct cred *old = current_cred();
	struct cred *changed;

	if (uid == ID_UNCHANGED)
		return -EINVAL;
	changed = cred_copy(old);
	if (!changed)
		return -ENOMEM;
	if (cred_has_cap(old, CAP_SETUID))
		changed->uid = changed->suid = uid;
	else if (uid != old->uid && uid != old->suid)
		return refuse(changed, -EPERM);
	changed->euid = changed->fsuid = uid;
	cred_fix_capabilities(old, changed);
	return publish(changed);
}

int cred_set_reuid(uint32_t real, uint32_t effective)
{
	const struct cred *old = current_cred();
	bool may_any = cred_has_cap(old, CAP_SETUID);
	struct cred *changed = cred_copy(old);

	if (!changed)
		return -ENOMEM;
	if (real != ID_UNCHANGED) {
		if (!may_any && real != old->uid && real != old->euid)
			return refuse(changed, -EPERM);
		changed->uid = real;
	}
	if (effective != ID_UNCHANGED) {
		if (!may_any && effective != old->uid && effective != old->euid && effective != old->suid)
			return refuse(changed, -EPERM);
		changed->euid = effective;
	}
	if (real != ID_UNCHANGED || (effective != ID_UNCHANGED && effective != old->uid))
		changed->suid = changed->euid;
	changed->fsuid = changed->euid;
	cred_fix_capabilities(old, changed);
	return publish(changed);
}

static bool is_own_uid(const struct cred *cred, uint32_t uid)
{
	return uid == ID_UNCHANGED || uid == cred->uid || uid == cred->euid || uid == cred->suid;
}

int cred_set_resuid(uint32_t real, uint32_t effective, uint32_t saved)
{
	const struct cred *old = current_cred();
	struct cred *changed;

	if (!cred_has_cap(old, CAP_SETUID) &&
	    (!is_own_uid(old, real) || !is_own_uid(old, effective) || !is_own_uid(old, saved)))
		return -EPERM;
	changed = cred_copy(old);
	if (!changed)
		return -ENOMEM;
	if (real != ID_UNCHANGED)
		changed->uid = real;
	if (effective != ID_UNCHANGED)
		changed->euid = effective;
	if (saved != ID_UNCHANGED)
		changed->suid = saved;
	changed->fsuid = changed->euid;
	cred_fix_capabilities(old, changed);
	return publish(changed);
}

int cred_set_gid(uint32_t gid)
{
	const struct cred *old = current_cred();
	struct cred *changed;

	if (gid == ID_UNCHANGED)
		return -EINVAL;
	changed = cred_copy(old);
	if (!changed)
		return -ENOMEM;
	if (cred_has_cap(old, CAP_SETGID))
		changed->gid = changed->sgid = gid;
	else if (gid != old->gid && gid != old->sgid)
		return refuse(changed, -EPERM);
	changed->egid = changed->fsgid = gid;
	return publish(changed);
}

int cred_set_regid(uint32_t real, uint32_t effective)
{
	const struct cred *old = current_cred();
	bool may_any = cred_has_cap(old, CAP_SETGID);
	struct cred *changed = cred_copy(old);

	if (!changed)
		return -ENOMEM;
	if (real != ID_UNCHANGED) {
		if (!may_any && real != old->gid && real != old->egid)
			return refuse(changed, -EPERM);
		changed->gid = real;
	}
	if (effective != ID_UNCHANGED) {
		if (!may_any && effective != old->gid && effective != old->egid && effective != old->sgid)
			return refuse(changed, -EPERM);
		changed->egid = effective;
	}
	if (real != ID_UNCHANGED || (effective != ID_UNCHANGED && effective != old->gid))
		changed->sgid = changed->egid;
	changed->fsgid = changed->egid;
	return publish(changed);
}

static bool is_own_gid(const struct cred *cred, uint32_t gid)
{
	return gid == ID_UNCHANGED || gid == cred->gid || gid == cred->egid || gid == cred->sgid;
}

int cred_set_resgid(uint32_t real, uint32_t effective, uint32_t saved)
{
	const struct cred *old = current_cred();
	struct cred *changed;

	if (!cred_has_cap(old, CAP_SETGID) &&
	    (!is_own_gid(old, real) || !is_own_gid(old, effective) || !is_own_gid(old, saved)))
		return -EPERM;
	changed = cred_copy(old);
	if (!changed)
		return -ENOMEM;
	if (real != ID_UNCHANGED)
		changed->gid = real;
	if (effective != ID_UNCHANGED)
		changed->egid = effective;
	if (saved != ID_UNCHANGED)
		changed->sgid = saved;
	changed->fsgid = changed->egid;
	return publish(changed);
}

uint32_t cred_set_fsuid(uint32_t uid)
{
	const struct cred *old = current_cred();
	uint32_t before = old->fsuid;
	struct cred *changed;

	if (uid == ID_UNCHANGED || uid == before)
		return before;
	if (!is_own_uid(old, uid) && !cred_has_cap(old, CAP_SETUID))
		return before;
	changed = cred_copy(old);
	if (!changed)
		return before;
	changed->fsuid = uid;
	fix_file_capabilities(old, changed);
	publish(changed);
	return before;
}

uint32_t cred_set_fsgid(uint32_t gid)
{
	const struct cred *old = current_cred();
	uint32_t before = old->fsgid;
	struct cred *changed;

	if (gid == ID_UNCHANGED || gid == before)
		return before;
	if (!is_own_gid(old, gid) && !cred_has_cap(old, CAP_SETGID))
		return before;
	changed = cred_copy(old);
	if (!changed)
		return before;
	changed->fsgid = gid;
	publish(changed);
	return before;
}

int cred_set_groups(struct group_list *groups)
{
	struct cred *changed = current_has_cap(CAP_SETGID) ? cred_copy(current_cred()) : NULL;

	if (!changed) {
		group_list_put(groups);
		return current_has_cap(CAP_SETGID) ? -ENOMEM : -EPERM;
	}
	group_list_put(changed->groups);
	changed->groups = groups;
	return publish(changed);
}

int cred_set_capabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable)
{
	const struct cred *old = current_cred();
	struct cred *changed;

	if (!cred_has_cap(old, CAP_SETPCAP) && (inheritable & ~(old->cap_inheritable | old->cap_permitted)))
		return -EPERM;
	if ((inheritable & ~(old->cap_inheritable | old->cap_bounding)) || (permitted & ~old->cap_permitted) ||
	    (effective & ~permitted))
		return -EPERM;
	changed = cred_copy(old);
	if (!changed)
		return -ENOMEM;
	changed->cap_effective = effective;
	changed->cap_permitted = permitted;
	changed->cap_inheritable = inheritable;
	changed->cap_ambient &= permitted & inheritable;
	return publish(changed);
}
