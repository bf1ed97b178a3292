/* Offsets that assembly uses; asserted against the structures in cpu.c. */
#ifndef NAMU_ARCH_ASM_OFFSETS_H
#define NAMU_ARCH_ASM_OFFSETS_H

#define CPU_SELF             0
#define CPU_CURRENT          8
#define CPU_KERNEL_STACK_TOP 16
#define CPU_USER_RSP         24
#define CPU_NEED_RESCHED     32
#define CPU_FPU_TRAP_SET     33
#define CPU_FPU_TRAP_WANTED  34

#define THREAD_KERNEL_RSP 0
#define THREAD_WORK       56

/* Where further processors begin: the page that mem/page.c keeps free below 1 MiB. */
#define SMP_PAGE 0x8000

#define FRAME_RCX    88
#define FRAME_VECTOR 120
#define FRAME_ERROR  128
#define FRAME_RIP    136
#define FRAME_CS     144
#define FRAME_RFLAGS 152
#define FRAME_RSP    160
#define FRAME_BYTES  176

#endif
