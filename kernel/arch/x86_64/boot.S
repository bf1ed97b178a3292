/*
 * The first instructions. A PVH loader (QEMU, Cloud Hypervisor, Firecracker) enters boot_entry in 32-bit protected mode, paging
 * off, EBX = physical address of struct hvm_start_info. We build page tables that map the first 4 GiB three times (at 0, at
 * DIRECT_MAP, and the first GiB at KERNEL_IMAGE), switch to long mode and go on in C.
 */
#define PHYS(symbol) ((symbol) - 0xffffffff80000000)

	.section .note.pvh, "a", @note
	.align 4
	.long 4
	.long 4
	.long 18 /* XEN_ELFNOTE_PHYS32_ENTRY */
	.asciz "Xen"
	.long PHYS(boot_entry)

	.section .text.boot, "ax"
	.code32
	.globl boot_entry
boot_entry:
	cli
	cld
	movl %ebx, %ebp

	/* four directories of 2 MiB entries: 4 GiB; present, writable, large */
	movl $PHYS(boot_directories), %edi
	movl $0x83, %eax
	movl $2048, %ecx
1:	movl %eax, (%edi)
	movl $0, 4(%edi)
	addl $0x200000, %eax
	addl $8, %edi
	decl %ecx
	jnz 1b

	/* the pointer table names them */
	movl $PHYS(boot_pointers), %edi
	movl $(PHYS(boot_directories) + 3), %eax
	movl $4, %ecx
2:	movl %eax, (%edi)
	addl $0x1000, %eax
	addl $8, %edi
	decl %ecx
	jnz 2b
	/* the kernel's image: entry 510 of its own pointer table leads to the first GiB */
	movl $(PHYS(boot_directories) + 3), PHYS(boot_image_pointers) + 510 * 8

	movl $(PHYS(boot_pointers) + 3), PHYS(kernel_pml4)
	movl $(PHYS(boot_pointers) + 3), PHYS(kernel_pml4) + 256 * 8
	movl $(PHYS(boot_image_pointers) + 3), PHYS(kernel_pml4) + 511 * 8

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
	orl $0x80010001, %eax /* paging, write protect, protected mode */
	movl %eax, %cr0
	lgdt PHYS(boot_gdt_pointer)
	ljmp $0x10, $PHYS(boot_long)

	.code64
boot_long:
	movl $0x18, %eax
	movl %eax, %ds
	movl %eax, %es
	movl %eax, %ss
	xorl %eax, %eax
	movl %eax, %fs
	movl %eax, %gs
	movabsq $boot_high, %rax
	jmp *%rax
boot_high:
	movq $boot_stack_top, %rsp
	movl %ebp, %edi
	xorl %ebp, %ebp
	call kernel_main
	ud2

	.align 8
boot_gdt:
	.quad 0
	.quad 0
	.quad 0x00af9a000000ffff /* 0x10 code, 64 bit */
	.quad 0x00cf92000000ffff /* 0x18 data */
boot_gdt_pointer:
	.word 31
	.long PHYS(boot_gdt)
	.long 0

	.section .bss.page_aligned, "aw", @nobits
	.align 4096
	.globl kernel_pml4
kernel_pml4:
	.skip 4096
	.globl boot_pointers
boot_pointers:
	.skip 4096
boot_image_pointers:
	.skip 4096
	.globl boot_directories
boot_directories:
	.skip 4 * 4096
	.globl boot_stack, boot_stack_top
boot_stack:
	.skip 4 * 4096
boot_stack_top:

	.section .note.GNU-stack, "", @progbits
