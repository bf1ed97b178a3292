/* Shared by the two files of inotify: the instance and its queue (inotify.c), and its watches (inotify_watch.c). */
#ifndef NAMU_FS_INOTIFY_PRIVATE_H
#define NAMU_FS_INOTIFY_PRIVATE_H

#include "fs/inotify.h"
#include "fs/notify.h"
#include "lib/rbtree.h"

/* An event that waits to be read. Lock key: (l) notify_lock. */
struct inotify_record {
	struct list link;    /* (l) */
	int32_t number;      /* (l) of the watch; -1: the queue was too long */
	uint32_t mask;       /* (l) */
	uint32_t cookie;     /* (l) */
	uint32_t name_bytes; /* (l) without a zero */
	char name[];         /* (l) */
};

/* Lock key: (i) immutable; (l) notify_lock. */
struct inotify {
	struct list all_link;           /* (l) on the list of all instances */
	uint32_t uid;                   /* (i) whose limits it counts for */
	uint32_t max_events;            /* (i) */
	uint32_t event_count;           /* (l) */
	uint32_t watch_count;           /* (l) */
	int32_t next_number;            /* (l) of the next watch */
	struct list events;             /* (l) struct inotify_record */
	struct list watches;            /* (l) struct inotify_watch, the newest first */
	struct rb_tree by_number;       /* (l) */
	bool has_overflow;              /* (l) it is on the queue */
	struct waitq wait;              /* (i) readers and pollers */
	struct inotify_record overflow; /* (l) on the queue when events were lost */
};

/* A watch. Lock key: (i) immutable; (l) notify_lock. */
struct inotify_watch {
	struct notify_mark mark;  /* (l) */
	struct inotify *instance; /* (i) */
	int32_t number;           /* (i) */
	struct list link;         /* (l) on instance->watches */
	struct rb_node node;      /* (l) in instance->by_number */
};

/* Enter an event; one equal to the last on the queue merges with it. notify_lock is held. */
void inotify_queue(struct inotify *instance, int32_t number, const struct notify_event *event);
/* All watches end without a word. */
void inotify_end_watches(struct inotify *instance);
/* Watches of all instances of a user. notify_lock is held. */
uint64_t inotify_user_watches(uint32_t uid);
size_t inotify_fdinfo(struct file *file, char *to, size_t room);
struct inotify *inotify_of(const struct file *file);

#endif
