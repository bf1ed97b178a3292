/*
 * Load averages: how many threads run or wait for a processor, over 1, 5 and 15 minutes, looked at every 5 s.
 *
 * Timers look, and who reads. A machine that idles has no timer, so looks may be missing: then nobody ran.
 */
#include "arch/x86_64/clock.h"
#include "sched/internal.h"

#define PERIOD_NS   (5 * NS_PER_SEC)
#define MISSED_MOST 5000u /* after so many nothing is left of any average */

uint64_t sched_load[3];

static _Atomic uint64_t load_next_ns;

static uint64_t active_threads(void)
{
	uint64_t active = 0;

	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		spin_lock(&runqs[cpu].lock);
		active += runqs[cpu].fair_count + runqs[cpu].rt_count + (runqs[cpu].running->class != CLASS_IDLE);
		spin_unlock(&runqs[cpu].lock);
	}
	return active;
}

void load_update(uint64_t now)
{
	static const uint64_t decay[3] = {1884, 2014, 2037}; /* 2048 * exp(-5 s / 1, 5, 15 min) */
	uint64_t next = atomic_load_explicit(&load_next_ns, memory_order_relaxed);

	if (likely(now < next) || !atomic_compare_exchange_strong(&load_next_ns, &next, now + PERIOD_NS))
		return;
	uint64_t active = active_threads(), missed = next ? MIN((now - next) / PERIOD_NS, (uint64_t)MISSED_MOST) : 0;
	for (unsigned i = 0; i < 3; i++) {
		uint64_t load = sched_load[i];
		for (uint64_t period = 0; period < missed && load; period++)
			load = load * decay[i] / 2048;
		sched_load[i] = (load * decay[i] + active * 2048 * (2048 - decay[i])) / 2048;
	}
}
