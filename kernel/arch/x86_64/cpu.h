/*
 * One processor as the kernel sees it: its own data (struct cpu, reached through GS), its features, interrupts.
 *
 * Interrupts. The kernel runs with interrupts off. They are taken in three places only: in user mode, in the idle
 * loop, and where the kernel says preempt_point(). So no lock needs a variant that turns interrupts off, a system
 * call costs no CLI/STI pair, and a seeded run has few places where time can enter.
 */
#ifndef NAMU_ARCH_CPU_H
#define NAMU_ARCH_CPU_H

#include "lib/types.h"

#define CPU_MAX 16

struct thread;
struct context;
struct trapframe;

/*
 * Made at boot, one a processor, never freed; only its own processor writes it, but for need_resched.
 * The first fields are used by entry.S: their offsets stand in arch/x86_64/asm_offsets.h and are asserted in cpu.c.
 */
struct cpu {
	struct cpu *self;          /* 0: for this_cpu() */
	struct thread *current;    /* 8: the thread that runs here */
	uint64_t kernel_stack_top; /* 16: where entries from user mode start */
	uint64_t user_rsp;         /* 24: the user's stack pointer during the first instructions of an entry */
	_Atomic bool need_resched; /* 32: the dispatcher shall run on the way out */
	bool fpu_trap_set;         /* 33: entry.S has set CR0.TS for the user mode that it went out to */
	bool fpu_trap_wanted;      /* 34: it shall, as the FPU holds another thread's state (emulator only) */
	uint32_t id;
	uint32_t spin_depth;           /* spin locks held: nobody may sleep or fault in user memory then */
	struct context *fpu_owner;     /* whose FPU state is in the registers (lazy restore), if its fpu_cpu agrees */
	bool fpu_is_dirty;             /* the registers are newer than the owner's area */
	struct vm_space *active_space; /* whose page tables are loaded; null: the kernel's own */
	struct thread *idle;           /* runs when nobody else can */
	uint64_t interrupts;           /* taken since the boot */
	uint64_t timer_interrupts;     /* of those, the timer's */
	void *tss;                     /* struct tss of this processor */
	uint64_t debug_serial;         /* of the debug registers that are loaded and on; 0: none */
	uint32_t apic_id;              /* of its local APIC: where interrupts for it are sent */
	uint64_t trace_next;           /* where its next item of the trace goes (trace/) ... */
	uint64_t trace_limit;          /* ... if that is below this */
};

/* Volatile: a thread that was switched away from may go on on another processor, within one C function. */
static inline struct cpu *this_cpu(void)
{
	struct cpu *cpu;
	__asm__ volatile("movq %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

/* The running thread. Not volatile: within one C function the answer never changes, as the thread is what runs it. */
static inline struct thread *current_thread(void)
{
	struct thread *thread;
	__asm__("movq %%gs:8, %0" : "=r"(thread));
	return thread;
}

/* What this machine's processor can do; filled once at boot, read-only afterwards. */
struct cpu_features {
	bool is_hypervisor_tcg; /* QEMU's emulator: copies avoid rep, the FPU is restored lazily */
	bool has_nx;
	bool has_smep;
	bool has_smap;
	bool has_umip;
	bool has_fsgsbase;
	bool has_erms;
	bool has_xsave;
	bool has_xsaveopt;
	bool has_1gb_pages;
	bool has_rdrand;
	bool has_rdtscp;
	bool has_pcid;
	uint64_t xsave_mask;  /* state components the kernel enables in XCR0 */
	uint32_t xsave_bytes; /* size of the state of those components */
	uint32_t hwcap;       /* AT_HWCAP: CPUID 1 EDX */
	uint32_t hwcap2;      /* AT_HWCAP2: bit 1 says that FSGSBASE may be used */
	char vendor[13];
	char brand[49];
	uint32_t family, model, stepping;
};
extern struct cpu_features cpu_features;

void cpu_detect_features(void);
/* Load descriptor tables, control registers and MSRs of this processor. */
void cpu_init_this(struct cpu *cpu);
/* Entries from user mode start on this stack from now on: the top of the next thread's. */
void cpu_set_kernel_stack(uint64_t top);
extern struct cpu cpus[CPU_MAX]; /* the first is the one that boots */
extern uint32_t cpu_count;       /* processors that are up */
/* Stacks for the vectors that have their own (NMI, double fault ...) on a further processor, CPU_IST_BYTES in all. */
#define CPU_IST_BYTES (4 * 4096)
void cpu_set_ist(uint32_t id, void *stacks);

static inline void cpu_relax(void)
{
	__builtin_ia32_pause();
}
/* Stand still until the end of the machine, which another processor brings about. */
_Noreturn void cpu_halt(void);

/* Interrupts taken by all processors since the boot. */
uint64_t cpu_interrupts(void);
/* Let pending interrupts in for a moment. The caller holds no spin lock. */
void cpu_take_interrupts(void);
/* Sleep until the next interrupt, which has been handled on return. */
void cpu_idle_wait(void);

/* End the machine with one of the codes of namu/start.h. */
_Noreturn void cpu_power_off(uint8_t code);

/* Names of processor features for /proc/cpuinfo, words parted by a space, into `to`; returns the length. */
size_t cpu_feature_names(char *to, size_t room);

#endif
