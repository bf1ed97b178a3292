/*
 * Homes of code, see home.h.
 */
#include "vm/home.h"

#include <linux/mman.h>

#include "arch/x86_64/cpu.h"
#include "choice/choice.h"
#include "vm/memobj.h"
#include "vm/region.h"
#include "vm/room.h"

/* Homes are given downwards from a random place in this range, which lies below all places of mmap_top (layout.c)
 * and within what sanitizers take for libraries. */
#define HOMES_START      0x7e8000000000ull
#define HOMES_END        0x7ef000000000ull
#define HOMES_ROOM       (64ull << 30) /* so much is left below the highest home at least */
#define HOME_BYTES_MOST  (1ull << 30)
#define HOME_GUARD_PAGES 16

_Atomic uint32_t vm_code_homes;

static struct spinlock homes_lock = SPINLOCK_INIT("homes", LOCK_MEMOBJ);
static uint64_t lowest_home; /* homes_lock; 0: none was given yet */

void home_init(void)
{
	vm_code_homes = cpu_features.is_hypervisor_tcg;
}

/* A new home, or 0 when all are given. */
static uint64_t home_take(uint64_t bytes)
{
	uint64_t home = 0;

	spin_lock(&homes_lock);
	if (!lowest_home) {
		uint64_t places = (HOMES_END - HOMES_START - HOMES_ROOM) >> PAGE_SHIFT;

		lowest_home = HOMES_END - (choice_layout_below(places) << PAGE_SHIFT);
	}
	if (lowest_home - HOMES_START >= bytes) {
		home = lowest_home - bytes;
		lowest_home = home - (choice_layout_below(HOME_GUARD_PAGES) << PAGE_SHIFT);
	}
	spin_unlock(&homes_lock);
	return home;
}

/* Loaders first map a file from its start to its end and lay its parts over that. Theirs are told from mappings of data
 * by MAP_DENYWRITE (glibc) or by parts that were executable before. */
static bool is_code(const struct vm_map_request *request)
{
	return (request->map_flags & MAP_DENYWRITE) || (request->prot & PROT_EXEC) || request->object->holds_code;
}

uint64_t home_find(struct vm_space *space, const struct vm_map_request *request, uint64_t bytes)
{
	struct memobj *object = request->object;
	uint64_t home;

	if (!object || !space->keeps_homes || (request->map_flags & MAP_TYPE) != MAP_PRIVATE)
		return 0;
	if (request->prot & PROT_EXEC)
		object->holds_code = true;
	if (request->hint || (request->map_flags & (MAP_FIXED | MAP_32BIT)) || request->object_offset ||
	    bytes > HOME_BYTES_MOST || !is_code(request))
		return 0;
	home = object->home;
	if (!home) {
		/* Of two who come at once, one wastes a piece of the range. */
		home = home_take(bytes);
		object->home = home;
	}
	return home && room_is_free(space, home, bytes) ? home : 0;
}
