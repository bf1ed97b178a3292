/* Loading and reading the debug registers. */
#include "arch/x86_64/debug.h"

#include "arch/x86_64/context.h"
#include "arch/x86_64/uaccess.h"
#include "lib/errno.h"

#define CONTROL_ONE 0x400ull /* DR7's bit that is always set */

/* Kinds and lengths of DR7's four bits a slot. */
#define KIND_IO      2
#define LENGTH_EIGHT 2

bool debug_is_used;
static uint64_t last_serial; /* tree_lock */

static void control_write(uint64_t control)
{
	__asm__ volatile("movq %0, %%dr7" : : "r"(control | CONTROL_ONE));
}

static void status_write(uint64_t status)
{
	__asm__ volatile("movq %0, %%dr6" : : "r"(status));
}

uint64_t debug_status_take(void)
{
	uint64_t status;

	__asm__ volatile("movq %%dr6, %0" : "=r"(status));
	status_write(DEBUG_STATUS_ONES);
	return status & (DEBUG_HITS | DEBUG_STEP);
}

int debug_check(const uint64_t address[DEBUG_SLOTS], uint64_t control)
{
	for (unsigned slot = 0; slot < DEBUG_SLOTS; slot++) {
		unsigned bits = (unsigned)(control >> (16 + slot * 4)) & 15, kind = bits & 3, length = bits >> 2;
		uint64_t bytes = length == LENGTH_EIGHT ? 8 : length + 1ull;

		if (!debug_slot_is_enabled(control, slot))
			continue;
		if (kind == KIND_IO || (kind == 0 && length != 0))
			return -EINVAL;
		if (address[slot] & (bytes - 1) || address[slot] >= USER_SPACE_END)
			return -EINVAL;
	}
	return 0;
}

void debug_changed(struct debug_registers *registers)
{
	debug_is_used = true;
	registers->serial = ++last_serial;
}

struct debug_registers *debug_detach(struct context *context)
{
	struct debug_registers *registers = context->debug;

	context->debug = NULL;
	if (registers && context == current_context())
		debug_switch(context);
	return registers;
}

void debug_switch(const struct context *to)
{
	const struct debug_registers *wanted = to->debug;
	bool is_wanted = wanted && (wanted->control & DEBUG_ENABLED);
	struct cpu *cpu = this_cpu();

	if (cpu->debug_serial == (is_wanted ? wanted->serial : 0))
		return;
	control_write(0);
	cpu->debug_serial = 0;
	if (!is_wanted)
		return;
	__asm__ volatile("movq %0, %%dr0" : : "r"(wanted->address[0]));
	__asm__ volatile("movq %0, %%dr1" : : "r"(wanted->address[1]));
	__asm__ volatile("movq %0, %%dr2" : : "r"(wanted->address[2]));
	__asm__ volatile("movq %0, %%dr3" : : "r"(wanted->address[3]));
	status_write(DEBUG_STATUS_ONES);
	control_write(wanted->control);
	cpu->debug_serial = wanted->serial;
}
