/* Who may look into whose process. */
#include "proc/inspect.h"

#include <linux/capability.h>

#include "proc/core.h"
#include "proc/ptrace.h"

static bool has_ids(const struct cred *theirs, uint32_t uid, uint32_t gid)
{
	return uid == theirs->euid && uid == theirs->suid && uid == theirs->uid && gid == theirs->egid &&
	       gid == theirs->sgid && gid == theirs->gid;
}

/* A process without memory of its own (a zombie, the kernel's) has nothing to hide by it. */
static bool is_dumpable_locked(const struct process *process)
{
	return !process->space || process->space->dumpable == DUMPABLE_BY_USER;
}

bool thread_may_inspect(struct thread *thread, enum inspect_ids ids)
{
	const struct cred *mine = current_cred();
	bool by_fs_ids = ids == INSPECT_BY_FS_IDS, may = false;
	uint64_t capabilities = by_fs_ids ? mine->cap_effective : mine->cap_permitted;

	if (thread->process == current_process() || cred_has_cap(mine, CAP_SYS_PTRACE))
		return true;
	spin_lock(&tree_lock);
	if (thread->cred)
		may = has_ids(thread->cred, by_fs_ids ? mine->fsuid : mine->uid, by_fs_ids ? mine->fsgid : mine->gid) &&
		      is_dumpable_locked(thread->process) && (thread->cred->cap_permitted & ~capabilities) == 0;
	spin_unlock(&tree_lock);
	return may;
}

bool thread_may_attach(struct thread *thread, enum inspect_ids ids)
{
	bool may = thread_may_inspect(thread, ids);

	if (!may || likely(!ptrace_scope) || thread->process == current_process())
		return may;
	spin_lock(&tree_lock);
	may = ptrace_scope_allows(thread->process);
	spin_unlock(&tree_lock);
	return may;
}

bool process_may_inspect(struct process *process)
{
	struct thread *leader;
	bool may;

	spin_lock(&tree_lock);
	leader = process->leader;
	if (leader)
		thread_get(leader);
	spin_unlock(&tree_lock);
	if (!leader)
		return current_has_cap(CAP_SYS_PTRACE);
	may = thread_may_inspect(leader, INSPECT_BY_REAL_IDS);
	thread_put(leader);
	return may;
}

void thread_proc_owner(struct thread *thread, bool even_hidden, uint32_t *uid, uint32_t *gid)
{
	*uid = *gid = 0;
	spin_lock(&tree_lock);
	if (thread->cred && (even_hidden || is_dumpable_locked(thread->process))) {
		*uid = thread->cred->euid;
		*gid = thread->cred->egid;
	}
	spin_unlock(&tree_lock);
}
