/*
 * A thread's registers: the switch between two kernel stacks, the FPU, the bases of FS and GS.
 */
#ifndef NAMU_ARCH_CONTEXT_H
#define NAMU_ARCH_CONTEXT_H

#include "arch/x86_64/cpu.h"
#include "arch/x86_64/trapframe.h"
#include "lib/types.h"

/* Embedded in struct thread. */
struct context {
	uint64_t kernel_rsp; /* where the thread stands in the kernel while it does not run */
	uint64_t kernel_stack_top;
	uint64_t fs_base; /* of user mode; the live value is in the register while the thread runs */
	uint64_t gs_base;
	void *fpu; /* XSAVE area, 64-byte aligned, made at exec; null: a kernel thread, or no memory until the first use
		    */
	/* 1 + the processor whose registers last held the state; they still do while its fpu_owner is this context. */
	uint32_t fpu_cpu;
	struct debug_registers *debug; /* arch/x86_64/debug.h; null: none */
};

/* Save the callee-saved registers on the stack of `from`, go on with `to`. */
void context_switch(struct context *from, struct context *to);

/* Exchange the bases of FS and GS: part of the dispatcher's switch. */
void context_bases_switch(struct context *from, struct context *to);

/* Prepare a new thread so that its first switch calls start(arg) on its own stack; start never returns. */
void context_init_kernel(struct context *context, uint64_t stack_top, void (*start)(void *), void *arg);
/* Prepare a new thread that leaves for user mode with a copy of `frame`; returns the copy, at the top of its stack,
 * to be changed (child's rax = 0 ...). after_switch is called first, on the new stack, to finish the switch. */
struct trapframe *context_init_user(struct context *context, uint64_t stack_top, const struct trapframe *frame,
				    void (*after_switch)(void));

/* Leave for user mode with the frame at the top of the current thread's stack. */
_Noreturn void context_enter_user(struct trapframe *frame);

/* The frame of the current thread's entry from user mode (at the top of its kernel stack). */
struct trapframe *context_user_frame(const struct context *context);

/* The running thread's registers; struct thread begins with its context. */
static inline struct context *current_context(void)
{
	return (struct context *)current_thread();
}

/* FPU. Sizes come from cpu_features.xsave_bytes. */
/* The state is brought from the registers to context->fpu if it is there only. Returns the area, or null: never used.
 */
void *fpu_sync(struct context *context);
/* Copy the FPU state to a child. 0 or -ENOMEM. */
int fpu_copy(struct context *from, struct context *to);
/* Replace the state by `image` (an XSAVE image already checked by fpu_image_is_valid) or, when null, by the initial
 * state. 0 or -ENOMEM. */
int fpu_set(struct context *context, const void *image);
/* Take the area off the thread (made when there is none; null: no memory): the registers no longer count, the caller
 * may fill it, also with sleeping. It goes back by fpu_attach once it holds a state that XRSTOR takes. */
void *fpu_detach(struct context *context);
void fpu_attach(struct context *context, void *area);
/* The whole state, also of parts that were never used, to `to` (cpu_features.xsave_bytes), as ptrace(2) shows it: the
 * components there are stand at byte 464. */
void fpu_image_read(struct context *context, void *to);
/* The current thread becomes a program that has used nothing yet. Without memory for the state the first use makes it.
 */
void fpu_start(struct context *context);
/* True when XRSTOR takes this image without a fault. */
bool fpu_image_is_valid(const void *image, size_t bytes);
/* Give the area back; the registers no longer belong to the thread. */
void fpu_free(struct context *context);

/* FS and GS base of a thread, current or not. */
uint64_t context_fs_base(const struct context *context);
void context_set_fs_base(struct context *context, uint64_t base);
uint64_t context_gs_base(const struct context *context);
void context_set_gs_base(struct context *context, uint64_t base);

#endif
