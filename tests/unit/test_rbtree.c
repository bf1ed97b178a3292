/*
 * Red-black tree: random insertions and removals against a sorted array, with the tree's own laws checked after each.
 */
/* sources: kernel/lib/rbtree.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/rbtree.h"

#define ITEMS 600

struct item {
	struct rb_node node;
	int key;
	bool is_in;
};

static bool before(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct item, node)->key < rb_entry(b, struct item, node)->key;
}

/* Black height of a subtree; fails when a red node has a red child, a parent link is wrong, or sides differ. */
static int check(const struct rb_node *node, const struct rb_node *parent)
{
	if (!node)
		return 1;
	assert_ptr_equal(node->parent, parent);
	if (node->is_red) {
		assert_false(node->left && node->left->is_red);
		assert_false(node->right && node->right->is_red);
	}
	int left = check(node->left, node), right = check(node->right, node);
	assert_int_equal(left, right);
	return left + !node->is_red;
}

static void check_order(const struct rb_tree *tree, size_t expected)
{
	size_t count = 0;
	int last = -1;

	for (struct rb_node *node = rb_first(tree); node; node = rb_next(node), count++) {
		int key = rb_entry(node, struct item, node)->key;
		assert_true(key >= last);
		last = key;
	}
	assert_int_equal(count, expected);
	count = 0;
	for (struct rb_node *node = rb_last(tree); node; node = rb_prev(node))
		count++;
	assert_int_equal(count, expected);
}

static void test_random(void **state)
{
	static struct item items[ITEMS];
	struct rb_tree tree = {NULL};
	size_t in = 0;

	srand(7);
	for (int step = 0; step < 20000; step++) {
		struct item *item = &items[rand() % ITEMS];
		if (item->is_in) {
			rb_remove(&tree, &item->node);
			in--;
		} else {
			item->key = rand() % 200;
			rb_insert(&tree, &item->node, before);
			in++;
		}
		item->is_in = !item->is_in;
		assert_false(tree.root && tree.root->is_red);
		check(tree.root, NULL);
		if (step % 100 == 0)
			check_order(&tree, in);
	}
	check_order(&tree, in);
}

static void test_equal_keys_keep_order(void **state)
{
	struct item items[50] = {0};
	struct rb_tree tree = {NULL};
	size_t i = 0;

	for (i = 0; i < 50; i++)
		rb_insert(&tree, &items[i].node, before);
	i = 0;
	for (struct rb_node *node = rb_first(&tree); node; node = rb_next(node), i++)
		assert_ptr_equal(node, &items[i].node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_equal_keys_keep_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
