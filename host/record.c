/* The start record's making. */
#include "record.h"

#include <string.h>

void record_begin(struct bytes *record)
{
	struct namu_start_header header = {.magic = NAMU_START_MAGIC, .version = NAMU_START_VERSION};

	record->count = 0;
	bytes_add(record, &header, sizeof(header));
}

void record_add(struct bytes *record, enum namu_start_kind kind, const void *payload, size_t bytes)
{
	static const char zeros[8];
	struct namu_start_item item = {.kind = kind, .bytes = (uint32_t)bytes};

	bytes_add(record, &item, sizeof(item));
	bytes_add(record, payload, bytes);
	bytes_add(record, zeros, -bytes & 7);
}

void record_add_text(struct bytes *record, enum namu_start_kind kind, const char *text)
{
	record_add(record, kind, text, strlen(text));
}

void record_add_u64(struct bytes *record, enum namu_start_kind kind, uint64_t value)
{
	record_add(record, kind, &value, sizeof(value));
}

bool record_end(struct bytes *record)
{
	if (record->count > NAMU_START_MAX_BYTES)
		return false;
	uint32_t total = (uint32_t)record->count;

	memcpy(record->data + offsetof(struct namu_start_header, total_bytes), &total, sizeof(total));
	return true;
}
