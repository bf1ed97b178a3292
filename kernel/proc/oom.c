/*
 * Out of memory. The process with the most resident pages is ended, weighed by its oom_score_adj (proc(5)): a
 * thousandth of the memory for each point, and never one with -1000.
 */
#include <asm/signal.h>

#include "choice/choice.h"
#include "lib/log.h"
#include "mem/kstack.h"
#include "mem/page.h"
#include "proc/oom.h"
#include "proc/process.h"
#include "sched/sched.h"
#include "vm/table.h"

#define ADJUST_NEVER (-1000)
#define PATIENCE     200 /* looks at one that is ending before another one is chosen */
#define PAUSE_NS     NS_PER_MSEC

static unsigned looks; /* tree_lock: since somebody was chosen */

static uint64_t resident_pages(const struct vm_space *space)
{
	int64_t pages = space->resident_anon + space->resident_file + space->resident_shared;

	return (uint64_t)MAX(pages, (int64_t)0) + space->table_pages;
}

static int64_t badness(const struct process *process, uint64_t total_pages)
{
	return (int64_t)resident_pages(process->space) + process->oom_score_adj * (int64_t)total_pages / 1000;
}

/* *is_ending: somebody is on his way out and will give back memory. tree_lock is held. */
static struct process *choose(uint64_t total_pages, bool *is_ending)
{
	struct process *process, *worst = NULL;
	int64_t most = 0;

	*is_ending = false;
	list_for_each (process, &all_processes, all_link) {
		if (process->is_kernel || !process->space)
			continue;
		if (process->is_group_exiting) {
			*is_ending = true;
			continue;
		}
		if (process->oom_score_adj == ADJUST_NEVER)
			continue;
		int64_t points = MAX(badness(process, total_pages), (int64_t)1);
		if (points > most) {
			most = points;
			worst = process;
		}
	}
	return worst;
}

/* Everything that runs in the same memory must go, or none of it is freed. tree_lock is held. */
static void end_sharers(const struct vm_space *space, struct process *first)
{
	struct signal_info info;
	struct process *process, *following;

	signal_info_kernel(&info, SIGKILL);
	signal_send_process_locked(first, &info);
	list_for_each_safe (process, following, &all_processes, all_link) {
		if (process != first && process->space == space)
			signal_send_process_locked(process, &info);
	}
}

bool oom_kill(void)
{
	struct thread *thread = current_thread();
	struct page_stats stats;
	bool is_ending;

	if (thread_has_work(thread, WORK_KILL))
		return false;
	/* What caches keep ready goes first. */
	bool has_drained = table_pool_drain();
	if (kstack_drain() || has_drained)
		return true;
	page_stats_read(&stats);
	spin_lock(&tree_lock);
	struct process *victim = choose(stats.total, &is_ending);
	if (is_ending && looks++ < PATIENCE)
		victim = NULL;
	int32_t number = 0;
	uint64_t kib = 0;
	char name[sizeof(thread->name)] = "";
	if (victim) {
		looks = 0;
		number = victim->pid->number;
		kib = resident_pages(victim->space) * (PAGE_SIZE / 1024);
		__builtin_memcpy(name, victim->leader->name, sizeof(name));
		end_sharers(victim->space, victim);
	}
	spin_unlock(&tree_lock);
	if (victim)
		log_line("out of memory: ended process %d (%s), which held %lu KiB", number, name, kib);
	if (thread_has_work(thread, WORK_KILL))
		return false;
	if (!victim && !is_ending)
		return false;
	thread_block((struct wait_reason){.kind = WAIT_SLEEP}, clock_monotonic_ns() + PAUSE_NS, WAIT_KILLABLE);
	return !thread_has_work(thread, WORK_KILL);
}
