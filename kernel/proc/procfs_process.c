/*
 * The directory of a process: its names, those of its threads, and the small files.
 */
#include <linux/capability.h>

#include "lib/printf.h"
#include "lib/string.h"
#include "mem/page.h"
#include "proc/pid.h"
#include "proc/process_event.h"
#include "proc/procfs_file.h"
#include "sched/sched.h"

#define OOM_ADJ_MAX  1000
#define OLD_ADJ_MAX  15
#define OLD_ADJ_UNIT 17

static int show_comm(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%s\n", target->thread->name);
	return 0;
}

static int write_comm(const struct proc_target *target, const char *text, size_t bytes)
{
	if (target->process != current_process())
		return -EINVAL;
	const char *end = memchr(text, '\n', bytes);
	size_t length = end ? (size_t)(end - text) : bytes;
	length = MIN(length, sizeof(target->thread->name) - 1);
	memcpy(target->thread->name, text, length);
	target->thread->name[length] = 0;
	process_event_name(target->thread);
	return 0;
}

static int show_wchan(struct proc_text *text, const struct proc_target *target)
{
	bool is_waiting = target->thread->state == THREAD_BLOCKED && !target->process->is_kernel;

	proc_print(text, "%s", is_waiting ? wait_kind_wchan(target->thread->waiting.kind) : "0");
	return 0;
}

static int show_io(struct proc_text *text, const struct proc_target *target)
{
	const struct process *process = target->process;

	int error = proc_may_inspect(target);
	if (error)
		return error;
	proc_print(text,
		   "rchar: %lu\nwchar: %lu\nsyscr: %lu\nsyscw: %lu\nread_bytes: 0\nwrite_bytes: 0\n"
		   "cancelled_write_bytes: 0\n",
		   process->read_bytes, process->write_bytes, process->read_calls, process->write_calls);
	return 0;
}

static int show_oom_score(struct proc_text *text, const struct proc_target *target)
{
	struct vm_space *space = proc_target_space(target);
	struct page_stats stats;
	int64_t score = 0;

	page_stats_read(&stats);
	if (space) {
		int64_t pages = space->resident_anon + space->resident_shared + (int64_t)space->table_pages;
		score = pages * OOM_ADJ_MAX / (int64_t)MAX(stats.total, 1ul) + target->process->oom_score_adj;
		vm_space_put(space);
	}
	proc_print(text, "%ld\n", MAX(score, 0l));
	return 0;
}

static int show_oom_score_adj(struct proc_text *text, const struct proc_target *target)
{
	proc_print(text, "%d\n", target->process->oom_score_adj);
	return 0;
}

static int write_oom_score_adj(const struct proc_target *target, const char *text, size_t bytes)
{
	bool is_negative = text[0] == '-';
	const char *start = text + is_negative, *end;
	uint64_t number = string_to_u64(start, &end, 10);

	if (end == start || number > OOM_ADJ_MAX || (*end && *end != '\n'))
		return -EINVAL;
	int32_t value = is_negative ? -(int32_t)number : (int32_t)number;
	if (value < target->process->oom_score_adj && !current_has_cap(CAP_SYS_RESOURCE))
		return -EACCES;
	target->process->oom_score_adj = value;
	return 0;
}

/* The older scale, from -17 to 15, of the same setting. */
static int show_oom_adj(struct proc_text *text, const struct proc_target *target)
{
	int32_t value = target->process->oom_score_adj;

	proc_print(text, "%d\n", value == OOM_ADJ_MAX ? OLD_ADJ_MAX : value * OLD_ADJ_UNIT / OOM_ADJ_MAX);
	return 0;
}

static void print_limit(struct proc_text *text, uint64_t limit)
{
	if (limit == UINT64_MAX)
		proc_print(text, "%-20s ", "unlimited");
	else
		proc_print(text, "%-20lu ", limit);
}

static int show_limits(struct proc_text *text, const struct proc_target *target)
{
	static const struct {
		const char *name, *unit;
	} rows[] = {
		{"Max cpu time", "seconds"},    {"Max file size", "bytes"},      {"Max data size", "bytes"},
		{"Max stack size", "bytes"},    {"Max core file size", "bytes"}, {"Max resident set", "bytes"},
		{"Max processes", "processes"}, {"Max open files", "files"},     {"Max locked memory", "bytes"},
		{"Max address space", "bytes"}, {"Max file locks", "locks"},     {"Max pending signals", "signals"},
		{"Max msgqueue size", "bytes"}, {"Max nice priority", ""},       {"Max realtime priority", ""},
		{"Max realtime timeout", "us"},
	};
	struct limits limits;

	spin_lock(&tree_lock);
	limits = target->process->limits;
	spin_unlock(&tree_lock);
	proc_print(text, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
		proc_print(text, "%-25s ", rows[i].name);
		print_limit(text, limits.of[i].soft);
		print_limit(text, limits.of[i].hard);
		proc_print(text, rows[i].unit[0] ? "%-10s\n" : "\n", rows[i].unit);
	}
	return 0;
}

static void print_ms(struct proc_text *text, const char *name, uint64_t ns)
{
	proc_print(text, "%-45s:%14lu.%06lu\n", name, ns / NS_PER_MSEC, ns % NS_PER_MSEC);
}

static int show_sched(struct proc_text *text, const struct proc_target *target)
{
	struct thread *thread = target->thread;
	uint64_t user_ns, kernel_ns;

	sched_times(thread, &user_ns, &kernel_ns);
	proc_print(text, "%s (%d, #threads: %u)\n", thread->name, thread->tid, target->process->thread_count);
	proc_print(text, "-------------------------------------------------------------------\n");
	print_ms(text, "se.exec_start", thread->ran_since_ns);
	print_ms(text, "se.vruntime", (uint64_t)MAX(thread->vruntime_ns, (int64_t)0));
	print_ms(text, "se.sum_exec_runtime", user_ns + kernel_ns);
	proc_print(text, "%-45s:%21lu\n", "se.nr_migrations", thread->migrations);
	proc_print(text, "%-45s:%21lu\n", "nr_switches", thread->voluntary_switches + thread->involuntary_switches);
	proc_print(text, "%-45s:%21lu\n", "nr_voluntary_switches", thread->voluntary_switches);
	proc_print(text, "%-45s:%21lu\n", "nr_involuntary_switches", thread->involuntary_switches);
	/* Linux's load is the weight in its finer scale, its priority counts from the highest real-time one. */
	proc_print(text, "%-45s:%21lu\n", "se.load.weight", (uint64_t)thread->weight << 10);
	proc_print(text, "%-45s:%21u\n", "policy", thread->policy);
	proc_print(text, "%-45s:%21d\n", "prio", thread->level ? 99 - thread->level : 120 + thread->nice);
	proc_print(text, "%-45s:%21lu\n", "se.slice", sched_quantum_ns(thread));
	return 0;
}

static const struct proc_entry task_entries[];

static const struct proc_entry task_entry = {
	.name = "task",
	.mode = S_IFDIR | 0555,
	.children = task_entries,
};

/* A thread of the process whose directory `task` this is; `found` gets a reference on its id. */
static int find_task(const struct proc_node *directory, int32_t number, struct proc_node *found)
{
	int error = -ENOENT;

	spin_lock(&tree_lock);
	struct pid *pid = pid_find_locked(number);
	struct process *process = directory->pid->process;
	if (!process && directory->pid->thread)
		process = directory->pid->thread->process;
	if (pid && pid->thread && process && pid->thread->process == process) {
		pid_get(pid);
		*found = (struct proc_node){.entry = &task_entry, .pid = pid, .is_task = true};
		error = 0;
	}
	spin_unlock(&tree_lock);
	return error;
}

static int32_t next_task(const struct proc_node *directory, int32_t from, struct proc_node *found)
{
	struct thread_proc *thread;
	struct pid *best = NULL;

	spin_lock(&tree_lock);
	struct process *process = directory->pid->process;
	if (!process && directory->pid->thread)
		process = directory->pid->thread->process;
	if (process) {
		list_for_each (thread, &process->threads, process_link) {
			struct pid *pid = thread->pid;
			if (pid->number >= from && (!best || pid->number < best->number))
				best = pid;
		}
	}
	if (best) {
		pid_get(best);
		*found = (struct proc_node){.entry = &task_entry, .pid = best, .is_task = true};
	}
	spin_unlock(&tree_lock);
	return best ? best->number : -1;
}

int proc_find_process(const struct proc_node *directory, int32_t number, struct proc_node *found)
{
	int error = -ENOENT;

	spin_lock(&tree_lock);
	struct pid *pid = pid_find_locked(number);
	if (pid && (pid->process || pid->thread)) {
		pid_get(pid);
		*found = (struct proc_node){.entry = &proc_process_entry, .pid = pid};
		error = 0;
	}
	spin_unlock(&tree_lock);
	return error;
}

int32_t proc_next_process(const struct proc_node *directory, int32_t from, struct proc_node *found)
{
	struct process *process;
	int32_t number = -1;

	spin_lock(&tree_lock);
	list_for_each (process, &all_processes, all_link) {
		if (process->pid->number < from)
			continue;
		pid_get(process->pid);
		*found = (struct proc_node){.entry = &proc_process_entry, .pid = process->pid};
		number = process->pid->number;
		break;
	}
	spin_unlock(&tree_lock);
	return number;
}

#define REGULAR(entry_name, bits, printer)                                        \
	{                                                                         \
		.name = (entry_name), .mode = S_IFREG | (bits), .show = (printer) \
	}
#define WRITABLE(entry_name, bits, printer, taker)                                                  \
	{                                                                                           \
		.name = (entry_name), .mode = S_IFREG | (bits), .show = (printer), .write = (taker) \
	}
#define MOUNTS(entry_name, bits, printer)                                                                       \
	{                                                                                                       \
		.name = (entry_name), .mode = S_IFREG | (bits), .show = (printer), .ops = &proc_mounts_file_ops \
	}
#define BINARY(entry_name, bits, operations)                                        \
	{                                                                           \
		.name = (entry_name), .mode = S_IFREG | (bits), .ops = (operations) \
	}
#define PLACE(entry_name, finder)                                               \
	{                                                                       \
		.name = (entry_name), .mode = S_IFLNK | 0777, .place = (finder) \
	}
#define DIRECTORY(entry_name, bits, finder, stepper)                                                \
	{                                                                                           \
		.name = (entry_name), .mode = S_IFDIR | (bits), .find = (finder), .next = (stepper) \
	}
/* Of a process's descriptors. */
#define OWN_DIRECTORY(entry_name, bits, finder, stepper)                                                            \
	{                                                                                                           \
		.name = (entry_name), .mode = S_IFDIR | (bits), .find = (finder), .next = (stepper), .is_own = true \
	}

/* Files that a process and each of its threads have. */
#define COMMON_ENTRIES                                                                                                 \
	OWN_DIRECTORY("fd", 0500, proc_find_fd, proc_next_fd),                                                         \
		OWN_DIRECTORY("fdinfo", 0555, proc_find_fdinfo, proc_next_fdinfo),                                     \
		REGULAR("environ", 0400, proc_show_environ), REGULAR("auxv", 0400, proc_show_auxv),                    \
		REGULAR("status", 0444, proc_show_status), REGULAR("limits", 0444, show_limits),                       \
		REGULAR("sched", 0444, show_sched), WRITABLE("comm", 0644, show_comm, write_comm),                     \
		REGULAR("cmdline", 0444, proc_show_cmdline), REGULAR("stat", 0444, proc_show_stat),                    \
		REGULAR("statm", 0444, proc_show_statm), REGULAR("maps", 0444, proc_show_maps),                        \
		REGULAR("smaps", 0444, proc_show_smaps), PLACE("cwd", proc_place_cwd), PLACE("root", proc_place_root), \
		PLACE("exe", proc_place_exe), MOUNTS("mounts", 0444, proc_show_mounts),                                \
		MOUNTS("mountinfo", 0444, proc_show_mountinfo), MOUNTS("mountstats", 0400, proc_show_mountstats),      \
		{.name = "ns", .mode = S_IFDIR | 0511, .children = proc_namespace_entries},                            \
		{.name = "net", .mode = S_IFDIR | 0555, .children = proc_net_entries},                                 \
		REGULAR("cgroup", 0444, proc_show_cgroup), REGULAR("wchan", 0444, show_wchan),                         \
		REGULAR("smaps_rollup", 0444, proc_show_smaps_rollup), BINARY("mem", 0600, &proc_memory_ops),          \
		BINARY("pagemap", 0400, &proc_pagemap_ops), REGULAR("personality", 0400, proc_show_personality),       \
		REGULAR("syscall", 0400, proc_show_syscall), REGULAR("oom_adj", 0444, show_oom_adj),                   \
		REGULAR("oom_score", 0444, show_oom_score),                                                            \
		WRITABLE("coredump_filter", 0644, proc_show_coredump_filter, proc_write_coredump_filter),              \
		WRITABLE("oom_score_adj", 0644, show_oom_score_adj, write_oom_score_adj), REGULAR("io", 0400, show_io)

static const struct proc_entry task_entries[] = {
	COMMON_ENTRIES,
	REGULAR("children", 0444, proc_show_children),
	{.name = NULL},
};

static const struct proc_entry process_entries[] = {
	DIRECTORY("task", 0555, find_task, next_task),
	COMMON_ENTRIES,
	REGULAR("timers", 0444, proc_show_timers),
	WRITABLE("timerslack_ns", 0666, proc_show_slack, proc_write_slack),
	{.name = NULL},
};

const struct proc_entry proc_process_entry = {
	.name = "PID",
	.mode = S_IFDIR | 0555,
	.children = process_entries,
};
