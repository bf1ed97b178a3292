/*
 * The client of a 9P server against servers that lie: every call with a good reply, with one cut at every byte, with
 * forged bytes and counts, with no reply (the server ends, the thread is killed). Whatever comes, the call ends, says
 * so, and leaves no tag in use, no fid behind and no memory taken.
 */
/* sources: kernel/fs/ninep_calls.c kernel/fs/ninep_client.c kernel/fs/ninep_wire.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_cpu.h"
#include "fake_memory.h"
#include "fs/ninep_calls.h"
#include "lib/errno.h"
#include "trace/trace.h"

#include "fake_ninep_server.h"

#define RANDOM_SET 3000

void log_line(const char *format, ...)
{
	(void)format;
}

unsigned waitq_wake_one(struct waitq *queue)
{
	return waitq_wake_key(queue, 0, 1);
}

static struct ninep_fid *file;

static ssize_t kept(int error, struct ninep_fid *fid)
{
	if (!error)
		ninep_fid_put(fid);
	return error;
}

static ssize_t call_attach(void)
{
	struct ninep_fid *fid = NULL;
	int error = ninep_call_attach(&client, &fid);

	return kept(error, fid);
}

static ssize_t call_walk(void)
{
	struct ninep_fid *fid = NULL;
	struct ninep_qid found;
	int error = ninep_call_walk(file, "name", &fid, &found);

	return kept(error, fid);
}

static ssize_t call_getattr(void)
{
	struct ninep_attributes got;
	int error = ninep_call_getattr(file, &got);

	if (!error)
		assert_true(got.size <= INT64_MAX && (got.mode & 0170000));
	return error;
}

static ssize_t call_setattr(void)
{
	struct ninep_change change = {.valid = NINEP_SET_MODE, .mode = 0600};

	return ninep_call_setattr(file, &change);
}

static ssize_t call_open(void)
{
	return ninep_call_open(file, 4711, 0);
}

static ssize_t call_create(void)
{
	return ninep_call_create(file, "name", 0, 0644, 0);
}

static ssize_t call_mkdir(void)
{
	return ninep_call_mkdir(file, "name", 0755, 0);
}

static ssize_t call_mknod(void)
{
	return ninep_call_mknod(file, "name", 0644, 1, 3, 0);
}

static ssize_t call_symlink(void)
{
	return ninep_call_symlink(file, "name", "target", 0);
}

static ssize_t call_link(void)
{
	return ninep_call_link(file, file, "name");
}

static ssize_t call_rename(void)
{
	return ninep_call_rename(file, "name", file, "other");
}

static ssize_t call_unlink(void)
{
	return ninep_call_unlink(file, "name", 0);
}

static ssize_t call_readlink(void)
{
	char *text = malloc(40);
	ssize_t got = ninep_call_readlink(file, text, 40);

	if (got >= 0)
		assert_int_equal(strlen(text), got);
	free(text);
	return got;
}

static ssize_t call_statfs(void)
{
	struct ninep_statfs got;

	return ninep_call_statfs(file, &got);
}

static ssize_t call_fsync(void)
{
	return ninep_call_fsync(file, true);
}

/* Never more than there is room for. */
static ssize_t call_read(void)
{
	char *to = malloc(12);
	ssize_t got = ninep_call_read(file, 0, to, 12);

	assert_true(got <= 12);
	free(to);
	return got;
}

static ssize_t call_readdir(void)
{
	char *to = malloc(12);
	ssize_t got = ninep_call_readdir(file, 0, to, 12);

	assert_true(got <= 12);
	free(to);
	return got;
}

static ssize_t call_write(void)
{
	ssize_t got = ninep_call_write(file, 0, "0123456789ab", 12);

	assert_true(got <= 12);
	return got;
}

static ssize_t call_xattr_walk(void)
{
	struct ninep_fid *fid = NULL;
	uint64_t bytes;
	int error = ninep_call_xattr_walk(file, "user.x", &fid, &bytes);

	return kept(error, fid);
}

static ssize_t call_xattr_create(void)
{
	return ninep_call_xattr_create(file, "user.x", 10, 0);
}

static const struct row {
	const char *name;
	void (*make)(void);
	ssize_t (*call)(void);
	ssize_t result;
	bool reads_all; /* a reply of another length is refused */
} rows[] = {
	{"attach", qid, call_attach, 0, true},          {"walk", walked, call_walk, 0, true},
	{"getattr", attributes, call_getattr, 0, true}, {"setattr", nothing, call_setattr, 0, false},
	{"open", opened, call_open, 0, true},           {"create", opened, call_create, 0, false},
	{"mkdir", qid, call_mkdir, 0, false},           {"mknod", qid, call_mknod, 0, false},
	{"symlink", qid, call_symlink, 0, false},       {"link", nothing, call_link, 0, false},
	{"rename", nothing, call_rename, 0, false},     {"unlink", nothing, call_unlink, 0, false},
	{"readlink", target, call_readlink, 6, true},   {"statfs", statfs_, call_statfs, 0, true},
	{"fsync", nothing, call_fsync, 0, false},       {"read", data, call_read, 10, true},
	{"readdir", data, call_readdir, 10, true},      {"write", count, call_write, 10, true},
	{"xattr_walk", size, call_xattr_walk, 0, true}, {"xattr_create", nothing, call_xattr_create, 0, false},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Nothing is left on the way: clunks that nobody waits for are answered first. */
static void check_nothing_left(const struct row *row, uint32_t fids, long memory)
{
	run_server();
	run_server();
	if (client.tags_free != TAGS_ALL)
		fail_msg("%s: tags are still in use", row->name);
	if (client.fids_live != fids)
		fail_msg("%s: %u fids are left, not %u", row->name, client.fids_live, fids);
	/* Free fids are kept. */
	if (fake_live > memory + 2)
		fail_msg("%s: memory is left", row->name);
}

static ssize_t run(const struct row *row)
{
	uint32_t fids = client.fids_live;
	long memory = fake_live;
	ssize_t result;

	row->make();
	blocks = 0;
	result = row->call();
	check_nothing_left(row, fids, memory);
	if (result < -4095)
		fail_msg("%s: no errno: %ld", row->name, (long)result);
	return result;
}

static void setup(void)
{
	begin_server();
	if (!file) {
		qid();
		assert_int_equal(ninep_call_attach(&client, &file), 0);
	}
}

static void good_replies(void **state)
{
	setup();
	for (size_t i = 0; i < ROWS; i++) {
		if (run(&rows[i]) != rows[i].result)
			fail_msg("%s", rows[i].name);
	}
}

static void errors_of_the_server(void **state)
{
	setup();
	error_number = 28;
	for (size_t i = 0; i < ROWS; i++)
		assert_int_equal(run(&rows[i]), -28);
	error_number = 5000;
	for (size_t i = 0; i < ROWS; i++)
		assert_int_equal(run(&rows[i]), -EIO);
}

static void cut_replies(void **state)
{
	setup();
	for (size_t i = 0; i < ROWS; i++) {
		rows[i].make();
		uint32_t whole = NINEP_HEAD_BYTES + body_bytes;
		for (uint32_t left = 1; left < whole; left++) {
			forgery = honest;
			forgery.cut_to = left;
			assert_int_equal(run(&rows[i]), -EIO);
			forgery.tells_truth = true;
			if (left < NINEP_HEAD_BYTES || rows[i].reads_all)
				assert_int_equal(run(&rows[i]), -EIO);
			else
				(void)run(&rows[i]);
		}
	}
}

/* The device counts more, or fewer bytes than came. */
static void forged_counts(void **state)
{
	static const uint32_t claims[] = {1, 6, 7, 10, 11, 12, 22, 23, 4096, 1u << 31, UINT32_MAX - 1};

	setup();
	for (size_t i = 0; i < ROWS; i++) {
		for (size_t c = 0; c < sizeof(claims) / sizeof(claims[0]); c++) {
			rows[i].make();
			forgery = honest;
			forgery.claimed = claims[c];
			if (claims[c] != NINEP_HEAD_BYTES + body_bytes)
				assert_int_equal(run(&rows[i]), -EIO);
		}
	}
}

static void forged_bytes(void **state)
{
	static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};

	setup();
	for (size_t i = 0; i < ROWS; i++) {
		rows[i].make();
		for (uint32_t at = 0; at < NINEP_HEAD_BYTES + body_bytes; at++) {
			for (size_t v = 0; v < sizeof(values); v++) {
				forgery = honest;
				forgery.changed_at = at;
				forgery.changed_to = values[v];
				(void)run(&rows[i]);
			}
		}
	}
}

/* A read that claims more than was asked for. */
static void too_much_data(void **state)
{
	const struct row *read = &rows[15];

	setup();
	assert_string_equal(read->name, "read");
	forgery.changed_at = NINEP_HEAD_BYTES;
	for (unsigned claimed = 0; claimed < 256; claimed++) {
		forgery.changed_to = (uint8_t)claimed;
		assert_int_equal(run(read), claimed == 10 ? 10 : -EIO);
	}
	/* Device, head and count agree on more than there is room for. */
	for (uint32_t claimed = 13; claimed < 256; claimed++) {
		forgery.changed_to = (uint8_t)claimed;
		forgery.claimed = NINEP_DATA_AT + claimed;
		forgery.tells_truth = true;
		assert_int_equal(run(read), -EIO);
	}
	forgery = honest;
	/* The file is another one by now. */
	forgery.changed_at = NINEP_HEAD_BYTES + 5;
	forgery.changed_to = 1;
	assert_string_equal(rows[4].name, "open");
	assert_int_equal(run(&rows[4]), -ESTALE);
}

static void killed(void **state)
{
	setup();
	for (int forgets = 0; forgets < 2; forgets++) {
		forgets_flushed = forgets;
		for (size_t i = 0; i < ROWS; i++) {
			kill_at = 1;
			ssize_t result = run(&rows[i]);
			/* The server had done it all the same, unless it gave it up. */
			assert_int_equal(result, forgets ? -EINTR : rows[i].result);
		}
	}
}

static void server_ends(void **state)
{
	setup();
	for (size_t i = 0; i < ROWS; i++) {
		client.is_broken = false;
		rows[i].make();
		blocks = 0;
		break_at = 1;
		assert_int_equal(rows[i].call(), -EIO);
		/* What it had been asked is not answered any more; and from then on nothing is. */
		queued_count = break_at = 0;
		assert_int_equal(rows[i].call(), -EIO);
		assert_int_equal(queued_count, 0);
		assert_true(client.tags_free == TAGS_ALL);
		assert_int_equal(client.fids_live, 1);
	}
}

static void without_memory(void **state)
{
	setup();
	for (size_t i = 0; i < ROWS; i++) {
		for (unsigned nth = 1; nth < 10; nth++) {
			fake_fail_at = nth;
			ssize_t result = run(&rows[i]);
			bool has_failed = fake_fail_at == 0;
			fake_fail_at = 0;
			assert_int_equal(result, has_failed ? -ENOMEM : rows[i].result);
			if (!has_failed)
				break;
		}
	}
}

/* A server may reply to what nobody asked, and to one request twice. */
static void unasked_replies(void **state)
{
	setup();
	for (uint32_t tag = 0; tag < UINT16_MAX; tag += 7) {
		done[0].tag = (uint16_t)tag;
		done[0].bytes = 7;
		done_count = 1;
		ninep_interrupt(&client);
	}
	assert_true(client.tags_free == TAGS_ALL);
	assert_int_equal(run(&rows[0]), 0);
}

static void by_chance(void **state)
{
	setup();
	srand(1);
	for (int i = 0; i < RANDOM_SET; i++) {
		const struct row *row = &rows[rand() % ROWS];
		row->make();
		uint32_t whole = NINEP_HEAD_BYTES + body_bytes;
		forgery = honest;
		forgery.changed_at = (uint32_t)rand() % whole;
		forgery.changed_to = (uint8_t)rand();
		if (rand() % 3 == 0) {
			forgery.cut_to = 1 + (uint32_t)rand() % whole;
			forgery.tells_truth = rand() % 2;
		}
		kill_at = rand() % 4 == 0;
		(void)run(row);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_replies),   cmocka_unit_test(errors_of_the_server),
		cmocka_unit_test(cut_replies),    cmocka_unit_test(forged_counts),
		cmocka_unit_test(forged_bytes),   cmocka_unit_test(too_much_data),
		cmocka_unit_test(killed),         cmocka_unit_test(server_ends),
		cmocka_unit_test(without_memory), cmocka_unit_test(unasked_replies),
		cmocka_unit_test(by_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
