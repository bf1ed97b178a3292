/*
 * Copies to and from user memory, with SMAP lifted around them. A fault that cannot be resolved goes on at the address that
 * .extable names for the instruction. Blocks of 256 bytes by 8-byte moves; after a fault inside a block the bytes of that block are
 * copied one by one, so that the count of what went through is exact.
 */
#include "arch/x86_64/smap.inc"

	.macro MAY_FAULT target instruction:vararg
672:	\instruction
	.pushsection .extable, "a"
	.quad 672b
	.quad \target
	.popsection
	.endm

	.section .text.hot, "ax"

	/* size_t user_copy(void *to, const void *from, size_t bytes): bytes NOT copied. Either side may be the user's. */
	.globl user_copy
	.align 16
user_copy:
	SMAP_OFF
	movq %rdx, %rcx
	cmpq $256, %rcx
	jb 2f
1:
	.irp at, 0, 16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240
	MAY_FAULT 3f, movq (\at)(%rsi), %rax
	MAY_FAULT 3f, movq (\at + 8)(%rsi), %rdx
	MAY_FAULT 3f, movq %rax, (\at)(%rdi)
	MAY_FAULT 3f, movq %rdx, (\at + 8)(%rdi)
	.endr
	addq $256, %rsi
	addq $256, %rdi
	subq $256, %rcx
	cmpq $256, %rcx
	jae 1b
2:	cmpq $32, %rcx
	jb 6f
	MAY_FAULT 3f, movq (%rsi), %rax
	MAY_FAULT 3f, movq 8(%rsi), %rdx
	MAY_FAULT 3f, movq 16(%rsi), %r8
	MAY_FAULT 3f, movq 24(%rsi), %r9
	MAY_FAULT 3f, movq %rax, (%rdi)
	MAY_FAULT 3f, movq %rdx, 8(%rdi)
	MAY_FAULT 3f, movq %r8, 16(%rdi)
	MAY_FAULT 3f, movq %r9, 24(%rdi)
	addq $32, %rsi
	addq $32, %rdi
	subq $32, %rcx
	jmp 2b
6:	cmpq $8, %rcx
	jb 3f
	MAY_FAULT 3f, movq (%rsi), %rax
	MAY_FAULT 3f, movq %rax, (%rdi)
	addq $8, %rsi
	addq $8, %rdi
	subq $8, %rcx
	jmp 6b
3:	testq %rcx, %rcx
	jz 5f
4:	MAY_FAULT 5f, movb (%rsi), %al
	MAY_FAULT 5f, movb %al, (%rdi)
	incq %rsi
	incq %rdi
	decq %rcx
	jnz 4b
5:	SMAP_ON
	movq %rcx, %rax
	ret

	/* The same by REP MOVSB, for processors that do that fast. */
	.globl user_copy_rep
	.align 16
user_copy_rep:
	SMAP_OFF
	movq %rdx, %rcx
	MAY_FAULT 1f, rep movsb
1:	SMAP_ON
	movq %rcx, %rax
	ret

	/* size_t user_clear(void *to, size_t bytes): bytes NOT cleared. */
	.globl user_clear
	.align 16
user_clear:
	SMAP_OFF
	xorl %eax, %eax
	movq %rsi, %rcx
1:	cmpq $8, %rcx
	jb 2f
	MAY_FAULT 2f, movq %rax, (%rdi)
	addq $8, %rdi
	subq $8, %rcx
	jmp 1b
2:	testq %rcx, %rcx
	jz 4f
3:	MAY_FAULT 4f, movb %al, (%rdi)
	incq %rdi
	decq %rcx
	jnz 3b
4:	SMAP_ON
	movq %rcx, %rax
	ret

	/* ssize_t user_string(char *to, const char *from, size_t room): bytes copied with the final zero; -1 fault; `room` + 1: no zero. */
	.globl user_string
	.align 16
user_string:
	SMAP_OFF
	xorl %ecx, %ecx
	/* Eight bytes at a time while none of them is zero (x - 01.. has a high bit that x has not); a fault may lie
	   behind the string's end, so the bytes are then looked at one by one. */
	movabsq $0x0101010101010101, %r8
	movabsq $0x8080808080808080, %r9
4:	leaq 8(%rcx), %r10
	cmpq %rdx, %r10
	ja 1f
	MAY_FAULT 1f, movq (%rsi,%rcx), %rax
	movq %rax, %r10
	subq %r8, %r10
	movq %rax, %r11
	notq %r11
	andq %r11, %r10
	testq %r9, %r10
	jnz 1f
	movq %rax, (%rdi,%rcx)
	addq $8, %rcx
	jmp 4b
1:	cmpq %rdx, %rcx
	jae 2f
	MAY_FAULT 3f, movb (%rsi,%rcx), %al
	movb %al, (%rdi,%rcx)
	incq %rcx
	testb %al, %al
	jnz 1b
	SMAP_ON
	movq %rcx, %rax
	ret
2:	SMAP_ON
	leaq 1(%rdx), %rax
	ret
3:	SMAP_ON
	movq $-1, %rax
	ret

	/* int user_read32(uint32_t *value, address), user_read64, user_write32(address, value), user_write64: 0 or -1. */
	.globl user_read32
user_read32:
	SMAP_OFF
	MAY_FAULT 9f, movl (%rsi), %eax
	movl %eax, (%rdi)
	SMAP_ON
	xorl %eax, %eax
	ret
	.globl user_read64
user_read64:
	SMAP_OFF
	MAY_FAULT 9f, movq (%rsi), %rax
	movq %rax, (%rdi)
	SMAP_ON
	xorl %eax, %eax
	ret
	.globl user_write32
user_write32:
	SMAP_OFF
	MAY_FAULT 9f, movl %esi, (%rdi)
	SMAP_ON
	xorl %eax, %eax
	ret
	.globl user_write64
user_write64:
	SMAP_OFF
	MAY_FAULT 9f, movq %rsi, (%rdi)
	SMAP_ON
	xorl %eax, %eax
	ret
	/* int user_cmpxchg32(address, expected, wanted, uint32_t *seen): 0 or -1. */
	.globl user_cmpxchg32
user_cmpxchg32:
	SMAP_OFF
	movl %esi, %eax
	MAY_FAULT 9f, lock cmpxchgl %edx, (%rdi)
	movl %eax, (%rcx)
	SMAP_ON
	xorl %eax, %eax
	ret
9:	SMAP_ON
	movl $-1, %eax
	ret

	.section .note.GNU-stack, "", @progbits
