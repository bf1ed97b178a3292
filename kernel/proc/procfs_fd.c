/*
 * A process's descriptors, and where it stands in the tree of files.
 */
#include "fs/anon.h"
#include "fs/path_text.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "proc/pid.h"
#include "proc/procfs_private.h"

#define EXTRA_TEXT 2048 /* of a kind's own lines of fdinfo */

/* The description a file below fd or fdinfo is about, with a reference; null: it was closed. */
static struct file *target_file(const struct proc_target *target)
{
	struct fd_table *files = proc_target_files(target);

	if (!files)
		return NULL;
	struct file *file = fd_table_get_file(files, target->node->number);
	fd_table_put(files);
	return file;
}

int proc_place_fd(const struct proc_target *target, struct path *path)
{
	struct file *file = target_file(target);
	int error = 0;

	if (!file)
		return -ENOENT;
	if (file->path.dentry) {
		*path = file->path;
		path_get(path);
	} else {
		error = anon_path(file, path);
	}
	file_put(file);
	return error;
}

/* "pipe:[7]", "anon_inode:[eventfd]". */
static void print_object_name(struct proc_text *text, struct file *file)
{
	const char *name = file->ops->name ? file->ops->name : "file";
	char own[NAME_MAX_BYTES];

	if (file->ops->link_text) {
		size_t bytes = file->ops->link_text(file, own, sizeof(own));
		proc_append(text, own, MIN(bytes, sizeof(own)));
	} else if (name[0] == '[') {
		proc_print(text, "anon_inode:%s", name);
	} else {
		proc_print(text, "%s:[%lu]", name, file_inode(file)->ino);
	}
}

int proc_show_fd(struct proc_text *text, const struct proc_target *target)
{
	int error = proc_may_inspect(target);
	struct file *file = error ? NULL : target_file(target);

	if (!file)
		return error ? error : -ENOENT;
	if (file->path.dentry && (file->ops->link_text == NULL)) {
		char *buffer = path_buffer_get();
		char *name = buffer ? path_text(&file->path, buffer, PATH_MAX_BYTES) : err_ptr(-ENOMEM);
		if (is_err(name))
			error = (int)ptr_err(name);
		else
			proc_append(text, name, strlen(name));
		if (buffer)
			path_text_free(buffer);
	} else {
		print_object_name(text, file);
	}
	file_put(file);
	return error;
}

int proc_show_fdinfo(struct proc_text *text, const struct proc_target *target)
{
	int error = proc_may_inspect(target);
	struct fd_table *files = error ? NULL : proc_target_files(target);

	if (!files)
		return error ? error : -ENOENT;
	struct file *file = fd_table_get_file(files, target->node->number);
	uint32_t cloexec = 0;
	spin_lock(&files->lock);
	uint32_t number = (uint32_t)target->node->number;
	if (number < files->capacity && (files->close_on_exec[number / 64] >> (number % 64) & 1))
		cloexec = 02000000;
	spin_unlock(&files->lock);
	fd_table_put(files);
	if (!file)
		return -ENOENT;
	proc_print(text, "pos:\t%lu\nflags:\t0%o\nmnt_id:\t%u\nino:\t%lu\n", file->position, file->flags | cloexec,
		   file->path.mount ? file->path.mount->id : 0, file_inode(file)->ino);
	char *extra = file->ops->fdinfo ? proc_room(text, EXTRA_TEXT) : NULL;
	if (extra)
		text->length += MIN(file->ops->fdinfo(file, extra, EXTRA_TEXT), (size_t)EXTRA_TEXT - 1);
	file_put(file);
	return 0;
}

/* Rows for one descriptor, by what it may do: the link's permission bits say so. */
#define FD_ROW(bits)                                                                                 \
	{                                                                                            \
		.name = "fd", .mode = S_IFLNK | (bits), .show = proc_show_fd, .place = proc_place_fd \
	}
static const struct proc_entry fd_rows[4] = {FD_ROW(0), FD_ROW(0500), FD_ROW(0300), FD_ROW(0700)};
static const struct proc_entry fdinfo_row = {.name = "fdinfo", .mode = S_IFREG | 0444, .show = proc_show_fdinfo};

/* The smallest descriptor in use at or above `from`, and its row; -1. */
static int32_t next_descriptor(const struct proc_node *directory, int32_t from, const struct proc_entry **row)
{
	struct proc_target target;
	int32_t number = -1;

	if (proc_target_get(directory, &target))
		return -1;
	struct fd_table *files = proc_target_files(&target);
	while (files && (number = fd_table_next(files, from)) >= 0) {
		struct file *file = fd_table_get_file(files, number);
		if (file) {
			*row = &fd_rows[file_may_read(file) | file_may_write(file) << 1];
			file_put(file);
			break;
		}
		from = number + 1;
	}
	if (files)
		fd_table_put(files);
	proc_target_put(&target);
	return number;
}

static int32_t next_node(const struct proc_node *directory, int32_t from, bool is_info, struct proc_node *found)
{
	const struct proc_entry *row;
	int32_t number = next_descriptor(directory, from, &row);

	if (number < 0)
		return -1;
	pid_get(directory->pid);
	*found = (struct proc_node){.entry = is_info ? &fdinfo_row : row,
				    .pid = directory->pid,
				    .is_task = directory->is_task,
				    .number = number};
	return number;
}

static int find_node(const struct proc_node *directory, int32_t number, bool is_info, struct proc_node *found)
{
	int32_t at = next_node(directory, number, is_info, found);

	if (at == number)
		return 0;
	if (at >= 0)
		pid_put(found->pid);
	return -ENOENT;
}

int proc_find_fd(const struct proc_node *directory, int32_t number, struct proc_node *found)
{
	return find_node(directory, number, false, found);
}

int32_t proc_next_fd(const struct proc_node *directory, int32_t from, struct proc_node *found)
{
	return next_node(directory, from, false, found);
}

int proc_find_fdinfo(const struct proc_node *directory, int32_t number, struct proc_node *found)
{
	return find_node(directory, number, true, found);
}

int32_t proc_next_fdinfo(const struct proc_node *directory, int32_t from, struct proc_node *found)
{
	return next_node(directory, from, true, found);
}

static int place_in_context(const struct proc_target *target, struct path *path, bool is_root)
{
	spin_lock(&tree_lock);
	struct fs_context *context = target->thread->fs;
	if (context)
		fs_context_get(context);
	spin_unlock(&tree_lock);
	if (!context)
		return -ENOENT;
	spin_lock(&context->lock);
	*path = is_root ? context->root : context->cwd;
	path_get(path);
	spin_unlock(&context->lock);
	fs_context_put(context);
	return 0;
}

int proc_place_cwd(const struct proc_target *target, struct path *path)
{
	return place_in_context(target, path, false);
}

int proc_place_root(const struct proc_target *target, struct path *path)
{
	return place_in_context(target, path, true);
}
