/* From the events of a trace to the facts of a lab. */
#include "lab_facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "trace_model.h"

#define CLONE_THREAD 0x10000
#define INIT_PID     1

static const char *const event_words[] = {"",
#define FACT(name, word, behind) word,
					  LAB_FACTS(FACT)
#undef FACT
};

enum lab_event lab_event_of(const char *word)
{
	for (unsigned event = LAB_NONE + 1; event < LAB_EVENT_COUNT; event++) {
		if (strcmp(event_words[event], word) == 0)
			return event;
	}
	return LAB_NONE;
}

const char *lab_event_word(enum lab_event event)
{
	return event_words[event];
}

static const char *path_of(const struct lab_facts *facts, const struct trace_model *model,
			   const struct trace_process *process)
{
	size_t index = process ? (size_t)(process - model->processes) : SIZE_MAX;

	return index < facts->path_count && facts->paths[index] ? facts->paths[index] : "";
}

static const char *path_of_pid(const struct lab_facts *facts, const struct trace_model *model, uint64_t pid)
{
	return pid == INIT_PID ? "init" : path_of(facts, model, trace_model_process(model, pid));
}

static const char *path_of_tid(const struct lab_facts *facts, const struct trace_model *model, uint64_t tid)
{
	const struct trace_thread *thread = tid ? trace_model_thread(model, tid) : NULL;

	return thread ? path_of(facts, model, &model->processes[thread->process]) : "";
}

/* Gives the processes that the model has learnt of since the last event their paths. */
static void name_processes(struct lab_facts *facts, const struct trace_model *model)
{
	while (facts->path_count < model->process_count) {
		size_t index = facts->path_count++;
		const struct trace_process *process = &model->processes[index];
		const char *maker = process->maker ? facts->paths[process->maker - 1] : NULL;
		unsigned siblings = 0;

		facts->paths = must_grow(facts->paths, facts->path_count * sizeof(*facts->paths));
		facts->paths[index] = NULL;
		for (size_t i = 0; i < index; i++)
			siblings += model->processes[i].maker == process->maker && facts->paths[i];
		if (process->parent_pid == INIT_PID && !maker)
			facts->paths[index] = siblings ? NULL : must_copy("main");
		else if (maker)
			facts->paths[index] = must_format("%s/%u", maker, siblings + 1);
	}
}

/* Births, ends and what else names processes by their number in the first word. */
static void fact_of_life(struct lab_fact *fact, const struct lab_facts *facts, const struct trace_model *model,
			 const struct trace_event *event)
{
	const uint64_t *words = event->record.words;
	const char *slash = strrchr(event->text, '/');

	fact->who = path_of_pid(facts, model, words[0]);
	switch (event->record.event) {
	case TRACE_FORK:
		fact->event = words[3] & CLONE_THREAD ? LAB_THREAD : LAB_FORK;
		fact->other = path_of_pid(facts, model, words[1]);
		break;
	case TRACE_EXEC:
	case TRACE_NAME:
		fact->event = event->record.event == TRACE_EXEC ? LAB_EXEC : LAB_STEP;
		(void)snprintf(fact->text, sizeof(fact->text), "%.31s", slash ? slash + 1 : event->text);
		break;
	case TRACE_EXIT:
		/* A process ends with its first thread; the others' ends are their own affair. */
		fact->event = words[0] == words[1] ? LAB_EXIT : LAB_NONE;
		fact->number = words[2];
		break;
	case TRACE_REAP:
	case TRACE_REPARENT:
		fact->event = event->record.event == TRACE_REAP ? LAB_REAPED : LAB_ADOPTED;
		fact->other = path_of_pid(facts, model, words[event->record.event == TRACE_REAP ? 1 : 2]);
		break;
	case TRACE_SIGNAL_SEND:
		fact->event = LAB_SIGNAL;
		fact->number = words[2];
		fact->other = path_of_tid(facts, model, event->record.thread);
		break;
	default:
		break;
	}
}

static void fact_of_thread(struct lab_fact *fact, const struct lab_facts *facts, const struct trace_model *model,
			   const struct trace_event *event)
{
	const uint64_t *words = event->record.words;

	fact->who = path_of_tid(facts, model, words[0]);
	switch (event->record.event) {
	case TRACE_STATE:
		fact->event = words[1] == THREAD_READY     ? LAB_READY
			      : words[1] == THREAD_RUNNING ? LAB_RUNS
			      : words[1] == THREAD_BLOCKED ? LAB_BLOCKED
							   : LAB_NONE;
		fact->number = words[2];
		break;
	case TRACE_SWITCH:
		fact->event = LAB_LEAVES;
		fact->number = words[2];
		break;
	case TRACE_WAKE:
		fact->event = LAB_WOKEN;
		fact->other = path_of_tid(facts, model, words[1]);
		break;
	case TRACE_SIGNAL_DELIVER:
		fact->event = LAB_HANDLES;
		fact->number = words[1];
		break;
	default:
		break;
	}
}

static void fact_of_memory(struct lab_fact *fact, const struct lab_facts *facts, const struct trace_model *model,
			   const struct trace_event *event)
{
	const struct namu_trace_record *record = &event->record;

	fact->who = path_of_pid(facts, model, record->words[0]);
	fact->event = record->event == TRACE_COPY         ? LAB_COPY
		      : record->event == TRACE_TABLE_COPY ? LAB_TABLE_COPY
		      : record->event == TRACE_MAP        ? LAB_MAP
		      : record->event == TRACE_UNMAP      ? LAB_UNMAP
							  : LAB_CLOSE;
	fact->number = record->words[1];
	fact->second = record->words[2];
}

/* What the running thread does itself. */
static void fact_of_actor(struct lab_fact *fact, const struct lab_facts *facts, const struct trace_model *model,
			  const struct trace_event *event)
{
	const uint64_t *words = event->record.words;

	fact->who = path_of_tid(facts, model, event->record.thread);
	switch (event->record.event) {
	case TRACE_SYSCALL_ENTER:
	case TRACE_SYSCALL_EXIT:
		fact->event = event->record.event == TRACE_SYSCALL_ENTER ? LAB_CALL : LAB_RETURN;
		fact->number = words[0];
		fact->second = words[1];
		break;
	case TRACE_FAULT:
		fact->event = LAB_FAULT;
		fact->number = words[1];
		break;
	case TRACE_SEND:
	case TRACE_RECEIVE:
		fact->event = event->record.event == TRACE_SEND ? LAB_SEND : LAB_RECEIVE;
		fact->number = words[1];
		fact->second = words[2];
		break;
	default:
		break;
	}
}

static void take_fact(struct lab_facts *facts, const struct trace_model *model, const struct trace_event *event)
{
	struct lab_fact fact = {.time_ns = event->record.time_ns, .who = "", .other = ""};

	switch (event->record.event) {
	case TRACE_STATE:
	case TRACE_SWITCH:
	case TRACE_WAKE:
	case TRACE_SIGNAL_DELIVER:
		fact_of_thread(&fact, facts, model, event);
		break;
	case TRACE_COPY:
	case TRACE_TABLE_COPY:
	case TRACE_MAP:
	case TRACE_UNMAP:
	case TRACE_FD_CLOSE:
		fact_of_memory(&fact, facts, model, event);
		break;
	case TRACE_SYSCALL_ENTER:
	case TRACE_SYSCALL_EXIT:
	case TRACE_FAULT:
	case TRACE_SEND:
	case TRACE_RECEIVE:
		fact_of_actor(&fact, facts, model, event);
		break;
	default:
		fact_of_life(&fact, facts, model, event);
	}
	if (fact.event == LAB_NONE || !*fact.who)
		return;
	if (facts->count == facts->room) {
		facts->room = facts->room * 2 + 1024;
		facts->items = must_grow(facts->items, facts->room * sizeof(*facts->items));
	}
	facts->items[facts->count++] = fact;
}

bool lab_facts_read(struct lab_facts *facts, const char *path)
{
	static struct trace_event event;
	struct trace_model model = {0};
	struct trace_file file;

	*facts = (struct lab_facts){0};
	if (!trace_file_open(&file, path))
		return false;
	while (trace_file_next(&file, &event)) {
		trace_model_take(&model, &event);
		name_processes(facts, &model);
		take_fact(facts, &model, &event);
	}
	facts->lost = model.lost;
	trace_model_free(&model);
	return trace_file_close(&file);
}

void lab_facts_free(struct lab_facts *facts)
{
	for (size_t i = 0; i < facts->path_count; i++)
		free(facts->paths[i]);
	free(facts->paths);
	free(facts->items);
	*facts = (struct lab_facts){0};
}
