/* /proc/sys/kernel/sched_*: how much of a processor real-time threads may have (sched(7)). */
#include "lib/string.h"
#include "proc/procfs_private.h"
#include "sched/sched.h"

#define RR_TIMESLICE_MS 100

/* A number from -1 on, a newline behind it or nothing. 0 or -EINVAL. */
static int read_setting(const char *text, int32_t *value)
{
	bool is_negative = *text == '-';
	const char *start = text + is_negative, *end;
	uint64_t number = string_to_u64(start, &end, 10);

	if (end == start || (*end && *end != '\n') || number > (is_negative ? 1 : INT32_MAX))
		return -EINVAL;
	*value = is_negative ? -(int32_t)number : (int32_t)number;
	return 0;
}

int proc_show_sched_rt_period_us(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%d\n", sched_rt_period_us);
	return 0;
}

int proc_write_sched_rt_period_us(const struct proc_target *target, const char *text, size_t bytes)
{
	int32_t value;
	int error = read_setting(text, &value);

	if (!error && (value < 1 || value < sched_rt_runtime_us))
		error = -EINVAL;
	if (!error)
		sched_rt_period_us = value;
	return error;
}

int proc_show_sched_rt_runtime_us(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%d\n", sched_rt_runtime_us);
	return 0;
}

int proc_write_sched_rt_runtime_us(const struct proc_target *target, const char *text, size_t bytes)
{
	int32_t value;
	int error = read_setting(text, &value);

	if (!error && value > sched_rt_period_us)
		error = -EINVAL;
	if (!error)
		sched_rt_runtime_us = value;
	return error;
}

int proc_show_sched_rr_timeslice_ms(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%u\n", RR_TIMESLICE_MS);
	return 0;
}
