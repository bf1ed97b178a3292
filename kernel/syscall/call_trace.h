/* What the trace tells of a system call that begins. */
#ifndef NAMU_SYSCALL_CALL_TRACE_H
#define NAMU_SYSCALL_CALL_TRACE_H

#include "arch/x86_64/trap.h"

/* SYSCALL_ENTER, and SYSCALL_MORE when there are more than three arguments or one is a text. */
void call_trace_enter(uint64_t number, const struct trapframe *frame);

#endif
