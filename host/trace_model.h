/*
 * The processes and threads of a trace as they stand after the events read so far: who is who, who made whom, which
 * state each thread is in and how long it was in which. Numbers may be used again: a new process or thread of the same
 * number is a new entry.
 */
#ifndef HOST_TRACE_MODEL_H
#define HOST_TRACE_MODEL_H

#include <stddef.h>

#include "trace_file.h"
#include "trace_tables.h"

struct trace_process {
	uint32_t pid;
	uint32_t parent_pid;
	size_t maker;                           /* index + 1 of the process that made it; 0: none */
	char name[32];                          /* the program's last name */
	uint64_t born_ns, exited_ns, reaped_ns; /* 0: not yet */
	int wait_status;
	uint64_t pages_copied, tables_copied, faults, calls, execs, signals;
	uint64_t messages_sent, bytes_sent, messages_received, bytes_received;
};

struct trace_thread {
	uint32_t tid;
	size_t process; /* index */
	uint64_t state; /* enum thread_state */
	uint64_t since_ns;
	uint64_t wait_kind, wait_object; /* while it is blocked */
	uint64_t state_ns[THREAD_STATE_COUNT];
	uint64_t switches_voluntary, switches_forced;
};

struct trace_model {
	struct trace_process *processes;
	size_t process_count;
	struct trace_thread *threads;
	size_t thread_count;
	size_t *process_of_pid, *thread_of_tid; /* index + 1 by number, 0: none */
	size_t pid_room, tid_room;
	uint64_t first_ns, last_ns, events, lost;
};

void trace_model_take(struct trace_model *model, const struct trace_event *event);
/* The living entry of a number, or NULL. */
struct trace_process *trace_model_process(const struct trace_model *model, uint64_t pid);
struct trace_thread *trace_model_thread(const struct trace_model *model, uint64_t tid);
/* The process that the event's thread is of, or NULL (the idle thread, before the first process). */
struct trace_process *trace_model_actor(const struct trace_model *model, const struct trace_event *event);
void trace_model_free(struct trace_model *model);

#endif
