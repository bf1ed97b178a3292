/* A trace as JSON lines. */
#include "trace_json.h"

#include <stdlib.h>

#include "json_text.h"
#include "trace_text.h"

static void write_event(const struct trace_model *model, const struct trace_event *event, FILE *out)
{
	const struct namu_trace_record *record = &event->record;
	const struct trace_process *actor = trace_model_actor(model, event);
	const char *name = trace_event_name(record->event);
	char *plain = trace_event_text(model, event), *text = json_string(plain), *carried = NULL;

	fprintf(out, "{\"t\":%lu,\"cpu\":%u,\"tid\":%u,\"pid\":", record->time_ns, record->cpu, record->thread);
	if (actor)
		fprintf(out, "%u", actor->pid);
	else
		fprintf(out, "null");
	/* Hexadecimal texts: JavaScript's numbers end at 2^53. */
	fprintf(out, ",\"event\":\"%s\",\"words\":[\"%#lx\",\"%#lx\",\"%#lx\",\"%#lx\"],\"text\":%s", name ? name : "?",
		record->words[0], record->words[1], record->words[2], record->words[3], text);
	if (event->text[0]) {
		carried = json_string(event->text);
		fprintf(out, ",\"name\":%s", carried);
	}
	fprintf(out, "}\n");
	free(plain);
	free(text);
	free(carried);
}

void trace_write_json(struct trace_file *file, FILE *out)
{
	static struct trace_event event;
	struct trace_model model = {0};

	while (trace_file_next(file, &event)) {
		trace_model_take(&model, &event);
		write_event(&model, &event, out);
	}
	trace_model_free(&model);
}
