/*
 * execve: prepare everything, then change over (see proc/exec.h).
 */
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/personality.h>
#include <linux/resource.h>

#include "arch/x86_64/debug.h"
#include "arch/x86_64/uaccess.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "proc/core.h"
#include "proc/exec.h"
#include "proc/exit.h"
#include "proc/limits.h"
#include "proc/process_event.h"
#include "proc/ptrace.h"
#include "proc/vdso.h"
#include "trace/trace.h"
#include "vm/home.h"

/* Personality bits that do not outlast a gain of privileges (they make attacks easier). */
#define PERSONALITY_UNSAFE (READ_IMPLIES_EXEC | ADDR_NO_RANDOMIZE | ADDR_COMPAT_LAYOUT | MMAP_PAGE_ZERO)

/* A privileged program does not inherit a larger stack: its mappings would lie where the caller wants them. */
#define SECURE_STACK_BYTES (8ull << 20)

typedef int (*fill_strings)(struct exec_strings *strings, const void *source);

struct user_strings {
	uaddr_t argv, envp;
};

static int fill_from_user(struct exec_strings *strings, const void *source)
{
	const struct user_strings *user = source;
	int error = exec_strings_add_array(strings, user->argv, &strings->argc);

	/* a program may count on a first argument */
	if (!error && strings->argc == 0) {
		error = exec_strings_add(strings, "", 0);
		strings->argc = 1;
	}
	return error ? error : exec_strings_add_array(strings, user->envp, &strings->envc);
}

/* Where the program stands: a relocatable one is moved to a place of its own. */
static int place_program(struct exec *exec)
{
	const struct elf_layout *layout = &exec->image.layout;

	exec->base = 0;
	if (exec->image.late_error || !layout->is_relocatable)
		return exec->image.late_error;
	uint64_t place = ALIGN_DOWN(vm_pick_pie_base(exec->space), layout->align);
	if (layout->high - layout->low > USER_SPACE_END - place)
		return -EINVAL;
	exec->base = place - layout->low;
	return 0;
}

static int map_loader(struct exec *exec)
{
	exec->loader_base = 0;
	if (!exec->loader)
		return 0;
	if (exec->loader_image.late_error)
		return exec->loader_image.late_error;
	if (exec->loader_image.layout.is_relocatable) {
		int64_t base = elf_find_place(exec->space, exec->loader, &exec->loader_image.layout);
		if (base < 0)
			return (int)base;
		exec->loader_base = (uint64_t)base;
	}
	return elf_map(exec->space, exec->loader, &exec->loader_image, exec->loader_base);
}

static uint64_t stack_limit(const struct exec *exec)
{
	uint64_t limit = limit_of_current(RLIMIT_STACK);

	return exec->is_secure ? MIN(limit, SECURE_STACK_BYTES) : limit;
}

int exec_build_space(struct exec *exec)
{
	const struct elf_layout *layout = &exec->image.layout;
	bool is_randomized = exec->is_secure || !(current_process()->personality & ADDR_NO_RANDOMIZE);
	bool keeps_homes = is_randomized && !exec->is_secure && vm_code_homes;
	struct vm_space *space = vm_space_create(is_randomized, keeps_homes);

	if (!space)
		return -ENOMEM;
	exec->space = space;
	space->owner_pid = current_process()->pid->number;
	space->stack_top = vm_pick_stack_top(is_randomized);
	space->mmap_top = vm_pick_mmap_top(is_randomized, stack_limit(exec));
	int error = place_program(exec);
	if (!error)
		error = elf_map(space, exec->file, &exec->image, exec->base);
	if (error)
		return error;
	space->brk_start = space->brk_end = vm_pick_brk(is_randomized, exec->base + layout->end);
	space->code_start = exec->base + layout->code_start;
	space->code_end = exec->base + layout->code_end;
	space->data_start = exec->base + layout->data_start;
	space->data_end = exec->base + layout->data_end;
	error = map_loader(exec);
	if (!error)
		error = vdso_map(space);
	if (!error)
		error = exec_build_stack(exec);
	exec->entry = exec->loader ? exec->loader_base + exec->loader_image.layout.entry : exec->base + layout->entry;
	file_get(exec->file);
	space->exe_file = exec->file;
	return error;
}

static int prepare(struct exec *exec, fill_strings fill, const void *source)
{
	exec_strings_init(&exec->strings, limit_of_current(RLIMIT_STACK));
	int error = fill(&exec->strings, source);
	if (!error)
		error = exec_strings_add(&exec->strings, exec->name, strlen(exec->name));
	if (!error)
		error = exec_read_head(exec);
	if (!error)
		error = exec_resolve_scripts(exec);
	if (!error)
		error = exec_prepare_cred(exec);
	if (!error)
		error = exec_read_images(exec);
	if (error)
		return error;
	exec->is_unreadable = inode_permission(exec->file->inode, 4) != 0;
	struct sighand *sighand = current_process()->sighand;
	if (refcount_read(&sighand->refs) > 1) {
		exec->sighand = sighand_copy(sighand);
		if (!exec->sighand)
			return -ENOMEM;
	}
	return exec_build_space(exec);
}

/* Whatever was not handed over. */
static void release(struct exec *exec)
{
	exec_strings_free(&exec->strings);
	elf_image_free(&exec->image);
	elf_image_free(&exec->loader_image);
	kfree(exec->loader_head);
	if (exec->space)
		vm_space_leave(exec->space);
	if (exec->cred)
		cred_put(exec->cred);
	if (exec->sighand)
		sighand_put(exec->sighand);
	/* the program stays guarded against writing for as long as it is mapped; a library is not */
	if (exec->loader) {
		file_allow_write(exec->loader);
		file_put(exec->loader);
	}
	file_put(exec->file);
}

/* Descriptors shared with another process would be closed for that one too. */
static int own_files(struct thread *thread)
{
	struct fd_table *shared = thread->files;
	int error = -ENOMEM;

	if (refcount_read(&shared->refs) == 1)
		return 0;
	struct fd_table *own = fd_table_copy(shared, &error);
	if (!own)
		return error;
	spin_lock(&tree_lock);
	thread->files = own;
	spin_unlock(&tree_lock);
	fd_table_put(shared);
	return 0;
}

static void change_signals(struct process *process, struct exec *exec)
{
	struct sighand *shared = NULL;

	if (exec->sighand) {
		/* Children that end look at their parent's actions under tree_lock. */
		spin_lock(&tree_lock);
		spin_lock(&process->signal_lock);
		shared = process->sighand;
		process->sighand = exec->sighand;
		exec->sighand = NULL;
		spin_unlock(&process->signal_lock);
		spin_unlock(&tree_lock);
		sighand_put(shared);
	}
	signal_timers_exec(process);
	signal_exec_reset();
}

/* From here on the old program is gone. */
static void change_space(struct thread *thread, struct exec *exec)
{
	struct process *process = thread->process;
	struct vm_space *old = process->space;

	if (old) {
		exec->space->dump_filter = old->dump_filter;
		exec->space->is_page_exact = old->is_page_exact;
		process->dead_threads.max_resident_pages =
			MAX(process->dead_threads.max_resident_pages, old->resident_peak);
	}
	spin_lock(&tree_lock);
	process->space = exec->space;
	spin_unlock(&tree_lock);
	thread->space = exec->space;
	exec->space = NULL;
	vm_space_activate(thread->space);
	thread_vfork_done();
	if (old)
		vm_space_leave(old);
}

static void change_cred(struct process *process, struct exec *exec)
{
	const struct cred *old = current_cred(), *new = exec->cred;
	bool is_changed = new->euid != old->euid || new->egid != old->egid || new->uid != old->uid ||
			  (new->cap_permitted & ~old->cap_permitted);

	bool is_open = !exec->is_unreadable && !is_changed && new->euid == new->uid &&new->egid == new->gid;
	process->space->dumpable = is_open ? DUMPABLE_BY_USER : (uint8_t)core_suid_dumpable;
	if (exec->is_secure || is_changed)
		process->parent_death_signal = 0;
	if (exec->is_secure) {
		process->personality &= ~(uint32_t)PERSONALITY_UNSAFE;
		spin_lock(&tree_lock);
		process->limits.of[RLIMIT_STACK].soft = stack_limit(exec);
		spin_unlock(&tree_lock);
	}
	cred_commit(exec->cred);
	exec->cred = NULL;
}

static void change_registers(struct thread *thread, const struct exec *exec)
{
	struct trapframe *frame = context_user_frame(&thread->context);
	uint64_t number = frame->error;

	if (unlikely(thread->context.debug))
		kfree(debug_detach(&thread->context));
	fpu_start(&thread->context);
	context_set_fs_base(&thread->context, 0);
	context_set_gs_base(&thread->context, 0);
	memset(frame, 0, sizeof(*frame));
	frame->rip = exec->entry;
	frame->rsp = exec->stack_pointer;
	frame->cs = USER_CS;
	frame->ss = USER_DS;
	frame->rflags = RFLAGS_IF;
	frame->vector = TRAP_SYSCALL;
	frame->error = number;
	frame_force_iret(frame);
}

static void change_identity(struct thread *thread, const struct exec *exec)
{
	struct process *process = thread->process;
	const char *slash = strrchr(exec->name, '/');

	string_copy(thread->name, slash ? slash + 1 : exec->name, sizeof(thread->name));
	spin_lock(&tree_lock);
	process->did_exec = true;
	process->exec_count++;
	process->exit_signal = SIGCHLD;
	spin_unlock(&tree_lock);
	if (trace_is_on(TRACE_EXEC))
		trace_record_text(TRACE_EXEC, (uint64_t)process->pid->number, exec->name);
	if (trace_is_on(TRACE_NAME))
		trace_record_text(TRACE_NAME, (uint64_t)process->pid->number, thread->name);
}

/* Only the first two steps can fail: the other threads may be gone by then, so the second one ends the process. */
static int change_over(struct exec *exec)
{
	struct thread *thread = current_thread();
	struct process *process = thread->process;
	int error = process_become_single();

	if (error)
		return error;
	error = own_files(thread);
	if (error) {
		process_kill(process, SIGKILL);
		return error;
	}
	thread_tell_user_memory(false);
	change_space(thread, exec);
	change_signals(process, exec);
	fd_table_close_on_exec(thread->files);
	change_cred(process, exec);
	change_identity(thread, exec);
	change_registers(thread, exec);
	return 0;
}

static int execute(struct exec *exec, fill_strings fill, const void *source)
{
	int error = prepare(exec, fill, source);

	/* segments that fit nowhere: Linux finds out when the old program is gone, and ends the process */
	if (error == -EINVAL && exec->space)
		process_kill(current_process(), SIGSEGV);
	if (!error)
		error = change_over(exec);
	release(exec);
	return error;
}

static void exec_init(struct exec *exec, const char *name, struct file *file)
{
	exec->name = name;
	exec->file = file;
	exec->loader = NULL;
	exec->loader_head = NULL;
	exec->image.allocated = NULL;
	exec->loader_image.allocated = NULL;
	exec->space = NULL;
	exec->cred = NULL;
	exec->sighand = NULL;
	exec->is_name_lost = false;
}

/* A path below a descriptor has no name of its own; programs see it as one below /dev/fd. Null: no memory. */
static char *name_below(int dirfd, const char *text)
{
	size_t room = strlen(text) + sizeof("/dev/fd/-2147483648/");
	char *name = kmalloc(room);

	if (name)
		string_format(name, room, *text ? "/dev/fd/%d/%s" : "/dev/fd/%d", dirfd, text);
	return name;
}

int process_exec(int dirfd, const char *text, unsigned lookup, uaddr_t argv, uaddr_t envp)
{
	const struct user_strings source = {.argv = argv, .envp = envp};
	int32_t tid = current_thread()->tid;
	struct exec exec;
	char *below = NULL;

	struct file *file = exec_open(dirfd, text, lookup);
	if (is_err(file))
		return (int)ptr_err(file);
	if (dirfd != AT_CWD && *text != '/') {
		below = name_below(dirfd, text);
		if (!below) {
			file_put(file);
			return -ENOMEM;
		}
	}
	exec_init(&exec, below ? below : text, file);
	exec.is_name_lost = below && fd_close_on_exec(dirfd) == 1;
	int error = execute(&exec, fill_from_user, &source);
	kfree(below);
	if (!error && unlikely(current_proc()->tracee))
		ptrace_executed(tid);
	if (!error)
		process_event_exec();
	return error;
}

int process_exec_kernel(const char *text, int (*fill)(struct exec_strings *strings, const void *source),
			const void *source, void (*before_entry)(void))
{
	struct exec exec;
	struct file *file = exec_open(AT_CWD, text, LOOKUP_FOLLOW);

	if (is_err(file))
		return (int)ptr_err(file);
	exec_init(&exec, text, file);
	int error = execute(&exec, fill, source);
	if (error)
		return error;
	process_event_exec();
	if (before_entry)
		before_entry();
	context_enter_user(context_user_frame(&current_thread()->context));
}
