/*
 * The registers of a thread as they stand on its kernel stack after any entry: system call, exception, interrupt.
 * entry.S pushes them in this order. For an entry from user mode the frame lies at the very top of the stack.
 */
#ifndef NAMU_ARCH_TRAPFRAME_H
#define NAMU_ARCH_TRAPFRAME_H

#include "lib/types.h"

struct trapframe {
	uint64_t r15, r14, r13, r12, rbp, rbx;
	uint64_t r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t vector; /* of the exception or interrupt; TRAP_SYSCALL for a system call */
	uint64_t error;  /* error code of the exception; for a system call its number (what Linux calls orig_rax) */
	uint64_t rip, cs, rflags, rsp, ss;
};

enum trap_vector {
	TRAP_DIVIDE = 0,
	TRAP_DEBUG = 1,
	TRAP_NMI = 2,
	TRAP_BREAKPOINT = 3,
	TRAP_OVERFLOW = 4,
	TRAP_BOUND = 5,
	TRAP_INVALID_OPCODE = 6,
	TRAP_NO_FPU = 7,
	TRAP_DOUBLE_FAULT = 8,
	TRAP_INVALID_TSS = 10,
	TRAP_NO_SEGMENT = 11,
	TRAP_STACK = 12,
	TRAP_PROTECTION = 13,
	TRAP_PAGE_FAULT = 14,
	TRAP_FPU = 16,
	TRAP_ALIGNMENT = 17,
	TRAP_MACHINE_CHECK = 18,
	TRAP_SIMD = 19,
	TRAP_IRQ_BASE = 0x20, /* device interrupts: line n arrives as TRAP_IRQ_BASE + n (trap.h) */
	TRAP_TIMER = 0xf0,
	TRAP_RESCHEDULE = 0xf1, /* from another processor: look at need_resched */
	TRAP_SHOOTDOWN = 0xf2,  /* from another processor: forget translations */
	TRAP_SPURIOUS = 0xff,
	TRAP_SYSCALL = 0x100,
	TRAP_SYSCALL_IRET = 0x101 /* a system call whose frame must not leave by SYSRET */
};

/* Bits of a page fault's error code (Intel SDM vol. 3, 4.7). */
#define FAULT_PRESENT 1u
#define FAULT_WRITE   2u
#define FAULT_USER    4u
#define FAULT_FETCH   16u

/* Segment selectors: Linux's numbers, since programs see them in signal frames and debuggers tell by them what runs. */
#define KERNEL_CS 0x10
#define KERNEL_DS 0x18
#define USER_DS   0x2b
#define USER_CS   0x33
#define TSS_SEL   0x40
#define CPU_SEL   0x7b /* its limit is the number of the processor, for the vDSO */

#define RFLAGS_CF 0x1ull
#define RFLAGS_TF 0x100ull
#define RFLAGS_IF 0x200ull
#define RFLAGS_DF 0x400ull
#define RFLAGS_RF 0x10000ull
#define RFLAGS_AC 0x40000ull
/* What a program may set by popf, sigreturn or ptrace: CF PF AF ZF SF TF DF OF RF AC ID. */
#define RFLAGS_USER_MASK 0x250dd5ull

static inline bool frame_is_user(const struct trapframe *frame)
{
	return (frame->cs & 3) == 3;
}

/*
 * The frame must leave the kernel by IRET rather than SYSRET: set whenever registers that SYSRET destroys (RCX, R11)
 * or cannot load matter: signal frames, sigreturn, exec, ptrace. Entries by exception leave by IRET anyway.
 */
static inline void frame_force_iret(struct trapframe *frame)
{
	if (frame->vector == TRAP_SYSCALL)
		frame->vector = TRAP_SYSCALL_IRET;
}

#define NO_CALL UINT64_MAX /* error: the frame is that of no system call any more (Linux's orig_rax -1) */

/* The program stands behind a system call, which may be made again. */
static inline bool frame_is_call(const struct trapframe *frame)
{
	return frame->vector == TRAP_SYSCALL || (frame->vector == TRAP_SYSCALL_IRET && (int32_t)frame->error != -1);
}

#endif
