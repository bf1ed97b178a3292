/*
 * New threads' first stack frames, and the bases of FS and GS.
 */
#include "arch/x86_64/context.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/io.h"
#include "lib/string.h"

void context_start_kernel(void);
void context_start_user(void);

/* What context_switch pops, in memory order. */
struct switch_frame {
	uint64_t r15, r14, r13, r12, rbp, rbx, rip;
};

void context_init_kernel(struct context *context, uint64_t stack_top, void (*start)(void *), void *arg)
{
	/* The user frame's place at the top stays free: the thread may execute a program one day. */
	struct switch_frame *frame =
		(struct switch_frame *)(stack_top - sizeof(struct trapframe) - 16 - sizeof(*frame));

	memset(frame, 0, sizeof(*frame));
	frame->r12 = (uint64_t)start;
	frame->r13 = (uint64_t)arg;
	frame->rip = (uint64_t)context_start_kernel;
	context->kernel_rsp = (uint64_t)frame;
	context->kernel_stack_top = stack_top;
}

struct trapframe *context_init_user(struct context *context, uint64_t stack_top, const struct trapframe *frame,
				    void (*after_switch)(void))
{
	struct trapframe *copy = (struct trapframe *)(stack_top - sizeof(*copy));
	struct switch_frame *below = (struct switch_frame *)copy - 1;

	*copy = *frame;
	memset(below, 0, sizeof(*below));
	below->r12 = (uint64_t)after_switch;
	below->rip = (uint64_t)context_start_user;
	context->kernel_rsp = (uint64_t)below;
	context->kernel_stack_top = stack_top;
	return copy;
}

struct trapframe *context_user_frame(const struct context *context)
{
	return (struct trapframe *)(context->kernel_stack_top - sizeof(struct trapframe));
}

/*
 * While a thread runs, FS base is live in its register and the user's GS base in KERNEL_GS_BASE (SWAPGS exchanges
 * them). context->fs_base and gs_base are brought up to date when the thread leaves the processor (bases_switch).
 */
static uint64_t fs_base_read(void)
{
	uint64_t base;

	if (!cpu_features.has_fsgsbase)
		return msr_read(MSR_FS_BASE);
	__asm__ volatile("rdfsbase %0" : "=r"(base));
	return base;
}

static void fs_base_write(uint64_t base)
{
	if (cpu_features.has_fsgsbase)
		__asm__ volatile("wrfsbase %0" : : "r"(base));
	else
		msr_write(MSR_FS_BASE, base);
}

void context_bases_switch(struct context *from, struct context *to)
{
	from->fs_base = fs_base_read();
	from->gs_base = msr_read(MSR_KERNEL_GS_BASE);
	if (to->fs_base != from->fs_base)
		fs_base_write(to->fs_base);
	if (to->gs_base != from->gs_base)
		msr_write(MSR_KERNEL_GS_BASE, to->gs_base);
}

uint64_t context_fs_base(const struct context *context)
{
	return context == current_context() ? fs_base_read() : context->fs_base;
}

void context_set_fs_base(struct context *context, uint64_t base)
{
	context->fs_base = base;
	if (context == current_context())
		fs_base_write(base);
}

uint64_t context_gs_base(const struct context *context)
{
	return context == current_context() ? msr_read(MSR_KERNEL_GS_BASE) : context->gs_base;
}

void context_set_gs_base(struct context *context, uint64_t base)
{
	context->gs_base = base;
	if (context == current_context())
		msr_write(MSR_KERNEL_GS_BASE, base);
}
