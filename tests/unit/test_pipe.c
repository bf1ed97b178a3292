/*
 * Pipes without a kernel around them: atomic writes, end of file, broken pipes, who is woken when, poll's answers,
 * packets, opening of FIFOs, what is left when memory is short.
 */
/* sources: kernel/ipc/pipe.c kernel/ipc/pipe_packet.c kernel/ipc/fifo.c */
/* sources: kernel/ipc/bytering.c kernel/ipc/ring_loans.c */
#include <asm/fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fake_cpu.h"
#include "fake_memory.h"
#include "fake_uio.h"
#include "fake_wait.h"
#include "fs/anon.h"
#include "ipc/pipe.h"
#include "lib/errno.h"
#include "trace/trace.h"

void attributes_accessed(const struct path *path, struct inode *inode)
{
}

void inode_touch(struct inode *inode, bool atime, bool mtime, bool ctime)
{
}

#define SIGPIPE 13

/* Nobody lends pages here. */
void page_free(struct page *page)
{
	(void)page;
	abort();
}

static int last_signal;
static bool may_exceed;
static struct file *ends[2];

uint64_t trace_mask;

void trace_record(enum trace_event event, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
}

void trace_record_message(enum trace_event event, uint64_t object, uint32_t kind, uint32_t bytes, uint64_t first)
{
}

static void remember_signal(int signal)
{
	last_signal = signal;
}
void (*file_signal_hook)(int signal) = remember_signal;

bool current_has_cap(unsigned capability)
{
	return may_exceed;
}

int put_user_u32(uaddr_t to, uint32_t value)
{
	*(uint32_t *)to = value;
	return 0;
}

struct inode *anon_inode_create(enum anon_kind kind, uint32_t permissions)
{
	struct inode *inode = kzalloc(sizeof(*inode));

	if (!inode)
		return NULL;
	refcount_init(&inode->refs, 1);
	mutex_init(&inode->mutex);
	inode->mode = permissions;
	return inode;
}

void inode_get(struct inode *inode)
{
	refcount_get(&inode->refs);
}

void inode_put(struct inode *inode)
{
	if (refcount_put(&inode->refs)) {
		assert_null(inode->pipe);
		kfree(inode);
	}
}

struct file *file_create(const struct file_ops *ops, uint32_t flags, void *private_data)
{
	struct file *file = kzalloc(sizeof(*file));

	if (!file)
		return NULL;
	refcount_init(&file->refs, 1);
	file->ops = ops;
	atomic_init(&file->flags, flags);
	file->private_data = private_data;
	return file;
}

void file_put(struct file *file)
{
	if (!refcount_put(&file->refs))
		return;
	if (file->ops->release)
		file->ops->release(file);
	if (file->inode)
		inode_put(file->inode);
	kfree(file);
}

static int setup(void **state)
{
	fake_cpu_begin();
	fake_block = NULL;
	fake_wakes = fake_wake_calls = 0;
	fake_fault_after = UINT64_MAX;
	last_signal = 0;
	may_exceed = false;
	return pipe_create(ends, O_NONBLOCK);
}

static int teardown(void **state)
{
	for (int i = 0; i < 2; i++) {
		if (ends[i])
			file_put(ends[i]);
		ends[i] = NULL;
	}
	return fake_live == 0 ? 0 : -1;
}

static ssize_t write_bytes(const void *from, size_t bytes)
{
	struct uio uio;

	uio_init_kernel(&uio, (void *)from, bytes);
	return ends[1]->ops->write(ends[1], &uio, NULL);
}

static ssize_t read_bytes(void *to, size_t bytes)
{
	struct uio uio;

	uio_init_kernel(&uio, to, bytes);
	return ends[0]->ops->read(ends[0], &uio, NULL);
}

static void close_end(int which)
{
	file_put(ends[which]);
	ends[which] = NULL;
}

static char big[200000];

static void bytes_go_through(void **state)
{
	char back[10];
	uint32_t waiting;

	assert_int_equal(read_bytes(back, 10), -EAGAIN);
	assert_int_equal(write_bytes("hello", 5), 5);
	assert_int_equal(write_bytes("", 0), 0);
	assert_int_equal(ends[0]->ops->ioctl(ends[0], 0x541b, (uint64_t)&waiting), 0); /* FIONREAD */
	assert_int_equal(waiting, 5);
	assert_int_equal(read_bytes(back, 3), 3);
	assert_int_equal(read_bytes(back, 10), 2);
	assert_memory_equal(back, "lo", 2);
	close_end(1);
	assert_int_equal(read_bytes(back, 10), 0);
}

static void small_writes_are_whole(void **state)
{
	assert_int_equal(write_bytes(big, 65536 - 100), 65536 - 100);
	assert_int_equal(write_bytes(big, 101), -EAGAIN);
	assert_int_equal(write_bytes(big, 4096), -EAGAIN);
	assert_int_equal(write_bytes(big, 100), 100);
	assert_int_equal(write_bytes(big, 1), -EAGAIN);
	assert_int_equal(read_bytes(big, 4096), 4096);
	assert_int_equal(write_bytes(big, 10000), 4096); /* larger than PIPE_BUF: in part */
	assert_int_equal(write_bytes(big, 10000), -EAGAIN);
}

static void a_fault_leaves_no_half_write(void **state)
{
	fake_fault_after = 10;
	assert_int_equal(write_bytes(big, 4000), -EFAULT);
	assert_int_equal(read_bytes(big, 1), -EAGAIN);
	assert_int_equal(write_bytes(big, 5000), 10);
	fake_fault_after = 0;
	assert_int_equal(read_bytes(big, 5), -EFAULT);
	fake_fault_after = UINT64_MAX;
	assert_int_equal(read_bytes(big, 50), 10);
}

static void without_readers_a_signal(void **state)
{
	close_end(0);
	assert_int_equal(write_bytes("x", 1), -EPIPE);
	assert_int_equal(last_signal, SIGPIPE);
	assert_int_equal(ends[1]->ops->poll(ends[1], NULL), POLL_OUT | POLL_WRNORM | POLL_ERR);
}

static struct wait_entry reader_entry, writer_entry;

static void readers_hear_of_the_first_byte_only(void **state)
{
	struct pipe *pipe = pipe_of(ends[0]);

	waitq_add_entry(&pipe->read_wait, &reader_entry);
	for (int i = 0; i < 64; i++)
		write_bytes("x", 1);
	assert_int_equal(fake_wakes, 1);
	pipe->is_polled = true; /* an edge-triggered poller wants every one */
	write_bytes("x", 1);
	assert_int_equal(fake_wakes, 2);
	wait_entry_remove(&reader_entry);
}

static void writers_hear_when_it_was_full(void **state)
{
	struct pipe *pipe = pipe_of(ends[0]);

	write_bytes(big, 65536);
	waitq_add_entry(&pipe->write_wait, &writer_entry);
	read_bytes(big, 4000);
	assert_int_equal(fake_wakes, 0);
	read_bytes(big, 96);
	assert_int_equal(fake_wakes, 1);
	read_bytes(big, 60000);
	assert_int_equal(fake_wakes, 1);
	wait_entry_remove(&writer_entry);
}

/* While the writer waits, the reader takes everything. */
static int drain_while_waiting(void)
{
	static char sink[65536];

	assert_int_equal(read_bytes(sink, sizeof(sink)), 65536);
	return 0;
}

static void a_large_write_waits_and_goes_on(void **state)
{
	ends[1]->flags &= ~(uint32_t)O_NONBLOCK;
	fake_block = drain_while_waiting;
	assert_int_equal(write_bytes(big, 65536 * 2 + 7), 65536 * 2 + 7);
	assert_int_equal(read_bytes(big, 100), 7);
}

static void a_signal_ends_the_wait(void **state)
{
	ends[0]->flags &= ~(uint32_t)O_NONBLOCK;
	ends[1]->flags &= ~(uint32_t)O_NONBLOCK;
	assert_int_equal(read_bytes(big, 1), -ERESTART_CALL);
	assert_int_equal(write_bytes(big, 65536 + 5), 65536);
	assert_int_equal(write_bytes(big, 5), -ERESTART_CALL);
}

static void poll_says_what_linux_says(void **state)
{
	const struct file_ops *ops = ends[0]->ops;

	assert_int_equal(ops->poll(ends[0], NULL), 0);
	assert_int_equal(ops->poll(ends[1], NULL), POLL_OUT | POLL_WRNORM);
	write_bytes(big, 65536 - 4096);
	assert_int_equal(ops->poll(ends[0], NULL), POLL_IN | POLL_RDNORM);
	assert_int_equal(ops->poll(ends[1], NULL), POLL_OUT | POLL_WRNORM);
	write_bytes(big, 1);
	assert_int_equal(ops->poll(ends[1], NULL), 0);
	close_end(1);
	assert_int_equal(ops->poll(ends[0], NULL), POLL_IN | POLL_RDNORM | POLL_HUP);
}

static void sizes(void **state)
{
	assert_int_equal(pipe_size(ends[0]), 65536);
	assert_int_equal(pipe_set_size(ends[0], 0), 4096);
	assert_int_equal(pipe_set_size(ends[0], 1), 4096);
	assert_int_equal(pipe_set_size(ends[0], 5000), 8192);
	write_bytes(big, 5000);
	assert_int_equal(pipe_set_size(ends[1], 4096), -EBUSY);
	assert_int_equal(pipe_set_size(ends[1], 1048576), 1048576);
	assert_int_equal(pipe_set_size(ends[1], 1048577), -EPERM);
	may_exceed = true;
	assert_int_equal(pipe_set_size(ends[1], 1048577), 2097152);
	assert_int_equal(read_bytes(big, 10000), 5000);
}

static void packets_keep_their_ends(void **state)
{
	write_bytes("plain", 5);
	ends[1]->flags |= O_DIRECT;
	assert_int_equal(write_bytes("first", 5), 5);
	assert_int_equal(write_bytes("second", 6), 6);
	assert_int_equal(write_bytes(big, 5000), 5000); /* two packets: 4096 and 904 */
	assert_int_equal(read_bytes(big, 100), 5);
	assert_int_equal(read_bytes(big, 3), 3); /* the rest of the packet is dropped */
	assert_int_equal(read_bytes(big, 100), 6);
	assert_int_equal(read_bytes(big, 10000), 4096);
	assert_int_equal(read_bytes(big, 10000), 904);
	for (int i = 0; i < 16; i++)
		assert_int_equal(write_bytes("p", 1), 1);
	assert_int_equal(write_bytes("p", 1), -EAGAIN);
	assert_int_equal(ends[1]->ops->poll(ends[1], NULL), 0);
	ends[1]->flags &= ~(uint32_t)O_DIRECT;
	for (int i = 0; i < 16; i++)
		assert_int_equal(read_bytes(big, 10), 1);
	assert_int_equal(read_bytes(big, 10), -EAGAIN);
}

static void no_memory_leaves_nothing(void **state)
{
	struct file *other[2];
	long before = fake_live;

	for (unsigned n = 1; n <= 4; n++) {
		fake_fail_at = n;
		assert_int_equal(pipe_create(other, 0), -ENOMEM);
		assert_int_equal(fake_live, before);
	}
	fake_fails = true;
	assert_int_equal(write_bytes("x", 1), -ENOMEM);
	fake_fails = false;
	assert_int_equal(write_bytes("x", 1), 1);
	/* No larger buffer to be had: a smaller pipe, no error. */
	fake_fail_at = 1;
	assert_int_equal(write_bytes(big, 20000), 16384 - 1);
	assert_int_equal(pipe_size(ends[0]), 16384);
	assert_int_equal(write_bytes(big, 20000), -EAGAIN);
	assert_int_equal(read_bytes(big, 20000), 16384);
}

/* A FIFO's description, opened by fifo_file_ops. */
static struct file *open_fifo(struct inode *inode, uint32_t flags, int *error)
{
	struct file *file = file_create(&fifo_file_ops, flags, NULL);

	inode_get(inode);
	file->inode = inode;
	*error = fifo_file_ops.open(inode, file);
	if (*error) {
		file_put(file);
		return NULL;
	}
	return file;
}

static void fifos_wait_for_the_other_side(void **state)
{
	struct inode *inode = anon_inode_create(ANON_PIPE, 0600);
	struct file *reader, *writer, *both;
	int error;

	assert_null(open_fifo(inode, O_WRONLY | O_NONBLOCK, &error));
	assert_int_equal(error, -ENXIO);
	assert_null(inode->pipe);
	assert_null(open_fifo(inode, O_RDONLY, &error));
	assert_int_equal(error, -ERESTART_CALL);
	assert_null(inode->pipe);
	reader = open_fifo(inode, O_RDONLY | O_NONBLOCK, &error);
	assert_non_null(reader);
	/* No hang-up before the first writer. */
	assert_int_equal(reader->ops->poll(reader, NULL), 0);
	writer = open_fifo(inode, O_WRONLY, &error);
	assert_non_null(writer);
	file_put(writer);
	assert_int_equal(reader->ops->poll(reader, NULL), POLL_HUP);
	both = open_fifo(inode, O_RDWR, &error);
	assert_non_null(both);
	file_put(reader);
	assert_int_equal(both->ops->poll(both, NULL), POLL_OUT | POLL_WRNORM);
	file_put(both);
	assert_null(inode->pipe);
	inode_put(inode);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bytes_go_through),
		TEST(small_writes_are_whole),
		TEST(a_fault_leaves_no_half_write),
		TEST(without_readers_a_signal),
		TEST(readers_hear_of_the_first_byte_only),
		TEST(writers_hear_when_it_was_full),
		TEST(a_large_write_waits_and_goes_on),
		TEST(a_signal_ends_the_wait),
		TEST(poll_says_what_linux_says),
		TEST(sizes),
		TEST(packets_keep_their_ends),
		TEST(no_memory_leaves_nothing),
		TEST(fifos_wait_for_the_other_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
