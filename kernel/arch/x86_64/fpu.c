/*
 * Floating-point and vector state. A program has one from its start on; a kernel thread never has.
 *
 * The state of a thread is loaded when the processor goes over to it, never at its first use: on hardware, the
 * registers of another would leak through speculation (CVE-2018-3665), and under QEMU's emulator XSAVE and XRSTOR do
 * not look at the task-switched flag, so a program would save and overwrite the registers of others. The flag stands
 * only for a thread that no memory was left for a state for.
 *
 * Under the emulator the state stays in the registers while kernel threads run, and is moved by plain instructions,
 * which it translates, where it would call a function for each word that XSAVE and XRSTOR move.
 */
#include "arch/x86_64/fpu.h"
#include "arch/x86_64/context.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/io.h"
#include "lib/errno.h"
#include "lib/log.h"
#include "lib/string.h"
#include "arch/x86_64/memory_hooks.h"

#define CR0_TS         0x8ull
#define XCR0_X87       1ull
#define XCR0_SSE       2ull
#define XCR0_AVX       4ull
#define XCR0_AVX512    0xe0ull
#define LEGACY_BYTES   512
#define X87_BYTES      24 /* of the legacy area: control words, then the registers */
#define REGISTERS_AT   32
#define SSE_AT         160
#define SSE_BYTES      256
#define SOFTWARE_AT    464 /* bytes that the processor leaves alone */
#define HEADER_BYTES   64
#define AVX_BYTES      256
#define MXCSR_DEFAULT  0x1f80u
#define FCW_DEFAULT    0x037fu
#define AREA_ALIGN     64
#define AREA_MAX_BYTES 4096

static uint32_t mxcsr_mask;

static void xcr0_write(uint64_t value)
{
	__asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

/*
 * Under the emulator the flag is only for user mode: entry.S sets it on the way out and clears it on the way in. The
 * emulator keeps code translated for each value of the flag apart, so a kernel that ran with both would look its own
 * code up the slow way after each switch.
 */
static bool trap_is_for_user_only(void)
{
	return cpu_features.is_hypervisor_tcg;
}

static void task_switched_set(void)
{
	if (trap_is_for_user_only())
		this_cpu()->fpu_trap_wanted = true;
	else
		cr0_write(cr0_read() | CR0_TS);
}

static void task_switched_clear(void)
{
	this_cpu()->fpu_trap_wanted = false;
	__asm__ volatile("clts" : : : "memory");
}

/* The emulator, and no more state than plain instructions can move. */
static bool uses_moves;

#define EACH_VECTOR(MOVE) \
	MOVE(0)           \
	MOVE(1)           \
	MOVE(2)           \
	MOVE(3)           \
	MOVE(4)           \
	MOVE(5)           \
	MOVE(6)           \
	MOVE(7) MOVE(8) MOVE(9) MOVE(10) MOVE(11) MOVE(12) MOVE(13) MOVE(14) MOVE(15)
#define LOW_SAVE(n)  "vmovups %%xmm" #n ", 160+16*" #n "(%0)\n"
#define HIGH_SAVE(n) "vextractf128 $1, %%ymm" #n ", 576+16*" #n "(%0)\n"
#define LOW_LOAD(n)  "vmovups 160+16*" #n "(%0), %%xmm" #n "\n" /* and zero above */
#define HIGH_LOAD(n) "vinsertf128 $1, 576+16*" #n "(%0), %%ymm" #n ", %%ymm" #n "\n"

static uint64_t *area_header(void *area)
{
	return (uint64_t *)((char *)area + LEGACY_BYTES);
}

static void registers_xsave(void *area, uint32_t components)
{
	__asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(components), "d"(components) : "memory");
}

/* Few programs use the x87. FNSTENV masks all exceptions, as they are in the initial state. */
static bool x87_is_initial(void)
{
	uint16_t control, status;
	uint32_t environment[7];

	__asm__ volatile("fnstcw %0\n\tfnstsw %1" : "=m"(control), "=a"(status));
	if (control != FCW_DEFAULT || status)
		return false;
	__asm__ volatile("fnstenv %0" : "=m"(environment));
	return (uint16_t)environment[2] == 0xffff; /* all eight are empty */
}

static void x87_set_initial(uint8_t *area)
{
	uint16_t control = FCW_DEFAULT;

	memset(area, 0, X87_BYTES);
	memcpy(area, &control, sizeof(control));
	memset(area + REGISTERS_AT, 0, SSE_AT - REGISTERS_AT);
}

/*
 * By plain instructions. When the upper halves of the vector registers are zero, which they mostly are, the header says
 * so: then frames need not carry them, nor are they loaded.
 */
static void registers_move_out(uint8_t *area)
{
	const uint64_t *upper = (const uint64_t *)(area + LEGACY_BYTES + HEADER_BYTES);
	uint64_t any = 0;

	if (x87_is_initial()) {
		x87_set_initial(area);
		*area_header(area) = XCR0_SSE;
	} else {
		registers_xsave(area, XCR0_X87);
		*area_header(area) |= XCR0_SSE;
	}
	memcpy(area + 28, &mxcsr_mask, sizeof(mxcsr_mask));
	__asm__ volatile("stmxcsr 24(%0)\n" EACH_VECTOR(LOW_SAVE) EACH_VECTOR(HIGH_SAVE) : : "r"(area) : "memory");
	for (unsigned i = 0; i < AVX_BYTES / sizeof(*upper); i += 4)
		any |= upper[i] | upper[i + 1] | upper[i + 2] | upper[i + 3];
	if (any)
		*area_header(area) |= XCR0_AVX;
	else
		*area_header(area) &= ~XCR0_AVX;
}

static void registers_save(void *area)
{
	if (uses_moves)
		registers_move_out(area);
	else if (cpu_features.has_xsave)
		registers_xsave(area, 0xffffffff);
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

static void registers_load(void *area)
{
	bool moves = uses_moves && (*area_header(area) & XCR0_SSE);
	uint32_t components = moves ? XCR0_X87 : 0xffffffff;

	if (cpu_features.has_xsave)
		__asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(components), "d"(components) : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
	if (!moves)
		return;
	__asm__ volatile("ldmxcsr 24(%0)\n" EACH_VECTOR(LOW_LOAD) : : "r"(area) : "memory");
	if (*area_header(area) & XCR0_AVX)
		__asm__ volatile(EACH_VECTOR(HIGH_LOAD) : : "r"(area) : "memory");
}

void fpu_init_this_cpu(void)
{
	uint8_t area[LEGACY_BYTES] __attribute__((aligned(16)));

	cpu_features.xsave_bytes = LEGACY_BYTES;
	if (cpu_features.has_xsave) {
		struct cpuid_result leaf = cpuid(0xd, 0);
		uint64_t mask = XCR0_X87 | XCR0_SSE | (leaf.eax & XCR0_AVX);
		if ((leaf.eax & XCR0_AVX512) == XCR0_AVX512 && (mask & XCR0_AVX))
			mask |= XCR0_AVX512;
		xcr0_write(mask);
		cpu_features.xsave_mask = mask;
		cpu_features.xsave_bytes = cpuid(0xd, 0).ebx;
		KERNEL_CHECK(cpu_features.xsave_bytes <= AREA_MAX_BYTES);
	}
	uses_moves = cpu_features.is_hypervisor_tcg && cpu_features.has_xsave &&
		     cpu_features.xsave_mask == (XCR0_X87 | XCR0_SSE | XCR0_AVX);
	task_switched_clear();
	__asm__ volatile("fninit; fxsave64 (%0)" : : "r"(area) : "memory");
	memcpy(&mxcsr_mask, area + 28, sizeof(mxcsr_mask));
	if (mxcsr_mask == 0)
		mxcsr_mask = 0xffbf;
	task_switched_set();
}

/* With XSAVE the header alone says "initial": XRSTOR does not look at components whose bit is clear, but for MXCSR. */
static void area_set_initial(void *area)
{
	uint16_t control = FCW_DEFAULT;
	uint32_t mxcsr = MXCSR_DEFAULT;

	if (cpu_features.has_xsave)
		memset((char *)area + LEGACY_BYTES, 0, HEADER_BYTES);
	else
		memset(area, 0, LEGACY_BYTES);
	memcpy(area, &control, sizeof(control));
	memcpy((char *)area + 24, &mxcsr, sizeof(mxcsr));
}

/* The registers of this processor hold the state of `context`. */
static bool registers_belong_to(const struct context *context)
{
	const struct cpu *cpu = this_cpu();

	return context->fpu && cpu->fpu_owner == context && context->fpu_cpu == cpu->id + 1;
}

static void registers_take(struct context *context)
{
	struct cpu *cpu = this_cpu();

	registers_load(context->fpu);
	cpu->fpu_owner = context;
	cpu->fpu_is_dirty = true;
	context->fpu_cpu = cpu->id + 1;
}

static void owner_save(struct cpu *cpu)
{
	registers_save(cpu->fpu_owner->fpu);
	cpu->fpu_is_dirty = false;
}

/*
 * With several processors a thread may go on elsewhere, so its state is saved when it leaves; the registers stay its
 * own until another program runs here or it runs elsewhere.
 */
static void switch_emulated(struct cpu *cpu, const struct context *from, struct context *to)
{
	if (cpu_count > 1 && cpu->fpu_is_dirty && cpu->fpu_owner == from)
		owner_save(cpu);
	cpu->fpu_trap_wanted = !to->fpu;
	if (!to->fpu)
		return;
	if (registers_belong_to(to)) {
		cpu->fpu_is_dirty = true;
		return;
	}
	/* Only on one processor may the owner be a thread that was not saved when it left. */
	if (cpu->fpu_is_dirty && cpu->fpu_owner)
		owner_save(cpu);
	registers_take(to);
}

void fpu_switch(struct context *from, struct context *to)
{
	struct cpu *cpu = this_cpu();

	if (cpu_features.is_hypervisor_tcg) {
		switch_emulated(cpu, from, to);
		return;
	}
	if (cpu->fpu_is_dirty && cpu->fpu_owner == from) {
		owner_save(cpu);
		cpu->fpu_owner = NULL;
	}
	if (to->fpu) {
		task_switched_clear();
		registers_take(to);
	} else {
		task_switched_set();
	}
}

bool fpu_first_use(void)
{
	struct cpu *cpu = this_cpu();
	struct context *context = current_context();

	task_switched_clear();
	if (registers_belong_to(context)) {
		cpu->fpu_is_dirty = true;
		return true;
	}
	if (!context->fpu) {
		context->fpu = arch_memory.alloc_fpu_area(cpu_features.xsave_bytes);
		if (!context->fpu) {
			task_switched_set();
			return false;
		}
		area_set_initial(context->fpu);
	}
	if (cpu->fpu_is_dirty && cpu->fpu_owner)
		owner_save(cpu);
	registers_take(context);
	return true;
}

void *fpu_sync(struct context *context)
{
	struct cpu *cpu = this_cpu();

	if (registers_belong_to(context) && cpu->fpu_is_dirty) {
		if (context != current_context())
			task_switched_clear();
		owner_save(cpu);
		if (context != current_context())
			task_switched_set();
		cpu->fpu_is_dirty = true; /* it goes on using them without another trap */
	}
	return context->fpu;
}

void fpu_image_read(struct context *context, void *to)
{
	const uint8_t *area = fpu_sync(context);
	uint8_t *image = to;
	uint64_t present = 0;
	uint32_t mxcsr = MXCSR_DEFAULT;
	uint16_t control = FCW_DEFAULT;

	memset(image, 0, cpu_features.xsave_bytes);
	if (area && cpu_features.has_xsave)
		memcpy(&present, area + LEGACY_BYTES, sizeof(present));
	else if (area)
		present = XCR0_X87 | XCR0_SSE;
	if (area)
		memcpy(&mxcsr, area + 24, sizeof(mxcsr));
	if (present & XCR0_X87) {
		memcpy(image, area, X87_BYTES);
		memcpy(image + REGISTERS_AT, area + REGISTERS_AT, SSE_AT - REGISTERS_AT);
	} else {
		memcpy(image, &control, sizeof(control));
	}
	memcpy(image + 24, &mxcsr, sizeof(mxcsr));
	memcpy(image + 28, &mxcsr_mask, sizeof(mxcsr_mask));
	if (present & XCR0_SSE)
		memcpy(image + SSE_AT, area + SSE_AT, SSE_BYTES);
	if (!cpu_features.has_xsave)
		return;
	memcpy(image + SOFTWARE_AT, &cpu_features.xsave_mask, sizeof(cpu_features.xsave_mask));
	memcpy(image + LEGACY_BYTES, &present, sizeof(present));
	for (unsigned component = 2; component < 64; component++) {
		if (!(present >> component & 1))
			continue;
		struct cpuid_result leaf = cpuid(0xd, component);
		memcpy(image + leaf.ebx, area + leaf.ebx, leaf.eax);
	}
}

int fpu_copy(struct context *from, struct context *to)
{
	void *area = fpu_sync(from);

	to->fpu = NULL;
	if (!area)
		return 0;
	to->fpu = arch_memory.alloc_fpu_area(cpu_features.xsave_bytes);
	if (!to->fpu)
		return -ENOMEM;
	memcpy(to->fpu, area, cpu_features.xsave_bytes);
	return 0;
}

/* The registers belong to nobody any more. */
static void registers_forget(struct context *context)
{
	struct cpu *cpu = this_cpu();

	if (cpu->fpu_owner == context) {
		cpu->fpu_owner = NULL;
		cpu->fpu_is_dirty = false;
		task_switched_set();
	}
	context->fpu_cpu = 0;
}

void *fpu_detach(struct context *context)
{
	void *area = context->fpu;

	if (!area)
		return arch_memory.alloc_fpu_area(cpu_features.xsave_bytes);
	registers_forget(context);
	context->fpu = NULL;
	return area;
}

void fpu_attach(struct context *context, void *area)
{
	context->fpu = area;
	if (context == current_context()) {
		task_switched_clear();
		registers_take(context);
	}
}

int fpu_set(struct context *context, const void *image)
{
	if (!image && !context->fpu)
		return 0;
	void *area = fpu_detach(context);
	if (!area)
		return -ENOMEM;
	if (image)
		memcpy(area, image, cpu_features.xsave_bytes);
	else
		area_set_initial(area);
	fpu_attach(context, area);
	return 0;
}

void fpu_start(struct context *context)
{
	void *area = fpu_detach(context);

	if (!area)
		return;
	area_set_initial(area);
	fpu_attach(context, area);
}

bool fpu_image_is_valid(const void *image, size_t bytes)
{
	const uint8_t *area = image;
	uint32_t mxcsr;

	if (bytes < cpu_features.xsave_bytes)
		return false;
	memcpy(&mxcsr, area + 24, sizeof(mxcsr));
	if (mxcsr & ~mxcsr_mask)
		return false;
	if (!cpu_features.has_xsave)
		return true;
	/* XRSTOR faults on unknown components, on the compacted form, and on any other bit of the header. */
	uint64_t header[HEADER_BYTES / 8];
	memcpy(header, area + LEGACY_BYTES, sizeof(header));
	if (header[0] & ~cpu_features.xsave_mask)
		return false;
	for (unsigned i = 1; i < HEADER_BYTES / 8; i++) {
		if (header[i])
			return false;
	}
	return true;
}

void fpu_free(struct context *context)
{
	registers_forget(context);
	if (context->fpu)
		arch_memory.free_fpu_area(context->fpu);
	context->fpu = NULL;
}
