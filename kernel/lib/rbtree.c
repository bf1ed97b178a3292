/*
 * Red-black tree: insertion and removal with the rebalancing of Cormen et al., "Introduction to Algorithms",
 * chapter 13.
 */
#include "lib/rbtree.h"

static bool is_red(const struct rb_node *node)
{
	return node && node->is_red;
}

/* Put `to` where `from` hangs. */
static void replace_child(struct rb_tree *tree, struct rb_node *from, struct rb_node *to)
{
	struct rb_node *parent = from->parent;

	if (!parent)
		tree->root = to;
	else if (parent->left == from)
		parent->left = to;
	else
		parent->right = to;
	if (to)
		to->parent = parent;
}

static void rotate_left(struct rb_tree *tree, struct rb_node *node)
{
	struct rb_node *up = node->right;

	node->right = up->left;
	if (up->left)
		up->left->parent = node;
	replace_child(tree, node, up);
	up->left = node;
	node->parent = up;
}

static void rotate_right(struct rb_tree *tree, struct rb_node *node)
{
	struct rb_node *up = node->left;

	node->left = up->right;
	if (up->right)
		up->right->parent = node;
	replace_child(tree, node, up);
	up->right = node;
	node->parent = up;
}

/* `node` is red, and so may be its parent: move the fault upwards until it is gone. */
static void repair_insert(struct rb_tree *tree, struct rb_node *node)
{
	while (is_red(node->parent)) {
		struct rb_node *parent = node->parent;
		struct rb_node *grandparent = parent->parent;
		bool parent_is_left = parent == grandparent->left;
		struct rb_node *uncle = parent_is_left ? grandparent->right : grandparent->left;

		if (is_red(uncle)) {
			parent->is_red = false;
			uncle->is_red = false;
			grandparent->is_red = true;
			node = grandparent;
			continue;
		}
		if (parent_is_left) {
			if (node == parent->right) {
				rotate_left(tree, parent);
				parent = node;
			}
			rotate_right(tree, grandparent);
		} else {
			if (node == parent->left) {
				rotate_right(tree, parent);
				parent = node;
			}
			rotate_left(tree, grandparent);
		}
		parent->is_red = false;
		grandparent->is_red = true;
		break;
	}
	tree->root->is_red = false;
}

void rb_insert_at(struct rb_tree *tree, struct rb_node *parent, struct rb_node **link, struct rb_node *node)
{
	node->parent = parent;
	node->left = NULL;
	node->right = NULL;
	node->is_red = true;
	*link = node;
	repair_insert(tree, node);
}

void rb_insert(struct rb_tree *tree, struct rb_node *node,
	       bool (*before)(const struct rb_node *, const struct rb_node *))
{
	struct rb_node **link = &tree->root;
	struct rb_node *parent = NULL;

	while (*link) {
		parent = *link;
		link = before(node, parent) ? &parent->left : &parent->right;
	}
	rb_insert_at(tree, parent, link, node);
}

/* The side of `parent` where `node` (maybe null) hangs lacks one black node. */
static void repair_remove(struct rb_tree *tree, struct rb_node *node, struct rb_node *parent)
{
	while (node != tree->root && !is_red(node)) {
		bool is_left = node == parent->left;
		struct rb_node *sibling = is_left ? parent->right : parent->left;

		if (is_red(sibling)) {
			sibling->is_red = false;
			parent->is_red = true;
			if (is_left)
				rotate_left(tree, parent);
			else
				rotate_right(tree, parent);
			sibling = is_left ? parent->right : parent->left;
		}
		if (!is_red(sibling->left) && !is_red(sibling->right)) {
			sibling->is_red = true;
			node = parent;
			parent = node->parent;
			continue;
		}
		if (is_left) {
			if (!is_red(sibling->right)) {
				sibling->left->is_red = false;
				sibling->is_red = true;
				rotate_right(tree, sibling);
				sibling = parent->right;
			}
			sibling->right->is_red = false;
		} else {
			if (!is_red(sibling->left)) {
				sibling->right->is_red = false;
				sibling->is_red = true;
				rotate_left(tree, sibling);
				sibling = parent->left;
			}
			sibling->left->is_red = false;
		}
		sibling->is_red = parent->is_red;
		parent->is_red = false;
		if (is_left)
			rotate_left(tree, parent);
		else
			rotate_right(tree, parent);
		node = tree->root;
		break;
	}
	if (node)
		node->is_red = false;
}

void rb_remove(struct rb_tree *tree, struct rb_node *node)
{
	struct rb_node *child, *parent;
	bool removed_red = node->is_red;

	if (node->left && node->right) {
		/* The next node takes this one's place and colour. */
		struct rb_node *next = node->right;
		while (next->left)
			next = next->left;
		removed_red = next->is_red;
		child = next->right;
		if (next->parent == node) {
			parent = next;
		} else {
			parent = next->parent;
			replace_child(tree, next, child);
			next->right = node->right;
			next->right->parent = next;
		}
		replace_child(tree, node, next);
		next->left = node->left;
		next->left->parent = next;
		next->is_red = node->is_red;
	} else {
		child = node->left ? node->left : node->right;
		parent = node->parent;
		replace_child(tree, node, child);
	}
	if (!removed_red)
		repair_remove(tree, child, parent);
}

struct rb_node *rb_first(const struct rb_tree *tree)
{
	struct rb_node *node = tree->root;

	while (node && node->left)
		node = node->left;
	return node;
}

struct rb_node *rb_last(const struct rb_tree *tree)
{
	struct rb_node *node = tree->root;

	while (node && node->right)
		node = node->right;
	return node;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	if (node->right) {
		node = node->right;
		while (node->left)
			node = node->left;
		return (struct rb_node *)node;
	}
	while (node->parent && node == node->parent->right)
		node = node->parent;
	return node->parent;
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	if (node->left) {
		node = node->left;
		while (node->right)
			node = node->right;
		return (struct rb_node *)node;
	}
	while (node->parent && node == node->parent->left)
		node = node->parent;
	return node->parent;
}
