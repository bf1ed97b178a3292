/* A panic with the registers of the entry that caused it. */
#ifndef NAMU_ARCH_PANIC_H
#define NAMU_ARCH_PANIC_H

#include "arch/x86_64/trapframe.h"

_Noreturn void panic_frame(const struct trapframe *frame, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Upper floors add what they know (the current thread, the last trace events) and tell the host: called once, after the
 * back trace. */
extern void (*panic_describe)(void (*print)(const char *line));
extern void (*panic_notify_host)(const char *cause);

/* The name of the function that holds `address`, and the distance from its start; null when unknown. */
const char *symbol_find(uint64_t address, uint64_t *offset);

/* Another processor tells of a panic: this one has nothing to do any more. */
bool panic_is_elsewhere(void);

#endif
