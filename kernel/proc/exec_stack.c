/*
 * The first contents of a program's stack, as the psABI for x86-64 lays it out (System V ABI, AMD64 supplement, 3.4.1).
 *From low to high:
 *
 *	argc, argv[], 0, envp[], 0, auxv[]     the stack pointer is here, 16-byte aligned
 *	16 random bytes, the platform's name
 *	arguments, environment, the program's name, 8 zero bytes
 *
 * Everything is written once, upwards, through a buffer of one page.
 */
#include <linux/auxvec.h>
#include <linux/mman.h>

#include "arch/x86_64/cpu.h"
#include "choice/choice.h"
#include "lib/string.h"
#include "mem/slab.h"
#include "proc/exec.h"
#include "proc/rseq.h"
#include "proc/signal.h"

#ifndef AT_HWCAP2
#define AT_HWCAP2 26
#endif
#ifndef AT_RSEQ_FEATURE_SIZE
#define AT_RSEQ_FEATURE_SIZE 27
#define AT_RSEQ_ALIGN        28
#endif
#ifndef AT_SYSINFO_EHDR
#define AT_SYSINFO_EHDR 33
#endif
#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

#define TICKS_PER_SECOND 100
/* What is mapped below the strings at once; the rest grows when it is touched. */
#define STACK_FIRST_BYTES (128ul << 10)
/* The stack pointer starts within this many bytes below the strings. */
#define STACK_SHIFT_BYTES 8192
#define RANDOM_BYTES      16

static const char platform[] = "x86_64";

/* Writes upwards to the new space. `buffer` holds what goes to [from, from + used). */
struct writer {
	struct vm_space *space;
	uint8_t *buffer;
	uint64_t from;
	size_t used;
	int error;
};

static void flush(struct writer *writer)
{
	if (writer->used && !writer->error &&
	    vm_access(writer->space, writer->from, writer->buffer, writer->used, true, true) != (ssize_t)writer->used)
		writer->error = -ENOMEM;
	writer->from += writer->used;
	writer->used = 0;
}

static void put(struct writer *writer, const void *data, size_t bytes)
{
	while (bytes > 0) {
		size_t room = PAGE_SIZE - ((writer->from + writer->used) & PAGE_MASK);
		size_t part = MIN(room, bytes);
		memcpy(writer->buffer + writer->used, data, part);
		writer->used += part;
		data = (const uint8_t *)data + part;
		bytes -= part;
		if (part == room)
			flush(writer);
	}
}

static void put_word(struct writer *writer, uint64_t word)
{
	put(writer, &word, sizeof(word));
}

/* Leave out what lies before `address`: fresh pages are zero. */
static void skip_to(struct writer *writer, uint64_t address)
{
	uint64_t bytes = address - (writer->from + writer->used);

	if (writer->used + bytes < PAGE_SIZE - (writer->from & PAGE_MASK)) {
		memset(writer->buffer + writer->used, 0, bytes);
		writer->used += bytes;
		return;
	}
	flush(writer);
	writer->from = address;
}

/* Where everything lies. */
struct places {
	uint64_t strings, execfn, platform, random;
	uint64_t words; /* of vectors and auxv */
	uint32_t argc, auxv_words;
	uint64_t prefix_bytes, dropped_bytes;
};

static void place_all(struct exec *exec, struct places *places, uint64_t top)
{
	const struct exec_strings *strings = &exec->strings;

	places->argc = exec_strings_argc(strings);
	places->prefix_bytes = 0;
	for (uint32_t i = 0; i < strings->prefix_count; i++)
		places->prefix_bytes += strlen(strings->prefix[i]) + 1;
	places->dropped_bytes = strings->is_first_dropped ? strings->lengths[0] : 0;
	uint64_t text = places->prefix_bytes + strings->text_bytes - places->dropped_bytes;
	uint64_t at = top - sizeof(uint64_t);
	places->strings = at - text;
	places->execfn = at - strings->lengths[strings->length_count - 1];
	at = ALIGN_DOWN(places->strings, 16ul);
	if (exec->space->is_randomized)
		at -= choice_layout_below(STACK_SHIFT_BYTES / 16) * 16;
	places->platform = at - ALIGN_UP(sizeof(platform), 16ul);
	places->random = places->platform - RANDOM_BYTES;
	places->words = 1 + places->argc + 1 + strings->envc + 1 + places->auxv_words;
	exec->stack_pointer = ALIGN_DOWN(places->random - places->words * sizeof(uint64_t), 16ul);
}

static void aux(struct vm_space *space, uint64_t type, uint64_t value)
{
	space->auxv[space->auxv_bytes / sizeof(uint64_t)] = type;
	space->auxv[space->auxv_bytes / sizeof(uint64_t) + 1] = value;
	space->auxv_bytes += 2 * sizeof(uint64_t);
}

/* In Linux's order. Addresses are filled in when they are known: the second call writes the same entries again. */
static void fill_auxv(const struct exec *exec, const struct places *places)
{
	const struct elf_layout *layout = &exec->image.layout;
	struct vm_space *space = exec->space;

	space->auxv_bytes = 0;
	if (space->vdso_base)
		aux(space, AT_SYSINFO_EHDR, space->vdso_base);
	aux(space, AT_MINSIGSTKSZ, signal_frame_bytes_max());
	aux(space, AT_HWCAP, cpu_features.hwcap);
	aux(space, AT_PAGESZ, PAGE_SIZE);
	aux(space, AT_CLKTCK, TICKS_PER_SECOND);
	aux(space, AT_PHDR, layout->table_address ? exec->base + layout->table_address : 0);
	aux(space, AT_PHENT, sizeof(Elf64_Phdr));
	aux(space, AT_PHNUM, layout->header_count);
	aux(space, AT_BASE, exec->loader_base);
	aux(space, AT_FLAGS, 0);
	aux(space, AT_ENTRY, exec->base + layout->entry);
	aux(space, AT_UID, exec->cred->uid);
	aux(space, AT_EUID, exec->cred->euid);
	aux(space, AT_GID, exec->cred->gid);
	aux(space, AT_EGID, exec->cred->egid);
	aux(space, AT_SECURE, exec->is_secure);
	aux(space, AT_RANDOM, places->random);
	aux(space, AT_HWCAP2, cpu_features.hwcap2);
	aux(space, AT_EXECFN, places->execfn);
	aux(space, AT_PLATFORM, places->platform);
	aux(space, AT_RSEQ_FEATURE_SIZE, RSEQ_FEATURE_BYTES);
	aux(space, AT_RSEQ_ALIGN, RSEQ_ALIGN);
	aux(space, AT_NULL, 0);
}

/* The pointers to `count` strings whose lengths are given; moves *address behind them. */
static void put_pointers(struct writer *writer, const uint32_t *lengths, uint32_t count, uint64_t *address)
{
	for (uint32_t i = 0; i < count; i++) {
		put_word(writer, *address);
		*address += lengths[i];
	}
}

static void put_vectors(struct writer *writer, const struct exec *exec, const struct places *places)
{
	const struct exec_strings *strings = &exec->strings;
	struct vm_space *space = exec->space;
	uint32_t dropped = strings->is_first_dropped ? 1 : 0;
	uint64_t address = places->strings;

	put_word(writer, places->argc);
	space->arg_start = address;
	for (uint32_t i = 0; i < strings->prefix_count; i++) {
		put_word(writer, address);
		address += strlen(strings->prefix[i]) + 1;
	}
	put_pointers(writer, strings->lengths + dropped, strings->argc - dropped, &address);
	put_word(writer, 0);
	space->arg_end = space->env_start = address;
	put_pointers(writer, strings->lengths + strings->argc, strings->envc, &address);
	put_word(writer, 0);
	space->env_end = address;
	put(writer, space->auxv, space->auxv_bytes);
}

static void put_strings(struct writer *writer, const struct exec *exec, const struct places *places)
{
	const struct exec_strings *strings = &exec->strings;
	uint8_t random[RANDOM_BYTES];

	choice_random_bytes(random, sizeof(random));
	skip_to(writer, places->random);
	put(writer, random, sizeof(random));
	put(writer, platform, sizeof(platform));
	skip_to(writer, places->strings);
	for (uint32_t i = 0; i < strings->prefix_count; i++)
		put(writer, strings->prefix[i], strlen(strings->prefix[i]) + 1);
	uint64_t at = places->dropped_bytes;
	while (at < strings->text_bytes) {
		uint64_t part = MIN(PAGE_SIZE - (at & PAGE_MASK), strings->text_bytes - at);
		put(writer, strings->blocks[at >> PAGE_SHIFT] + (at & PAGE_MASK), part);
		at += part;
	}
}

static int map_stack(struct exec *exec, uint64_t top, uint64_t used_bytes)
{
	const struct elf_layout *layout = &exec->image.layout;
	struct vm_map_request request = {
		.bytes = ALIGN_UP(used_bytes, PAGE_SIZE) + STACK_FIRST_BYTES,
		.prot = PROT_READ | PROT_WRITE |
			(layout->has_stack_header && layout->is_stack_executable ? (uint32_t)PROT_EXEC : 0u),
		.map_flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_GROWSDOWN,
		.region_flags = REGION_STACK,
	};

	request.hint = top - request.bytes;
	int64_t mapped = vm_map(exec->space, &request);
	return mapped < 0 ? (int)mapped : 0;
}

int exec_build_stack(struct exec *exec)
{
	struct places places = {0};
	uint64_t top = exec->space->stack_top;

	fill_auxv(exec, &places);
	places.auxv_words = exec->space->auxv_bytes / sizeof(uint64_t);
	place_all(exec, &places, top);
	fill_auxv(exec, &places);
	int error = map_stack(exec, top, top - exec->stack_pointer);
	if (error)
		return error;
	struct writer writer = {.space = exec->space, .from = exec->stack_pointer, .buffer = kmalloc(PAGE_SIZE)};
	if (!writer.buffer)
		return -ENOMEM;
	put_vectors(&writer, exec, &places);
	put_strings(&writer, exec, &places);
	flush(&writer);
	kfree(writer.buffer);
	return writer.error;
}
