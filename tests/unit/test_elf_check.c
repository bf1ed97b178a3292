/* The checks of ELF images: a good one, each damaged field, and random mutations: whatever is accepted must fit the
 * address space. */
/* sources: kernel/proc/elf_check.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/errno.h"
#include "proc/elf.h"

#define SPACE_END 0x00007ffffffff000ull
#define HEADERS   6

struct program {
	Elf64_Ehdr header;
	Elf64_Phdr table[HEADERS];
};

static void good_program(struct program *program)
{
	memset(program, 0, sizeof(*program));
	memcpy(program->header.e_ident, ELFMAG, SELFMAG);
	program->header.e_type = ET_EXEC;
	program->header.e_machine = EM_X86_64;
	program->header.e_entry = 0x401020;
	program->header.e_phoff = sizeof(Elf64_Ehdr);
	program->header.e_phentsize = sizeof(Elf64_Phdr);
	program->header.e_phnum = HEADERS;
	program->table[0] = (Elf64_Phdr){.p_type = PT_PHDR, .p_offset = 64, .p_vaddr = 0x400040, .p_filesz = 336};
	program->table[1] = (Elf64_Phdr){.p_type = PT_INTERP, .p_offset = 0x200, .p_filesz = 28, .p_memsz = 28};
	program->table[2] = (Elf64_Phdr){.p_type = PT_LOAD,
					 .p_flags = PF_R,
					 .p_vaddr = 0x400000,
					 .p_filesz = 0x500,
					 .p_memsz = 0x500,
					 .p_align = 4096};
	program->table[3] = (Elf64_Phdr){.p_type = PT_LOAD,
					 .p_flags = PF_R | PF_X,
					 .p_offset = 0x1000,
					 .p_vaddr = 0x401000,
					 .p_filesz = 0x2000,
					 .p_memsz = 0x2000,
					 .p_align = 4096};
	program->table[4] = (Elf64_Phdr){.p_type = PT_LOAD,
					 .p_flags = PF_R | PF_W,
					 .p_offset = 0x3e10,
					 .p_vaddr = 0x404e10,
					 .p_filesz = 0x200,
					 .p_memsz = 0x5000,
					 .p_align = 4096};
	program->table[5] = (Elf64_Phdr){.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W};
}

static int check(const struct program *program, struct elf_layout *layout)
{
	Elf64_Ehdr header;
	size_t bytes;
	int error = elf_check_header(program, sizeof(*program), &header, &bytes);

	return error ? error : elf_check_table(&header, program->table, layout);
}

static void accepts_a_good_one(void **state)
{
	struct program program;
	struct elf_layout layout;

	(void)state;
	good_program(&program);
	assert_int_equal(check(&program, &layout), 0);
	assert_int_equal(layout.low, 0x400000);
	assert_int_equal(layout.high, 0x40a000);
	assert_int_equal(layout.end, 0x409e10);
	assert_int_equal(layout.table_address, 0x400040);
	assert_int_equal(layout.interpreter_offset, 0x200);
	assert_int_equal(layout.interpreter_bytes, 28);
	assert_true(layout.has_stack_header && !layout.is_stack_executable && !layout.is_relocatable);
	program.header.e_type = ET_DYN;
	program.table[5].p_flags |= PF_X;
	assert_int_equal(check(&program, &layout), 0);
	assert_true(layout.is_relocatable && layout.is_stack_executable);
}

static void refuses_headers(void **state)
{
	struct program program, good;
	struct elf_layout layout;
	Elf64_Ehdr header;
	size_t bytes;

	(void)state;
	good_program(&good);
	for (size_t cut = 0; cut < sizeof(Elf64_Ehdr); cut++)
		assert_int_equal(elf_check_header(&good, cut, &header, &bytes), -ENOEXEC);
	program = good;
	program.header.e_ident[1] = 'X';
	assert_int_equal(check(&program, &layout), -ENOEXEC);
	program = good;
	program.header.e_type = ET_REL;
	assert_int_equal(check(&program, &layout), -ENOEXEC);
	program = good;
	program.header.e_machine = EM_386;
	assert_int_equal(check(&program, &layout), -ENOEXEC);
	program = good;
	program.header.e_phentsize = 32;
	assert_int_equal(check(&program, &layout), -ENOEXEC);
	program = good;
	program.header.e_phnum = 0;
	assert_int_equal(check(&program, &layout), -ENOEXEC);
	program.header.e_phnum = 65535;
	assert_int_equal(check(&program, &layout), -ENOEXEC);
}

static void refuses_segments(void **state)
{
	struct program program, good;
	struct elf_layout layout;

	(void)state;
	good_program(&good);
	program = good;
	program.table[4].p_filesz = program.table[4].p_memsz + 1;
	assert_int_equal(check(&program, &layout), -EINVAL);
	program = good;
	program.table[4].p_memsz = SPACE_END;
	assert_int_equal(check(&program, &layout), -EINVAL);
	program = good;
	program.table[4].p_vaddr = UINT64_MAX & ~0xfffull;
	program.table[4].p_offset = 0x3000;
	assert_int_equal(check(&program, &layout), -EINVAL);
	program = good;
	program.table[4].p_vaddr += 1;
	assert_int_equal(check(&program, &layout), -EINVAL);
	program = good;
	program.table[2].p_vaddr = 0;
	assert_int_equal(check(&program, &layout), -EINVAL);
	program = good;
	program.table[4].p_offset = UINT64_MAX - 0x1ef;
	assert_int_equal(check(&program, &layout), -EINVAL);
	program = good;
	for (int i = 2; i <= 4; i++)
		program.table[i].p_type = PT_NULL;
	assert_int_equal(check(&program, &layout), -EINVAL);
	program = good;
	program.table[1].p_filesz = 1;
	assert_int_equal(check(&program, &layout), -ENOEXEC);
	program.table[1].p_filesz = 4097;
	assert_int_equal(check(&program, &layout), -ENOEXEC);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static void holds_under_mutation(void **state)
{
	uint32_t seed = 0x9e3779b9;
	int accepted = 0;

	(void)state;
	for (int round = 0; round < 300000; round++) {
		struct program program;
		struct elf_layout layout;
		uint8_t *bytes = (uint8_t *)&program;

		good_program(&program);
		if (round % 2)
			program.header.e_type = ET_DYN;
		for (uint32_t n = 1 + next_random(&seed) % 4; n > 0; n--)
			bytes[next_random(&seed) % sizeof(program)] = (uint8_t)next_random(&seed);
		if (program.header.e_phnum > HEADERS || check(&program, &layout))
			continue;
		accepted++;
		assert_true(layout.low < layout.high && layout.high <= SPACE_END && layout.end <= layout.high);
		assert_true(layout.interpreter_bytes <= 4096);
		for (uint16_t i = 0; i < layout.header_count; i++) {
			Elf64_Phdr segment;
			if (!elf_segment(program.table, i, &segment) || segment.p_memsz == 0)
				continue;
			assert_true(segment.p_filesz <= segment.p_memsz);
			assert_true(segment.p_vaddr >= layout.low && segment.p_vaddr + segment.p_memsz <= layout.end);
			assert_true((segment.p_offset & 4095) == (segment.p_vaddr & 4095));
		}
	}
	assert_true(accepted > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_a_good_one),
		cmocka_unit_test(refuses_headers),
		cmocka_unit_test(refuses_segments),
		cmocka_unit_test(holds_under_mutation),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
