/*
 * The signal frame on the user's stack, laid out as Linux's for x86-64, and the way back by rt_sigreturn.
 *
 *	higher   FPU state (XSAVE image, 64-byte aligned), ended by FP_XSTATE_MAGIC2
 *	         siginfo_t
 *	         struct ucontext: flags, alternate stack, registers, mask
 *	lower    address of the restorer, where the handler returns to; RSP is 8 modulo 16, as after a call
 *
 * Everything that comes back by rt_sigreturn is checked: a program may have written anything there.
 */
#include <linux/signal.h>
#include <asm/sigcontext.h>
#include <asm/ucontext.h>

#include "arch/x86_64/context.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/uaccess.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "proc/signal_private.h"

#define RED_ZONE_BYTES    128
#define FPU_ALIGN         64
#define FPU_LEGACY_BYTES  512
#define FPU_HEADER_BYTES  64
#define LEGACY_COMPONENTS 3ull /* x87 and SSE */
#define SW_RESERVED_AT    464  /* of struct _fpstate_64 */
#define FCW_INITIAL       0x37f
#define MXCSR_INITIAL     0x1f80

/* As Linux's struct rt_sigframe. */
struct signal_frame {
	uint64_t restorer;
	struct ucontext context;
	uint8_t info[128];
};
_Static_assert(sizeof(struct signal_frame) == 440, "rt_sigframe of Linux");
_Static_assert(offsetof(struct _fpstate_64, sw_reserved) == SW_RESERVED_AT, "software's bytes of the FXSAVE area");

/* The state of a thread that has never used the FPU, as it stands in a frame. Made at boot. */
static uint8_t *initial_image;
static struct _fpx_sw_bytes sw_bytes;

int signal_frame_init(void)
{
	uint16_t control = FCW_INITIAL;
	uint32_t mxcsr = MXCSR_INITIAL;

	if (cpu_features.has_xsave) {
		sw_bytes.magic1 = FP_XSTATE_MAGIC1;
		sw_bytes.extended_size = cpu_features.xsave_bytes + FP_XSTATE_MAGIC2_SIZE;
		sw_bytes.xfeatures = cpu_features.xsave_mask;
		sw_bytes.xstate_size = cpu_features.xsave_bytes;
	}
	initial_image = kzalloc(cpu_features.xsave_bytes);
	if (!initial_image)
		return -ENOMEM;
	memcpy(initial_image, &control, sizeof(control));
	memcpy(initial_image + offsetof(struct _fpstate_64, mxcsr), &mxcsr, sizeof(mxcsr));
	memcpy(initial_image + SW_RESERVED_AT, &sw_bytes, sizeof(sw_bytes));
	return 0;
}

/* Bytes of an image that mean something: without the upper components when they are in their initial state. */
static uint32_t image_bytes_used(const uint8_t *image)
{
	uint64_t components;

	if (!cpu_features.has_xsave)
		return FPU_LEGACY_BYTES;
	memcpy(&components, image + FPU_LEGACY_BYTES, sizeof(components));
	return components & ~LEGACY_COMPONENTS ? cpu_features.xsave_bytes : FPU_LEGACY_BYTES + FPU_HEADER_BYTES;
}

static bool image_is_initial(const uint8_t *image)
{
	uint64_t components = 1;

	if (cpu_features.has_xsave)
		memcpy(&components, image + FPU_LEGACY_BYTES, sizeof(components));
	return components == 0;
}

static uint64_t fpu_frame_bytes(void)
{
	return cpu_features.xsave_bytes + (cpu_features.has_xsave ? FP_XSTATE_MAGIC2_SIZE : 0);
}

uint64_t signal_frame_bytes_max(void)
{
	return ALIGN_UP(sizeof(struct signal_frame) + fpu_frame_bytes() + FPU_ALIGN + RED_ZONE_BYTES, 16ul);
}

static bool is_on_altstack(const struct thread_proc *self, uint64_t rsp)
{
	/* With SS_AUTODISARM the stack is off while a handler runs on it. */
	if (self->altstack_flags & SS_AUTODISARM)
		return false;
	return rsp > self->altstack_base && rsp - self->altstack_base <= self->altstack_bytes;
}

/* Where the stack of the handler starts; 0 when it would run over the end of the alternate stack. */
static uint64_t frame_top(const struct thread_proc *self, uint64_t rsp, const struct sigaction_kernel *action,
			  uint64_t bytes)
{
	bool was_on = is_on_altstack(self, rsp);

	if ((action->flags & SA_ONSTACK) && self->altstack_bytes && !was_on)
		return bytes < self->altstack_bytes ? self->altstack_base + self->altstack_bytes : 0;
	if (was_on && rsp - RED_ZONE_BYTES - bytes <= self->altstack_base)
		return 0;
	return rsp - RED_ZONE_BYTES;
}

/* Write the FPU state at `to`. 0 or -EFAULT. */
static int fpu_to_user(uaddr_t to)
{
	uint8_t *area = fpu_sync(&current_thread()->context);
	uint32_t bytes = cpu_features.xsave_bytes;

	if (area && !image_is_initial(area))
		memcpy(area + SW_RESERVED_AT, &sw_bytes, sizeof(sw_bytes));
	else
		area = initial_image;
	if (copy_to_user(to, area, image_bytes_used(area)))
		return -EFAULT;
	return cpu_features.has_xsave ? put_user_u32(to + bytes, FP_XSTATE_MAGIC2) : 0;
}

static void fill_registers(struct sigcontext *to, const struct trapframe *frame, const struct thread_proc *self,
			   uint64_t mask)
{
	to->r8 = frame->r8;
	to->r9 = frame->r9;
	to->r10 = frame->r10;
	to->r11 = frame->r11;
	to->r12 = frame->r12;
	to->r13 = frame->r13;
	to->r14 = frame->r14;
	to->r15 = frame->r15;
	to->rdi = frame->rdi;
	to->rsi = frame->rsi;
	to->rbp = frame->rbp;
	to->rbx = frame->rbx;
	to->rdx = frame->rdx;
	to->rax = frame->rax;
	to->rcx = frame->rcx;
	to->rsp = frame->rsp;
	to->rip = frame->rip;
	to->eflags = frame->rflags;
	to->cs = (uint16_t)frame->cs;
	to->gs = 0;
	to->fs = 0;
	to->ss = (uint16_t)frame->ss;
	to->err = self->fault_error;
	to->trapno = self->fault_vector;
	to->oldmask = mask;
	to->cr2 = self->fault_address;
	memset(to->reserved1, 0, sizeof(to->reserved1));
}

static void fill_context(struct ucontext *to, const struct trapframe *frame, const struct thread_proc *self,
			 uint64_t mask, uaddr_t fpu)
{
	to->uc_flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS | (cpu_features.has_xsave ? UC_FP_XSTATE : 0);
	to->uc_link = NULL;
	memset(&to->uc_stack, 0, sizeof(to->uc_stack));
	to->uc_stack.ss_sp = (void *)self->altstack_base;
	to->uc_stack.ss_flags = (int)(self->altstack_bytes ? self->altstack_flags : SS_DISABLE);
	to->uc_stack.ss_size = self->altstack_bytes;
	fill_registers(&to->uc_mcontext, frame, self, mask);
	to->uc_mcontext.fpstate = (void *)fpu;
	to->uc_sigmask = mask;
}

HOT_CODE int signal_frame_push(struct trapframe *frame, const struct signal_info *info,
			       const struct sigaction_kernel *action, uint64_t mask)
{
	struct thread_proc *self = current_proc();
	struct signal_frame image;
	uint64_t fpu_bytes = fpu_frame_bytes();

	if (!(action->flags & SA_RESTORER))
		return -EFAULT;
	uint64_t top = frame_top(self, frame->rsp, action, fpu_bytes + FPU_ALIGN + sizeof(image));
	if (!top)
		return -EFAULT;
	uaddr_t fpu = ALIGN_DOWN(top - fpu_bytes, (uint64_t)FPU_ALIGN);
	uaddr_t at = ALIGN_DOWN(fpu - sizeof(image), 16ull) - 8;
	image.restorer = action->restorer;
	fill_context(&image.context, frame, self, mask, fpu);
	siginfo_fill(image.info, info);
	if (fpu_to_user(fpu) || copy_to_user(at, &image, sizeof(image)))
		return -EFAULT;
	int error = fpu_set(&current_thread()->context, NULL);
	if (error)
		return error;
	if (self->altstack_flags & SS_AUTODISARM)
		self->altstack_bytes = self->altstack_base = self->altstack_flags = 0;

	frame->rdi = (uint64_t)info->signal;
	frame->rsi = at + offsetof(struct signal_frame, info);
	frame->rdx = at + offsetof(struct signal_frame, context);
	frame->rax = 0;
	frame->rip = action->handler;
	frame->rsp = at;
	frame->cs = USER_CS;
	frame->ss = USER_DS;
	frame->rflags &= ~(RFLAGS_DF | RFLAGS_TF | RFLAGS_RF);
	return 0;
}

/* Is it a whole image, with this kernel's own marks? Else only x87 and SSE are taken from it. */
static bool image_is_extended(const uint8_t *image, uaddr_t from)
{
	struct _fpx_sw_bytes sw;
	uint32_t magic2;

	memcpy(&sw, image + SW_RESERVED_AT, sizeof(sw));
	return sw.magic1 == FP_XSTATE_MAGIC1 && sw.xstate_size == cpu_features.xsave_bytes &&
	       get_user_u32(&magic2, from + cpu_features.xsave_bytes) == 0 && magic2 == FP_XSTATE_MAGIC2;
}

/* Copy an image from the frame. False: it cannot be read, or XRSTOR would not take it. */
static bool read_image(uint8_t *image, uaddr_t from)
{
	uint32_t first = cpu_features.has_xsave ? FPU_LEGACY_BYTES + FPU_HEADER_BYTES : FPU_LEGACY_BYTES;
	uint64_t components = LEGACY_COMPONENTS;

	if (copy_from_user(image, from, first))
		return false;
	if (cpu_features.has_xsave && !image_is_extended(image, from)) {
		memset(image + FPU_LEGACY_BYTES, 0, FPU_HEADER_BYTES);
		memcpy(image + FPU_LEGACY_BYTES, &components, sizeof(components));
	}
	uint32_t bytes = image_bytes_used(image);
	if (bytes > first && copy_from_user(image + first, from + first, bytes - first))
		return false;
	return fpu_image_is_valid(image, cpu_features.xsave_bytes);
}

/* Bring the FPU state back from the frame at `from`; 0: the initial state. False: there is no good one. */
static bool fpu_from_user(uaddr_t from)
{
	struct context *context = &current_thread()->context;

	if (!from)
		return fpu_set(context, NULL) == 0;
	void *area = fpu_detach(context);
	if (!area)
		return false;
	bool is_good = read_image(area, from);
	if (!is_good)
		memcpy(area, initial_image, cpu_features.xsave_bytes);
	fpu_attach(context, area);
	return is_good;
}

static bool selectors_are_good(const struct sigcontext *from)
{
	return from->cs == USER_CS && from->ss == USER_DS;
}

static void take_registers(struct trapframe *frame, const struct sigcontext *from)
{
	frame->r8 = from->r8;
	frame->r9 = from->r9;
	frame->r10 = from->r10;
	frame->r11 = from->r11;
	frame->r12 = from->r12;
	frame->r13 = from->r13;
	frame->r14 = from->r14;
	frame->r15 = from->r15;
	frame->rdi = from->rdi;
	frame->rsi = from->rsi;
	frame->rbp = from->rbp;
	frame->rbx = from->rbx;
	frame->rdx = from->rdx;
	frame->rax = from->rax;
	frame->rcx = from->rcx;
	frame->rsp = from->rsp;
	frame->rip = from->rip;
	frame->cs = USER_CS;
	frame->ss = USER_DS;
	frame->rflags = (frame->rflags & ~RFLAGS_USER_MASK) | (from->eflags & RFLAGS_USER_MASK);
}

HOT_CODE int64_t signal_return(void)
{
	struct trapframe *frame = context_user_frame(&current_thread()->context);
	struct ucontext context;
	/* The restorer's address was popped by the handler's return. */
	uaddr_t at = frame->rsp - sizeof(uint64_t) + offsetof(struct signal_frame, context);

	frame_force_iret(frame);
	frame->error = NO_CALL;
	/* What a call would have gone on with belongs to the program before the signal no more. */
	current_proc()->restart = NULL;
	if (copy_from_user(&context, at, sizeof(context)))
		goto bad;
	if (!selectors_are_good(&context.uc_mcontext) || context.uc_mcontext.rip >= USER_SPACE_END)
		goto bad;
	if (!fpu_from_user((uaddr_t)context.uc_mcontext.fpstate))
		goto bad;
	signal_set_mask(context.uc_sigmask);
	take_registers(frame, &context.uc_mcontext);
	struct altstack stack = {.base = (uaddr_t)context.uc_stack.ss_sp,
				 .bytes = context.uc_stack.ss_size,
				 .flags = (uint32_t)context.uc_stack.ss_flags};
	/* What is wrong with it is no error here: the program goes on with the stack it has. */
	(void)signal_altstack_set(&stack, frame->rsp);
	return (int64_t)frame->rax;
bad:
	signal_force(SIGSEGV, SI_KERNEL, 0);
	return 0;
}

void signal_altstack_get(struct altstack *stack, uint64_t rsp)
{
	struct thread_proc *self = current_proc();

	stack->base = self->altstack_base;
	stack->bytes = self->altstack_bytes;
	stack->flags = self->altstack_bytes ? self->altstack_flags : SS_DISABLE;
	if (self->altstack_bytes && is_on_altstack(self, rsp))
		stack->flags |= SS_ONSTACK;
}

int signal_altstack_set(const struct altstack *stack, uint64_t rsp)
{
	struct thread_proc *self = current_proc();
	uint32_t mode = stack->flags & ~(uint32_t)SS_AUTODISARM;

	if (is_on_altstack(self, rsp))
		return -EPERM;
	if (mode != 0 && mode != SS_ONSTACK && mode != SS_DISABLE)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		self->altstack_base = 0;
		self->altstack_bytes = 0;
		self->altstack_flags = 0;
		return 0;
	}
	if (stack->bytes < MINSIGSTKSZ)
		return -ENOMEM;
	self->altstack_base = stack->base;
	self->altstack_bytes = stack->bytes;
	self->altstack_flags = stack->flags & (uint32_t)SS_AUTODISARM;
	return 0;
}
