/*
 * What a process has in its address space: maps, smaps, its arguments, environment and auxiliary vector.
 */
#include "fs/anon.h"
#include "fs/chardev.h"
#include "fs/path_text.h"
#include "ipc/shm.h"
#include "lib/string.h"
#include "proc/procfs_private.h"
#include "proc/vsyscall.h"

#define NAME_COLUMN 73 /* where the name begins in a line of maps */
#define READ_MOST   (1ul << 20)

static const char *region_label(const struct vm_region *region)
{
	if (region->flags & REGION_VDSO)
		return "[vdso]";
	if (region->flags & REGION_VVAR)
		return "[vvar]";
	if (region->file)
		return NULL;
	if (region->flags & REGION_STACK)
		return "[stack]";
	if (region->flags & REGION_HEAP)
		return "[heap]";
	return region->flags & REGION_SHARED ? "/dev/zero (deleted)" : NULL;
}

/* A segment of System V shared memory has a name of its kind, and its id for an inode number. */
static void print_segment(struct proc_text *text, size_t line, const struct vm_region *region)
{
	int32_t key, id;

	shm_names(region->object, &key, &id);
	proc_print(text, "%02x:%02x %d ", device_major(anon_device(ANON_MEMORY)),
		   device_minor(anon_device(ANON_MEMORY)), id);
	proc_pad(text, line, NAME_COLUMN);
	proc_print(text, "/SYSV%08x (deleted)\n", (uint32_t)key);
}

/* The name of what is mapped, in the last column. */
static void print_region_name(struct proc_text *text, size_t line, const struct vm_region *region)
{
	const char *label = region_label(region);
	const struct file *file = region->file;
	char *buffer;

	if (label) {
		proc_pad(text, line, NAME_COLUMN);
		proc_print(text, "%s", label);
	} else if (file && file->path.dentry) {
		buffer = path_buffer_get();
		if (!buffer) {
			text->is_cut = true;
			return;
		}
		char *name = path_text(&file->path, buffer, PATH_MAX_BYTES);
		proc_pad(text, line, NAME_COLUMN);
		if (!is_err(name))
			proc_print(text, "%s", name);
		path_text_free(buffer);
	}
	proc_append(text, "\n", 1);
}

static void print_region(struct proc_text *text, const struct vm_region *region)
{
	const struct inode *inode = region->file ? file_inode(region->file) : NULL;
	uint64_t device = inode ? inode->superblock->device : 0;
	uint64_t offset = region->file || (region->flags & REGION_SHARED) ? region->object_offset : 0;
	size_t line = text->length;

	proc_print(text, "%08lx-%08lx %c%c%c%c %08lx ", region->start, region->end, region->prot & 1 ? 'r' : '-',
		   region->prot & 2 ? 'w' : '-', region->prot & 4 ? 'x' : '-',
		   region->flags & REGION_SHARED ? 's' : 'p', offset);
	if (region->flags & REGION_SEGMENT) {
		print_segment(text, line, region);
		return;
	}
	proc_print(text, "%02x:%02x %lu ", device_major(device), device_minor(device), inode ? inode->ino : 0);
	print_region_name(text, line, region);
}

/* Every region of the process, with the space's mutex held; at last null, for the page that has none. */
static int each_region(struct proc_text *text, const struct proc_target *target,
		       void (*print)(struct proc_text *text, struct vm_region *region))
{
	int error = proc_may_inspect(target);

	if (error)
		return error;
	struct vm_space *space = proc_target_space(target);
	if (!space)
		return 0;
	mutex_lock(&space->mutex);
	for (struct vm_region *region = vm_region_first(space); region; region = vm_region_next(region))
		print(text, region);
	mutex_unlock(&space->mutex);
	vm_space_put(space);
	print(text, NULL);
	return 0;
}

/* A page that no region stands for (proc/vsyscall.h). */
static void print_vsyscall_line(struct proc_text *text)
{
	size_t line = text->length;

	proc_print(text, "%lx-%lx --xp 00000000 00:00 0 ", VSYSCALL_PAGE, VSYSCALL_PAGE + PAGE_SIZE);
	proc_pad(text, line, NAME_COLUMN);
	proc_print(text, "[vsyscall]\n");
}

static void print_maps_line(struct proc_text *text, struct vm_region *region)
{
	if (region)
		print_region(text, region);
	else
		print_vsyscall_line(text);
}

int proc_show_maps(struct proc_text *text, const struct proc_target *target)
{
	return each_region(text, target, print_maps_line);
}

static void print_amount(struct proc_text *text, const char *name, uint64_t kib)
{
	size_t line = text->length;

	proc_print(text, "%s:", name);
	proc_pad(text, line, 16);
	proc_print(text, "%8lu kB\n", kib);
}

static void print_flags(struct proc_text *text, const struct vm_region *region)
{
	static const char *const may[] = {"mr ", "mw ", "me "}, *const does[] = {"rd ", "wr ", "ex "};

	proc_print(text, "VmFlags: ");
	for (unsigned i = 0; i < 3; i++)
		proc_print(text, "%s", region->prot >> i & 1 ? does[i] : "");
	proc_print(text, "%s", region->flags & REGION_SHARED ? "sh " : "");
	for (unsigned i = 0; i < 3; i++)
		proc_print(text, "%s", region->max_prot >> i & 1 ? may[i] : "");
	proc_print(text, "%s%s%s%s%s%s\n", region->flags & REGION_STACK ? "gd " : "",
		   region->flags & REGION_LOCKED ? "lo " : "", region->flags & REGION_NORESERVE ? "nr " : "",
		   region->flags & REGION_DONTFORK ? "dc " : "", region->flags & REGION_WIPEONFORK ? "wf " : "",
		   region->flags & REGION_NOHUGE ? "nh " : "");
}

/* The amounts that smaps and smaps_rollup have in common. */
static void print_usage(struct proc_text *text, const struct vm_region_usage *usage, uint64_t locked_pages)
{
	print_amount(text, "Rss", PROC_KIB(usage->resident));
	print_amount(text, "Pss", usage->proportional_bytes / 1024);
	print_amount(text, "Shared_Clean", PROC_KIB(usage->shared_clean));
	print_amount(text, "Shared_Dirty", PROC_KIB(usage->shared_dirty));
	print_amount(text, "Private_Clean", PROC_KIB(usage->private_clean));
	print_amount(text, "Private_Dirty", PROC_KIB(usage->private_dirty));
	print_amount(text, "Referenced", PROC_KIB(usage->referenced));
	print_amount(text, "Anonymous", PROC_KIB(usage->anonymous));
	print_amount(text, "Swap", 0);
	print_amount(text, "SwapPss", 0);
	print_amount(text, "Locked", PROC_KIB(locked_pages));
}

static void print_smaps(struct proc_text *text, struct vm_region *region)
{
	struct vm_region_usage usage = {0};

	if (region)
		vm_region_usage(region, &usage);
	print_maps_line(text, region);
	print_amount(text, "Size", region ? (region->end - region->start) / 1024 : PAGE_SIZE / 1024);
	print_amount(text, "KernelPageSize", PAGE_SIZE / 1024);
	print_amount(text, "MMUPageSize", PAGE_SIZE / 1024);
	print_usage(text, &usage, region && region->flags & REGION_LOCKED ? usage.resident : 0);
	if (region)
		print_flags(text, region);
	else
		proc_print(text, "VmFlags: ex \n");
}

static void add_usage(struct vm_region_usage *sum, const struct vm_region_usage *part)
{
	sum->resident += part->resident;
	sum->shared_clean += part->shared_clean;
	sum->shared_dirty += part->shared_dirty;
	sum->private_clean += part->private_clean;
	sum->private_dirty += part->private_dirty;
	sum->anonymous += part->anonymous;
	sum->referenced += part->referenced;
	sum->proportional_bytes += part->proportional_bytes;
}

/* The sums of smaps, for the whole process. */
int proc_show_smaps_rollup(struct proc_text *text, const struct proc_target *target)
{
	struct vm_region_usage sum = {0}, part;
	uint64_t start = 0, end = 0, locked_pages = 0;
	int error = proc_may_inspect(target);
	struct vm_space *space = error ? NULL : proc_target_space(target);

	if (!space)
		return error ? error : -ESRCH;
	mutex_lock(&space->mutex);
	for (struct vm_region *region = vm_region_first(space); region; region = vm_region_next(region)) {
		vm_region_usage(region, &part);
		add_usage(&sum, &part);
		locked_pages += region->flags & REGION_LOCKED ? part.resident : 0;
		start = start ? start : region->start;
		end = region->end;
	}
	mutex_unlock(&space->mutex);
	vm_space_put(space);
	size_t line = text->length;
	proc_print(text, "%08lx-%08lx ---p 00000000 00:00 0 ", start, end);
	proc_pad(text, line, NAME_COLUMN);
	proc_print(text, "[rollup]\n");
	print_usage(text, &sum, locked_pages);
	return 0;
}

int proc_show_smaps(struct proc_text *text, const struct proc_target *target)
{
	return each_region(text, target, print_smaps);
}

/* Bytes of the process's memory, as far as they are there. */
static void append_memory(struct proc_text *text, struct vm_space *space, uint64_t start, uint64_t end)
{
	uint64_t bytes = end > start ? MIN(end - start, READ_MOST) : 0;

	while (bytes) {
		size_t part = MIN(bytes, PAGE_SIZE);
		char *to = proc_room(text, part);
		if (!to)
			return;
		ssize_t done = vm_access(space, start, to, part, false, true);
		if (done <= 0)
			return;
		text->length += (size_t)done;
		start += (uint64_t)done;
		bytes -= (uint64_t)done;
	}
}

int proc_show_cmdline(struct proc_text *text, const struct proc_target *target)
{
	struct vm_space *space = proc_target_space(target);

	if (!space)
		return 0;
	append_memory(text, space, space->arg_start, space->arg_end);
	/* A program that has written a longer title over its arguments goes on in the environment. */
	if (text->length && text->data[text->length - 1] != 0) {
		size_t known = strnlen(text->data, text->length);
		if (known == text->length) {
			append_memory(text, space, space->env_start, space->env_end);
			known = strnlen(text->data, text->length);
		}
		text->length = known;
	}
	vm_space_put(space);
	return 0;
}

int proc_show_environ(struct proc_text *text, const struct proc_target *target)
{
	int error = proc_may_inspect(target);
	struct vm_space *space = error ? NULL : proc_target_space(target);

	if (!space)
		return error;
	append_memory(text, space, space->env_start, space->env_end);
	vm_space_put(space);
	return 0;
}

int proc_show_auxv(struct proc_text *text, const struct proc_target *target)
{
	int error = proc_may_inspect(target);
	struct vm_space *space = error ? NULL : proc_target_space(target);

	if (!space)
		return error;
	mutex_lock(&space->mutex);
	proc_append(text, (const char *)space->auxv, space->auxv_bytes);
	mutex_unlock(&space->mutex);
	vm_space_put(space);
	return 0;
}

int proc_place_exe(const struct proc_target *target, struct path *path)
{
	struct vm_space *space = proc_target_space(target);
	int error = -ENOENT;

	if (!space)
		return error;
	mutex_lock(&space->mutex);
	if (space->exe_file && space->exe_file->path.dentry) {
		*path = space->exe_file->path;
		path_get(path);
		error = 0;
	}
	mutex_unlock(&space->mutex);
	vm_space_put(space);
	return error;
}
