/*
 * Where a core dump goes: a fresh file of the process's user, or the standard input of a program that runs as root.
 */
#include <linux/fcntl.h>
#include <linux/resource.h>
#include <linux/stat.h>

#include "fs/cred.h"
#include "fs/names.h"
#include "ipc/pipe.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "proc/clone.h"
#include "proc/core_private.h"
#include "proc/exec.h"
#include "proc/limits.h"

#define LEAST_BYTES 4096 /* with less to write there is no dump, as on Linux */
#define EXIT_NO_RUN 127

/* A program that is being started, held by its maker and by itself. Lock key: (a) atomic; (i) immutable; (q) its lock.
 */
struct helper {
	struct refcount refs;  /* (a) */
	const char *arguments; /* (i) one behind the other, an empty one last; the maker's, until `is_known` */
	struct file *input;    /* (i) its own */
	struct waitq waiters;  /* (q) */
	_Atomic bool is_known; /* (a) whether it runs */
	_Atomic int error;     /* (a) */
};

static void helper_put(struct helper *helper)
{
	if (refcount_put(&helper->refs))
		kfree(helper);
}

static void helper_tell(struct helper *helper, int error)
{
	helper->error = error;
	helper->is_known = true;
	waitq_wake_all(&helper->waiters);
	helper_put(helper);
}

static int fill_arguments(struct exec_strings *strings, const void *source)
{
	const struct helper *helper = source;
	int error = 0;

	for (const char *at = helper->arguments; *at && !error; at += strlen(at) + 1) {
		strings->argc++;
		error = exec_strings_add(strings, at, strlen(at));
	}
	return error;
}

static void helper_runs(void)
{
	helper_tell(current_thread()->kernel_arg, 0);
}

/* The helper's first steps: its input is descriptor 0, and it executes. */
static void helper_main(void *arg)
{
	struct helper *helper = arg;
	int64_t error = fd_open(helper->input, false);

	if (error == 0)
		error = process_exec_kernel(helper->arguments, fill_arguments, helper, helper_runs);
	helper_tell(helper, error < 0 ? (int)error : -EBADF);
	process_exit_group(EXIT_NO_RUN << 8);
}

/* Start the program of `arguments`, which reads what is written to the result; or err_ptr. */
static struct file *run_helper(const char *arguments)
{
	struct helper *helper = kzalloc(sizeof(*helper));
	struct file *ends[2];

	if (!helper)
		return err_ptr(-ENOMEM);
	int error = pipe_create(ends, 0);
	if (error) {
		kfree(helper);
		return err_ptr(error);
	}
	refcount_init(&helper->refs, 2);
	waitq_init(&helper->waiters);
	helper->arguments = arguments;
	helper->input = ends[0];
	if (!process_create_first("core_helper", helper_main, helper)) {
		file_put(ends[0]);
		file_put(ends[1]);
		kfree(helper);
		return err_ptr(-ENOMEM);
	}
	(void)waitq_wait(&helper->waiters, WAIT_CHILD, 0, TIME_NEVER, WAIT_UNINTERRUPTIBLE, helper->is_known);
	error = helper->error;
	helper_put(helper);
	if (!error)
		return ends[1];
	file_put(ends[1]);
	return err_ptr(error);
}

/* Root's dump of a process that changed its ids: made as root, seen from the first root directory. 0 or -errno. */
static int become_root(void)
{
	struct thread *self = current_thread();
	struct cred *cred = cred_copy(current_cred());

	if (!cred)
		return -ENOMEM;
	cred->fsuid = 0;
	cred_commit(cred);
	fs_context_get(&fs_context_boot);
	spin_lock(&tree_lock);
	struct fs_context *own = self->fs;
	self->fs = &fs_context_boot;
	spin_unlock(&tree_lock);
	fs_context_put(own);
	return 0;
}

/* A file of one name, that nobody else could have put there or read. */
static bool is_safe(const struct file *file)
{
	const struct inode *inode = file->inode;

	return inode && S_ISREG(inode->mode) && inode->nlink == 1 && inode->uid == current_cred()->fsuid &&
	       (inode->mode & 0677) == 0600;
}

static struct file *open_file(const char *name)
{
	bool is_root = current_process()->space->dumpable == DUMPABLE_BY_ROOT;

	if (limit_of_current(RLIMIT_CORE) < LEAST_BYTES)
		return err_ptr(-EFBIG);
	if (is_root) {
		if (name[0] != '/')
			return err_ptr(-EPERM);
		int error = become_root();
		if (error)
			return err_ptr(error);
	} else {
		(void)names_remove(AT_CWD, name);
	}
	struct file *file = file_open_at(AT_CWD, name, O_CREAT | O_WRONLY | O_NOFOLLOW | O_EXCL, 0600, 0);
	if (!is_err(file) && !is_safe(file)) {
		file_put(file);
		return err_ptr(-EPERM);
	}
	return file;
}

int core_open(struct core_target *target, int signal)
{
	target->is_pipe = core_name(target->name, signal);
	if (!target->name[0])
		return -ENOENT;
	/* A handler's handler would dump for ever: a limit of 1 byte says that this one is one. */
	if (target->is_pipe && limit_of_current(RLIMIT_CORE) == 1)
		return -EFBIG;
	target->file = target->is_pipe ? run_helper(target->name) : open_file(target->name);
	return is_err(target->file) ? (int)ptr_err(target->file) : 0;
}

void core_close(struct core_target *target, bool is_good)
{
	file_put(target->file);
	if (!is_good && !target->is_pipe)
		(void)names_remove(AT_CWD, target->name);
}
