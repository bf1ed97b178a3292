/*
 * Starting the further processors (Intel SDM vol. 3, 9.4). They are all sent off at once and take numbers in the order
 * of their coming, so nobody has to know how many there are or what their APIC ids are.
 */
#include "arch/x86_64/smp.h"
#include "arch/x86_64/apic.h"
#include "arch/x86_64/asm_offsets.h"
#include "arch/x86_64/clock.h"
#include "arch/x86_64/pagetable.h"
#include "lib/log.h"
#include "lib/string.h"

#define WAIT_NS NS_PER_SEC

extern const char smp_trampoline[], smp_trampoline_end[];
extern pte_t boot_pointers[];

/* Read and written by smp_start.S. */
_Atomic uint32_t smp_numbers = 1; /* the next processor's number */
uint32_t smp_wanted;
uint64_t smp_stacks[CPU_MAX];

static _Atomic uint32_t arrived; /* further processors that are ready to run */
static _Atomic bool may_run;
static void (*run_hook)(void);

void smp_main(uint32_t id);

void smp_main(uint32_t id)
{
	struct cpu *cpu = &cpus[id];

	cpu_init_this(cpu);
	cpu_set_kernel_stack(smp_stacks[id]);
	cpu->apic_id = apic_init_this();
	atomic_fetch_add(&arrived, 1);
	/* The low map is still there until everybody has come. */
	while (!atomic_load(&may_run))
		cpu_relax();
	tlb_flush_all();
	run_hook();
}

static bool prepare_one(uint32_t id, uint64_t (*prepare)(struct cpu *cpu))
{
	struct cpu *cpu = &cpus[id];

	cpu->id = id;
	cpu->self = cpu;
	smp_stacks[id] = prepare(cpu);
	return smp_stacks[id] != 0;
}

void smp_start(uint32_t wanted, uint64_t (*prepare)(struct cpu *cpu), void (*run)(void))
{
	uint32_t ready = 1;

	wanted = MIN(wanted, (uint32_t)CPU_MAX);
	while (ready < wanted && prepare_one(ready, prepare))
		ready++;
	if (ready < 2)
		return;
	smp_wanted = ready;
	run_hook = run;
	memcpy(phys_to_virt(SMP_PAGE), smp_trampoline, (size_t)(smp_trampoline_end - smp_trampoline));
	kernel_pml4[0] = ((uint64_t)boot_pointers - KERNEL_IMAGE) | PTE_PRESENT | PTE_WRITE;
	apic_start_others(SMP_PAGE);
	uint64_t until = clock_machine_ns() + WAIT_NS;
	while (atomic_load(&arrived) < ready - 1 && clock_machine_ns() < until)
		cpu_relax();
	/* From now on nobody else gets a number. */
	uint32_t numbers = atomic_exchange(&smp_numbers, CPU_MAX);
	while (atomic_load(&arrived) < MIN(numbers, ready) - 1)
		cpu_relax();
	cpu_count = MIN(numbers, ready);
	kernel_pml4[0] = 0;
	tlb_flush_all();
	if (cpu_count < wanted)
		log_line("%u of %u processors came up", cpu_count, wanted);
	atomic_store(&may_run, true);
}
