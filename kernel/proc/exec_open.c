/*
 * The files of an execution: the program, the interpreter of a script, the loader of a dynamic program.
 */
#include <linux/fcntl.h>
#include <linux/mount.h>
#include <linux/stat.h>

#include "lib/string.h"
#include "mem/slab.h"
#include "proc/exec.h"

static int check_program(const struct path *path)
{
	struct inode *inode = path_inode(path);

	if (S_ISLNK(inode->mode))
		return -ELOOP;
	if (!S_ISREG(inode->mode) || (path->mount->flags & MS_NOEXEC))
		return -EACCES;
	return inode_permission(inode, 1);
}

/* Execute permission is enough: the program is not opened by open(2)'s rules, which would ask for read permission. */
struct file *exec_open(int dirfd, const char *text, unsigned lookup)
{
	struct path path;
	int error = path_lookup_at(dirfd, text, lookup, &path);

	if (error)
		return err_ptr(error);
	struct inode *inode = path_inode(&path);
	error = check_program(&path);
	struct file *file = error ? NULL : file_create(inode->file_ops, O_RDONLY, NULL);
	if (!file) {
		path_put(&path);
		return err_ptr(error ? error : file_refusal());
	}
	inode_get(inode);
	file->inode = inode;
	file->path = path;
	if (file->ops->open)
		error = file->ops->open(inode, file);
	if (!error)
		error = file_deny_write(file);
	if (error) {
		file_put(file);
		return err_ptr(error);
	}
	return file;
}

static ssize_t read_head(struct file *file, void *head)
{
	return file_read_kernel(file, head, EXEC_HEAD_BYTES, 0);
}

int exec_read_head(struct exec *exec)
{
	ssize_t bytes = read_head(exec->file, exec->head);

	if (bytes < 0)
		return (int)bytes;
	exec->head_bytes = (size_t)bytes;
	return 0;
}

/* The path that PT_INTERP holds, ended by its zero; a kmalloc block, or err_ptr. */
static char *read_loader_name(struct exec *exec)
{
	const struct elf_layout *layout = &exec->image.layout;
	char *name = kmalloc(layout->interpreter_bytes);

	if (!name)
		return err_ptr(-ENOMEM);
	ssize_t bytes = -EIO;
	if (layout->interpreter_offset <= INT64_MAX - layout->interpreter_bytes)
		bytes = file_read_kernel(exec->file, name, layout->interpreter_bytes, layout->interpreter_offset);
	if (bytes == (ssize_t)layout->interpreter_bytes && name[bytes - 1] == 0)
		return name;
	kfree(name);
	return err_ptr(bytes < 0 ? bytes : bytes == (ssize_t)layout->interpreter_bytes ? -ENOEXEC : -EIO);
}

static int read_loader(struct exec *exec)
{
	char *name = read_loader_name(exec);

	if (is_err(name))
		return (int)ptr_err(name);
	exec->loader = exec_open(AT_CWD, name, LOOKUP_FOLLOW);
	kfree(name);
	if (is_err(exec->loader)) {
		int error = (int)ptr_err(exec->loader);
		exec->loader = NULL;
		return error;
	}
	exec->loader_head = kmalloc(EXEC_HEAD_BYTES);
	if (!exec->loader_head)
		return -ENOMEM;
	ssize_t bytes = read_head(exec->loader, exec->loader_head);
	if (bytes < (ssize_t)sizeof(Elf64_Ehdr))
		return bytes < 0 ? (int)bytes : -EIO;
	int error = elf_read(exec->loader, exec->loader_head, (size_t)bytes, &exec->loader_image);
	return error == -ENOEXEC ? -ELIBBAD : error;
}

int exec_read_images(struct exec *exec)
{
	int error = elf_read(exec->file, exec->head, exec->head_bytes, &exec->image);

	if (!error && !exec->file->ops->mmap)
		error = -ENOEXEC;
	if (!error && exec->image.layout.interpreter_bytes)
		error = read_loader(exec);
	return error;
}
