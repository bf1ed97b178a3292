/*
 * File locks: splitting and joining of ranges against a map of bytes, conflicts, owners, deadlock, flock, what goes at
 * which close.
 */
/* sources: kernel/fs/locks.c kernel/fs/flock.c kernel/fs/locks_wait.c */
#include <asm/fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fake_cpu.h"
#include "fake_memory.h"
#include "fake_wait.h"
#include "fs/locks.h"
#include "lib/errno.h"

#define BYTES 64

static struct inode inode;
static struct superblock superblock;
static struct file file_a, file_b;
static struct fd_table table_a, table_b;

static int32_t process_id(void)
{
	return 42;
}
int32_t (*file_process_hook)(void) = process_id;

uint64_t inode_size(const struct inode *of)
{
	return of->size;
}

/* The descriptor still names the file, unless a test says that it was closed meanwhile. */
static bool is_closed;

bool fd_refers_to(int fd, const struct file *file)
{
	return !is_closed;
}

static int setup(void **state)
{
	fake_cpu_begin();
	fake_block = NULL;
	inode = (struct inode){.superblock = &superblock, .ino = 5, .size = 100};
	file_a = (struct file){.inode = &inode, .flags = O_RDWR};
	file_b = (struct file){.inode = &inode, .flags = O_RDWR};
	fake_thread.files = &table_a;
	return 0;
}

static int teardown(void **state)
{
	locks_remove_posix(&file_a, &table_a);
	locks_remove_posix(&file_b, &table_b);
	locks_remove_file(&file_a);
	locks_remove_file(&file_b);
	assert_null(inode.locks);
	return fake_live == 0 ? 0 : -1;
}

static void closed_while_it_waited(void **state)
{
	struct flock lock = {.l_type = F_WRLCK, .l_len = 1};

	is_closed = true;
	assert_int_equal(locks_set(3, &file_a, &lock, false, true, 42), -EBADF);
	is_closed = false;
	assert_null(inode.locks);
}

static int set(struct fd_table *owner, int type, int64_t start, int64_t length, bool may_wait)
{
	struct flock lock = {.l_type = (short)type, .l_whence = 0, .l_start = start, .l_len = length};

	fake_thread.files = owner;
	return locks_set(3, &file_a, &lock, false, may_wait, 42);
}

static int type_at(struct fd_table *asker, int64_t at)
{
	struct flock lock = {.l_type = F_WRLCK, .l_start = at, .l_len = 1};

	fake_thread.files = asker;
	assert_int_equal(locks_test(&file_a, &lock, false), 0);
	return lock.l_type;
}

static void count_lock(const struct lock_view *view, void *arg)
{
	(*(int *)arg)++;
}

static int count(void)
{
	int locks = 0;

	locks_for_each(count_lock, &locks);
	return locks;
}

static void agrees_with_a_map_of_bytes(void **state)
{
	int model[BYTES];
	unsigned seed = 3;

	for (int i = 0; i < BYTES; i++)
		model[i] = F_UNLCK;
	for (int step = 0; step < 3000; step++) {
		static const int types[3] = {F_RDLCK, F_WRLCK, F_UNLCK};
		seed = seed * 1103515245u + 12345u;
		int start = (int)(seed >> 8) % BYTES, type = types[(seed >> 20) % 3];
		int length = 1 + (int)(seed >> 16) % 16, runs = 0;
		length = MIN(length, BYTES - start);
		assert_int_equal(set(&table_a, type, start, length, false), 0);
		for (int i = start; i < start + length; i++)
			model[i] = type;
		for (int i = 0; i < BYTES; i++) {
			assert_int_equal(type_at(&table_b, i), model[i]);
			runs += model[i] != F_UNLCK && (i == 0 || model[i - 1] != model[i]);
		}
		assert_int_equal(count(), runs); /* neighbours are one lock */
	}
}

static void owners_are_in_each_others_way(void **state)
{
	struct flock lock = {.l_type = F_RDLCK, .l_start = 0, .l_len = 0};

	assert_int_equal(set(&table_a, F_RDLCK, 0, 10, false), 0);
	assert_int_equal(set(&table_b, F_RDLCK, 5, 10, false), 0);
	assert_int_equal(set(&table_b, F_WRLCK, 5, 10, false), -EAGAIN);
	assert_int_equal(set(&table_b, F_WRLCK, 10, 5, false), 0);
	fake_thread.files = &table_a;
	assert_int_equal(locks_test(&file_a, &lock, false), 0);
	assert_int_equal(lock.l_type, F_WRLCK);
	assert_int_equal(lock.l_start, 10);
	assert_int_equal(lock.l_len, 5);
	assert_int_equal(lock.l_pid, 42);
	locks_remove_posix(&file_b, &table_b);
	assert_int_equal(type_at(&table_a, 12), F_UNLCK);
	assert_int_equal(type_at(&table_b, 2), F_RDLCK);
}

static void bad_requests(void **state)
{
	struct flock lock = {.l_type = 9};

	assert_int_equal(locks_set(3, &file_a, &lock, false, false, 1), -EINVAL);
	lock = (struct flock){.l_type = F_RDLCK, .l_whence = 7};
	assert_int_equal(locks_set(3, &file_a, &lock, false, false, 1), -EINVAL);
	assert_int_equal(set(&table_a, F_RDLCK, -1, 5, false), -EINVAL);
	assert_int_equal(set(&table_a, F_RDLCK, 5, -6, false), -EINVAL);
	assert_int_equal(set(&table_a, F_RDLCK, INT64_MAX, 2, false), -EOVERFLOW);
	file_a.flags = O_RDONLY;
	assert_int_equal(set(&table_a, F_WRLCK, 0, 1, false), -EBADF);
	file_a.flags = O_WRONLY;
	assert_int_equal(set(&table_a, F_RDLCK, 0, 1, false), -EBADF);
	lock = (struct flock){.l_type = F_WRLCK, .l_pid = 1};
	assert_int_equal(locks_set(3, &file_a, &lock, true, false, 1), -EINVAL);
	assert_int_equal(set(&table_a, F_WRLCK, 10, -5, false), 0);
	assert_int_equal(type_at(&table_b, 5), F_WRLCK);
	assert_int_equal(type_at(&table_b, 10), F_UNLCK);
}

/* While b waits for a's first byte, a asks for b's: a circle. */
static int ask_back(void)
{
	fake_block = NULL;
	assert_int_equal(set(&table_a, F_WRLCK, 1, 1, true), -EDEADLK);
	return -ERESTART_CALL;
}

static void a_circle_of_waiters_is_refused(void **state)
{
	assert_int_equal(set(&table_a, F_WRLCK, 0, 1, false), 0);
	assert_int_equal(set(&table_b, F_WRLCK, 1, 1, false), 0);
	fake_block = ask_back;
	assert_int_equal(set(&table_b, F_WRLCK, 0, 1, true), -ERESTART_CALL);
}

static int release_first(void)
{
	assert_int_equal(set(&table_a, F_UNLCK, 0, 0, false), 0);
	return 0;
}

static void a_waiter_gets_it_when_it_is_free(void **state)
{
	assert_int_equal(set(&table_a, F_WRLCK, 0, 10, false), 0);
	fake_block = release_first;
	assert_int_equal(set(&table_b, F_WRLCK, 5, 10, true), 0);
	assert_int_equal(fake_wakes > 0, 1);
	assert_int_equal(type_at(&table_a, 14), F_WRLCK);
}

static void flock_is_of_the_description(void **state)
{
	assert_int_equal(locks_flock(&file_a, LOCK_SH), 0);
	assert_int_equal(locks_flock(&file_b, LOCK_SH), 0);
	assert_int_equal(locks_flock(&file_a, LOCK_EX | LOCK_NB), -EAGAIN);
	assert_int_equal(locks_flock(&file_b, LOCK_UN), 0);
	assert_int_equal(locks_flock(&file_a, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(locks_flock(&file_b, LOCK_SH), -ERESTART_CALL);
	locks_remove_posix(&file_a, &table_a); /* a close that is not the last changes nothing */
	assert_int_equal(locks_flock(&file_b, LOCK_SH | LOCK_NB), -EAGAIN);
	locks_remove_file(&file_a);
	assert_int_equal(locks_flock(&file_b, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(locks_flock(&file_b, 77), -EINVAL);
}

static void ofd_locks_are_of_the_description(void **state)
{
	struct flock lock = {.l_type = F_WRLCK, .l_len = 10};

	assert_int_equal(locks_set(3, &file_a, &lock, true, false, 1), 0);
	assert_int_equal(locks_set(3, &file_b, &lock, true, false, 1), -EAGAIN);
	assert_int_equal(set(&table_a, F_RDLCK, 0, 1, false), -EAGAIN);
	assert_int_equal(locks_test(&file_b, &lock, true), 0);
	assert_int_equal(lock.l_pid, -1);
	locks_remove_file(&file_a);
	lock.l_pid = 0;
	assert_int_equal(locks_set(3, &file_b, &lock, true, false, 1), 0);
}

static void no_memory_is_enolck(void **state)
{
	for (unsigned n = 1; n <= 3; n++) {
		fake_fail_at = n;
		assert_int_equal(set(&table_a, F_WRLCK, 0, 1, false), -ENOLCK);
		assert_int_equal(fake_live, 0);
	}
	fake_fail_at = 1;
	assert_int_equal(locks_flock(&file_a, LOCK_SH), -ENOLCK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(agrees_with_a_map_of_bytes),
		TEST(owners_are_in_each_others_way),
		TEST(bad_requests),
		TEST(a_circle_of_waiters_is_refused),
		TEST(a_waiter_gets_it_when_it_is_free),
		TEST(flock_is_of_the_description),
		TEST(ofd_locks_are_of_the_description),
		TEST(no_memory_is_enolck),
		TEST(closed_while_it_waited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
