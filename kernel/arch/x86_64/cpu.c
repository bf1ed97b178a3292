/*
 * Bringing up a processor: descriptor tables, control registers, system call MSRs; idling; the end of the machine.
 */
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/asm_offsets.h"
#include "arch/x86_64/fpu.h"
#include "arch/x86_64/io.h"
#include "arch/x86_64/trap.h"
#include "lib/string.h"
#include "namu/start.h"

_Static_assert(offsetof(struct cpu, self) == CPU_SELF, "entry.S");
_Static_assert(offsetof(struct cpu, current) == CPU_CURRENT, "entry.S");
_Static_assert(offsetof(struct cpu, kernel_stack_top) == CPU_KERNEL_STACK_TOP, "entry.S");
_Static_assert(offsetof(struct cpu, user_rsp) == CPU_USER_RSP, "entry.S");
_Static_assert(offsetof(struct cpu, need_resched) == CPU_NEED_RESCHED, "entry.S");
_Static_assert(offsetof(struct cpu, fpu_trap_set) == CPU_FPU_TRAP_SET, "entry.S");
_Static_assert(offsetof(struct cpu, fpu_trap_wanted) == CPU_FPU_TRAP_WANTED, "entry.S");
_Static_assert(offsetof(struct trapframe, rcx) == FRAME_RCX, "entry.S");
_Static_assert(offsetof(struct trapframe, vector) == FRAME_VECTOR, "entry.S");
_Static_assert(offsetof(struct trapframe, rip) == FRAME_RIP, "entry.S");
_Static_assert(offsetof(struct trapframe, cs) == FRAME_CS, "entry.S");
_Static_assert(sizeof(struct trapframe) == FRAME_BYTES, "entry.S");

#define CR0_TS         0x8ull
#define CR0_NE         0x20ull
#define CR0_MP         0x2ull
#define CR0_EM         0x4ull
#define CR4_OSFXSR     (1ull << 9)
#define CR4_OSXMMEXCPT (1ull << 10)
#define CR4_UMIP       (1ull << 11)
#define CR4_FSGSBASE   (1ull << 16)
#define CR4_OSXSAVE    (1ull << 18)
#define CR4_SMEP       (1ull << 20)
#define CR4_SMAP       (1ull << 21)
#define CR4_PGE        (1ull << 7)

#define GDT_ENTRIES     16
#define IST_COUNT       4
#define IST_STACK_BYTES (CPU_IST_BYTES / IST_COUNT)

/* Task state segment: stack pointers for entries from user mode and for the vectors with stacks of their own. */
struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_map;
} __attribute__((packed));

struct idt_gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t ist;
	uint8_t type;
	uint16_t offset_middle;
	uint32_t offset_high;
	uint32_t reserved;
};

struct table_pointer {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

HOT_DATA struct cpu cpus[CPU_MAX];
uint32_t cpu_count = 1;

extern const char trap_landings[];
void syscall_entry(void);

static uint64_t gdt[CPU_MAX][GDT_ENTRIES];
static struct tss tss[CPU_MAX];
static struct idt_gate idt[256] __attribute__((aligned(16)));
static uint8_t boot_ist_stacks[CPU_IST_BYTES] __attribute__((aligned(16)));

static void idt_fill(void)
{
	for (unsigned vector = 0; vector < 256; vector++) {
		uint64_t address = (uint64_t)trap_landings + 16 * vector;
		struct idt_gate *gate = &idt[vector];
		bool from_user = vector == TRAP_BREAKPOINT || vector == TRAP_OVERFLOW;

		gate->offset_low = (uint16_t)address;
		gate->offset_middle = (uint16_t)(address >> 16);
		gate->offset_high = (uint32_t)(address >> 32);
		gate->selector = KERNEL_CS;
		gate->type = from_user ? 0xee : 0x8e; /* interrupt gate, DPL 3 or 0 */
	}
	idt[TRAP_DEBUG].ist = 1;
	idt[TRAP_NMI].ist = 2;
	idt[TRAP_DOUBLE_FAULT].ist = 3;
	idt[TRAP_MACHINE_CHECK].ist = 4;
}

static void gdt_load(uint32_t id)
{
	uint64_t *table = gdt[id];
	uint64_t base = (uint64_t)&tss[id];
	struct table_pointer pointer = {.limit = sizeof(gdt[id]) - 1, .base = (uint64_t)table};
	struct table_pointer idt_pointer = {.limit = sizeof(idt) - 1, .base = (uint64_t)idt};

	table[KERNEL_CS / 8] = 0x00af9b000000ffff;
	table[KERNEL_DS / 8] = 0x00cf93000000ffff;
	table[USER_DS / 8] = 0x00cff3000000ffff;
	table[USER_CS / 8] = 0x00affb000000ffff;
	table[TSS_SEL / 8] =
		(sizeof(struct tss) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
	table[TSS_SEL / 8 + 1] = base >> 32;
	table[CPU_SEL / 8] = 0x0040f50000000000 | id;
	__asm__ volatile("lgdt %0\n\t"
			 "pushq %1\n\t"
			 "leaq 1f(%%rip), %%rax\n\t"
			 "pushq %%rax\n\t"
			 "lretq\n"
			 "1:\tmovl %2, %%eax\n\t"
			 "movl %%eax, %%ss\n\t"
			 "xorl %%eax, %%eax\n\t"
			 "movl %%eax, %%ds\n\t"
			 "movl %%eax, %%es\n\t"
			 "movl %%eax, %%fs\n\t"
			 "movl %%eax, %%gs\n\t"
			 "lidt %3\n\t"
			 "ltr %w4"
			 :
			 : "m"(pointer), "i"(KERNEL_CS), "i"(KERNEL_DS), "m"(idt_pointer), "r"(TSS_SEL)
			 : "rax", "memory");
}

static void control_registers_load(void)
{
	uint64_t cr4 = cr4_read() | CR4_OSFXSR | CR4_OSXMMEXCPT;

	if (cpu_features.has_umip)
		cr4 |= CR4_UMIP;
	if (cpu_features.has_fsgsbase)
		cr4 |= CR4_FSGSBASE;
	if (cpu_features.has_smep)
		cr4 |= CR4_SMEP;
	if (cpu_features.has_smap)
		cr4 |= CR4_SMAP;
	if (cpu_features.has_xsave)
		cr4 |= CR4_OSXSAVE;
	cr4_write(cr4);
	cr0_write((cr0_read() & ~CR0_EM) | CR0_MP | CR0_NE | CR0_TS);
	fpu_init_this_cpu();
}

void cpu_set_ist(uint32_t id, void *stacks)
{
	for (unsigned i = 0; i < IST_COUNT; i++)
		tss[id].ist[i] = (uint64_t)stacks + (i + 1) * IST_STACK_BYTES;
}

void cpu_init_this(struct cpu *cpu)
{
	if (cpu->id == 0) {
		idt_fill();
		cpu_set_ist(0, boot_ist_stacks);
	}
	tss[cpu->id].io_map = sizeof(struct tss);
	gdt_load(cpu->id);
	cpu->self = cpu;
	cpu->tss = &tss[cpu->id];
	msr_write(MSR_GS_BASE, (uint64_t)cpu);
	msr_write(MSR_KERNEL_GS_BASE, 0);
	control_registers_load();

	if (cpu_features.has_rdtscp)
		msr_write(MSR_TSC_AUX, cpu->id); /* as Linux: the node above 12 bits of processor, for RDTSCP */

	/* SYSCALL loads KERNEL_CS and the next selector; SYSRET loads the base + 16 (code) and + 8 (stack). */
	msr_write(MSR_STAR, (uint64_t)KERNEL_CS << 32 | (uint64_t)(USER_CS - 16) << 48);
	msr_write(MSR_LSTAR, (uint64_t)syscall_entry);
	msr_write(MSR_FMASK, RFLAGS_IF | RFLAGS_DF | RFLAGS_TF | RFLAGS_AC | 0x4000 /* NT */ | 0x3000 /* IOPL */);
}

void cpu_set_kernel_stack(uint64_t top)
{
	struct cpu *cpu = this_cpu();
	struct tss *mine = cpu->tss;

	cpu->kernel_stack_top = top;
	mine->rsp[0] = top;
}

uint64_t cpu_interrupts(void)
{
	uint64_t sum = 0;

	for (uint32_t id = 0; id < cpu_count; id++)
		sum += cpus[id].interrupts;
	return sum;
}

_Noreturn void cpu_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

void cpu_take_interrupts(void)
{
	__asm__ volatile("sti; nop; cli" : : : "memory");
}

void cpu_idle_wait(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

_Noreturn void cpu_power_off(uint8_t code)
{
	__asm__ volatile("cli");
	io_write8(NAMU_EXIT_PORT, code);
	/* No such device: reset by the chipset's register, then by the keyboard controller (-no-reboot ends QEMU). */
	io_write8(0xcf9, 0x06);
	io_write8(0x64, 0xfe);
	for (;;)
		__asm__ volatile("hlt");
}
