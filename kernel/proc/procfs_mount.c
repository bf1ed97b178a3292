/*
 * The file systems "proc" and "sysfs": their trees, options, figures. Names and inodes are in procfs.c.
 */
#include "fs/directory.h"
#include "lib/string.h"
#include "proc/procfs_file.h"

#define PROC_SUPER_MAGIC 0x9fa0
#define SYSFS_MAGIC      0x62656572
#define NAME_BYTES_MAX   255

static int mount_table(const struct filesystem *type, const struct proc_entry *entry, struct superblock **result)
{
	struct proc_node node = {.entry = entry};
	struct superblock *superblock = superblock_create(type);

	if (!superblock)
		return -ENOMEM;
	struct inode *root = procfs_inode(superblock, &node);
	int error = root ? superblock_set_root(superblock, root) : -ENOMEM;
	if (error)
		superblock_put(superblock);
	else
		*result = superblock;
	return error;
}

static int proc_mount(const struct filesystem *type, const char *source, const char *data, struct superblock **result)
{
	int error = mount_table(type, &proc_root_entry, result);

	if (error || !data || !*data)
		return error;
	error = proc_options_set(*result, data);
	if (error)
		superblock_put(*result);
	return error;
}

static int proc_reconfigure(struct superblock *superblock, const char *data)
{
	return data && *data ? proc_options_set(superblock, data) : 0;
}

/* There is one tree of it, as long as the machine runs. */
static int sysfs_mount(const struct filesystem *type, const char *source, const char *data, struct superblock **result)
{
	static struct mutex mutex = MUTEX_INIT(mutex);
	static struct superblock *only;
	int error = 0;

	mutex_lock(&mutex);
	if (!only)
		error = mount_table(type, &sysfs_root_entry, &only);
	if (!error) {
		superblock_get(only);
		*result = only;
	}
	mutex_unlock(&mutex);
	return error;
}

static void proc_statfs(struct superblock *superblock, struct statfs_info *info)
{
	memset(info, 0, sizeof(*info));
	info->type = superblock->type->is_single ? SYSFS_MAGIC : PROC_SUPER_MAGIC;
	info->block_bytes = PAGE_SIZE;
	info->name_max = NAME_BYTES_MAX;
}

void procfs_init(void)
{
	static struct filesystem type = {
		.name = "proc",
		.mount = proc_mount,
		.statfs = proc_statfs,
		.reconfigure = proc_reconfigure,
		.option_names = proc_option_names,
		.option_is_right = proc_option_is_right,
		.options_text = proc_options_text,
		.destroy = proc_options_destroy,
		.is_nodev = true,
	};

	static struct filesystem sysfs = {
		.name = "sysfs", .mount = sysfs_mount, .statfs = proc_statfs, .is_nodev = true, .is_single = true};

	filesystem_register(&type);
	filesystem_register(&sysfs);
}
