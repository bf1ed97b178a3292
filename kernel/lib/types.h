/*
 * The words every file of the kernel speaks: fixed-size integers, user addresses, small helpers.
 */
#ifndef NAMU_LIB_TYPES_H
#define NAMU_LIB_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>

/* An address in a process. Never dereferenced: only arch/uaccess.h reads or writes what it names. */
typedef uint64_t uaddr_t;
/* A physical address. */
typedef uint64_t paddr_t;
/* Signed result of a system call or of a transfer: a count, or a negative errno. */
typedef int64_t ssize_t;
typedef int64_t off_t;

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1ul << PAGE_SHIFT)
#define PAGE_MASK  (PAGE_SIZE - 1)

#define ARRAY_LEN(a)     (sizeof(a) / sizeof((a)[0]))
#define ALIGN_UP(x, a)   (((x) + ((a)-1)) & ~((a)-1))
#define ALIGN_DOWN(x, a) ((x) & ~((a)-1))
#define IS_ALIGNED(x, a) (((x) & ((a)-1)) == 0)
#define MIN(a, b)                                  \
	({                                         \
		__typeof__(a) min_a_ = (a);        \
		__typeof__(b) min_b_ = (b);        \
		min_a_ < min_b_ ? min_a_ : min_b_; \
	})
#define MAX(a, b)                                  \
	({                                         \
		__typeof__(a) max_a_ = (a);        \
		__typeof__(b) max_b_ = (b);        \
		max_a_ > max_b_ ? max_a_ : max_b_; \
	})
/* The structure that holds `member` at address `pointer`. */
#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

/*
 * Data of the ways that are gone all the time, zero at first: together, so that few pages are touched there. An
 * emulator looks pages up in a small table by the low bits of their number, and a page of data that has those of the
 * code beside it makes both slow. Nothing on the host.
 */
#ifdef NAMU_HOST_TEST
#define HOT_DATA
#define HOT_ARRAY
#else
#define HOT_DATA  __attribute__((section(".bss.hot")))
#define HOT_ARRAY __attribute__((section(".bss.hot.last"))) /* of processors: the first is in the first page, too */
#endif

/*
 * Functions of those ways. An emulator finds the block that a call or a return leads to in a table, by the low twelve
 * bits of its address folded to six: aligned so, a function's first line of code and what it returns to there have
 * places of their own.
 */
#define HOT_CODE __attribute__((hot, aligned(64)))

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define NS_PER_SEC  1000000000ul
#define NS_PER_MSEC 1000000ul
#define NS_PER_USEC 1000ul
/* A deadline that never comes. */
#define TIME_NEVER UINT64_MAX

/* A pointer that carries a negative errno in place of an address. */
static inline void *err_ptr(long error)
{
	return (void *)error;
}
static inline bool is_err(const void *pointer)
{
	return (uintptr_t)pointer >= (uintptr_t)-4095;
}
static inline long ptr_err(const void *pointer)
{
	return (long)pointer;
}

#endif
