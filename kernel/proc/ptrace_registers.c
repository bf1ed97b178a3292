/*
 * Registers of a stopped tracee, as its tracer sees them: Linux's struct user_regs_struct (a word each, in the order of
 * enum below), the FXSAVE and XSAVE images, struct user for single words and debug registers.
 *
 * What comes from the tracer is copied first, then put in place under tree_lock: only there is it certain that the
 * tracee still stands.
 */
#include <linux/elf.h>

#include "arch/x86_64/debug.h"
#include "arch/x86_64/uaccess.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "proc/core_private.h"
#include "proc/ptrace_private.h"

/* The first 15 words are those of the trap frame, in its order: R15 to RDI. */
#define FRAME_WORDS 15
enum register_word {
	WORD_ORIG_RAX = FRAME_WORDS,
	WORD_RIP,
	WORD_CS,
	WORD_EFLAGS,
	WORD_RSP,
	WORD_SS,
	WORD_FS_BASE,
	WORD_GS_BASE,
	WORD_DS,
	WORD_ES,
	WORD_FS,
	WORD_GS,
	REGISTER_WORDS
};
_Static_assert(REGISTER_WORDS == CORE_REGISTER_WORDS, "the same in core dumps");
_Static_assert(offsetof(struct trapframe, rdi) == (FRAME_WORDS - 1) * sizeof(uint64_t), "R15 to RDI");

#define FPU_LEGACY_BYTES 512
#define MXCSR_AT         24
#define FEATURES_AT      512 /* the XSAVE header: which components are there */
#define LEGACY_FEATURES  3ull
#define SOFTWARE_AT      464

/* struct user: where the debug registers are, and its size. */
#define USER_DEBUG_AT   848
#define USER_BYTES      928
#define DEBUG_STATUS    6
#define DEBUG_CONTROL   7
#define DEBUG_REGISTERS 8

static struct trapframe *frame_of(const struct tracee *tracee)
{
	return context_user_frame(&tracee->self->thread->context);
}

static uint64_t word_get(const struct thread *thread, unsigned word)
{
	const struct context *context = &thread->context;
	const struct trapframe *frame = context_user_frame(context);
	const struct tracee *tracee = thread_proc(thread)->tracee;

	if (word < FRAME_WORDS)
		return (&frame->r15)[word];
	switch (word) {
	case WORD_ORIG_RAX:
		return frame_is_call(frame) ? frame->error : NO_CALL;
	case WORD_RIP:
		return frame->rip;
	case WORD_CS:
		return frame->cs;
	case WORD_EFLAGS:
		return tracee && tracee->owns_trap_flag ? frame->rflags & ~RFLAGS_TF : frame->rflags;
	case WORD_RSP:
		return frame->rsp;
	case WORD_SS:
		return frame->ss;
	case WORD_FS_BASE:
		return context_fs_base(context);
	case WORD_GS_BASE:
		return context_gs_base(context);
	default:
		return 0; /* DS, ES, FS, GS: null selectors in 64-bit programs */
	}
}

void thread_registers(const struct thread *thread, uint64_t words[REGISTER_WORDS])
{
	for (unsigned i = 0; i < REGISTER_WORDS; i++)
		words[i] = word_get(thread, i);
}

static void flags_set(struct tracee *tracee, uint64_t value)
{
	struct trapframe *frame = frame_of(tracee);

	if (value & RFLAGS_TF)
		tracee->owns_trap_flag = false;
	else if (tracee->owns_trap_flag)
		value |= RFLAGS_TF;
	frame->rflags = (frame->rflags & ~RFLAGS_USER_MASK) | (value & RFLAGS_USER_MASK);
}

/* Which call the program stands behind decides whether it is made again. */
static void call_set(struct trapframe *frame, uint64_t number)
{
	if (!frame_is_call(frame) && (int32_t)number == -1)
		return;
	frame->vector = TRAP_SYSCALL_IRET;
	frame->error = number;
}

static int word_set(struct tracee *tracee, unsigned word, uint64_t value)
{
	struct context *context = &tracee->self->thread->context;
	struct trapframe *frame = frame_of(tracee);

	frame_force_iret(frame);
	if (word < FRAME_WORDS) {
		(&frame->r15)[word] = value;
		return 0;
	}
	switch (word) {
	case WORD_ORIG_RAX:
		call_set(frame, value);
		return 0;
	case WORD_RIP:
		if (value >= USER_SPACE_END)
			return -EIO;
		frame->rip = value;
		return 0;
	case WORD_CS:
		return value == USER_CS ? 0 : -EIO;
	case WORD_SS:
		return value == USER_DS ? 0 : -EIO;
	case WORD_EFLAGS:
		flags_set(tracee, value);
		return 0;
	case WORD_RSP:
		frame->rsp = value;
		return 0;
	case WORD_FS_BASE:
	case WORD_GS_BASE:
		if (value >= USER_SPACE_END)
			return -EIO;
		*(word == WORD_FS_BASE ? &context->fs_base : &context->gs_base) = value;
		return 0;
	default:
		return value == 0 ? 0 : -EIO;
	}
}

static int general_get(struct tracee *tracee, uaddr_t to, uint64_t *bytes)
{
	uint64_t words[REGISTER_WORDS];

	*bytes = MIN(*bytes, sizeof(words));
	int error = ptrace_lock_stopped(tracee);
	if (error)
		return error;
	thread_registers(tracee->self->thread, words);
	spin_unlock(&tree_lock);
	return copy_to_user(to, words, *bytes) ? -EFAULT : 0;
}

static int general_set(struct tracee *tracee, uaddr_t from, uint64_t *bytes)
{
	uint64_t words[REGISTER_WORDS];

	*bytes = MIN(*bytes, sizeof(words));
	if (copy_from_user(words, from, *bytes))
		return -EFAULT;
	int error = ptrace_lock_stopped(tracee);
	if (error)
		return error;
	for (unsigned i = 0; i < *bytes / sizeof(uint64_t) && !error; i++)
		error = word_set(tracee, i, words[i]);
	spin_unlock(&tree_lock);
	return error;
}

/* The whole image of the state, or its first part, the FXSAVE area. */
static int float_get(struct tracee *tracee, uaddr_t to, uint64_t *bytes, bool is_whole)
{
	uint8_t *image;

	*bytes = MIN(*bytes, is_whole ? (uint64_t)cpu_features.xsave_bytes : FPU_LEGACY_BYTES);
	image = kmalloc(cpu_features.xsave_bytes);
	if (!image)
		return -ENOMEM;
	int error = ptrace_lock_stopped(tracee);
	if (!error) {
		fpu_image_read(&tracee->self->thread->context, image);
		spin_unlock(&tree_lock);
		if (!is_whole)
			memset(image + SOFTWARE_AT, 0, FPU_LEGACY_BYTES - SOFTWARE_AT);
		error = copy_to_user(to, image, *bytes) ? -EFAULT : 0;
	}
	kfree(image);
	return error;
}

/* Linux wants each of the two whole. */
static int float_set(struct tracee *tracee, uaddr_t from, uint64_t *bytes, bool is_whole)
{
	uint64_t whole = is_whole ? cpu_features.xsave_bytes : FPU_LEGACY_BYTES;
	uint8_t legacy[FPU_LEGACY_BYTES];
	uint64_t features;
	uint8_t *image;

	if (*bytes < whole)
		return is_whole ? -EFAULT : -EINVAL;
	*bytes = whole;
	image = kmalloc(cpu_features.xsave_bytes);
	if (!image)
		return -ENOMEM;
	int error = copy_from_user(is_whole ? image : legacy, from, whole) ? -EFAULT : 0;
	if (!error)
		error = ptrace_lock_stopped(tracee);
	if (!error) {
		if (!is_whole) {
			fpu_image_read(&tracee->self->thread->context, image);
			memcpy(image, legacy, sizeof(legacy));
			memcpy(&features, image + FEATURES_AT, sizeof(features));
			features |= LEGACY_FEATURES;
			if (cpu_features.has_xsave)
				memcpy(image + FEATURES_AT, &features, sizeof(features));
		}
		error = fpu_image_is_valid(image, cpu_features.xsave_bytes)
				? fpu_set(&tracee->self->thread->context, image)
				: -EINVAL;
		spin_unlock(&tree_lock);
	}
	kfree(image);
	return error;
}

int ptrace_registers_get(struct tracee *tracee, uint32_t type, uaddr_t to, uint64_t *bytes)
{
	if (*bytes % sizeof(uint64_t))
		return -EINVAL;
	switch (type) {
	case NT_PRSTATUS:
		return general_get(tracee, to, bytes);
	case NT_PRFPREG:
		return float_get(tracee, to, bytes, false);
	case NT_X86_XSTATE:
		return cpu_features.has_xsave ? float_get(tracee, to, bytes, true) : -ENODEV;
	default:
		return -EINVAL;
	}
}

int ptrace_registers_set(struct tracee *tracee, uint32_t type, uaddr_t from, uint64_t *bytes)
{
	if (*bytes % sizeof(uint64_t))
		return -EINVAL;
	switch (type) {
	case NT_PRSTATUS:
		return general_set(tracee, from, bytes);
	case NT_PRFPREG:
		return float_set(tracee, from, bytes, false);
	case NT_X86_XSTATE:
		return cpu_features.has_xsave ? float_set(tracee, from, bytes, true) : -ENODEV;
	default:
		return -EINVAL;
	}
}

static uint64_t debug_get(const struct tracee *tracee, unsigned number)
{
	const struct debug_registers *registers = tracee->self->thread->context.debug;

	if (number == DEBUG_STATUS)
		return (registers ? registers->status : 0) ^ DEBUG_STATUS_ONES;
	if (!registers)
		return 0;
	if (number < DEBUG_SLOTS)
		return registers->address[number];
	return number == DEBUG_CONTROL ? registers->control : 0;
}

/* `registers` is the tracee's. */
static int debug_set(struct debug_registers *registers, unsigned number, uint64_t value)
{
	struct debug_registers wanted = *registers;

	if (number == DEBUG_STATUS) {
		registers->status = value ^ DEBUG_STATUS_ONES;
		return 0;
	}
	if (number < DEBUG_SLOTS) {
		if (value >= USER_SPACE_END)
			return -EINVAL;
		wanted.address[number] = value;
	} else {
		wanted.control = value & ~DEBUG_RESERVED;
	}
	if (debug_check(wanted.address, wanted.control))
		return -EINVAL;
	*registers = wanted;
	debug_changed(registers);
	return 0;
}

static int debug_poke(struct tracee *tracee, unsigned number, uint64_t value)
{
	struct context *context = &tracee->self->thread->context;
	struct debug_registers *fresh;

	if (number == 4 || number == 5)
		return -EIO;
	fresh = kzalloc(sizeof(*fresh));
	if (!fresh)
		return -ENOMEM;
	int error = ptrace_lock_stopped(tracee);
	if (!error) {
		if (!context->debug) {
			context->debug = fresh;
			fresh = NULL;
		}
		error = debug_set(context->debug, number, value);
		spin_unlock(&tree_lock);
	}
	kfree(fresh);
	return error;
}

int ptrace_peek_user(struct tracee *tracee, uint64_t offset, uaddr_t to)
{
	uint64_t value = 0;

	if (offset % sizeof(uint64_t) || offset >= USER_BYTES)
		return -EIO;
	int error = ptrace_lock_stopped(tracee);
	if (error)
		return error;
	if (offset < REGISTER_WORDS * sizeof(uint64_t))
		value = word_get(tracee->self->thread, (unsigned)(offset / sizeof(uint64_t)));
	else if (offset >= USER_DEBUG_AT && offset < USER_DEBUG_AT + DEBUG_REGISTERS * sizeof(uint64_t))
		value = debug_get(tracee, (unsigned)((offset - USER_DEBUG_AT) / sizeof(uint64_t)));
	spin_unlock(&tree_lock);
	return put_user_u64(to, value);
}

int ptrace_poke_user(struct tracee *tracee, uint64_t offset, uint64_t value)
{
	if (offset % sizeof(uint64_t) || offset >= USER_BYTES)
		return -EIO;
	if (offset >= USER_DEBUG_AT && offset < USER_DEBUG_AT + DEBUG_REGISTERS * sizeof(uint64_t))
		return debug_poke(tracee, (unsigned)((offset - USER_DEBUG_AT) / sizeof(uint64_t)), value);
	if (offset >= REGISTER_WORDS * sizeof(uint64_t))
		return -EIO;
	int error = ptrace_lock_stopped(tracee);
	if (error)
		return error;
	error = word_set(tracee, (unsigned)(offset / sizeof(uint64_t)), value);
	spin_unlock(&tree_lock);
	return error;
}
