/*
 * The memory devices (null(4), full(4), random(4)): no state behind them but the generator in choice/.
 */
#include <asm-generic/mman-common.h>
#include <linux/random.h>

#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "fs/chardev.h"
#include "fs/poll.h"
#include "lib/errno.h"
#include "lib/log.h"
#include "lib/string.h"
#include "sched/sched.h"
#include "vm/space.h"
#include "vm/uio.h"

#define KMSG_LINE_BYTES 976 /* longest line of Linux's /dev/kmsg */
#define RANDOM_PART     256

static ssize_t read_nothing(struct file *file, struct uio *uio, uint64_t *offset)
{
	return 0;
}

static ssize_t write_away(struct file *file, struct uio *uio, uint64_t *offset)
{
	return (ssize_t)uio->left;
}

static off_t seek_to_start(struct file *file, off_t offset, int whence)
{
	file->position = 0;
	return 0;
}

static ssize_t read_zeros(struct file *file, struct uio *uio, uint64_t *offset)
{
	size_t done = 0, wanted = uio->left;

	while (done < wanted) {
		size_t part = MIN(wanted - done, 16 * PAGE_SIZE);
		size_t moved = uio_zero_out(uio, part);
		done += moved;
		if (moved < part)
			break;
		preempt_point();
		if (thread_has_work(current_thread(), WORK_SIGNAL | WORK_KILL))
			break;
	}
	return done || !wanted ? (ssize_t)done : -EFAULT;
}

static ssize_t write_full(struct file *file, struct uio *uio, uint64_t *offset)
{
	return uio->left ? -ENOSPC : 0;
}

/* A mapping of zeros is anonymous memory, shared or private: the address space makes what is behind it. */
static int zero_mmap(struct file *file, struct vm_map_request *request)
{
	request->object = NULL;
	request->object_offset = 0;
	request->map_flags |= MAP_ANONYMOUS;
	return 0;
}

static ssize_t read_random(struct file *file, struct uio *uio, uint64_t *offset)
{
	uint8_t bytes[RANDOM_PART];
	size_t done = 0, wanted = uio->left;

	while (done < wanted) {
		size_t part = MIN(wanted - done, sizeof(bytes));
		size_t moved;
		choice_random_bytes(bytes, part);
		moved = uio_copy_out(uio, bytes, part);
		done += moved;
		if (moved < part)
			break;
		preempt_point();
		if (thread_has_work(current_thread(), WORK_SIGNAL | WORK_KILL))
			break;
	}
	memset(bytes, 0, sizeof(bytes));
	return done || !wanted ? (ssize_t)done : -EFAULT;
}

/* What programs stir in is accepted and not used: the generator is keyed by the host, or by the seed, which must stay
 * alone. */
static int64_t random_ioctl(struct file *file, uint32_t command, uint64_t argument)
{
	if (command == RNDGETENTCNT)
		return put_user_u32(argument, 256);
	return -ENOTTY;
}

static ssize_t write_kmsg(struct file *file, struct uio *uio, uint64_t *offset)
{
	char line[KMSG_LINE_BYTES + 1];
	size_t bytes = uio->left, moved;
	const char *text = line;

	if (bytes > KMSG_LINE_BYTES)
		return -EINVAL;
	moved = uio_copy_in(uio, line, bytes);
	if (moved < bytes)
		return -EFAULT;
	while (moved > 0 && line[moved - 1] == '\n')
		moved--;
	line[moved] = 0;
	/* "<6>" in front is the level. */
	if (line[0] == '<') {
		const char *end;
		(void)string_to_u64(line + 1, &end, 10);
		if (end != line + 1 && *end == '>')
			text = end + 1;
	}
	log_line("%s", text);
	return (ssize_t)bytes;
}

static const struct file_ops null_ops = {
	.name = "null", .no_splice_read = true, .read = read_nothing, .write = write_away, .seek = seek_to_start};
static const struct file_ops zero_ops = {
	.name = "zero", .read = read_zeros, .write = write_away, .seek = seek_to_start, .mmap = zero_mmap};
static const struct file_ops full_ops = {
	.name = "full", .read = read_zeros, .write = write_full, .seek = seek_to_start};
static const struct file_ops random_ops = {
	.name = "random", .read = read_random, .write = write_away, .seek = seek_to_start, .ioctl = random_ioctl};
static const struct file_ops kmsg_ops = {.name = "kmsg", .write = write_kmsg};

static void must_register(uint32_t minor, const struct file_ops *ops, const char *name)
{
	int error = chardev_register(MAJOR_MEMORY, minor, 1, ops, name);

	if (error)
		panic("device %s: error %d", name, -error);
}

void chardev_memory_init(void)
{
	must_register(3, &null_ops, "null");
	must_register(5, &zero_ops, "zero");
	must_register(7, &full_ops, "full");
	must_register(8, &random_ops, "random");
	must_register(9, &random_ops, "urandom");
	must_register(11, &kmsg_ops, "kmsg");
}
