/*
 * QEMU's firmware configuration device, by its DMA interface: one request moves an item of any size.
 */
#include "dev/fw_cfg.h"
#include "arch/x86_64/io.h"
#include "arch/x86_64/pagetable.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mem/page.h"
#include "mem/slab.h"

#define PORT_SELECTOR   0x510
#define PORT_DATA       0x511
#define PORT_DMA        0x514
#define ITEM_SIGNATURE  0x0000
#define ITEM_FEATURES   0x0001
#define ITEM_PROCESSORS 0x0005
#define ITEM_DIRECTORY  0x0019
#define FEATURE_DMA     2u
#define DMA_ERROR       1u
#define DMA_READ        2u
#define DMA_SELECT      8u
#define NAME_BYTES      56
#define DIRECTORY_LIMIT 4096u

/* All fields are big-endian on the wire. */
struct dma_request {
	uint32_t control;
	uint32_t bytes;
	uint64_t address;
};

struct directory_entry {
	uint32_t bytes;
	uint16_t item;
	uint16_t reserved;
	char name[NAME_BYTES];
};

static bool device_is_there(void)
{
	char signature[4];

	io_write16(PORT_SELECTOR, ITEM_SIGNATURE);
	for (unsigned i = 0; i < sizeof(signature); i++)
		signature[i] = (char)io_read8(PORT_DATA);
	if (memcmp(signature, "QEMU", 4) != 0)
		return false;
	io_write16(PORT_SELECTOR, ITEM_FEATURES);
	return io_read8(PORT_DATA) & FEATURE_DMA;
}

static int dma_read(uint16_t item, void *to, uint32_t bytes)
{
	static volatile struct dma_request request;
	paddr_t at = virt_to_phys((const void *)&request);

	request.control = __builtin_bswap32((uint32_t)item << 16 | DMA_SELECT | DMA_READ);
	request.bytes = __builtin_bswap32(bytes);
	request.address = __builtin_bswap64(virt_to_phys(to));
	io_write32(PORT_DMA, __builtin_bswap32((uint32_t)(at >> 32)));
	io_write32(PORT_DMA + 4, __builtin_bswap32((uint32_t)at));
	while (__builtin_bswap32(request.control) & ~DMA_ERROR)
		;
	return request.control ? -EIO : 0;
}

/* Number and size of the item called `name`. */
static int item_find(const char *name, uint16_t *item, uint32_t *bytes)
{
	struct directory_entry entry;
	uint32_t count;

	io_write16(PORT_SELECTOR, ITEM_DIRECTORY);
	for (unsigned i = 0; i < sizeof(count); i++)
		((uint8_t *)&count)[i] = io_read8(PORT_DATA);
	count = __builtin_bswap32(count);
	for (uint32_t i = 0; i < count && i < DIRECTORY_LIMIT; i++) {
		for (unsigned j = 0; j < sizeof(entry); j++)
			((uint8_t *)&entry)[j] = io_read8(PORT_DATA);
		if (strncmp(entry.name, name, NAME_BYTES) == 0) {
			*item = __builtin_bswap16(entry.item);
			*bytes = __builtin_bswap32(entry.bytes);
			return 0;
		}
	}
	return -ENOENT;
}

uint32_t fw_cfg_processors(void)
{
	uint32_t count;

	if (!device_is_there())
		return 1;
	io_write16(PORT_SELECTOR, ITEM_PROCESSORS);
	count = io_read8(PORT_DATA);
	count |= (uint32_t)io_read8(PORT_DATA) << 8;
	return MAX(count, 1u);
}

/* Physically contiguous memory for a DMA of any size up to what the page allocator has in one block. */
int fw_cfg_read(const char *name, size_t limit, void **data, size_t *bytes)
{
	uint16_t item;
	uint32_t size;

	if (!device_is_there())
		return -ENOENT;
	int error = item_find(name, &item, &size);
	if (error)
		return error;
	if (size > limit)
		return -E2BIG;
	void *to = kmalloc(MAX(size, 1u));
	if (!to)
		return -ENOMEM;
	error = dma_read(item, to, size);
	if (error) {
		kfree(to);
		return error;
	}
	*data = to;
	*bytes = size;
	return 0;
}
