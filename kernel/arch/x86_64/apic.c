/*
 * The local APIC (timer, end of interrupt) and the I/O APIC (lines of devices): Intel SDM vol. 3, chapter 11; 82093AA
 * data sheet.
 */
#include "arch/x86_64/apic.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/io.h"
#include "arch/x86_64/pagetable.h"
#include "arch/x86_64/trapframe.h"
#include "lib/errno.h"
#include "lib/log.h"

#define IOAPIC_ADDRESS 0xfec00000

enum apic_register {
	APIC_ID = 0x20,
	APIC_EOI = 0xb0,
	APIC_SPURIOUS = 0xf0,
	APIC_COMMAND = 0x300,
	APIC_COMMAND_TO = 0x310,
	APIC_LVT_TIMER = 0x320,
	APIC_LVT_LINT0 = 0x350,
	APIC_LVT_LINT1 = 0x360,
	APIC_LVT_ERROR = 0x370,
	APIC_INITIAL_COUNT = 0x380,
	APIC_CURRENT_COUNT = 0x390,
	APIC_DIVIDE = 0x3e0
};

#define LVT_MASKED       0x10000u
#define APIC_ENABLED     0x100u
#define APIC_DIVIDE_BY_1 0xbu

/* Interrupt command register. */
#define COMMAND_NMI     0x400u
#define COMMAND_INIT    0x500u
#define COMMAND_STARTUP 0x600u
#define COMMAND_PENDING 0x1000u
#define COMMAND_ASSERT  0x4000u
#define COMMAND_OTHERS  0xc0000u

static volatile uint32_t *apic_registers;
static volatile uint32_t *ioapic_registers;

static void apic_write(enum apic_register at, uint32_t value)
{
	apic_registers[at / 4] = value;
}

static void local_init(void)
{
	apic_write(APIC_SPURIOUS, APIC_ENABLED | TRAP_SPURIOUS);
	apic_write(APIC_LVT_LINT0, LVT_MASKED);
	apic_write(APIC_LVT_LINT1, LVT_MASKED);
	apic_write(APIC_LVT_ERROR, LVT_MASKED | TRAP_SPURIOUS);
	apic_write(APIC_DIVIDE, APIC_DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER, LVT_MASKED | TRAP_TIMER);
}

int apic_init(void)
{
	paddr_t base = msr_read(MSR_APIC_BASE) & PTE_ADDRESS;

	apic_registers = device_map(base, PAGE_SIZE);
	ioapic_registers = device_map(IOAPIC_ADDRESS, PAGE_SIZE);
	if (!apic_registers || !ioapic_registers)
		return -ENOMEM;
	local_init();
	cpus[0].apic_id = apic_registers[APIC_ID / 4] >> 24;
	return 0;
}

uint32_t apic_init_this(void)
{
	local_init();
	apic_timer_unmask();
	return apic_registers[APIC_ID / 4] >> 24;
}

static void command_send(uint32_t apic_id, uint32_t command)
{
	while (apic_registers[APIC_COMMAND / 4] & COMMAND_PENDING)
		cpu_relax();
	apic_write(APIC_COMMAND_TO, apic_id << 24);
	apic_write(APIC_COMMAND, command);
}

void apic_send(uint32_t apic_id, uint8_t vector)
{
	command_send(apic_id, COMMAND_ASSERT | vector);
}

void apic_send_nmi(uint32_t apic_id)
{
	command_send(apic_id, COMMAND_ASSERT | COMMAND_NMI);
}

/* Intel SDM vol. 3, 9.4.4: INIT, 10 ms, start-up, 200 us, start-up again, which those that run already ignore. */
void apic_start_others(paddr_t page)
{
	uint32_t startup = COMMAND_OTHERS | COMMAND_ASSERT | COMMAND_STARTUP | (uint32_t)(page >> PAGE_SHIFT);

	command_send(0, COMMAND_OTHERS | COMMAND_ASSERT | COMMAND_INIT);
	/* A virtual processor is reset at once; real ones, which need the pause, are not what we run on. */
	command_send(0, startup);
	command_send(0, startup);
}

void apic_end_of_interrupt(void)
{
	apic_write(APIC_EOI, 0);
}

uint32_t apic_timer_count(void)
{
	return apic_registers[APIC_CURRENT_COUNT / 4];
}

void apic_timer_set(uint32_t count)
{
	apic_write(APIC_INITIAL_COUNT, count);
}

void apic_timer_unmask(void)
{
	apic_write(APIC_LVT_TIMER, TRAP_TIMER);
}

static void ioapic_write(uint32_t at, uint32_t value)
{
	ioapic_registers[0] = at;
	ioapic_registers[4] = value;
}

void ioapic_enable(unsigned line)
{
	const uint32_t level_triggered = 1u << 15;

	ioapic_write(0x10 + 2 * line + 1, 0); /* to the processor with APIC id 0 */
	ioapic_write(0x10 + 2 * line, level_triggered | (TRAP_IRQ_BASE + line));
}
