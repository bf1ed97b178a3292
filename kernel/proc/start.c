/*
 * Reading the start record. It comes from outside the machine: every length and every value is checked before it is
 * used.
 */
#include "proc/start.h"
#include "lib/string.h"
#include "namu/start.h"

#define ITEM_ALIGN 8
#define PATH_BYTES 4096 /* with the final zero */

/* Where the item at *cursor lies; moves *cursor behind it. False at the end; *is_bad when it does not fit. */
static bool item_at(const uint8_t *items, size_t bytes, size_t *cursor, struct namu_start_item *item,
		    const uint8_t **payload, bool *is_bad)
{
	*is_bad = false;
	if (*cursor == bytes)
		return false;
	*is_bad = true;
	size_t left = bytes - *cursor;
	if (left < sizeof(*item))
		return false;
	memcpy(item, items + *cursor, sizeof(*item));
	left -= sizeof(*item);
	/* the padding behind the last item may be left out */
	if (item->bytes > left)
		return false;
	*payload = items + *cursor + sizeof(*item);
	size_t padded = ALIGN_UP((size_t)item->bytes, (size_t)ITEM_ALIGN);
	*cursor += sizeof(*item) + MIN(padded, left);
	*is_bad = false;
	return true;
}

static uint64_t read_u64(const uint8_t *from)
{
	uint64_t value;
	memcpy(&value, from, sizeof(value));
	return value;
}

static uint32_t read_u32(const uint8_t *from)
{
	uint32_t value;
	memcpy(&value, from, sizeof(value));
	return value;
}

/* Addresses and the length of the prefix. */
static const char *take_network(struct start_record *record, const uint8_t *payload, uint32_t bytes)
{
	struct net_card_settings *network = &record->network;

	if (bytes != 12 || read_u32(payload + 8) > 32)
		return "start record: bad network";
	memcpy(network->address, payload, sizeof(network->address));
	memcpy(network->gateway, payload + 4, sizeof(network->gateway));
	network->prefix_bits = (uint8_t)read_u32(payload + 8);
	record->has_network = true;
	return NULL;
}

static const char *take_text(struct start_text *text, const uint8_t *payload, uint32_t bytes, uint32_t limit,
			     const char *complaint)
{
	if (bytes >= limit || memchr(payload, 0, bytes))
		return complaint;
	text->text = (const char *)payload;
	text->bytes = bytes;
	return NULL;
}

/* Items with a value of fixed size. */
static const char *take_value(struct start_record *record, uint32_t kind, const uint8_t *payload, uint32_t bytes)
{
	switch (kind) {
	case NAMU_START_SEED:
		if (bytes != 8)
			return "start record: the seed is not 8 bytes";
		record->is_seeded = true;
		record->seed = read_u64(payload);
		return NULL;
	case NAMU_START_ENTROPY:
		if (bytes != 32)
			return "start record: the entropy is not 32 bytes";
		record->entropy = payload;
		return NULL;
	case NAMU_START_CLOCK:
		if (bytes != 8)
			return "start record: the clock is not 8 bytes";
		record->has_clock = true;
		record->realtime_ns = read_u64(payload);
		return NULL;
	case NAMU_START_TTY:
		if (bytes != 8)
			return "start record: the window size is not 8 bytes";
		record->has_tty = true;
		record->rows = read_u32(payload);
		record->columns = read_u32(payload + 4);
		if (record->rows > UINT16_MAX || record->columns > UINT16_MAX)
			return "start record: the window is too large";
		return NULL;
	case NAMU_START_STDIN:
		record->has_stdin = true;
		record->stdin_data = payload;
		record->stdin_bytes = bytes;
		return NULL;
	case NAMU_START_READONLY:
		if (bytes != 0)
			return "start record: the read-only item has a value";
		record->is_readonly = true;
		return NULL;
	case NAMU_START_TRACE:
		if (bytes != 16)
			return "start record: the trace's settings are not 16 bytes";
		record->has_trace = true;
		record->trace_events = read_u64(payload);
		record->is_trace_lossy = read_u64(payload + 8) & NAMU_START_TRACE_LOSSY;
		return NULL;
	case NAMU_START_NETWORK:
		return take_network(record, payload, bytes);
	default:
		return "start record: an item of unknown kind";
	}
}

static const char *take_item(struct start_record *record, uint32_t kind, const uint8_t *payload, uint32_t bytes)
{
	struct start_text text;

	switch (kind) {
	case NAMU_START_ARG:
		record->argc++;
		return take_text(&text, payload, bytes, UINT32_MAX, "start record: an argument with a zero byte");
	case NAMU_START_ENV:
		record->envc++;
		return take_text(&text, payload, bytes, UINT32_MAX, "start record: a variable with a zero byte");
	case NAMU_START_CWD:
		return take_text(&record->cwd, payload, bytes, PATH_BYTES, "start record: bad working directory");
	case NAMU_START_USER:
		return take_text(&record->user, payload, bytes, 256, "start record: bad user");
	case NAMU_START_HOSTNAME:
		return take_text(&record->hostname, payload, bytes, 65, "start record: bad host name");
	case NAMU_START_TMPFS:
		record->tmpfs_count++;
		return take_text(&text, payload, bytes, PATH_BYTES, "start record: bad tmpfs");
	case NAMU_START_RESOLVER:
		return take_text(&text, payload, bytes, PATH_BYTES, "start record: bad line for resolv.conf");
	case NAMU_START_SHARE:
		return take_text(&text, payload, bytes, PATH_BYTES, "start record: bad host folder");
	default:
		return take_value(record, kind, payload, bytes);
	}
}

const char *start_parse(const void *data, size_t bytes, struct start_record *record)
{
	struct namu_start_header header;
	struct namu_start_item item;
	const uint8_t *payload;
	size_t cursor = 0;
	bool is_bad;

	memset(record, 0, sizeof(*record));
	if (!data || bytes < sizeof(header))
		return "start record: missing or cut short";
	memcpy(&header, data, sizeof(header));
	if (header.magic != NAMU_START_MAGIC)
		return "start record: it does not begin as one";
	if (header.version != NAMU_START_VERSION)
		return "start record: made by another version of namu";
	if (header.total_bytes < sizeof(header) || header.total_bytes > bytes ||
	    header.total_bytes > NAMU_START_MAX_BYTES)
		return "start record: its length does not fit";
	record->items = (const uint8_t *)data + sizeof(header);
	record->item_bytes = header.total_bytes - sizeof(header);
	while (item_at(record->items, record->item_bytes, &cursor, &item, &payload, &is_bad)) {
		const char *complaint = take_item(record, item.kind, payload, item.bytes);
		if (complaint)
			return complaint;
	}
	if (is_bad)
		return "start record: an item that does not fit";
	if (record->argc == 0)
		return "start record: no command";
	return NULL;
}

bool start_next(const struct start_record *record, uint32_t kind, size_t *cursor, struct start_text *text)
{
	struct namu_start_item item;
	const uint8_t *payload;
	bool is_bad;

	while (item_at(record->items, record->item_bytes, cursor, &item, &payload, &is_bad)) {
		if (item.kind != kind)
			continue;
		text->text = (const char *)payload;
		text->bytes = item.bytes;
		return true;
	}
	return false;
}
