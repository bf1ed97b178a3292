/*
 * epoll(7): interest in many descriptions, kept between waits; the waker puts what became ready on a list.
 */
#ifndef NAMU_FS_EPOLL_H
#define NAMU_FS_EPOLL_H

#include "fs/file.h"

struct epoll_event; /* of linux/eventpoll.h */

/* A fresh epoll description; null: no memory. */
struct file *epoll_create_file(uint32_t flags);
/* epoll_ctl(2) on descriptions: `event` is a kernel copy (unused by EPOLL_CTL_DEL). */
int epoll_control(struct file *epoll, int operation, int fd, struct file *target, const struct epoll_event *event);
/* epoll_wait(2): up to `count` events to the user's array. Count, 0 at the deadline, -ERESTART_NOHANDLER's EINTR form
 * (-EINTR). */
int64_t epoll_wait_user(struct file *epoll, uaddr_t events, int count, uint64_t deadline_ns);
/* The last reference to a description that epolls know has gone (by file_put). */
void epoll_file_gone(struct file *file);

#endif
