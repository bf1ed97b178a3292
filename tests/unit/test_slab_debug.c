/*
 * The debug build's slabs: who writes behind an object, writes to one that was freed, or frees one twice, ends the
 * machine; who does not is left alone.
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
	for (int at = 0; at < 64; at += 63) {
		char *object = slab_alloc(&own);

		slab_free(&own, object);
		object[at] = 1;
		assert_panic(churn(&own), "was written after it was freed");
		object[at] = 0x5a;
		spin_init(&own.lock, "own", LOCK_SLAB);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole), cmocka_unit_test(quarantine),     cmocka_unit_test(overrun),
		cmocka_unit_test(twice), cmocka_unit_test(use_after_free),
	};
	const struct memory_range ranges[] = {{0, 0x9fc00, true}, {1ul << 20, MEMORY_BYTES - (1ul << 20), true}};

	host_direct_map = (uint64_t)aligned_alloc(4ul << 20, MEMORY_BYTES);
	fake_cpu_begin();
	page_init(ranges, 2, 2ul << 20, 12ul << 20, 1ul << 20);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
