/* Propagation: peer groups, slaves, and where an event goes. */
#include "fs/mount_peers.h"

#include "lib/errno.h"
#include "mem/slab.h"

static struct slab_cache group_cache = SLAB_CACHE("peer_group", struct peer_group);

static uint32_t next_group_id = 1; /* under mount_mutex */

int peers_share(struct mount *mount)
{
	struct peer_group *group;

	if (mount->group)
		return 0;
	group = slab_alloc(&group_cache);
	if (!group)
		return -ENOMEM;
	group->id = next_group_id++;
	list_init(&group->members);
	list_init(&group->receivers);
	list_init(&group->visit_link);
	peers_join(mount, group);
	return 0;
}

void peers_join(struct mount *mount, struct peer_group *group)
{
	mount->group = group;
	mount->is_unbindable = false;
	list_append(&group->members, &mount->group_link);
}

void peers_set_master(struct mount *mount, struct peer_group *master)
{
	list_remove(&mount->master_link);
	mount->master = master;
	if (master)
		list_append(&master->receivers, &mount->master_link);
}

/* The group that it left, or null when that ended with it. */
static struct peer_group *leave(struct mount *mount)
{
	struct peer_group *group = mount->group;
	struct mount *receiver, *following;

	list_remove(&mount->group_link);
	mount->group = NULL;
	if (!list_is_empty(&group->members))
		return group;
	list_for_each_safe (receiver, following, &group->receivers, master_link)
		peers_set_master(receiver, mount->master);
	slab_free(&group_cache, group);
	return NULL;
}

void peers_make_slave(struct mount *mount)
{
	struct peer_group *rest = mount->group ? leave(mount) : NULL;

	if (rest)
		peers_set_master(mount, rest);
	mount->is_unbindable = false;
}

void peers_make_private(struct mount *mount)
{
	if (mount->group)
		(void)leave(mount);
	peers_set_master(mount, NULL);
	mount->is_unbindable = false;
}

/* A mount that shows the place. What is only being made does not: it stands nowhere yet. */
static bool shows(const struct mount *mount, const struct peer_visit *visit)
{
	bool is_below;

	if (mount == visit->mount || !mount->space)
		return false;
	spin_lock(&vfs_lock);
	is_below = dentry_is_below_locked(visit->dentry, mount->root);
	spin_unlock(&vfs_lock);
	return is_below;
}

static void enqueue(struct list *queue, struct peer_group *group)
{
	if (!group || group->is_visited)
		return;
	group->is_visited = true;
	list_append(queue, &group->visit_link);
}

static int visit_group(struct peer_visit *visit, struct peer_group *group, struct list *queue)
{
	struct mount *mount;
	int error = 0;

	list_for_each (mount, &group->members, group_link) {
		if (shows(mount, visit))
			error = visit->target(visit, mount, group, true);
		if (error)
			return error;
	}
	list_for_each (mount, &group->receivers, master_link) {
		if (mount->group)
			enqueue(queue, mount->group);
		else if (shows(mount, visit))
			error = visit->target(visit, mount, group, false);
		if (error)
			return error;
	}
	return 0;
}

int peers_visit(struct peer_visit *visit)
{
	struct list queue, *at;
	int error = 0;

	list_init(&queue);
	enqueue(&queue, visit->mount->group);
	for (at = queue.next; at != &queue && !error; at = at->next)
		error = visit_group(visit, list_entry(at, struct peer_group, visit_link), &queue);
	while (!list_is_empty(&queue)) {
		struct peer_group *group = list_first(&queue, struct peer_group, visit_link);

		list_remove(&group->visit_link);
		group->is_visited = false;
		group->prototype = NULL;
	}
	return error;
}

static bool has_member_below(const struct peer_group *group, const struct mount_namespace *space,
			     const struct path *root)
{
	struct mount *mount;
	bool is_found = false;

	list_for_each (mount, &group->members, group_link) {
		struct path path = {.mount = mount, .dentry = mount->root};

		if (mount->space != space)
			continue;
		spin_lock(&vfs_lock);
		is_found = path_is_below_locked(&path, root);
		spin_unlock(&vfs_lock);
		if (is_found)
			break;
	}
	return is_found;
}

void peers_ids(const struct mount *mount, const struct mount_namespace *space, const struct path *root,
	       struct peer_ids *ids)
{
	const struct peer_group *group;

	mutex_lock(&mount_mutex);
	*ids = (struct peer_ids){.shared = mount->group ? mount->group->id : 0,
				 .master = mount->master ? mount->master->id : 0,
				 .is_unbindable = mount->is_unbindable};
	for (group = mount->master; group && !ids->dominating; group = peer_group_master(group)) {
		if (has_member_below(group, space, root))
			ids->dominating = group->id;
	}
	mutex_unlock(&mount_mutex);
}
