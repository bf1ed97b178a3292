/*
 * The machine's clock (TSC, measured against the local APIC's timer, whose rate the hypervisor fixes at 1 GHz) and its
 * one-shot timer.
 */
#ifndef NAMU_ARCH_CLOCK_H
#define NAMU_ARCH_CLOCK_H

#include "lib/types.h"

/* How TSC becomes time: ns = base_ns + ((tsc - base_tsc) * mult >> shift). Read by the vDSO as well. */
struct clock_scale {
	uint64_t base_tsc;
	uint64_t base_ns;
	uint32_t mult;
	uint32_t shift;
};
extern struct clock_scale clock_scale;

void clock_init(void);
/* End the measurement that clock_init began; called late in the boot. */
void clock_calibrate(void);
/* Nanoseconds since the boot; never goes back on one processor. */
uint64_t clock_machine_ns(void);
uint64_t clock_tsc_hz(void);

/* Ask for TRAP_TIMER at `deadline_ns` of clock_machine_ns; TIME_NEVER: not at all. Per processor. */
void clock_arm(uint64_t deadline_ns);

#endif
