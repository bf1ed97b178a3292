/* Packing a trace. */
#include "trace_pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "namu/trace_file.h"
#include "say.h"
#include "trace_file.h"
#include "trace_info.h"
#include "unfinished.h"

/* Quick to pack, and a quarter larger than the best. */
#define LEVEL 4

#define BATCH_BYTES (NAMU_CHUNK_BYTES_MOST / 48 * 48)

struct packer {
	int fd;
	unsigned char *batch;
	size_t batch_bytes;
	unsigned char *stored;
	uint64_t records;
};

static bool write_chunk(struct packer *packer, enum namu_chunk_kind kind, const void *data, size_t bytes)
{
	uLongf stored_bytes = compressBound(NAMU_CHUNK_BYTES_MOST);

	if (compress2(packer->stored, &stored_bytes, data, bytes, LEVEL) != Z_OK)
		return false;
	struct namu_chunk_head head = {
		.kind = kind,
		.bytes = (uint32_t)bytes,
		.stored_bytes = (uint32_t)stored_bytes,
		.crc = (uint32_t)crc32(0, packer->stored, (uInt)stored_bytes),
	};
	return write_fully(packer->fd, &head, sizeof(head)) && write_fully(packer->fd, packer->stored, stored_bytes);
}

static bool flush(struct packer *packer)
{
	bool is_good =
		!packer->batch_bytes || write_chunk(packer, NAMU_CHUNK_RECORDS, packer->batch, packer->batch_bytes);

	packer->batch_bytes = 0;
	return is_good;
}

/* An event and its text stay in one chunk. */
static bool add_event(struct packer *packer, const struct trace_event *event)
{
	struct namu_trace_record piece = {.event = NAMU_TRACE_TEXT};
	unsigned pieces = event->record.text_records;

	if (packer->batch_bytes + (1 + pieces) * sizeof(piece) > BATCH_BYTES && !flush(packer))
		return false;
	memcpy(packer->batch + packer->batch_bytes, &event->record, sizeof(event->record));
	packer->batch_bytes += sizeof(event->record);
	for (unsigned i = 0; i < pieces; i++) {
		memcpy(piece.words, event->text + i * sizeof(piece.words), sizeof(piece.words));
		memcpy(packer->batch + packer->batch_bytes, &piece, sizeof(piece));
		packer->batch_bytes += sizeof(piece);
	}
	packer->records += 1 + pieces;
	return true;
}

static bool write_all(struct packer *packer, struct trace_file *stream, const struct trace_run *run)
{
	static struct trace_event event;
	struct namu_file_header header = {
		.magic = NAMU_FILE_MAGIC,
		.version = NAMU_FILE_VERSION,
		.record_bytes = sizeof(struct namu_trace_record),
		.realtime_ns = stream->realtime_ns,
	};
	char *info = trace_info_json(run), end[64];
	bool is_good = write_fully(packer->fd, &header, sizeof(header)) &&
		       write_chunk(packer, NAMU_CHUNK_INFO, info, strlen(info));

	free(info);
	while (is_good && trace_file_next(stream, &event))
		is_good = add_event(packer, &event);
	(void)snprintf(end, sizeof(end), "{\"records\":%lu}", packer->records);
	return is_good && flush(packer) && write_chunk(packer, NAMU_CHUNK_END, end, strlen(end));
}

bool trace_pack(const char *path, const struct trace_run *run)
{
	struct packer packer = {.fd = -1};
	struct trace_file stream;
	struct stat status;
	char *partial;

	/* A machine that did not come up left nothing, which was said. */
	if (stat(path, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size == 0)
		return true;
	if (!trace_file_open(&stream, path))
		return false;
	packer.fd = unfinished_begin(path, &partial);
	if (packer.fd < 0) {
		(void)trace_file_close(&stream);
		return false;
	}
	packer.batch = must_alloc(BATCH_BYTES);
	packer.stored = must_alloc(compressBound(NAMU_CHUNK_BYTES_MOST));
	bool is_good = write_all(&packer, &stream, run);
	if (close(packer.fd) < 0)
		is_good = false;
	free(packer.batch);
	free(packer.stored);
	if (!is_good)
		say("cannot write the packed trace %s: it stays unpacked", path);
	if (unfinished_end(partial, path, is_good ? 0 : -1) < 0)
		is_good = false;
	return trace_file_close(&stream) && is_good;
}
