/*
 * Doubly linked circular list, linked through a node inside each element.
 * No lock of its own: whoever owns the head guards every node on it.
 */
#ifndef NAMU_LIB_LIST_H
#define NAMU_LIB_LIST_H

#include "lib/types.h"

struct list {
	struct list *next;
	struct list *prev;
};

#define LIST_INIT(name)          \
	{                        \
		&(name), &(name) \
	}

static inline void list_init(struct list *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_is_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_insert_between(struct list *node, struct list *prev, struct list *next)
{
	node->prev = prev;
	node->next = next;
	prev->next = node;
	next->prev = node;
}

/* Put `node` first. */
static inline void list_push(struct list *head, struct list *node)
{
	list_insert_between(node, head, head->next);
}

/* Put `node` last. */
static inline void list_append(struct list *head, struct list *node)
{
	list_insert_between(node, head->prev, head);
}

/* Take `node` off whatever list it is on; afterwards it is an empty list of its own, so that a second removal is
 * harmless. */
static inline void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

/* Move everything on `from` to the end of `to`; `from` is empty afterwards. */
static inline void list_append_all(struct list *to, struct list *from)
{
	if (list_is_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	list_init(from);
}

#define list_entry(node, type, member) container_of(node, type, member)
#define list_first(head, type, member) list_entry((head)->next, type, member)
#define list_last(head, type, member)  list_entry((head)->prev, type, member)

#define list_for_each(item, head, member)                                                 \
	for (item = list_first(head, __typeof__(*item), member); &item->member != (head); \
	     item = list_first(&item->member, __typeof__(*item), member))

/* The same, safe against removal of `item` inside the body. */
#define list_for_each_safe(item, following, head, member)                     \
	for (item = list_first(head, __typeof__(*item), member),              \
	    following = list_first(&item->member, __typeof__(*item), member); \
	     &item->member != (head);                                         \
	     item = following, following = list_first(&item->member, __typeof__(*item), member))

#endif
