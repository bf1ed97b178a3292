/*
 * Red-black tree, linked through a node inside each element (Guibas and Sedgewick, 1978).
 * The caller compares and finds the place; the tree keeps the balance. No lock of its own.
 */
#ifndef NAMU_LIB_RBTREE_H
#define NAMU_LIB_RBTREE_H

#include "lib/types.h"

struct rb_node {
	struct rb_node *parent;
	struct rb_node *left;
	struct rb_node *right;
	bool is_red;
};

struct rb_tree {
	struct rb_node *root;
};

/* Link `node` at `*link`, a null child pointer of `parent` (or the root when parent is null), and rebalance. */
void rb_insert_at(struct rb_tree *tree, struct rb_node *parent, struct rb_node **link, struct rb_node *node);
/* Insert by a comparison: before(a, b) is true when a comes before b. Equal elements keep the order of insertion. */
void rb_insert(struct rb_tree *tree, struct rb_node *node,
	       bool (*before)(const struct rb_node *, const struct rb_node *));
void rb_remove(struct rb_tree *tree, struct rb_node *node);

struct rb_node *rb_first(const struct rb_tree *tree);
struct rb_node *rb_last(const struct rb_tree *tree);
struct rb_node *rb_next(const struct rb_node *node);
struct rb_node *rb_prev(const struct rb_node *node);

#define rb_entry(node, type, member) container_of(node, type, member)
#define rb_for_each(node, tree)      for (node = rb_first(tree); node; node = rb_next(node))

#endif
