/* The choice between a loaded and a mapped image, and the places of a mapped one. */
#include "layout.h"

#include <sys/mman.h>

#include "run_options.h"
#include "say.h"

#define PAGE_BYTES 4096ull
#define MIB        (1ull << 20)
#define GIB        (1ull << 30)
/* Up to this size an image is copied as quickly as mapped. */
#define LOADED_MOST_BYTES (16 * MIB)
/* What the kernel itself needs beside a loaded image. */
#define BESIDE_IMAGE_BYTES MEMORY_LEAST_BYTES
/* QEMU counts memory in pieces of 8 KiB. */
#define HIGH_MEMORY_START (4 * GIB)
#define MEMORY_STEP_BYTES 8192
/* The kernel keeps a record of 32 bytes for each page of an image, in the machine's own memory. */
#define RECORDS_BYTES(image_bytes) ((image_bytes) / PAGE_BYTES * 32)

static uint64_t round_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

static unsigned long long in_mib(uint64_t bytes)
{
	return round_up(bytes, MIB) / MIB;
}

/* Not every file system lets its files be mapped. */
static bool can_be_mapped(int fd)
{
	void *page = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0);

	if (page == MAP_FAILED)
		return false;
	(void)munmap(page, PAGE_BYTES);
	return true;
}

static int choose_loaded(struct layout *layout, uint64_t bytes, uint64_t asked)
{
	layout->memory_bytes = asked;
	if (!asked)
		layout->memory_bytes = MEMORY_DEFAULT_BYTES + (bytes > LOADED_MOST_BYTES ? bytes : 0);
	layout->memory_bytes = round_up(layout->memory_bytes, MEMORY_STEP_BYTES);
	if (!asked || asked >= bytes + BESIDE_IMAGE_BYTES)
		return 0;
	say("too little memory: the root's image takes %llu MiB of it, so at least %llum are needed", in_mib(bytes),
	    in_mib(bytes + BESIDE_IMAGE_BYTES));
	return -1;
}

static int choose_mapped(struct layout *layout, uint64_t asked, uint64_t low_end)
{
	uint64_t image = layout->image_bytes;
	uint64_t memory = asked ? asked : MEMORY_DEFAULT_BYTES + RECORDS_BYTES(image);
	uint64_t least = MEMORY_LEAST_BYTES + RECORDS_BYTES(image);

	if (memory < least) {
		say("too little memory: the records of the root's image take %llu MiB of it, so at least %llum are "
		    "needed",
		    in_mib(RECORDS_BYTES(image)), in_mib(least));
		return -1;
	}
	/* The sum is what comes in QEMU's steps. */
	memory = round_up(memory + image, MEMORY_STEP_BYTES) - image;
	if (memory < low_end && memory + image > low_end) {
		/* An image lies in one piece, so it goes above 4 GiB, behind a full first piece of memory. */
		if (asked) {
			say("the root's image of %llu MiB and %llu MiB of memory do not fit below %llu GiB: use -m "
			    "%llug or more",
			    in_mib(image), in_mib(asked), (unsigned long long)(low_end / GIB),
			    (unsigned long long)(low_end / GIB));
			return -1;
		}
		memory = round_up(low_end + image, MEMORY_STEP_BYTES) - image;
	}
	layout->memory_bytes = memory;
	layout->image_start = memory < low_end ? memory : memory - low_end + HIGH_MEMORY_START;
	return 0;
}

int layout_choose(struct layout *layout, int fd, uint64_t bytes, uint64_t asked, uint64_t low_end)
{
	*layout = (struct layout){.image_bytes = bytes / PAGE_BYTES * PAGE_BYTES};
	layout->is_mapped = bytes > LOADED_MOST_BYTES && can_be_mapped(fd);
	return layout->is_mapped ? choose_mapped(layout, asked, low_end) : choose_loaded(layout, bytes, asked);
}
