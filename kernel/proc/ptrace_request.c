/*
 * The tracer's side: ptrace(2)'s requests on a stopped tracee.
 */
#include <asm-generic/siginfo.h>
#include <asm/ptrace-abi.h>
#include <linux/audit.h>
#include <linux/elf-em.h>
#include <linux/elf.h>
#include <linux/ptrace.h>
#include <asm/prctl.h>

#include "arch/x86_64/context.h"
#include "arch/x86_64/uaccess.h"
#include "lib/string.h"
#include "proc/exit.h"
#include "proc/process_event.h"
#include "proc/ptrace_private.h"
#include "vm/uio.h"

#define CALL_STOP         (SIGTRAP | 0x80)
#define OPTIONS           ((uint64_t)PTRACE_O_MASK)
#define GENERAL_SET_BYTES (27 * sizeof(uint64_t))
#define FLOAT_SET_BYTES   512

/* Is `tracee` the current thread's? tree_lock is held. */
static bool is_mine(const struct tracee *tracee)
{
	return tracee && tracee->tracer == current_proc();
}

int ptrace_lock_stopped(struct tracee *tracee)
{
	for (bool is_off = false;; is_off = true) {
		spin_lock(&tree_lock);
		if (!is_mine(tracee) || !tracee->is_stopped || tracee->is_listening) {
			spin_unlock(&tree_lock);
			return -ESRCH;
		}
		if (is_off)
			return 0;
		spin_unlock(&tree_lock);
		thread_wait_off_cpu(tracee->self->thread);
	}
}

void ptrace_set_stepping(struct tracee *tracee, bool is_stepping)
{
	struct trapframe *frame = context_user_frame(&tracee->self->thread->context);

	tracee->is_stepping = is_stepping;
	/* by SYSRET the exception would come at once, as if the system call were the step */
	if (is_stepping)
		frame_force_iret(frame);
	if (is_stepping && !(frame->rflags & RFLAGS_TF)) {
		tracee->owns_trap_flag = true;
		frame->rflags |= RFLAGS_TF;
	} else if (!is_stepping && tracee->owns_trap_flag) {
		tracee->owns_trap_flag = false;
		frame->rflags &= ~RFLAGS_TF;
	}
}

/* Let it go on with signal `data`, as far as the request says. */
static int resume(struct ptrace_request *request)
{
	struct tracee *tracee = request->tracee;
	bool is_step = request->what == PTRACE_SINGLESTEP || request->what == PTRACE_SYSEMU_SINGLESTEP;

	if (request->data > SIGNAL_COUNT)
		return -EIO;
	int error = ptrace_lock_stopped(tracee);
	if (error)
		return error;
	tracee->traces_calls = request->what == PTRACE_SYSCALL;
	tracee->emulates_calls = request->what == PTRACE_SYSEMU || request->what == PTRACE_SYSEMU_SINGLESTEP;
	ptrace_set_stepping(tracee, is_step);
	tracee->signal = (int32_t)request->data;
	ptrace_end_stop(tracee);
	spin_unlock(&tree_lock);
	return 0;
}

static int detach(struct ptrace_request *request)
{
	struct tracee *tracee = request->tracee;
	struct exit_rest rest;

	if (request->data > SIGNAL_COUNT)
		return -EIO;
	exit_rest_init(&rest);
	int error = ptrace_lock_stopped(tracee);
	if (error)
		return error;
	tracee->signal = (int32_t)request->data;
	ptrace_detach(tracee, &rest);
	spin_unlock(&tree_lock);
	exit_rest_finish(&rest);
	process_event_trace(request->thread, false);
	return 0;
}

/* A seized one shall stop, wherever it is. */
static int interrupt(struct ptrace_request *request)
{
	struct tracee *tracee = request->tracee;
	int error = -EIO;

	spin_lock(&tree_lock);
	if (is_mine(tracee) && tracee->is_seized) {
		error = 0;
		if (!tracee->self->has_exited) {
			tracee->wants_trap = true;
			thread_interrupt(request->thread, WORK_STOP);
			if (tracee->is_listening)
				ptrace_end_stop(tracee);
		}
	}
	spin_unlock(&tree_lock);
	return error;
}

void ptrace_notice(struct thread_proc *thread)
{
	struct tracee *tracee = thread->tracee;

	thread->is_stopped = false;
	if (tracee->is_seized)
		tracee->wants_notice = true;
	if (tracee->wants_notice || tracee->wants_trap)
		thread_interrupt(thread->thread, WORK_STOP);
	if (tracee->is_listening)
		ptrace_end_stop(tracee);
}

static int listen(struct ptrace_request *request)
{
	struct tracee *tracee = request->tracee;
	int error = ptrace_lock_stopped(tracee);

	if (error)
		return error;
	if (tracee->is_seized && tracee->has_info && tracee->info.code >> 8 == PTRACE_EVENT_STOP) {
		tracee->is_listening = true;
		if (tracee->wants_notice) {
			thread_interrupt(request->thread, WORK_STOP);
			ptrace_end_stop(tracee);
		}
	} else {
		error = -EIO;
	}
	spin_unlock(&tree_lock);
	return error;
}

static int kill_tracee(struct ptrace_request *request)
{
	struct signal_info info;

	signal_info_user(&info, SIGKILL);
	return MIN(signal_send_process(request->thread->process, &info), 0);
}

/* The memory of a stopped tracee, with a reference; null: there is none any more. */
static struct vm_space *space_of(struct tracee *tracee)
{
	struct vm_space *space = NULL;

	if (ptrace_lock_stopped(tracee))
		return NULL;
	space = tracee->self->thread->process->space;
	if (space)
		vm_space_get(space);
	spin_unlock(&tree_lock);
	return space;
}

static int peek(struct ptrace_request *request)
{
	struct vm_space *space = space_of(request->tracee);
	uint64_t word;

	if (!space)
		return -ESRCH;
	ssize_t done = vm_access(space, request->address, &word, sizeof(word), false, true);
	vm_space_put(space);
	if (done != (ssize_t)sizeof(word))
		return -EIO;
	return put_user_u64(request->data, word);
}

static int poke(struct ptrace_request *request)
{
	struct vm_space *space = space_of(request->tracee);

	if (!space)
		return -ESRCH;
	ssize_t done = vm_access(space, request->address, &request->data, sizeof(request->data), true, true);
	vm_space_put(space);
	return done == (ssize_t)sizeof(request->data) ? 0 : -EIO;
}

static int check_options(uint64_t options)
{
	if (options & ~OPTIONS)
		return -EINVAL;
	return options & PTRACE_O_SUSPEND_SECCOMP ? -EINVAL : 0;
}

static int set_options(struct ptrace_request *request)
{
	int error = check_options(request->data);

	if (!error)
		error = ptrace_lock_stopped(request->tracee);
	if (error)
		return error;
	request->tracee->options = (uint32_t)request->data;
	spin_unlock(&tree_lock);
	return 0;
}

static int get_message(struct ptrace_request *request)
{
	int error = ptrace_lock_stopped(request->tracee);

	if (error)
		return error;
	uint64_t message = request->tracee->message;
	spin_unlock(&tree_lock);
	return put_user_u64(request->data, message);
}

/* PTRACE_GET_SYSCALL_INFO: at most `address` bytes; how many there are. */
static int64_t call_info(struct ptrace_request *request)
{
	struct tracee *tracee = request->tracee;
	struct ptrace_syscall_info info;
	int64_t bytes = offsetof(struct ptrace_syscall_info, entry);

	memset(&info, 0, sizeof(info));
	int error = ptrace_lock_stopped(tracee);
	if (error)
		return error;
	const struct trapframe *frame = context_user_frame(&request->thread->context);
	info.op = PTRACE_SYSCALL_INFO_NONE;
	info.arch = AUDIT_ARCH_X86_64;
	info.instruction_pointer = frame->rip;
	info.stack_pointer = frame->rsp;
	bool is_call = tracee->has_info && tracee->info.code == CALL_STOP;
	if (is_call && tracee->message == PTRACE_EVENTMSG_SYSCALL_ENTRY) {
		const uint64_t arguments[6] = {frame->rdi, frame->rsi, frame->rdx, frame->r10, frame->r8, frame->r9};
		info.op = PTRACE_SYSCALL_INFO_ENTRY;
		info.entry.nr = frame->error;
		memcpy(info.entry.args, arguments, sizeof(arguments));
		bytes += sizeof(info.entry);
	} else if (is_call && tracee->message == PTRACE_EVENTMSG_SYSCALL_EXIT) {
		info.op = PTRACE_SYSCALL_INFO_EXIT;
		info.exit.rval = (int64_t)frame->rax;
		info.exit.is_error = frame->rax >= (uint64_t)-4095;
		bytes = offsetof(struct ptrace_syscall_info, exit.is_error) + 1;
	}
	spin_unlock(&tree_lock);
	return copy_to_user(request->data, &info, MIN(request->address, (uint64_t)bytes)) ? -EFAULT : bytes;
}

static int register_set(struct ptrace_request *request)
{
	struct uio_segment vector; /* as struct iovec */
	uint32_t type = (uint32_t)request->address;
	int error;

	if (copy_from_user(&vector, request->data, sizeof(vector)))
		return -EFAULT;
	if (request->what == PTRACE_GETREGSET)
		error = ptrace_registers_get(request->tracee, type, vector.base, &vector.bytes);
	else
		error = ptrace_registers_set(request->tracee, type, vector.base, &vector.bytes);
	if (error)
		return error;
	return put_user_u64(request->data + offsetof(struct uio_segment, bytes), vector.bytes);
}

static int whole_set(struct ptrace_request *request, bool is_get, uint32_t type, uint64_t bytes)
{
	if (is_get)
		return ptrace_registers_get(request->tracee, type, request->data, &bytes);
	return ptrace_registers_set(request->tracee, type, request->data, &bytes);
}

/* arch_prctl on the tracee: its option is in `data`. */
static int bases(struct ptrace_request *request)
{
	const uint64_t fs_at = 21 * sizeof(uint64_t), gs_at = 22 * sizeof(uint64_t);

	switch (request->data) {
	case ARCH_SET_FS:
	case ARCH_SET_GS:
		if (request->address >= USER_SPACE_END)
			return -EPERM;
		return ptrace_poke_user(request->tracee, request->data == ARCH_SET_FS ? fs_at : gs_at,
					request->address);
	case ARCH_GET_FS:
	case ARCH_GET_GS:
		return ptrace_peek_user(request->tracee, request->data == ARCH_GET_FS ? fs_at : gs_at,
					request->address);
	default:
		return -EINVAL;
	}
}

static int64_t on_stopped(struct ptrace_request *request)
{
	switch (request->what) {
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA:
		return peek(request);
	case PTRACE_POKETEXT:
	case PTRACE_POKEDATA:
		return poke(request);
	case PTRACE_PEEKUSR:
		return ptrace_peek_user(request->tracee, request->address, request->data);
	case PTRACE_POKEUSR:
		return ptrace_poke_user(request->tracee, request->address, request->data);
	case PTRACE_GETREGS:
	case PTRACE_SETREGS:
		return whole_set(request, request->what == PTRACE_GETREGS, NT_PRSTATUS, GENERAL_SET_BYTES);
	case PTRACE_GETFPREGS:
	case PTRACE_SETFPREGS:
		return whole_set(request, request->what == PTRACE_GETFPREGS, NT_PRFPREG, FLOAT_SET_BYTES);
	case PTRACE_GETREGSET:
	case PTRACE_SETREGSET:
		return register_set(request);
	case PTRACE_SETOPTIONS:
	case PTRACE_OLDSETOPTIONS:
		return set_options(request);
	case PTRACE_GETEVENTMSG:
		return get_message(request);
	case PTRACE_GETSIGINFO:
		return ptrace_get_siginfo(request);
	case PTRACE_SETSIGINFO:
		return ptrace_set_siginfo(request);
	case PTRACE_PEEKSIGINFO:
		return ptrace_peek_siginfo(request);
	case PTRACE_GETSIGMASK:
		return ptrace_get_mask(request);
	case PTRACE_SETSIGMASK:
		return ptrace_set_mask(request);
	case PTRACE_GET_SYSCALL_INFO:
		return call_info(request);
	case PTRACE_ARCH_PRCTL:
		return bases(request);
	case PTRACE_CONT:
	case PTRACE_SYSCALL:
	case PTRACE_SINGLESTEP:
	case PTRACE_SYSEMU:
	case PTRACE_SYSEMU_SINGLESTEP:
		return resume(request);
	case PTRACE_LISTEN:
		return listen(request);
	case PTRACE_DETACH:
		return detach(request);
	default:
		return -EIO;
	}
}

static int64_t on_tracee(struct ptrace_request *request)
{
	bool is_any_time = request->what == PTRACE_KILL || request->what == PTRACE_INTERRUPT;

	spin_lock(&tree_lock);
	request->tracee = thread_proc(request->thread)->tracee;
	bool is_ready = is_mine(request->tracee) &&
			(is_any_time || (request->tracee->is_stopped && !request->tracee->is_listening));
	spin_unlock(&tree_lock);
	if (!is_ready)
		return -ESRCH;
	if (request->what == PTRACE_KILL)
		return kill_tracee(request);
	return request->what == PTRACE_INTERRUPT ? interrupt(request) : on_stopped(request);
}

static int seize(const struct ptrace_request *request)
{
	if (request->address)
		return -EIO;
	if (request->data & ~OPTIONS)
		return -EIO;
	int error = check_options(request->data);
	return error ? error : ptrace_attach(request->thread, true, (uint32_t)request->data);
}

int64_t ptrace_request(int64_t what, int32_t number, uint64_t address, uint64_t data)
{
	struct ptrace_request request = {.what = what, .address = address, .data = data};
	int64_t result;

	if (what == PTRACE_TRACEME)
		return ptrace_trace_me();
	request.thread = thread_find(number);
	if (!request.thread)
		return -ESRCH;
	if (!request.thread->proc_data)
		result = -ESRCH;
	else if (what == PTRACE_ATTACH)
		result = ptrace_attach(request.thread, false, 0);
	else if (what == PTRACE_SEIZE)
		result = seize(&request);
	else
		result = on_tracee(&request);
	thread_put(request.thread);
	return result;
}
