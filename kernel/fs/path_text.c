/* Texts of paths: taken from programs, and made from places. */
#include "fs/path_text.h"

#include "arch/x86_64/uaccess.h"
#include "fs/dentry.h"
#include "lib/errno.h"
#include "mem/page.h"

#define BUFFERS_KEPT 4

/* A few buffers for each processor, which alone touches them, with nothing in between: no lock. */
static struct {
	unsigned count;
	char *ready[BUFFERS_KEPT];
} buffers[CPU_MAX];

char *path_buffer_get(void)
{
	unsigned cpu = this_cpu()->id;
	struct page *page;

	if (alloc_should_fail())
		return NULL;
	if (likely(buffers[cpu].count))
		return buffers[cpu].ready[--buffers[cpu].count];
	page = page_alloc(0, PAGE_KERNEL, 0);
	return page ? page_to_virt(page) : NULL;
}

void path_text_free(char *text)
{
	unsigned cpu = this_cpu()->id;

	if (likely(buffers[cpu].count < BUFFERS_KEPT))
		buffers[cpu].ready[buffers[cpu].count++] = text;
	else
		page_put(virt_to_page(text));
}

char *path_text_from_user(uaddr_t text, bool may_be_empty)
{
	char *buffer = path_buffer_get();
	ssize_t length;

	if (!buffer)
		return err_ptr(-ENOMEM);
	length = string_from_user(buffer, text, PATH_MAX_BYTES);
	if (length == 0 && !may_be_empty)
		length = -ENOENT;
	if (length < 0) {
		path_text_free(buffer);
		return err_ptr(length);
	}
	return buffer;
}

/* A text that grows towards its front. */
struct back_text {
	char *start;
	char *limit;
	bool is_cut;
};

static void put_before(struct back_text *text, const char *from, size_t bytes)
{
	if ((size_t)(text->start - text->limit) < bytes) {
		text->is_cut = true;
		return;
	}
	text->start -= bytes;
	memcpy(text->start, from, bytes);
}

/* Names from `path` up to `root`, each with its slash. True when the root was met. */
static bool put_names_locked(struct back_text *text, const struct path *path, const struct path *root)
{
	const struct mount *mount = path->mount;
	const struct dentry *dentry = path->dentry;
	char *end = text->start;

	for (;;) {
		bool is_root = dentry == root->dentry && mount == root->mount;

		if (is_root || (dentry == mount->root && !mount->parent) || dentry->parent == dentry) {
			if (!is_root && dentry == mount->root && mount->parent) {
				dentry = mount->mountpoint;
				mount = mount->parent;
				continue;
			}
			if (text->start == end)
				put_before(text, "/", 1);
			return is_root;
		}
		if (dentry == mount->root) {
			dentry = mount->mountpoint;
			mount = mount->parent;
			continue;
		}
		put_before(text, dentry->name, dentry->name_bytes);
		put_before(text, "/", 1);
		dentry = dentry->parent;
	}
}

/* `mark_deleted`: as /proc/PID/fd shows names, else as getcwd. */
static char *make_text(const struct path *path, char *to, size_t room, bool mark_deleted, bool mark_unreachable)
{
	static const char deleted[] = " (deleted)", unreachable[] = "(unreachable)";
	struct back_text text = {.start = to + room, .limit = to};
	struct fs_context *context = fs_context_current();
	bool is_reachable;

	put_before(&text, "", 1);
	spin_lock(&context->lock);
	spin_lock(&vfs_lock);
	if (mark_deleted && path->dentry->is_unlinked)
		put_before(&text, deleted, sizeof(deleted) - 1);
	is_reachable = put_names_locked(&text, path, &context->root);
	spin_unlock(&vfs_lock);
	spin_unlock(&context->lock);
	if (!is_reachable && mark_unreachable)
		put_before(&text, unreachable, sizeof(unreachable) - 1);
	return text.is_cut ? err_ptr(-ENAMETOOLONG) : text.start;
}

char *path_text(const struct path *path, char *to, size_t room)
{
	return make_text(path, to, room, true, false);
}

char *path_text_from(const struct path *path, const struct path *root, char *to, size_t room)
{
	struct back_text text = {.start = to + room, .limit = to};

	put_before(&text, "", 1);
	spin_lock(&vfs_lock);
	(void)put_names_locked(&text, path, root);
	spin_unlock(&vfs_lock);
	return text.is_cut ? err_ptr(-ENAMETOOLONG) : text.start;
}

char *path_text_within(const struct dentry *dentry, char *to, size_t room)
{
	static const char deleted[] = "//deleted";
	struct back_text text = {.start = to + room, .limit = to};

	put_before(&text, "", 1);
	spin_lock(&vfs_lock);
	if (dentry->is_unlinked)
		put_before(&text, deleted, sizeof(deleted) - 1);
	if (dentry->parent == dentry && !dentry->is_unlinked && dentry == dentry->superblock->root)
		put_before(&text, "/", 1);
	for (; dentry->parent != dentry; dentry = dentry->parent) {
		put_before(&text, dentry->name, dentry->name_bytes);
		put_before(&text, "/", 1);
	}
	/* What has no directory is named by itself. */
	if (dentry != dentry->superblock->root)
		put_before(&text, dentry->name, dentry->name_bytes);
	spin_unlock(&vfs_lock);
	return text.is_cut ? err_ptr(-ENAMETOOLONG) : text.start;
}

char *path_text_for_getcwd(const struct path *path, char *to, size_t room)
{
	if (path->dentry->is_unlinked)
		return err_ptr(-ENOENT);
	return make_text(path, to, room, false, true);
}
