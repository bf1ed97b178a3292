/* A process's view of the names: its root, its working directory, its umask. Shared by CLONE_FS. */
#include "fs/dentry.h"
#include "mem/slab.h"

static struct slab_cache context_cache = SLAB_CACHE("fs_context", struct fs_context);

struct fs_context fs_context_boot = {
	.refs = {1},
	.lock = SPINLOCK_INIT("fs_context", LOCK_FILES),
	.umask = 022,
};

struct fs_context *fs_context_copy(struct fs_context *from)
{
	struct fs_context *copy = slab_alloc(&context_cache);

	if (!copy)
		return NULL;
	refcount_init(&copy->refs, 1);
	spin_init(&copy->lock, "fs_context", LOCK_FILES);
	spin_lock(&from->lock);
	copy->root = from->root;
	copy->cwd = from->cwd;
	copy->umask = from->umask;
	path_get(&copy->root);
	path_get(&copy->cwd);
	spin_unlock(&from->lock);
	return copy;
}

void fs_context_get(struct fs_context *context)
{
	refcount_get(&context->refs);
}

void fs_context_put(struct fs_context *context)
{
	if (!refcount_put(&context->refs))
		return;
	path_put(&context->root);
	path_put(&context->cwd);
	slab_free(&context_cache, context);
}

static void replace_path(struct fs_context *context, struct path *place, const struct path *path)
{
	struct path old;

	path_get(path);
	spin_lock(&context->lock);
	old = *place;
	*place = *path;
	spin_unlock(&context->lock);
	if (old.dentry)
		path_put(&old);
}

void fs_context_set_cwd(struct fs_context *context, const struct path *path)
{
	replace_path(context, &context->cwd, path);
}

void fs_context_set_root(struct fs_context *context, const struct path *path)
{
	replace_path(context, &context->root, path);
}

static void read_path(struct fs_context *context, const struct path *place, struct path *path)
{
	spin_lock(&context->lock);
	*path = *place;
	path_get(path);
	spin_unlock(&context->lock);
}

/* Kernel threads have no view of their own: they see the root of the boot. */
struct fs_context *fs_context_current(void)
{
	struct fs_context *context = current_thread()->fs;

	return context ? context : &fs_context_boot;
}

void current_cwd(struct path *path)
{
	struct fs_context *context = fs_context_current();

	read_path(context, &context->cwd, path);
}

void current_root(struct path *path)
{
	struct fs_context *context = fs_context_current();

	read_path(context, &context->root, path);
}
