/*
 * Loading ELF images into an address space that nothing runs in yet. Pages are mapped from the file, not read: text is
 * the page cache's own. What lies behind the file's part of a segment is zero: the rest of its last page is cleared,
 * whole pages are anonymous.
 */
#include <linux/mman.h>

#include "fs/file.h"
#include "mem/page.h"
#include "mem/slab.h"
#include "proc/elf.h"
#include "vm/space.h"

int elf_read(struct file *file, const void *head, size_t head_bytes, struct elf_image *image)
{
	size_t bytes;
	int error = elf_check_header(head, head_bytes, &image->header, &bytes);

	image->allocated = NULL;
	image->late_error = 0;
	if (error)
		return error;
	uint64_t offset = image->header.e_phoff;
	if (offset <= head_bytes && bytes <= head_bytes - offset) {
		image->table = (const char *)head + offset;
	} else {
		if (offset > INT64_MAX - bytes)
			return -ENOEXEC;
		image->table = image->allocated = kmalloc(bytes);
		if (!image->allocated)
			return -ENOMEM;
		if (file_read_kernel(file, image->allocated, bytes, offset) != (ssize_t)bytes) {
			elf_image_free(image);
			return -ENOEXEC;
		}
	}
	error = elf_check_table(&image->header, image->table, &image->layout);
	if (error == -EINVAL) {
		image->late_error = error;
		return 0;
	}
	if (error)
		elf_image_free(image);
	return error;
}

void elf_image_free(struct elf_image *image)
{
	kfree(image->allocated);
	image->allocated = NULL;
}

static uint32_t prot_of(const Elf64_Phdr *segment)
{
	return (segment->p_flags & PF_R ? PROT_READ : 0u) | (segment->p_flags & PF_W ? PROT_WRITE : 0u) |
	       (segment->p_flags & PF_X ? PROT_EXEC : 0u);
}

/* The pages that hold the file's part of a segment. */
static int map_file_part(struct vm_space *space, struct file *file, const Elf64_Phdr *segment, uint64_t start)
{
	uint64_t within = start & PAGE_MASK;
	struct vm_map_request request = {
		.hint = start - within,
		.bytes = ALIGN_UP(segment->p_filesz + within, PAGE_SIZE),
		.prot = prot_of(segment),
		.map_flags = MAP_PRIVATE | MAP_FIXED,
		.object_offset = segment->p_offset - within,
		.file = file,
	};

	if (segment->p_filesz == 0)
		return 0;
	int error = file->ops->mmap(file, &request);
	if (error)
		return error;
	int64_t mapped = vm_map(space, &request);
	return mapped < 0 ? (int)mapped : 0;
}

/* What is zero: the rest of the last page of the file's part, and the pages behind it. */
static int map_zero_part(struct vm_space *space, const Elf64_Phdr *segment, uint64_t start)
{
	uint64_t file_end = start + segment->p_filesz, end = start + segment->p_memsz;
	uint64_t pages_start = ALIGN_UP(file_end, PAGE_SIZE);

	if (segment->p_memsz == segment->p_filesz)
		return 0;
	if (segment->p_filesz == 0)
		pages_start = ALIGN_DOWN(start, PAGE_SIZE);
	else if (file_end < pages_start && (segment->p_flags & PF_W)) {
		size_t bytes = pages_start - file_end;
		ssize_t done = vm_access(space, file_end, page_to_virt(page_zero), bytes, true, true);
		/* a page that the file does not have cannot be cleared: the image is cut short */
		if (done != (ssize_t)bytes)
			return done == -ENOMEM ? -ENOMEM : -EINVAL;
	}
	if (end <= pages_start)
		return 0;
	struct vm_map_request request = {
		.hint = pages_start,
		.bytes = ALIGN_UP(end, PAGE_SIZE) - pages_start,
		.prot = prot_of(segment),
		.map_flags = MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS,
	};
	int64_t mapped = vm_map(space, &request);
	return mapped < 0 ? (int)mapped : 0;
}

int elf_map(struct vm_space *space, struct file *file, const struct elf_image *image, uint64_t base)
{
	if (image->late_error)
		return image->late_error;
	for (uint16_t i = 0; i < image->layout.header_count; i++) {
		Elf64_Phdr segment;
		if (!elf_segment(image->table, i, &segment) || segment.p_memsz == 0)
			continue;
		uint64_t start = base + segment.p_vaddr;
		int error = map_file_part(space, file, &segment, start);
		if (!error)
			error = map_zero_part(space, &segment, start);
		if (error)
			return error;
	}
	return 0;
}

/* The space is still ours alone, so a range found free stays so. */
int64_t elf_find_place(struct vm_space *space, struct file *file, const struct elf_layout *layout)
{
	uint64_t bytes = layout->high - layout->low, slack = layout->align - PAGE_SIZE;
	struct vm_map_request request = {
		.bytes = bytes + slack,
		.prot = PROT_EXEC,
		.map_flags = MAP_PRIVATE,
		.file = file,
	};
	int error = file->ops->mmap(file, &request);

	if (error)
		return error;
	int64_t place = vm_map(space, &request);
	if (place < 0)
		return place;
	error = vm_unmap(space, (uint64_t)place, request.bytes);
	if (error)
		return error;
	return (int64_t)(ALIGN_UP((uint64_t)place, layout->align) - layout->low);
}
