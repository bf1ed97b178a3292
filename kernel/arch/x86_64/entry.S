/*
 * The ways into the kernel and out of it: SYSCALL, exceptions, interrupts, the switch between two threads.
 * Every entry leaves a struct trapframe on the stack; from user mode it lies at the top of the thread's kernel stack.
 */
#include "arch/x86_64/asm_offsets.h"
#include "arch/x86_64/smap.inc"

#define USER_CS      0x33
#define USER_DS      0x2b
#define TRAP_SYSCALL 0x100
#define MSR_GS_BASE  0xc0000101
#define CR0_TS       0x8

	.macro PUSH_REGISTERS
	pushq %rdi
	pushq %rsi
	pushq %rdx
	pushq %rcx
	pushq %rax
	pushq %r8
	pushq %r9
	pushq %r10
	pushq %r11
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	.endm

	.macro POP_REGISTERS
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	popq %r11
	popq %r10
	popq %r9
	popq %r8
	popq %rax
	popq %rcx
	popq %rdx
	popq %rsi
	popq %rdi
	.endm

	/* On the way in: CR0.TS was set for user mode only (fpu.c). */
	.macro CLEAR_FPU_TRAP
	cmpb $0, %gs:CPU_FPU_TRAP_SET
	je 9f
	clts
	movb $0, %gs:CPU_FPU_TRAP_SET
9:
	.endm

	.section .text.hot, "ax"
	.globl syscall_entry
	.align 256 /* as the dispatcher: see HOT_CODE in lib/types.h */
syscall_entry:
	swapgs
	movq %rsp, %gs:CPU_USER_RSP
	movq %gs:CPU_KERNEL_STACK_TOP, %rsp
	CLEAR_FPU_TRAP
	pushq $USER_DS
	pushq %gs:CPU_USER_RSP
	pushq %r11
	pushq $USER_CS
	pushq %rcx
	pushq %rax
	pushq $TRAP_SYSCALL
	PUSH_REGISTERS
	xorl %ebp, %ebp
	movq %rsp, %rdi
	cmpb $0, syscall_way
	jne 5f
	call syscall_dispatch

	/* The one way out to user mode: RSP is the frame. */
	.globl return_to_user
return_to_user:
	cmpb $0, %gs:CPU_NEED_RESCHED
	jne 2f
	movq %gs:CPU_CURRENT, %rax
	cmpl $0, THREAD_WORK(%rax)
	jne 2f
	cmpb $0, %gs:CPU_FPU_TRAP_WANTED
	jne 3f
4:	cmpq $TRAP_SYSCALL, FRAME_VECTOR(%rsp)
	jne 1f
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	addq $8, %rsp
	popq %r10
	popq %r9
	popq %r8
	popq %rax
	addq $8, %rsp
	popq %rdx
	popq %rsi
	popq %rdi
	movq 16(%rsp), %rcx /* rip */
	movq 32(%rsp), %r11 /* rflags */
	movq 40(%rsp), %rsp
	swapgs
	sysretq
1:	POP_REGISTERS
	addq $16, %rsp
	swapgs
	iretq
2:	movq %rsp, %rdi
	call trap_user_return
	jmp return_to_user
3:	movq %cr0, %rax
	orq $CR0_TS, %rax
	movq %rax, %cr0
	movb $1, %gs:CPU_FPU_TRAP_SET
	jmp 4b
5:	pushq $return_to_user /* leaves the flags as they are */
	jg syscall_dispatch_traced
	jmp syscall_dispatch_watched

	/* void context_switch(struct context *from, struct context *to) */
	.globl context_switch
	.align 16
context_switch:
	pushq %rbx
	pushq %rbp
	pushq %r12
	pushq %r13
	pushq %r14
	pushq %r15
	movq %rsp, THREAD_KERNEL_RSP(%rdi)
	movq THREAD_KERNEL_RSP(%rsi), %rsp
	popq %r15
	popq %r14
	popq %r13
	popq %r12
	popq %rbp
	popq %rbx
	ret

	/* First instructions of a kernel thread: r12 = function, r13 = its argument (context_init_kernel). */
	.globl context_start_kernel
context_start_kernel:
	call sched_finish_switch
	movq %r13, %rdi
	xorl %ebp, %ebp
	call *%r12
	ud2

	/* First instructions of a user thread: r12 = what to call on the new stack; the frame lies above. */
	.globl context_start_user
context_start_user:
	xorl %ebp, %ebp
	call *%r12
	jmp return_to_user

	/* void context_enter_user(struct trapframe *frame) */
	.globl context_enter_user
context_enter_user:
	movq %rdi, %rsp
	jmp return_to_user

	.section .text.entry, "ax"
	/* Exceptions and interrupts: error code and vector are on the stack already. */
	.align 16
trap_common:
	PUSH_REGISTERS
	cld
	SMAP_ON /* a program may have set AC, which only SYSCALL clears by itself */
	testb $3, FRAME_CS(%rsp)
	jz 1f
	swapgs
	CLEAR_FPU_TRAP
	xorl %ebp, %ebp
	movq %rsp, %rdi
	call trap_dispatch
	jmp return_to_user
1:	movq %rsp, %rdi
	call trap_dispatch
	POP_REGISTERS
	addq $16, %rsp
	iretq

	/*
	 * NMI, debug exceptions, double fault, machine check: they may come while GS is the user's even though the mode is the kernel's, so
	 * they have stacks of their own and look at GS itself. From user mode they move to the thread's stack and go on as usual.
	 */
	.align 16
trap_paranoid:
	PUSH_REGISTERS
	cld
	SMAP_ON
	testb $3, FRAME_CS(%rsp)
	jz 1f
	swapgs
	CLEAR_FPU_TRAP
	movq %rsp, %rsi
	movq %gs:CPU_KERNEL_STACK_TOP, %rsp
	subq $FRAME_BYTES, %rsp
	movq %rsp, %rdi
	movl $(FRAME_BYTES / 8), %ecx
	rep movsq
	xorl %ebp, %ebp
	movq %rsp, %rdi
	call trap_dispatch
	jmp return_to_user
1:	movl $MSR_GS_BASE, %ecx
	rdmsr
	xorl %ebx, %ebx
	testl %edx, %edx
	js 2f
	swapgs
	incl %ebx
2:	movq %rsp, %rdi
	call trap_dispatch
	testl %ebx, %ebx
	jz 3f
	swapgs
3:	POP_REGISTERS
	addq $16, %rsp
	iretq

	/* One landing place a vector, 16 bytes apart. */
	.globl trap_landings
	.align 16
trap_landings:
	vector = 0
	.rept 256
	.align 16
	.if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21
	/* the processor has pushed an error code */
	.else
	pushq $0
	.endif
	.if vector < 128
	pushq $vector
	.else
	pushq $(vector)
	.endif
	.if vector == 1 || vector == 2 || vector == 8 || vector == 18
	jmp trap_paranoid
	.else
	jmp trap_common
	.endif
	vector = vector + 1
	.endr

	.section .note.GNU-stack, "", @progbits
