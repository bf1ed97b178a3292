/*
 * The first instructions of a further processor. The page from smp_trampoline on is copied to SMP_PAGE, below 1 MiB, where the
 * start-up interrupt makes the processor begin in real mode. It goes straight to long mode on the kernel's tables (smp.c
 * has put the low map back for that moment), takes the next number, and its stack by that number.
 */
#include "arch/x86_64/asm_offsets.h"

#define PHYS(symbol)  ((symbol) - 0xffffffff80000000)
#define THERE(symbol) (SMP_PAGE + (symbol) - smp_trampoline)

	.section .text.entry, "ax"
	.globl smp_trampoline, smp_trampoline_end
	.code16
	.align 16
smp_trampoline:
	cli
	cld
	xorl %eax, %eax
	movw %ax, %ds
	lgdtl THERE(gdt_pointer)
	movl %cr4, %eax
	orl $0x20, %eax /* PAE */
	movl %eax, %cr4
	movl $PHYS(kernel_pml4), %eax
	movl %eax, %cr3
	movl $0xc0000080, %ecx /* EFER: long mode, no-execute, SYSCALL */
	rdmsr
	orl $0x901, %eax
	wrmsr
	movl %cr0, %eax
	andl $0x9fffffff, %eax /* caches on */
	orl $0x80010001, %eax  /* paging, write protect, protected mode */
	movl %eax, %cr0
	ljmpl $0x10, $THERE(in_long_mode)

	.align 8
gdt:
	.quad 0
	.quad 0
	.quad 0x00af9a000000ffff /* 0x10 code, 64 bit */
	.quad 0x00cf92000000ffff /* 0x18 data */
gdt_pointer:
	.word 31
	.long THERE(gdt)

	.code64
in_long_mode:
	movl $0x18, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	movabsq $in_high_half, %rax
	jmp *%rax
smp_trampoline_end:

in_high_half:
	movl $1, %edi
	lock xaddl %edi, smp_numbers(%rip)
	cmpl smp_wanted(%rip), %edi
	jae 1f
	movq smp_stacks(, %rdi, 8), %rsp
	xorl %ebp, %ebp
	call smp_main
1:	cli
	hlt
	jmp 1b

	.section .note.GNU-stack, "", @progbits
