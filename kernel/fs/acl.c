/* POSIX access control lists: their form, their rules, who has which. */
#include "fs/acl.h"

#include <linux/capability.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <linux/stat.h>

#include "fs/dentry.h"
#include "fs/permission.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/slab.h"

#define PERMISSIONS (ACL_READ | ACL_WRITE | ACL_EXECUTE)

/* In the order of acl(5): owner, users, owning group, groups, mask, others. Immutable but for the count of references.
 */
struct acl {
	struct refcount refs;
	uint32_t count;
	struct posix_acl_xattr_entry entries[];
};

/* Which lists an inode has. */
static struct spinlock acl_lock = SPINLOCK_INIT("acl", LOCK_INODE);

static struct acl *acl_alloc(uint32_t count)
{
	struct acl *acl = kmalloc(sizeof(*acl) + count * sizeof(acl->entries[0]));

	if (acl) {
		refcount_init(&acl->refs, 1);
		acl->count = count;
	}
	return acl;
}

static void acl_put(struct acl *acl)
{
	if (acl && refcount_put(&acl->refs))
		kfree(acl);
}

/* The list of an inode, with a reference, or null. */
static struct acl *acl_of(const struct inode *inode, bool is_default)
{
	struct acl *acl;

	spin_lock(&acl_lock);
	acl = is_default ? inode->default_acl : inode->acl;
	if (acl)
		refcount_get(&acl->refs);
	spin_unlock(&acl_lock);
	return acl;
}

/* The reference of `acl` (may be null) is taken over, that of the list before is given up. */
static void acl_replace(struct inode *inode, bool is_default, struct acl *acl)
{
	struct acl **place = is_default ? &inode->default_acl : &inode->acl, *before;

	spin_lock(&acl_lock);
	before = *place;
	*place = acl;
	spin_unlock(&acl_lock);
	acl_put(before);
}

/* Does the first that concerns him grant it? Groups: one of his that grants it is enough. The lock is held. */
static bool permits_locked(const struct acl *acl, const struct inode *inode, unsigned mask, const struct cred *cred)
{
	unsigned limit = inode->mode >> 3 & 7;
	bool is_member = false;

	for (uint32_t i = 0; i < acl->count; i++) {
		const struct posix_acl_xattr_entry *entry = &acl->entries[i];
		bool grants = (entry->e_perm & mask) == mask;

		switch (entry->e_tag) {
		case ACL_USER:
			if (entry->e_id == cred->fsuid)
				return (entry->e_perm & limit & mask) == mask;
			break;
		case ACL_GROUP_OBJ:
		case ACL_GROUP:
			if (!cred_in_group(cred, entry->e_tag == ACL_GROUP ? entry->e_id : inode->gid))
				break;
			is_member = true;
			if (grants)
				return (limit & mask) == mask;
			break;
		}
	}
	return !is_member && (inode->mode & mask) == mask;
}

bool acl_permits(const struct inode *inode, unsigned mask, const struct cred *cred)
{
	bool permits;

	spin_lock(&acl_lock);
	permits = inode->acl && permits_locked(inode->acl, inode, mask & 7, cred);
	spin_unlock(&acl_lock);
	return permits;
}

/* The mode bits that stand for an entry of a file's own list; -1: it stands for itself. */
static int shift_of(const struct posix_acl_xattr_entry *entry)
{
	switch (entry->e_tag) {
	case ACL_USER_OBJ:
		return 6;
	case ACL_MASK:
		return 3;
	case ACL_OTHER:
		return 0;
	}
	return -1;
}

int64_t acl_get(const struct inode *inode, bool is_default, void *value, size_t room)
{
	const struct posix_acl_xattr_header header = {.a_version = POSIX_ACL_XATTR_VERSION};
	struct acl *acl = acl_of(inode, is_default);
	size_t bytes;
	char *to = value;

	if (!acl)
		return -ENODATA;
	bytes = sizeof(header) + acl->count * sizeof(acl->entries[0]);
	if (room && room >= bytes) {
		memcpy(to, &header, sizeof(header));
		to += sizeof(header);
		for (uint32_t i = 0; i < acl->count; i++, to += sizeof(acl->entries[0])) {
			struct posix_acl_xattr_entry entry = acl->entries[i];
			int shift = is_default ? -1 : shift_of(&entry);

			if (shift >= 0)
				entry.e_perm = inode->mode >> shift & 7;
			memcpy(to, &entry, sizeof(entry));
		}
	}
	acl_put(acl);
	return room && room < bytes ? -ERANGE : (int64_t)bytes;
}

/* Tags that are known; only named ones have an id. */
static int check_tags(struct acl *acl)
{
	for (uint32_t i = 0; i < acl->count; i++) {
		struct posix_acl_xattr_entry *entry = &acl->entries[i];

		switch (entry->e_tag) {
		case ACL_USER_OBJ:
		case ACL_GROUP_OBJ:
		case ACL_MASK:
		case ACL_OTHER:
			entry->e_id = (uint32_t)ACL_UNDEFINED_ID;
			break;
		case ACL_USER:
		case ACL_GROUP:
			break;
		default:
			return -EINVAL;
		}
	}
	return 0;
}

/* A list of `bytes` in the form of the attribute. *acl is null for one without entries. */
static int acl_parse(const void *value, size_t bytes, struct acl **acl)
{
	struct posix_acl_xattr_header header;
	size_t rest;

	*acl = NULL;
	if (bytes < sizeof(header))
		return -EINVAL;
	memcpy(&header, value, sizeof(header));
	if (header.a_version != POSIX_ACL_XATTR_VERSION)
		return -EOPNOTSUPP;
	rest = bytes - sizeof(header);
	if (rest % sizeof((*acl)->entries[0]))
		return -EINVAL;
	if (rest == 0)
		return 0;
	*acl = acl_alloc((uint32_t)(rest / sizeof((*acl)->entries[0])));
	if (!*acl)
		return -ENOMEM;
	memcpy((*acl)->entries, (const char *)value + sizeof(header), rest);
	return check_tags(*acl);
}

/* Tags come in order, the three basic ones once each; named ones need a mask. */
static bool acl_is_valid(const struct acl *acl)
{
	uint16_t last = 0;
	bool needs_mask = false, has_mask = false;

	for (uint32_t i = 0; i < acl->count; i++) {
		const struct posix_acl_xattr_entry *entry = &acl->entries[i];
		uint16_t tag = entry->e_tag;
		bool is_named = tag == ACL_USER || tag == ACL_GROUP;

		if (entry->e_perm & ~PERMISSIONS || (is_named && entry->e_id == UINT32_MAX))
			return false;
		if (is_named ? tag < last : tag <= last)
			return false;
		if ((last < ACL_USER_OBJ && tag != ACL_USER_OBJ) || (last < ACL_GROUP_OBJ && tag > ACL_GROUP_OBJ))
			return false;
		needs_mask = needs_mask || is_named;
		has_mask = has_mask || tag == ACL_MASK;
		last = tag;
	}
	return last == ACL_OTHER && (has_mask || !needs_mask);
}

/* The permission bits that say the same; *is_all: nothing is lost by that. */
static uint32_t mode_of(const struct acl *acl, bool *is_all)
{
	uint32_t mode = 0, group = 0;

	*is_all = true;
	for (uint32_t i = 0; i < acl->count; i++) {
		const struct posix_acl_xattr_entry *entry = &acl->entries[i];
		int shift = shift_of(entry);

		if (shift >= 0)
			mode |= (uint32_t)entry->e_perm << shift;
		else if (entry->e_tag == ACL_GROUP_OBJ)
			group = entry->e_perm;
		if (entry->e_tag == ACL_MASK || entry->e_tag == ACL_USER || entry->e_tag == ACL_GROUP)
			*is_all = false;
	}
	return *is_all ? mode | group << 3 : mode;
}

static void set_access(struct inode *inode, struct acl *acl)
{
	bool is_all = true;

	if (acl) {
		uint32_t mode = (inode->mode & ~0777u) | mode_of(acl, &is_all);

		if (!cred_in_group(current_cred(), inode->gid) && !current_has_cap(CAP_FSETID))
			mode &= ~(uint32_t)S_ISGID;
		inode->mode = mode;
	}
	if (acl && is_all) {
		acl_put(acl);
		acl = NULL;
	}
	acl_replace(inode, false, acl);
}

int acl_set(struct inode *inode, bool is_default, const void *value, size_t bytes)
{
	struct acl *acl = NULL;
	int error = bytes ? acl_parse(value, bytes, &acl) : 0;

	if (error)
		;
	else if (is_default && !S_ISDIR(inode->mode))
		error = acl ? -EACCES : 0;
	else if (!inode_owner_or_capable(inode))
		error = -EPERM;
	else if (acl && !acl_is_valid(acl))
		error = -EINVAL;
	if (!error && inode->ops->prepare_write)
		error = inode->ops->prepare_write(inode);
	if (error || (is_default && !S_ISDIR(inode->mode))) {
		acl_put(acl);
		return error;
	}
	if (is_default)
		acl_replace(inode, true, acl);
	else
		set_access(inode, acl);
	return 0;
}

int acl_load(struct inode *inode, bool is_default, const void *value, size_t bytes)
{
	struct acl *acl;
	bool is_all;
	int error = acl_parse(value, bytes, &acl);

	if (error == -ENOMEM)
		return error;
	if (error || (acl && !acl_is_valid(acl)) || (is_default && !S_ISDIR(inode->mode))) {
		acl_put(acl);
		return -EUCLEAN;
	}
	if (!acl)
		return 0;
	(void)mode_of(acl, &is_all);
	if (is_default || !is_all)
		acl_replace(inode, is_default, acl);
	else
		acl_put(acl);
	return 0;
}

/* What of `mode` the list leaves, and what of the list the mode leaves; the list is the caller's own. */
static uint32_t cut_mode(const struct acl *acl, uint32_t mode)
{
	bool is_all;

	return mode & (mode_of(acl, &is_all) | ~0777u);
}

void acl_inherit(struct inode *inode, const struct inode *dir)
{
	struct acl *acl = dir && dir->default_acl ? acl_of(dir, true) : NULL;
	bool is_all;

	if (!acl || S_ISLNK(inode->mode)) {
		acl_put(acl);
		return;
	}
	(void)mode_of(acl, &is_all);
	inode->mode = cut_mode(acl, inode->mode);
	/* As its own list it differs from the default one only in what the mode says instead of it. */
	if (!is_all) {
		refcount_get(&acl->refs);
		acl_replace(inode, false, acl);
	}
	if (S_ISDIR(inode->mode))
		acl_replace(inode, true, acl);
	else
		acl_put(acl);
}

void acl_release(struct inode *inode)
{
	acl_put(inode->acl);
	acl_put(inode->default_acl);
}

uint32_t acl_apply_umask(const struct inode *dir, uint32_t mode)
{
	return dir->default_acl ? mode : mode & ~fs_context_current()->umask;
}
