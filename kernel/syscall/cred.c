/* System calls on user and group ids and on capabilities. */
#include "fs/cred_change.h"

#include <linux/capability.h>

#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "mem/slab.h"
#include "proc/process.h"
#include "syscall/calls.h"

int64_t sys_getuid(void)
{
	return current_cred()->uid;
}

int64_t sys_getgid(void)
{
	return current_cred()->gid;
}

int64_t sys_geteuid(void)
{
	return current_cred()->euid;
}

int64_t sys_getegid(void)
{
	return current_cred()->egid;
}

int64_t sys_setuid(user_id_t uid)
{
	return cred_set_uid(uid);
}

int64_t sys_setgid(user_id_t gid)
{
	return cred_set_gid(gid);
}

int64_t sys_setreuid(user_id_t real, user_id_t effective)
{
	return cred_set_reuid(real, effective);
}

int64_t sys_setregid(user_id_t real, user_id_t effective)
{
	return cred_set_regid(real, effective);
}

int64_t sys_setresuid(user_id_t real, user_id_t effective, user_id_t saved)
{
	return cred_set_resuid(real, effective, saved);
}

int64_t sys_setresgid(user_id_t real, user_id_t effective, user_id_t saved)
{
	return cred_set_resgid(real, effective, saved);
}

int64_t sys_setfsuid(user_id_t uid)
{
	return cred_set_fsuid(uid);
}

int64_t sys_setfsgid(user_id_t gid)
{
	return cred_set_fsgid(gid);
}

static int64_t put_three(user_out_t first, user_out_t second, user_out_t third, uint32_t a, uint32_t b, uint32_t c)
{
	if (put_user_u32(first, a) || put_user_u32(second, b) || put_user_u32(third, c))
		return -EFAULT;
	return 0;
}

int64_t sys_getresuid(user_out_t real, user_out_t effective, user_out_t saved)
{
	const struct cred *cred = current_cred();

	return put_three(real, effective, saved, cred->uid, cred->euid, cred->suid);
}

int64_t sys_getresgid(user_out_t real, user_out_t effective, user_out_t saved)
{
	const struct cred *cred = current_cred();

	return put_three(real, effective, saved, cred->gid, cred->egid, cred->sgid);
}

int64_t sys_getgroups(int32_t room, user_out_t list)
{
	const struct group_list *groups = current_cred()->groups;
	int32_t count = groups ? (int32_t)groups->count : 0;

	if (room < 0)
		return -EINVAL;
	if (room == 0)
		return count;
	if (room < count)
		return -EINVAL;
	if (count && copy_to_user(list, groups->gids, (size_t)count * sizeof(groups->gids[0])))
		return -EFAULT;
	return count;
}

int64_t sys_setgroups(int32_t count, user_in_t list)
{
	struct group_list *groups = NULL;

	if (!current_has_cap(CAP_SETGID))
		return -EPERM;
	if (count < 0 || count > GROUPS_MAX)
		return -EINVAL;
	if (count) {
		groups = group_list_create((uint32_t)count);
		if (!groups)
			return -ENOMEM;
		if (copy_from_user(groups->gids, list, (size_t)count * sizeof(groups->gids[0]))) {
			group_list_put(groups);
			return -EFAULT;
		}
		group_list_sort(groups);
	}
	return cred_set_groups(groups);
}

/* Versions of the structure of capget(2): the first has sets of 32 bits, the others two of them each. */
static int check_version(user_io_t header_at, struct __user_cap_header_struct *header, unsigned *words)
{
	if (copy_from_user(header, header_at, sizeof(*header)))
		return -EFAULT;
	*words = header->version == _LINUX_CAPABILITY_VERSION_1 ? 1 : 2;
	if (*words == 1 || header->version == _LINUX_CAPABILITY_VERSION_2 ||
	    header->version == _LINUX_CAPABILITY_VERSION_3)
		return 0;
	if (put_user_u32(header_at, _LINUX_CAPABILITY_VERSION_3))
		return -EFAULT;
	return -EINVAL;
}

/* The credentials of a thread, with a reference; null: there is none of that number. */
static const struct cred *cred_of(int32_t tid)
{
	struct thread *thread;
	const struct cred *cred = NULL;

	if (tid == 0 || tid == current_thread()->tid)
		return cred_get(current_cred());
	thread = thread_find(tid);
	if (!thread)
		return NULL;
	spin_lock(&tree_lock);
	if (thread->cred)
		cred = cred_get(thread->cred);
	spin_unlock(&tree_lock);
	thread_put(thread);
	return cred;
}

int64_t sys_capget(user_io_t header_at, user_out_t data_at)
{
	struct __user_cap_data_struct data[2];
	struct __user_cap_header_struct header;
	const struct cred *cred;
	unsigned words;
	int error = check_version(header_at, &header, &words);

	if (error)
		return error == -EINVAL && !data_at ? 0 : error;
	if (header.pid < 0)
		return -EINVAL;
	cred = cred_of(header.pid);
	if (!cred)
		return -ESRCH;
	for (unsigned i = 0; i < 2; i++) {
		data[i].effective = (uint32_t)(cred->cap_effective >> (32 * i));
		data[i].permitted = (uint32_t)(cred->cap_permitted >> (32 * i));
		data[i].inheritable = (uint32_t)(cred->cap_inheritable >> (32 * i));
	}
	cred_put(cred);
	return data_at ? copy_to_user(data_at, data, words * sizeof(data[0])) : 0;
}

int64_t sys_capset(user_io_t header_at, user_in_t data_at)
{
	struct __user_cap_data_struct data[2] = {0};
	struct __user_cap_header_struct header;
	unsigned words;
	int error = check_version(header_at, &header, &words);

	if (error)
		return error;
	if (header.pid != 0 && header.pid != current_thread()->tid)
		return -EPERM;
	if (copy_from_user(data, data_at, words * sizeof(data[0])))
		return -EFAULT;
	return cred_set_capabilities(((uint64_t)data[1].effective << 32 | data[0].effective) & CAP_FULL_SET,
				     ((uint64_t)data[1].permitted << 32 | data[0].permitted) & CAP_FULL_SET,
				     ((uint64_t)data[1].inheritable << 32 | data[0].inheritable) & CAP_FULL_SET);
}
