/* A trace as Perfetto's protocol buffers. The numbers of fields are those that the Perfetto project publishes. */
#include "trace_perfetto.h"

#include <stdlib.h>
#include <string.h>

#include "protobuf.h"
#include "say.h"
#include "trace_flow.h"
#include "trace_text.h"

enum { TRACE_PACKET = 1 };
enum packet_field {
	PACKET_TIMESTAMP = 8,
	PACKET_SEQUENCE = 10,
	PACKET_TRACK_EVENT = 11,
	PACKET_SEQUENCE_FLAGS = 13,
	PACKET_TRACK_DESCRIPTOR = 60,
	PACKET_TASK_STATE = 117,
	PACKET_TASK_RENAME = 120,
	PACKET_PROCESS_TREE = 122,
};
enum track_field { TRACK_UUID = 1, TRACK_NAME = 2, TRACK_PROCESS = 3, TRACK_THREAD = 4, TRACK_PARENT = 5 };
enum process_field { PROCESS_PID = 1, PROCESS_NAME = 6 };
enum thread_field { THREAD_PID = 1, THREAD_TID = 2, THREAD_NAME = 5 };
enum event_field {
	EVENT_NOTE = 4,
	EVENT_TYPE = 9,
	EVENT_TRACK = 11,
	EVENT_CATEGORY = 22,
	EVENT_NAME = 23,
	EVENT_FLOW = 47,
	EVENT_FLOW_END = 48,
};
enum event_type { SLICE_BEGIN = 1, SLICE_END = 2, INSTANT = 3 };
enum note_field { NOTE_TEXT = 6, NOTE_NAME = 10 };
enum task_field { TASK_CPU = 1, TASK_COMM = 2, TASK_TID = 3, TASK_STATE = 4 };
enum rename_field { RENAME_TID = 1, RENAME_COMM = 2 };
enum tree_field { TREE_PROCESS = 1, TREE_THREAD = 2 };
enum tree_process_field { TREE_PID = 1, TREE_PARENT = 2, TREE_COMMAND = 3 };
enum tree_thread_field { TREE_TID = 1, TREE_OF_PID = 2, TREE_COMM = 3, TREE_IS_MAIN = 4 };
enum task_state {
	TASK_CREATED = 1,
	TASK_RUNNABLE = 2,
	TASK_RUNNING = 3,
	TASK_SLEEPING = 4,
	TASK_WAITING = 5, /* uninterruptible */
	TASK_STOPPED = 6,
	TASK_DEAD = 7,
	TASK_DESTROYED = 8,
};

/* All packets are of one sequence; tracks are numbered by the model's entries, which are never used again. */
#define SEQUENCE        1
#define SEQUENCE_BEGINS 1
#define PROCESS_TRACKS  (1ull << 32)
#define THREAD_TRACKS   (2ull << 32)
#define MACHINE_TRACK   (3ull << 32)

struct writer {
	FILE *out;
	struct trace_model *model;
	struct trace_flows *flows;
	struct bytes packet, part;
	bool has_begun;
	size_t threads_told;
	unsigned char *is_in_call; /* by the model's thread: a slice is open */
	unsigned char *is_running;
	size_t room;
};

static void packet_end(struct writer *writer, uint64_t time_ns, unsigned field)
{
	struct bytes trace = {0}, packet = {0};

	proto_number(&packet, PACKET_TIMESTAMP, time_ns);
	proto_number(&packet, PACKET_SEQUENCE, SEQUENCE);
	if (!writer->has_begun)
		proto_number(&packet, PACKET_SEQUENCE_FLAGS, SEQUENCE_BEGINS);
	writer->has_begun = true;
	proto_part(&packet, field, &writer->packet);
	proto_part(&trace, TRACE_PACKET, &packet);
	(void)fwrite(trace.data, 1, trace.count, writer->out);
	free(trace.data);
	free(packet.data);
}

static uint64_t thread_track(const struct writer *writer, const struct trace_thread *thread)
{
	return thread ? THREAD_TRACKS + (uint64_t)(thread - writer->model->threads) : MACHINE_TRACK;
}

static const char *name_of(const struct trace_process *process)
{
	if (process->name[0])
		return process->name;
	return process->pid == 1 ? "init" : "-";
}

/* -- who is there -- */

static void tell_machine(struct writer *writer)
{
	proto_number(&writer->packet, TRACK_UUID, MACHINE_TRACK);
	proto_text(&writer->packet, TRACK_NAME, "Namu");
	packet_end(writer, 0, PACKET_TRACK_DESCRIPTOR);
}

static void tell_process(struct writer *writer, const struct trace_process *process, uint64_t now)
{
	proto_number(&writer->packet, TRACK_UUID, PROCESS_TRACKS + (uint64_t)(process - writer->model->processes));
	proto_number(&writer->part, PROCESS_PID, process->pid);
	proto_text(&writer->part, PROCESS_NAME, name_of(process));
	proto_part(&writer->packet, TRACK_PROCESS, &writer->part);
	packet_end(writer, now, PACKET_TRACK_DESCRIPTOR);
}

static void tell_thread(struct writer *writer, const struct trace_thread *thread, uint64_t now)
{
	const struct trace_process *process = &writer->model->processes[thread->process];

	proto_number(&writer->packet, TRACK_UUID, thread_track(writer, thread));
	proto_number(&writer->packet, TRACK_PARENT, PROCESS_TRACKS + thread->process);
	proto_number(&writer->part, THREAD_PID, process->pid);
	proto_number(&writer->part, THREAD_TID, thread->tid);
	proto_text(&writer->part, THREAD_NAME, name_of(process));
	proto_part(&writer->packet, TRACK_THREAD, &writer->part);
	packet_end(writer, now, PACKET_TRACK_DESCRIPTOR);
}

static void tell_tree(struct writer *writer, const struct trace_process *process, const struct trace_thread *thread,
		      const char *command, uint64_t now)
{
	proto_number(&writer->part, TREE_PID, process->pid);
	proto_number(&writer->part, TREE_PARENT, process->parent_pid);
	proto_text(&writer->part, TREE_COMMAND, command);
	proto_part(&writer->packet, TREE_PROCESS, &writer->part);
	if (thread) {
		proto_number(&writer->part, TREE_TID, thread->tid);
		proto_number(&writer->part, TREE_OF_PID, process->pid);
		proto_text(&writer->part, TREE_COMM, name_of(process));
		proto_number(&writer->part, TREE_IS_MAIN, thread->tid == process->pid);
		proto_part(&writer->packet, TREE_THREAD, &writer->part);
	}
	packet_end(writer, now, PACKET_PROCESS_TREE);
}

/* Threads that the model has since the last event. */
static void tell_new_threads(struct writer *writer, uint64_t now)
{
	const struct trace_model *model = writer->model;

	if (writer->room < model->thread_count) {
		size_t room = model->thread_count * 2;

		writer->is_in_call = must_grow(writer->is_in_call, room);
		writer->is_running = must_grow(writer->is_running, room);
		memset(writer->is_in_call + writer->room, 0, room - writer->room);
		memset(writer->is_running + writer->room, 0, room - writer->room);
		writer->room = room;
	}
	for (; writer->threads_told < model->thread_count; writer->threads_told++) {
		const struct trace_thread *thread = &model->threads[writer->threads_told];
		const struct trace_process *process = &model->processes[thread->process];

		if (thread->tid == process->pid)
			tell_process(writer, process, now);
		tell_thread(writer, thread, now);
		tell_tree(writer, process, thread, name_of(process), now);
	}
}

static void tell_name(struct writer *writer, const struct trace_process *process, const struct trace_event *event)
{
	if (!process)
		return;
	if (event->record.event == TRACE_EXEC) {
		tell_tree(writer, process, NULL, event->text, event->record.time_ns);
		return;
	}
	proto_number(&writer->packet, RENAME_TID, process->pid);
	proto_text(&writer->packet, RENAME_COMM, event->text);
	packet_end(writer, event->record.time_ns, PACKET_TASK_RENAME);
}

/* -- states -- */

static enum task_state task_state_of(const uint64_t *words)
{
	switch (words[1]) {
	case THREAD_NEW:
		return TASK_CREATED;
	case THREAD_RUNNING:
		return TASK_RUNNING;
	case THREAD_TERMINATED:
		return TASK_DEAD;
	case THREAD_BLOCKED:
	case THREAD_BLOCKED_SUSPENDED:
		if (words[2] == WAIT_STOPPED || words[2] == WAIT_TRACED)
			return TASK_STOPPED;
		return words[2] == WAIT_MUTEX || words[2] == WAIT_VFORK ? TASK_WAITING : TASK_SLEEPING;
	default:
		return TASK_RUNNABLE;
	}
}

static void tell_state(struct writer *writer, const struct trace_thread *thread, enum task_state state,
		       const struct namu_trace_record *record)
{
	size_t index = (size_t)(thread - writer->model->threads);

	/* Two times running without something between counts as a loss. */
	if (state == TASK_RUNNING && writer->is_running[index])
		return;
	writer->is_running[index] = state == TASK_RUNNING;
	proto_number(&writer->packet, TASK_CPU, record->cpu);
	proto_text(&writer->packet, TASK_COMM, name_of(&writer->model->processes[thread->process]));
	proto_number(&writer->packet, TASK_TID, thread->tid);
	proto_number(&writer->packet, TASK_STATE, state);
	packet_end(writer, record->time_ns, PACKET_TASK_STATE);
}

/* -- what happens -- */

static void add_note(struct writer *writer, const char *name, const char *text)
{
	proto_text(&writer->part, NOTE_NAME, name);
	proto_text(&writer->part, NOTE_TEXT, text);
	proto_part(&writer->packet, EVENT_NOTE, &writer->part);
}

static void event_begin(struct writer *writer, enum event_type type, const struct trace_thread *thread)
{
	proto_number(&writer->packet, EVENT_TYPE, type);
	proto_number(&writer->packet, EVENT_TRACK, thread_track(writer, thread));
}

static void tell_call(struct writer *writer, const struct trace_thread *thread, const struct trace_event *event,
		      const char *text)
{
	const struct trace_call *call = trace_call_of(event->record.words[0]);
	bool is_enter = event->record.event == TRACE_SYSCALL_ENTER;
	unsigned char *is_in_call = &writer->is_in_call[thread - writer->model->threads];

	if (!is_enter && !*is_in_call)
		return;
	/* A call that did not return (an image that was replaced) ends where the next begins. */
	if (is_enter && *is_in_call) {
		event_begin(writer, SLICE_END, thread);
		packet_end(writer, event->record.time_ns, PACKET_TRACK_EVENT);
	}
	*is_in_call = is_enter;
	event_begin(writer, is_enter ? SLICE_BEGIN : SLICE_END, thread);
	if (is_enter) {
		proto_text(&writer->packet, EVENT_CATEGORY, "syscall");
		proto_text(&writer->packet, EVENT_NAME, call ? call->name : "unknown call");
	}
	add_note(writer, is_enter ? "call" : "result", text);
	packet_end(writer, event->record.time_ns, PACKET_TRACK_EVENT);
}

/* Signals go through "objects" too: the process that gets them. Their number stands for first bytes. */
#define SIGNAL_KIND UINT64_MAX

static void add_flows(struct writer *writer, const struct trace_event *event)
{
	const uint64_t *words = event->record.words;
	const struct trace_flow *found;
	const struct trace_thread *thread;
	size_t count = 0;

	switch (event->record.event) {
	case TRACE_SEND:
		proto_fixed64(&writer->packet, EVENT_FLOW,
			      trace_flows_send(writer->flows, words[0], words[1], words[2], words[3]));
		break;
	case TRACE_SIGNAL_SEND:
		proto_fixed64(&writer->packet, EVENT_FLOW,
			      trace_flows_send(writer->flows, words[0], SIGNAL_KIND, words[2], 0));
		break;
	case TRACE_RECEIVE:
		count = trace_flows_receive(writer->flows, words[0], words[1], words[2], words[3], &found);
		break;
	case TRACE_SIGNAL_DELIVER:
		thread = trace_model_thread(writer->model, words[0]);
		if (thread)
			count = trace_flows_receive(writer->flows, writer->model->processes[thread->process].pid,
						    SIGNAL_KIND, words[1], 0, &found);
		break;
	}
	for (size_t i = 0; i < count; i++)
		proto_fixed64(&writer->packet, found[i].is_over ? EVENT_FLOW_END : EVENT_FLOW, found[i].id);
}

static void tell_instant(struct writer *writer, const struct trace_thread *thread, const struct trace_event *event,
			 const char *text)
{
	const char *name = trace_event_name(event->record.event);

	event_begin(writer, INSTANT, thread);
	proto_text(&writer->packet, EVENT_CATEGORY, name ? name : "unknown");
	proto_text(&writer->packet, EVENT_NAME, text);
	add_flows(writer, event);
	packet_end(writer, event->record.time_ns, PACKET_TRACK_EVENT);
}

static void tell_event(struct writer *writer, const struct trace_event *event)
{
	const struct namu_trace_record *record = &event->record;
	const struct trace_thread *thread = trace_model_thread(writer->model, record->words[0]);
	const struct trace_thread *actor = record->thread ? trace_model_thread(writer->model, record->thread) : NULL;
	char *text;

	switch (record->event) {
	case TRACE_STATE:
		if (thread && thread->tid)
			tell_state(writer, thread, task_state_of(record->words), record);
		return;
	case TRACE_SWITCH: /* tells nothing that the states do not */
	case TRACE_TIMER:
	case TRACE_CHOICE:
		return;
	case TRACE_EXEC:
	case TRACE_NAME:
		if (record->event == TRACE_NAME && record->thread != record->words[0])
			break;
		tell_name(writer, trace_model_process(writer->model, record->words[0]), event);
		break;
	case TRACE_REAP:
		if (thread && thread->tid)
			tell_state(writer, thread, TASK_DESTROYED, record);
		break;
	}
	text = trace_event_text(writer->model, event);
	if (actor && (record->event == TRACE_SYSCALL_ENTER || record->event == TRACE_SYSCALL_EXIT))
		tell_call(writer, actor, event, text);
	else
		tell_instant(writer, actor, event, text);
	free(text);
}

void trace_write_perfetto(struct trace_file *file, FILE *out)
{
	static struct trace_event event;
	struct trace_model model = {0};
	struct writer writer = {.out = out, .model = &model, .flows = trace_flows_begin()};

	tell_machine(&writer);
	while (trace_file_next(file, &event)) {
		trace_model_take(&model, &event);
		tell_new_threads(&writer, event.record.time_ns);
		tell_event(&writer, &event);
	}
	trace_flows_end(writer.flows);
	free(writer.packet.data);
	free(writer.part.data);
	free(writer.is_in_call);
	free(writer.is_running);
	trace_model_free(&model);
}
