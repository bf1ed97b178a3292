/* Host folders: mounting a share, and what statfs(2) says of it. */
#include <linux/stat.h>

#include "fs/dentry.h"
#include "fs/ninep.h"
#include "lib/errno.h"
#include "mem/slab.h"

/* Options of Linux's 9p that ask for what is done here anyway, or that only tune it. */
static bool option_is_known(const char *option, size_t bytes)
{
	static const char *const known[] = {
		"trans=virtio", "version=9p2000.L", "cache=none", "msize=", "access=", "uname=", "nodevmap"};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		size_t length = strlen(known[i]);
		bool is_open = known[i][length - 1] == '=';
		if (strncmp(option, known[i], length) == 0 && (is_open ? bytes > length : bytes == length))
			return true;
	}
	return false;
}

static bool options_are_known(const char *data)
{
	while (data && *data) {
		const char *comma = strchr(data, ',');
		size_t bytes = comma ? (size_t)(comma - data) : strlen(data);

		if (bytes && !option_is_known(data, bytes))
			return false;
		data += bytes + (comma != NULL);
	}
	return true;
}

static const char *const option_names[] = {
	"trans=", "version=", "cache=", "msize=", "access=", "uname=", "nodevmap", NULL};

static int make_root(struct superblock *superblock, struct ninep_client *client)
{
	struct ninep_attributes attributes;
	struct ninep_fid *fid;
	struct inode *root;
	int error = ninep_call_attach(client, &fid);

	if (error)
		return error;
	error = ninep_call_getattr(fid, &attributes);
	if (!error && !S_ISDIR(attributes.mode))
		error = -EIO;
	if (error) {
		ninep_fid_put(fid);
		return error;
	}
	error = ninep_inode_get(superblock, fid, NULL, &attributes, &root);
	return error ? error : superblock_set_root(superblock, root);
}

static int ninep_mount(const struct filesystem *type, const char *source, const char *data,
		       struct superblock **superblock)
{
	struct ninep_client *client = source ? ninep_find(source) : NULL;
	struct superblock *made;
	struct ninep_share *share;
	int error;

	if (!options_are_known(data))
		return -EINVAL;
	if (!client)
		return -ENOENT;
	error = ninep_start(client);
	if (error)
		return error;
	made = superblock_create(type);
	share = kzalloc(sizeof(*share));
	if (!made || !share) {
		kfree(share);
		if (made)
			superblock_put(made);
		return -ENOMEM;
	}
	share->client = client;
	spin_init(&share->lock, "9p share", LOCK_INODE);
	made->private_data = share;
	made->keeps_names = true;
	made->is_changed_by_others = true;
	error = make_root(made, client);
	if (error)
		superblock_put(made);
	else
		*superblock = made;
	return error;
}

static void ninep_statfs(struct superblock *superblock, struct statfs_info *info)
{
	struct ninep_fid *fid = ninep_name_fid(superblock->root->inode);
	struct ninep_statfs statfs;

	*info = (struct statfs_info){.type = 0x01021997, .block_bytes = PAGE_SIZE, .name_max = NAME_MAX_BYTES};
	if (fid && !ninep_call_statfs(fid, &statfs))
		*info = (struct statfs_info){.type = statfs.type,
					     .block_bytes = statfs.block_bytes,
					     .blocks = statfs.blocks,
					     .blocks_free = statfs.blocks_free,
					     .files = statfs.files,
					     .files_free = statfs.files_free,
					     .name_max = statfs.name_max};
	ninep_fid_put(fid);
}

static void ninep_destroy(struct superblock *superblock)
{
	kfree(superblock->private_data);
}

static struct filesystem ninep_filesystem = {
	.name = "9p",
	.mount = ninep_mount,
	.statfs = ninep_statfs,
	.option_names = option_names,
	.option_is_right = options_are_known,
	.destroy = ninep_destroy,
	.is_nodev = true,
};

void ninep_init(void)
{
	filesystem_register(&ninep_filesystem);
}
