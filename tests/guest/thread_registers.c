/*
 * Vector registers belong to their thread across switches, also where it names all of them at once: XSAVE and XRSTOR
 * are the first instructions after the switch.
 */
#include <cpuid.h>
#include <stdint.h>

#include "guest.h"

#define ROUNDS    300
#define SSE_STATE "$2"

struct registers {
	uint8_t bytes[16][16];
};

/* What XSAVE writes: the registers stand at byte 160, which components are there at byte 512. */
struct area {
	uint8_t x87[24];
	uint32_t mxcsr;
	uint8_t x87_registers[132];
	struct registers registers;
	uint8_t rest[512 - 160 - sizeof(struct registers)];
	uint64_t components;
	uint8_t more[4096 - 520];
} __attribute__((aligned(64)));

#define EACH_REGISTER(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define LOAD(n)          "movups " #n "*16(%%r12), %%xmm" #n "\n"
#define STORE(n)         "movups %%xmm" #n ", " #n "*16(%%r12)\n"

/*
 * The registers become *values, a byte is read from fd, for which the thread waits while others run, and then
 * `instruction` has `place` as its operand. Afterwards *values is what they are.
 */
#define READ_BETWEEN(instruction, fd, values, place)                                                            \
	do {                                                                                                    \
		char byte_;                                                                                     \
		long number_ = 0;                                                                               \
		register struct registers *r12_ __asm__("r12") = (values);                                      \
		register struct area *r13_ __asm__("r13") = (place);                                            \
		__asm__ volatile(EACH_REGISTER(LOAD) "syscall\n"                                                \
						     "mov %%rax, %%r14\n"                                       \
						     "mov " SSE_STATE ", %%eax\n"                               \
						     "xor %%edx, %%edx\n" instruction                           \
						     "\n" EACH_REGISTER(STORE) "mov %%r14, %%rax\n"             \
				 : "+a"(number_)                                                                \
				 : "D"((long)(fd)), "S"(&byte_), "d"(1l), "r"(r12_), "r"(r13_)                  \
				 : "rcx", "r11", "r14", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", \
				   "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13",  \
				   "xmm14", "xmm15");                                                           \
		must(number_ == 1);                                                                             \
	} while (0)

static int has_xsave(void)
{
	unsigned a, b, c = 0, d;

	return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_OSXSAVE);
}

static void fill(struct registers *registers, int seed)
{
	for (int i = 0; i < 16; i++)
		memset(registers->bytes[i], seed + i, 16);
}

/* The other process: what it restores must be what it has. Its exit status: how often that was not so, up to 50. */
static void restore_often(int from, int to)
{
	static struct area area;
	struct registers mine, wanted;
	int wrong = 0;

	for (int i = 0; i < ROUNDS; i++) {
		fill(&mine, i);
		fill(&wanted, i + 100);
		area.registers = wanted;
		area.components = 2;
		area.mxcsr = 0x1f80;
		READ_BETWEEN("xrstor64 (%%r13)", from, &mine, &area);
		wrong += memcmp(&mine, &wanted, sizeof(mine)) != 0;
		must(write(to, "", 1) == 1);
	}
	_exit(wrong < 50 ? wrong : 50);
}

static void save_and_restore(void)
{
	static struct area area;
	int there[2], back[2], wrong_saved = 0, wrong_kept = 0;
	struct registers mine, wanted;
	pid_t pid;

	if (!has_xsave()) {
		skip("XSAVE and XRSTOR", "the processor has neither");
		return;
	}
	must(pipe(there) == 0 && pipe(back) == 0);
	if (in_child(&pid))
		restore_often(there[0], back[1]);
	for (int i = 0; i < ROUNDS; i++) {
		fill(&wanted, i + 50);
		mine = wanted;
		must(write(there[1], "", 1) == 1);
		READ_BETWEEN("xsave64 (%%r13)", back[0], &mine, &area);
		wrong_saved += memcmp(&area.registers, &wanted, sizeof(wanted)) != 0;
		wrong_kept += memcmp(&mine, &wanted, sizeof(wanted)) != 0;
	}
	is_int(wrong_saved, 0, "XSAVE saves the thread's own registers");
	is_int(wrong_kept, 0, "XRSTOR changes no other thread's registers");
	is_exited(pid, 0, "XRSTOR restores the thread's own registers");
}

/*
 * MMX leaves the x87's status as if nothing were in use: the eight registers become `values`, a byte is read from fd,
 * and `values` is what they are then.
 */
static void mmx_across(int fd, uint64_t values[8])
{
	char byte;
	long number = SYS_read;
	register uint64_t *r12 __asm__("r12") = values;

	__asm__ volatile("movq (%%r12), %%mm0; movq 8(%%r12), %%mm1; movq 16(%%r12), %%mm2; movq 24(%%r12), %%mm3\n"
			 "movq 32(%%r12), %%mm4; movq 40(%%r12), %%mm5; movq 48(%%r12), %%mm6; movq 56(%%r12), %%mm7\n"
			 "syscall\n"
			 "movq %%mm0, (%%r12); movq %%mm1, 8(%%r12); movq %%mm2, 16(%%r12); movq %%mm3, 24(%%r12)\n"
			 "movq %%mm4, 32(%%r12); movq %%mm5, 40(%%r12); movq %%mm6, 48(%%r12); movq %%mm7, 56(%%r12)\n"
			 "emms"
			 : "+a"(number)
			 : "D"((long)fd), "S"(&byte), "d"(1l), "r"(r12)
			 : "rcx", "r11", "memory", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)");
	must(number == 1);
}

/* A number on the x87's stack and a control word of one's own, across a read. */
static void x87_across(int fd, double *value, uint16_t *control)
{
	char byte;
	long number = SYS_read;
	const uint16_t usual = 0x37f;

	__asm__ volatile("fldcw %3\n\tfldl %2\n\tsyscall\n\tfstpl %2\n\tfnstcw %3\n\tfldcw %4"
			 : "+a"(number), "+m"(byte), "+m"(*value), "+m"(*control)
			 : "m"(usual), "D"((long)fd), "S"(&byte), "d"(1l)
			 : "rcx", "r11", "memory", "st");
	must(number == 1);
}

/* How many of a process's rounds with its own MMX and x87 registers went wrong. */
static int own_x87(int from, int to, int seed)
{
	int wrong = 0;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t mine[8], wanted[8];
		double value = seed + i * 0.25;
		uint16_t control = (uint16_t)(i & 1 ? 0x27f : 0xf7f);
		for (int k = 0; k < 8; k++)
			mine[k] = wanted[k] = (uint64_t)(seed + i) << 32 | (unsigned)k;
		must(write(to, "", 1) == 1);
		mmx_across(from, mine);
		wrong += memcmp(mine, wanted, sizeof(mine)) != 0;
		must(write(to, "", 1) == 1);
		x87_across(from, &value, &control);
		wrong += value != seed + i * 0.25 || control != (i & 1 ? 0x27f : 0xf7f);
	}
	return wrong;
}

static void x87_and_mmx(void)
{
	int there[2], back[2];
	pid_t pid;

	must(pipe(there) == 0 && pipe(back) == 0);
	if (in_child(&pid))
		_exit(own_x87(there[0], back[1], 5000) != 0);
	is_int(own_x87(back[0], there[1], 7), 0, "x87 and MMX registers are the process's own");
	is_exited(pid, 0, "the other's too");
}

/* Who never used the x87 sees its registers empty of others' numbers, whoever ran before. */
static void nothing_of_others(void)
{
	static uint8_t area[512] __attribute__((aligned(16)));
	static const uint8_t zero[128];
	int there[2], back[2], seen = 0;
	pid_t pid;

	must(pipe(there) == 0 && pipe(back) == 0);
	if (in_child(&pid))
		_exit(own_x87(there[0], back[1], 100) != 0);
	for (int i = 0; i < 2 * ROUNDS; i++) {
		char byte;
		must(write(there[1], "", 1) == 1 && read(back[0], &byte, 1) == 1);
		__asm__ volatile("fxsave64 %0" : "=m"(area));
		seen += memcmp(area + 32, zero, sizeof(zero)) != 0;
	}
	is_int(seen, 0, "nothing of another process's is in the x87's registers");
	is_exited(pid, 0, "which keeps its own");
}

static const struct tap_case cases[] = {
	{"save_and_restore", save_and_restore, 0},
	{"x87_and_mmx", x87_and_mmx, 0},
	{"nothing_of_others", nothing_of_others, 0},
};

int main(int argc, char **argv)
{
	return tap_main(cases, count_of(cases), argc, argv);
}
