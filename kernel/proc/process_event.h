/*
 * What happens to processes, told to those who listen on NETLINK_CONNECTOR (net/netlink_connector.h). Called after it
 * has happened, by the thread that did it, without a lock; when nobody listens each is one look at a word.
 */
#ifndef NAMU_PROC_PROCESS_EVENT_H
#define NAMU_PROC_PROCESS_EVENT_H

#include "fs/cred.h"
#include "net/netlink_connector.h"
#include "proc/process.h"

void process_tell_fork(const struct thread *child);
void process_tell_exec(void);
void process_tell_ids(const struct cred *old, const struct cred *changed);
void process_tell_session(void);
void process_tell_trace(const struct thread *tracee, bool begins);
void process_tell_name(const struct thread *thread);
void process_tell_core(void);
/* A thread's end in two steps, as what it says is known under tree_lock alone. */
void process_read_end_locked(struct proc_event *event, const struct thread *thread);

/* A thread was made, and has not run yet. */
static inline void process_event_fork(const struct thread *child)
{
	if (connector_has_listeners())
		process_tell_fork(child);
}
/* The current one executes another program. */
static inline void process_event_exec(void)
{
	if (connector_has_listeners())
		process_tell_exec();
}
/* Its credentials have become others. */
static inline void process_event_ids(const struct cred *old, const struct cred *changed)
{
	if (connector_has_listeners())
		process_tell_ids(old, changed);
}
/* It leads a session. */
static inline void process_event_session(void)
{
	if (connector_has_listeners())
		process_tell_session();
}
/* It has begun or ended to trace another, as it was asked to. */
static inline void process_event_trace(const struct thread *tracee, bool begins)
{
	if (connector_has_listeners())
		process_tell_trace(tracee, begins);
}
/* A thread has a new name. */
static inline void process_event_name(const struct thread *thread)
{
	if (connector_has_listeners())
		process_tell_name(thread);
}
/* A signal ends the current one that is one of those that dump core; nothing has been done yet. */
static inline void process_event_core(void)
{
	if (connector_has_listeners())
		process_tell_core();
}

#endif
