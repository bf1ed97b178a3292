/* Trees of files that are set up step by step: fsopen(2) and its kin. */
#include "fs/mount_setup.h"

#include <linux/capability.h>
#include <linux/mount.h>

#include "fs/anon.h"
#include "fs/mount_ops.h"
#include "lib/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "vm/uio.h"

#define MESSAGES      8u
#define MESSAGE_BYTES 320u /* a key, the name of a type, and a few words */
#define OPTIONS_BYTES PAGE_SIZE

enum phase {
	PHASE_CHOOSE,      /* options for a new tree are taken */
	PHASE_MOUNT,       /* it is made, fsmount(2) may come */
	PHASE_MOUNTED,     /* the next parameter begins a change of it */
	PHASE_RECONFIGURE, /* other options for what is there are taken */
	PHASE_FAILED
};

/*
 * Lock key: (i) immutable; (m) its mutex.
 */
struct mount_setup {
	struct mutex mutex;                     /* (i) */
	const struct filesystem *type;          /* (i) */
	enum phase phase;                       /* (m) */
	struct superblock *superblock;          /* (m) with a reference; null before it is made */
	char *source;                           /* (m) null: none was named */
	uint32_t flags, mask;                   /* (m) MS_* asked for, and which of them */
	size_t option_bytes;                    /* (m) */
	char *options;                          /* (m) parted by commas, OPTIONS_BYTES of room; null: none yet */
	uint32_t first_message, message_count;  /* (m) */
	char messages[MESSAGES][MESSAGE_BYTES]; /* (m) what went wrong, a ring */
};

/* -- what went wrong -- */

/* The oldest gives way when there are too many. */
__attribute__((format(printf, 2, 3))) static void complain(struct mount_setup *setup, const char *format, ...)
{
	char *text = setup->messages[(setup->first_message + setup->message_count) % MESSAGES];
	va_list args;

	va_start(args, format);
	string_format_v(text, MESSAGE_BYTES, format, args);
	va_end(args);
	if (setup->message_count < MESSAGES)
		setup->message_count++;
	else
		setup->first_message = (setup->first_message + 1) % MESSAGES;
}

static ssize_t setup_read(struct file *file, struct uio *uio, uint64_t *offset)
{
	struct mount_setup *setup = file->private_data;
	char text[MESSAGE_BYTES];
	size_t bytes;

	mutex_lock(&setup->mutex);
	if (!setup->message_count) {
		mutex_unlock(&setup->mutex);
		return -ENODATA;
	}
	bytes = string_copy(text, setup->messages[setup->first_message], sizeof(text));
	/* One that is too long for the reader stays. */
	if (bytes <= uio->left) {
		setup->first_message = (setup->first_message + 1) % MESSAGES;
		setup->message_count--;
	}
	mutex_unlock(&setup->mutex);
	if (bytes > uio->left)
		return -EMSGSIZE;
	return uio_copy_out(uio, text, bytes) == bytes ? (ssize_t)bytes : -EFAULT;
}

/* -- the description -- */

static void setup_free(struct mount_setup *setup)
{
	if (setup->superblock)
		superblock_put(setup->superblock);
	kfree(setup->source);
	kfree(setup->options);
	kfree(setup);
}

static void setup_release(struct file *file)
{
	setup_free(file->private_data);
}

static const struct file_ops setup_ops = {.name = "[fscontext]", .read = setup_read, .release = setup_release};

struct mount_setup *mount_setup_of(const struct file *file)
{
	return file->ops == &setup_ops ? file->private_data : NULL;
}

static struct mount_setup *setup_create(const struct filesystem *type, enum phase phase)
{
	struct mount_setup *setup = kzalloc(sizeof(*setup));

	if (!setup)
		return NULL;
	mutex_init(&setup->mutex);
	setup->type = type;
	setup->phase = phase;
	return setup;
}

static struct file *setup_file(struct mount_setup *setup)
{
	struct file *file = anon_file_create(&setup_ops, 2 /* O_RDWR */, setup);

	if (file)
		return file;
	setup_free(setup);
	return err_ptr(file_refusal());
}

struct file *mount_setup_open(const char *type_name)
{
	const struct filesystem *type = filesystem_find(type_name);
	struct mount_setup *setup;

	if (!type || !type->mount)
		return err_ptr(-ENODEV);
	setup = setup_create(type, PHASE_CHOOSE);
	return setup ? setup_file(setup) : err_ptr(-ENOMEM);
}

struct file *mount_setup_pick(int dirfd, const char *text, unsigned lookup)
{
	struct mount_setup *setup = NULL;
	struct path path;
	int error = path_lookup_at(dirfd, text, lookup, &path);

	if (error)
		return err_ptr(error);
	if (path.dentry != path.mount->root) {
		error = -EINVAL;
	} else {
		setup = setup_create(path.mount->superblock->type, PHASE_RECONFIGURE);
		error = setup ? 0 : -ENOMEM;
	}
	if (!error) {
		setup->superblock = path.mount->superblock;
		superblock_get(setup->superblock);
	}
	path_put(&path);
	return error ? err_ptr(error) : setup_file(setup);
}

/* -- parameters -- */

static const struct {
	const char *name;
	uint32_t set, clear;
} flag_words[] = {
	{"ro", MS_RDONLY, 0},       {"rw", 0, MS_RDONLY},         {"sync", MS_SYNCHRONOUS, 0},
	{"dirsync", MS_DIRSYNC, 0}, {"async", 0, MS_SYNCHRONOUS}, {"mand", MS_MANDLOCK, 0},
	{"nomand", 0, MS_MANDLOCK}, {"lazytime", MS_LAZYTIME, 0}, {"nolazytime", 0, MS_LAZYTIME},
};

/* One of the words that every file system knows, whatever stands behind it? */
static bool set_flag_word(struct mount_setup *setup, const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(flag_words); i++) {
		if (strcmp(key, flag_words[i].name) != 0)
			continue;
		setup->flags = (setup->flags | flag_words[i].set) & ~flag_words[i].clear;
		setup->mask |= flag_words[i].set | flag_words[i].clear;
		return true;
	}
	return false;
}

static int set_source(struct mount_setup *setup, const char *value)
{
	char *copy;

	if (!value) {
		complain(setup, "e Non-string source\n");
		return -EINVAL;
	}
	if (setup->source) {
		complain(setup, "e Multiple sources\n");
		return -EINVAL;
	}
	copy = kstrdup(value);
	if (!copy)
		return -ENOMEM;
	setup->source = copy;
	return 0;
}

/* Has the type this option? *wants_value: as "name=value". */
static bool type_has_option(const struct filesystem *type, const char *key, bool *wants_value)
{
	size_t bytes = strlen(key);

	for (const char *const *name = type->option_names; name && *name; name++) {
		if (strncmp(*name, key, bytes) != 0)
			continue;
		*wants_value = (*name)[bytes] == '=';
		if ((*name)[bytes] == 0 || (*wants_value && (*name)[bytes + 1] == 0))
			return true;
	}
	return false;
}

/* Put it behind those that are there. The type has looked at `option`. */
static int keep_option(struct mount_setup *setup, const char *option, size_t bytes)
{
	if (setup->option_bytes + bytes + 2 > OPTIONS_BYTES)
		return -EINVAL;
	if (!setup->options)
		setup->options = kzalloc(OPTIONS_BYTES);
	if (!setup->options)
		return -ENOMEM;
	if (setup->option_bytes)
		setup->options[setup->option_bytes++] = ',';
	memcpy(setup->options + setup->option_bytes, option, bytes + 1);
	setup->option_bytes += bytes;
	return 0;
}

static int set_option(struct mount_setup *setup, const char *key, enum setup_value kind, const char *value)
{
	const char *type = setup->type->name;
	bool wants_value = false;
	char *option;
	int bytes, error = -EINVAL;

	if (!type_has_option(setup->type, key, &wants_value)) {
		complain(setup, "e %s: Unknown parameter '%s'\n", type, key);
		return -EINVAL;
	}
	if (!wants_value && kind != SETUP_FLAG) {
		complain(setup, "e %s: Unexpected value for '%s'\n", type, key);
		return -EINVAL;
	}
	if (wants_value && (kind != SETUP_TEXT || strchr(value, ','))) {
		complain(setup, "e %s: Bad value for '%s'\n", type, key);
		return -EINVAL;
	}
	option = kmalloc(2 * SETUP_TEXT_BYTES);
	if (!option)
		return -ENOMEM;
	bytes = string_format(option, 2 * SETUP_TEXT_BYTES, "%s%s%s", key, value ? "=" : "", value ? value : "");
	if (setup->type->option_is_right(option))
		error = keep_option(setup, option, (size_t)bytes);
	else
		complain(setup, "e %s: Bad value for '%s'\n", type, key);
	kfree(option);
	return error;
}

/* After a mount or a change comes the next change, whose options start from nothing. */
static void begin_change(struct mount_setup *setup)
{
	if (setup->phase == PHASE_MOUNTED)
		setup->phase = PHASE_RECONFIGURE;
}

static void forget_options(struct mount_setup *setup)
{
	kfree(setup->source);
	kfree(setup->options);
	setup->source = setup->options = NULL;
	setup->option_bytes = 0;
	setup->flags = 0;
	setup->phase = PHASE_MOUNTED;
}

int mount_setup_set(struct mount_setup *setup, const char *key, enum setup_value kind, const char *value)
{
	int error;

	mutex_lock(&setup->mutex);
	begin_change(setup);
	if (setup->phase != PHASE_CHOOSE && setup->phase != PHASE_RECONFIGURE)
		error = -EBUSY;
	else if (set_flag_word(setup, key))
		error = 0;
	else if (strcmp(key, "source") == 0)
		error = set_source(setup, value);
	else
		error = set_option(setup, key, kind, value);
	mutex_unlock(&setup->mutex);
	return error;
}

/* -- what is done with them -- */

int mount_setup_create(struct mount_setup *setup, bool is_exclusive)
{
	int error;

	mutex_lock(&setup->mutex);
	begin_change(setup);
	if (setup->phase != PHASE_CHOOSE) {
		error = -EBUSY;
	} else if (!current_has_cap(CAP_SYS_ADMIN)) {
		error = -EPERM;
	} else if (is_exclusive && setup->type->is_single) {
		error = -EBUSY;
		setup->phase = PHASE_FAILED;
	} else {
		error = mount_make_files(setup->type, setup->source, setup->flags, setup->options, &setup->superblock);
		setup->phase = error ? PHASE_FAILED : PHASE_MOUNT;
	}
	mutex_unlock(&setup->mutex);
	return error;
}

int mount_setup_reconfigure(struct mount_setup *setup)
{
	int error = -EPERM;

	mutex_lock(&setup->mutex);
	begin_change(setup);
	if (setup->phase != PHASE_RECONFIGURE) {
		mutex_unlock(&setup->mutex);
		return -EBUSY;
	}
	if (current_has_cap(CAP_SYS_ADMIN)) {
		mutex_lock(&mount_mutex);
		error = mount_reconfigure_files(setup->superblock, setup->flags, setup->mask, setup->options);
		mutex_unlock(&mount_mutex);
	}
	if (error)
		setup->phase = PHASE_FAILED;
	else
		forget_options(setup);
	mutex_unlock(&setup->mutex);
	return error;
}

/* A mount that nobody sees, alone in a tree of its own. */
static struct file *detached_mount(struct superblock *superblock, const char *source, uint32_t flags)
{
	struct mount_namespace *space = mount_namespace_create(true);
	struct mount *mount;
	struct path path;

	if (!space)
		return err_ptr(-ENOMEM);
	mount = mount_create(superblock, superblock->root, source, flags);
	if (!mount) {
		mount_namespace_put(space);
		return err_ptr(-ENOMEM);
	}
	mutex_lock(&mount_mutex);
	mount_namespace_fill(space, mount);
	mutex_unlock(&mount_mutex);
	path = (struct path){.mount = mount, .dentry = mount->root};
	path_get(&path);
	return mount_tree_file(&path, space);
}

struct file *mount_setup_mount(struct mount_setup *setup, uint32_t flags)
{
	struct file *file;

	mutex_lock(&setup->mutex);
	if (!setup->superblock) {
		file = err_ptr(-EINVAL);
	} else if (setup->phase != PHASE_MOUNT) {
		file = err_ptr(-EBUSY);
	} else {
		file = detached_mount(setup->superblock, setup->source ? setup->source : "none", flags);
		if (!is_err(file))
			forget_options(setup);
	}
	mutex_unlock(&setup->mutex);
	return file;
}
