/* Namespaces of mounts: what a process sees of the table (mount_namespaces(7)). */
#include <linux/sched.h>

#include "fs/mount_peers.h"
#include "fs/nsfs.h"
#include "lib/errno.h"
#include "mem/slab.h"

static struct slab_cache space_cache = SLAB_CACHE("mount_namespace", struct mount_namespace);

/* As Linux numbers the first namespace of mounts; the others follow it. */
#define FIRST_INO 0xf0000000u
static _Atomic uint64_t next_ino = FIRST_INO;

uint64_t namespace_next_ino(void)
{
	return atomic_fetch_add_explicit(&next_ino, 1, memory_order_relaxed);
}

static void use(void *space)
{
	mount_namespace_get(space);
}

static void end_use(void *space)
{
	mount_namespace_put(space);
}

const struct namespace_kind mount_namespace_kind = {.name = "mnt", .flag = CLONE_NEWNS, .get = use, .put = end_use};

struct mount_namespace *mount_namespace_create(bool is_anonymous)
{
	struct mount_namespace *space = slab_alloc(&space_cache);

	if (!space)
		return NULL;
	refcount_init(&space->refs, 1);
	space->ino = namespace_next_ino();
	list_init(&space->mounts);
	waitq_init(&space->watchers);
	space->is_anonymous = is_anonymous;
	return space;
}

void mount_namespace_get(struct mount_namespace *space)
{
	refcount_get(&space->refs);
}

void mount_namespace_put(struct mount_namespace *space)
{
	struct list gone;

	if (!refcount_put(&space->refs))
		return;
	list_init(&gone);
	mutex_lock(&mount_mutex);
	if (space->root)
		mount_tree_detach(space->root, false, &gone);
	mutex_unlock(&mount_mutex);
	mounts_drop(&gone);
	slab_free(&space_cache, space);
}

void mount_namespace_changed(struct mount_namespace *space)
{
	atomic_fetch_add_explicit(&space->events, 1, memory_order_relaxed);
	if (!waitq_is_empty(&space->watchers))
		waitq_wake_all(&space->watchers);
}

struct mount_namespace *mount_namespace_current(void)
{
	return fs_context_current()->space;
}

struct mount_namespace *fs_context_space(struct fs_context *context)
{
	struct mount_namespace *space;

	spin_lock(&context->lock);
	space = context->space;
	mount_namespace_get(space);
	spin_unlock(&context->lock);
	return space;
}

void mount_namespace_fill(struct mount_namespace *space, struct mount *top)
{
	spin_lock(&vfs_lock);
	space->root = top;
	for (struct mount *mount = top; mount; mount = mount_next(mount, top))
		mount_enlist_locked(mount, space);
	spin_unlock(&vfs_lock);
}

int mount_namespace_boot(struct mount *mount, struct fs_context *context)
{
	struct mount_namespace *space = mount_namespace_create(false);
	struct path root = {.mount = mount, .dentry = mount->root};

	if (!space)
		return -ENOMEM;
	mutex_lock(&mount_mutex);
	mount_namespace_fill(space, mount);
	mutex_unlock(&mount_mutex);
	context->space = space;
	fs_context_set_root(context, &root);
	fs_context_set_cwd(context, &root);
	return 0;
}

/* A place in the old namespace is the same place in the copy of its mount. */
static void go_to_twin(struct path *path, const struct mount_namespace *from)
{
	struct mount *old = path->mount;

	if (old->space != from)
		return;
	mount_get(old->twin);
	path->mount = old->twin;
	mount_put(old);
}

int fs_context_unshare_mounts(struct fs_context *context)
{
	struct mount_namespace *from = context->space, *space = mount_namespace_create(false);
	struct mount *top;
	int error;

	if (!space)
		return -ENOMEM;
	mutex_lock(&mount_mutex);
	error = mount_tree_copy(from->root, from->root->root, true, TREE_COPY_UNBINDABLE, &top);
	if (!error) {
		mount_namespace_fill(space, top);
		go_to_twin(&context->root, from);
		go_to_twin(&context->cwd, from);
		context->space = space;
	}
	mutex_unlock(&mount_mutex);
	mount_namespace_put(error ? space : from);
	return error;
}

int fs_context_enter_mounts(struct fs_context *context, struct mount_namespace *space)
{
	struct mount_namespace *from = context->space;
	struct path root;

	if (space->is_anonymous)
		return -EINVAL;
	mutex_lock(&mount_mutex);
	root = (struct path){.mount = space->root, .dentry = space->root->root};
	path_get(&root);
	mutex_unlock(&mount_mutex);
	mount_climb(&root);
	mount_namespace_get(space);
	context->space = space;
	fs_context_set_root(context, &root);
	fs_context_set_cwd(context, &root);
	path_put(&root);
	mount_namespace_put(from);
	return 0;
}

static struct mount *next_seen(struct mount_namespace *space, const struct path *root, uint32_t last_id)
{
	struct mount *mount, *found = NULL;

	spin_lock(&vfs_lock);
	list_for_each (mount, &space->mounts, link) {
		struct path path = {.mount = mount, .dentry = mount->root};

		if (mount->id > last_id && path_is_below_locked(&path, root)) {
			found = mount;
			mount_get(found);
			break;
		}
	}
	spin_unlock(&vfs_lock);
	return found;
}

void mounts_for_each(struct mount_namespace *space, const struct path *root,
		     void (*visit)(struct mount *mount, void *arg), void *arg)
{
	struct mount *mount;
	uint32_t last_id = 0;

	while ((mount = next_seen(space, root, last_id))) {
		visit(mount, arg);
		last_id = mount->id;
		mount_put(mount);
	}
}
