/*
 * Propagation: how a mount in one place becomes a mount in others (mount_namespaces(7)).
 *
 * Shared mounts that are copies of one another are members of a peer group: what is mounted on a place in one is
 * mounted there in all. A slave receives the events of a group (its master) and sends none, unless it is a member of a
 * group of its own, which then receives as a whole: all members of a group have the same master. So the groups form
 * trees, and an event goes down from the group in which it happened.
 *
 * Everything here is guarded by mount_mutex. A group lives as long as it has members; when the last leaves, those who
 * received from it receive from its master.
 */
#ifndef NAMU_FS_MOUNT_PEERS_H
#define NAMU_FS_MOUNT_PEERS_H

#include "fs/mount.h"

/* Lock key: (i) immutable; (m) mount_mutex. */
struct peer_group {
	uint32_t id;             /* (i) */
	struct list members;     /* (m) mounts by group_link, never empty */
	struct list receivers;   /* (m) mounts by master_link */
	struct list visit_link;  /* (m) on the list of groups that an event reaches */
	struct mount *prototype; /* (m) the copy that was made for the first of the members an event reached */
	bool is_visited;         /* (m) */
};

static inline struct peer_group *peer_group_master(const struct peer_group *group)
{
	return list_first(&group->members, struct mount, group_link)->master;
}

/* Make it a member of a group of its own, if it is in none: 0 or -ENOMEM. */
int peers_share(struct mount *mount);
/* It becomes a member of the group. */
void peers_join(struct mount *mount, struct peer_group *group);
/* It leaves its group and receives from it, if there are others in it. */
void peers_make_slave(struct mount *mount);
/* It neither sends nor receives. */
void peers_make_private(struct mount *mount);
/* It receives from the group (null: from nobody). */
void peers_set_master(struct mount *mount, struct peer_group *master);

/*
 * Where an event on `dentry` in `mount` goes to: visit is called for each other mount that shows the same place, until
 * it returns an error. `from` is the group whose event the target receives; is_peer: as a member, else as a slave of
 * it.
 */
struct peer_visit {
	int (*target)(struct peer_visit *visit, struct mount *target, struct peer_group *from, bool is_peer);
	struct mount *mount;
	struct dentry *dentry;
};
int peers_visit(struct peer_visit *visit);

/* For mountinfo: ids, 0 for none. `dominating`: of the nearest group above that has a member which can be seen from
 * `root` in `space`. Takes mount_mutex. */
struct peer_ids {
	uint32_t shared, master, dominating;
	bool is_unbindable;
};
void peers_ids(const struct mount *mount, const struct mount_namespace *space, const struct path *root,
	       struct peer_ids *ids);

#endif
