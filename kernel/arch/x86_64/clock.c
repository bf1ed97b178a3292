/*
 * The machine's clock. Time is the TSC's, scaled by a rate measured against the local APIC's timer, which counts at a
 * rate the hypervisor fixes. The measurement spans the boot itself, so nothing waits for it: until clock_calibrate ends
 * it, time is read from the APIC's count.
 */
#include "arch/x86_64/clock.h"
#include "arch/x86_64/apic.h"
#include "arch/x86_64/io.h"
#include "arch/x86_64/muldiv.h"
#include "lib/log.h"

#define COUNT_START      0xffffffffu
#define MEASURE_LEAST_NS 500000u
#define MEASURE_TRIES    8

HOT_DATA struct clock_scale clock_scale;
HOT_DATA uint64_t clock_wide_mult;

struct clock_pair {
	uint64_t tsc;
	uint32_t count;
};

static struct clock_pair first_pair;
static uint64_t measured_hz;

/* Both clocks at one moment: of several readings the one that took the least time. */
static struct clock_pair read_pair(void)
{
	struct clock_pair best = {0, 0};
	uint64_t best_gap = UINT64_MAX;

	for (int i = 0; i < MEASURE_TRIES; i++) {
		uint64_t before = tsc_read();
		uint32_t count = apic_timer_count();
		uint64_t after = tsc_read();
		if (after - before < best_gap) {
			best_gap = after - before;
			best.tsc = before + best_gap / 2;
			best.count = count;
		}
	}
	return best;
}

void clock_init(void)
{
	apic_timer_set(COUNT_START);
	first_pair = read_pair();
}

void clock_calibrate(void)
{
	struct clock_pair now;

	do {
		now = read_pair();
	} while (first_pair.count - now.count < MEASURE_LEAST_NS);
	uint64_t elapsed_ns = first_pair.count - now.count;
	uint64_t ticks = now.tsc - first_pair.tsc;
	/* Under -icount the TSC counts nanoseconds exactly: then the measured ratio is 1 but for the reading's own
	 * length. */
	if (ticks >= elapsed_ns - elapsed_ns / 1024 && ticks <= elapsed_ns + elapsed_ns / 1024)
		ticks = elapsed_ns;
	measured_hz = mul_div_u64(ticks, NS_PER_SEC, elapsed_ns);

	uint32_t shift = CLOCK_SCALE_SHIFT;
	uint64_t mult = mul_div_u64(elapsed_ns, 1ull << shift, ticks);
	while (mult > UINT32_MAX) {
		mult >>= 1;
		shift--;
	}
	clock_scale.base_ns = COUNT_START - now.count;
	clock_scale.base_tsc = now.tsc;
	clock_scale.shift = shift;
	clock_wide_mult = mult << (CLOCK_SCALE_SHIFT - shift);
	__asm__ volatile("" : : : "memory");
	clock_scale.mult = (uint32_t)mult;
	apic_timer_set(0);
	apic_timer_unmask();
}

uint64_t clock_machine_ns(void)
{
	if (unlikely(clock_scale.mult == 0))
		return COUNT_START - apic_timer_count();
	uint64_t ticks = tsc_read() - clock_scale.base_tsc;
	return clock_scale.base_ns + (uint64_t)((unsigned __int128)ticks * clock_scale.mult >> clock_scale.shift);
}

uint64_t clock_tsc_hz(void)
{
	return measured_hz;
}

void clock_arm(uint64_t deadline_ns)
{
	uint32_t count = 0;

	if (deadline_ns != TIME_NEVER) {
		uint64_t now = clock_machine_ns();
		uint64_t rest = deadline_ns > now ? deadline_ns - now : 1;
		count = rest < COUNT_START ? (uint32_t)rest : COUNT_START;
	}
	apic_timer_set(count);
}
