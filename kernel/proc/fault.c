/*
 * Exceptions of programs become signals, and what a thread has to do before it sees user mode again.
 */
#include <asm-generic/siginfo.h>

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/debug.h"
#include "arch/x86_64/trap.h"
#include "arch/x86_64/uaccess.h"
#include "lib/string.h"
#include "proc/fault.h"
#include "proc/futex.h"
#include "proc/ptrace.h"
#include "proc/rseq.h"
#include "proc/signal_private.h"
#include "proc/time.h"
#include "proc/vsyscall.h"
#include "sched/sched.h"
#include "trace/trace.h"

/* Offsets and bits of the FXSAVE area (Intel SDM vol. 1, 10.5.1; flags and masks: 8.1.3, 10.2.3). */
#define FX_CONTROL     0
#define FX_STATUS      2
#define FX_MXCSR       24
#define FPU_INVALID    0x01u
#define FPU_DENORMAL   0x02u
#define FPU_DIVIDE     0x04u
#define FPU_OVERFLOW   0x08u
#define FPU_UNDERFLOW  0x10u
#define FPU_PRECISION  0x20u
#define FPU_EXCEPTIONS 0x3fu
#define MXCSR_MASKS_AT 7

static void remember_fault(const struct trapframe *frame, uint64_t address)
{
	struct thread_proc *self = current_proc();

	self->fault_vector = frame->vector;
	self->fault_error = frame->error;
	self->fault_address = address;
}

/* What vm_fault could not resolve, told to the program. */
static void signal_for_fault(const struct trapframe *frame, uint64_t address, int error)
{
	remember_fault(frame, address);
	switch (error) {
	case -EINTR:
		return;
	case -EACCES:
		signal_force(SIGSEGV, SEGV_ACCERR, address);
		return;
	case -ENXIO:
	case -EIO:
		signal_force(SIGBUS, BUS_ADRERR, address);
		return;
	case -ENOMEM:
		signal_force(SIGKILL, SI_KERNEL, 0);
		return;
	default:
		signal_force(SIGSEGV, SEGV_MAPERR, address);
	}
}

static int page_fault(struct trapframe *frame, uaddr_t address, uint64_t error_bits)
{
	struct vm_space *space = current_thread()->space;
	int error = -EFAULT;

	if (space && address < USER_SPACE_END)
		error = vm_fault(space, address, error_bits);
	if (likely(!error))
		return 0;
	if (!frame_is_user(frame))
		return -EFAULT;
	if (address >= VSYSCALL_PAGE && vsyscall_answer(frame, address))
		return 0;
	signal_for_fault(frame, address, error);
	return 0;
}

/* si_code of a floating-point exception; 0: none is unmasked (it was cleared meanwhile). */
static int float_code(bool is_simd)
{
	const uint8_t *area = fpu_sync(&current_thread()->context);
	uint32_t raised;

	if (!area)
		return 0;
	if (is_simd) {
		uint32_t mxcsr;
		memcpy(&mxcsr, area + FX_MXCSR, sizeof(mxcsr));
		raised = mxcsr & ~(mxcsr >> MXCSR_MASKS_AT) & FPU_EXCEPTIONS;
	} else {
		uint16_t control, status;
		memcpy(&control, area + FX_CONTROL, sizeof(control));
		memcpy(&status, area + FX_STATUS, sizeof(status));
		raised = (uint32_t)status & ~(uint32_t)control & FPU_EXCEPTIONS;
	}
	if (raised & FPU_INVALID)
		return FPE_FLTINV;
	if (raised & FPU_DIVIDE)
		return FPE_FLTDIV;
	if (raised & FPU_OVERFLOW)
		return FPE_FLTOVF;
	if (raised & (FPU_DENORMAL | FPU_UNDERFLOW))
		return FPE_FLTUND;
	return raised & FPU_PRECISION ? FPE_FLTRES : 0;
}

static void float_exception(const struct trapframe *frame)
{
	int code = float_code(frame->vector == TRAP_SIMD);

	if (code)
		signal_force(SIGFPE, code, frame->rip);
}

/* A single step, or what the thread's debug registers watch; those of another thread do not count. */
static void debug_exception(struct trapframe *frame)
{
	struct debug_registers *registers = current_thread()->context.debug;
	uint64_t status = debug_status_take(), hits = 0;
	int code = TRAP_BRKPT;

	for (unsigned slot = 0; registers && slot < DEBUG_SLOTS; slot++) {
		if (!(status >> slot & 1) || !debug_slot_is_enabled(registers->control, slot))
			continue;
		hits |= 1ull << slot;
		/* it is told before the instruction, which shall run when the program goes on */
		if (debug_slot_is_execution(registers->control, slot))
			frame->rflags |= RFLAGS_RF;
	}
	if (registers)
		registers->status = hits | (status & DEBUG_STEP);
	if (status & DEBUG_STEP) {
		if (ptrace_step_is_stale(frame) && !hits)
			return;
		code = TRAP_TRACE;
	} else if (hits) {
		code = TRAP_HWBKPT;
	} else if (status & DEBUG_HITS) {
		return;
	}
	signal_force(SIGTRAP, code, frame->rip);
}

static void user_exception(struct trapframe *frame)
{
	remember_fault(frame, current_proc()->fault_address);
	switch (frame->vector) {
	case TRAP_DIVIDE:
		signal_force(SIGFPE, FPE_INTDIV, frame->rip);
		break;
	case TRAP_DEBUG:
		debug_exception(frame);
		break;
	case TRAP_BREAKPOINT:
		/* Linux gives INT3 no address and no code of its own. */
		signal_force(SIGTRAP, SI_KERNEL, 0);
		break;
	case TRAP_INVALID_OPCODE:
		signal_force(SIGILL, ILL_ILLOPN, frame->rip);
		break;
	case TRAP_NO_FPU:
		/* No memory for its state. */
		signal_force(SIGKILL, SI_KERNEL, 0);
		break;
	case TRAP_FPU:
	case TRAP_SIMD:
		float_exception(frame);
		break;
	case TRAP_NO_SEGMENT:
	case TRAP_STACK:
		signal_force(SIGBUS, SI_KERNEL, 0);
		break;
	case TRAP_ALIGNMENT:
		signal_force(SIGBUS, BUS_ADRALN, 0);
		break;
	default:
		signal_force(SIGSEGV, SI_KERNEL, 0);
	}
}

/* Until nothing is left to do: give the processor up, take signals, stop, end. Interrupts are off from the last look
 * on. */
static void user_return_work(struct trapframe *frame)
{
	struct thread *self = current_thread();

	for (;;) {
		if (atomic_load_explicit(&this_cpu()->need_resched, memory_order_relaxed))
			sched_preempt();
		if (unlikely(thread_has_work(self, WORK_ASYNC)))
			sched_async_hook();
		if (thread_has_work(self, WORK_KILL))
			process_exit_thread(0);
		if (thread_has_work(self, WORK_SIGNAL | WORK_STOP)) {
			cpu_timers_check();
			signal_deliver(frame);
			continue;
		}
		if (unlikely(thread_has_work(self, WORK_RSEQ))) {
			rseq_user_return(frame);
			continue;
		}
		if (!atomic_load_explicit(&this_cpu()->need_resched, memory_order_relaxed))
			return;
	}
}

static void account_time(struct thread *thread, uint64_t ns, bool was_in_user_mode)
{
	signal_account_time(thread, was_in_user_mode ? ns : 0, was_in_user_mode ? 0 : ns);
}

void fault_init(void)
{
	trap_handlers.page_fault = page_fault;
	trap_handlers.user_exception = user_exception;
	trap_handlers.user_return_work = user_return_work;
	if (signal_frame_init())
		panic("no memory for the initial FPU state");
	signal_hooks_init();
	file_owner_init();
	sched_tick_hook = account_time;
	futex_init();
}
