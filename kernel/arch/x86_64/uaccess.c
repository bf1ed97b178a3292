/*
 * User memory: range checks around the copies of uaccess.S, and the table of instructions that may fault there.
 */
#include "arch/x86_64/uaccess.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/extable.h"
#include "lib/errno.h"
#include "lib/log.h"
#include "lib/string.h"

size_t user_copy(void *to, const void *from, size_t bytes);
size_t user_copy_rep(void *to, const void *from, size_t bytes);
size_t user_clear(void *to, size_t bytes);
int64_t user_string(char *to, const char *from, size_t room);
int user_read32(uint32_t *value, uaddr_t from);
int user_read64(uint64_t *value, uaddr_t from);
int user_write32(uaddr_t to, uint32_t value);
int user_write64(uaddr_t to, uint64_t value);
int user_cmpxchg32(uaddr_t at, uint32_t expected, uint32_t wanted, uint32_t *seen);

struct extable_row {
	uint64_t instruction, target;
};
extern const struct extable_row extable_start[], extable_end[];

struct alternative {
	uint64_t address;
	uint64_t bytes; /* three, the first lowest */
};
extern const struct alternative alternatives_start[], alternatives_end[];

/* Above this REP MOVSB wins on processors that have it fast; below it, the start-up cost loses. */
#define REP_FROM_BYTES 512

static inline size_t copy(void *to, const void *from, size_t bytes)
{
	KERNEL_ASSERT(this_cpu()->spin_depth == 0);
	if (bytes >= REP_FROM_BYTES && cpu_features.has_erms && !cpu_features.is_hypervisor_tcg)
		return user_copy_rep(to, from, bytes);
	return user_copy(to, from, bytes);
}

size_t copy_from_user_partial(void *to, uaddr_t from, size_t bytes)
{
	if (unlikely(!user_range_is_valid(from, bytes))) {
		if (from >= USER_SPACE_END)
			return 0;
		bytes = USER_SPACE_END - from;
	}
	return bytes - copy(to, (const void *)from, bytes);
}

HOT_CODE size_t user_copy_checked(void *to, const void *from, size_t bytes)
{
	return copy(to, from, bytes);
}

int copy_from_user(void *to, uaddr_t from, size_t bytes)
{
	size_t rest = bytes;

	if (likely(user_range_is_valid(from, bytes)))
		rest = copy(to, (const void *)from, bytes);
	if (unlikely(rest)) {
		memset((char *)to + (bytes - rest), 0, rest);
		return -EFAULT;
	}
	return 0;
}

int copy_to_user(uaddr_t to, const void *from, size_t bytes)
{
	if (unlikely(!user_range_is_valid(to, bytes)) || copy((void *)to, from, bytes))
		return -EFAULT;
	return 0;
}

size_t clear_user_partial(uaddr_t to, size_t bytes)
{
	KERNEL_ASSERT(this_cpu()->spin_depth == 0);
	if (unlikely(!user_range_is_valid(to, bytes))) {
		if (to >= USER_SPACE_END)
			return 0;
		bytes = USER_SPACE_END - to;
	}
	return bytes - user_clear((void *)to, bytes);
}

int clear_user(uaddr_t to, size_t bytes)
{
	KERNEL_ASSERT(this_cpu()->spin_depth == 0);
	if (!user_range_is_valid(to, bytes) || user_clear((void *)to, bytes))
		return -EFAULT;
	return 0;
}

ssize_t string_from_user(char *to, uaddr_t from, size_t room)
{
	KERNEL_ASSERT(this_cpu()->spin_depth == 0);
	if (from >= USER_SPACE_END)
		return -EFAULT;
	size_t limit = MIN((uint64_t)room, USER_SPACE_END - from);
	int64_t copied = user_string(to, (const char *)from, limit);
	if (copied < 0)
		return -EFAULT;
	if ((size_t)copied > limit)
		return limit < room ? -EFAULT : -ENAMETOOLONG;
	return copied - 1;
}

int get_user_u32(uint32_t *value, uaddr_t from)
{
	return user_range_is_valid(from, 4) && user_read32(value, from) == 0 ? 0 : -EFAULT;
}

int put_user_u32(uaddr_t to, uint32_t value)
{
	return user_range_is_valid(to, 4) && user_write32(to, value) == 0 ? 0 : -EFAULT;
}

int get_user_u64(uint64_t *value, uaddr_t from)
{
	return user_range_is_valid(from, 8) && user_read64(value, from) == 0 ? 0 : -EFAULT;
}

int put_user_u64(uaddr_t to, uint64_t value)
{
	return user_range_is_valid(to, 8) && user_write64(to, value) == 0 ? 0 : -EFAULT;
}

int cmpxchg_user_u32(uaddr_t at, uint32_t expected, uint32_t wanted, uint32_t *seen)
{
	return user_range_is_valid(at, 4) && user_cmpxchg32(at, expected, wanted, seen) == 0 ? 0 : -EFAULT;
}

uint64_t extable_find(uint64_t instruction)
{
	for (const struct extable_row *row = extable_start; row < extable_end; row++) {
		if (row->instruction == instruction)
			return row->target;
	}
	return 0;
}

void alternatives_apply(void)
{
	if (!cpu_features.has_smap)
		return;
	for (const struct alternative *at = alternatives_start; at < alternatives_end; at++)
		memcpy(phys_to_virt(at->address - KERNEL_IMAGE), &at->bytes, 3);
}
