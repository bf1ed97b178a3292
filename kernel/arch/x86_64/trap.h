/*
 * What the processor's entries call in the floors above. Upper floors fill the table once, at boot
 * (design: a lower floor calls up through a table that the upper floor registers).
 */
#ifndef NAMU_ARCH_TRAP_H
#define NAMU_ARCH_TRAP_H

#include "arch/x86_64/trapframe.h"

struct trap_handlers {
	/* A fault at `address`, with error bits FAULT_*. User faults: resolve it or send a signal.
	 * Kernel faults in user memory: resolve it and return 0, or return -EFAULT and uaccess gives up. */
	int (*page_fault)(struct trapframe *frame, uaddr_t address, uint64_t error);
	/* Any other exception in user mode: send the signal. */
	void (*user_exception)(struct trapframe *frame);
	/* The local timer fired, while the processor was in user mode or not. */
	void (*timer)(bool was_in_user_mode);
	/* Before user mode is entered again while the thread has work (thread->work != 0) or need_resched is set. */
	void (*user_return_work)(struct trapframe *frame);
};
extern struct trap_handlers trap_handlers;

/* System calls do not go through the table: entry.S calls this by name, since an indirect call costs a tenth of a null
 * call. */
void syscall_dispatch(struct trapframe *frame);
/* The same with the trace's events; and with a look at who traces the thread, or where not all events are wanted. */
void syscall_dispatch_traced(struct trapframe *frame);
void syscall_dispatch_watched(struct trapframe *frame);
/* Which of them syscall_entry calls. Set by trace/. */
enum syscall_way { SYSCALL_WATCHED = -1, SYSCALL_PLAIN, SYSCALL_TRACED };
extern volatile int8_t syscall_way;

/* Device interrupts: one handler a line (those of the I/O APIC, then messages). Called with interrupts off, on the
 * first processor; it may wake threads. */
#define IRQ_LINES    24
#define IRQ_MESSAGES 32
typedef void (*irq_handler)(void *arg);
int irq_register(unsigned line, irq_handler handler, void *arg);
/* For a device that interrupts by messages: what it is to write, and where to. Takes the next free line. -ENOSPC. */
int irq_register_message(irq_handler handler, void *arg, uint64_t *address, uint32_t *data);
/* How often the line fired; for /proc/interrupts. */
uint64_t irq_count(unsigned line);

#endif
