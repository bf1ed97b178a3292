/*
 * /proc/PID/stat and status: the fields of proc(5), in Linux's order.
 */
#include "lib/string.h"
#include "mem/page.h"
#include "proc/pid.h"
#include "proc/ptrace.h"
#include "proc/procfs_private.h"
#include "proc/rusage.h"
#include "proc/signal_private.h"
#include "sched/sched.h"

/* Linux's task flags that tools look at. */
#define FLAG_FORKED_NO_EXEC 0x00000040
#define FLAG_KERNEL_THREAD  0x00200000

/* What stands in the tree and in the signals of a process at one moment. */
struct tree_facts {
	int32_t parent, group, session, foreground, tracer;
	uint64_t tty;
	uint32_t threads;
	bool is_zombie;
	struct usage own, children;
	uint64_t pending, shared_pending, blocked, ignored, caught;
};

static void read_signals(const struct proc_target *target, struct tree_facts *facts)
{
	struct process *process = target->process;

	spin_lock(&process->signal_lock);
	facts->pending = thread_proc(target->thread)->pending.set;
	facts->blocked = thread_proc(target->thread)->blocked;
	facts->shared_pending = process->pending.set;
	if (process->sighand && !facts->is_zombie) {
		for (int signal = 1; signal <= SIGNAL_COUNT; signal++) {
			uaddr_t handler = process->sighand->action[signal].handler;
			if (handler == HANDLER_IGNORE)
				facts->ignored |= SIGNAL_BIT(signal);
			else if (handler != HANDLER_DEFAULT)
				facts->caught |= SIGNAL_BIT(signal);
		}
	}
	spin_unlock(&process->signal_lock);
}

static void read_facts(const struct proc_target *target, struct tree_facts *facts)
{
	struct process *process = target->process;

	memset(facts, 0, sizeof(*facts));
	facts->foreground = -1;
	spin_lock(&tree_lock);
	facts->parent = process->parent ? process->parent->pid->number : 0;
	facts->group = process->group ? process->group->number : 0;
	facts->session = process->session ? process->session->number : 0;
	const struct thread_proc *thread = thread_proc(target->thread);
	facts->tracer = thread_is_traced(thread) ? thread->tracee->tracer->thread->tid : 0;
	facts->threads = process->thread_count;
	facts->is_zombie = process->exit_stage >= EXIT_ZOMBIE;
	if (target->node->is_task)
		usage_add_thread(&facts->own, target->thread);
	else
		process_usage_locked(process, &facts->own);
	facts->children = process->children_usage;
	spin_unlock(&tree_lock);
	read_signals(target, facts);
	if (procfs_tty_hook && !facts->is_zombie)
		procfs_tty_hook(process, &facts->tty, &facts->foreground);
}

static char state_letter(const struct proc_target *target, const struct tree_facts *facts)
{
	return facts->is_zombie ? 'Z' : thread_state_letter(target->thread);
}

static const char *state_name(char letter)
{
	switch (letter) {
	case 'R':
		return "running";
	case 'S':
		return "sleeping";
	case 'D':
		return "disk sleep";
	case 'T':
		return "stopped";
	case 't':
		return "tracing stop";
	case 'Z':
		return "zombie";
	default:
		return "idle";
	}
}

static uint64_t resident_pages(const struct vm_space *space)
{
	int64_t pages = space->resident_anon + space->resident_file + space->resident_shared;

	return pages > 0 ? (uint64_t)pages : 0;
}

/* As Linux shows it: 20 + nice for the fair class, negative for real-time ones. */
static int shown_priority(const struct thread *thread)
{
	return thread->class == CLASS_RT ? -1 - thread->level : 20 + thread->nice;
}

int proc_show_stat(struct proc_text *text, const struct proc_target *target)
{
	struct process *process = target->process;
	struct thread *thread = target->thread;
	struct vm_space *space = proc_target_space(target);
	struct tree_facts facts;

	read_facts(target, &facts);
	const struct usage *own = &facts.own, *children = &facts.children;
	bool may_inspect = proc_may_inspect(target) == 0 && space;
	uint32_t flags = (process->is_kernel ? FLAG_KERNEL_THREAD : 0) | (process->did_exec ? 0 : FLAG_FORKED_NO_EXEC);
	proc_print(text, "%d (%s) %c %d %d %d %lu %d %u ", thread->tid, thread->name, state_letter(target, &facts),
		   facts.parent, facts.group, facts.session, facts.tty, facts.foreground, flags);
	proc_print(text, "%lu %lu %lu %lu %lu %lu %lu %lu ", own->minor_faults, children->minor_faults,
		   own->major_faults, children->major_faults, PROC_TICKS(own->user_ns), PROC_TICKS(own->kernel_ns),
		   PROC_TICKS(children->user_ns), PROC_TICKS(children->kernel_ns));
	proc_print(text, "%d %d %u 0 %lu ", shown_priority(thread), thread->nice, facts.threads,
		   PROC_TICKS(target->node->is_task ? thread->start_ns : process->start_ns));
	proc_print(text, "%lu %lu %lu ", space ? space->total_pages * PAGE_SIZE : 0, space ? resident_pages(space) : 0,
		   process->limits.of[5].soft);
	proc_print(text, "%lu %lu %lu 0 0 ", may_inspect ? space->code_start : 0, may_inspect ? space->code_end : 0,
		   may_inspect ? space->stack_top : 0);
	proc_print(text, "%lu %lu %lu %lu ", facts.pending & 0x7fffffff, facts.blocked & 0x7fffffff,
		   facts.ignored & 0x7fffffff, facts.caught & 0x7fffffff);
	proc_print(text, "%d 0 0 %d %u %u %u 0 0 0 ", thread->state == THREAD_BLOCKED, process->exit_signal,
		   thread->cpu, thread->rt_priority, thread->policy);
	proc_print(text, "%lu %lu %lu %lu %lu %lu %lu %u\n", may_inspect ? space->data_start : 0,
		   may_inspect ? space->data_end : 0, may_inspect ? space->brk_start : 0,
		   may_inspect ? space->arg_start : 0, may_inspect ? space->arg_end : 0,
		   may_inspect ? space->env_start : 0, may_inspect ? space->env_end : 0,
		   may_inspect || facts.is_zombie ? process->exit_status : 0);
	if (space)
		vm_space_put(space);
	return 0;
}

static void print_ids(struct proc_text *text, const struct cred *cred)
{
	proc_print(text, "Uid:\t%u\t%u\t%u\t%u\n", cred->uid, cred->euid, cred->suid, cred->fsuid);
	proc_print(text, "Gid:\t%u\t%u\t%u\t%u\n", cred->gid, cred->egid, cred->sgid, cred->fsgid);
}

static void print_groups(struct proc_text *text, const struct cred *cred)
{
	proc_print(text, "Groups:\t");
	for (uint32_t i = 0; cred->groups && i < cred->groups->count; i++)
		proc_print(text, "%u ", cred->groups->gids[i]);
	proc_print(text, "%s\n", cred->groups && cred->groups->count ? "" : " ");
}

static void print_capabilities(struct proc_text *text, const struct cred *cred)
{
	proc_print(text, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\nCapBnd:\t%016lx\nCapAmb:\t%016lx\n",
		   cred->cap_inheritable, cred->cap_permitted, cred->cap_effective, cred->cap_bounding,
		   cred->cap_ambient);
	proc_print(text, "NoNewPrivs:\t%d\nSeccomp:\t0\nSeccomp_filters:\t0\n", cred->no_new_privs);
}

static void print_kib(struct proc_text *text, const char *name, uint64_t pages)
{
	proc_print(text, "%s:\t%8lu kB\n", name, PROC_KIB(pages));
}

static void print_memory(struct proc_text *text, struct vm_space *space, bool is_dumping)
{
	uint64_t anon = (uint64_t)MAX((int64_t)space->resident_anon, (int64_t)0);
	uint64_t file = (uint64_t)MAX((int64_t)space->resident_file, (int64_t)0);
	uint64_t shared = (uint64_t)MAX((int64_t)space->resident_shared, (int64_t)0);

	mutex_lock(&space->mutex);
	uint64_t resident = anon + file + shared;
	uint64_t code = (ALIGN_UP(space->code_end, PAGE_SIZE) - ALIGN_DOWN(space->code_start, PAGE_SIZE)) / PAGE_SIZE;
	code = MIN(code, space->exec_pages);
	print_kib(text, "VmPeak", MAX(space->total_peak, space->total_pages));
	print_kib(text, "VmSize", space->total_pages);
	print_kib(text, "VmLck", space->locked_pages);
	print_kib(text, "VmPin", 0);
	print_kib(text, "VmHWM", MAX(space->resident_peak, resident));
	print_kib(text, "VmRSS", resident);
	print_kib(text, "RssAnon", anon);
	print_kib(text, "RssFile", file);
	print_kib(text, "RssShmem", shared);
	print_kib(text, "VmData", space->data_pages);
	print_kib(text, "VmStk", space->stack_pages);
	print_kib(text, "VmExe", code);
	print_kib(text, "VmLib", space->exec_pages - code);
	print_kib(text, "VmPTE", space->table_pages);
	print_kib(text, "VmSwap", 0);
	print_kib(text, "HugetlbPages", 0);
	mutex_unlock(&space->mutex);
	proc_print(text, "CoreDumping:\t%d\nTHP_enabled:\t0\n", is_dumping);
}

static void print_signals(struct proc_text *text, const struct proc_target *target, const struct tree_facts *facts,
			  const struct cred *cred)
{
	proc_print(text, "Threads:\t%u\nSigQ:\t%lu/%lu\n", facts->threads, signal_queued_count(cred->uid),
		   target->process->limits.of[11].soft);
	proc_print(text, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n",
		   facts->pending, facts->shared_pending, facts->blocked, facts->ignored, facts->caught);
}

static void print_processors(struct proc_text *text, const struct thread *thread)
{
	uint64_t all = cpu_count >= 64 ? UINT64_MAX : (1ull << cpu_count) - 1;
	const char *separator = "";

	proc_print(text, "Cpus_allowed:\t%lx\nCpus_allowed_list:\t", thread->affinity & all);
	for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
		if (thread->affinity >> cpu & 1) {
			proc_print(text, "%s%u", separator, cpu);
			separator = ",";
		}
	}
	proc_print(text, "\nMems_allowed:\t1\nMems_allowed_list:\t0\n");
	proc_print(text, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n",
		   thread->voluntary_switches, thread->involuntary_switches);
}

int proc_show_status(struct proc_text *text, const struct proc_target *target)
{
	const struct cred *cred = proc_target_cred(target);
	struct thread *thread = target->thread;
	int32_t number = target->process->pid->number;
	struct tree_facts facts;

	if (!cred)
		return -ESRCH;
	read_facts(target, &facts);
	struct vm_space *space = proc_target_space(target);
	struct fd_table *files = proc_target_files(target);
	char letter = state_letter(target, &facts);
	proc_print(text, "Name:\t%s\n", thread->name);
	spin_lock(&tree_lock);
	bool has_umask = thread->fs != NULL;
	uint32_t umask = has_umask ? thread->fs->umask : 0;
	spin_unlock(&tree_lock);
	if (has_umask)
		proc_print(text, "Umask:\t%04o\n", umask);
	proc_print(text, "State:\t%c (%s)\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t%d\n", letter,
		   state_name(letter), number, thread->tid, facts.parent, facts.tracer);
	print_ids(text, cred);
	proc_print(text, "FDSize:\t%u\n", files ? files->capacity : 0);
	print_groups(text, cred);
	proc_print(text, "NStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", number, thread->tid, facts.group,
		   facts.session);
	if (space)
		print_memory(text, space, target->process->dumper != NULL);
	print_signals(text, target, &facts, cred);
	print_capabilities(text, cred);
	print_processors(text, thread);
	if (space)
		vm_space_put(space);
	if (files)
		fd_table_put(files);
	cred_put(cred);
	return 0;
}

int proc_show_statm(struct proc_text *text, const struct proc_target *target)
{
	struct vm_space *space = proc_target_space(target);

	if (!space) {
		proc_print(text, "0 0 0 0 0 0 0\n");
		return 0;
	}
	int64_t shared = space->resident_file + space->resident_shared;
	uint64_t code = (ALIGN_UP(space->code_end, PAGE_SIZE) - ALIGN_DOWN(space->code_start, PAGE_SIZE)) / PAGE_SIZE;
	proc_print(text, "%lu %lu %ld %lu 0 %lu 0\n", space->total_pages, resident_pages(space),
		   MAX(shared, (int64_t)0), code, space->data_pages + space->stack_pages);
	vm_space_put(space);
	return 0;
}
