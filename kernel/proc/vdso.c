/*
 * Mapping the vDSO, and the numbers it reads.
 */
#include <asm-generic/mman-common.h>
#include <asm-generic/mman.h>
#include <linux/mman.h>

#include "arch/x86_64/clock.h"
#include "arch/x86_64/cpu.h"
#include "arch/x86_64/uaccess.h"
#include "choice/choice.h"
#include "lib/string.h"
#include "proc/discipline.h"
#include "proc/vdso.h"
#include "vdso/vvar.h"

#define VVAR_SHIFT 32

_Static_assert(VVAR_CPU_SELECTOR == CPU_SEL, "the segment that the vDSO asks for the processor");

extern const uint8_t vdso_image[], vdso_image_end[];

/* Page 0: the numbers; behind it the code. */
static struct memobj *object;
static uint64_t object_bytes;
static struct vvar *vvar;
static struct spinlock vvar_lock = SPINLOCK_INIT("vvar", LOCK_OBJECT);

/* The object's page `index`, made and kept. Null: no memory. */
static void *object_page(uint64_t index)
{
	struct page *page;

	if (memobj_page(object, index, true, &page))
		return NULL;
	void *address = page_to_virt(page);
	/* The object has its own reference, and never gives the page up. */
	page_put(page);
	return address;
}

void vdso_init(void)
{
	uint64_t image_bytes = (uint64_t)(vdso_image_end - vdso_image);

	object_bytes = PAGE_SIZE + ALIGN_UP(image_bytes, PAGE_SIZE);
	object = memobj_create(NULL, object_bytes, NULL);
	if (!object)
		return;
	object->never_shrinks = true;
	vvar = object_page(0);
	for (uint64_t at = 0; vvar && at < image_bytes; at += PAGE_SIZE) {
		void *page = object_page(1 + at / PAGE_SIZE);
		if (page)
			memcpy(page, vdso_image + at, MIN(image_bytes - at, PAGE_SIZE));
		else
			vvar = NULL;
	}
	if (!vvar) {
		memobj_put(object);
		object = NULL;
		return;
	}
	vdso_update();
}

void vdso_update(void)
{
	if (!vvar)
		return;
	spin_lock(&vvar_lock);
	__atomic_store_n(&vvar->sequence, vvar->sequence + 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_RELEASE);
	/* The scale's shift is at most 32; a constant one spares the reader a few instructions. */
	vvar->mult = (uint64_t)clock_scale.mult << (VVAR_SHIFT - clock_scale.shift);
	vvar->base_tsc = clock_scale.base_tsc;
	vvar->monotonic_ns = clock_scale.base_ns;
	vvar->realtime_ns = clock_scale.base_ns + (uint64_t)clock_realtime_offset_ns();
	vvar->tai_ns = vvar->realtime_ns + (uint64_t)clock_tai_offset_ns();
	__atomic_store_n(&vvar->sequence, vvar->sequence + 1, __ATOMIC_RELEASE);
	spin_unlock(&vvar_lock);
}

/* A random page between the stack's top and the end of the 2 MiB that a page table covers: the stack's own table serves
 * it. */
static uint64_t pick_place(const struct vm_space *space)
{
	uint64_t first = ALIGN_UP(space->stack_top, PAGE_SIZE);
	uint64_t end = MIN(ALIGN_UP(first + 1, PT_SPAN(1)), (uint64_t)USER_SPACE_END);

	if (first + object_bytes > end)
		return 0;
	uint64_t places = (end - first - object_bytes) / PAGE_SIZE + 1;
	return first + (space->is_randomized ? choice_layout_below(places) : 0) * PAGE_SIZE;
}

int vdso_map(struct vm_space *space)
{
	struct vm_map_request request = {
		.bytes = object_bytes,
		.prot = PROT_READ | PROT_EXEC,
		.map_flags = MAP_PRIVATE | MAP_FIXED_NOREPLACE,
		.region_flags = REGION_VDSO,
		.object = object,
	};

	space->vdso_base = 0;
	if (!object)
		return -ENOMEM;
	request.hint = pick_place(space);
	int64_t base = request.hint ? vm_map(space, &request) : -ENOMEM;
	if (base < 0) {
		request.hint = 0;
		request.map_flags = MAP_PRIVATE;
		base = vm_map(space, &request);
	}
	if (base < 0)
		return -ENOMEM;
	request.hint = (uint64_t)base;
	request.bytes = PAGE_SIZE;
	request.prot = request.max_prot = PROT_READ;
	request.map_flags = MAP_PRIVATE | MAP_FIXED;
	request.region_flags = REGION_VVAR;
	int64_t numbers = vm_map(space, &request);
	if (numbers < 0) {
		vm_unmap(space, (uint64_t)base, object_bytes);
		return -ENOMEM;
	}
	space->vdso_base = (uint64_t)base + PAGE_SIZE;
	return 0;
}
