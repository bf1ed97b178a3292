/*
 * The PVH boot record.
 */
#include "arch/x86_64/pvh.h"
#include "arch/x86_64/pagetable.h"
#include "lib/boot_info.h"
#include "lib/log.h"
#include "lib/memory_range.h"
#include "lib/string.h"

#define PVH_MAGIC    0x336ec578u
#define MEMORY_RAM   1u
#define COMMAND_ROOM 2048

struct pvh_record {
	uint32_t magic, version, flags, module_count;
	uint64_t modules, command_line, acpi_root;
	uint64_t memory_map; /* from version 1 on */
	uint32_t memory_map_entries, reserved;
};

struct pvh_module {
	uint64_t start, bytes, command_line, reserved;
};

struct pvh_memory {
	uint64_t start, bytes;
	uint32_t type, reserved;
};

static char command_line[COMMAND_ROOM];

unsigned pvh_read(paddr_t address, struct memory_range *ranges, unsigned room)
{
	const struct pvh_record *record = phys_to_virt(address);
	unsigned count = 0;

	if (record->magic != PVH_MAGIC)
		panic("the boot record at %#lx is not a PVH one (magic %#x)", address, record->magic);
	if (record->version < 1 || !record->memory_map_entries)
		panic("the loader gave no memory map");
	if (record->command_line) {
		string_copy(command_line, phys_to_virt(record->command_line), sizeof(command_line));
		boot_info.command_line = command_line;
	}
	if (record->module_count) {
		const struct pvh_module *module = phys_to_virt(record->modules);
		boot_info.image = module->start;
		boot_info.image_bytes = module->bytes;
	}
	const struct pvh_memory *map = phys_to_virt(record->memory_map);
	for (uint32_t i = 0; i < record->memory_map_entries && count < room; i++) {
		ranges[count].start = map[i].start;
		ranges[count].bytes = map[i].bytes;
		ranges[count].is_usable = map[i].type == MEMORY_RAM;
		count++;
	}
	return count;
}
