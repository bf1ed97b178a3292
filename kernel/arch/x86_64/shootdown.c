/*
 * TLB shoot-down: one request at a time, an interrupt to each processor that it concerns, a bit each until it answered.
 */
#include "arch/x86_64/shootdown.h"
#include "arch/x86_64/apic.h"
#include "arch/x86_64/pagetable.h"
#include "arch/x86_64/trapframe.h"

/* Above so many pages one full flush costs less. */
#define PAGES_MAX 40

_Atomic uint64_t shootdown_pending;
void (*shootdown_leave_hook)(void);

/* Not a spin lock: who waits for it must answer the one who holds it, and it is innermost of all. */
static _Atomic bool is_taken;

/* The request; written while is_taken is ours, read by those whose bit is set. */
static struct {
	uint64_t start, end;
	struct vm_space *leaving;
} request;

static void flush(uint64_t start, uint64_t end)
{
	if (end - start > PAGES_MAX * PAGE_SIZE) {
		tlb_flush_all();
		return;
	}
	for (; start < end; start += PAGE_SIZE)
		tlb_flush_page(start);
}

void shootdown_answer(void)
{
	struct cpu *cpu = this_cpu();

	if (request.leaving && request.leaving == cpu->active_space)
		shootdown_leave_hook();
	else
		flush(request.start, request.end);
	atomic_fetch_and(&shootdown_pending, ~(1ull << cpu->id));
}

static void ask(uint64_t mask, uint64_t start, uint64_t end, struct vm_space *leaving)
{
	while (atomic_exchange(&is_taken, true)) {
		shootdown_poll();
		cpu_relax();
	}
	request.start = start;
	request.end = end;
	request.leaving = leaving;
	atomic_store(&shootdown_pending, mask);
	for (uint32_t id = 0; id < cpu_count; id++) {
		if (mask >> id & 1)
			apic_send(cpus[id].apic_id, TRAP_SHOOTDOWN);
	}
	while (atomic_load(&shootdown_pending))
		cpu_relax();
	atomic_store(&is_taken, false);
}

void shootdown_range(uint64_t mask, uint64_t start, uint64_t end, struct vm_space *leaving)
{
	mask &= ~(1ull << this_cpu()->id);
	if (mask)
		ask(mask, start, end, leaving);
}

void shootdown_all(void)
{
	tlb_flush_all();
	if (cpu_count > 1)
		ask(((1ull << cpu_count) - 1) & ~(1ull << this_cpu()->id), 0, UINT64_MAX, NULL);
}
