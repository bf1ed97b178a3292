/*
 * Descriptor tables: lowest number first, limits, growth, dup, close-on-exec, copies, close_range, and what happens
 * when memory is short.
 */
/* sources: kernel/fs/fd_table.c kernel/fs/fd.c kernel/lib/check.c kernel/lib/printf.c kernel/lib/string.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fake_cpu.h"
#include "fake_memory.h"
#include "fs/fd_table.h"
#include "fs/locks.h"
#include "lib/errno.h"

static const struct file_ops ops = {.name = "fake"};
static struct file files[4];
static uint64_t limit = 1024;
static int closed_locks;

uint64_t trace_mask;
int32_t (*file_process_hook)(void);

static uint64_t limit_of(unsigned resource)
{
	(void)resource;
	return limit;
}
uint64_t (*vm_limit)(unsigned resource) = limit_of;

void trace_record(enum trace_event event, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
}
void fd_trace_object(const struct file *file)
{
}

void preempt_point(void)
{
}

void file_get(struct file *file)
{
	refcount_get(&file->refs);
}

void file_put(struct file *file)
{
	(void)refcount_put(&file->refs);
}

_Atomic uint32_t dnotify_count;

void dnotify_end(const struct file *file, const struct fd_table *table)
{
}

void locks_remove_posix(struct file *file, const struct fd_table *table)
{
	closed_locks++;
}

static int setup(void **state)
{
	fake_cpu_begin();
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		files[i] = (struct file){.ops = &ops};
		refcount_init(&files[i].refs, 1);
	}
	limit = 1024;
	fake_thread.files = fd_table_create();
	return fake_thread.files ? 0 : -1;
}

static int teardown(void **state)
{
	fd_table_put(fake_thread.files);
	return fake_live == 0 ? 0 : -1;
}

static int open_one(unsigned which, bool close_on_exec)
{
	file_get(&files[which]);
	return fd_open(&files[which], close_on_exec);
}

static void lowest_number_first(void **state)
{
	for (int fd = 0; fd < 200; fd++)
		assert_int_equal(open_one(0, false), fd);
	assert_int_equal(fd_close(150), 0);
	assert_int_equal(fd_close(3), 0);
	assert_int_equal(fd_close(3), -EBADF);
	assert_int_equal(open_one(1, false), 3);
	assert_int_equal(open_one(1, false), 150);
	assert_int_equal(open_one(1, false), 200);
	assert_int_equal(refcount_read(&files[0].refs), 1 + 198);
}

static void reserved_is_not_open(void **state)
{
	int fd = fd_reserve(0);

	assert_int_equal(fd, 0);
	assert_null(fd_get(fd));
	assert_int_equal(fd_close(fd), -EBADF);
	assert_int_equal(fd_reserve(0), 1);
	fd_unreserve(fd);
	assert_int_equal(fd_reserve(0), 0);
	fd_unreserve(0);
	fd_unreserve(1);
	assert_int_equal(fd_table_next(fake_thread.files, 0), -1);
}

static void limits_are_kept(void **state)
{
	limit = 3;
	assert_int_equal(open_one(0, false), 0);
	assert_int_equal(open_one(0, false), 1);
	assert_int_equal(open_one(0, false), 2);
	assert_int_equal(open_one(0, false), -EMFILE);
	assert_int_equal(fd_dup(0, 3, false), -EINVAL);
	assert_int_equal(fd_dup(0, -1, false), -EINVAL);
	assert_int_equal(fd_dup_to(0, 3, false), -EBADF);
	assert_int_equal(fd_dup(7, 0, false), -EBADF);
	assert_int_equal(refcount_read(&files[0].refs), 1 + 3);
}

static void dup_shares_the_description(void **state)
{
	int fd = open_one(0, true), copy = fd_dup(fd, 70, false);
	struct file *file;

	assert_int_equal(copy, 70);
	assert_int_equal(fd_close_on_exec(fd), 1);
	assert_int_equal(fd_close_on_exec(copy), 0);
	assert_int_equal(fd_set_close_on_exec(copy, true), 0);
	assert_int_equal(fd_close_on_exec(copy), 1);
	file = fd_get(copy);
	assert_ptr_equal(file, &files[0]);
	file_put(file);
	assert_int_equal(open_one(1, false), 1);
	assert_int_equal(fd_dup_to(fd, 1, true), 1);
	assert_int_equal(refcount_read(&files[1].refs), 1);
	assert_int_equal(fd_close_on_exec(1), 1);
	assert_int_equal(refcount_read(&files[0].refs), 1 + 3);
}

static void exec_closes_what_is_marked(void **state)
{
	for (int i = 0; i < 100; i++)
		open_one(i % 2, i % 2);
	fd_table_close_on_exec(fake_thread.files);
	assert_int_equal(refcount_read(&files[0].refs), 1 + 50);
	assert_int_equal(refcount_read(&files[1].refs), 1);
	assert_int_equal(fd_table_next(fake_thread.files, 1), 2);
	assert_int_equal(open_one(2, false), 1);
}

static void a_copy_has_its_own_descriptors(void **state)
{
	struct fd_table *copy;
	int error;

	for (int i = 0; i < 100; i++)
		open_one(0, i == 5);
	fd_close(10);
	fd_reserve(0); /* 10: a call in progress, not inherited */
	copy = fd_table_copy(fake_thread.files, &error);
	assert_non_null(copy);
	assert_int_equal(error, 0);
	assert_int_equal(refcount_read(&files[0].refs), 1 + 2 * 99);
	assert_true(fd_bit(copy->close_on_exec, 5));
	fd_unreserve(10);
	struct fd_table *old = fake_thread.files;
	fake_thread.files = copy;
	assert_int_equal(open_one(1, false), 10);
	fake_thread.files = old;
	assert_null(fd_get(10));
	fd_table_put(copy);
	assert_int_equal(refcount_read(&files[0].refs), 1 + 99);
	assert_int_equal(refcount_read(&files[1].refs), 1);
}

static void ranges(void **state)
{
	for (int i = 0; i < 100; i++)
		open_one(0, false);
	assert_int_equal(fd_close_range(5, 3, 0), -EINVAL);
	assert_int_equal(fd_close_range(0, 10, 64), -EINVAL);
	assert_int_equal(fd_close_range(3, 9, 4), 0); /* CLOSE_RANGE_CLOEXEC */
	assert_int_equal(fd_close_on_exec(9), 1);
	assert_int_equal(fd_close_on_exec(10), 0);
	assert_int_equal(fd_close_range(10, ~0u, 0), 0);
	assert_int_equal(refcount_read(&files[0].refs), 1 + 10);
	assert_int_equal(fd_close_range(5000, ~0u, 0), 0);
	/* CLOSE_RANGE_UNSHARE */
	struct fd_table *shared = fake_thread.files;
	fd_table_get(shared);
	assert_int_equal(fd_close_range(0, ~0u, 2), 0);
	assert_ptr_not_equal(fake_thread.files, shared);
	assert_int_equal(fd_table_next(fake_thread.files, 0), -1);
	assert_int_equal(fd_table_next(shared, 0), 0);
	fd_table_put(shared);
}

static void no_memory_leaves_nothing(void **state)
{
	int error;

	for (int i = 0; i < 64; i++)
		open_one(0, false);
	fake_fail_at = 1;
	assert_int_equal(open_one(0, false), -ENOMEM);
	fake_fail_at = 1;
	assert_int_equal(fd_dup_to(0, 500, false), -ENOMEM);
	assert_int_equal(refcount_read(&files[0].refs), 1 + 64);
	assert_int_equal(open_one(0, false), 64);
	fake_fail_at = 1;
	assert_null(fd_table_copy(fake_thread.files, &error));
	fake_fail_at = 2;
	assert_null(fd_table_copy(fake_thread.files, &error));
	assert_int_equal(error, -ENOMEM);
	assert_int_equal(refcount_read(&files[0].refs), 1 + 65);
}

static void a_loan_counts_only_in_a_shared_table(void **state)
{
	int fd = open_one(0, false);
	struct fd_loan loan = fd_borrow(fd);

	assert_ptr_equal(loan.file, &files[0]);
	assert_int_equal(refcount_read(&files[0].refs), 2);
	fd_give_back(loan);
	fd_table_get(fake_thread.files);
	loan = fd_borrow(fd);
	assert_int_equal(refcount_read(&files[0].refs), 3);
	fd_give_back(loan);
	assert_int_equal(refcount_read(&files[0].refs), 2);
	fd_table_put(fake_thread.files);
	assert_null(fd_borrow(-1).file);
	assert_null(fd_borrow(1 << 30).file);
	files[0].flags = FILE_O_PATH;
	assert_null(fd_borrow(fd).file);
	assert_null(fd_get(fd));
	struct file *file = fd_get_path(fd);
	assert_ptr_equal(file, &files[0]);
	file_put(file);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lowest_number_first),
		TEST(reserved_is_not_open),
		TEST(limits_are_kept),
		TEST(dup_shares_the_description),
		TEST(exec_closes_what_is_marked),
		TEST(a_copy_has_its_own_descriptors),
		TEST(ranges),
		TEST(no_memory_leaves_nothing),
		TEST(a_loan_counts_only_in_a_shared_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
