/*
 * Radix tree of pages by number, see pageindex.h.
 */
#include "vm/pageindex.h"

#include "lib/errno.h"
#include "mem/slab.h"

#define SLOT_BITS  6
#define SLOTS      (1u << SLOT_BITS)
#define HEIGHT_MAX 9 /* 9 * 6 bits hold every key below PAGE_INDEX_LIMIT */

struct index_node {
	uint32_t used; /* slots that are not null */
	void *slots[SLOTS];
};

static struct slab_cache node_cache = SLAB_CACHE("page_index", struct index_node);

/* Keys that a tree of this height holds lie below 1 << (height * SLOT_BITS). */
static bool key_fits(const struct page_index *index, uint64_t key)
{
	return (key >> (index->height * SLOT_BITS)) == 0;
}

static unsigned slot_of(uint64_t key, unsigned shift)
{
	return (unsigned)(key >> shift) & (SLOTS - 1);
}

struct page *page_index_get(const struct page_index *index, uint64_t key)
{
	unsigned shift = index->height * SLOT_BITS;
	void *at = index->root;

	if (!key_fits(index, key))
		return NULL;
	while (at && shift) {
		shift -= SLOT_BITS;
		at = ((struct index_node *)at)->slots[slot_of(key, shift)];
	}
	return at;
}

/* Free the empty nodes on the way to `key`, the lowest first. */
static void prune(struct page_index *index, uint64_t key)
{
	void **links[HEIGHT_MAX + 1];
	struct index_node *nodes[HEIGHT_MAX + 1];
	unsigned depth = 0;
	unsigned shift = index->height * SLOT_BITS;
	void **link = &index->root;

	while (shift && *link) {
		struct index_node *node = *link;

		shift -= SLOT_BITS;
		links[depth] = link;
		nodes[depth++] = node;
		link = &node->slots[slot_of(key, shift)];
	}
	while (depth && nodes[depth - 1]->used == 0) {
		depth--;
		*links[depth] = NULL;
		slab_free(&node_cache, nodes[depth]);
		if (depth)
			nodes[depth - 1]->used--;
	}
	if (!index->root)
		index->height = 0;
}

/* Make the tree high enough for `key`. */
static int grow(struct page_index *index, uint64_t key)
{
	while (!key_fits(index, key)) {
		if (index->root) {
			struct index_node *node = slab_alloc(&node_cache);

			if (!node)
				return -ENOMEM;
			node->slots[0] = index->root;
			node->used = 1;
			index->root = node;
		}
		index->height++;
	}
	return 0;
}

/* After a put that failed: as high as before; what was added on top leads to the old root alone. */
static void lower(struct page_index *index, unsigned height)
{
	while (index->height > height) {
		struct index_node *node = index->root;

		if (node) {
			index->root = node->slots[0];
			slab_free(&node_cache, node);
		}
		index->height--;
	}
}

int page_index_put(struct page_index *index, uint64_t key, struct page *page)
{
	struct index_node *parent = NULL;
	unsigned height = index->height, shift;
	void **link = &index->root;

	if (key >= PAGE_INDEX_LIMIT)
		return -ENOMEM;
	if (grow(index, key)) {
		lower(index, height);
		return -ENOMEM;
	}
	for (shift = index->height * SLOT_BITS; shift; link = &parent->slots[slot_of(key, shift)]) {
		if (!*link) {
			*link = slab_alloc(&node_cache);
			if (!*link) {
				prune(index, key);
				lower(index, height);
				return -ENOMEM;
			}
			if (parent)
				parent->used++;
		}
		parent = *link;
		shift -= SLOT_BITS;
	}
	if (!*link) {
		index->count++;
		if (parent)
			parent->used++;
	}
	*link = page;
	return 0;
}

struct page *page_index_remove(struct page_index *index, uint64_t key)
{
	struct index_node *parent = NULL;
	void **link = &index->root;
	unsigned shift = index->height * SLOT_BITS;
	void *page;

	if (!key_fits(index, key))
		return NULL;
	while (shift && *link) {
		parent = *link;
		shift -= SLOT_BITS;
		link = &parent->slots[slot_of(key, shift)];
	}
	page = *link;
	if (!page)
		return NULL;
	*link = NULL;
	index->count--;
	if (!parent)
		index->height = 0;
	else if (--parent->used == 0)
		prune(index, key);
	return page;
}

struct page *page_index_next(const struct page_index *index, uint64_t from, uint64_t *key)
{
	uint64_t at_key = from;

	while (at_key >= from && key_fits(index, at_key)) {
		unsigned shift = index->height * SLOT_BITS;
		void *at = index->root;

		while (at && shift) {
			struct index_node *node = at;
			unsigned slot;

			shift -= SLOT_BITS;
			for (slot = slot_of(at_key, shift); slot < SLOTS - 1 && !node->slots[slot]; slot++)
				at_key = ((at_key >> shift) + 1) << shift;
			at = node->slots[slot];
		}
		if (at) {
			*key = at_key;
			return at;
		}
		at_key = ((at_key >> shift) + 1) << shift; /* behind the empty part */
	}
	return NULL;
}
