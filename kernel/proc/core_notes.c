/*
 * The notes of a core dump: each thread's registers, the process, the signal, the auxiliary vector, the mapped files.
 */
#include <asm-generic/siginfo.h>
#include <linux/elf.h>
#include <linux/time_types.h>

#include "fs/cred.h"
#include "fs/path_text.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "proc/core_private.h"
#include "proc/rusage.h"
#include "proc/signal_private.h"
#include "sched/sched.h"

#ifndef NT_SIGINFO
#define NT_SIGINFO 0x53494749
#endif
#ifndef NT_FILE
#define NT_FILE 0x46494c45
#endif

#define NAME_BYTES   8 /* "CORE" or "LINUX", filled up */
#define LEGACY_BYTES 512
#define ARGS_BYTES   80
#define ROOM_STEP    4096
#define US_PER_NS    1000

struct seconds {
	int64_t seconds, us;
};

/* NT_PRSTATUS and NT_PRPSINFO as Linux's programs read them (elf_prstatus, elf_prpsinfo). */
struct thread_note {
	int32_t signal, code, error;
	int16_t current_signal;
	uint64_t pending, blocked;
	int32_t pid, parent, group, session;
	struct seconds user, kernel, children_user, children_kernel;
	uint64_t registers[CORE_REGISTER_WORDS];
	int32_t has_floats;
};
_Static_assert(sizeof(struct thread_note) == 336, "elf_prstatus");
struct process_note {
	char state, letter, is_zombie, nice;
	uint64_t flags;
	uint32_t uid, gid;
	int32_t pid, parent, group, session;
	char name[16], arguments[ARGS_BYTES];
};
_Static_assert(sizeof(struct process_note) == 136, "elf_prpsinfo");

void core_append(struct core_bytes *bytes, const void *from, size_t count)
{
	if (bytes->count + count > bytes->room && !bytes->is_short) {
		size_t room = ALIGN_UP(bytes->count + count, (size_t)ROOM_STEP) + bytes->room;
		uint8_t *data = kmalloc(room);

		if (data && bytes->count)
			memcpy(data, bytes->data, bytes->count);
		if (data) {
			kfree(bytes->data);
			bytes->data = data;
			bytes->room = room;
		}
		bytes->is_short = !data;
	}
	if (bytes->is_short)
		return;
	memcpy(bytes->data + bytes->count, from, count);
	bytes->count += count;
}

static void add_note(struct core_bytes *bytes, const char *name, uint32_t type, const void *body, size_t count)
{
	static const char zeros[NAME_BYTES];
	struct elf64_note head = {.n_namesz = (uint32_t)strlen(name) + 1, .n_descsz = (uint32_t)count, .n_type = type};
	char padded[NAME_BYTES] = "";

	memcpy(padded, name, strlen(name));
	core_append(bytes, &head, sizeof(head));
	core_append(bytes, padded, sizeof(padded));
	core_append(bytes, body, count);
	core_append(bytes, zeros, ALIGN_UP(count, (size_t)4) - count);
}

static struct seconds seconds_of(uint64_t ns)
{
	return (struct seconds){.seconds = (int64_t)(ns / NS_PER_SEC), .us = (int64_t)(ns % NS_PER_SEC / US_PER_NS)};
}

static void ids_of(const struct process *process, int32_t *parent, int32_t *group, int32_t *session)
{
	spin_lock(&tree_lock);
	*parent = process->parent ? process->parent->pid->number : 0;
	*group = process->group->number;
	*session = process->session->number;
	spin_unlock(&tree_lock);
}

static void add_thread(struct core_bytes *bytes, const struct thread_proc *thread, int signal)
{
	struct process *process = thread->thread->process;
	struct usage own = {0};
	struct thread_note note;

	memset(&note, 0, sizeof(note));
	note.signal = signal;
	note.current_signal = (int16_t)signal;
	note.pending = thread->pending.set;
	note.blocked = thread->blocked;
	note.pid = thread->thread->tid;
	ids_of(process, &note.parent, &note.group, &note.session);
	spin_lock(&tree_lock);
	if (thread->thread == process->leader)
		process_usage_locked(process, &own);
	else
		usage_add_thread(&own, thread->thread);
	note.children_user = seconds_of(process->children_usage.user_ns);
	note.children_kernel = seconds_of(process->children_usage.kernel_ns);
	spin_unlock(&tree_lock);
	note.user = seconds_of(own.user_ns);
	note.kernel = seconds_of(own.kernel_ns);
	thread_registers(thread->thread, note.registers);
	note.has_floats = 1;
	add_note(bytes, "CORE", NT_PRSTATUS, &note, sizeof(note));
}

static void add_floats(struct core_bytes *bytes, struct thread *thread, uint8_t *image)
{
	fpu_image_read(&thread->context, image);
	add_note(bytes, "CORE", NT_PRFPREG, image, LEGACY_BYTES);
	if (cpu_features.has_xsave)
		add_note(bytes, "LINUX", NT_X86_XSTATE, image, cpu_features.xsave_bytes);
}

/* The arguments with spaces between them, as far as they fit. */
static void read_arguments(char to[ARGS_BYTES])
{
	struct vm_space *space = current_thread()->space;
	size_t bytes = MIN(space->arg_end - space->arg_start, (uint64_t)ARGS_BYTES - 1);
	ssize_t done = vm_access(space, space->arg_start, to, bytes, false, true);

	for (ssize_t i = 0; i < done; i++) {
		if (!to[i])
			to[i] = ' ';
	}
}

static void add_process(struct core_bytes *bytes)
{
	const struct process *process = current_process();
	const struct cred *cred = current_cred();
	struct process_note note;

	memset(&note, 0, sizeof(note));
	note.letter = 'R';
	note.nice = (char)current_thread()->nice;
	note.uid = cred->uid;
	note.gid = cred->gid;
	note.pid = process->pid->number;
	ids_of(process, &note.parent, &note.group, &note.session);
	string_copy(note.name, current_thread()->name, sizeof(note.name));
	read_arguments(note.arguments);
	add_note(bytes, "CORE", NT_PRPSINFO, &note, sizeof(note));
}

/* The dumper first, then the others: they stand in core_park. */
void core_notes(struct core_bytes *bytes, const struct signal_info *info, const struct core_bytes *files)
{
	const struct vm_space *space = current_thread()->space;
	struct process *process = current_process();
	uint8_t *image = kmalloc(cpu_features.xsave_bytes);
	struct thread_proc *each;
	siginfo_t siginfo;

	if (!image) {
		bytes->is_short = true;
		return;
	}
	add_thread(bytes, current_proc(), info->signal);
	add_process(bytes);
	siginfo_fill(&siginfo, info);
	add_note(bytes, "CORE", NT_SIGINFO, &siginfo, sizeof(siginfo));
	add_note(bytes, "CORE", NT_AUXV, space->auxv, space->auxv_bytes);
	add_note(bytes, "CORE", NT_FILE, files->data, files->count);
	add_floats(bytes, current_thread(), image);
	/* the list does not change: all of them wait for us, and new ones are not made while the process ends */
	list_for_each (each, &process->threads, process_link) {
		if (!each->waits_for_dump)
			continue;
		thread_wait_off_cpu(each->thread);
		add_thread(bytes, each, info->signal);
		add_floats(bytes, each->thread, image);
	}
	kfree(image);
}
