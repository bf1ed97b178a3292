/*
 * /proc/PID/mounts, mountinfo and mountstats (proc(5)): the mounts of the process's namespace that can be seen from its
 * root.
 */
#include <linux/mount.h>

#include "fs/chardev.h"
#include "fs/nsfs.h"
#include "fs/mount_peers.h"
#include "fs/path_text.h"
#include "ipc/namespace.h"
#include "lib/string.h"
#include "proc/namespace.h"
#include "proc/procfs_private.h"

#define OPTIONS_ROOM 512

struct mount_printer {
	struct proc_text *text;
	struct mount_namespace *space;
	struct path root;
	char *buffer; /* PATH_MAX_BYTES */
};

struct option_name {
	uint32_t flag;
	const char *name;
};

static const struct option_name mount_options[] = {
	{MS_NOSUID, ",nosuid"},           {MS_NODEV, ",nodev"},           {MS_NOEXEC, ",noexec"},
	{MS_NOATIME, ",noatime"},         {MS_NODIRATIME, ",nodiratime"}, {MS_RELATIME, ",relatime"},
	{MS_NOSYMFOLLOW, ",nosymfollow"},
};

static const struct option_name superblock_options[] = {
	{MS_SYNCHRONOUS, ",sync"},
	{MS_DIRSYNC, ",dirsync"},
	{MS_MANDLOCK, ",mand"},
	{MS_LAZYTIME, ",lazytime"},
};

static void print_flags(struct proc_text *text, uint32_t flags, const struct option_name *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (flags & names[i].flag)
			proc_print(text, "%s", names[i].name);
	}
}

static void print_mount_flags(struct proc_text *text, const struct mount *mount)
{
	print_flags(text, mount->flags, mount_options, ARRAY_LEN(mount_options));
}

static void print_superblock_flags(struct proc_text *text, const struct mount *mount)
{
	print_flags(text, mount->superblock->flags, superblock_options, ARRAY_LEN(superblock_options));
}

/* What the file system says of itself. */
static void print_own_options(struct proc_text *text, const struct mount *mount)
{
	const struct superblock *superblock = mount->superblock;
	char options[OPTIONS_ROOM];

	if (!superblock->type->options_text)
		return;
	options[0] = 0;
	superblock->type->options_text(superblock, options, sizeof(options));
	proc_print(text, "%s", options);
}

static const char *source_of(const struct mount *mount)
{
	return mount->source && mount->source[0] ? mount->source : "none";
}

/* Where the mount's root is seen. */
static void print_place(struct mount_printer *printer, struct mount *mount)
{
	struct path path = {.mount = mount, .dentry = mount->root};
	char *place = path_text_from(&path, &printer->root, printer->buffer, PATH_MAX_BYTES);

	proc_append_escaped(printer->text, is_err(place) ? "/" : place);
}

/* What of its tree of files it shows. */
static void print_root(struct mount_printer *printer, const struct mount *mount)
{
	char *root = path_text_within(mount->root, printer->buffer, PATH_MAX_BYTES);

	proc_append_escaped(printer->text, is_err(root) ? "/" : root);
}

static void print_mount(struct mount *mount, void *arg)
{
	struct mount_printer *printer = arg;
	struct proc_text *text = printer->text;
	bool is_readonly = (mount->flags & MS_RDONLY) || mount->superblock->is_readonly;

	proc_append_escaped(text, source_of(mount));
	proc_append(text, " ", 1);
	print_place(printer, mount);
	proc_print(text, " %s %s", mount->superblock->type->name, is_readonly ? "ro" : "rw");
	print_superblock_flags(text, mount);
	print_mount_flags(text, mount);
	print_own_options(text, mount);
	proc_print(text, " 0 0\n");
}

static void print_peers(struct mount_printer *printer, const struct mount *mount)
{
	struct peer_ids ids;

	peers_ids(mount, printer->space, &printer->root, &ids);
	if (ids.shared)
		proc_print(printer->text, " shared:%u", ids.shared);
	if (ids.master)
		proc_print(printer->text, " master:%u", ids.master);
	if (ids.dominating && ids.dominating != ids.master)
		proc_print(printer->text, " propagate_from:%u", ids.dominating);
	if (ids.is_unbindable)
		proc_print(printer->text, " unbindable");
}

static void print_mountinfo(struct mount *mount, void *arg)
{
	struct mount_printer *printer = arg;
	struct proc_text *text = printer->text;
	uint64_t device = mount->superblock->device;
	const struct mount *parent = mount->parent;

	proc_print(text, "%u %u %u:%u ", mount->id, parent ? parent->id : mount->id, device_major(device),
		   device_minor(device));
	print_root(printer, mount);
	proc_append(text, " ", 1);
	print_place(printer, mount);
	proc_print(text, " %s", mount->flags & MS_RDONLY ? "ro" : "rw");
	print_mount_flags(text, mount);
	print_peers(printer, mount);
	proc_print(text, " - %s ", mount->superblock->type->name);
	proc_append_escaped(text, source_of(mount));
	proc_print(text, " %s", mount->superblock->is_readonly ? "ro" : "rw");
	print_superblock_flags(text, mount);
	print_own_options(text, mount);
	proc_append(text, "\n", 1);
}

static void print_mountstats(struct mount *mount, void *arg)
{
	struct mount_printer *printer = arg;
	struct proc_text *text = printer->text;

	proc_print(text, "device ");
	proc_append_escaped(text, source_of(mount));
	proc_print(text, " mounted on ");
	print_place(printer, mount);
	proc_print(text, " with fstype %s\n", mount->superblock->type->name);
}

static int each_mount(struct proc_text *text, const struct proc_target *target,
		      void (*print)(struct mount *mount, void *arg))
{
	struct fs_context *context = thread_fs_context(target->thread);
	struct mount_printer printer = {.text = text};

	if (!context)
		return -EINVAL;
	printer.buffer = path_buffer_get();
	if (printer.buffer) {
		printer.space = fs_context_space(context);
		fs_context_root(context, &printer.root);
		mounts_for_each(printer.space, &printer.root, print, &printer);
		path_put(&printer.root);
		mount_namespace_put(printer.space);
		path_text_free(printer.buffer);
	}
	fs_context_put(context);
	return printer.buffer ? 0 : -ENOMEM;
}

int proc_show_mounts(struct proc_text *text, const struct proc_target *target)
{
	return each_mount(text, target, print_mount);
}

int proc_show_mountinfo(struct proc_text *text, const struct proc_target *target)
{
	return each_mount(text, target, print_mountinfo);
}

int proc_show_mountstats(struct proc_text *text, const struct proc_target *target)
{
	return each_mount(text, target, print_mountstats);
}

/* /proc/PID/ns/mnt */
static struct mount_namespace *target_space(const struct proc_target *target)
{
	struct fs_context *context = thread_fs_context(target->thread);
	struct mount_namespace *space;

	if (!context)
		return NULL;
	space = fs_context_space(context);
	fs_context_put(context);
	return space;
}

struct mount_namespace *proc_target_mounts(const struct proc_node *node)
{
	struct mount_namespace *space;
	struct proc_target target;

	if (!node->pid || proc_target_get(node, &target))
		return NULL;
	space = target_space(&target);
	proc_target_put(&target);
	return space;
}

static int show_namespace(struct proc_text *text, const struct proc_target *target)
{
	int error = proc_may_inspect(target);
	struct mount_namespace *space = error ? NULL : target_space(target);
	char name[40];

	if (!space)
		return error ? error : -ENOENT;
	proc_append(text, name, namespace_text(&mount_namespace_kind, space->ino, name, sizeof(name)));
	mount_namespace_put(space);
	return 0;
}

static int place_namespace(const struct proc_target *target, struct path *path)
{
	struct mount_namespace *space = target_space(target);
	int error;

	if (!space)
		return -ENOENT;
	error = namespace_place(&mount_namespace_kind, space, space->ino, path);
	mount_namespace_put(space);
	return error;
}

/* /proc/PID/ns/ipc */
static int show_ipc(struct proc_text *text, const struct proc_target *target)
{
	int error = proc_may_inspect(target);
	struct ipc_namespace *space = error ? NULL : thread_ipc_namespace(target->thread);
	char name[40];

	if (!space)
		return error ? error : -ENOENT;
	proc_append(text, name, namespace_text(&ipc_namespace_kind, space->ino, name, sizeof(name)));
	ipc_namespace_leave(space);
	return 0;
}

static int place_ipc(const struct proc_target *target, struct path *path)
{
	struct ipc_namespace *space = thread_ipc_namespace(target->thread);
	int error;

	if (!space)
		return -ENOENT;
	error = namespace_place(&ipc_namespace_kind, space, space->ino, path);
	ipc_namespace_leave(space);
	return error;
}

const struct proc_entry proc_namespace_entries[] = {
	{.name = "ipc", .mode = S_IFLNK | 0777, .show = show_ipc, .place = place_ipc},
	{.name = "mnt", .mode = S_IFLNK | 0777, .show = show_namespace, .place = place_namespace},
	{.name = NULL},
};
