/*
 * The only ways to user memory. Each checks that the range lies in the user half, then copies; a fault that
 * cannot be resolved ends the copy. All of them may sleep (a page may have to be fetched): no spin lock is held.
 */
#ifndef NAMU_ARCH_UACCESS_H
#define NAMU_ARCH_UACCESS_H

#include "lib/types.h"

#define USER_SPACE_END 0x00007ffffffff000ull

static inline bool user_range_is_valid(uaddr_t address, uint64_t bytes)
{
	return address <= USER_SPACE_END && bytes <= USER_SPACE_END - address;
}

/* 0, or -EFAULT when any byte could not be copied (the rest of `to` is unspecified but never uninitialised for
 * from_user: it is zeroed). */
int copy_from_user(void *to, uaddr_t from, size_t bytes);
int copy_to_user(uaddr_t to, const void *from, size_t bytes);
/* How many bytes were copied before the first byte that could not be; for transfers that may be short. */
size_t copy_from_user_partial(void *to, uaddr_t from, size_t bytes);
static inline size_t copy_to_user_partial(uaddr_t to, const void *from, size_t bytes);
int clear_user(uaddr_t to, size_t bytes);
size_t clear_user_partial(uaddr_t to, size_t bytes);
/* Copies a string with its final zero. Returns its length (without the zero), -ENAMETOOLONG when there is no zero
 * within `room`, or -EFAULT. */
ssize_t string_from_user(char *to, uaddr_t from, size_t room);

int get_user_u32(uint32_t *value, uaddr_t from);
int put_user_u32(uaddr_t to, uint32_t value);
int get_user_u64(uint64_t *value, uaddr_t from);
int put_user_u64(uaddr_t to, uint64_t value);
/* Atomic compare and exchange of a user word (futexes): *seen is what stood there. 0 or -EFAULT. */
int cmpxchg_user_u32(uaddr_t at, uint32_t expected, uint32_t wanted, uint32_t *seen);

/* The copy itself, of a range that was looked at; returns the bytes NOT copied. Only for the function below. */
size_t user_copy_checked(void *to, const void *from, size_t bytes);

static inline size_t copy_to_user_partial(uaddr_t to, const void *from, size_t bytes)
{
	if (unlikely(!user_range_is_valid(to, bytes))) {
		if (to >= USER_SPACE_END)
			return 0;
		bytes = USER_SPACE_END - to;
	}
	return bytes - user_copy_checked((void *)to, from, bytes);
}

#endif
