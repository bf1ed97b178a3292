/* Forged configuration space: capabilities, ranges, messages, and what virtio says with them. */
/* sources: kernel/dev/pci.c kernel/dev/virtio_pci_layout.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dev/virtio_pci.h"
#include "lib/errno.h"

#define FUNCTION 0x28
#define STATUS   6
#define LIST     0x34
#define BAR(n)   (0x10 + 4 * (n))

static uint8_t *space;     /* 256 bytes, as ASan sees them */
static uint32_t keeps[64]; /* the bits of a register that can be written */
static bool answers;       /* in memory, while a base address was written */
static unsigned reads;

uint32_t pci_read(pci_function function, unsigned at)
{
	uint32_t value;

	assert_int_equal(function, FUNCTION);
	assert_true(at <= 252 && at % 4 == 0);
	reads++;
	memcpy(&value, space + at, 4);
	return value;
}

void pci_write(pci_function function, unsigned at, uint32_t value)
{
	uint32_t old = pci_read(function, at);

	if (at >= BAR(0) && at <= BAR(5) && value == ~0u && (space[4] & 2))
		answers = true;
	value = (old & ~keeps[at / 4]) | (value & keeps[at / 4]);
	memcpy(space + at, &value, 4);
}

static void put(unsigned at, unsigned bytes, uint32_t value)
{
	memcpy(space + at, &value, bytes);
}

/* A device as QEMU makes it: a table of messages behind base address 1, the rest behind 4, which is 64 bits wide. */
static void make_usual(void)
{
	static const struct {
		uint8_t at, next, type;
		uint32_t offset, bytes;
	} parts[] = {{0x40, 0x50, 1, 0, 0x1000}, {0x50, 0x60, 3, 0x1000, 0x1000}, {0x60, 0x70, 4, 0x2000, 0x1000}};

	memset(space, 0, 256);
	memset(keeps, 0, sizeof(keeps));
	put(0, 4, 0x10431af4);
	put(4, 4, 0x00100003);
	keeps[1] = 0xffff;
	put(BAR(1), 4, 0xfebff000);
	keeps[BAR(1) / 4] = 0xfffff000;
	put(BAR(4), 4, 0xfebf800c);
	keeps[BAR(4) / 4] = 0xffffc000;
	keeps[BAR(5) / 4] = ~0u;
	put(LIST, 1, 0x98);
	put(0x98, 4, 0x80034011); /* MSI-X of 4 messages */
	put(0x9c, 4, 0x00000801);
	keeps[0x98 / 4] = 0xc0000000;
	for (unsigned i = 0; i < 3; i++) {
		put(parts[i].at, 4, (uint32_t)parts[i].type << 24 | 16u << 16 | (uint32_t)parts[i].next << 8 | 9);
		put(parts[i].at + 4, 4, 4);
		put(parts[i].at + 8, 4, parts[i].offset);
		put(parts[i].at + 12, 4, parts[i].bytes);
	}
	put(0x70, 4, 0x02140009);
	put(0x74, 4, 4);
	put(0x78, 4, 0x3000);
	put(0x7c, 4, 0x1000);
	put(0x80, 4, 4);
}

static int setup(void **state)
{
	(void)state;
	space = malloc(256);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(space);
	return 0;
}

static void usual(void **state)
{
	struct virtio_pci_layout layout;
	struct pci_msix msix;
	struct pci_bar bar;

	(void)state;
	make_usual();
	assert_int_equal(virtio_pci_kind(FUNCTION), 3);
	assert_int_equal(virtio_pci_read_layout(FUNCTION, &layout), 0);
	assert_int_equal(layout.common.bar, 4);
	assert_int_equal(layout.common.bytes, 0x1000);
	assert_int_equal(layout.config.offset, 0x2000);
	assert_int_equal(layout.notify.offset, 0x3000);
	assert_int_equal(layout.notify_step, 4);
	assert_int_equal(pci_find_msix(FUNCTION, &msix), 0);
	assert_int_equal(msix.bar, 1);
	assert_int_equal(msix.offset, 0x800);
	assert_int_equal(msix.messages, 4);
	assert_int_equal(pci_read_bar(FUNCTION, 1, &bar), 0);
	assert_int_equal(bar.start, 0xfebff000);
	assert_int_equal(bar.bytes, 0x1000);
	assert_int_equal(pci_read_bar(FUNCTION, 4, &bar), 0);
	assert_int_equal(bar.start, 0xfebf8000);
	assert_int_equal(bar.bytes, 0x4000);
	/* The sizes were asked for with the ranges switched off, and all is as it was. */
	assert_false(answers);
	assert_int_equal(pci_read(FUNCTION, 4), 0x00100003);
	assert_int_equal(pci_read(FUNCTION, BAR(4)), 0xfebf800c);
	assert_int_equal(pci_read(FUNCTION, BAR(5)), 0);
	pci_enable(FUNCTION, &msix);
	assert_int_equal(pci_read(FUNCTION, 4) & 0xffff, 0x0407);
	assert_int_equal(pci_read(FUNCTION, 0x98) >> 30, 2);
	pci_place_bar(FUNCTION, 4, 0x8e0004000);
	assert_int_equal(pci_read_bar(FUNCTION, 4, &bar), 0);
	assert_int_equal(bar.start, 0x8e0004000);
}

static void kinds(void **state)
{
	static const struct {
		uint32_t id;
		uint16_t subsystem;
		uint8_t header;
		uint32_t kind;
	} cases[] = {
		{0xffffffff, 0, 0, 0}, {0, 0, 0, 0},          {0x10491af4, 0, 0, 9},      {0x10491af4, 0, 0x80, 9},
		{0x10491af4, 0, 1, 0}, {0x10031af4, 3, 0, 3}, {0x0fff1af4, 3, 0, 0},      {0x10801af4, 3, 0, 0},
		{0x10491af5, 0, 0, 0}, {0x10401af4, 9, 0, 0}, {0x29c08086, 0x1100, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make_usual();
		put(0, 4, cases[i].id);
		put(0x2e, 2, cases[i].subsystem);
		put(0x0e, 1, cases[i].header);
		assert_int_equal(virtio_pci_kind(FUNCTION), cases[i].kind);
	}
}

static void lists(void **state)
{
	uint8_t at[PCI_CAPABILITIES];

	(void)state;
	make_usual();
	assert_int_equal(pci_capabilities(FUNCTION, at), 5);
	assert_int_equal(at[0], 0x98);
	assert_int_equal(at[4], 0x70);
	put(STATUS, 2, 0); /* there is no list */
	assert_int_equal(pci_capabilities(FUNCTION, at), 0);
	make_usual();
	put(0x71, 1, 0x98); /* it turns back */
	assert_int_equal(pci_capabilities(FUNCTION, at), PCI_CAPABILITIES);
	put(0x99, 1, 0x98); /* on itself at once */
	assert_int_equal(pci_capabilities(FUNCTION, at), PCI_CAPABILITIES);
	put(0x99, 1, 0x3c); /* into the header */
	assert_int_equal(pci_capabilities(FUNCTION, at), 1);
	put(LIST, 1, 0x10);
	assert_int_equal(pci_capabilities(FUNCTION, at), 0);
	put(LIST, 1, 0xff); /* the two low bits are not part of it */
	assert_int_equal(pci_capabilities(FUNCTION, at), 1);
	assert_int_equal(at[0], 0xfc);
}

static void ends_of_space(void **state)
{
	struct virtio_pci_layout layout;
	struct pci_msix msix;

	(void)state;
	for (unsigned at = 0xc0; at < 256; at += 4) {
		make_usual();
		put(LIST, 1, at);
		put(at, 4, 0x01140000 | 0x11);
		assert_int_equal(pci_find_msix(FUNCTION, &msix), at <= 244 ? 0 : -ENODEV);
		put(at, 4, 0x02140000 | 0x09);
		assert_int_equal(virtio_pci_read_layout(FUNCTION, &layout), -ENODEV);
	}
	assert_int_equal(pci_read_part(FUNCTION, 254, 4), pci_read_part(FUNCTION, 254, 2));
	assert_int_equal(pci_read_part(FUNCTION, 300, 4), 0);
}

static void bad_parts(void **state)
{
	static const struct {
		unsigned at, bytes;
		uint32_t value;
	} faults[] = {
		{0x42, 1, 15},   /* a short capability */
		{0x44, 1, 6},    /* a base address that there is not */
		{0x48, 4, 2},    /* not on a word */
		{0x4c, 4, 55},   /* too short a structure */
		{0x72, 1, 16},   /* bells without their step */
		{0x7c, 4, 1},    /* too few of them */
		{0x80, 4, 3},    /* which no register lies at */
		{0x43, 1, 5},    /* of another type */
		{0x40, 1, 0x05}, /* of another vendor's */
	};
	struct virtio_pci_layout layout;

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		make_usual();
		put(faults[i].at, faults[i].bytes, faults[i].value);
		if (virtio_pci_read_layout(FUNCTION, &layout) != -ENODEV)
			fail_msg("fault %zu was taken", i);
	}
	/* A second one counts when the first cannot be used, and only then. */
	make_usual();
	put(0x71, 1, 0xc0);
	put(0xc0, 4, 0x01100009);
	put(0xc4, 4, 2);
	put(0xcc, 4, 64);
	assert_int_equal(virtio_pci_read_layout(FUNCTION, &layout), 0);
	assert_int_equal(layout.common.bar, 4);
	put(0x44, 1, 7);
	assert_int_equal(virtio_pci_read_layout(FUNCTION, &layout), 0);
	assert_int_equal(layout.common.bar, 2);
}

static void bad_ranges(void **state)
{
	static const struct {
		uint32_t low, high, keeps_low, keeps_high;
	} faults[] = {
		{1, 0, 0xfffffffc, 0},                   /* of ports */
		{0, 0, 0, 0},                            /* none */
		{2, 0, 0xfffff000, 0},                   /* below 1 MiB */
		{6, 0, 0xfffff000, 0},                   /* of an unknown kind */
		{4, 0, 0, 0},                            /* none */
		{0x1000, 0, 0xfff0f000, 0},              /* not a power of two */
		{4, 0x80000000, 0xfffff000, 0xffffffff}, /* out of reach */
		{4, 0, 0, 0x80000000},                   /* larger than memory can be */
	};
	struct pci_bar bar;

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		make_usual();
		put(BAR(2), 4, faults[i].low);
		put(BAR(3), 4, faults[i].high);
		keeps[BAR(2) / 4] = faults[i].keeps_low;
		keeps[BAR(3) / 4] = faults[i].keeps_high;
		if (pci_read_bar(FUNCTION, 2, &bar) != -EINVAL)
			fail_msg("fault %zu was taken", i);
		assert_int_equal(pci_read(FUNCTION, BAR(2)), faults[i].low);
		assert_int_equal(pci_read(FUNCTION, 4), 0x00100003);
	}
	make_usual();
	assert_int_equal(pci_read_bar(FUNCTION, 6, &bar), -EINVAL);
	assert_int_equal(pci_read_bar(FUNCTION, ~0u, &bar), -EINVAL);
	put(BAR(5), 4, 4); /* its upper half would be another register */
	assert_int_equal(pci_read_bar(FUNCTION, 5, &bar), -EINVAL);
	put(BAR(1), 4, 0); /* nobody has placed it */
	assert_int_equal(pci_read_bar(FUNCTION, 1, &bar), 0);
	assert_int_equal(bar.start, 0);
	assert_int_equal(bar.bytes, 0x1000);
}

/* Whatever stands there, it is read within bounds and comes to an end, and what is taken is sound. */
static void noise(void **state)
{
	unsigned seed = 1, taken = 0;

	(void)state;
	for (unsigned round = 0; round < 200000; round++) {
		struct virtio_pci_layout layout;
		struct pci_msix msix;
		struct pci_bar bar;

		make_usual();
		for (unsigned i = 0; i < 1 + round % 40; i++) {
			seed = seed * 1103515245 + 12345;
			space[seed >> 16 & 0xff] = (uint8_t)(seed >> 8);
			keeps[seed >> 20 & 63] = seed * 2654435761u;
		}
		reads = 0;
		(void)virtio_pci_kind(FUNCTION);
		if (!virtio_pci_read_layout(FUNCTION, &layout)) {
			assert_true(layout.common.bar < 6 && layout.common.bytes >= 56 && layout.notify.bytes >= 2);
			taken++;
		}
		if (!pci_find_msix(FUNCTION, &msix)) {
			assert_true(msix.messages >= 1 && msix.messages <= 2048);
			pci_enable(FUNCTION, &msix);
		}
		for (unsigned i = 0; i < 7; i++) {
			if (!pci_read_bar(FUNCTION, i, &bar))
				assert_true(bar.bytes && bar.start + bar.bytes <= 1ull << 46);
		}
		assert_true(reads < 3000);
	}
	assert_true(taken > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(usual),         cmocka_unit_test(kinds),     cmocka_unit_test(lists),
		cmocka_unit_test(ends_of_space), cmocka_unit_test(bad_parts), cmocka_unit_test(bad_ranges),
		cmocka_unit_test(noise),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
