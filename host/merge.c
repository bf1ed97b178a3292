/* The merged tree. */
#include "merge.h"

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "say.h"

#define IMPLIED_MODE (S_IFDIR | 0755)

static int wrong(struct merge *merge, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int wrong(struct merge *merge, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	(void)vsnprintf(merge->wrong, sizeof(merge->wrong), format, list);
	va_end(list);
	return -1;
}

struct inode *inode_new(mode_t mode)
{
	struct inode *inode = must_alloc(sizeof(*inode));

	inode->mode = mode;
	return inode;
}

void inode_free(struct inode *inode)
{
	for (size_t i = 0; i < inode->attribute_count; i++) {
		free(inode->attributes[i].name);
		free(inode->attributes[i].value);
	}
	free(inode->attributes);
	free(inode->target);
	free(inode);
}

/* FNV-1a over the parent's address and the name. */
static uint32_t name_hash(const struct node *parent, const char *name, size_t bytes)
{
	uint64_t hash = 0xcbf29ce484222325u ^ (uintptr_t)parent >> 4;

	for (size_t i = 0; i < bytes; i++)
		hash = (hash ^ (unsigned char)name[i]) * 0x100000001b3u;
	return (uint32_t)(hash ^ hash >> 32);
}

static struct node *child_find(const struct merge *merge, const struct node *parent, const char *name, size_t bytes)
{
	uint32_t hash = name_hash(parent, name, bytes);
	struct node *node = merge->table[hash & (merge->table_size - 1)];

	while (node && (node->hash != hash || node->parent != parent || strncmp(node->name, name, bytes) != 0 ||
			node->name[bytes]))
		node = node->hash_next;
	return node;
}

static void table_grow(struct merge *merge)
{
	size_t size = merge->table_size * 2;
	struct node **table = must_alloc(size * sizeof(struct node *));

	for (size_t i = 0; i < merge->table_size; i++) {
		while (merge->table[i]) {
			struct node *node = merge->table[i];

			merge->table[i] = node->hash_next;
			node->hash_next = table[node->hash & (size - 1)];
			table[node->hash & (size - 1)] = node;
		}
	}
	free(merge->table);
	merge->table = table;
	merge->table_size = size;
}

static struct node *child_add(struct merge *merge, struct node *parent, const char *name, size_t bytes,
			      struct inode *inode)
{
	struct node *node = must_alloc(sizeof(*node));

	if (merge->node_count > merge->table_size)
		table_grow(merge);
	if (parent->child_count == parent->child_room) {
		parent->child_room = parent->child_room ? parent->child_room * 2 : 4;
		parent->children = must_grow(parent->children, parent->child_room * sizeof(struct node *));
	}
	node->name = must_format("%.*s", (int)bytes, name);
	node->parent = parent;
	node->inode = inode;
	node->layer = merge->layer;
	node->hash = name_hash(parent, name, bytes);
	node->place = parent->child_count;
	parent->children[parent->child_count++] = node;
	struct node **head = &merge->table[node->hash & (merge->table_size - 1)];

	node->hash_next = *head;
	*head = node;
	merge->node_count++;
	inode->link_count++;
	return node;
}

static void inode_leave(struct merge *merge, struct inode *inode)
{
	if (--inode->link_count > 0)
		return;
	if (S_ISREG(inode->mode) && inode->bytes && merge->drop)
		merge->drop(merge->context, inode);
	inode_free(inode);
}

/* Takes a node and all below it out of the tree; the depth is bounded by what node_make() allows. */
static void node_remove(struct merge *merge, struct node *node)
{
	while (node->child_count > 0)
		node_remove(merge, node->children[node->child_count - 1]);
	struct node *parent = node->parent;
	struct node *last = parent->children[--parent->child_count];

	parent->children[node->place] = last;
	last->place = node->place;
	struct node **link = &merge->table[node->hash & (merge->table_size - 1)];

	while (*link != node)
		link = &(*link)->hash_next;
	*link = node->hash_next;
	merge->node_count--;
	inode_leave(merge, node->inode);
	free(node->children);
	free(node->name);
	free(node);
}

/* A way through the tree: where it stands, and what is still to go. */
struct walk {
	struct node *at;
	char *rest; /* owned */
	unsigned depth;
	unsigned links;
	bool makes; /* directories that are missing */
	int64_t mtime_s;
};

/* Goes through a symbolic link: its target comes before the rest. */
static int walk_link(struct merge *merge, struct walk *walk, const char *target, const char *rest)
{
	if (++walk->links > MERGE_LINKS_MOST)
		return wrong(merge, "too many symbolic links");
	char *joined = must_format("%s/%s", target, rest);

	if (target[0] == '/') {
		walk->at = merge->root;
		walk->depth = 0;
	}
	free(walk->rest);
	walk->rest = joined;
	return 0;
}

/* One directory further. 1: there; 0: it is missing; -1: wrong. */
static int walk_step(struct merge *merge, struct walk *walk, const char *name, size_t bytes, const char *rest)
{
	if (bytes == 1 && name[0] == '.')
		return 1;
	if (bytes == 2 && name[0] == '.' && name[1] == '.') {
		walk->depth -= walk->at != merge->root;
		walk->at = walk->at->parent;
		return 1;
	}
	if (bytes > NAME_MAX)
		return wrong(merge, "a name of more than %d bytes", NAME_MAX);
	struct node *next = child_find(merge, walk->at, name, bytes);

	if (next && S_ISLNK(next->inode->mode))
		return walk_link(merge, walk, next->inode->target, rest) < 0 ? -1 : 2;
	if (next && !S_ISDIR(next->inode->mode))
		return walk->makes ? wrong(merge, "'%.*s' is no directory", (int)bytes, name) : 0;
	if (!next && !walk->makes)
		return 0;
	if (++walk->depth > MERGE_DEPTH_MOST)
		return wrong(merge, "directories more than %d deep", MERGE_DEPTH_MOST);
	if (!next) {
		if (merge->node_count >= MERGE_NODES_MOST)
			return wrong(merge, "more than %u files", MERGE_NODES_MOST);
		struct inode *implied = inode_new(IMPLIED_MODE);

		implied->mtime_s = walk->mtime_s;
		next = child_add(merge, walk->at, name, bytes, implied);
	}
	walk->at = next;
	return 1;
}

/*
 * Goes to the directory that holds the last name of a path; *last is set to that name within the path, NULL for the
 * root itself. 1, 0 when a directory is missing, -1 when the path is wrong.
 */
static int walk_to(struct merge *merge, struct walk *walk, const char *path, const char **last, size_t *last_bytes)
{
	size_t end = strlen(path);

	while (end > 0 && (path[end - 1] == '/' || (path[end - 1] == '.' && (end == 1 || path[end - 2] == '/'))))
		end--;
	size_t from = end;

	while (from > 0 && path[from - 1] != '/')
		from--;
	*last = end > from ? path + from : NULL;
	*last_bytes = end - from;
	if (*last_bytes > NAME_MAX)
		return wrong(merge, "a name of more than %d bytes", NAME_MAX);
	walk->at = merge->root;
	walk->rest = must_format("%.*s", (int)from, path);
	int result = 1;

	for (size_t at = 0; result > 0;) {
		at += strspn(walk->rest + at, "/");
		size_t bytes = strcspn(walk->rest + at, "/");

		if (bytes == 0)
			break;
		result = walk_step(merge, walk, walk->rest + at, bytes, walk->rest + at + bytes);
		at = result == 2 ? 0 : at + bytes;
	}
	free(walk->rest);
	walk->rest = NULL;
	return result > 0 ? 1 : result;
}

/* A path of an archive says where in the root a file is: it has no way out of it. */
static int check_path(struct merge *merge, const char *path)
{
	for (const char *at = path; *at;) {
		size_t bytes = strcspn(at, "/");

		if (bytes == 2 && at[0] == '.' && at[1] == '.')
			return wrong(merge, "the path has '..' in it");
		at += bytes + (at[bytes] == '/');
	}
	return strlen(path) > INT_MAX / 2 ? wrong(merge, "the path is too long") : 0;
}

/* Gives a directory that is there already the facts of a new one. */
static void node_restate(struct merge *merge, struct node *node, struct inode *inode)
{
	inode->link_count = 1;
	inode_free(node->inode);
	node->inode = inode;
	node->layer = merge->layer;
}

/* Puts an inode, already counted or not, under the last name. */
static int put_last(struct merge *merge, struct walk *walk, const char *last, size_t bytes, struct inode *inode)
{
	struct node *old = last ? child_find(merge, walk->at, last, bytes) : merge->root;

	if (old && S_ISDIR(old->inode->mode) && S_ISDIR(inode->mode)) {
		node_restate(merge, old, inode);
		return 0;
	}
	if (!last)
		return wrong(merge, "the root is no directory");
	if (walk->depth >= MERGE_DEPTH_MOST)
		return wrong(merge, "directories more than %d deep", MERGE_DEPTH_MOST);
	if (merge->node_count >= MERGE_NODES_MOST)
		return wrong(merge, "more than %u files", MERGE_NODES_MOST);
	/* The link to itself would be lost with its last name. */
	if (old && old->inode == inode)
		return 0;
	if (old)
		node_remove(merge, old);
	(void)child_add(merge, walk->at, last, bytes, inode);
	return 0;
}

int merge_put(struct merge *merge, const char *path, struct inode *inode)
{
	struct walk walk = {.makes = true, .mtime_s = inode->mtime_s};
	const char *last;
	size_t bytes;
	int result = check_path(merge, path);

	if (result == 0)
		result = walk_to(merge, &walk, path, &last, &bytes) == 1 ? 0 : -1;
	if (result == 0)
		result = put_last(merge, &walk, last, bytes, inode);
	if (result < 0)
		inode_free(inode);
	return result;
}

/* The node at a path; a symbolic link at its end is followed only when asked. */
static int find(struct merge *merge, const char *path, bool follows, struct node **node)
{
	char *now = must_copy(path);
	int result;

	for (unsigned links = 0;; links++) {
		struct walk walk = {0};
		const char *last;
		size_t bytes;

		result = walk_to(merge, &walk, now, &last, &bytes);
		if (result != 1)
			break;
		*node = !last ? merge->root : child_find(merge, walk.at, last, bytes);
		if (last && bytes == 2 && last[0] == '.' && last[1] == '.')
			*node = walk.at->parent;
		result = *node != NULL;
		if (!*node || !follows || !S_ISLNK((*node)->inode->mode))
			break;
		if (links == MERGE_LINKS_MOST) {
			result = wrong(merge, "too many symbolic links");
			break;
		}
		const char *target = (*node)->inode->target;
		char *next =
			target[0] == '/' ? must_copy(target) : must_format("%.*s/%s", (int)(last - now), now, target);

		free(now);
		now = next;
	}
	free(now);
	return result;
}

struct node *merge_find(struct merge *merge, const char *path)
{
	struct node *node = NULL;

	return find(merge, path, true, &node) == 1 ? node : NULL;
}

int merge_link(struct merge *merge, const char *path, const char *target)
{
	struct walk walk = {.makes = true};
	struct node *node = NULL;
	const char *last;
	size_t bytes;

	if (check_path(merge, path) < 0 || check_path(merge, target) < 0)
		return -1;
	int found = find(merge, target, false, &node);

	if (found < 0)
		return -1;
	if (found == 0)
		return wrong(merge, "it is a link to '%.200s', which is not there", target);
	if (S_ISDIR(node->inode->mode))
		return wrong(merge, "it is a link to the directory '%.200s'", target);
	struct inode *inode = node->inode;

	/* Held, so that it outlives the name in whose place it comes. */
	inode->link_count++;
	int result = walk_to(merge, &walk, path, &last, &bytes) == 1 ? 0 : -1;

	if (result == 0)
		result = put_last(merge, &walk, last, bytes, inode);
	inode_leave(merge, inode);
	return result;
}

/* Removes what lower layers stated below a node; true when nothing of this layer is left there. */
static bool purge(struct merge *merge, struct node *node)
{
	for (size_t i = node->child_count; i > 0; i--) {
		struct node *child = node->children[i - 1];

		if (purge(merge, child))
			node_remove(merge, child);
	}
	return node->layer < merge->layer && node->child_count == 0;
}

int merge_hide(struct merge *merge, const char *path)
{
	struct node *node = NULL;
	int found = check_path(merge, path) < 0 ? -1 : find(merge, path, false, &node);

	if (found == 1 && node != merge->root && purge(merge, node))
		node_remove(merge, node);
	return found < 0 ? -1 : 0;
}

int merge_hide_entries(struct merge *merge, const char *path)
{
	struct node *node = NULL;
	int found = check_path(merge, path) < 0 ? -1 : find(merge, path, true, &node);

	if (found == 1)
		(void)purge(merge, node);
	return found < 0 ? -1 : 0;
}

void merge_begin(struct merge *merge)
{
	*merge = (struct merge){.table_size = 1024};
	merge->table = must_alloc(merge->table_size * sizeof(struct node *));
	merge->root = must_alloc(sizeof(*merge->root));
	merge->root->name = must_copy("");
	merge->root->parent = merge->root;
	merge->root->inode = inode_new(IMPLIED_MODE);
	merge->root->inode->link_count = 1;
}

void merge_free(struct merge *merge)
{
	merge->drop = NULL;
	while (merge->root->child_count > 0)
		node_remove(merge, merge->root->children[merge->root->child_count - 1]);
	inode_free(merge->root->inode);
	free(merge->root->children);
	free(merge->root->name);
	free(merge->root);
	free(merge->table);
}
