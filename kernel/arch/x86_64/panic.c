/*
 * The end by panic: cause, registers, back trace with names, then what upper floors add. The machine ends with a code
 * of its own, which the host turns into a clear message. Never silent, never a hang.
 */
#include "arch/x86_64/panic.h"
#include "arch/x86_64/apic.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/io.h"
#include "arch/x86_64/pagetable.h"
#include "arch/x86_64/serial.h"
#include "lib/log.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "namu/start.h"

void (*panic_describe)(void (*print)(const char *line));
void (*panic_notify_host)(const char *cause);

/* Made by tools/symbols.sh from the kernel's own symbols: addresses in order, each with the offset of its name. */
struct symbol {
	uint32_t address; /* less KERNEL_IMAGE */
	uint32_t name;
};
extern const struct symbol symbol_table[] __attribute__((weak));
extern const uint32_t symbol_count __attribute__((weak));
extern const char symbol_names[] __attribute__((weak));

extern char kernel_start[], kernel_text_end[];
static _Atomic uint32_t panicking; /* 1 + id of the processor that tells of the panic; 0: none */

const char *symbol_find(uint64_t address, uint64_t *offset)
{
	if (!&symbol_count || address < (uint64_t)kernel_start || address >= (uint64_t)kernel_text_end)
		return NULL;
	uint32_t wanted = (uint32_t)(address - KERNEL_IMAGE);
	uint32_t low = 0, high = symbol_count;
	while (low + 1 < high) {
		uint32_t middle = (low + high) / 2;
		if (symbol_table[middle].address <= wanted)
			low = middle;
		else
			high = middle;
	}
	*offset = wanted - symbol_table[low].address;
	return symbol_names + symbol_table[low].name;
}

static void print_line(const char *line)
{
	serial_write(line, strlen(line));
	serial_write("\n", 1);
}

static void print_address(uint64_t address)
{
	char line[160];
	uint64_t offset;
	const char *name = symbol_find(address, &offset);

	if (name)
		string_format(line, sizeof(line), "    %#lx %s+%#lx", address, name, offset);
	else
		string_format(line, sizeof(line), "    %#lx", address);
	print_line(line);
}

static bool is_kernel_pointer(uint64_t address)
{
	return address >= DIRECT_MAP && IS_ALIGNED(address, 8);
}

static void print_back_trace(uint64_t frame_pointer)
{
	print_line("back trace:");
	for (int depth = 0; depth < 32 && is_kernel_pointer(frame_pointer); depth++) {
		uint64_t *frame = (uint64_t *)frame_pointer;
		if (!frame[1])
			break;
		/* The call lies before the return address, which may be the next function's first. */
		print_address(frame[1] - 1);
		if (frame[0] <= frame_pointer)
			break;
		frame_pointer = frame[0];
	}
}

static void print_registers(const struct trapframe *frame)
{
	char line[200];

	string_format(line, sizeof(line), "rip %016lx rsp %016lx rflags %08lx cs %lx vector %lu error %lx", frame->rip,
		      frame->rsp, frame->rflags, frame->cs, frame->vector, frame->error);
	print_line(line);
	string_format(line, sizeof(line), "rax %016lx rbx %016lx rcx %016lx rdx %016lx", frame->rax, frame->rbx,
		      frame->rcx, frame->rdx);
	print_line(line);
	string_format(line, sizeof(line), "rsi %016lx rdi %016lx rbp %016lx r8  %016lx", frame->rsi, frame->rdi,
		      frame->rbp, frame->r8);
	print_line(line);
	string_format(line, sizeof(line), "r9  %016lx r10 %016lx r11 %016lx r12 %016lx", frame->r9, frame->r10,
		      frame->r11, frame->r12);
	print_line(line);
	string_format(line, sizeof(line), "r13 %016lx r14 %016lx r15 %016lx cr2 %016lx cr3 %016lx", frame->r13,
		      frame->r14, frame->r15, cr2_read(), cr3_read());
	print_line(line);
}

bool panic_is_elsewhere(void)
{
	uint32_t by = atomic_load(&panicking);

	return by && by != this_cpu()->id + 1;
}

static _Noreturn void panic_end(const struct trapframe *frame, const char *cause)
{
	__asm__ volatile("cli");
	uint32_t nobody = 0;
	if (!atomic_compare_exchange_strong(&panicking, &nobody, this_cpu()->id + 1)) {
		if (panic_is_elsewhere())
			cpu_halt();
		print_line("a second panic while the first was told");
		print_line(cause);
		cpu_power_off(NAMU_EXIT_PANIC);
	}
	for (uint32_t id = 0; id < cpu_count; id++) {
		if (id != this_cpu()->id)
			apic_send_nmi(cpus[id].apic_id);
	}
	serial_write("panic: ", 7);
	print_line(cause);
	if (frame) {
		print_registers(frame);
		print_line("at:");
		print_address(frame->rip);
		if (!frame_is_user(frame))
			print_back_trace(frame->rbp);
	} else {
		print_back_trace((uint64_t)__builtin_frame_address(0));
	}
	if (panic_describe)
		panic_describe(print_line);
	if (panic_notify_host)
		panic_notify_host(cause);
	cpu_power_off(NAMU_EXIT_PANIC);
}

_Noreturn void panic(const char *format, ...)
{
	char cause[256];
	va_list args;

	va_start(args, format);
	string_format_v(cause, sizeof(cause), format, args);
	va_end(args);
	panic_end(NULL, cause);
}

_Noreturn void panic_frame(const struct trapframe *frame, const char *format, ...)
{
	char cause[256];
	va_list args;

	va_start(args, format);
	string_format_v(cause, sizeof(cause), format, args);
	va_end(args);
	panic_end(frame, cause);
}
