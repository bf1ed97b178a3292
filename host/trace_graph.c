/* Who spoke to whom, through what. */
#include "trace_graph.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "say.h"
#include "trace_model.h"

/* What one process sent into or received from one object. */
struct edge {
	uint64_t object, kind;
	size_t process;
	bool is_send;
	uint64_t messages, bytes;
};

struct graph {
	struct edge *edges;
	size_t count;
	size_t *slots; /* hash: index + 1 into edges */
	size_t slot_count;
};

static size_t hash_of(const struct edge *edge)
{
	return (size_t)((edge->object ^ (edge->process * 2 + edge->is_send) * 0x9e3779b97f4a7c15ull) *
				0xff51afd7ed558ccdull >>
			20);
}

static bool is_same(const struct edge *left, const struct edge *right)
{
	return left->object == right->object && left->process == right->process && left->is_send == right->is_send &&
	       left->kind == right->kind;
}

static size_t *slot_of(struct graph *graph, const struct edge *edge)
{
	size_t at = hash_of(edge) % graph->slot_count;

	while (graph->slots[at] && !is_same(&graph->edges[graph->slots[at] - 1], edge))
		at = (at + 1) % graph->slot_count;
	return &graph->slots[at];
}

/* Twice as many slots as edges, at least. */
static void make_room(struct graph *graph)
{
	if (graph->count * 2 < graph->slot_count)
		return;
	graph->slot_count = graph->slot_count ? graph->slot_count * 4 : 64;
	graph->edges = must_grow(graph->edges, graph->slot_count / 2 * sizeof(*graph->edges));
	free(graph->slots);
	graph->slots = must_alloc(graph->slot_count * sizeof(*graph->slots));
	for (size_t i = 0; i < graph->slot_count; i++)
		graph->slots[i] = 0;
	for (size_t i = 0; i < graph->count; i++)
		*slot_of(graph, &graph->edges[i]) = i + 1;
}

static void take_message(struct graph *graph, const struct trace_model *model, const struct trace_event *event)
{
	const struct trace_process *actor = trace_model_actor(model, event);
	const uint64_t *words = event->record.words;
	struct edge wanted = {.object = words[0], .kind = words[1], .is_send = event->record.event == TRACE_SEND};
	size_t *slot;

	if (!actor)
		return;
	wanted.process = (size_t)(actor - model->processes);
	make_room(graph);
	slot = slot_of(graph, &wanted);
	if (!*slot) {
		graph->edges[graph->count++] = wanted;
		*slot = graph->count;
	}
	graph->edges[*slot - 1].messages++;
	graph->edges[*slot - 1].bytes += words[2];
}

static void write_name(const char *name, FILE *out)
{
	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			(void)fputc('\\', out);
		if ((unsigned char)*name >= ' ')
			(void)fputc(*name, out);
	}
}

static void write_edges(const struct graph *graph, FILE *out)
{
	for (size_t i = 0; i < graph->count; i++) {
		const struct edge *edge = &graph->edges[i];
		const char *kind = trace_message_kind(edge->kind);
		double width = 1 + log10((double)edge->bytes + 1);

		fprintf(out, "\to%lx [label=\"%s\\n%lx\", shape=ellipse];\n", edge->object, kind ? kind : "object",
			edge->object);
		if (edge->is_send)
			fprintf(out, "\tp%zu -> o%lx", edge->process, edge->object);
		else
			fprintf(out, "\to%lx -> p%zu", edge->object, edge->process);
		fprintf(out, " [penwidth=%.1f, label=\"%lu / %lu B\"];\n", width, edge->messages, edge->bytes);
	}
}

void trace_write_graph(struct trace_file *file, FILE *out)
{
	static struct trace_event event;
	struct trace_model model = {0};
	struct graph graph = {0};

	while (trace_file_next(file, &event)) {
		trace_model_take(&model, &event);
		if (event.record.event == TRACE_SEND || event.record.event == TRACE_RECEIVE)
			take_message(&graph, &model, &event);
	}
	fprintf(out, "digraph namu {\n\trankdir=LR;\n\tnode [fontname=\"sans-serif\"];\n");
	if (model.lost)
		fprintf(out, "\tlabel=\"%lu events were lost: some messages are missing\";\n", model.lost);
	for (size_t i = 0; i < model.process_count; i++) {
		const struct trace_process *process = &model.processes[i];

		fprintf(out, "\tp%zu [label=\"", i);
		write_name(process->name[0] ? process->name : "-", out);
		fprintf(out, "\\n%u\", shape=box];\n", process->pid);
		if (process->maker)
			fprintf(out, "\tp%zu -> p%zu [style=dotted, arrowhead=open];\n", process->maker - 1, i);
	}
	write_edges(&graph, out);
	fprintf(out, "}\n");
	free(graph.edges);
	free(graph.slots);
	trace_model_free(&model);
}
