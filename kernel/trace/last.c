/*
 * The last events, for a panic: of each processor what it is writing, and what it sent before that if the memory still
 * holds it.
 */
#include "arch/x86_64/clock.h"
#include "lib/printf.h"
#include "trace/buffer.h"

static const char *item_name(unsigned form)
{
	switch (form) {
#define EVENT(number, name, words) \
	case number:               \
		return #name;
		TRACE_EVENTS(EVENT)
#undef EVENT
	case NAMU_ITEM_ENTER:
		return "SYSCALL_ENTER";
	case NAMU_ITEM_EXIT:
		return "SYSCALL_EXIT";
	case NAMU_ITEM_SWITCH:
		return "SWITCH";
	case NAMU_ITEM_WAKE:
		return "WAKE";
	case NAMU_ITEM_BLOCK:
		return "BLOCK";
	case NAMU_ITEM_SEND:
		return "SEND";
	case NAMU_ITEM_RECEIVE:
		return "RECEIVE";
	default:
		return "?";
	}
}

/* Where in a processor's items we are; `later` is the piece that follows this one. */
struct place {
	const uint8_t *at, *end;
	const struct namu_trace_piece *later;
	const uint8_t *later_end;
	uint32_t thread;
};

static const struct namu_trace_item *item_at(const struct place *place)
{
	return place->at < place->end ? (const struct namu_trace_item *)(const void *)place->at : NULL;
}

static uint64_t ticks_of(const struct namu_trace_item *item)
{
	return (uint64_t)item->ticks[1] << 32 | item->ticks[0];
}

static void settle(struct place *place)
{
	if (place->at < place->end || !place->later)
		return;
	place->at = (const uint8_t *)(place->later + 1);
	place->end = place->later_end;
	place->thread = place->later->thread;
	place->later = NULL;
}

static void place_begin(struct place *place, uint32_t cpu)
{
	const struct trace_buffer *buffer = &trace_buffers[cpu];
	const struct namu_trace_piece *before = buffer->before;

	*place = (struct place){0};
	place->later = buffer->piece;
	place->later_end = (const uint8_t *)cpus[cpu].trace_next;
	/* Memory that another processor took since is headed by its number, or with no size yet. */
	if (before && before != place->later && before->cpu == cpu) {
		place->at = (const uint8_t *)(before + 1);
		place->end = place->at + before->bytes;
		place->thread = before->thread;
	}
	settle(place);
}

static void print_item(const struct namu_trace_item *item, uint32_t cpu, uint32_t thread,
		       void (*print)(const char *line))
{
	char line[160];
	uint64_t time_ns = clock_tsc_ns(ticks_of(item));
	int length = string_format(line, sizeof(line), "    %lu.%06lu cpu %u tid %u %s", time_ns / NS_PER_SEC,
				   time_ns % NS_PER_SEC / 1000, cpu, thread, item_name(item->form));

	if (item->form >= NAMU_ITEM_ENTER && item->form != NAMU_ITEM_EXIT)
		length += string_format(line + length, sizeof(line) - (size_t)length, " %u %u", item->first,
					item->second);
	for (unsigned i = 0; i < 4 && sizeof(*item) / 8 + i < item->size; i++)
		length += string_format(line + length, sizeof(line) - (size_t)length, " %#lx", item->words[i]);
	print(line);
}

/* Goes over the last events in the order of time; prints those behind the first `skip`, and returns how many there are.
 */
static unsigned walk(unsigned skip, void (*print)(const char *line))
{
	struct place places[CPU_MAX];
	unsigned count = 0;

	for (uint32_t i = 0; i < trace_cpus; i++)
		place_begin(&places[i], i);
	for (;; count++) {
		const struct namu_trace_item *item = NULL;
		uint32_t cpu = 0;
		for (uint32_t i = 0; i < trace_cpus; i++) {
			const struct namu_trace_item *each = item_at(&places[i]);
			if (each && (!item || ticks_of(each) < ticks_of(item))) {
				item = each;
				cpu = i;
			}
		}
		if (!item || !item->size)
			return count;
		places[cpu].at += item->size * 8u;
		settle(&places[cpu]);
		if (count >= skip)
			print_item(item, cpu, places[cpu].thread, print);
		if (item->form == NAMU_ITEM_SWITCH || item->form == NAMU_ITEM_THREAD)
			places[cpu].thread = item->first;
	}
}

static void ignore(const char *line)
{
	(void)line;
}

void trace_print_last(unsigned count, void (*print)(const char *line))
{
	unsigned all = walk(UINT32_MAX, ignore);

	walk(all > count ? all - count : 0, print);
}
