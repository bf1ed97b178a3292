/* Who is who in a trace. */
#include "trace_model.h"

#include <stdlib.h>
#include <string.h>

#include "say.h"

/* No kernel of ours gives larger numbers; larger ones in a file are damage. */
#define NUMBER_MOST (4u << 20)

#define CLONE_THREAD 0x10000

static size_t *slot_of(size_t **table, size_t *room, uint64_t number)
{
	if (number > NUMBER_MOST)
		return NULL;
	if (number >= *room) {
		size_t wanted = (size_t)number * 2 + 64;

		*table = must_grow(*table, wanted * sizeof(**table));
		memset(*table + *room, 0, (wanted - *room) * sizeof(**table));
		*room = wanted;
	}
	return *table + number;
}

struct trace_process *trace_model_process(const struct trace_model *model, uint64_t pid)
{
	size_t index = pid < model->pid_room ? model->process_of_pid[pid] : 0;

	return index ? &model->processes[index - 1] : NULL;
}

struct trace_thread *trace_model_thread(const struct trace_model *model, uint64_t tid)
{
	size_t index = tid < model->tid_room ? model->thread_of_tid[tid] : 0;

	return index ? &model->threads[index - 1] : NULL;
}

struct trace_process *trace_model_actor(const struct trace_model *model, const struct trace_event *event)
{
	struct trace_thread *thread = trace_model_thread(model, event->record.thread);

	return thread && event->record.thread ? &model->processes[thread->process] : NULL;
}

static struct trace_process *add_process(struct trace_model *model, uint64_t pid, uint64_t parent, uint64_t now)
{
	size_t *slot = slot_of(&model->process_of_pid, &model->pid_room, pid);

	if (!slot)
		return NULL;
	if ((model->process_count & (model->process_count - 1)) == 0)
		model->processes =
			must_grow(model->processes, (model->process_count * 2 + 1) * sizeof(*model->processes));
	const struct trace_process *maker = trace_model_process(model, parent);
	struct trace_process *process = &model->processes[model->process_count++];
	*process = (struct trace_process){.pid = (uint32_t)pid, .parent_pid = (uint32_t)parent, .born_ns = now};
	if (maker) {
		process->maker = (size_t)(maker - model->processes) + 1;
		memcpy(process->name, maker->name, sizeof(process->name));
	}
	*slot = model->process_count;
	return process;
}

static void add_thread(struct trace_model *model, uint64_t tid, const struct trace_process *process, uint64_t now)
{
	size_t *slot = slot_of(&model->thread_of_tid, &model->tid_room, tid);

	if (!slot)
		return;
	if ((model->thread_count & (model->thread_count - 1)) == 0)
		model->threads = must_grow(model->threads, (model->thread_count * 2 + 1) * sizeof(*model->threads));
	struct trace_thread *thread = &model->threads[model->thread_count++];
	*thread = (struct trace_thread){
		.tid = (uint32_t)tid, .process = (size_t)(process - model->processes), .since_ns = now};
	*slot = model->thread_count;
}

static void take_fork(struct trace_model *model, const struct namu_trace_record *record)
{
	const struct trace_process *process = trace_model_process(model, record->words[1]);

	if (!(record->words[3] & CLONE_THREAD) || !process)
		process = add_process(model, record->words[1], record->words[0], record->time_ns);
	if (process)
		add_thread(model, record->words[2], process, record->time_ns);
}

static void take_state(struct trace_model *model, const struct namu_trace_record *record)
{
	struct trace_thread *thread = trace_model_thread(model, record->words[0]);

	if (!thread || thread->state >= THREAD_STATE_COUNT)
		return;
	thread->state_ns[thread->state] += record->time_ns - thread->since_ns;
	thread->since_ns = record->time_ns;
	thread->state = record->words[1];
	thread->wait_kind = record->words[2];
	thread->wait_object = record->words[3];
}

static void take_name(struct trace_process *process, const char *text)
{
	const char *slash = strrchr(text, '/');
	size_t bytes;

	if (slash && slash[1])
		text = slash + 1;
	bytes = strnlen(text, sizeof(process->name) - 1);
	memcpy(process->name, text, bytes);
	process->name[bytes] = 0;
}

static void count_message(struct trace_process *actor, const struct namu_trace_record *record)
{
	if (record->event == TRACE_SEND) {
		actor->messages_sent++;
		actor->bytes_sent += record->words[2];
	} else {
		actor->messages_received++;
		actor->bytes_received += record->words[2];
	}
}

/* Events that concern the process that their first word names. */
static void take_of_process(struct trace_process *process, const struct trace_event *event)
{
	const struct namu_trace_record *record = &event->record;

	switch (record->event) {
	case TRACE_EXEC:
		process->execs++;
		take_name(process, event->text);
		break;
	case TRACE_NAME:
		/* A process is called what its first thread is; others have names of their own. */
		if (record->thread == record->words[0])
			take_name(process, event->text);
		break;
	case TRACE_EXIT:
		process->exited_ns = record->time_ns;
		process->wait_status = (int)record->words[2];
		break;
	case TRACE_REAP:
		process->reaped_ns = record->time_ns;
		break;
	case TRACE_REPARENT:
		process->parent_pid = (uint32_t)record->words[2];
		break;
	case TRACE_COPY:
		process->pages_copied++;
		break;
	case TRACE_TABLE_COPY:
		process->tables_copied++;
		break;
	case TRACE_SIGNAL_SEND:
		process->signals++;
		break;
	default:
		break;
	}
}

void trace_model_take(struct trace_model *model, const struct trace_event *event)
{
	const struct namu_trace_record *record = &event->record;
	struct trace_process *actor = trace_model_actor(model, event);
	struct trace_process *process;
	struct trace_thread *thread;

	if (!model->events++)
		model->first_ns = record->time_ns;
	model->last_ns = record->time_ns;
	switch (record->event) {
	case TRACE_FORK:
		take_fork(model, record);
		return;
	case TRACE_STATE:
		take_state(model, record);
		return;
	case TRACE_SWITCH:
		thread = trace_model_thread(model, record->words[0]);
		if (thread)
			*(record->words[2] ? &thread->switches_voluntary : &thread->switches_forced) += 1;
		return;
	case TRACE_LOST:
		model->lost += record->words[0];
		return;
	case TRACE_SEND:
	case TRACE_RECEIVE:
		if (actor)
			count_message(actor, record);
		return;
	case TRACE_SYSCALL_ENTER:
		if (actor)
			actor->calls++;
		return;
	case TRACE_FAULT:
		if (actor)
			actor->faults++;
		return;
	default:
		process = trace_model_process(model, record->words[0]);
		if (process)
			take_of_process(process, event);
	}
}

void trace_model_free(struct trace_model *model)
{
	free(model->processes);
	free(model->threads);
	free(model->process_of_pid);
	free(model->thread_of_tid);
}
