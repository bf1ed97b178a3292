/*
 * The machine's clock (TSC, measured against the local APIC's timer, whose rate the hypervisor fixes at 1 GHz) and its
 * one-shot timer.
 */
#ifndef NAMU_ARCH_CLOCK_H
#define NAMU_ARCH_CLOCK_H

#include "arch/x86_64/io.h"
#include "lib/types.h"

#define CLOCK_SCALE_SHIFT 32

/* How TSC becomes time: ns = base_ns + ((tsc - base_tsc) * mult >> shift). Read by the vDSO as well. */
struct clock_scale {
	uint64_t base_tsc;
	uint64_t base_ns;
	uint32_t mult;
	uint32_t shift;
};
extern struct clock_scale clock_scale;
/* mult for a shift that is the same on all machines. */
extern uint64_t clock_wide_mult;

void clock_init(void);
/* End the measurement that clock_init began; called late in the boot. */
void clock_calibrate(void);
/* Nanoseconds since the boot; never goes back on one processor. */
uint64_t clock_machine_ns(void);
/* When the TSC was at `tsc`, also before the clock was calibrated. */
static inline uint64_t clock_tsc_ns(uint64_t tsc)
{
	__int128 ticks = (int64_t)(tsc - clock_scale.base_tsc);

	return clock_scale.base_ns + (uint64_t)(int64_t)(ticks * (__int128)clock_wide_mult >> CLOCK_SCALE_SHIFT);
}
uint64_t clock_tsc_hz(void);

/* Ask for TRAP_TIMER at `deadline_ns` of clock_machine_ns; TIME_NEVER: not at all. Per processor. */
void clock_arm(uint64_t deadline_ns);

#endif
