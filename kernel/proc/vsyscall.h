/*
 * The oldest way to ask for the time: a page at a fixed address of the kernel's half, which programs built long ago
 * call into (gettimeofday, time, getcpu). It is not mapped: a call there faults, and the fault is the answer, as with
 * Linux's vsyscall=xonly.
 */
#ifndef NAMU_PROC_VSYSCALL_H
#define NAMU_PROC_VSYSCALL_H

#include "arch/x86_64/trap.h"

#define VSYSCALL_PAGE 0xffffffffff600000ul

/* Answers a call of the page, by a page fault of user mode at `address`; false: it is none. A bad pointer and a bad
 * stack give SIGSEGV. */
bool vsyscall_answer(struct trapframe *frame, uint64_t address);

#endif
