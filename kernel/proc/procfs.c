/*
 * The file system "proc": names and inodes. What the files hold is in the procfs_*.c beside.
 */
#include "fs/directory.h"
#include "fs/permission.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "proc/pid.h"
#include "proc/procfs_file.h"

#define ROOT_INO 1
/* Where names that are numbers begin among the cookies of readdir. */
#define NUMBER_COOKIES 256

void (*procfs_tty_hook)(struct process *process, uint64_t *device, int32_t *foreground);
const char *procfs_tty_drivers = "";
uint32_t (*procfs_pty_count_hook)(void);

static struct slab_cache node_cache = SLAB_CACHE("proc_node", struct proc_node);

static const struct inode_ops directory_ops, guarded_directory_ops, setting_directory_ops;
static const struct inode_ops file_inode_ops, setting_ops, text_link_ops, place_link_ops;

const struct proc_entry proc_root_entry = {
	.name = "/",
	.mode = S_IFDIR | 0555,
	.children = proc_root_entries,
	.find = proc_find_process,
	.next = proc_next_process,
};

/* The same number whenever the same name is asked for: from process, descriptor and row. */
static uint64_t node_ino(const struct proc_node *node)
{
	if (node->entry == &proc_root_entry || node->entry == &sysfs_root_entry)
		return ROOT_INO;
	uint64_t who = node->pid ? (uint64_t)node->pid->number << 1 | node->is_task : 0;
	uint64_t row = (uint64_t)node->entry & 0xfffff;
	return who << 40 ^ (uint64_t)(uint32_t)node->number << 20 ^ row << 1 ^ 1ull << 62;
}

/* Owner of what is about a process: its effective user; root of what is in its directory, when it may not be dumped. */
static void set_owner(struct inode *inode, const struct proc_target *target)
{
	bool is_directory = inode->mode == (S_IFDIR | 0555);

	if (target->thread)
		thread_proc_owner(target->thread, is_directory, &inode->uid, &inode->gid);
}

/* Of a directory: few are open to others than its mode says. */
static const struct inode_ops *ops_of_directory(const struct inode *inode, const struct proc_node *node)
{
	const struct proc_entry *entry = node->entry;
	bool may_hide = entry == &proc_process_entry && inode->superblock->private_data;

	if (node->is_setting)
		return &setting_directory_ops;
	return entry->is_own || may_hide ? &guarded_directory_ops : &directory_ops;
}

static void set_ops(struct inode *inode, const struct proc_node *node)
{
	const struct proc_entry *entry = node->entry;

	switch (entry->mode & S_IFMT) {
	case S_IFDIR:
		inode->ops = ops_of_directory(inode, node);
		inode->file_ops = &directory_file_ops;
		inode->nlink = 2;
		break;
	case S_IFLNK:
		inode->ops = entry->place ? &place_link_ops : &text_link_ops;
		break;
	default:
		inode->ops = node->is_setting ? &setting_ops : &file_inode_ops;
		inode->file_ops = entry->ops ? entry->ops : &proc_file_ops;
	}
}

/* An inode for `node`, whose reference on the pid is taken over, even on failure. Null: no memory. */
struct inode *procfs_inode(struct superblock *superblock, const struct proc_node *node)
{
	struct proc_node *copy = slab_alloc(&node_cache);
	struct inode *inode = copy ? inode_create(superblock, node->entry->mode) : NULL;
	struct proc_target target;

	if (!inode) {
		if (copy)
			slab_free(&node_cache, copy);
		if (node->pid)
			pid_put(node->pid);
		return NULL;
	}
	*copy = *node;
	inode->private_data = copy;
	inode->ino = node_ino(copy);
	set_ops(inode, copy);
	if (!proc_target_get(copy, &target)) {
		set_owner(inode, &target);
		proc_target_put(&target);
	}
	return inode;
}

static void proc_evict(struct inode *inode)
{
	struct proc_node *node = inode->private_data;

	if (node->pid)
		pid_put(node->pid);
	slab_free(&node_cache, node);
}

/* A decimal number without sign or leading zero; -1 for other names. */
static int32_t name_to_number(const char *name, size_t bytes)
{
	const char *end;

	if (bytes == 0 || bytes > 9 || (name[0] == '0' && bytes > 1) || name[0] < '0' || name[0] > '9')
		return -1;
	uint64_t number = string_to_u64(name, &end, 10);
	return end == name + bytes ? (int32_t)number : -1;
}

/* The number in a name below a directory whose numbers may have a prefix; -1 for other names. */
static int32_t number_behind(const struct proc_entry *directory, const char *name, size_t bytes)
{
	size_t prefix = directory->number_prefix ? strlen(directory->number_prefix) : 0;

	if (prefix > bytes || (prefix && memcmp(name, directory->number_prefix, prefix) != 0))
		return -1;
	return name_to_number(name + prefix, bytes - prefix);
}

static const struct proc_entry *find_child(const struct proc_entry *entry, const char *name)
{
	for (const struct proc_entry *child = entry->children; child && child->name; child++) {
		if (strcmp(child->name, name) == 0)
			return child;
	}
	return NULL;
}

/* Does the tree hide the process that `node` is the directory of? */
static bool is_hidden(const struct superblock *superblock, const struct proc_node *node)
{
	struct proc_target target;

	if (!superblock->private_data || node->entry != &proc_process_entry || proc_target_get(node, &target))
		return false;
	bool is_hidden = proc_hides_name(superblock, target.thread);
	proc_target_put(&target);
	return is_hidden;
}

static int proc_lookup(struct inode *dir, struct dentry *dentry)
{
	const struct proc_node *parent = dir->private_data;
	const struct proc_entry *child = find_child(parent->entry, dentry->name);
	struct proc_node node = {
		.entry = child, .pid = parent->pid, .is_task = parent->is_task, .number = parent->number};

	node.is_setting = parent->is_setting || (child && child->children == proc_sys_entries);

	if (child) {
		struct proc_target target;
		if (proc_target_get(parent, &target))
			return -ENOENT;
		proc_target_put(&target);
		if (node.pid)
			pid_get(node.pid);
	} else {
		int32_t number = number_behind(parent->entry, dentry->name, dentry->name_bytes);
		/* As on Linux: what is not there could only be made in sysfs, if anything could. */
		if (number < 0 || !parent->entry->find)
			return dir->superblock->type->is_single ? 0 : -ENOENT;
		int error = parent->entry->find(parent, number, &node);
		if (error)
			return error;
		if (is_hidden(dir->superblock, &node)) {
			pid_put(node.pid);
			return -ENOENT;
		}
	}
	struct inode *inode = procfs_inode(dir->superblock, &node);
	if (!inode)
		return -ENOMEM;
	dentry_instantiate(dentry, inode);
	return 0;
}

static uint8_t directory_type(const struct proc_entry *entry)
{
	return (uint8_t)((entry->mode & S_IFMT) >> 12);
}

/* Names that are numbers: the cookie behind number n is NUMBER_COOKIES + n + 1. */
static void list_numbers(const struct superblock *superblock, const struct proc_node *parent, struct dir_sink *sink,
			 uint64_t *position)
{
	const char *prefix = parent->entry->number_prefix ? parent->entry->number_prefix : "";
	char name[24];

	for (;;) {
		struct proc_node node = {0};
		int32_t from = (int32_t)(*position - NUMBER_COOKIES);
		int32_t number = parent->entry->next(parent, from, &node);
		if (number < 0)
			return;
		size_t bytes = (size_t)string_format(name, sizeof(name), "%s%d", prefix, number);
		uint64_t next = NUMBER_COOKIES + (uint64_t)number + 1;
		if (is_hidden(superblock, &node)) {
			pid_put(node.pid);
			*position = next;
			continue;
		}
		bool is_taken = sink->entry(sink, name, bytes, node_ino(&node), directory_type(node.entry), next);
		if (node.pid)
			pid_put(node.pid);
		if (!is_taken)
			return;
		*position = next;
	}
}

static int proc_readdir(struct inode *dir, struct dir_sink *sink, uint64_t *position)
{
	const struct proc_node *parent = dir->private_data;
	struct proc_target target;

	int error = proc_target_get(parent, &target);
	if (error)
		return -ENOENT;
	proc_target_put(&target);
	uint64_t index = 0;
	for (const struct proc_entry *child = parent->entry->children; child && child->name; child++, index++) {
		struct proc_node node = {
			.entry = child, .pid = parent->pid, .is_task = parent->is_task, .number = parent->number};
		if (index < *position)
			continue;
		if (!sink->entry(sink, child->name, strlen(child->name), node_ino(&node), directory_type(child),
				 index + 1))
			return 0;
		*position = index + 1;
	}
	if (!parent->entry->next)
		return 0;
	*position = MAX(*position, (uint64_t)NUMBER_COOKIES);
	list_numbers(dir->superblock, parent, sink, position);
	return 0;
}

static bool is_process_directory(const struct inode *inode)
{
	return ((const struct proc_node *)inode->private_data)->entry == &proc_process_entry;
}

static bool is_hidden_name(const struct inode *inode, const struct proc_target *target)
{
	return is_process_directory(inode) && proc_hides_name(inode->superblock, target->thread);
}

/*
 * By the mode, but that a process may always look at its own descriptors, and that options may close directories.
 * Descriptors' states (fdinfo), whose directory is open to all by its mode, are for those who may look into it.
 */
static int directory_permission(struct inode *inode, unsigned mask)
{
	const struct proc_node *node = inode->private_data;
	struct proc_target target;
	int error = permission_by_mode(inode, mask, current_cred()) ? 0 : -EACCES;

	if (!node->pid)
		return error;
	if (proc_target_get(node, &target))
		return -ENOENT;
	if (node->entry->is_own && target.process == current_process())
		error = 0;
	else if (node->entry->is_own && !error)
		error = (node->entry->mode & 0055) ? proc_may_inspect(&target) : 0;
	else if (is_process_directory(inode) && proc_hides_contents(inode->superblock, target.thread))
		error = is_hidden_name(inode, &target) ? -ENOENT : -EPERM;
	proc_target_put(&target);
	return error;
}

/* Settings are root's by the effective user, and what is not writable is so for capabilities too. */
static int setting_permission(struct inode *inode, unsigned mask)
{
	const struct cred *cred = current_cred();
	uint32_t bits = inode->mode;

	if (cred->euid == 0)
		bits >>= 6;
	else if (cred_in_group(cred, 0))
		bits >>= 3;
	return mask & ~bits & (MAY_READ | MAY_WRITE | MAY_EXECUTE) ? -EACCES : 0;
}

static int proc_getattr(struct inode *inode)
{
	const struct proc_node *node = inode->private_data;
	struct proc_target target;

	int error = proc_target_get(node, &target);
	if (error)
		return -ENOENT;
	set_owner(inode, &target);
	proc_target_put(&target);
	inode_touch(inode, true, true, true);
	return 0;
}

/* A process's directory that was looked up before the tree began to hide some is looked up again. */
static bool has_right_ops(const struct inode *inode)
{
	const struct proc_node *node = inode->private_data;

	return node->entry != &proc_process_entry || inode->ops == ops_of_directory(inode, node);
}

static bool proc_revalidate(struct dentry *dentry)
{
	struct proc_target target;

	if (proc_target_get(dentry->inode->private_data, &target))
		return false;
	set_owner(dentry->inode, &target);
	bool is_there = has_right_ops(dentry->inode) && !is_hidden_name(dentry->inode, &target);
	proc_target_put(&target);
	return is_there;
}

static int proc_truncate(struct inode *inode, uint64_t size)
{
	return 0;
}

static ssize_t text_readlink(struct inode *inode, char *to, size_t room)
{
	const struct proc_node *node = inode->private_data;
	struct proc_text text = {0};
	struct proc_target target;

	int error = proc_target_get(node, &target);
	if (error)
		return -ENOENT;
	error = node->entry->show(&text, &target);
	if (!error && (text.is_cut || text.length >= room))
		error = -ENOMEM;
	if (!error) {
		memcpy(to, text.data, text.length);
		to[text.length] = 0;
	}
	proc_target_put(&target);
	kfree(text.data);
	return error ? error : (ssize_t)text.length;
}

static int place_of(struct inode *inode, struct path *path)
{
	const struct proc_node *node = inode->private_data;
	struct proc_target target;

	int error = proc_target_get(node, &target);
	if (error)
		return -ENOENT;
	error = proc_may_inspect(&target);
	if (!error)
		error = node->entry->place(&target, path);
	proc_target_put(&target);
	return error;
}

static int place_follow(struct inode *inode, struct dentry *dentry, struct path *path)
{
	return place_of(inode, path);
}

/* A descriptor may stand for something without a place: `show` names it then. */
static ssize_t place_readlink(struct inode *inode, char *to, size_t room)
{
	const struct proc_node *node = inode->private_data;
	struct path path;

	if (node->entry->show)
		return text_readlink(inode, to, room);
	int error = place_of(inode, &path);
	if (error)
		return error;
	char *text = path_text(&path, to, room);
	path_put(&path);
	if (is_err(text))
		return ptr_err(text);
	size_t bytes = strlen(text);
	memmove(to, text, bytes + 1);
	return (ssize_t)bytes;
}

static const struct inode_ops directory_ops = {
	.lookup = proc_lookup,
	.readdir = proc_readdir,
	.getattr = proc_getattr,
	.revalidate = proc_revalidate,
	.evict = proc_evict,
};
static const struct inode_ops guarded_directory_ops = {
	.lookup = proc_lookup,
	.readdir = proc_readdir,
	.getattr = proc_getattr,
	.revalidate = proc_revalidate,
	.permission = directory_permission,
	.evict = proc_evict,
};
static const struct inode_ops setting_directory_ops = {
	.lookup = proc_lookup,
	.readdir = proc_readdir,
	.getattr = proc_getattr,
	.revalidate = proc_revalidate,
	.permission = setting_permission,
	.evict = proc_evict,
};
static const struct inode_ops setting_ops = {
	.getattr = proc_getattr,
	.revalidate = proc_revalidate,
	.permission = setting_permission,
	.truncate = proc_truncate,
	.evict = proc_evict,
};
static const struct inode_ops file_inode_ops = {
	.getattr = proc_getattr,
	.revalidate = proc_revalidate,
	.truncate = proc_truncate,
	.evict = proc_evict,
};
static const struct inode_ops text_link_ops = {
	.getattr = proc_getattr,
	.revalidate = proc_revalidate,
	.readlink = text_readlink,
	.evict = proc_evict,
};
static const struct inode_ops place_link_ops = {
	.getattr = proc_getattr,
	.revalidate = proc_revalidate,
	.readlink = place_readlink,
	.follow = place_follow,
	.evict = proc_evict,
};

struct pid *procfs_pid(int fd)
{
	struct file *file = fd_get_path(fd);
	struct pid *pid = err_ptr(-EBADF);

	if (!file)
		return pid;
	if (file->ops == &directory_file_ops && file->inode->ops == &directory_ops) {
		const struct proc_node *node = file->inode->private_data;
		if (node->entry == &proc_process_entry) {
			pid = node->pid;
			pid_get(pid);
		}
	}
	file_put(file);
	return pid;
}
