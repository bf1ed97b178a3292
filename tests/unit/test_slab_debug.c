/*
 * The debug build's slabs: who writes behind an object, writes to one that was freed, or frees one twice, ends the
 * machine; so does, in the build of KASAN=1, every access where none may be; who does nothing of it is left alone.
 */
/* The sources are included: structures have other fields in the debug build. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NAMU_DEBUG 1
#define NAMU_KASAN 1
#include "arch/x86_64/memory_hooks.h"
#include "arch/x86_64/panic.h"
#include "fake_cpu.h"
#include "mem/fail.h"
#include "mem/page.h"
#include "mem/slab.h"

uint64_t host_direct_map;
struct cpu_features cpu_features = {.is_hypervisor_tcg = true};
struct arch_memory arch_memory;

static jmp_buf after_panic;
static char cause[200];

_Noreturn void panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(cause, sizeof(cause), format, arguments);
	va_end(arguments);
	longjmp(after_panic, 1);
}

/* Is there a panic in `statement`, and does it say `text`? */
#define assert_panic(statement, text)                         \
	do {                                                  \
		cause[0] = 0;                                 \
		if (!setjmp(after_panic)) {                   \
			statement;                            \
			fail_msg("no panic: %s", #statement); \
		}                                             \
		if (!strstr(cause, text))                     \
			fail_msg("panic says: %s", cause);    \
	} while (0)

void check_fails(struct check *check, const char *format, ...)
{
	(void)check;
	(void)format;
	abort();
}

void log_line(const char *format, ...)
{
	(void)format;
}

const char *symbol_find(uint64_t address, uint64_t *offset)
{
	(void)address;
	(void)offset;
	return NULL;
}

void direct_map_extend(paddr_t end, void *(*early_page)(void))
{
	(void)end;
	(void)early_page;
}

bool alloc_should_fail(void)
{
	return false;
}

bool alloc_failed_on_purpose(void)
{
	return false;
}

void spin_debug_before_lock(struct spinlock *lock, bool may_equal)
{
	(void)lock;
	(void)may_equal;
}

void spin_debug_locked(struct spinlock *lock)
{
	(void)lock;
}

void spin_debug_unlock(struct spinlock *lock)
{
	(void)lock;
}

/* The names that the compiler calls are taken here: by the host's own sanitizer. */
#define __asan_load1_noabort    kasan_load1
#define __asan_load2_noabort    kasan_load2
#define __asan_load4_noabort    kasan_load4
#define __asan_load8_noabort    kasan_load8
#define __asan_load16_noabort   kasan_load16
#define __asan_loadN_noabort    kasan_loadN
#define __asan_store1_noabort   kasan_store1
#define __asan_store2_noabort   kasan_store2
#define __asan_store4_noabort   kasan_store4
#define __asan_store8_noabort   kasan_store8
#define __asan_store16_noabort  kasan_store16
#define __asan_storeN_noabort   kasan_storeN
#define __asan_handle_no_return kasan_handle_no_return
#include "mem/kasan.c"

#include "mem/fill.c"
#include "mem/page.c"
#include "mem/slab.c"
#include "mem/slab_debug.c"

#define MEMORY_BYTES (16ul << 20)

static struct slab_cache cache = SLAB_CACHE_SIZED("test", 104, 8);

static void whole(void **state)
{
	unsigned char *objects[500];

	(void)state;
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < 500; i++) {
			objects[i] = round % 2 ? slab_alloc(&cache) : slab_alloc_raw(&cache);
			assert_non_null(objects[i]);
			memset(objects[i], i, 104);
		}
		for (int i = 0; i < 500; i++) {
			for (int j = 0; j < 104; j++)
				assert_int_equal(objects[i][j], (unsigned char)i);
			slab_free(&cache, objects[i]);
		}
		assert_int_equal(cache.in_use, 0);
		assert_int_equal(cache.waiting, slab_debug_quarantine(&cache));
	}
}

/* What was freed is not handed out again at once. */
static void quarantine(void **state)
{
	char *freed = slab_alloc(&cache);

	(void)state;
	slab_free(&cache, freed);
	assert_int_equal((unsigned char)freed[0], 0x5a);
	for (uint32_t i = 0; i < slab_debug_quarantine(&cache); i++) {
		char *other = slab_alloc(&cache);
		assert_ptr_not_equal(other, freed);
		slab_free(&cache, other);
	}
}

static void overrun(void **state)
{
	char *object = slab_alloc(&cache), *text = kmalloc(5);

	(void)state;
	object[104] = 0;
	assert_panic(slab_free(&cache, object), "byte 104, behind its end at 104, was written");
	assert_int_equal(kmalloc_size(text), 5);
	text[5] = 0;
	assert_panic(kfree(text), "byte 5, behind its end at 5, was written");
	memset(text + 5, 0xb5, 1);
	kfree(text);
}

static void twice(void **state)
{
	char *object = slab_alloc(&cache);

	(void)state;
	slab_free(&cache, object);
	assert_panic(slab_free(&cache, object), "it was freed before");
}

static void churn(struct slab_cache *of)
{
	for (int i = 0; i < 20; i++) {
		void *objects[200];

		for (int k = 0; k < 200; k++)
			objects[k] = slab_alloc(of);
		for (int k = 0; k < 200; k++)
			slab_free(of, objects[k]);
	}
}

/* Its first word as well, which would be the list's if the list were not kept apart. */
static void use_after_free(void **state)
{
	static struct slab_cache own = SLAB_CACHE_SIZED("own", 64, 8);

	(void)state;
	for (volatile int at = 0; at < 64; at += 63) {
		char *object = slab_alloc(&own);

		slab_free(&own, object);
		object[at] = 1;
		assert_panic(churn(&own), "was written after it was freed");
		object[at] = 0x5a;
		spin_init(&own.lock, "own", LOCK_SLAB);
	}
}

/* A report switches the looking off. */
#define assert_report(statement, text)         \
	do {                                   \
		assert_panic(statement, text); \
		shadowed_bytes = MEMORY_BYTES; \
	} while (0)

static void every_access(void **state)
{
	uint64_t object = (uint64_t)slab_alloc(&cache);
	char *text = kmalloc(21);
	struct page *page;

	(void)state;
	kasan_load8(object);
	kasan_store8(object + 96);
	kasan_loadN(object, 104);
	kasan_storeN(object, 0);
	assert_report(kasan_load1(object + 104), "read of 1 bytes");
	assert_report(kasan_store8(object + 100), "behind its end");
	assert_report(kasan_storeN(object, 105), "behind its end");
	slab_free(&cache, (void *)object);
	assert_report(kasan_load4(object), "in an object that is free");
	assert_report(kasan_store16(object + 32), "write of 16 bytes");
	kasan_load1((uint64_t)text + 20);
	assert_report(kasan_load1((uint64_t)text + 21), "behind its end");
	assert_report(kasan_load2((uint64_t)text + 20), "behind its end");
	kfree(text);
	assert_report(kasan_store2((uint64_t)text), "in an object that is free");
	page = page_alloc(1, PAGE_KERNEL, 0);
	kasan_store4((uint64_t)page_to_virt(page) + 8188);
	page_free(page);
	assert_report(kasan_load8((uint64_t)page_to_virt(page) + 4096), "in a page that is free");
	kasan_load8(0x1000);
	kasan_load8(DIRECT_MAP + MEMORY_BYTES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole), cmocka_unit_test(quarantine),     cmocka_unit_test(overrun),
		cmocka_unit_test(twice), cmocka_unit_test(use_after_free), cmocka_unit_test(every_access),
	};
	const struct memory_range ranges[] = {{0, 0x9fc00, true}, {1ul << 20, MEMORY_BYTES - (1ul << 20), true}};

	host_direct_map = (uint64_t)aligned_alloc(4ul << 20, MEMORY_BYTES);
	fake_cpu_begin();
	page_init(ranges, 2, 2ul << 20, 12ul << 20, 1ul << 20);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
