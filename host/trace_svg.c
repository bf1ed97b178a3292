/* A trace as a picture. */
#include "trace_svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "say.h"

#define COLUMNS    1200
#define LEFT       190
#define TOP        56
#define ROW_HEIGHT 20
#define BAR_HEIGHT 12

/* What a column of a row shows, in the order in which they are stacked. */
enum look { LOOK_RUNNING, LOOK_READY, LOOK_BLOCKED, LOOK_SUSPENDED, LOOK_NEW, LOOK_ZOMBIE, LOOK_COUNT };

static const struct {
	const char *colour;
	const char *names[2]; /* by language */
} looks[LOOK_COUNT] = {
	[LOOK_RUNNING] = {"#2e9e4f", {"running", "실행"}}, [LOOK_READY] = {"#f2b632", {"ready", "준비"}},
	[LOOK_BLOCKED] = {"#c8d7ea", {"blocked", "대기"}}, [LOOK_SUSPENDED] = {"#b58bd0", {"suspended", "보류"}},
	[LOOK_NEW] = {"#7fb2e5", {"new", "생성"}},         [LOOK_ZOMBIE] = {"#9a9a9a", {"zombie", "좀비"}},
};

enum mark_kind { MARK_EXEC, MARK_EXIT };

struct mark {
	enum mark_kind kind;
	size_t process;
	uint64_t at_ns;
	char *text;
};

struct span {
	size_t thread;
	enum look look;
	uint64_t from_ns, to_ns;
};

struct trace_picture {
	uint64_t from_ns, to_ns;
	struct span *spans;
	size_t span_count;
	struct mark *marks;
	size_t mark_count;
	/* The state each thread is in, by index of the model. */
	struct {
		enum look look;
		uint64_t since_ns;
	} * current;
	size_t thread_count;
};

static void *grow_by_one(void *items, size_t count, size_t bytes)
{
	return (count & (count - 1)) == 0 ? must_grow(items, (count * 2 + 1) * bytes) : items;
}

struct trace_picture *trace_picture_begin(uint64_t from_ns, uint64_t to_ns)
{
	struct trace_picture *picture = must_alloc(sizeof(*picture));

	*picture = (struct trace_picture){.from_ns = from_ns, .to_ns = to_ns};
	return picture;
}

static enum look look_of(uint64_t state)
{
	switch (state) {
	case THREAD_NEW:
		return LOOK_NEW;
	case THREAD_READY:
		return LOOK_READY;
	case THREAD_RUNNING:
		return LOOK_RUNNING;
	case THREAD_BLOCKED:
		return LOOK_BLOCKED;
	case THREAD_TERMINATED:
		return LOOK_ZOMBIE;
	default:
		return LOOK_SUSPENDED;
	}
}

static void add_span(struct trace_picture *picture, size_t thread, uint64_t to_ns)
{
	struct span span = {
		.thread = thread,
		.look = picture->current[thread].look,
		.from_ns = picture->current[thread].since_ns,
		.to_ns = to_ns,
	};

	if (span.from_ns < picture->from_ns)
		span.from_ns = picture->from_ns;
	if (span.to_ns > picture->to_ns)
		span.to_ns = picture->to_ns;
	if (span.to_ns <= span.from_ns)
		return;
	picture->spans = grow_by_one(picture->spans, picture->span_count, sizeof(*picture->spans));
	picture->spans[picture->span_count++] = span;
}

static void note_new_threads(struct trace_picture *picture, const struct trace_model *model)
{
	while (picture->thread_count < model->thread_count) {
		picture->current = grow_by_one(picture->current, picture->thread_count, sizeof(*picture->current));
		picture->current[picture->thread_count].look = LOOK_NEW;
		picture->current[picture->thread_count].since_ns = model->threads[picture->thread_count].since_ns;
		picture->thread_count++;
	}
}

static void add_mark(struct trace_picture *picture, const struct trace_model *model, const struct trace_event *event,
		     enum mark_kind kind, char *text)
{
	const struct trace_process *process = trace_model_process(model, event->record.words[0]);

	if (!process || event->record.time_ns < picture->from_ns || event->record.time_ns > picture->to_ns) {
		free(text);
		return;
	}
	picture->marks = grow_by_one(picture->marks, picture->mark_count, sizeof(*picture->marks));
	picture->marks[picture->mark_count++] = (struct mark){
		.kind = kind,
		.process = (size_t)(process - model->processes),
		.at_ns = event->record.time_ns,
		.text = text,
	};
}

static char *end_text(int status)
{
	const char *name = WIFSIGNALED(status) ? trace_signal_name((uint64_t)WTERMSIG(status)) : NULL;

	return name ? must_format("SIG%s", name) : must_format("%d", WEXITSTATUS(status));
}

void trace_picture_take(struct trace_picture *picture, const struct trace_model *model, const struct trace_event *event)
{
	const struct namu_trace_record *record = &event->record;
	const struct trace_thread *thread;

	note_new_threads(picture, model);
	switch (record->event) {
	case TRACE_STATE:
		thread = trace_model_thread(model, record->words[0]);
		if (!thread)
			return;
		size_t index = (size_t)(thread - model->threads);
		add_span(picture, index, record->time_ns);
		picture->current[index].look = look_of(record->words[1]);
		picture->current[index].since_ns = record->time_ns;
		return;
	case TRACE_REAP: {
		/* The tail of a zombie ends; of a process with several threads its first one carries it. */
		const struct trace_process *process = trace_model_process(model, record->words[0]);

		for (size_t i = 0; process && i < model->thread_count; i++) {
			if (model->threads[i].process == (size_t)(process - model->processes)) {
				add_span(picture, i, record->time_ns);
				picture->current[i].since_ns = UINT64_MAX;
			}
		}
		return;
	}
	case TRACE_EXEC:
		add_mark(picture, model, event, MARK_EXEC, must_copy(event->text));
		return;
	case TRACE_EXIT:
		add_mark(picture, model, event, MARK_EXIT, end_text((int)record->words[2]));
		return;
	default:
		return;
	}
}

static void *zeroed(size_t count, size_t bytes)
{
	void *items = must_alloc((count + 1) * bytes);

	memset(items, 0, (count + 1) * bytes);
	return items;
}

/* Rows: the threads in the order of the process tree. */
struct rows {
	size_t *threads;   /* by row */
	size_t *depth;     /* by row */
	size_t *of_thread; /* row + 1 by thread; 0: not shown */
	size_t *first_of;  /* first row + 1 by process */
	size_t count;
};

/* Whose children and threads are whose, as lists of indices + 1; the processes that nobody made are children of 0. */
struct kin {
	size_t *first_child, *next_sibling, *first_thread, *next_thread;
};

static void find_kin(struct kin *kin, const struct trace_model *model)
{
	kin->first_child = zeroed(model->process_count, sizeof(size_t));
	kin->next_sibling = zeroed(model->process_count, sizeof(size_t));
	kin->first_thread = zeroed(model->process_count, sizeof(size_t));
	kin->next_thread = zeroed(model->thread_count, sizeof(size_t));
	for (size_t i = model->process_count; i > 0; i--) {
		size_t maker = model->processes[i - 1].maker;

		kin->next_sibling[i] = kin->first_child[maker];
		kin->first_child[maker] = i;
	}
	for (size_t i = model->thread_count; i > 0; i--) {
		size_t process = model->threads[i - 1].process + 1;

		kin->next_thread[i] = kin->first_thread[process];
		kin->first_thread[process] = i;
	}
}

static void add_rows(struct rows *rows, const struct kin *kin, size_t process, size_t depth)
{
	rows->first_of[process - 1] = kin->first_thread[process] ? rows->count + 1 : 0;
	for (size_t thread = kin->first_thread[process]; thread; thread = kin->next_thread[thread]) {
		rows->threads[rows->count] = thread - 1;
		rows->depth[rows->count] = depth;
		rows->of_thread[thread - 1] = ++rows->count;
	}
}

static void lay_rows(struct rows *rows, const struct trace_model *model)
{
	struct kin kin;
	size_t depth = 0;

	rows->threads = zeroed(model->thread_count, sizeof(size_t));
	rows->depth = zeroed(model->thread_count, sizeof(size_t));
	rows->of_thread = zeroed(model->thread_count, sizeof(size_t));
	rows->first_of = zeroed(model->process_count, sizeof(size_t));
	find_kin(&kin, model);
	/* Down to the first child, else on to the next sibling of it or of the nearest ancestor that has one. */
	for (size_t process = kin.first_child[0]; process;) {
		add_rows(rows, &kin, process, depth);
		if (kin.first_child[process]) {
			process = kin.first_child[process];
			depth++;
			continue;
		}
		while (process && !kin.next_sibling[process]) {
			process = model->processes[process - 1].maker;
			depth -= process ? 1 : 0;
		}
		process = process ? kin.next_sibling[process] : 0;
	}
	free(kin.first_child);
	free(kin.next_sibling);
	free(kin.first_thread);
	free(kin.next_thread);
}

static void print_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte == '<' || byte == '>' || byte == '&' || byte == '"')
			fprintf(out, "&#%u;", byte);
		else if (byte >= ' ' && byte < 127)
			(void)fputc(byte, out);
		else
			(void)fputc('?', out);
	}
}

static double x_of(const struct trace_picture *picture, uint64_t ns)
{
	if (ns <= picture->from_ns)
		return LEFT;
	if (ns >= picture->to_ns)
		return LEFT + COLUMNS;
	return LEFT + (double)(ns - picture->from_ns) * COLUMNS / (double)(picture->to_ns - picture->from_ns);
}

static double y_of(size_t row)
{
	return TOP + (double)row * ROW_HEIGHT;
}

/* The shares of one column among the looks, stacked; `width` columns that look the same are one piece. */
static void print_column(FILE *out, size_t row, size_t column, size_t width, const double *shares)
{
	double y = y_of(row) + (ROW_HEIGHT - BAR_HEIGHT) / 2.0;

	for (unsigned look = 0; look < LOOK_COUNT; look++) {
		double height = shares[look] * BAR_HEIGHT;

		if (height < 0.05)
			continue;
		fprintf(out, "<rect x=\"%zu\" y=\"%.1f\" width=\"%zu\" height=\"%.1f\" fill=\"%s\"/>\n", LEFT + column,
			y, width, height, looks[look].colour);
		y += height;
	}
}

/* One row: each span's time goes to the columns that it covers. */
static void print_row(const struct trace_picture *picture, FILE *out, size_t row, const struct span *spans,
		      size_t count)
{
	double column_ns = (double)(picture->to_ns - picture->from_ns) / COLUMNS;
	double(*shares)[LOOK_COUNT] = zeroed(COLUMNS, sizeof(*shares));
	size_t start = 0;

	for (size_t i = 0; i < count; i++) {
		double from = (double)(spans[i].from_ns - picture->from_ns) / column_ns;
		double to = (double)(spans[i].to_ns - picture->from_ns) / column_ns;

		for (size_t column = (size_t)from; column < COLUMNS && (double)column < to; column++) {
			double begin = from > (double)column ? from : (double)column;
			double end = to < (double)(column + 1) ? to : (double)(column + 1);

			shares[column][spans[i].look] += end - begin;
		}
	}
	for (size_t column = 1; column <= COLUMNS; column++) {
		if (column < COLUMNS && !memcmp(shares[column], shares[start], sizeof(shares[0])))
			continue;
		print_column(out, row, start, column - start, shares[start]);
		start = column;
	}
	free(shares);
}

static int by_row(const void *left, const void *right)
{
	const struct span *a = left, *b = right;

	if (a->thread != b->thread)
		return a->thread < b->thread ? -1 : 1;
	return a->from_ns < b->from_ns ? -1 : a->from_ns > b->from_ns;
}

static void print_bars(struct trace_picture *picture, const struct rows *rows, FILE *out)
{
	for (size_t i = 0; i < picture->span_count; i++)
		picture->spans[i].thread = rows->of_thread[picture->spans[i].thread];
	if (picture->span_count)
		qsort(picture->spans, picture->span_count, sizeof(*picture->spans), by_row);
	for (size_t i = 0, end; i < picture->span_count; i = end) {
		for (end = i; end < picture->span_count && picture->spans[end].thread == picture->spans[i].thread;)
			end++;
		if (picture->spans[i].thread)
			print_row(picture, out, picture->spans[i].thread - 1, picture->spans + i, end - i);
	}
}

static void print_labels(const struct trace_model *model, const struct rows *rows, FILE *out)
{
	for (size_t row = 0; row < rows->count; row++) {
		const struct trace_thread *thread = &model->threads[rows->threads[row]];
		const struct trace_process *process = &model->processes[thread->process];

		fprintf(out, "<text x=\"%zu\" y=\"%.1f\">", 6 + rows->depth[row] % 12 * 10, y_of(row) + 14);
		if (rows->first_of[thread->process] == row + 1) {
			print_escaped(out, process->name[0] ? process->name : process->pid == 1 ? "init" : "-");
			fprintf(out, "<tspan fill=\"#888\" dx=\"4\">%u</tspan></text>\n", process->pid);
		} else {
			fprintf(out, "<tspan fill=\"#888\">&#8627; %u</tspan></text>\n", thread->tid);
		}
	}
}

static void print_forks(const struct trace_picture *picture, const struct trace_model *model, const struct rows *rows,
			FILE *out)
{
	for (size_t i = 0; i < model->process_count; i++) {
		const struct trace_process *process = &model->processes[i];
		size_t to = rows->first_of[i], from = process->maker ? rows->first_of[process->maker - 1] : 0;

		if (!to || !from || process->born_ns < picture->from_ns || process->born_ns > picture->to_ns)
			continue;
		fprintf(out, "<path class=\"fork\" d=\"M%.1f %.1fV%.1f\" marker-end=\"url(#head)\"/>\n",
			x_of(picture, process->born_ns), y_of(from - 1) + ROW_HEIGHT / 2.0, y_of(to - 1) + 3);
	}
}

static void print_marks(const struct trace_picture *picture, const struct rows *rows, FILE *out)
{
	for (size_t i = 0; i < picture->mark_count; i++) {
		const struct mark *mark = &picture->marks[i];
		size_t row = rows->first_of[mark->process];
		double x = x_of(picture, mark->at_ns);

		if (!row)
			continue;
		if (mark->kind == MARK_EXEC)
			fprintf(out, "<path class=\"exec\" d=\"M%.1f %.1fl-4 -5h8z\"><title>exec ", x,
				y_of(row - 1) + 7);
		else
			fprintf(out, "<path class=\"exit\" d=\"M%.1f %.1fv%d\"><title>exit ", x, y_of(row - 1) + 2,
				ROW_HEIGHT - 4);
		print_escaped(out, mark->text);
		fprintf(out, "</title></path>\n");
	}
}

/* A round number of which at most ten fit. */
static double tick_of(double span)
{
	double tick = 1e-6;

	for (unsigned i = 0; span / tick > 10; i++)
		tick *= i % 3 == 1 ? 2.5 : 2;
	return tick;
}

static void print_axis(const struct trace_picture *picture, double bottom, FILE *out)
{
	double from_ms = (double)picture->from_ns / 1e6, span_ms = (double)(picture->to_ns - picture->from_ns) / 1e6;
	double tick = tick_of(span_ms);

	/* Counted, as a small step added to a very late time does not move it. */
	unsigned count = 0;
	for (double at = ceil(from_ms / tick) * tick; at <= from_ms + span_ms && count++ < 11; at += tick) {
		double x = LEFT + (at - from_ms) / span_ms * COLUMNS;

		fprintf(out,
			"<path class=\"grid\" d=\"M%.1f %dV%.1f\"/><text class=\"tick\" x=\"%.1f\" y=\"%d\">%.9g "
			"ms</text>\n",
			x, TOP - 4, bottom, x, TOP - 9, at);
	}
}

static void print_legend(enum trace_language language, uint64_t lost, FILE *out)
{
	int x = LEFT;

	for (unsigned look = 0; look < LOOK_COUNT; look++, x += 110)
		fprintf(out,
			"<rect x=\"%d\" y=\"10\" width=\"14\" height=\"12\" fill=\"%s\"/><text x=\"%d\" "
			"y=\"20\">%s</text>\n",
			x, looks[look].colour, x + 19, looks[look].names[language]);
	if (lost)
		fprintf(out, "<text class=\"exit\" x=\"%d\" y=\"20\">%lu %s</text>\n", x, lost,
			language == LANGUAGE_KOREAN ? "개 사건이 빠졌습니다" : "events were lost");
}

static void print_head(double bottom, FILE *out)
{
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" width=\"%d\" height=\"%.0f\">\n"
		"<style>text{font:12px sans-serif;fill:#222}.tick{font-size:10px;fill:#777;text-anchor:middle}"
		".grid{stroke:#e4e4e4}.fork{stroke:#555;fill:none;stroke-width:.8}.exec{fill:#1f5fbf}"
		".exit{stroke:#b3261e;stroke-width:1.6}</style>\n"
		"<defs><marker id=\"head\" markerWidth=\"6\" markerHeight=\"6\" refX=\"5\" refY=\"3\" orient=\"auto\">"
		"<path d=\"M0 0L6 3L0 6z\" fill=\"#555\"/></marker></defs>\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		LEFT + COLUMNS + 30, bottom + 12, LEFT + COLUMNS + 30, bottom + 12);
}

void trace_picture_end(struct trace_picture *picture, const struct trace_model *model, enum trace_language language,
		       FILE *out)
{
	struct rows rows = {0};

	note_new_threads(picture, model);
	if (picture->from_ns < model->first_ns)
		picture->from_ns = model->first_ns;
	if (picture->to_ns > model->last_ns)
		picture->to_ns = model->last_ns;
	if (picture->to_ns <= picture->from_ns)
		picture->to_ns = picture->from_ns + 1;
	for (size_t i = 0; i < picture->thread_count; i++)
		add_span(picture, i, model->last_ns);
	lay_rows(&rows, model);

	double bottom = y_of(rows.count);
	print_head(bottom, out);
	print_legend(language, model->lost, out);
	print_axis(picture, bottom, out);
	print_labels(model, &rows, out);
	print_bars(picture, &rows, out);
	print_forks(picture, model, &rows, out);
	print_marks(picture, &rows, out);
	fprintf(out, "</svg>\n");

	for (size_t i = 0; i < picture->mark_count; i++)
		free(picture->marks[i].text);
	free(picture->marks);
	free(picture->spans);
	free(picture->current);
	free(picture);
	free(rows.threads);
	free(rows.of_thread);
	free(rows.depth);
	free(rows.first_of);
}
