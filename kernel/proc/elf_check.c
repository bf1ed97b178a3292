/*
 * Checking ELF images. Every field that the loader uses is foreign data: nothing is believed, no sum may wrap around.
 */
#include "lib/errno.h"
#include "lib/string.h"
#include "proc/elf.h"

/* As USER_SPACE_END of arch/: no segment reaches the last page of the lower half. */
#define SPACE_END  0x00007ffffffff000ull
#define PATH_BYTES 4096

int elf_check_header(const void *head, size_t head_bytes, Elf64_Ehdr *header, size_t *table_bytes)
{
	if (head_bytes < sizeof(*header))
		return -ENOEXEC;
	memcpy(header, head, sizeof(*header));
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		return -ENOEXEC;
	if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
		return -ENOEXEC;
	if (header->e_machine != EM_X86_64 || header->e_phentsize != sizeof(Elf64_Phdr))
		return -ENOEXEC;
	*table_bytes = (size_t)header->e_phnum * sizeof(Elf64_Phdr);
	if (*table_bytes == 0 || *table_bytes > ELF_TABLE_BYTES)
		return -ENOEXEC;
	return 0;
}

bool elf_segment(const void *table, uint16_t index, Elf64_Phdr *segment)
{
	memcpy(segment, (const char *)table + (size_t)index * sizeof(*segment), sizeof(*segment));
	return segment->p_type == PT_LOAD;
}

/* The name of the interpreter: its contents are checked when they have been read. */
static int take_interpreter(const Elf64_Phdr *segment, struct elf_layout *layout)
{
	if (layout->interpreter_bytes)
		return 0;
	if (segment->p_filesz < 2 || segment->p_filesz > PATH_BYTES)
		return -ENOEXEC;
	layout->interpreter_offset = segment->p_offset;
	layout->interpreter_bytes = segment->p_filesz;
	return 0;
}

/* -EINVAL when it cannot be mapped anywhere (or, if fixed, not there). */
static int take_segment(const Elf64_Ehdr *header, const Elf64_Phdr *segment, struct elf_layout *layout)
{
	uint64_t start = segment->p_vaddr, bytes = segment->p_memsz;

	if (segment->p_filesz > bytes || bytes > SPACE_END || start > SPACE_END - bytes)
		return -EINVAL;
	if ((segment->p_offset ^ start) & PAGE_MASK)
		return -EINVAL;
	if (segment->p_offset > INT64_MAX - PAGE_SIZE || segment->p_filesz > INT64_MAX - PAGE_SIZE - segment->p_offset)
		return -EINVAL;
	if (bytes == 0)
		return 0;
	/* the lowest page is not given to programs */
	if (header->e_type == ET_EXEC && ALIGN_DOWN(start, PAGE_SIZE) == 0)
		return -EINVAL;
	if (segment->p_offset <= header->e_phoff && header->e_phoff - segment->p_offset < segment->p_filesz)
		layout->table_address = header->e_phoff - segment->p_offset + start;
	layout->low = MIN(layout->low, ALIGN_DOWN(start, PAGE_SIZE));
	layout->high = MAX(layout->high, ALIGN_UP(start + bytes, PAGE_SIZE));
	layout->end = MAX(layout->end, start + bytes);
	if (segment->p_align > layout->align && (segment->p_align & (segment->p_align - 1)) == 0)
		layout->align = segment->p_align;
	if (start < layout->code_start)
		layout->code_start = start;
	if (start >= layout->data_start)
		layout->data_start = start;
	if ((segment->p_flags & PF_X) && start + segment->p_filesz > layout->code_end)
		layout->code_end = start + segment->p_filesz;
	layout->data_end = MAX(layout->data_end, start + segment->p_filesz);
	return 0;
}

int elf_check_table(const Elf64_Ehdr *header, const void *table, struct elf_layout *layout)
{
	int late_error = 0;

	*layout = (struct elf_layout){
		.entry = header->e_entry,
		.low = UINT64_MAX,
		.code_start = UINT64_MAX,
		.align = PAGE_SIZE,
		.header_count = header->e_phnum,
		.is_relocatable = header->e_type == ET_DYN,
	};
	for (uint16_t i = 0; i < header->e_phnum; i++) {
		Elf64_Phdr segment;
		bool is_loaded = elf_segment(table, i, &segment);
		int error = 0;
		if (is_loaded && !late_error)
			late_error = take_segment(header, &segment, layout);
		else if (segment.p_type == PT_INTERP)
			error = take_interpreter(&segment, layout);
		if (error)
			return error;
		if (segment.p_type == PT_GNU_STACK) {
			layout->has_stack_header = true;
			layout->is_stack_executable = (segment.p_flags & PF_X) != 0;
		}
	}
	if (!late_error && layout->high == 0)
		late_error = -EINVAL;
	/* an alignment larger than half the address space leaves no place to choose */
	if (!late_error && layout->is_relocatable && layout->align > SPACE_END / 2)
		late_error = -EINVAL;
	return late_error;
}
