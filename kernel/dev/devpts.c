/*
 * The file system devpts: mounting, its names, its numbers.
 */
#include "dev/devpts.h"

#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/stat.h>

#include "dev/pty.h"
#include "fs/chardev.h"
#include "fs/directory.h"
#include "fs/mount.h"
#include "fs/names.h"
#include "lib/printf.h"
#include "mem/slab.h"

#define ROOT_INO     1
#define PTMX_INO     2
#define FIRST_INO    3 /* of number 0 */
#define WORDS        (PTY_MOST / 64)
#define FORCED_OWNER UINT32_MAX /* no uid= or gid=: the user's who opens ptmx */

struct options {
	uint32_t uid, gid;
	uint32_t mode; /* of slaves */
	uint32_t ptmx_mode;
	uint32_t most; /* pairs */
};

static const struct options first_options = {
	.uid = FORCED_OWNER, .gid = FORCED_OWNER, .mode = 0600, .most = PTY_NUMBERS};

/* One mount: superblock->private_data. Lock key: (a) atomic; (i) immutable; (l) its lock. */
struct devpts {
	struct refcount refs;  /* (a) the superblock and every pair */
	struct spinlock lock;  /* (i) rank LOCK_INODE */
	uint64_t taken[WORDS]; /* (l) a bit each: the number belongs to a pair */
	uint64_t named[WORDS]; /* (l) and its slave has a name */
	struct options chosen; /* (l) */
};

static const struct inode_ops root_ops, slave_ops, ptmx_ops;
static struct filesystem devpts_filesystem;

void devpts_get(struct devpts *devpts)
{
	refcount_get(&devpts->refs);
}

void devpts_put(struct devpts *devpts)
{
	if (refcount_put(&devpts->refs))
		kfree(devpts);
}

int devpts_take_number(struct devpts *devpts)
{
	int number = -ENOSPC;

	spin_lock(&devpts->lock);
	for (uint32_t word = 0; word < WORDS && number < 0; word++) {
		if (~devpts->taken[word])
			number = (int)(word * 64) + __builtin_ctzll(~devpts->taken[word]);
	}
	if (number >= (int)devpts->chosen.most)
		number = -ENOSPC;
	if (number >= 0)
		devpts->taken[number / 64] |= 1ull << (number % 64);
	spin_unlock(&devpts->lock);
	return number;
}

static void clear_bit(struct devpts *devpts, uint64_t *bits, uint64_t number)
{
	spin_lock(&devpts->lock);
	bits[number / 64] &= ~(1ull << (number % 64));
	spin_unlock(&devpts->lock);
}

void devpts_give_number(struct devpts *devpts, uint32_t number)
{
	clear_bit(devpts, devpts->taken, number);
}

/* -- names -- */

static struct inode *node_create(struct superblock *superblock, uint64_t ino, uint32_t mode, uint64_t device,
				 const struct inode_ops *ops)
{
	const struct devpts *devpts = superblock->private_data;
	struct inode *inode = inode_create(superblock, mode);

	if (!inode)
		return NULL;
	inode->ino = ino;
	inode->ops = ops;
	inode->nlink = 1;
	inode->uid = devpts->chosen.uid == FORCED_OWNER ? current_cred()->fsuid : devpts->chosen.uid;
	inode->gid = devpts->chosen.gid == FORCED_OWNER ? current_cred()->fsgid : devpts->chosen.gid;
	inode_set_special(inode, device);
	return inode;
}

/* `inode` gets the name, which stays; its reference is taken over. The root's mutex is held, but at the mount. Null: no
 * memory. */
static struct dentry *name_node(struct superblock *superblock, const char *name, struct inode *inode)
{
	struct dentry *root = superblock->root;
	struct dentry *dentry = dentry_find(root, name, strlen(name));

	if (!dentry)
		dentry = dentry_create(root, name, strlen(name));
	if (!dentry) {
		inode_put(inode);
		return NULL;
	}
	dentry_instantiate(dentry, inode);
	dentry_pin(dentry);
	inode_touch(root->inode, false, true, true);
	return dentry;
}

int devpts_add(const struct path *root, struct pty *pty, uint32_t number, struct dentry **name)
{
	struct superblock *superblock = root->dentry->superblock;
	struct devpts *devpts = superblock->private_data;
	struct inode *inode = node_create(superblock, FIRST_INO + number, S_IFCHR | devpts->chosen.mode,
					  device_number(MAJOR_PTY_SLAVE, number), &slave_ops);
	char text[12];

	if (!inode)
		return -ENOMEM;
	tty_get(&pty->tty);
	inode->private_data = pty;
	string_format(text, sizeof(text), "%u", number);
	mutex_lock(&root->dentry->inode->mutex);
	*name = name_node(superblock, text, inode);
	mutex_unlock(&root->dentry->inode->mutex);
	if (!*name)
		return -ENOMEM;
	superblock_get(superblock);
	spin_lock(&devpts->lock);
	devpts->named[number / 64] |= 1ull << (number % 64);
	spin_unlock(&devpts->lock);
	return 0;
}

void devpts_remove(struct dentry *name)
{
	struct superblock *superblock = name->superblock;
	struct devpts *devpts = superblock->private_data;
	struct inode *root = superblock->root->inode;

	clear_bit(devpts, devpts->named, name->inode->ino - FIRST_INO);
	mutex_lock(&root->mutex);
	name->inode->nlink = 0;
	dentry_remove(name, NULL);
	inode_touch(root, false, true, true);
	mutex_unlock(&root->mutex);
	dentry_put(name);
	superblock_put(superblock);
}

struct pty *devpts_pty(const struct inode *inode)
{
	return inode->superblock->type == &devpts_filesystem ? inode->private_data : NULL;
}

static void slave_evict(struct inode *inode)
{
	struct pty *pty = inode->private_data;

	tty_put(&pty->tty);
}

/* Every name is in memory, so this is asked for no other. */
static int root_lookup(struct inode *dir, struct dentry *dentry)
{
	return -ENOENT;
}

/* Cookies: 1 behind ptmx, n + 2 behind number n. */
static int root_readdir(struct inode *dir, struct dir_sink *sink, uint64_t *position)
{
	struct devpts *devpts = dir->superblock->private_data;
	uint8_t type = S_IFCHR >> 12;

	if (*position == 0) {
		if (!sink->entry(sink, "ptmx", 4, PTMX_INO, type, 1))
			return 0;
		*position = 1;
	}
	for (uint64_t number = *position - 1; number < PTY_MOST; number++) {
		char name[12];
		if (!(devpts->named[number / 64] >> (number % 64) & 1))
			continue;
		size_t bytes = (size_t)string_format(name, sizeof(name), "%lu", number);
		if (!sink->entry(sink, name, bytes, FIRST_INO + number, type, number + 2))
			return 0;
		*position = number + 2;
	}
	return 0;
}

static const struct inode_ops root_ops = {.lookup = root_lookup, .readdir = root_readdir};
static const struct inode_ops slave_ops = {.evict = slave_evict};
static const struct inode_ops ptmx_ops = {.evict = NULL};

/* -- finding it -- */

struct devpts *devpts_of(const struct path *root)
{
	return root->dentry->superblock->private_data;
}

/* What is mounted on `place`, whose references become those of the uppermost root. */
static void cross_mounts(struct path *place)
{
	struct path below;
	struct mount *mount;

	do {
		spin_lock(&vfs_lock);
		mount = mount_on_locked(place->mount, place->dentry);
		below = *place;
		if (mount) {
			mount_get(mount);
			dentry_get_locked(mount->root);
			*place = (struct path){.mount = mount, .dentry = mount->root};
		}
		spin_unlock(&vfs_lock);
		if (mount)
			path_put(&below);
	} while (mount);
}

int devpts_find(const struct path *ptmx, struct path *root)
{
	struct dentry *beside;

	if (ptmx->dentry->superblock->type == &devpts_filesystem) {
		root->mount = ptmx->mount;
		root->dentry = ptmx->dentry->superblock->root;
		path_get(root);
		return 0;
	}
	spin_lock(&vfs_lock);
	beside = ptmx->dentry->parent;
	dentry_get_locked(beside);
	spin_unlock(&vfs_lock);
	root->mount = ptmx->mount;
	root->dentry = dentry_find(beside, "pts", 3);
	dentry_put(beside);
	if (!root->dentry)
		return -ENODEV;
	mount_get(root->mount);
	cross_mounts(root);
	if (root->dentry->superblock->type == &devpts_filesystem && root->dentry == root->dentry->superblock->root)
		return 0;
	path_put(root);
	return -ENODEV;
}

/* -- mounting -- */

static bool parse_value(const char *text, size_t bytes, unsigned base, uint64_t limit, uint32_t *value)
{
	const char *end;
	uint64_t number = string_to_u64(text, &end, base);

	if (end == text || end != text + bytes || number > limit)
		return false;
	*value = (uint32_t)number;
	return true;
}

static bool parse_option(const char *option, size_t bytes, struct options *options)
{
	static const char alone[] = "newinstance"; /* every instance is a new one */
	const char *equals = strchr(option, '=');
	size_t name = equals && equals < option + bytes ? (size_t)(equals - option) : bytes;
	size_t rest = bytes - name - 1;

	if (name == bytes)
		return bytes == 0 || (bytes == sizeof(alone) - 1 && strncmp(option, alone, bytes) == 0);
	equals++;
	if (name == 3 && strncmp(option, "uid", 3) == 0)
		return parse_value(equals, rest, 10, UINT32_MAX - 1, &options->uid);
	if (name == 3 && strncmp(option, "gid", 3) == 0)
		return parse_value(equals, rest, 10, UINT32_MAX - 1, &options->gid);
	if (name == 4 && strncmp(option, "mode", 4) == 0)
		return parse_value(equals, rest, 8, 07777, &options->mode);
	if (name == 8 && strncmp(option, "ptmxmode", 8) == 0)
		return parse_value(equals, rest, 8, 07777, &options->ptmx_mode);
	return name == 3 && strncmp(option, "max", 3) == 0 &&
	       parse_value(equals, rest, 10, PTY_NUMBERS, &options->most);
}

static bool parse_options(const char *data, struct options *options)
{
	while (data && *data) {
		const char *comma = strchr(data, ',');
		size_t bytes = comma ? (size_t)(comma - data) : strlen(data);
		if (!parse_option(data, bytes, options))
			return false;
		data += bytes + (comma != NULL);
	}
	options->mode &= 0777;
	options->ptmx_mode &= 0777;
	return true;
}

static const char *const option_names[] = {"uid=", "gid=", "mode=", "ptmxmode=", "max=", "newinstance", NULL};

static bool option_is_right(const char *option)
{
	struct options options = first_options;

	return parse_options(option, &options);
}

/* The root directory and ptmx. */
static int make_nodes(struct superblock *superblock, struct devpts *devpts)
{
	struct inode *root = inode_create(superblock, S_IFDIR | 0755), *ptmx;
	struct dentry *name;

	if (!root)
		return -ENOMEM;
	root->ino = ROOT_INO;
	root->ops = &root_ops;
	root->file_ops = &directory_file_ops;
	root->nlink = 2;
	root->names_are_complete = true;
	if (superblock_set_root(superblock, root))
		return -ENOMEM;
	ptmx = node_create(superblock, PTMX_INO, S_IFCHR | devpts->chosen.ptmx_mode, PTMX_DEVICE, &ptmx_ops);
	name = ptmx ? name_node(superblock, "ptmx", ptmx) : NULL;
	if (!name)
		return -ENOMEM;
	dentry_put(name);
	return 0;
}

static int devpts_mount(const struct filesystem *type, const char *source, const char *data,
			struct superblock **superblock)
{
	struct devpts *devpts = kzalloc(sizeof(*devpts));
	struct superblock *made;

	if (!devpts)
		return -ENOMEM;
	refcount_init(&devpts->refs, 1);
	spin_init(&devpts->lock, "devpts", LOCK_INODE);
	devpts->chosen = first_options;
	if (!parse_options(data, &devpts->chosen)) {
		devpts_put(devpts);
		return -EINVAL;
	}
	made = superblock_create(type);
	if (!made) {
		devpts_put(devpts);
		return -ENOMEM;
	}
	made->private_data = devpts;
	int error = make_nodes(made, devpts);
	if (error)
		superblock_put(made);
	else
		*superblock = made;
	return error;
}

/* What is not named goes back to its first value; slaves that are there keep theirs. */
static int devpts_reconfigure(struct superblock *superblock, const char *data)
{
	struct devpts *devpts = superblock->private_data;
	struct options wanted = first_options;
	struct dentry *ptmx;

	if (!parse_options(data, &wanted))
		return -EINVAL;
	spin_lock(&devpts->lock);
	devpts->chosen = wanted;
	spin_unlock(&devpts->lock);
	ptmx = dentry_find(superblock->root, "ptmx", 4);
	mutex_lock(&ptmx->inode->mutex);
	ptmx->inode->mode = S_IFCHR | wanted.ptmx_mode;
	mutex_unlock(&ptmx->inode->mutex);
	dentry_put(ptmx);
	return 0;
}

static void devpts_options_text(const struct superblock *superblock, char *to, size_t room)
{
	const struct options *options = &((const struct devpts *)superblock->private_data)->chosen;
	size_t length = 0;

	if (options->uid != FORCED_OWNER)
		length += (size_t)string_format(to, room, ",uid=%u", options->uid);
	if (options->gid != FORCED_OWNER)
		length += (size_t)string_format(to + length, room - length, ",gid=%u", options->gid);
	length += (size_t)string_format(to + length, room - length, ",mode=%03o,ptmxmode=%03o", options->mode,
					options->ptmx_mode);
	if (options->most < PTY_NUMBERS)
		string_format(to + length, room - length, ",max=%u", options->most);
}

static void devpts_destroy(struct superblock *superblock)
{
	devpts_put(superblock->private_data);
}

static void devpts_statfs(struct superblock *superblock, struct statfs_info *info)
{
	*info = (struct statfs_info){.type = DEVPTS_SUPER_MAGIC, .block_bytes = PAGE_SIZE, .name_max = NAME_MAX_BYTES};
}

static struct filesystem devpts_filesystem = {
	.name = "devpts",
	.mount = devpts_mount,
	.statfs = devpts_statfs,
	.reconfigure = devpts_reconfigure,
	.option_names = option_names,
	.option_is_right = option_is_right,
	.options_text = devpts_options_text,
	.destroy = devpts_destroy,
	.is_nodev = true,
};

void devpts_init(void)
{
	filesystem_register(&devpts_filesystem);
	/* gid 5 is Debian's group tty; /dev/ptmx is for everybody, so the one in here is too. */
	int error = vfs_mount("devpts", "devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666");
	if (error)
		log_line("devpts is not mounted on /dev/pts: error %d", -error);
}
