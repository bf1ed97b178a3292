/*
 * ELF programs: what an image asks for, checked by pure functions (elf_check.c, also built for the host), and its
 * mapping into an address space (elf.c). Static, position-independent, and dynamic by way of the interpreter that
 * PT_INTERP names.
 */
#ifndef NAMU_PROC_ELF_H
#define NAMU_PROC_ELF_H

#include <linux/elf.h>

#include "lib/types.h"

struct file;
struct vm_space;

/* Bytes of a file read before anything is known about it: script lines end within 256 of them, and most program headers
 * fit. */
#define EXEC_HEAD_BYTES 1024
/* Linux reads at most this much of program headers. */
#define ELF_TABLE_BYTES 65536

/* What a checked image asks for. */
struct elf_layout {
	uint64_t entry;         /* as the file says: without the base */
	uint64_t low, high;     /* page-aligned span of everything loaded */
	uint64_t align;         /* the largest a segment asks for, at least a page */
	uint64_t table_address; /* of the program headers once loaded (without the base); 0: not loaded */
	uint64_t end;           /* byte behind the highest segment: the heap begins above */
	uint64_t code_start, code_end, data_start, data_end; /* for /proc */
	uint64_t interpreter_offset, interpreter_bytes;      /* of the name in the file; 0 bytes: none */
	uint16_t header_count;
	bool is_relocatable; /* ET_DYN: may stand anywhere */
	bool has_stack_header;
	bool is_stack_executable;
};

/* The file header: 0 and where the program headers are (*table_bytes at header->e_phoff), or -ENOEXEC. */
int elf_check_header(const void *head, size_t head_bytes, Elf64_Ehdr *header, size_t *table_bytes);
/*
 * The program headers (unaligned). 0; -ENOEXEC for what Linux refuses before the old program is gone; -EINVAL for
 * segments that cannot be loaded, at which Linux ends the process with SIGSEGV, as the old program is gone by then.
 */
int elf_check_table(const Elf64_Ehdr *header, const void *table, struct elf_layout *layout);
/* Segment `index` of a checked table; false when that header is not a segment that is loaded. */
bool elf_segment(const void *table, uint16_t index, Elf64_Phdr *segment);

/* Read and check an image. `*table` is its program headers: within `head` or a kmalloc block (*is_allocated). */
struct elf_image {
	Elf64_Ehdr header;
	struct elf_layout layout;
	const void *table;
	void *allocated; /* null: the table lies in the head */
	int late_error;  /* -EINVAL: see elf_check_table */
};
int elf_read(struct file *file, const void *head, size_t head_bytes, struct elf_image *image);
void elf_image_free(struct elf_image *image);
/* Map its segments at `base` (0 for what is not relocatable): 0, -ENOMEM, -ENOEXEC ... */
int elf_map(struct vm_space *space, struct file *file, const struct elf_image *image, uint64_t base);
/* A free place for a relocatable image that is not the program itself; negative errno. */
int64_t elf_find_place(struct vm_space *space, struct file *file, const struct elf_layout *layout);

#endif
