/*
 * tsckhz: prints the frequency of the host's time stamp counter in kHz, measured against CLOCK_MONOTONIC. QEMU's TCG
 * gives the guest that counter, and Linux has no good clock to measure it by on the microvm machine.
 */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

struct sample {
	int64_t ns;
	uint64_t ticks;
};

/* The two clocks read together; of many attempts the one least disturbed. */
static struct sample take_sample(void)
{
	struct sample best = {0};
	int64_t best_gap = INT64_MAX;

	for (int i = 0; i < 1000; i++) {
		struct timespec before, after;
		clock_gettime(CLOCK_MONOTONIC, &before);
		uint64_t ticks = __rdtsc();
		clock_gettime(CLOCK_MONOTONIC, &after);
		int64_t gap = (after.tv_sec - before.tv_sec) * 1000000000ll + after.tv_nsec - before.tv_nsec;
		if (gap < best_gap) {
			best_gap = gap;
			best.ns = before.tv_sec * 1000000000ll + before.tv_nsec + gap / 2;
			best.ticks = ticks;
		}
	}
	return best;
}

int main(void)
{
	const struct timespec pause = {.tv_nsec = 500000000};
	struct sample first = take_sample();

	nanosleep(&pause, NULL);
	struct sample last = take_sample();
	printf("%.0f\n", (double)(last.ticks - first.ticks) * 1e6 / (double)(last.ns - first.ns));
	return 0;
}
