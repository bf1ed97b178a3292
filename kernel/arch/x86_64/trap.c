/*
 * Exceptions and interrupts: from the frame that entry.S made to whoever deals with it.
 */
#include "arch/x86_64/trap.h"
#include "arch/x86_64/apic.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/debug.h"
#include "arch/x86_64/extable.h"
#include "arch/x86_64/fpu.h"
#include "arch/x86_64/io.h"
#include "arch/x86_64/panic.h"
#include "arch/x86_64/shootdown.h"
#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "lib/log.h"

#define MESSAGE_ADDRESS 0xfee00000u

void trap_dispatch(struct trapframe *frame);
void trap_user_return(struct trapframe *frame);

struct trap_handlers trap_handlers;

static struct {
	irq_handler handler;
	void *arg;
	uint64_t count;
} irq_lines[IRQ_LINES + IRQ_MESSAGES];

int irq_register(unsigned line, irq_handler handler, void *arg)
{
	if (line >= IRQ_LINES)
		return -EINVAL;
	if (irq_lines[line].handler)
		return -EBUSY;
	irq_lines[line].handler = handler;
	irq_lines[line].arg = arg;
	ioapic_enable(line);
	return 0;
}

/* Intel SDM vol. 3, 11.11: a write to the local APIC's address of the processor, edge-triggered, fixed delivery. */
int irq_register_message(irq_handler handler, void *arg, uint64_t *address, uint32_t *data)
{
	unsigned line = IRQ_LINES;

	while (line < IRQ_LINES + IRQ_MESSAGES && irq_lines[line].handler)
		line++;
	if (line == IRQ_LINES + IRQ_MESSAGES)
		return -ENOSPC;
	irq_lines[line].handler = handler;
	irq_lines[line].arg = arg;
	*address = MESSAGE_ADDRESS | (uint64_t)cpus[0].apic_id << 12;
	*data = TRAP_IRQ_BASE + line;
	return 0;
}

uint64_t irq_count(unsigned line)
{
	return line < IRQ_LINES + IRQ_MESSAGES ? irq_lines[line].count : 0;
}

static void page_fault(struct trapframe *frame)
{
	uaddr_t address = cr2_read();
	uint64_t target;

	if (frame_is_user(frame)) {
		trap_handlers.page_fault(frame, address, frame->error);
		return;
	}
	target = extable_find(frame->rip);
	if (!target)
		panic_frame(frame, "page fault in the kernel at %#lx (error %#lx)", address, frame->error);
	if (address >= USER_SPACE_END || trap_handlers.page_fault(frame, address, frame->error))
		frame->rip = target;
}

/*
 * A timer that became due while the kernel ran with interrupts off arrives before the first instruction after the
 * system call: SYSRET has left the address to go on at in RCX and RIP. The time it stands for was the kernel's.
 */
static bool is_first_after_call(const struct trapframe *frame)
{
	return frame->rip == frame->rcx;
}

static void interrupt(struct trapframe *frame)
{
	this_cpu()->interrupts++;
	if (frame->vector == TRAP_TIMER) {
		this_cpu()->timer_interrupts++;
		apic_end_of_interrupt();
		trap_handlers.timer(frame_is_user(frame) && !is_first_after_call(frame));
	} else if (frame->vector >= TRAP_IRQ_BASE && frame->vector < TRAP_IRQ_BASE + IRQ_LINES + IRQ_MESSAGES) {
		unsigned line = (unsigned)(frame->vector - TRAP_IRQ_BASE);
		irq_lines[line].count++;
		if (irq_lines[line].handler)
			irq_lines[line].handler(irq_lines[line].arg);
		apic_end_of_interrupt();
	} else if (frame->vector == TRAP_RESCHEDULE) {
		/* need_resched is set; the way out looks at it. */
		apic_end_of_interrupt();
	} else if (frame->vector == TRAP_SHOOTDOWN) {
		apic_end_of_interrupt();
		shootdown_poll();
	}
}

void trap_dispatch(struct trapframe *frame)
{
	if (frame->vector == TRAP_PAGE_FAULT) {
		page_fault(frame);
	} else if (frame->vector >= TRAP_IRQ_BASE) {
		interrupt(frame);
	} else if (frame->vector == TRAP_NMI && panic_is_elsewhere()) {
		cpu_halt();
	} else if (frame->vector == TRAP_DEBUG && !frame_is_user(frame)) {
		/* The kernel touched what a program's watch point is on. */
		(void)debug_status_take();
	} else if (!frame_is_user(frame)) {
		panic_frame(frame, "exception %lu in the kernel (error %#lx)", frame->vector, frame->error);
	} else if (frame->vector == TRAP_NO_FPU) {
		if (!fpu_first_use())
			trap_handlers.user_exception(frame);
	} else {
		trap_handlers.user_exception(frame);
	}
}

void trap_user_return(struct trapframe *frame)
{
	trap_handlers.user_return_work(frame);
}
