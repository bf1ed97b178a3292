/*
 * The vDSO: a small shared object in every program, which reads clocks without entering the kernel (vdso(7)). Runs in
 * user mode; what it cannot answer it asks by a system call.
 */
#include <asm/unistd_64.h>
#include <linux/time.h>

#include "vdso/vvar.h"

#define NS_PER_SEC 1000000000ull
#define COARSE_NS  4000000

/* The clocks that are answered here, a bit each, and those of them that show real time. */
#define REALTIME_CLOCKS (1u << CLOCK_REALTIME | 1u << CLOCK_REALTIME_COARSE)
#define CLOCKS_READ                                                                                           \
	(REALTIME_CLOCKS | 1u << CLOCK_MONOTONIC | 1u << CLOCK_MONOTONIC_RAW | 1u << CLOCK_MONOTONIC_COARSE | \
	 1u << CLOCK_BOOTTIME | 1u << CLOCK_TAI)

/* Placed by vdso.ld one page below the code. */
extern const volatile struct vvar vvar __attribute__((visibility("hidden")));

typedef __kernel_old_time_t seconds_t;

int __vdso_clock_gettime(int clock, struct timespec *time);
int __vdso_clock_getres(int clock, struct timespec *time);
int __vdso_gettimeofday(struct timeval *time, struct timezone *zone);
seconds_t __vdso_time(seconds_t *to);
int __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused);

static long system_call(long number, const void *first, const void *second, const void *third)
{
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(first), "S"(second), "d"(third)
			 : "rcx", "r11", "memory");
	return result;
}

static inline uint64_t tsc_read(void)
{
	uint32_t low, high;

	/* Not before the loads in front of it. */
	__asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

/* The clock with this base (a word of the page). False: the kernel has to be asked. */
static inline int read_clock(uint64_t *ns, const volatile uint64_t *base)
{
	uint32_t sequence;

	do {
		sequence = __atomic_load_n(&vvar.sequence, __ATOMIC_ACQUIRE);
		uint64_t mult = vvar.mult;
		if (__builtin_expect(!mult, 0))
			return 0;
		uint64_t ticks = tsc_read() - vvar.base_tsc;
		*ns = *base + (uint64_t)((unsigned __int128)ticks * mult >> 32);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
	} while (__builtin_expect((sequence & 1) || sequence != vvar.sequence, 0));
	return 1;
}

int __vdso_clock_gettime(int clock, struct timespec *time)
{
	uint64_t ns;

	if ((unsigned)clock > CLOCK_TAI || !(CLOCKS_READ >> clock & 1) ||
	    !read_clock(&ns, REALTIME_CLOCKS >> clock & 1 ? &vvar.realtime_ns
			     : clock == CLOCK_TAI         ? &vvar.tai_ns
							  : &vvar.monotonic_ns))
		return (int)system_call(__NR_clock_gettime, (void *)(long)clock, time, 0);
	uint64_t seconds = ns / NS_PER_SEC;
	time->tv_sec = (seconds_t)seconds;
	time->tv_nsec = (long)(ns - seconds * NS_PER_SEC);
	return 0;
}

int __vdso_clock_getres(int clock, struct timespec *time)
{
	if (clock < 0 || clock > CLOCK_TAI || clock == CLOCK_SGI_CYCLE)
		return (int)system_call(__NR_clock_getres, (void *)(long)clock, time, 0);
	if (time) {
		time->tv_sec = 0;
		time->tv_nsec = clock == CLOCK_REALTIME_COARSE || clock == CLOCK_MONOTONIC_COARSE ? COARSE_NS : 1;
	}
	return 0;
}

int __vdso_gettimeofday(struct timeval *time, struct timezone *zone)
{
	uint64_t ns;

	if (!read_clock(&ns, &vvar.realtime_ns))
		return (int)system_call(__NR_gettimeofday, time, zone, 0);
	if (time) {
		time->tv_sec = (seconds_t)(ns / NS_PER_SEC);
		time->tv_usec = (long)(ns % NS_PER_SEC / 1000);
	}
	if (zone) {
		zone->tz_minuteswest = 0;
		zone->tz_dsttime = 0;
	}
	return 0;
}

seconds_t __vdso_time(seconds_t *to)
{
	uint64_t ns;

	if (!read_clock(&ns, &vvar.realtime_ns))
		return system_call(__NR_time, to, 0, 0);
	seconds_t now = (seconds_t)(ns / NS_PER_SEC);
	if (to)
		*to = now;
	return now;
}

int __vdso_getcpu(unsigned *cpu, unsigned *node, void *unused)
{
	unsigned number;

	(void)unused;
	__asm__ volatile("lsl %1, %0" : "=r"(number) : "r"(VVAR_CPU_SELECTOR) : "cc");
	if (cpu)
		*cpu = number;
	if (node)
		*node = 0;
	return 0;
}

#define ALIAS(name) __attribute__((weak, alias("__vdso_" #name)))
int clock_gettime(int clock, struct timespec *time) ALIAS(clock_gettime);
int clock_getres(int clock, struct timespec *time) ALIAS(clock_getres);
int gettimeofday(struct timeval *time, struct timezone *zone) ALIAS(gettimeofday);
seconds_t time(seconds_t *to) ALIAS(time);
int getcpu(unsigned *cpu, unsigned *node, void *unused) ALIAS(getcpu);
