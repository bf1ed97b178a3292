/*
 * The options of prctl(2) that change credentials (capabilities(7)). Each makes a changed copy and publishes it.
 */
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/securebits.h>

#include "fs/cred.h"
#include "proc/prctl.h"

#define CAPABILITIES     (CAP_LAST_CAP + 1)
#define SECUREBITS_KNOWN 0xfffu
#define SECUREBITS_LOCKS 0xaaau /* the lock of each bit stands above it */
/* Since Linux 6.14: rules that interpreters of scripts ask for and keep to (EXEC_RESTRICT_FILE, EXEC_DENY_INTERACTIVE).
 */
#define SECUREBITS_OF_ALL 0xf00u

static bool capability_is_valid(uint64_t capability)
{
	return capability < CAPABILITIES;
}

static int64_t commit_securebits(uint32_t bits)
{
	struct cred *cred = cred_copy(current_cred());

	if (!cred)
		return -ENOMEM;
	cred->securebits = bits;
	cred_commit(cred);
	return 0;
}

static int64_t set_securebits(uint64_t bits)
{
	uint32_t old = current_cred()->securebits;

	/* a locked bit stays as it is, and so do the locks */
	if (((old & SECUREBITS_LOCKS) >> 1) & (old ^ bits))
		return -EPERM;
	if ((old & SECUREBITS_LOCKS & ~bits) || (bits & ~(uint64_t)SECUREBITS_KNOWN))
		return -EPERM;
	/* without the capability not even what changes nothing is let pass, as ever */
	uint64_t changed = old ^ bits;
	if (!current_has_cap(CAP_SETPCAP) && (!changed || (changed & ~(uint64_t)SECUREBITS_OF_ALL)))
		return -EPERM;
	return commit_securebits((uint32_t)bits);
}

static int64_t set_keep_caps(uint64_t value)
{
	uint32_t bits = current_cred()->securebits;

	if (value > 1)
		return -EINVAL;
	if (bits & SECBIT_KEEP_CAPS_LOCKED)
		return -EPERM;
	return commit_securebits(value ? bits | SECBIT_KEEP_CAPS : bits & ~(uint32_t)SECBIT_KEEP_CAPS);
}

static int64_t drop_bounding(uint64_t capability)
{
	if (!current_has_cap(CAP_SETPCAP))
		return -EPERM;
	if (!capability_is_valid(capability))
		return -EINVAL;
	struct cred *cred = cred_copy(current_cred());
	if (!cred)
		return -ENOMEM;
	cred->cap_bounding &= ~(1ull << capability);
	cred_commit(cred);
	return 0;
}

static int64_t commit_ambient(uint64_t set)
{
	struct cred *cred = cred_copy(current_cred());

	if (!cred)
		return -ENOMEM;
	cred->cap_ambient = set;
	cred_commit(cred);
	return 0;
}

static int64_t change_ambient(uint64_t action, uint64_t capability)
{
	const struct cred *cred = current_cred();

	if (action == PR_CAP_AMBIENT_CLEAR_ALL)
		return capability ? -EINVAL : commit_ambient(0);
	if (!capability_is_valid(capability))
		return -EINVAL;
	uint64_t bit = 1ull << capability;
	switch (action) {
	case PR_CAP_AMBIENT_IS_SET:
		return (cred->cap_ambient & bit) != 0;
	case PR_CAP_AMBIENT_LOWER:
		return commit_ambient(cred->cap_ambient & ~bit);
	case PR_CAP_AMBIENT_RAISE:
		if (!(cred->cap_permitted & bit) || !(cred->cap_inheritable & bit) ||
		    (cred->securebits & SECBIT_NO_CAP_AMBIENT_RAISE))
			return -EPERM;
		return commit_ambient(cred->cap_ambient | bit);
	default:
		return -EINVAL;
	}
}

static int64_t set_no_new_privs(void)
{
	struct cred *cred = cred_copy(current_cred());

	if (!cred)
		return -ENOMEM;
	cred->no_new_privs = true;
	cred_commit(cred);
	return 0;
}

int64_t process_control_cred(int option, uint64_t argument2, uint64_t argument3, uint64_t argument4, uint64_t argument5)
{
	const struct cred *cred = current_cred();
	bool has_rest = argument3 || argument4 || argument5;

	switch (option) {
	case PR_GET_KEEPCAPS:
		return (cred->securebits & SECBIT_KEEP_CAPS) != 0;
	case PR_SET_KEEPCAPS:
		return set_keep_caps(argument2);
	case PR_GET_SECUREBITS:
		return cred->securebits;
	case PR_SET_SECUREBITS:
		return set_securebits(argument2);
	case PR_CAPBSET_READ:
		return capability_is_valid(argument2) ? (int64_t)(cred->cap_bounding >> argument2 & 1) : -EINVAL;
	case PR_CAPBSET_DROP:
		return drop_bounding(argument2);
	case PR_CAP_AMBIENT:
		return argument4 || argument5 ? -EINVAL : change_ambient(argument2, argument3);
	case PR_SET_NO_NEW_PRIVS:
		return argument2 != 1 || has_rest ? -EINVAL : set_no_new_privs();
	case PR_GET_NO_NEW_PRIVS:
		return argument2 || has_rest ? -EINVAL : cred->no_new_privs;
	default:
		return -EINVAL;
	}
}
