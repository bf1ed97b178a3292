/* A process's view of the names: its root, its working directory, its umask. Shared by CLONE_FS. */
#include "fs/mount.h"
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
	copy->space = from->space;
	mount_namespace_get(copy->space);
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
	mount_namespace_put(context->space);
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

static bool is_same_place(const struct path *a, const struct path *b)
{
	return a->mount == b->mount && a->dentry == b->dentry;
}

void fs_context_move(struct fs_context *context, const struct path *from, const struct path *to)
{
	bool is_root, is_cwd;

	spin_lock(&context->lock);
	is_root = is_same_place(&context->root, from);
	is_cwd = is_same_place(&context->cwd, from);
	spin_unlock(&context->lock);
	if (is_root)
		replace_path(context, &context->root, to);
	if (is_cwd)
		replace_path(context, &context->cwd, to);
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

void fs_context_root(struct fs_context *context, struct path *path)
{
	read_path(context, &context->root, path);
}

void current_root(struct path *path)
{
	struct fs_context *context = fs_context_current();

	read_path(context, &context->root, path);
}
