/* Reading the kernel's stream. */
#include "trace_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "trace_tables.h"

#define CPUS             256 /* as many as a record's byte can tell */
#define THREADS          (1u << 22)
#define PIECE_BYTES_MOST (1u << 20)
#define MULT_MOST        (1ull << 40)
#define RECORDS_MOST     3 /* of one item */

/* A piece's place in the file. */
struct place {
	off_t at;
	uint32_t bytes;
};

/* What one processor did, in order. */
struct lane {
	struct place *places;
	size_t count, next;
	struct namu_trace_piece head;
	unsigned char *data; /* of the piece that is being read */
	size_t bytes, at;
	uint32_t thread;
	uint64_t lost; /* before the piece, not told yet */
};

struct trace_stream {
	FILE *file, *copy; /* copy: to be closed, or NULL */
	const char *problem;
	uint64_t base_ns, base_ticks, mult;
	struct lane *lanes[CPUS];
	struct lane *used[CPUS]; /* those that there are */
	unsigned used_count;
	size_t calls_count;
	uint32_t *calls; /* by thread: 1 + the number of the call that it entered last */
	struct namu_trace_record ready[RECORDS_MOST];
	unsigned ready_count, ready_at;
	unsigned char text[TRACE_TEXT_BYTES]; /* of the last that is ready */
};

/* Copied, as a hostile file may have it at an odd address. */
static void get_item(const struct lane *lane, struct namu_trace_item *item)
{
	memcpy(item, lane->data + lane->at, sizeof(*item));
}

static uint64_t ticks_of(const struct lane *lane)
{
	struct namu_trace_item item;

	if (lane->lost)
		return lane->head.ticks;
	get_item(lane, &item);
	return (uint64_t)item.ticks[1] << 32 | item.ticks[0];
}

static uint64_t time_of(const struct trace_stream *stream, uint64_t ticks)
{
	__int128 since = (int64_t)(ticks - stream->base_ticks);

	return stream->base_ns + (uint64_t)(since * (__int128)stream->mult >> 32);
}

/* -- where the pieces are -- */

static FILE *seekable(FILE *file)
{
	char bytes[1 << 16];
	size_t got;

	if (fseeko(file, 0, SEEK_CUR) == 0)
		return NULL;
	FILE *copy = tmpfile();
	if (!copy)
		die("cannot make a temporary file: %s", strerror(errno));
	while ((got = fread(bytes, 1, sizeof(bytes), file)) > 0) {
		if (fwrite(bytes, 1, got, copy) != got)
			die("cannot write a temporary file: %s", strerror(errno));
	}
	rewind(copy);
	return copy;
}

static void add_place(struct trace_stream *stream, uint32_t cpu, struct place place)
{
	struct lane *lane = stream->lanes[cpu];

	if (!lane) {
		lane = stream->lanes[cpu] = must_alloc(sizeof(*lane));
		memset(lane, 0, sizeof(*lane));
		stream->used[stream->used_count++] = lane;
	}
	if ((lane->count & (lane->count - 1)) == 0)
		lane->places = must_grow(lane->places, (lane->count ? 2 * lane->count : 1) * sizeof(place));
	lane->places[lane->count++] = place;
}

static void find_pieces(struct trace_stream *stream)
{
	struct namu_trace_piece head;
	off_t at = ftello(stream->file), end;
	size_t got;

	if (fseeko(stream->file, 0, SEEK_END) < 0 || (end = ftello(stream->file)) < 0 ||
	    fseeko(stream->file, at, SEEK_SET) < 0) {
		stream->problem = "it cannot be read";
		return;
	}
	while ((got = fread(&head, 1, sizeof(head), stream->file)) == sizeof(head)) {
		if (head.magic != NAMU_TRACE_PIECE_MAGIC || head.cpu >= CPUS || head.bytes > PIECE_BYTES_MOST ||
		    head.mult > MULT_MOST) {
			stream->problem = "it is damaged";
			return;
		}
		if (head.mult) {
			stream->mult = head.mult;
			stream->base_ns = head.base_ns;
			stream->base_ticks = head.base_ticks;
		}
		add_place(stream, head.cpu, (struct place){at, head.bytes});
		at += (off_t)(sizeof(head) + head.bytes);
		if (at > end)
			break;
		if (fseeko(stream->file, at, SEEK_SET) < 0)
			break;
	}
	if (got)
		stream->problem = at > end || got < sizeof(head) ? "it is cut short" : "it cannot be read";
}

struct trace_stream *trace_stream_open(FILE *file)
{
	struct trace_stream *stream = must_alloc(sizeof(*stream));

	memset(stream, 0, sizeof(*stream));
	stream->copy = seekable(file);
	stream->file = stream->copy ? stream->copy : file;
	stream->mult = 1ull << 32;
	find_pieces(stream);
	return stream;
}

/* -- items -- */

static struct namu_trace_record *add(struct trace_stream *stream, const struct lane *lane, unsigned event)
{
	struct namu_trace_record *record = &stream->ready[stream->ready_count];

	/* A short form may stand for events that are not all wanted. */
	if (!(lane->head.events >> event & 1))
		return NULL;
	stream->ready_count++;
	*record = (struct namu_trace_record){
		.time_ns = time_of(stream, ticks_of(lane)),
		.event = (uint16_t)event,
		.cpu = (uint8_t)lane->head.cpu,
		.thread = lane->thread,
	};
	return record;
}

static void add_words(struct trace_stream *stream, const struct lane *lane, unsigned event, uint64_t a, uint64_t b,
		      uint64_t c, uint64_t d)
{
	struct namu_trace_record *record = add(stream, lane, event);

	if (!record)
		return;
	record->words[0] = a;
	record->words[1] = b;
	record->words[2] = c;
	record->words[3] = d;
}

static uint32_t *call_of(struct trace_stream *stream, uint32_t thread)
{
	size_t at = thread % THREADS, count = stream->calls_count;

	if (at >= count) {
		stream->calls_count = 2 * at + 64;
		stream->calls = must_grow(stream->calls, stream->calls_count * sizeof(*stream->calls));
		memset(stream->calls + count, 0, (stream->calls_count - count) * sizeof(*stream->calls));
	}
	return &stream->calls[at];
}

static void write_out_call(struct trace_stream *stream, const struct lane *lane, const struct namu_trace_item *item,
			   const uint64_t *words)
{
	uint32_t *call = call_of(stream, lane->thread);

	if (item->form == NAMU_ITEM_ENTER) {
		*call = item->first + 1;
		add_words(stream, lane, TRACE_SYSCALL_ENTER, item->first, words[0], words[1], words[2]);
	} else {
		add_words(stream, lane, TRACE_SYSCALL_EXIT, *call ? *call - 1 : UINT32_MAX, words[0], 0, 0);
	}
}

static void take_number(struct trace_stream *stream, struct lane *lane, uint32_t thread)
{
	uint32_t call = *call_of(stream, lane->thread);

	*call_of(stream, thread) = call;
	lane->thread = thread;
}

static void write_out_short(struct trace_stream *stream, struct lane *lane, const struct namu_trace_item *item,
			    const uint64_t *words)
{
	switch (item->form) {
	case NAMU_ITEM_ENTER:
	case NAMU_ITEM_EXIT:
		write_out_call(stream, lane, item, words);
		break;
	case NAMU_ITEM_SWITCH:
		add_words(stream, lane, TRACE_STATE, item->first, THREAD_RUNNING, 0, 0);
		add_words(stream, lane, TRACE_SWITCH, lane->thread, item->first, item->second, lane->head.cpu);
		lane->thread = item->first;
		break;
	case NAMU_ITEM_WAKE:
		add_words(stream, lane, TRACE_WAKE, item->first, lane->thread, item->second, words[0]);
		add_words(stream, lane, TRACE_STATE, item->first, THREAD_READY, 0, 0);
		break;
	case NAMU_ITEM_BLOCK:
		add_words(stream, lane, TRACE_STATE, lane->thread, THREAD_BLOCKED, item->second, words[0]);
		break;
	case NAMU_ITEM_SEND:
	case NAMU_ITEM_RECEIVE:
		add_words(stream, lane, item->form == NAMU_ITEM_SEND ? TRACE_SEND : TRACE_RECEIVE, words[0],
			  item->second, item->first, words[1]);
		break;
	case NAMU_ITEM_THREAD:
		take_number(stream, lane, item->first);
		break;
	default:
		/* Of a later version: passed over. */
		break;
	}
}

static void write_out_full(struct trace_stream *stream, struct lane *lane, const struct namu_trace_item *item,
			   const uint64_t *words)
{
	struct namu_trace_record *record;
	size_t text_bytes = (item->size - sizeof(*item) / 8 - 4) * 8;

	if (item->form >= TRACE_EVENT_LIMIT || !(record = add(stream, lane, item->form)))
		return;
	memcpy(record->words, words, sizeof(record->words));
	if (item->form == TRACE_SYSCALL_ENTER)
		*call_of(stream, lane->thread) = (uint32_t)words[0] + 1;
	record->text_records = (uint8_t)((text_bytes + sizeof(record->words) - 1) / sizeof(record->words));
	memset(stream->text, 0, record->text_records * sizeof(record->words));
	memcpy(stream->text, words + 4, text_bytes);
}

/* The lane's next item becomes records. */
static void write_out(struct trace_stream *stream, struct lane *lane)
{
	struct namu_trace_item item;
	uint64_t words[256] = {0};

	stream->ready_count = stream->ready_at = 0;
	if (lane->lost) {
		add_words(stream, lane, TRACE_LOST, lane->lost, 0, 0, 0);
		lane->lost = 0;
		return;
	}
	get_item(lane, &item);
	size_t least = sizeof(item) / 8, bytes = item.size * 8u;
	if (item.form < NAMU_ITEM_ENTER)
		least += 4;
	if (item.size < least || bytes > lane->bytes - lane->at) {
		stream->problem = bytes > lane->bytes - lane->at && stream->problem ? stream->problem : "it is damaged";
		lane->at = lane->bytes;
		return;
	}
	memcpy(words, lane->data + lane->at + sizeof(item), bytes - sizeof(item));
	if (item.form < NAMU_ITEM_ENTER)
		write_out_full(stream, lane, &item, words);
	else
		write_out_short(stream, lane, &item, words);
	lane->at += bytes;
}

/* -- merging -- */

/* Has the lane another item? Reads its next piece if need be. */
static bool lane_has_item(struct trace_stream *stream, struct lane *lane)
{
	while (!lane->lost && lane->bytes - lane->at < sizeof(struct namu_trace_item)) {
		if (lane->next == lane->count)
			return false;
		const struct place *place = &lane->places[lane->next++];
		free(lane->data);
		lane->data = must_alloc(place->bytes + 1);
		lane->at = lane->bytes = 0;
		if (fseeko(stream->file, place->at, SEEK_SET) < 0 ||
		    fread(&lane->head, sizeof(lane->head), 1, stream->file) != 1)
			return false;
		lane->bytes = fread(lane->data, 1, place->bytes, stream->file);
		lane->thread = lane->head.thread;
		lane->lost = lane->head.lost;
	}
	return true;
}

static struct lane *oldest(struct trace_stream *stream)
{
	struct lane *best = NULL;

	for (unsigned i = 0; i < stream->used_count; i++) {
		struct lane *lane = stream->used[i];
		if (lane_has_item(stream, lane) && (!best || ticks_of(lane) < ticks_of(best)))
			best = lane;
	}
	return best;
}

bool trace_stream_next(struct trace_stream *stream, struct trace_event *event)
{
	while (stream->ready_at == stream->ready_count) {
		struct lane *lane = oldest(stream);
		if (!lane)
			return false;
		write_out(stream, lane);
	}
	event->record = stream->ready[stream->ready_at++];
	size_t text_bytes = event->record.text_records * sizeof(event->record.words);
	memcpy(event->text, stream->text, text_bytes);
	event->text[text_bytes] = 0;
	return true;
}

const char *trace_stream_problem(const struct trace_stream *stream)
{
	return stream->problem;
}

void trace_stream_close(struct trace_stream *stream)
{
	for (unsigned i = 0; i < stream->used_count; i++) {
		free(stream->used[i]->places);
		free(stream->used[i]->data);
		free(stream->used[i]);
	}
	if (stream->copy)
		(void)fclose(stream->copy);
	free(stream->calls);
	free(stream);
}
