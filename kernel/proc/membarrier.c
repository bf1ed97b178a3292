/*
 * membarrier(2): each processor concerned is interrupted, and has executed a full barrier when it has answered. One
 * that switches to the program's threads later passes a barrier in the switch.
 */
#include <linux/membarrier.h>

#include "arch/x86_64/pagetable.h"
#include "arch/x86_64/shootdown.h"
#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"
#include "proc/membarrier.h"
#include "proc/process.h"
#include "sched/sched.h"

/* Younger than our header. */
#define GET_REGISTRATIONS (1 << 9)

#define REGISTRATIONS                                                                           \
	(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED | \
	 MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ)
#define COMMANDS                                                                                                      \
	(REGISTRATIONS | MEMBARRIER_CMD_GLOBAL | MEMBARRIER_CMD_GLOBAL_EXPEDITED | MEMBARRIER_CMD_PRIVATE_EXPEDITED | \
	 MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE | MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ | GET_REGISTRATIONS)

static struct vm_space *current_space(void)
{
	return current_thread()->space;
}

/* Interrupt the processors of the mask. A core that shall fetch its instructions anew loads CR3. */
static void visit(uint64_t mask, bool is_core)
{
	atomic_thread_fence(memory_order_seq_cst);
	if (cpu_count > 1)
		shootdown_range(mask, 0, is_core ? USER_SPACE_END : 0, NULL);
	if (is_core)
		tlb_flush_all();
}

/* Where the caller's memory is in use now. */
static uint64_t processors_here(void)
{
	return atomic_load_explicit(&current_space()->loaded_on, memory_order_seq_cst);
}

static void end_sequences(uint64_t mask)
{
	mask &= ~(1ull << this_cpu()->id);
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		if (mask >> cpu & 1)
			sched_sequences_end(cpu, current_space());
	}
	visit(mask, false);
}

static int64_t run(int command, int32_t cpu)
{
	uint64_t mask;

	switch (command) {
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE:
		visit(processors_here(), true);
		return 0;
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ:
		mask = cpu < 0 ? UINT64_MAX : (uint32_t)cpu < cpu_count ? 1ull << cpu : 0;
		end_sequences(mask & processors_here());
		return 0;
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
		visit(processors_here(), false);
		return 0;
	default:
		visit((1ull << cpu_count) - 1, false);
		return 0;
	}
}

int64_t membarrier_call(int command, uint32_t flags, int32_t cpu)
{
	struct vm_space *space = current_space();
	bool has_cpu = command == MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ && flags == MEMBARRIER_CMD_FLAG_CPU;
	uint32_t registered = atomic_load_explicit(&space->barriers, memory_order_relaxed);

	if (flags && !has_cpu)
		return -EINVAL;
	switch (command) {
	case MEMBARRIER_CMD_QUERY:
		return COMMANDS;
	case MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED:
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED:
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE:
	case MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ:
		atomic_fetch_or_explicit(&space->barriers, (uint32_t)command, memory_order_relaxed);
		return 0;
	case GET_REGISTRATIONS:
		return registered;
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED:
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE:
	case MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ:
		/* Each is one bit below that of its registration. */
		return registered & (uint32_t)command << 1 ? run(command, has_cpu ? cpu : -1) : -EPERM;
	case MEMBARRIER_CMD_GLOBAL:
	case MEMBARRIER_CMD_GLOBAL_EXPEDITED:
		return run(command, -1);
	default:
		return -EINVAL;
	}
}
