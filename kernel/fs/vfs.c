/* The boot of the file systems: the root over the image, then what stands on its directories. */
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/stat.h>

#include "fs/anon.h"
#include "fs/chardev.h"
#include "fs/file.h"
#include "fs/mount_ops.h"
#include "fs/names.h"
#include "fs/ninep.h"
#include "fs/handle.h"
#include "fs/tmpfs.h"
#include "fs/tree.h"
#include "lib/errno.h"
#include "mem/page.h"
#include "vm/space.h"

static struct filesystem root_filesystem = {
	.name = "treefs",
	.statfs = tree_statfs,
	.make_handle = tree_make_handle,
	.find_handle = tree_find_handle,
	.destroy = tree_destroy,
	.is_nodev = true,
};

/* Below the root lies an empty tree that nobody sees, so that pivot_root can take the root off its place. */
static struct filesystem base_filesystem = {
	.name = "rootfs",
	.statfs = tree_statfs,
	.make_handle = tree_make_handle,
	.find_handle = tree_find_handle,
	.destroy = tree_destroy,
	.is_nodev = true,
};

static int mount_base(void)
{
	struct superblock *superblock;
	struct mount *mount;
	int error = tree_create(&base_filesystem, NULL, 0755, RAMFS_MAGIC, &superblock);

	if (error)
		return error;
	mount = mount_create(superblock, superblock->root, "rootfs", MS_RELATIME);
	superblock_put(superblock);
	return mount ? mount_namespace_boot(mount, &fs_context_boot) : -ENOMEM;
}

static int mount_root(const struct erofs_image *image, bool is_readonly)
{
	struct superblock *superblock;
	struct page_stats stats;
	struct mount *mount;
	struct path root;
	int error = tree_create(&root_filesystem, image, 0755, TMPFS_MAGIC, &superblock);

	if (error)
		return error;
	page_stats_read(&stats);
	/* Files in memory leave a quarter of it to the programs. */
	superblock->page_limit = stats.total / 4 * 3;
	superblock->is_readonly = is_readonly;
	dentry_set_unused_limit(MAX(stats.total / 16, (uint64_t)256));
	mount = mount_create(superblock, superblock->root, "image", mount_flags_of(is_readonly ? MS_RDONLY : 0));
	superblock_put(superblock);
	if (!mount)
		return -ENOMEM;
	root = (struct path){.mount = mount, .dentry = mount->root};
	error = mount_graft(mount, &fs_context_boot.root);
	if (error)
		return error;
	fs_context_set_root(&fs_context_boot, &root);
	fs_context_set_cwd(&fs_context_boot, &root);
	return 0;
}

/* A directory for a mount: made if need be. On a read-only root what is missing stays missing. */
static void mount_at(const char *type, const char *where, uint32_t flags, const char *data)
{
	int error = filesystem_find(type) ? 0 : -ENODEV;

	if (!error) {
		(void)names_make_directory(AT_CWD, where, 0755);
		error = vfs_mount(type, type, where, flags, data);
	}
	if (error)
		log_line("%s is not mounted on %s: error %d", type, where, -error);
}

int vfs_init(const void *image, uint64_t bytes, bool is_readonly)
{
	struct erofs_image erofs;
	const char *why;
	int error = erofs_open(&erofs, image, bytes, &why);

	if (error) {
		log_line("root image: %s", why);
		return error;
	}
	if (!current_thread()->cred)
		current_thread()->cred = cred_get(&cred_root);
	vm_file_hooks = (struct vm_file_hooks){.get = file_get, .put = file_put};
	filesystem_register(&root_filesystem);
	tmpfs_init();
	ninep_init();
	error = anon_init();
	if (error)
		return error;
	error = mount_base();
	if (!error)
		error = mount_root(&erofs, is_readonly);
	if (error) {
		log_line("root image: it cannot be mounted: error %d", -error);
		return error;
	}
	mount_at("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	mount_at("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	mount_at("devtmpfs", "/dev", MS_NOSUID, NULL);
	mount_at("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, NULL);
	mount_at("mqueue", "/dev/mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
	return 0;
}

void vfs_counts_read(struct vfs_counts *counts)
{
	*counts = (struct vfs_counts){
		.inodes = inode_total(),
		.dentries = dentry_total(),
		.files = file_count(),
		.mounts = mount_total(),
	};
}
