/*
 * The first process is the kernel's own, [init]: it makes the first process that sees user mode by the path by which
 * all are made, collects every orphan, and ends the machine when the command has ended.
 */
#include <linux/capability.h>
#include <linux/wait.h>

#include "arch/x86_64/cpu.h"
#include "fs/cred.h"
#include "lib/log.h"
#include "namu/start.h"
#include "proc/clone.h"
#include "proc/init.h"
#include "proc/limits.h"
#include "proc/namespace.h"
#include "proc/oom.h"
#include "proc/tree.h"
#include "proc/wait.h"

struct start_record start_record;
struct machine_hooks machine_hooks;

static _Noreturn void end_machine(uint32_t wait_status)
{
	if (machine_hooks.ended)
		machine_hooks.ended(wait_status);
	cpu_power_off(NAMU_EXIT_DONE);
}

static void init_main(void *arg)
{
	struct wait_request request = {.whom = WAIT_FOR_ANY, .options = WEXITED | __WALL};
	struct wait_result result;

	(void)arg;
	struct process *command = process_create_first("command", command_main, NULL);
	if (!command)
		panic("no memory for the first process");
	int32_t number = command->pid->number;
	for (;;) {
		int error = process_wait(&request, &result);
		if (error)
			panic("the first process cannot wait for its children (error %d)", error);
		if (result.pid == number)
			end_machine(result.status);
	}
}

static bool may_exceed_memlock(void)
{
	return current_has_cap(CAP_IPC_LOCK);
}

void process_init(void)
{
	process_tree_init();
	namespace_init();
	vm_limit = limit_of_current;
	vm_out_of_memory = oom_kill;
	vm_may_exceed_memlock = may_exceed_memlock;
	init_process = kernel_process_create("init", init_main, NULL);
	if (!init_process)
		panic("no memory for the first process");
}
