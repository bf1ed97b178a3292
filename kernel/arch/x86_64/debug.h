/*
 * The processor's debug registers: break points and watch points of a program, set by its debugger (Intel SDM vol. 3,
 * chapter 18). A thread that has some names a struct debug_registers in its context; they are loaded when it gets the
 * processor and switched off when another one does. In the kernel they count for nothing.
 */
#ifndef NAMU_ARCH_DEBUG_H
#define NAMU_ARCH_DEBUG_H

#include "lib/types.h"

struct context;

#define DEBUG_SLOTS 4

/* Of DR6. */
#define DEBUG_HITS        0xfull        /* one bit a slot */
#define DEBUG_STEP        0x4000ull     /* single step */
#define DEBUG_STATUS_ONES 0xffff0ff0ull /* bits that read as one */
/* Of DR7: two enabling bits a slot; bits that are not settings. */
#define DEBUG_ENABLED  0xffull
#define DEBUG_RESERVED 0xffffffff0000fc00ull

/* Written while its thread does not run, or by the thread itself. */
struct debug_registers {
	uint64_t address[DEBUG_SLOTS];
	uint64_t control; /* DR7 as set */
	uint64_t status;  /* what the last debug exception was, without DEBUG_STATUS_ONES */
	uint64_t serial;  /* a number for these contents, never used twice */
};

/* What a slot watches, from DR7. */
static inline bool debug_slot_is_enabled(uint64_t control, unsigned slot)
{
	return (control >> slot * 2 & 3) != 0;
}
static inline bool debug_slot_is_execution(uint64_t control, unsigned slot)
{
	return (control >> (16 + slot * 4) & 3) == 0;
}

/* Is what DR7 and the addresses say something that a program may watch? 0 or -EINVAL. */
int debug_check(const uint64_t address[DEBUG_SLOTS], uint64_t control);

/* The registers' contents have changed: they count from the thread's next turn on. */
void debug_changed(struct debug_registers *registers);

/* Take them off a thread that does not run, or is the current one: what its context named, or null. */
struct debug_registers *debug_detach(struct context *context);

/* Some thread has, or had, debug registers: the dispatcher asks for the switch. */
extern bool debug_is_used;
/* The processor goes over to `to`. Part of the dispatcher's switch. */
void debug_switch(const struct context *to);

/* What a debug exception of this processor was (DR6, without DEBUG_STATUS_ONES), and clear it. */
uint64_t debug_status_take(void);

#endif
