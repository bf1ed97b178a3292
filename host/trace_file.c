/* Reading a trace file. */
#include "trace_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "namu/trace_file.h"
#include "say.h"

_Static_assert(sizeof(struct namu_file_header) == sizeof(struct namu_trace_header), "one read serves both");

static bool read_exactly(struct trace_file *file, void *to, size_t bytes, const char *problem)
{
	size_t got = fread(to, 1, bytes, file->stream);

	if (got == bytes)
		return true;
	if (ferror(file->stream))
		file->problem = "it cannot be read";
	else if (got || problem)
		file->problem = problem ? problem : "it is cut short";
	return false;
}

/* The next chunk, unpacked into file->chunk with a zero behind it. */
static bool read_chunk(struct trace_file *file, uint32_t *kind)
{
	struct namu_chunk_head head;
	uLongf bytes;

	file->chunk_bytes = file->chunk_at = 0;
	if (!read_exactly(file, &head, sizeof(head), "it is cut short"))
		return false;
	if (head.bytes > NAMU_CHUNK_BYTES_MOST || head.stored_bytes > compressBound(NAMU_CHUNK_BYTES_MOST)) {
		file->problem = "it is damaged";
		return false;
	}
	unsigned char *stored = must_alloc(head.stored_bytes + 1);
	if (!read_exactly(file, stored, head.stored_bytes, "it is cut short")) {
		free(stored);
		return false;
	}
	bytes = head.bytes;
	free(file->chunk);
	file->chunk = must_alloc((size_t)head.bytes + 1);
	bool is_whole = crc32(0, stored, head.stored_bytes) == head.crc &&
			uncompress(file->chunk, &bytes, stored, head.stored_bytes) == Z_OK && bytes == head.bytes;
	free(stored);
	if (!is_whole) {
		file->problem = "it is damaged";
		return false;
	}
	file->chunk[bytes] = 0;
	file->chunk_bytes = bytes;
	*kind = head.kind;
	return true;
}

bool trace_file_open(struct trace_file *file, const char *path)
{
	struct namu_file_header header;
	uint32_t kind;

	memset(file, 0, sizeof(*file));
	file->path = path;
	file->stream = fopen(path, "rbe");
	if (!file->stream) {
		say("cannot open the trace %s: %s", path, strerror(errno));
		return false;
	}
	const char *wrong = NULL;
	if (!read_exactly(file, &header, sizeof(header), "it is too short"))
		wrong = "it is no trace: too short";
	else if (header.magic != NAMU_FILE_MAGIC && header.magic != NAMU_TRACE_MAGIC)
		wrong = "it is no trace of Namu's";
	else if (header.version != (header.magic == NAMU_FILE_MAGIC ? NAMU_FILE_VERSION : NAMU_TRACE_VERSION))
		wrong = "it was written by another version of Namu";
	else if (header.record_bytes !=
		 (header.magic == NAMU_FILE_MAGIC ? sizeof(struct namu_trace_record) : sizeof(struct namu_trace_item)))
		wrong = "its records have another size";
	if (wrong) {
		say("cannot read %s: %s", path, wrong);
		(void)fclose(file->stream);
		return false;
	}
	file->realtime_ns = header.realtime_ns;
	file->is_packed = header.magic == NAMU_FILE_MAGIC;
	if (!file->is_packed)
		file->bare = trace_stream_open(file->stream);
	else if (read_chunk(file, &kind)) {
		if (kind == NAMU_CHUNK_INFO) {
			file->info = must_copy((const char *)file->chunk);
			file->chunk_bytes = 0;
		} else if (kind != NAMU_CHUNK_RECORDS) {
			file->chunk_bytes = 0;
		}
	}
	return true;
}

static bool next_record(struct trace_file *file, struct namu_trace_record *record)
{
	uint32_t kind;

	while (file->chunk_bytes - file->chunk_at < sizeof(*record)) {
		if (file->problem || file->is_ended || !read_chunk(file, &kind))
			return false;
		file->is_ended = kind == NAMU_CHUNK_END;
		if (kind != NAMU_CHUNK_RECORDS)
			file->chunk_bytes = 0;
	}
	memcpy(record, file->chunk + file->chunk_at, sizeof(*record));
	file->chunk_at += sizeof(*record);
	return true;
}

bool trace_file_next(struct trace_file *file, struct trace_event *event)
{
	struct namu_trace_record piece;
	size_t at = 0;

	if (file->bare) {
		bool is_there = trace_stream_next(file->bare, event);
		if (!is_there)
			file->problem = trace_stream_problem(file->bare);
		return is_there;
	}
	/* A text without its event belongs to nothing. */
	do {
		if (!next_record(file, &event->record))
			return false;
	} while (event->record.event == NAMU_TRACE_TEXT);
	for (unsigned i = 0; i < event->record.text_records; i++, at += sizeof(piece.words)) {
		if (!next_record(file, &piece)) {
			if (!file->problem)
				file->problem = "it is cut short";
			return false;
		}
		memcpy(event->text + at, piece.words, sizeof(piece.words));
	}
	event->text[at] = 0;
	return true;
}

bool trace_file_close(struct trace_file *file)
{
	const char *problem = file->problem;

	if (problem)
		say("%s: %s; what is whole was read", file->path, problem);
	if (file->bare)
		trace_stream_close(file->bare);
	(void)fclose(file->stream);
	free(file->info);
	free(file->chunk);
	return !problem;
}
