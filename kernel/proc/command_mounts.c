/* What the start record asks to be mounted before the command begins: host folders and file systems in memory. */
#include "proc/command_mounts.h"

#include <linux/mount.h>

#include "fs/file.h"
#include "fs/mount_ops.h"
#include "fs/names.h"
#include "lib/errno.h"
#include "lib/log.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mem/slab.h"

/* Where a share is mounted before it becomes the root. */
#define NEW_ROOT       "/.root"
#define UNMOUNT_LAZILY 2 /* MNT_DETACH */

char *command_text_copy(const char *text, size_t bytes)
{
	char *copy = kmalloc(bytes + 1);

	if (copy) {
		memcpy(copy, text, bytes);
		copy[bytes] = 0;
	}
	return copy;
}

/* Every directory of a path that is missing. `path` is changed on the way and restored. */
int command_make_directories(char *path)
{
	for (char *at = path + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = 0;
		int error = names_make_directory(AT_CWD, path, 0755);
		*at = '/';
		if (error && error != -EEXIST && error != -EROFS)
			return error;
	}
	int error = names_make_directory(AT_CWD, path, 0755);
	return error == -EEXIST ? 0 : error;
}

/* The flags among a mount's options, which leave the list; the rest is for the file system. */
static uint32_t take_mount_flags(char *options)
{
	static const struct {
		const char *name;
		uint32_t flag;
	} known[] = {
		{"ro", MS_RDONLY},
		{"nosuid", MS_NOSUID},
		{"nodev", MS_NODEV},
		{"noexec", MS_NOEXEC},
		{"noatime", MS_NOATIME},
		{"rw", 0},
		{"suid", 0},
		{"dev", 0},
		{"exec", 0},
	};
	uint32_t flags = 0;
	char *to = options;

	for (char *at = options; *at;) {
		char *end = strchr(at, ',');
		size_t bytes = end ? (size_t)(end - at) : strlen(at);
		char *next = at + bytes + (end ? 1 : 0);
		bool is_flag = bytes == 0;
		for (size_t i = 0; i < ARRAY_LEN(known) && !is_flag; i++) {
			is_flag = strlen(known[i].name) == bytes && strncmp(known[i].name, at, bytes) == 0;
			flags |= is_flag ? known[i].flag : 0;
		}
		if (!is_flag) {
			if (to != options)
				*to++ = ',';
			memmove(to, at, bytes);
			to += bytes;
		}
		at = next;
	}
	*to = 0;
	return flags;
}

/* The directory that shall be mounted on is there afterwards. */
static int make_place(char *where)
{
	struct path path;
	int error = where[0] == '/' ? 0 : -EINVAL;

	if (!error)
		error = path_lookup_at(AT_CWD, where, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &path);
	if (!error)
		path_put(&path);
	return error == -ENOENT ? command_make_directories(where) : error;
}

/* "DIR[:OPTIONS]" */
int command_mount_tmpfs(const struct start_text *text)
{
	char *where = command_text_copy(text->text, text->bytes), none[] = "";

	if (!where)
		return -ENOMEM;
	char *options = strchr(where, ':');
	if (options)
		*options++ = 0;
	else
		options = none;
	int error = make_place(where);
	if (!error) {
		uint32_t flags = take_mount_flags(options);
		error = vfs_mount("tmpfs", "tmpfs", where, flags, options);
	}
	kfree(where);
	return error;
}

/* What stands in the root of the boot goes over to the new one, where there is a directory for it. */
static void take_along(const char *name)
{
	char to[32];
	int error;

	string_format(to, sizeof(to), NEW_ROOT "%s", name);
	(void)names_make_directory(AT_CWD, to, 0755);
	error = vfs_mount(NULL, name, to, MS_MOVE, NULL);
	if (error)
		log_line("the root has no place for %s: error %d", name, -error);
}

/* The share, mounted at NEW_ROOT, becomes the root of everything, and the root of the boot goes. */
static int change_root(void)
{
	struct path root, old;
	int error = path_lookup_at(AT_CWD, NEW_ROOT, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &root);

	if (error)
		return error;
	/* The old root comes to stand upon the new one, which needs no directory for it then. */
	error = vfs_pivot_root(&root, &root);
	path_put(&root);
	if (!error)
		error = path_lookup_at(AT_CWD, "/..", LOOKUP_DIRECTORY, &old);
	if (!error) {
		error = vfs_unmount(&old, UNMOUNT_LAZILY);
		path_put(&old);
	}
	return error;
}

static int mount_root(const char *tag, uint32_t flags)
{
	char place[] = NEW_ROOT;
	int error = make_place(place);

	if (!error)
		error = vfs_mount("9p", tag, NEW_ROOT, flags, NULL);
	if (error)
		return error;
	take_along("/proc");
	take_along("/sys");
	take_along("/dev");
	return change_root();
}

/* "TAG:ro:DIR" or "TAG:rw:DIR" */
int command_mount_share(const struct start_text *text)
{
	char *tag = command_text_copy(text->text, text->bytes);
	char *mode = tag ? strchr(tag, ':') : NULL, *where = mode ? strchr(mode + 1, ':') : NULL;
	int error = tag ? -EINVAL : -ENOMEM;

	if (where) {
		*mode++ = 0;
		*where++ = 0;
		bool is_readonly = strcmp(mode, "ro") == 0;
		uint32_t flags = is_readonly ? MS_RDONLY : 0;
		error = is_readonly || strcmp(mode, "rw") == 0 ? 0 : -EINVAL;
		if (!error && strcmp(where, "/") == 0)
			error = mount_root(tag, flags);
		else if (!error && !(error = make_place(where)))
			error = vfs_mount("9p", tag, where, flags, NULL);
	}
	kfree(tag);
	return error;
}
