/* The local APIC (timer, end of interrupt) and the I/O APIC (lines of devices). */
#ifndef NAMU_ARCH_APIC_H
#define NAMU_ARCH_APIC_H

#include "lib/types.h"

/* Rate of the local APIC's timer, which QEMU and KVM fix, in ticks a second. */
#define APIC_TIMER_HZ 1000000000ull

int apic_init(void);
/* The local APIC of a further processor, from that processor; returns its id. */
uint32_t apic_init_this(void);
void apic_end_of_interrupt(void);
uint32_t apic_timer_count(void);
void apic_timer_set(uint32_t count); /* one-shot; 0 stops it */
void apic_timer_unmask(void);

/* Let line `line` of the I/O APIC interrupt this processor with TRAP_IRQ_BASE + line, level-triggered. */
void ioapic_enable(unsigned line);

/* Send an interrupt to the processor with this APIC id: a vector, or the non-maskable one. */
void apic_send(uint32_t apic_id, uint8_t vector);
void apic_send_nmi(uint32_t apic_id);
/* Start all further processors at once: they begin in real mode at `page` (physical, page-aligned, below 1 MiB). */
void apic_start_others(paddr_t page);

#endif
