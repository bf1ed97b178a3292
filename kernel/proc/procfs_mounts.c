/*
 * /proc/PID/mounts and mountinfo (proc(5)): the table of mounts as the reader's root shows it.
 */
#include <linux/mount.h>

#include "fs/chardev.h"
#include "fs/path_text.h"
#include "lib/string.h"
#include "proc/procfs_private.h"

struct mount_printer {
	struct proc_text *text;
	char *buffer; /* PATH_MAX_BYTES */
};

static const struct {
	uint32_t flag;
	const char *name;
} option_names[] = {
	{MS_NOSUID, ",nosuid"},   {MS_NODEV, ",nodev"},           {MS_NOEXEC, ",noexec"},
	{MS_NOATIME, ",noatime"}, {MS_NODIRATIME, ",nodiratime"}, {MS_RELATIME, ",relatime"},
};

static void print_options(struct proc_text *text, const struct mount *mount)
{
	bool is_readonly = (mount->flags & MS_RDONLY) || mount->superblock->is_readonly;

	proc_print(text, "%s", is_readonly ? "ro" : "rw");
	for (unsigned i = 0; i < ARRAY_LEN(option_names); i++) {
		if (mount->flags & option_names[i].flag)
			proc_print(text, "%s", option_names[i].name);
	}
}

static const char *source_of(const struct mount *mount)
{
	return mount->source && mount->source[0] ? mount->source : "none";
}

/* Where the mount's root is seen. */
static void print_place(struct mount_printer *printer, struct mount *mount)
{
	struct path path = {.mount = mount, .dentry = mount->root};
	char *place = path_text(&path, printer->buffer, PATH_MAX_BYTES);

	proc_append_escaped(printer->text, is_err(place) ? "/" : place);
}

static void print_mount(struct mount *mount, void *arg)
{
	struct mount_printer *printer = arg;
	struct proc_text *text = printer->text;

	proc_append_escaped(text, source_of(mount));
	proc_append(text, " ", 1);
	print_place(printer, mount);
	proc_print(text, " %s ", mount->superblock->type->name);
	print_options(text, mount);
	proc_print(text, " 0 0\n");
}

static void print_mountinfo(struct mount *mount, void *arg)
{
	struct mount_printer *printer = arg;
	struct proc_text *text = printer->text;
	uint64_t device = mount->superblock->device;

	proc_print(text, "%u %u %u:%u / ", mount->id, mount->parent ? mount->parent->id : mount->id,
		   device_major(device), device_minor(device));
	print_place(printer, mount);
	proc_append(text, " ", 1);
	print_options(text, mount);
	proc_print(text, " - %s ", mount->superblock->type->name);
	proc_append_escaped(text, source_of(mount));
	proc_print(text, " %s\n", mount->superblock->is_readonly ? "ro" : "rw");
}

static int each_mount(struct proc_text *text, void (*print)(struct mount *mount, void *arg))
{
	struct mount_printer printer = {.text = text, .buffer = path_buffer_get()};

	if (!printer.buffer)
		return -ENOMEM;
	mounts_for_each(print, &printer);
	path_text_free(printer.buffer);
	return 0;
}

int proc_show_mounts(struct proc_text *text, const struct proc_target *target)
{
	return each_mount(text, print_mount);
}

int proc_show_mountinfo(struct proc_text *text, const struct proc_target *target)
{
	return each_mount(text, print_mountinfo);
}
