/*
 * The scheduler's part of restartable sequences (rseq(2)): who lost the processor in the middle of one, or goes on at
 * another place than its memory shows, is told before it sees user mode again (proc/rseq.c).
 *
 * A concurrency id is the lowest number that no other running thread of the space has. It is taken at the switch to a
 * thread and given back at the switch from it, so that as many are in use as threads run at a time.
 */
#include "sched/internal.h"

static void tell(struct thread *thread)
{
	atomic_fetch_or_explicit(&thread->work, WORK_RSEQ, memory_order_relaxed);
}

static void take_id(struct thread *thread)
{
	thread->cid = 0;
	if (cpu_count == 1)
		return;
	uint64_t used = atomic_load_explicit(thread->cids, memory_order_relaxed), wanted;
	do {
		thread->cid = (uint8_t)__builtin_ctzll(~used);
		wanted = used | 1ull << thread->cid;
	} while (!atomic_compare_exchange_weak(thread->cids, &used, wanted));
}

static void give_id(struct thread *thread)
{
	if (cpu_count > 1)
		atomic_fetch_and(thread->cids, ~(1ull << thread->cid));
}

void sequence_switch(struct thread *from, struct thread *to, bool is_voluntary)
{
	if (from->uses_rseq) {
		/* One who waits is in a system call, and those have no place in a sequence. */
		if (!is_voluntary)
			tell(from);
		give_id(from);
	}
	if (to->uses_rseq) {
		take_id(to);
		if (to->rseq_cpu != this_cpu()->id || to->rseq_cid != to->cid)
			tell(to);
	}
}

void sched_sequences_set(_Atomic uint64_t *ids)
{
	struct thread *thread = current_thread();

	if (thread->uses_rseq)
		give_id(thread);
	thread->uses_rseq = ids != NULL;
	thread->cids = ids;
	if (ids)
		take_id(thread);
}

void sched_sequences_end(uint32_t cpu, const struct vm_space *space)
{
	struct runq *queue = &runqs[cpu];

	spin_lock(&queue->lock);
	if (queue->running->uses_rseq && queue->running->space == space)
		tell(queue->running);
	spin_unlock(&queue->lock);
}
