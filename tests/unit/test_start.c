/* The start record's parser: good records, each kind of damage, and random mutations, which must never lead it astray.
 */
/* sources: kernel/proc/start.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "namu/start.h"
#include "proc/start.h"

struct start_record start_record;
struct machine_hooks machine_hooks;

struct builder {
	uint8_t bytes[4096];
	size_t used;
};

static void begin(struct builder *builder)
{
	struct namu_start_header header = {.magic = NAMU_START_MAGIC, .version = NAMU_START_VERSION};
	memset(builder, 0, sizeof(*builder));
	memcpy(builder->bytes, &header, sizeof(header));
	builder->used = sizeof(header);
}

static void add(struct builder *builder, uint32_t kind, const void *payload, uint32_t bytes)
{
	struct namu_start_item item = {.kind = kind, .bytes = bytes};
	memcpy(builder->bytes + builder->used, &item, sizeof(item));
	builder->used += sizeof(item);
	if (bytes)
		memcpy(builder->bytes + builder->used, payload, bytes);
	builder->used += (bytes + 7) & ~7u;
}

static void add_text(struct builder *builder, uint32_t kind, const char *text)
{
	add(builder, kind, text, (uint32_t)strlen(text));
}

static void end(struct builder *builder)
{
	uint32_t total = (uint32_t)builder->used;
	memcpy(builder->bytes + 12, &total, sizeof(total));
}

static void full_record(struct builder *builder)
{
	uint64_t seed = 77, clock = 1700000000ull * 1000000000ull;
	uint32_t window[2] = {24, 80};
	uint8_t entropy[32] = {1, 2, 3};
	uint64_t trace[2] = {1ull << 40 | 5, NAMU_START_TRACE_LOSSY};

	begin(builder);
	add_text(builder, NAMU_START_ARG, "sh");
	add_text(builder, NAMU_START_ENV, "PATH=/bin");
	add_text(builder, NAMU_START_ARG, "-c");
	add_text(builder, NAMU_START_ARG, "");
	add_text(builder, NAMU_START_ENV, "HOME=/root");
	add_text(builder, NAMU_START_CWD, "/tmp");
	add_text(builder, NAMU_START_USER, "1000:1000");
	add_text(builder, NAMU_START_HOSTNAME, "tree");
	add_text(builder, NAMU_START_TMPFS, "/run:size=1m");
	add(builder, NAMU_START_SEED, &seed, 8);
	add(builder, NAMU_START_ENTROPY, entropy, 32);
	add(builder, NAMU_START_CLOCK, &clock, 8);
	add(builder, NAMU_START_TTY, window, 8);
	add(builder, NAMU_START_STDIN, "a\0b", 3);
	add(builder, NAMU_START_READONLY, NULL, 0);
	add(builder, NAMU_START_TRACE, trace, 16);
	add(builder, NAMU_START_NETWORK, "\12\0\2\17\12\0\2\2\30\0\0", 12);
	add_text(builder, NAMU_START_RESOLVER, "nameserver 10.0.2.3");
	end(builder);
}

static void reads_everything(void **state)
{
	struct builder builder;
	struct start_record record;
	struct start_text text;
	size_t cursor = 0;

	(void)state;
	full_record(&builder);
	assert_null(start_parse(builder.bytes, builder.used, &record));
	assert_int_equal(record.argc, 3);
	assert_int_equal(record.envc, 2);
	assert_int_equal(record.tmpfs_count, 1);
	assert_int_equal(record.seed, 77);
	assert_true(record.is_seeded && record.has_tty && record.is_readonly && record.has_clock);
	assert_true(record.has_trace && record.is_trace_lossy && record.trace_events == (1ull << 40 | 5));
	assert_true(record.has_network);
	assert_int_equal(record.network.prefix_bits, 24);
	assert_int_equal(record.network.address[3], 15);
	assert_int_equal(record.network.gateway[3], 2);
	assert_int_equal(record.rows, 24);
	assert_int_equal(record.columns, 80);
	assert_int_equal(record.entropy[2], 3);
	assert_int_equal(record.stdin_bytes, 3);
	assert_memory_equal(record.stdin_data, "a\0b", 3);
	assert_memory_equal(record.cwd.text, "/tmp", 4);
	assert_true(start_next(&record, NAMU_START_ARG, &cursor, &text));
	assert_memory_equal(text.text, "sh", 2);
	assert_true(start_next(&record, NAMU_START_ARG, &cursor, &text));
	assert_memory_equal(text.text, "-c", 2);
	assert_true(start_next(&record, NAMU_START_ARG, &cursor, &text));
	assert_int_equal(text.bytes, 0);
	assert_false(start_next(&record, NAMU_START_ARG, &cursor, &text));
}

static void refuses(const struct builder *builder, size_t bytes)
{
	struct start_record record;
	assert_non_null(start_parse(builder->bytes, bytes, &record));
}

static void refuses_damage(void **state)
{
	struct builder builder;
	uint32_t word;

	(void)state;
	full_record(&builder);
	for (size_t bytes = 0; bytes < builder.used; bytes++)
		refuses(&builder, bytes);
	builder.bytes[0] ^= 1;
	refuses(&builder, builder.used);
	full_record(&builder);
	builder.bytes[8] = 2;
	refuses(&builder, builder.used);
	begin(&builder);
	end(&builder);
	refuses(&builder, builder.used);
	begin(&builder);
	add(&builder, NAMU_START_ARG, "a\0b", 3);
	end(&builder);
	refuses(&builder, builder.used);
	begin(&builder);
	add_text(&builder, NAMU_START_ARG, "a");
	add_text(&builder, 99, "a");
	end(&builder);
	refuses(&builder, builder.used);
	begin(&builder);
	add_text(&builder, NAMU_START_ARG, "a");
	word = 0xfffffff0;
	memcpy(builder.bytes + 20, &word, 4);
	end(&builder);
	refuses(&builder, builder.used);
	begin(&builder);
	add_text(&builder, NAMU_START_ARG, "a");
	add(&builder, NAMU_START_SEED, "1234", 4);
	end(&builder);
	refuses(&builder, builder.used);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

/* Every byte the parser names must lie within the record: the copy is as large as the record, so that the sanitizer
 * sees a step too far. */
static void survives_mutations(void **state)
{
	uint32_t seed = 0x12345678;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct builder builder;
		struct start_record record;
		struct start_text text;
		volatile uint32_t sum = 0;

		full_record(&builder);
		size_t bytes = builder.used - (next_random(&seed) % 4 == 0 ? next_random(&seed) % builder.used : 0);
		uint8_t *copy = malloc(bytes ? bytes : 1);
		assert_non_null(copy);
		memcpy(copy, builder.bytes, bytes);
		for (uint32_t n = next_random(&seed) % 4; n > 0 && bytes > 0; n--)
			copy[next_random(&seed) % bytes] = (uint8_t)next_random(&seed);
		if (!start_parse(copy, bytes, &record)) {
			for (uint32_t kind = NAMU_START_ARG; kind <= NAMU_START_RESOLVER; kind++) {
				size_t cursor = 0;
				while (start_next(&record, kind, &cursor, &text)) {
					for (uint32_t i = 0; i < text.bytes; i++)
						sum += (uint8_t)text.text[i];
				}
			}
		}
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_everything),
		cmocka_unit_test(refuses_damage),
		cmocka_unit_test(survives_mutations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
