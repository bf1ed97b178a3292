/*
 * The reader of a 9P server's replies: each kind whole, cut at every byte, with bytes behind it, every field forged;
 * and random ones. What is refused is -EIO, and nothing outside of the reply is read (each lies in memory of its own
 * size).
 */
/* sources: kernel/fs/ninep_wire.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fs/ninep_wire.h"
#include "lib/errno.h"

#define TAG        7u
#define ROOM       4200u
#define RANDOM_SET 60000u

static uint8_t message[ROOM];

static uint64_t random_state = 88172645463325252ull;

static uint32_t random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)(random_state >> 20);
}

/* A reply begins like a request, with a type one higher. */
static struct ninep_writer begin(enum ninep_type type)
{
	struct ninep_writer writer;

	ninep_begin(&writer, message, sizeof(message), type);
	message[4]++;
	return writer;
}

static uint32_t finish(struct ninep_writer *writer)
{
	assert_int_equal(ninep_finish(writer, TAG, 0), 0);
	return writer->bytes;
}

static void put_u8(struct ninep_writer *writer, uint8_t value)
{
	writer->data[writer->bytes++] = value;
}

static void put_qid(struct ninep_writer *writer, uint8_t type)
{
	put_u8(writer, type);
	ninep_put_u32(writer, 3);
	ninep_put_u64(writer, 4711);
}

/* ---- the kinds of reply ---- */

static uint32_t make_attributes(void)
{
	struct ninep_writer writer = begin(NINEP_GETATTR);

	ninep_put_u64(&writer, NINEP_GETATTR_BASIC);
	put_qid(&writer, NINEP_QID_DIR);
	ninep_put_u32(&writer, 040755);
	ninep_put_u32(&writer, 1000);
	ninep_put_u32(&writer, 100);
	for (uint64_t field = 2; field < 7; field++)
		ninep_put_u64(&writer, field); /* links, device, size, size of a block, blocks */
	for (uint64_t time = 0; time < 4; time++) {
		ninep_put_u64(&writer, 1700000000 + time);
		ninep_put_u64(&writer, 999999999 - time);
	}
	ninep_put_u64(&writer, 0);
	ninep_put_u64(&writer, 0);
	return finish(&writer);
}

static int read_attributes(struct ninep_reader *reader)
{
	struct ninep_attributes attributes;
	int error = ninep_read_attributes(reader, &attributes);

	if (!error) {
		assert_true(attributes.size <= INT64_MAX);
		assert_true(attributes.nlink <= UINT32_MAX);
		assert_true(attributes.mtime.nsec < 1000000000 && attributes.atime.nsec < 1000000000);
		assert_int_equal((attributes.mode & 0170000) == 0040000, (attributes.qid.type & NINEP_QID_DIR) != 0);
	}
	return error;
}

static uint32_t make_statfs(void)
{
	struct ninep_writer writer = begin(NINEP_STATFS);

	ninep_put_u32(&writer, 0x01021997);
	ninep_put_u32(&writer, 4096);
	for (uint64_t field = 0; field < 6; field++)
		ninep_put_u64(&writer, field);
	ninep_put_u32(&writer, 255);
	return finish(&writer);
}

static int read_statfs(struct ninep_reader *reader)
{
	struct ninep_statfs statfs;

	return ninep_read_statfs(reader, &statfs);
}

static uint32_t make_walk(void)
{
	struct ninep_writer writer = begin(NINEP_WALK);

	ninep_put_u16(&writer, 1);
	put_qid(&writer, 0);
	return finish(&writer);
}

static int read_walk(struct ninep_reader *reader)
{
	struct ninep_qid qid = {0};

	return ninep_read_walk(reader, 1, &qid);
}

static uint32_t make_link(void)
{
	struct ninep_writer writer = begin(NINEP_READLINK);

	ninep_put_text(&writer, "../where/it/leads");
	return finish(&writer);
}

static int read_link(struct ninep_reader *reader)
{
	char *text = malloc(32);
	ssize_t got = ninep_get_text(reader, text, 32);

	if (got >= 0)
		assert_int_equal(strlen(text), got);
	free(text);
	return got < 0 ? (int)got : ninep_close_reply(reader);
}

static uint32_t make_error(void)
{
	struct ninep_writer writer = begin(NINEP_LERROR);

	ninep_put_u32(&writer, 2);
	return finish(&writer);
}

static const struct kind {
	enum ninep_type type;
	uint32_t (*make)(void);
	int (*read)(struct ninep_reader *reader);
	int result;
} kinds[] = {
	{NINEP_GETATTR, make_attributes, read_attributes, 0},
	{NINEP_STATFS, make_statfs, read_statfs, 0},
	{NINEP_WALK, make_walk, read_walk, 0},
	{NINEP_READLINK, make_link, read_link, 0},
	{NINEP_LOPEN, make_error, read_statfs, -ENOENT},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Read what lies in `message`, from memory that ends where it ends. */
static int read_reply(const struct kind *kind, uint32_t bytes, uint32_t claimed)
{
	uint8_t *copy = malloc(bytes ? bytes : 1);
	struct ninep_reader reader;
	int error;

	memcpy(copy, message, bytes);
	error = ninep_open_reply(&reader, copy, bytes, claimed, kind->type, TAG);
	if (!error)
		error = kind->read(&reader);
	free(copy);
	return error;
}

static void set_total(uint32_t total)
{
	memcpy(message, &total, sizeof(total));
}

static void whole(void **state)
{
	for (size_t i = 0; i < KINDS; i++) {
		uint32_t bytes = kinds[i].make();
		assert_int_equal(read_reply(&kinds[i], bytes, bytes), kinds[i].result);
	}
}

/* Cut, with a head that tells of it, of the whole, or of more than the device brought. */
static void cut(void **state)
{
	for (size_t i = 0; i < KINDS; i++) {
		uint32_t bytes = kinds[i].make();
		for (uint32_t left = 0; left < bytes; left++) {
			assert_int_equal(read_reply(&kinds[i], left, left), -EIO);
			assert_int_equal(read_reply(&kinds[i], left, bytes), -EIO);
			set_total(left);
			assert_int_equal(read_reply(&kinds[i], left, left), -EIO);
			set_total(bytes);
		}
	}
}

static void longer(void **state)
{
	for (size_t i = 0; i < KINDS; i++) {
		uint32_t bytes = kinds[i].make();
		for (uint32_t more = 1; more < 40; more++) {
			memset(message + bytes, 0, more);
			assert_int_equal(read_reply(&kinds[i], bytes + more, bytes + more), -EIO);
			set_total(bytes + more);
			assert_int_equal(read_reply(&kinds[i], bytes + more, bytes + more), -EIO);
			set_total(bytes);
		}
		set_total(UINT32_MAX);
		assert_int_equal(read_reply(&kinds[i], bytes, bytes), -EIO);
	}
}

static void other_heads(void **state)
{
	uint32_t bytes = make_statfs();

	message[4] = NINEP_WALK + 1;
	assert_int_equal(read_reply(&kinds[1], bytes, bytes), -EIO);
	message[4] = NINEP_STATFS; /* a request */
	assert_int_equal(read_reply(&kinds[1], bytes, bytes), -EIO);
	make_statfs();
	message[5]++;
	assert_int_equal(read_reply(&kinds[1], bytes, bytes), -EIO);
}

static void errors(void **state)
{
	static const struct {
		uint32_t number;
		int result;
	} rows[] = {{1, -1}, {95, -95}, {4095, -4095}, {0, -EIO}, {4096, -EIO}, {UINT32_MAX, -EIO}, {1u << 31, -EIO}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t bytes = make_error();
		memcpy(message + NINEP_HEAD_BYTES, &rows[i].number, 4);
		assert_int_equal(read_reply(&kinds[1], bytes, bytes), rows[i].result);
	}
}

/* Attributes that cannot be: each is one field of a good reply, changed. */
static void forged_attributes(void **state)
{
	static const struct {
		uint32_t at, bytes;
		uint64_t value;
	} rows[] = {
		{7, 8, 0x7fe}, /* not all that was asked for */
		{15, 1, 0},    /* the two descriptions of the type */
		{15, 1, NINEP_QID_SYMLINK},
		{28, 4, 0100644},
		{28, 4, 0120777},
		{28, 4, 0},
		{28, 4, 0170000},
		{28, 4, 040755 | 1u << 16},
		{28, 4, UINT32_MAX},
		{40, 8, 1ull << 32}, /* links */
		{56, 8, 1ull << 63}, /* the size */
		{56, 8, UINT64_MAX},
		{88, 8, 1000000000}, /* nanoseconds */
		{104, 8, UINT64_MAX},
		{120, 8, 1ull << 32},
		{136, 8, 1000000000},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint32_t bytes = make_attributes();
		memcpy(message + rows[i].at, &rows[i].value, rows[i].bytes);
		if (read_reply(&kinds[0], bytes, bytes) != -EIO)
			fail_msg("row %zu (offset %u) was believed", i, rows[i].at);
	}
}

static void walks(void **state)
{
	uint32_t bytes = make_walk();

	message[7] = 2;
	assert_int_equal(read_reply(&kinds[2], bytes, bytes), -EIO);
	message[7] = message[8] = 0xff;
	assert_int_equal(read_reply(&kinds[2], bytes, bytes), -EIO);
	message[7] = message[8] = 0;
	assert_int_equal(read_reply(&kinds[2], bytes, bytes), -EIO); /* a qid that nobody counted */
	set_total(9);
	assert_int_equal(read_reply(&kinds[2], 9, 9), -ENOENT);
}

static void links(void **state)
{
	uint32_t bytes = make_link();

	message[12] = 0; /* a zero within */
	assert_int_equal(read_reply(&kinds[3], bytes, bytes), -EIO);
	bytes = make_link();
	message[7]++;
	assert_int_equal(read_reply(&kinds[3], bytes, bytes), -EIO);
	message[7] -= 2;
	assert_int_equal(read_reply(&kinds[3], bytes, bytes), -EIO);
	struct ninep_writer writer = begin(NINEP_READLINK);
	ninep_put_text(&writer, "as long as the room for it, 32 b");
	bytes = finish(&writer);
	assert_int_equal(read_reply(&kinds[3], bytes, bytes), -EIO);
}

/* ---- entries of directories: the data behind the head ---- */

static uint32_t put_entry(uint32_t at, uint64_t next, uint8_t type, const char *name, uint16_t name_bytes)
{
	struct ninep_writer writer = {.data = message, .room = ROOM, .bytes = at};

	put_qid(&writer, type == 4 ? NINEP_QID_DIR : 0);
	ninep_put_u64(&writer, next);
	put_u8(&writer, type);
	ninep_put_u16(&writer, name_bytes);
	for (uint16_t i = 0; i < name_bytes; i++)
		put_u8(&writer, (uint8_t)name[i]);
	return writer.bytes;
}

/* All of them: how many, or -EIO. It always comes to an end, and names lie within. */
static int read_entries(uint32_t bytes)
{
	uint8_t *copy = malloc(bytes ? bytes : 1);
	struct ninep_entry entry;
	uint32_t at = 0, before = 0;
	int more, count = 0;

	memcpy(copy, message, bytes);
	while ((more = ninep_next_entry(copy, bytes, &at, &entry)) > 0) {
		assert_true(at > before && at <= bytes);
		assert_true((const uint8_t *)entry.name >= copy && entry.name_bytes > 0);
		assert_true((const uint8_t *)entry.name + entry.name_bytes <= copy + bytes);
		assert_null(memchr(entry.name, '/', entry.name_bytes));
		assert_null(memchr(entry.name, 0, entry.name_bytes));
		before = at;
		count++;
	}
	free(copy);
	return more < 0 ? more : count;
}

static void entries(void **state)
{
	static char long_name[300];
	uint32_t first = put_entry(0, 1, 4, "one", 3), bytes = put_entry(first, 2, 8, "two", 3);

	memset(long_name, 'n', sizeof(long_name));
	assert_int_equal(read_entries(bytes), 2);
	assert_int_equal(read_entries(0), 0);
	for (uint32_t left = 1; left < bytes; left++)
		assert_int_equal(read_entries(left), left == first ? 1 : -EIO);
	assert_int_equal(read_entries(put_entry(0, 1, 8, "a/b", 3)), -EIO);
	assert_int_equal(read_entries(put_entry(0, 1, 8, "/", 1)), -EIO);
	assert_int_equal(read_entries(put_entry(0, 1, 8, "a\0b", 3)), -EIO);
	assert_int_equal(read_entries(put_entry(0, 1, 8, "", 0)), -EIO);
	assert_int_equal(read_entries(put_entry(0, 1, 16, "a", 1)), -EIO);
	assert_int_equal(read_entries(put_entry(0, UINT64_MAX, 8, "a", 1)), -EIO);
	assert_int_equal(read_entries(put_entry(0, 1, 8, long_name, 255)), 1);
	assert_int_equal(read_entries(put_entry(0, 1, 8, long_name, 256)), -EIO);
	bytes = put_entry(0, 1, 8, "abc", 3);
	message[22] = message[23] = 0xff; /* a name longer than the reply */
	assert_int_equal(read_entries(bytes), -EIO);
}

/* ---- chance ---- */

/* Bytes of good replies changed, and the length: whatever comes out, it is 0, -EIO, or what the server may say. */
static void random_replies(void **state)
{
	for (uint32_t i = 0; i < RANDOM_SET; i++) {
		const struct kind *kind = &kinds[random_number() % KINDS];
		uint32_t bytes = kind->make(), changes = random_number() % 4;

		while (changes--)
			message[random_number() % bytes] = (uint8_t)random_number();
		if (random_number() % 4 == 0) {
			bytes = random_number() % (bytes + 20);
			set_total(bytes);
		}
		int error = read_reply(kind, bytes, random_number() % 8 ? bytes : random_number());
		assert_true(error <= 0 && error >= -4095);
	}
}

static void random_entries(void **state)
{
	for (uint32_t i = 0; i < RANDOM_SET; i++) {
		uint32_t bytes = 0, count = random_number() % 6, changes = random_number() % 4;

		while (count--)
			bytes = put_entry(bytes, random_number(), random_number() % 16, "some name",
					  1 + random_number() % 9);
		while (changes-- && bytes)
			message[random_number() % bytes] = (uint8_t)random_number();
		(void)read_entries(bytes ? bytes - random_number() % 2 : 0);
	}
}

/* ---- requests ---- */

static void requests(void **state)
{
	struct ninep_writer writer;
	uint8_t *room = malloc(20);
	static char longest[70000];

	ninep_begin(&writer, room, 20, NINEP_WALK);
	ninep_put_u32(&writer, 1);
	ninep_put_text(&writer, "1234567");
	assert_int_equal(ninep_finish(&writer, 1, 0), 0);
	assert_int_equal(writer.bytes, 20);
	ninep_begin(&writer, room, 20, NINEP_WALK);
	ninep_put_u32(&writer, 1);
	ninep_put_text(&writer, "12345678");
	assert_int_equal(ninep_finish(&writer, 1, 0), -ENAMETOOLONG);
	/* What comes behind does not make it whole again. */
	ninep_put_u16(&writer, 1);
	assert_int_equal(ninep_finish(&writer, 1, 0), -ENAMETOOLONG);
	memset(longest, 'a', sizeof(longest) - 1);
	ninep_begin(&writer, room, 20, NINEP_WALK);
	ninep_put_text(&writer, longest);
	assert_int_equal(ninep_finish(&writer, 1, 0), -ENAMETOOLONG);
	free(room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),          cmocka_unit_test(cut),
		cmocka_unit_test(longer),         cmocka_unit_test(other_heads),
		cmocka_unit_test(errors),         cmocka_unit_test(forged_attributes),
		cmocka_unit_test(walks),          cmocka_unit_test(links),
		cmocka_unit_test(entries),        cmocka_unit_test(random_replies),
		cmocka_unit_test(random_entries), cmocka_unit_test(requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
