/*
 * The file of a core dump: ELF header, program headers, notes, memory. What was never touched is a hole of the file.
 */
#include <linux/elf.h>
#include <linux/mman.h>
#include <linux/resource.h>

#include "fs/file.h"
#include "fs/path_text.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/page.h"
#include "mem/slab.h"
#include "proc/core_private.h"
#include "proc/limits.h"
#include "sched/sched.h"
#include "vm/region.h"
#include "vm/uio.h"

/* Bits of /proc/PID/coredump_filter. */
#define FILTER_ANON_PRIVATE   0x01u
#define FILTER_ANON_SHARED    0x02u
#define FILTER_MAPPED_PRIVATE 0x04u
#define FILTER_MAPPED_SHARED  0x08u
#define FILTER_ELF_HEADERS    0x10u

struct writer {
	struct file *file;
	bool is_pipe;
	uint64_t offset, limit;
	bool is_cut; /* RLIMIT_CORE was reached: what is there is the dump */
	int error;
};

static void emit(struct writer *writer, const void *from, size_t bytes)
{
	const uint8_t *at = from;

	if (writer->offset + bytes > writer->limit)
		writer->is_cut = true;
	while (bytes && !writer->is_cut && !writer->error) {
		struct uio uio;
		ssize_t done;

		uio_init_kernel(&uio, (void *)at, bytes);
		if (writer->is_pipe) {
			done = file_write(writer->file, &uio, NULL);
			writer->offset += done > 0 ? (uint64_t)done : 0;
		} else {
			done = file_write(writer->file, &uio, &writer->offset);
		}
		if (done <= 0 || thread_has_work(current_thread(), WORK_KILL)) {
			writer->error = done < 0 ? (int)done : -EINTR;
			return;
		}
		at += done;
		bytes -= (size_t)done;
	}
}

static void skip(struct writer *writer, uint64_t bytes)
{
	if (!writer->is_pipe) {
		writer->offset += bytes;
		return;
	}
	while (bytes && !writer->is_cut && !writer->error) {
		size_t part = MIN(bytes, PAGE_SIZE);
		emit(writer, page_to_virt(page_zero), part);
		bytes -= part;
	}
}

static bool begins_as_elf(struct vm_space *space, uint64_t address)
{
	char magic[SELFMAG] = "";

	return vm_access(space, address, magic, SELFMAG, false, true) == SELFMAG && memcmp(magic, ELFMAG, SELFMAG) == 0;
}

/* How much of a mapping belongs into a dump; *may_be_elf: its first page does, if it is a program's head. */
static uint64_t wanted_bytes(struct vm_region *region, uint32_t filter, bool *may_be_elf)
{
	const struct inode *inode = region->file ? file_inode(region->file) : NULL;
	struct vm_region_usage usage;

	if (region->flags & REGION_VDSO)
		return region_bytes(region);
	if (region->flags & (REGION_DONTDUMP | REGION_VVAR))
		return 0;
	if (region->flags & REGION_SHARED)
		return filter & (inode && inode->nlink ? FILTER_MAPPED_SHARED : FILTER_ANON_SHARED)
			       ? region_bytes(region)
			       : 0;
	vm_region_usage(region, &usage);
	if (usage.anonymous && (filter & FILTER_ANON_PRIVATE))
		return region_bytes(region);
	if (!region->file)
		return 0;
	if (filter & FILTER_MAPPED_PRIVATE)
		return region_bytes(region);
	*may_be_elf = (filter & FILTER_ELF_HEADERS) && region->object_offset == 0 && (region->prot & PROT_READ);
	return 0;
}

/* One line of NT_FILE. */
static void add_file(const struct vm_region *region, struct core_bytes *lines, struct core_bytes *names)
{
	const uint64_t line[3] = {region->start, region->end, region->object_offset >> PAGE_SHIFT};
	char *buffer = path_buffer_get();

	if (!buffer) {
		names->is_short = true;
		return;
	}
	const char *text = path_text(&region->file->path, buffer, PATH_MAX_BYTES);
	if (is_err(text))
		text = "";
	core_append(lines, line, sizeof(line));
	core_append(names, text, strlen(text) + 1);
	path_text_free(buffer);
}

static size_t read_regions(struct vm_space *space, struct core_regions *regions, size_t most, bool *may_be_elf,
			   struct core_bytes *lines, struct core_bytes *names)
{
	size_t files = 0, count = 0;
	struct vm_region *region = vm_region_first(space);

	for (; region && count < most; region = vm_region_next(region), count++) {
		regions->of[count] = (struct core_region){
			.start = region->start,
			.end = region->end,
			.prot = region->prot,
			.has_object = region->object != NULL,
		};
		regions->of[count].dumped = wanted_bytes(region, space->dump_filter, &may_be_elf[count]);
		if (region->file && region->file->path.dentry) {
			add_file(region, lines, names);
			files++;
		}
	}
	regions->count = count;
	return files;
}

int core_regions_read(struct core_regions *regions, struct core_bytes *files)
{
	struct vm_space *space = current_thread()->space;
	struct core_bytes lines = {0}, names = {0};
	size_t most = space->region_count;
	bool *may_be_elf = kzalloc(most + 1);

	regions->of = kmalloc((most + 1) * sizeof(*regions->of));
	if (!regions->of || !may_be_elf) {
		kfree(may_be_elf);
		return -ENOMEM;
	}
	mutex_lock(&space->mutex);
	const uint64_t head[2] = {read_regions(space, regions, most, may_be_elf, &lines, &names), PAGE_SIZE};
	mutex_unlock(&space->mutex);
	for (size_t i = 0; i < regions->count; i++) {
		if (may_be_elf[i] && begins_as_elf(space, regions->of[i].start))
			regions->of[i].dumped = PAGE_SIZE;
	}
	core_append(files, head, sizeof(head));
	core_append(files, lines.data, lines.count);
	core_append(files, names.data, names.count);
	bool is_short = lines.is_short || names.is_short || files->is_short;
	kfree(lines.data);
	kfree(names.data);
	kfree(may_be_elf);
	return is_short ? -ENOMEM : 0;
}

static void emit_headers(struct writer *writer, const struct core_regions *regions, uint64_t notes, uint64_t data)
{
	struct elf64_hdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(header),
		.e_ehsize = sizeof(header),
		.e_phentsize = sizeof(struct elf64_phdr),
		.e_phnum = (uint16_t)(regions->count + 1),
	};
	struct elf64_phdr note = {.p_type = PT_NOTE, .p_filesz = notes};

	note.p_offset = sizeof(header) + (regions->count + 1) * sizeof(struct elf64_phdr);
	note.p_align = 4;
	emit(writer, &header, sizeof(header));
	emit(writer, &note, sizeof(note));
	for (size_t i = 0; i < regions->count; i++) {
		const struct core_region *region = &regions->of[i];
		struct elf64_phdr load = {
			.p_type = PT_LOAD,
			.p_flags = (region->prot & PROT_READ ? PF_R : 0u) | (region->prot & PROT_WRITE ? PF_W : 0u) |
				   (region->prot & PROT_EXEC ? PF_X : 0u),
			.p_offset = data,
			.p_vaddr = region->start,
			.p_filesz = region->dumped,
			.p_memsz = region->end - region->start,
			.p_align = PAGE_SIZE,
		};
		emit(writer, &load, sizeof(load));
		data += region->dumped;
	}
}

/* A page of private memory that was never written is not there, or all zeros. */
static bool is_hole(struct vm_space *space, const struct core_region *region, uint64_t address)
{
	uint64_t entry;

	if (region->has_object)
		return false;
	vm_page_entries(space, address, &entry, 1, true);
	return !entry || (entry & ((1ull << 55) - 1)) == page_to_phys(page_zero) >> PAGE_SHIFT;
}

static void emit_region(struct writer *writer, const struct core_region *region, uint8_t *buffer)
{
	struct vm_space *space = current_thread()->space;
	uint64_t end = region->start + region->dumped;

	for (uint64_t at = region->start; at < end && !writer->is_cut && !writer->error; at += PAGE_SIZE) {
		/* what cannot be read (behind the end of a file) is zeros */
		if (is_hole(space, region, at) ||
		    vm_access(space, at, buffer, PAGE_SIZE, false, true) != (ssize_t)PAGE_SIZE)
			skip(writer, PAGE_SIZE);
		else
			emit(writer, buffer, PAGE_SIZE);
		preempt_point();
	}
}

static void write_all(struct writer *writer, const struct core_regions *regions, const struct core_bytes *notes)
{
	uint64_t head = sizeof(struct elf64_hdr) + (regions->count + 1) * sizeof(struct elf64_phdr) + notes->count;
	uint64_t data = ALIGN_UP(head, PAGE_SIZE);
	uint8_t *buffer = kmalloc(PAGE_SIZE);

	if (!buffer) {
		writer->error = -ENOMEM;
		return;
	}
	emit_headers(writer, regions, notes->count, data);
	emit(writer, notes->data, notes->count);
	skip(writer, data - head);
	uint64_t end = data;
	for (size_t i = 0; i < regions->count; i++) {
		emit_region(writer, &regions->of[i], buffer);
		end += regions->of[i].dumped;
	}
	kfree(buffer);
	/* a hole at the end: the file has its size nevertheless */
	if (!writer->is_pipe && !writer->is_cut && !writer->error && inode_size(writer->file->inode) < end) {
		writer->offset = end - 1;
		emit(writer, page_to_virt(page_zero), 1);
	}
}

int core_write(struct core_target *target, const struct signal_info *info)
{
	struct core_bytes files = {0}, notes = {0};
	struct core_regions regions = {0};
	struct writer writer = {
		.file = target->file,
		.is_pipe = target->is_pipe,
		.limit = target->is_pipe ? UINT64_MAX : limit_of_current(RLIMIT_CORE),
	};

	writer.error = core_regions_read(&regions, &files);
	if (!writer.error) {
		core_notes(&notes, info, &files);
		writer.error = notes.is_short ? -ENOMEM : 0;
	}
	if (!writer.error)
		write_all(&writer, &regions, &notes);
	kfree(files.data);
	kfree(notes.data);
	kfree(regions.of);
	return writer.error;
}
