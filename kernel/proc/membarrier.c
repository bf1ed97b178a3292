/*
 * Memory barriers on all processors that run a program's threads (membarrier(2)). A processor that has switched to
 * another thread has passed a full barrier, so the caller visits each of them in turn; with one processor there is
 * nobody to visit.
 */
#include <linux/membarrier.h>

#include "lib/errno.h"
#include "proc/membarrier.h"
#include "proc/process.h"
#include "sched/sched.h"

#define COMMANDS (MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_PRIVATE_EXPEDITED | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)

static void visit_processors(void)
{
	struct thread *self = current_thread();
	uint64_t affinity = self->affinity;

	atomic_thread_fence(memory_order_seq_cst);
	if (cpu_count == 1)
		return;
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		sched_set_affinity(self, 1ull << cpu);
		sched_yield();
	}
	sched_set_affinity(self, affinity);
}

int64_t membarrier_call(int command, uint32_t flags)
{
	struct process *process = current_process();

	if (flags)
		return -EINVAL;
	switch (command) {
	case MEMBARRIER_CMD_QUERY:
		return COMMANDS;
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
		process->has_membarrier = true;
		return 0;
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
		if (!process->has_membarrier)
			return -EPERM;
		visit_processors();
		return 0;
	case MEMBARRIER_CMD_GLOBAL:
		visit_processors();
		return 0;
	default:
		return -EINVAL;
	}
}
